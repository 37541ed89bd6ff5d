package check

import (
	"math/rand/v2"
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
)

// protocol is Raft as a specification has it (after Ongaro's raft.tla): any server may do any step
// that the rules allow, in any order, and every message may come at any time, often or never. It
// has no time. It shows that the judges convict no correct run, however
// strange its schedule; and with one rule broken, that they see it. What a server does is on its disk
// before the next thing happens to it, and before it sends anything.
type protocol struct {
	story
	random  *rand.Rand
	broken  rule
	servers []peer
	sent    []letter
	number  uint32
	slow    raft.ServerSet // whom letters reach late
	unrest  int            // how often servers stand for election
	pending map[place]uint32
}

// rule is a rule that a protocol may break.
type rule uint8

const (
	noRule rule = iota + 1
	oneVote
	upToDate
	ownTermCounts
	previousMatches
	conflictsOnly
	commitIsBounded
	majorityCommits
	logSurvives
	answersWait
	readsAreConfirmed
	ruleCount
)

var ruleNames = [ruleCount]string{
	oneVote:         "a server votes once in a term, and remembers it",
	upToDate:        "voters refuse candidates whose log is behind",
	ownTermCounts:   "entries of earlier terms do not commit by counting",
	previousMatches: "followers refuse entries that do not follow on theirs",
	conflictsOnly:   "followers drop only what conflicts",
	commitIsBounded: "followers commit no further than what they have verified",
	majorityCommits: "leaders commit what a majority holds",
	logSurvives:     "a restart gives back the whole log",
	answersWait:     "clients are answered when their entry is committed",

	readsAreConfirmed: "leaders answer from their store when a majority still follows them",
}

type place struct {
	index raft.Index
	term  raft.Term
}

type peer struct {
	id     raft.ServerID
	term   raft.Term
	voted  raft.ServerID
	log    []slot // log[0] is none
	commit raft.Index
	state  uint64
	leads  bool
	stands bool
	votes  raft.ServerSet
	match  []raft.Index

	round  uint64 // of the last read that it took as a leader
	reads  []uint32
	agreed raft.ServerSet // with that round

	saved vote       // what the disk has of term and voted
	dirty raft.Index // the first entry that the disk has not; 0 if it has all
}

type slot struct {
	term    raft.Term
	command string
}

type letter struct {
	kind     raft.MessageType
	from, to raft.ServerID
	term     raft.Term
	at       place // last entry; previous entry; matched entry
	entries  []slot
	commit   raft.Index
	round    uint64
}

const peers = 5

func run(seed uint64, steps int, broken rule) []record.Record {
	p := protocol{
		random:  rand.New(rand.NewPCG(seed, uint64(broken))),
		broken:  broken,
		pending: map[place]uint32{},
	}
	for id := n1; id <= peers; id++ {
		p.servers = append(p.servers, peer{
			id: id, log: make([]slot, 1), match: make([]raft.Index, peers+1),
		})
		p.starts(id)
	}
	p.unrest = 1 + p.random.IntN(12)
	if p.random.IntN(3) == 0 {
		p.unrest = 1 // reigns in which much is committed
	}
	for i := range steps {
		if i%50 == 0 {
			p.slow = raft.ServerSet(p.random.Uint64() & p.random.Uint64())
		}
		p.step()
	}
	p.ends(record.TimeUp, 0)
	return p.records
}

func (p *protocol) step() {
	s := &p.servers[p.random.IntN(peers)]
	switch n := p.random.IntN(200); {
	case n == 0:
		p.crash(s)
	case n <= p.unrest:
		p.stand(s)
	case n <= 30:
		p.propose(s)
	case n <= 40:
		p.readAt(s)
	case n <= 90:
		p.replicate(s)
	case len(p.sent) == 0:
	case n <= 93:
		p.deliverVote()
	default:
		p.deliverSome()
	}
	for i := range p.servers {
		p.sync(&p.servers[i])
	}
}

// sync brings a server's disk up to date.
func (p *protocol) sync(s *peer) {
	hard := vote{term: s.term, candidate: s.voted}
	if hard == s.saved && s.dirty == 0 {
		return
	}
	if hard != s.saved {
		p.saves(s.id, hard.term, hard.candidate)
	}
	if s.dirty != 0 {
		p.stores(s.id, s.dirty, uint32(s.last().index+1-s.dirty))
	}
	p.persists(s.id)
	s.saved, s.dirty = hard, 0
}

// dirties: from that index on, the disk of s has not what the log has.
func (s *peer) dirties(index raft.Index) {
	if s.dirty == 0 || index < s.dirty {
		s.dirty = index
	}
}

// send sends a letter, of which the sender's disk holds what it promises.
func (p *protocol) send(m letter) {
	p.sync(&p.servers[m.from-1])
	p.tellLetter(record.Sent, &m)
	p.sent = append(p.sent, m)
}

