package raft_test

import (
	"fmt"
	"slices"

	"raftkv/raft"
)

// figure3 judges whether the properties of the paper's Figure 3 hold at all times. It sees every
// server after each of its steps, and believes nothing but what it has seen itself.
type figure3 struct {
	reigns    []reign
	places    map[raft.LogState]place
	committed []committedEntry // from index 1
	applied   []raft.Entry     // by the first server that did, from index 1
}

// reign is one leader's time in office, with its log when it was last seen.
type reign struct {
	term   raft.Term
	leader raft.ServerID
	log    []raft.Entry
}

// place is what Log Matching knows of an index and a term: what is there, and the term before. With
// the places before it, that is the whole log up to there.
type place struct {
	entry    raft.Entry
	previous raft.Term
}

// committedEntry is an entry and the lowest term in which a leader committed it.
type committedEntry struct {
	raft.Entry
	in raft.Term
}

func (f *figure3) observe(s *server) error {
	log := logEntries(s)
	if err := f.logMatching(s, log); err != nil {
		return fmt.Errorf("Log Matching: %w", err)
	}
	if err := f.stateMachineSafety(s); err != nil {
		return fmt.Errorf("State Machine Safety: %w", err)
	}
	if s.Role() != raft.Leader {
		return nil
	}
	return f.leadership(s, log)
}

func (f *figure3) leadership(s *server, log []raft.Entry) error {
	term := s.Hard().CurrentTerm
	if r := f.reignOf(term); r == nil {
		f.reigns = append(f.reigns, reign{term: term, leader: s.ID()})
	} else if r.leader != s.ID() {
		return fmt.Errorf("Election Safety: %v and %v lead term %d", r.leader, s.ID(), term)
	}
	r := f.reignOf(term)
	if len(log) < len(r.log) || !slices.Equal(log[:len(r.log)], r.log) {
		return fmt.Errorf("Leader Append-Only: %v rewrote its log in term %d", s.ID(), term)
	}
	r.log = log
	if err := f.leaderCompleteness(s, log); err != nil {
		return fmt.Errorf("Leader Completeness: %w", err)
	}
	return nil
}

func (f *figure3) reignOf(term raft.Term) *reign {
	for i := range f.reigns {
		if f.reigns[i].term == term {
			return &f.reigns[i]
		}
	}
	return nil
}

// logMatching: an index and a term name one entry, and one log before it, in all logs that ever
// were.
func (f *figure3) logMatching(s *server, log []raft.Entry) error {
	if f.places == nil {
		f.places = make(map[raft.LogState]place)
	}
	previous := raft.Term(0)
	for i, e := range log {
		at := raft.LogState{Index: raft.Index(i + 1), Term: e.Term}
		here := place{entry: e, previous: previous}
		if known, ok := f.places[at]; ok && known != here {
			return fmt.Errorf("%v has %v at index %d of term %d, where there was %v",
				s.ID(), here, at.Index, at.Term, known)
		}
		f.places[at] = here
		previous = e.Term
	}
	return nil
}

// stateMachineSafety: no two servers apply different entries at one index.
func (f *figure3) stateMachineSafety(s *server) error {
	for i, e := range s.applied {
		if i == len(f.applied) {
			f.applied = append(f.applied, e)
		}
		if f.applied[i] != e {
			return fmt.Errorf("%v applies %s, where there was %s", s.ID(),
				entryText(raft.Index(i+1), e), entryText(raft.Index(i+1), f.applied[i]))
		}
	}
	return nil
}

// leaderCompleteness judges by term, not by moment: the leader of term U holds what was committed
// in terms below U. So a commit is held against the leaders of higher terms, elected already or
// not; a leader of a lower term may be elected, late, without it.
func (f *figure3) leaderCompleteness(s *server, log []raft.Entry) error {
	term := s.Hard().CurrentTerm
	for i := raft.Index(1); i <= s.CommitIndex(); i++ {
		if f.note(i, committedEntry{Entry: log[i-1], in: term}) {
			if err := f.heldByLeadersAfter(term, i); err != nil {
				return err
			}
		}
	}
	for i, c := range f.committed {
		if c.in < term {
			if err := f.reignOf(term).holds(raft.Index(i+1), c); err != nil {
				return err
			}
		}
	}
	return nil
}

// note remembers a commit, and tells whether it is news: of an entry, or of a lower term.
func (f *figure3) note(i raft.Index, c committedEntry) bool {
	if int(i) > len(f.committed) {
		f.committed = append(f.committed, c)
		return true
	}
	known := &f.committed[i-1]
	if c.in >= known.in {
		return false
	}
	*known = c
	return true
}

func (f *figure3) heldByLeadersAfter(term raft.Term, i raft.Index) error {
	for _, r := range f.reigns {
		if r.term > term {
			if err := r.holds(i, f.committed[i-1]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reign) holds(i raft.Index, c committedEntry) error {
	if int(i) <= len(r.log) && r.log[i-1] == c.Entry {
		return nil
	}
	return fmt.Errorf("%v leads term %d without %s, committed in term %d",
		r.leader, r.term, entryText(i, c.Entry), c.in)
}

// logEntries returns the whole log of a server. What a snapshot stands for, its state machine knows.
func logEntries(s *server) []raft.Entry {
	log := slices.Clone(s.applied[:s.FirstIndex()-1])
	for i := s.FirstIndex(); i <= s.LastIndex(); i++ {
		log = append(log, s.Entry(i))
	}
	return log
}
