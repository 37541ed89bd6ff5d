package raft_test

import (
	"strings"
	"testing"

	"raftkv/raft"
)

// subject is the server that a paper test is about: n1, with what its last step owed. Its methods
// are either things that happen to it or things that must be so.
type subject struct {
	*server
	t *testing.T
}

// startOf starts n1 of a cluster of the given size from what is on its disk.
func startOf(t *testing.T, servers int, durable raft.Durable) *subject {
	t.Helper()
	return startWith(t, servers, raft.Options{}, durable)
}

func startWith(t *testing.T, servers int, o raft.Options, durable raft.Durable) *subject {
	t.Helper()
	s := &server{}
	s.start(1, raft.Membership{Voters: raft.Servers(servers)}, o)
	s.disk.durable = durable
	if err := s.restart(); err != nil {
		t.Fatal(err)
	}
	return &subject{server: s, t: t}
}

// followerIn returns n1 of three as a follower that has not voted in the term, with a log of
// entries of the given terms.
func followerIn(t *testing.T, term raft.Term, log ...raft.Term) *subject {
	t.Helper()
	return followerWith(t, raft.Options{}, term, log...)
}

// followerWith returns one with options that has not heard of a leader for long.
func followerWith(t *testing.T, o raft.Options, term raft.Term, log ...raft.Term) *subject {
	t.Helper()
	hard := raft.HardState{CurrentTerm: term}
	s := startWith(t, 3, o, raft.Durable{HardState: hard, Entries: logOf(log...)})
	s.timesOut(raft.MinElectionTimer)
	return s
}

// preCandidateIn returns n1 of three when it asks whether it could win the next term.
func preCandidateIn(t *testing.T, term raft.Term, log ...raft.Term) *subject {
	t.Helper()
	s := followerWith(t, raft.Options{PreVote: true}, term, log...)
	s.timesOut(raft.ElectionTimer)
	return s
}

// candidateIn returns n1 of three as a candidate whose vote for itself is durable.
func candidateIn(t *testing.T, term raft.Term, log ...raft.Term) *subject {
	t.Helper()
	return candidateWith(t, raft.Options{}, term, log...)
}

func candidateWith(t *testing.T, o raft.Options, term raft.Term, log ...raft.Term) *subject {
	t.Helper()
	s := followerWith(t, o, term-1, log...)
	s.timesOut(raft.ElectionTimer)
	if o.PreVote {
		s.happens(raft.Input{Type: raft.Receive, Message: &raft.Message{
			Type: raft.PreVoteResponse, From: 2, To: 1, Term: term, VoteGranted: true,
		}})
	}
	s.persists()
	return s
}

// leaderIn returns n1 of three as the leader elected by n2. The last entry of its log is the one
// with which the reign began: n1 has sent it, and written it, but not synced it.
func leaderIn(t *testing.T, term raft.Term, log ...raft.Term) *subject {
	t.Helper()
	return leaderWith(t, raft.Options{}, term, log...)
}

func leaderWith(t *testing.T, o raft.Options, term raft.Term, log ...raft.Term) *subject {
	t.Helper()
	s := candidateWith(t, o, term, log...)
	s.happens(raft.Input{Type: raft.Receive, Message: &raft.Message{
		Type: raft.RequestVoteResponse, From: 2, To: 1, Term: term, VoteGranted: true,
	}})
	if s.Role() != raft.Leader {
		t.Fatalf("n1 did not become the leader, but %s", stateText(&s.Node))
	}
	return s
}

// settledLeader returns n1 of three as the leader of term 1, whose first entry all three hold, and know
// to be committed.
func settledLeader(t *testing.T, o raft.Options) *subject {
	t.Helper()
	s := leaderWith(t, o, 1)
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.is("leader term=1 vote=n1 leader=n1 commit=1")
	return s
}

func (s *subject) happens(in raft.Input) {
	s.t.Helper()
	s.left = nil
	if err := s.step(in); err != nil {
		s.t.Fatal(err)
	}
}

func (s *subject) receives(text string) {
	s.t.Helper()
	m, err := parseMessage(text)
	if err != nil {
		s.t.Fatal(err)
	}
	s.happens(raft.Input{Type: raft.Receive, Message: &m})
}