func (p *protocol) tellLetter(kind record.Kind, m *letter) {
	p.put(record.Record{
		Kind: kind, Server: m.from, Peer: m.to, Message: m.kind, Term: m.term,
		Index: m.at.index, EntryTerm: m.at.term, Count: uint32(len(m.entries)), Commit: m.commit,
		Success: m.kind == raft.RequestVoteResponse || m.kind == raft.AppendEntriesResponse,
	})
}

// deliverSome delivers a letter: one of the last few, or hardly anything would ever be committed.
// Slow servers get nothing in this way.
func (p *protocol) deliverSome() {
	i := len(p.sent) - 1 - p.random.IntN(min(len(p.sent), 8))
	if p.random.IntN(8) == 0 {
		i = p.random.IntN(len(p.sent))
	}
	if !p.slow.Has(p.sent[i].to) {
		p.deliver(&p.sent[i])
	}
}

// deliverVote delivers a vote that can still elect its candidate, however long ago it was given: by
// then others may have led higher terms.
func (p *protocol) deliverVote() {
	for i := p.random.IntN(len(p.sent)); i < len(p.sent); i++ {
		m := &p.sent[i]
		s := &p.servers[m.to-1]
		if m.kind == raft.RequestVoteResponse && m.term == s.term && s.stands && !s.votes.Has(m.from) {
			p.deliver(m)
			return
		}
	}
}

func (s *peer) last() place {
	index := raft.Index(len(s.log) - 1)
	return place{index, s.log[index].term}
}

func (p *protocol) crash(s *peer) {
	p.crashes(s.id)
	if p.broken == logSurvives && len(s.log) > 1 {
		s.log = s.log[:len(s.log)-1]
	}
	if p.broken == oneVote {
		s.voted = raft.None
	}
	s.saved = vote{term: s.term, candidate: s.voted}
	p.gives(s.id, s.term, s.voted, s.last().index)
	for i, e := range s.log[1:] {
		p.recovers(s.id, raft.Index(i+1), e.term, e.command)
	}
	s.leads, s.stands, s.commit, s.state, s.reads = false, false, 0, 0, nil
}

func (p *protocol) stand(s *peer) {
	if s.leads {
		return
	}
	p.enter(s, s.term+1)
	s.voted, s.stands, s.votes = s.id, true, raft.SetOf(s.id)
	for id := n1; id <= peers; id++ {
		p.send(letter{
			kind: raft.RequestVote, from: s.id, to: id, term: s.term, at: s.last(),
		})
	}
}

func (p *protocol) enter(s *peer, term raft.Term) {
	s.term, s.voted, s.leads, s.stands = term, raft.None, false, false
	s.reads = nil
	p.follows(s.id, term)
}

func (p *protocol) deliver(m *letter) {
	s := &p.servers[m.to-1]
	p.tellLetter(record.Delivered, m)
	if m.term > s.term {
		p.enter(s, m.term)
	}
	if m.term < s.term || m.from == m.to {
		return
	}
	switch m.kind {
	case raft.RequestVote:
		p.onRequestVote(s, m)
	case raft.RequestVoteResponse:
		p.onVote(s, m)
	case raft.AppendEntries:
		p.onAppend(s, m)
	case raft.AppendEntriesResponse:
		if s.leads {
			s.match[m.from] = max(s.match[m.from], m.at.index)
			p.advance(s)
			p.agree(s, m)
		}
	}
}

func (p *protocol) onRequestVote(s *peer, m *letter) {
	last := s.last()
	behind := m.at.term < last.term || m.at.term == last.term && m.at.index < last.index
	if s.voted != raft.None && s.voted != m.from || behind && p.broken != upToDate {
		return
	}
	s.voted = m.from
	p.send(letter{
		kind: raft.RequestVoteResponse, from: s.id, to: m.from, term: s.term,
	})
}

func (p *protocol) onVote(s *peer, m *letter) {
	if !s.stands {
		return
	}
	s.votes = s.votes.With(m.from)
	if 2*s.votes.Len() <= peers {
		return
	}
	s.stands, s.leads = false, true
	clear(s.match)
	p.leads(s.id, s.term)
	p.write(s, slot{term: s.term})
}

// write adds an entry to the log of s.
func (p *protocol) write(s *peer, e slot) {
	s.log = append(s.log, e)
	s.dirties(s.last().index)
	p.appends(s.id, s.last().index, e.term, e.command)
}

func (p *protocol) propose(s *peer) {
	p.number++
	if !s.leads {
		p.refuses(s.id, 1, p.number)
		p.rejects(1, p.number)
		return
	}
	p.proposes(s.id, 1, p.number)
	command := string(rune('a' + p.number%26))
	p.write(s, slot{term: s.term, command: command})
	if p.broken == answersWait {
		p.tells(1, p.number, s.last().index, s.term, command)
		return
	}
	p.pending[s.last()] = p.number
}

