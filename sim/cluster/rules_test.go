package cluster

import (
	"slices"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// rules are what holds in every run of every world, whatever its servers do: time goes on, the dead
// keep silent, messages arrive as they were sent, and nothing is promised before it is durable. (What
// Raft promises on top is for the judges.)
type rules struct {
	t       rapid.TB
	config  *Config
	last    record.Record
	servers [raft.MaxServers + 1]serverRules
	letters map[letterKey]*letterRules
	links   map[[2]raft.ServerID]uint64 // messages so far
	arrived map[[2]raft.ServerID]uint64 // the last of them
	clients map[uint32]*clientRules
	applied map[raft.Index]appliedEntry
	healed  healedRules
}

// ownKinds are the kinds of records of which a server is the doer.
var ownKinds = [record.KindCount]bool{
	record.TimerFired: true, record.BecameFollower: true, record.BecameCandidate: true,
	record.BecameLeader: true, record.LearnedLeader: true, record.Truncated: true,
	record.Appended: true, record.Committed: true, record.Applied: true, record.Written: true,
	record.Persisted: true, record.Held: true, record.Sent: true, record.Proposed: true,
	record.Refused: true, record.Answered: true,
}

func newRules(t rapid.TB, config *Config) *rules {
	return &rules{
		t: t, config: config,
		letters: map[letterKey]*letterRules{},
		links:   map[[2]raft.ServerID]uint64{},
		arrived: map[[2]raft.ServerID]uint64{},
		clients: map[uint32]*clientRules{},
		applied: map[raft.Index]appliedEntry{},
	}
}

func (w *rules) broken(r *record.Record, what string) {
	w.t.Helper()
	w.t.Fatalf("%s: %+v", what, *r)
}

func (w *rules) observe(r *record.Record) {
	w.t.Helper()
	if r.Event < w.last.Event || r.At < w.last.At || w.last.Kind == record.Finished {
		w.broken(r, "time goes back, or on after the end")
	}
	if r.Event == w.last.Event && r.At != w.last.At {
		w.broken(r, "an event has two times")
	}
	w.last = *r
	s := &w.servers[r.Server]
	if ownKinds[r.Kind] && !s.runs {
		w.broken(r, "a server acts that does not run")
	}
	w.observeLife(s, r)
	w.observeDisk(s, r)
	w.observeMessage(s, r)
	w.observeClient(r)
	w.observeHealed(r)
}

// serverRules is one server's life and disk, as far as its records tell them.
type serverRules struct {
	runs    bool
	written uint64
	known   uint64      // through which write the server knows that it is durable
	log     []raft.Term // as the node has it
	writes  []diskWrite // issued, and not known to be durable
	durable diskState   // known to be durable
	was     map[raft.LogState]bool
	applied raft.Index
	commit  raft.Index

	recovers diskState // while it restarts: what it says of its disk
	expects  raft.Index
}

type diskWrite struct {
	number uint64
	hard   raft.HardState // zero if it has none
	from   raft.Index
	terms  []raft.Term
}

type diskState struct {
	hard  raft.HardState
	terms []raft.Term
}

func (d *diskState) apply(w *diskWrite) {
	if w.hard != (raft.HardState{}) {
		d.hard = w.hard
	}
	if w.from != 0 {
		d.terms = append(slices.Clone(d.terms[:w.from-1]), w.terms...)
	}
}

func (w *rules) observeLife(s *serverRules, r *record.Record) {
	switch r.Kind {
	case record.Started, record.Resumed, record.Restarted:
		if s.runs {
			w.broken(r, "a server starts that runs")
		}
		s.runs = true
	case record.Paused:
		if !s.runs {
			w.broken(r, "a server pauses that does not run")
		}
		s.runs = false
	case record.Crashed:
		s.runs = false
		s.log, s.applied, s.commit = nil, 0, 0
	case record.Panicked:
		w.broken(r, "a node panicked")
	}
}

func (w *rules) observeDisk(s *serverRules, r *record.Record) {
	if s.expects > 0 && r.Kind != record.Recovered {
		w.broken(r, "a restart tells less than the whole log")
	}
	switch r.Kind {
	case record.Truncated:
		s.log = s.log[:r.Index]
	case record.Appended:
		if r.Index != raft.Index(len(s.log)+1) {
			w.broken(r, "an entry is not appended at the end")
		}
		s.log = append(s.log, r.EntryTerm)
	case record.Written:
		w.observeWrite(s, r)
	case record.Persisted:
		w.observePersisted(s, r)
	case record.Restarted:
		s.recovers = diskState{hard: raft.HardState{CurrentTerm: r.Term, VotedFor: r.Peer}}
		s.expects = r.Index
		w.observeRecovered(s, r)
	case record.Recovered:
		s.recovers.terms = append(s.recovers.terms, r.EntryTerm)
		s.expects--
		w.observeRecovered(s, r)
	}
}

func (w *rules) observeWrite(s *serverRules, r *record.Record) {
	if s.written++; r.Number != s.written {
		w.broken(r, "a write has another's number")
	}
	write := diskWrite{number: r.Number, from: r.Index}
	write.hard = raft.HardState{CurrentTerm: r.Term, VotedFor: r.Peer}
	if r.Index != 0 {
		write.terms = slices.Clone(s.log[r.Index-1:])
	}
	if len(write.terms) != int(r.Count) {
		w.broken(r, "a write does not end where the log does")
	}
	s.writes = append(s.writes, write)
}

func (w *rules) observePersisted(s *serverRules, r *record.Record) {
	if r.Number <= s.known || r.Number > s.written {
		w.broken(r, "old news, or news of what was never written")
	}
	s.known = r.Number
	for len(s.writes) > 0 && s.writes[0].number <= r.Number {
		s.become(&s.writes[0])
		s.writes = s.writes[1:]
	}
	last := raft.Index(len(s.durable.terms))
	hard := raft.HardState{CurrentTerm: r.Term, VotedFor: r.Peer}
	if s.durable.hard != hard || r.Index != last || last > 0 && s.durable.terms[last-1] != r.EntryTerm {
		w.broken(r, "the disk holds something else")
	}
}

// become makes a write durable, and remembers what a server may attest to from then on.
func (s *serverRules) become(write *diskWrite) {
	if s.was == nil {
		s.was = map[raft.LogState]bool{}
	}
	s.durable.apply(write)
	for i, term := range s.durable.terms {
		s.was[raft.LogState{Index: raft.Index(i + 1), Term: term}] = true
	}
}

// observeRecovered: what comes back is what was known to be durable, and after it a prefix of the
// rest: all, where nothing is lost; else what was synced during a pause.
func (w *rules) observeRecovered(s *serverRules, r *record.Record) {
	if s.expects > 0 {
		return
	}
	if !w.config.Server.Disk.LoseUnsynced {
		for i := range s.writes {
			s.become(&s.writes[i])
		}
		s.writes = nil
	}
	for !s.durable.equal(&s.recovers) {
		if len(s.writes) == 0 {
			w.broken(r, "a disk gave back what it did not hold")
		}
		s.become(&s.writes[0])
		s.writes = s.writes[1:]
	}
	s.writes = nil
	s.known = s.written
	s.log = slices.Clone(s.recovers.terms)
}

func (d *diskState) equal(other *diskState) bool {
	return d.hard == other.hard && slices.Equal(d.terms, other.terms)
}

// letterKey names a message: its link, and its number there.
type letterKey struct {
	from, to raft.ServerID
	number   uint64
}

type letterRules struct {
	sent record.Record
	came int // deliveries and losses
}

func (w *rules) observeMessage(s *serverRules, r *record.Record) {
	key := letterKey{r.Server, r.Peer, r.Number}
	switch r.Kind {
	case record.Sent:
		link := [2]raft.ServerID{r.Server, r.Peer}
		if w.links[link]++; w.links[link] != r.Number {
			w.broken(r, "a message has another's number")
		}
		w.letters[key] = &letterRules{sent: *r}
		if !s.keeps(r) {
			w.broken(r, "a promise left before it was durable")
		}
	case record.Lost, record.Delivered:
		letter := w.letters[key]
		if letter == nil || !sameMessage(&letter.sent, r) {
			w.broken(r, "a message is not the one that was sent")
		}
		w.observeArrival(letter, r)
	}
}

func (w *rules) observeArrival(letter *letterRules, r *record.Record) {
	copies := 1
	duplicates := func(f fault.Fault) bool { return f.Do == record.Duplicate }
	net := &w.config.Network
	if net.Duplicate > 0 || len(net.Differences) > 0 || w.config.Draws() ||
		slices.ContainsFunc(w.config.Faults, duplicates) {
		copies = 2
	}
	if letter.came++; letter.came > copies {
		w.broken(r, "a message came too often")
	}
	if r.Kind == record.Lost {
		return
	}
	if !w.servers[r.Peer].runs {
		w.broken(r, "a message came to a server that does not run")
	}
	least, _ := net.Latency.Bounds()
	for _, d := range net.Differences {
		if d.Latency != nil {
			least = min(least, d.Latency.Min)
		}
	}
	if r.At.Sub(letter.sent.At) < vtime.Duration(least) {
		w.broken(r, "a message was too fast")
	}
	link := [2]raft.ServerID{r.Server, r.Peer}
	if net.FIFO && len(net.Differences) == 0 && r.Number < w.arrived[link] && !w.healed.isOld(&letter.sent) {
		w.broken(r, "a message was overtaken")
	}
	w.arrived[link] = r.Number
}

func sameMessage(sent, r *record.Record) bool {
	same := *r
	same.Event, same.At, same.Kind, same.Text = sent.Event, sent.At, sent.Kind, sent.Text
	return same == *sent
}

// keeps tells whether the server knows to be durable what the message promises.
func (s *serverRules) keeps(r *record.Record) bool {
	hard := s.durable.hard
	switch {
	case r.Message == raft.RequestVote:
		return hard.CurrentTerm > r.Term || hard == (raft.HardState{CurrentTerm: r.Term, VotedFor: r.Server})
	case r.Message == raft.RequestVoteResponse && r.Success:
		return hard.CurrentTerm > r.Term || hard == (raft.HardState{CurrentTerm: r.Term, VotedFor: r.Peer})
	case r.Message == raft.AppendEntriesResponse && r.Success:
		attested := r.Index == 0 || s.was[raft.LogState{Index: r.Index, Term: r.EntryTerm}]
		return hard.CurrentTerm >= r.Term && attested
	}
	return true
}

type appliedEntry struct {
	term          raft.Term
	digest, state uint64
}

// observeApplied: servers apply the same entries in the same order, each once in a life, and none
// that they do not know to be committed.
func (w *rules) observeApplied(r *record.Record) {
	s := &w.servers[r.Server]
	switch r.Kind {
	case record.Committed:
		if r.Index <= s.commit {
			w.broken(r, "a commit index went back")
		}
		s.commit = r.Index
	case record.Applied:
		if s.applied++; r.Index != s.applied || r.Index > s.commit {
			w.broken(r, "an entry was applied out of order, or before its commit")
		}
		entry := appliedEntry{r.EntryTerm, r.Digest, r.State}
		if first, known := w.applied[r.Index]; known && first != entry {
			w.broken(r, "two servers applied different entries")
		}
		w.applied[r.Index] = entry
	}
}