func (s *subject) timesOut(timer raft.Timer) {
	s.t.Helper()
	s.happens(raft.Input{Type: raft.Timeout, Timer: timer})
}

func (s *subject) proposes(command string) {
	s.t.Helper()
	s.happens(raft.Input{Type: raft.Propose, Command: command})
}

func (s *subject) reads() {
	s.t.Helper()
	s.happens(raft.Input{Type: raft.Read})
}

func (s *subject) handsOverTo(target raft.ServerID) {
	s.t.Helper()
	s.happens(raft.Input{Type: raft.TransferLeadership, Target: target})
}

// persists syncs all that is pending, and lets the node hear of it.
func (s *subject) persists() {
	s.t.Helper()
	s.left = nil
	if err := s.sync(len(s.disk.pending)); err != nil {
		s.t.Fatal(err)
	}
	if err := s.hear(); err != nil {
		s.t.Fatal(err)
	}
}

// restarts crashes the server and starts it again.
func (s *subject) restarts() {
	s.t.Helper()
	s.crash()
	if err := s.restart(); err != nil {
		s.t.Fatal(err)
	}
}

// is: the state is as stateText shows it.
func (s *subject) is(want string) {
	s.t.Helper()
	same(s.t, "state", stateText(&s.Node), want)
}

func (s *subject) hasLog(want string) {
	s.t.Helper()
	same(s.t, "log", logTerms(&s.Node), want)
}

// owes: the messages of the last step, whether they may leave yet or not.
func (s *subject) owes(want ...string) {
	s.t.Helper()
	same(s.t, "owed messages", texts(s.out.Messages), strings.Join(want, "\n"))
}

// sends: the messages that left with what happened last.
func (s *subject) sends(want ...string) {
	s.t.Helper()
	same(s.t, "sent messages", texts(s.left), strings.Join(want, "\n"))
}

// writes: the hard state and the entries that the last step owes to the disk.
func (s *subject) writes(want ...string) {
	s.t.Helper()
	var got []string
	if s.out.SaveHardState {
		got = append(got, hardStateText(s.out.HardState))
	}
	if s.out.SaveFrom != 0 {
		got = append(got, entriesText(s.out.SaveFrom, s.out.Entries))
	}
	same(s.t, "writes", strings.Join(got, "\n"), strings.Join(want, "\n"))
}

func (s *subject) arms(want string) {
	s.t.Helper()
	same(s.t, "timers", timersText(&s.out), want)
}

func (s *subject) appliesThrough(want raft.Index) {
	s.t.Helper()
	if s.out.ApplyThrough != want {
		s.t.Errorf("applies through %d, want %d", s.out.ApplyThrough, want)
	}
}

// doesNothing: the last step owes nothing to anybody.
func (s *subject) doesNothing() {
	s.t.Helper()
	s.owes()
	s.writes()
	s.arms("")
	s.appliesThrough(0)
}

// answers: the last step lets the reads through a number be answered from what an index commits; 0 of
// 0 answers none.
func (s *subject) answers(through uint64, index raft.Index) {
	s.t.Helper()
	if s.out.ReadThrough != through || s.out.ReadIndex != index {
		s.t.Errorf("answers reads through %d from index %d, want %d from %d",
			s.out.ReadThrough, s.out.ReadIndex, through, index)
	}
}

// refuses: the last step says why not; 0 that it does what it was asked.
func (s *subject) refuses(want raft.Refusal) {
	s.t.Helper()
	if s.out.Refusal != want {
		s.t.Errorf("refuses: %v, want %v", s.out.Refusal, want)
	}
}

// changesNothing: the last step, whatever it answered, has left the state as it is told, with
// nothing for the disk and no timer to start.
func (s *subject) changesNothing(state string) {
	s.t.Helper()
	s.is(state)
	s.writes()
	s.arms("")
	s.appliesThrough(0)
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}

func texts(messages []raft.Message) string {
	lines := make([]string, len(messages))
	for i, m := range messages {
		lines[i] = messageText(m)
	}
	return strings.Join(lines, "\n")
}