func (p *protocol) replicate(s *peer) {
	if !s.leads {
		return
	}
	to := 1 + raft.ServerID(p.random.IntN(peers))
	previous := raft.Index(p.random.IntN(len(s.log)))
	if p.random.IntN(2) == 0 {
		previous = min(s.match[to], s.last().index)
	}
	entries := s.log[previous+1:]
	entries = entries[:p.random.IntN(len(entries)+1)]
	p.send(letter{
		kind: raft.AppendEntries, from: s.id, to: to, term: s.term, commit: s.commit,
		at: place{previous, s.log[previous].term}, entries: slices.Clone(entries), round: s.round,
	})
}

func (p *protocol) onAppend(s *peer, m *letter) {
	s.stands = false
	if m.at.index > s.last().index {
		return
	}
	if s.log[m.at.index].term != m.at.term && p.broken != previousMatches {
		return
	}
	p.merge(s, m)
	verified := m.at.index + raft.Index(len(m.entries))
	if p.broken == commitIsBounded {
		verified = s.last().index
	}
	p.commitThrough(s, min(m.commit, verified))
	matched := m.at.index + raft.Index(len(m.entries))
	p.send(letter{
		kind: raft.AppendEntriesResponse, from: s.id, to: m.from, term: s.term,
		at: place{index: matched, term: s.log[matched].term}, round: m.round,
	})
}

// readAt: a leader is asked for what needs no entry, the next after a server that can answer: it
// has committed in its own term.
func (p *protocol) readAt(s *peer) {
	for i := range peers {
		leader := &p.servers[(int(s.id)+i)%peers]
		if leader.leads && leader.hasCommitted() {
			p.read(leader)
			return
		}
	}
}

// hasCommitted tells whether a leader has committed in its own term. (With some rule broken it may
// have lost what it committed.)
func (s *peer) hasCommitted() bool {
	return int(s.commit) < len(s.log) && s.log[s.commit].term == s.term
}

// read: all that it reads counts from a round of its own.
func (p *protocol) read(s *peer) {
	p.number++
	p.takesToRead(s.id, 1, p.number)
	if p.broken == readsAreConfirmed {
		p.answersRead(s.id, 1, p.number, s.commit)
		return
	}
	s.round++
	s.reads, s.agreed = append(s.reads, p.number), raft.SetOf(s.id)
}

// agree: who has answered the last round follows the leader still.
func (p *protocol) agree(s *peer, m *letter) {
	if m.round != s.round {
		return
	}
	s.agreed = s.agreed.With(m.from)
	for 2*s.agreed.Len() > peers && len(s.reads) > 0 {
		p.answersRead(s.id, 1, s.reads[0], s.commit)
		s.reads = s.reads[1:]
	}
}

func (p *protocol) merge(s *peer, m *letter) {
	if p.broken == conflictsOnly {
		p.drop(s, m.at.index)
	}
	for i, e := range m.entries {
		index := m.at.index + raft.Index(i) + 1
		if index <= s.last().index && s.log[index].term == e.term {
			continue
		}
		p.drop(s, index-1)
		p.write(s, e)
	}
}

func (p *protocol) drop(s *peer, index raft.Index) {
	if index < s.last().index {
		s.log = s.log[:index+1]
		s.dirties(index + 1)
		p.truncates(s.id, index)
	}
}

func (p *protocol) advance(s *peer) {
	p.sync(s)
	s.match[s.id] = s.last().index
	sorted := slices.Sorted(slices.Values(s.match[1:]))
	index := sorted[(peers-1)/2]
	if p.broken == majorityCommits {
		index = sorted[peers/2+1]
	}
	if s.log[index].term == s.term || p.broken == ownTermCounts {
		p.commitThrough(s, index)
	}
}

func (p *protocol) commitThrough(s *peer, index raft.Index) {
	if index <= s.commit {
		return
	}
	p.commits(index, s.id)
	for ; s.commit < index; s.commit++ {
		at := place{s.commit + 1, s.log[s.commit+1].term}
		command := s.log[at.index].command
		s.state = s.state*31 + record.Digest(command)
		p.applies(s.id, at.index, at.term, command, s.state)
		if number := p.pending[at]; number != 0 && s.leads && at.term == s.term {
			delete(p.pending, at)
			p.tells(1, number, at.index, at.term, command)
		}
	}
}

