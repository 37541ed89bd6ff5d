package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/disk"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// rig is the world around one server, n1 of three, played by hand. Its journal tells in short lines,
// in order, what the server recorded and what it asked of the world.
type rig struct {
	t       *testing.T
	server  Server
	config  Config
	queue   vtime.Queue
	clock   record.Recorder
	journal []string
	read    int // lines of the journal that a test has seen

	writes  []raft.Output // that no crash has lost, in order
	syncing int           // as many of them are durable when the sync is done
	durable int           // as many of them are
	sync    uint64        // the number of the last sync that began
	sent    []raft.Message
	told    []Answer
	budget  int // actions until the power fails; negative: no end
}

func testConfig() Config {
	return Config{
		Heartbeat:       50,
		ElectionTimeout: choice.UniformBetween(150, 300),
		Disk:            disk.Config{Fsync: choice.UniformBetween(5, 9), LoseUnsynced: true},
	}
}

func newRig(t *testing.T) *rig { return newRigOf(t, testConfig()) }

func newRigOf(t *testing.T, config Config) *rig {
	r := &rig{t: t, config: config}
	r.start(1)
	return r
}

func (r *rig) start(seed uint64) {
	r.budget = -1
	r.queue.Reset()
	r.clock.Reset(r.observe)
	r.clock.Next()
	r.server.Start(1, raft.Membership{Voters: raft.Servers(3)}, &r.config, seed, &r.queue, &r.clock)
}

func (r *rig) note(format string, args ...any) {
	r.journal = append(r.journal, fmt.Sprintf(format, args...))
}

func (r *rig) observe(what *record.Record) {
	if what.Server != 1 {
		r.t.Errorf("a record of %v: %+v", what.Server, *what)
	}
	switch what.Kind {
	case record.Written:
		out := r.server.out
		out.Entries = slices.Clone(out.Entries)
		r.writes = append(r.writes, out)
		r.note("written %d", what.Number)
	case record.Persisted:
		r.note("persisted %d", what.Number)
	case record.Held:
		r.note("held %v for %d", what.Message, what.Number)
	case record.Truncated, record.Appended, record.Committed, record.Applied, record.Recovered:
		r.note("%v %d", what.Kind, what.Index)
	case record.Proposed, record.Refused:
		r.note("%v %d", what.Kind, what.Operation)
	case record.Answered:
		r.note("answered %d", what.Operation)
	default:
		r.note("%v", what.Kind)
	}
}

// act lets the server act once, and notes what it asks of the world.
func (r *rig) act() bool {
	if r.budget == 0 {
		return false
	}
	effect, any := r.server.Act()
	if !any {
		return false
	}
	r.budget--
	switch effect.Kind {
	case SyncBegun:
		r.sync, r.syncing = effect.Sync, len(r.writes)
		r.note("sync %d", effect.Sync)
	case Sent:
		m := *effect.Message
		m.Entries = slices.Clone(m.Entries)
		r.sent = append(r.sent, m)
		r.note("send %v to %v", m.Type, m.To)
	case Answered:
		r.told = append(r.told, effect.Answer)
		r.note("tell %d %v", effect.Answer.Request.Operation, effect.Answer.Outcome)
	}
	return true
}

func (r *rig) carryOut() {
	for r.act() {
	}
}

// What can happen to the server, each with all that it then owes.

func (r *rig) receive(m raft.Message) {
	m.To = 1
	r.server.Receive(&m)
	r.carryOut()
}

func (r *rig) fire(timer raft.Timer) {
	r.server.Fire(timer)
	r.carryOut()
}

func (r *rig) propose(operation uint32) {
	r.server.Propose(request(operation))
	r.carryOut()
}

func (r *rig) syncDone() {
	r.server.SyncDone(r.sync)
	r.durable = r.syncing
	if r.server.HasNews() {
		r.server.LearnPersisted()
		r.carryOut()
	}
}

func (r *rig) crash() {
	r.server.Crash()
	if r.config.Disk.LoseUnsynced {
		r.writes = r.writes[:r.durable]
	}
	r.durable, r.syncing = len(r.writes), len(r.writes)
}

// want compares what is new in the journal.
func (r *rig) want(lines ...string) {
	r.t.Helper()
	if got := r.news(); !slices.Equal(got, lines) {
		r.t.Fatalf("it did\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

// news returns what is new in the journal.
func (r *rig) news() []string {
	news := r.journal[r.read:]
	r.read = len(r.journal)
	return news
}

// The messages and requests that tests are made of.

func request(operation uint32) Request {
	return Request{Client: 1, Operation: operation, Command: put(operation)}
}

// put is an encoded command that puts a key of the operation's own.
func put(operation uint32) string {
	key := fmt.Sprint("key", operation)
	return "\x01\x01" + string(rune(len(key))) + key + "\x01v"
}

func entry(term raft.Term, operation uint32) raft.Entry {
	return raft.Entry{Term: term, Kind: raft.Command, Command: put(operation)}
}

// appends is a leader's AppendEntries: entries after the given one, and how far it has committed.
func appends(
	from raft.ServerID, term raft.Term, after raft.LogState, commit raft.Index, entries ...raft.Entry,
) raft.Message {
	return raft.Message{
		Type: raft.AppendEntries, From: from, Term: term, PrevLogIndex: after.Index,
		PrevLogTerm: after.Term, LeaderCommit: commit, Entries: entries,
	}
}

// accepted is a follower's word that it holds the log through that entry.
func accepted(from raft.ServerID, term raft.Term, index raft.Index, of raft.Term) raft.Message {
	return raft.Message{
		Type: raft.AppendEntriesResponse, From: from, Term: term, Success: true,
		MatchIndex: index, MatchTerm: of,
	}
}

func voteFor(term raft.Term) raft.Message {
	return raft.Message{Type: raft.RequestVoteResponse, From: 2, Term: term, VoteGranted: true}
}

func candidate(from raft.ServerID, term raft.Term) raft.Message {
	return raft.Message{Type: raft.RequestVote, From: from, Term: term, LastLogIndex: 9, LastLogTerm: 9}
}

func at(index raft.Index, term raft.Term) raft.LogState {
	return raft.LogState{Index: index, Term: term}
}

// lead makes the server the leader of term 1, with its first entry committed and all told.
func (r *rig) lead() {
	r.t.Helper()
	r.fire(raft.ElectionTimer)
	r.syncDone()
	r.receive(voteFor(1))
	r.syncDone()
	r.receive(accepted(2, 1, 1, 1))
	r.receive(accepted(3, 1, 1, 1))
	if r.server.Node().Role() != raft.Leader || r.server.Applied() != 1 {
		r.t.Fatalf("n1 is a %v that has applied %d", r.server.Node().Role(), r.server.Applied())
	}
	r.news()
}

// next lets time pass to the first event in the queue that makes a timer fire; 0 if none does.
func (r *rig) next() raft.Timer {
	for {
		event, any := r.queue.Pop()
		if !any {
			return 0
		}
		r.clock.Advance(event.At)
		_, timer := SourceTimer(event.Source())
		switch {
		case !r.server.TimerEvent(timer):
		case r.server.State() == Paused:
			r.server.Postpone(timer)
		default:
			return timer
		}
	}
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}