func TestCorrectRunsAreNotConvicted(t *testing.T) {
	var total [checkCount]uint64
	late := 0
	var j Judges
	for seed := range uint64(500) {
		j.Reset(unasked)
		records := run(seed, 3000, noRule)
		observe(&j, records)
		if first := j.First(); first != nil {
			t.Fatalf("seed %d: %v at event %d: %s", seed, first.Check, first.Event, first.Message)
		}
		for c := range total {
			total[c] += j.exercised[c]
		}
		late += lateElections(records)
	}
	for _, c := range Checks() {
		if total[c] < 300 && c != Agreement && c != Linearizability && c != Liveness {
			t.Errorf("%v had something to judge only %d times", c, total[c])
		}
	}
	if late < 30 {
		t.Errorf("only %d elections in a lower term than an earlier one", late)
	}
}

func lateElections(records []record.Record) (late int) {
	highest := raft.Term(0)
	for i := range records {
		if r := &records[i]; r.Kind == record.BecameLeader {
			if r.Term < highest {
				late++
			}
			highest = max(highest, r.Term)
		}
	}
	return late
}

// Breaking a rule makes servers break a promise, sooner or later, and the judges see it.
func TestBrokenRulesAreSeen(t *testing.T) {
	const seeds = 3000
	for broken := noRule + 1; broken < ruleCount; broken++ {
		off := lemmas | unasked
		if broken == readsAreConfirmed { // without its lemma, linearizability alone would fall
			off = off.Without(ReadCurrent)
		}
		var j Judges
		for seed := uint64(0); seed < seeds && j.First() == nil; seed++ {
			j.Reset(off)
			observe(&j, run(seed, 1000, broken))
		}
		if j.First() == nil {
			t.Errorf("not seen in %d runs that it is broken that %s", seeds, ruleNames[broken])
		}
	}
}

// Of most rules a lemma tells first that they are broken.
func TestBrokenRulesBreakLemmasFirst(t *testing.T) {
	lemmaOf := [ruleCount]Check{
		oneVote:         Durability, // the vote that was saved is not given back
		upToDate:        VoteUpToDate,
		ownTermCounts:   CommitOwnTerm,
		conflictsOnly:   AppendAgrees,
		commitIsBounded: CommitVerified,
		majorityCommits: CommitDurable,
		logSurvives:     Durability,

		readsAreConfirmed: ReadCurrent,
	}
	const seeds = 300
	for broken, lemma := range lemmaOf {
		var j Judges
		for seed := uint64(0); lemma != 0 && seed < seeds && j.First() == nil; seed++ {
			j.Reset(unasked)
			observe(&j, run(seed, 1000, rule(broken)))
		}
		if first := j.First(); lemma != 0 && (first == nil || first.Check != lemma) {
			t.Errorf("that %s: %+v, want %v first", ruleNames[broken], first, lemma)
		}
	}
}

// incomplete is Leader Completeness as it is defined, with whole logs and nothing remembered
// cleverly: every leader holds what any leader of a lower term ever commits.
func incomplete(records []record.Record) bool {
	type held struct {
		term raft.Term
		log  []record.Record
	}
	var logs [peers + 1][]record.Record
	var terms [peers + 1]raft.Term
	var elected, committed []held
	for i := range records {
		r := &records[i]
		id := r.Server
		switch r.Kind {
		case record.Restarted:
			logs[id], terms[id] = nil, 0
		case record.BecameFollower:
			terms[id] = 0
		case record.Appended, record.Recovered:
			e := record.Record{EntryTerm: r.EntryTerm, Entry: r.Entry, Digest: r.Digest}
			logs[id] = append(logs[id], e)
		case record.Truncated:
			logs[id] = slices.Clone(logs[id][:r.Index])
		case record.BecameLeader:
			terms[id] = r.Term
			elected = append(elected, held{r.Term, slices.Clone(logs[id])})
		case record.Committed:
			if terms[id] != 0 && int(r.Index) <= len(logs[id]) {
				committed = append(committed, held{r.Term, slices.Clone(logs[id][:r.Index])})
			}
		}
	}
	for _, c := range committed {
		for _, e := range elected {
			holds := len(e.log) >= len(c.log) && slices.Equal(e.log[:len(c.log)], c.log)
			if c.term < e.term && !holds {
				return true
			}
		}
	}
	return false
}

func TestLeaderCompletenessIsJudgedAsDefined(t *testing.T) {
	counts := map[bool]int{}
	var j Judges
	for broken := noRule; broken < ruleCount; broken++ {
		for seed := range uint64(150) {
			records := run(seed, 1500, broken)
			j.Reset(unasked)
			observe(&j, records)
			want := incomplete(records)
			if got := j.Status(LeaderCompleteness) == Violated; got != want {
				t.Fatalf("rule %d, seed %d: violated is %v, want %v", broken, seed, got, want)
			}
			counts[want]++
		}
	}
	if counts[true] < 100 || counts[false] < 100 {
		t.Errorf("too few of one kind: %v", counts)
	}
}
