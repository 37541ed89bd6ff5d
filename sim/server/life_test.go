package server

import (
	"fmt"
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/record"
)

// story is a life with something of everything: the server is elected, answers a client, loses its
// leadership and an entry, crashes, comes back, votes and follows.
var story = []func(r *rig){
	func(r *rig) { r.fire(raft.ElectionTimer) },
	(*rig).syncDone,
	func(r *rig) { r.receive(voteFor(1)) },
	(*rig).syncDone,
	func(r *rig) { r.receive(accepted(2, 1, 1, 1)) },
	func(r *rig) { r.propose(1) },
	func(r *rig) { r.propose(2) },
	(*rig).syncDone,
	func(r *rig) { r.receive(accepted(2, 1, 2, 1)) },
	(*rig).syncDone,
	func(r *rig) { r.propose(3) },
	func(r *rig) { r.receive(appends(3, 2, at(2, 1), 2, entry(2, 7), entry(2, 8))) },
	func(r *rig) { r.propose(4) },
	(*rig).syncDone,
	(*rig).syncDone,
	func(r *rig) { r.crash(); r.server.Restart() },
	func(r *rig) { r.receive(candidate(2, 3)) },
	func(r *rig) { r.receive(appends(2, 3, at(3, 2), 3, entry(3, 9))) },
	(*rig).syncDone,
	(*rig).syncDone,
	func(r *rig) { r.receive(appends(2, 3, at(4, 3), 4)) },
}

// live plays the story until it is over or the power fails, after as many actions as the budget has,
// and tells whether it failed.
func live(r *rig, budget int) (failed bool) {
	r.budget = budget
	for _, happens := range story {
		happens(r)
		if r.budget == 0 {
			return true
		}
	}
	return false
}

// expected is what the disk has to hold: the writes that no crash has lost, one after the other.
func (r *rig) expected() (d raft.Durable) {
	for i := range r.writes[:r.durable] {
		w := &r.writes[i]
		if w.SaveHardState {
			d.HardState = w.HardState
		}
		if w.SaveFrom != 0 {
			d.Entries = append(slices.Clone(d.Entries[:w.SaveFrom-1]), w.Entries...)
		}
	}
	return d
}

// A crash can strike between any two actions. What comes back is what the disk held: no more, no
// less, and nothing is owed.
func TestACrashBetweenAnyTwoActions(t *testing.T) {
	for _, lose := range []bool{true, false} {
		for actions := 1; ; actions++ {
			config := testConfig()
			config.Disk.LoseUnsynced = lose
			r := newRigOf(t, config)
			failed := live(r, actions)
			t.Run(fmt.Sprintf("lose_unsynced=%v, after %d actions", lose, actions), func(t *testing.T) {
				r.t = t
				checkCrash(r)
				checkRestart(r)
			})
			if !failed {
				break
			}
			if actions > 500 {
				t.Fatal("the story has no end")
			}
		}
	}
}

func TestTheStoryHasSomethingOfEverything(t *testing.T) {
	r := newRig(t)
	live(r, -1)
	for _, line := range []string{
		"became_leader", "tell 1 ok", "truncated 3", "tell 4 refused", "crashed", "restarted",
		"held RequestVoteResponse for 7", "applied 4",
	} {
		if !slices.Contains(r.journal, line) {
			t.Errorf("the story does not have %q: %q", line, r.journal)
		}
	}
}

func checkCrash(r *rig) {
	r.t.Helper()
	r.crash()
	r.news()
	s := &r.server
	if effect, any := s.Act(); any {
		r.t.Errorf("a crashed server owes %+v", effect)
	}
	s.SyncDone(r.sync)
	if s.HasNews() || s.State() != Down || s.Busy() {
		r.t.Errorf("after the crash: news %v, state %v", s.HasNews(), s.State())
	}
	if s.Applied() != 0 || s.through != 0 || s.store.Len() != 0 || s.store.Digest() != 0 {
		r.t.Errorf("after the crash the store has applied %d, of %d", s.Applied(), s.through)
	}
	if len(s.held) != 0 || len(s.waiting) != 0 {
		r.t.Errorf("after the crash %d messages and %d clients wait", len(s.held), len(s.waiting))
	}
	if timer := r.next(); timer != 0 {
		r.t.Errorf("the %v timer of a crashed server fired", timer)
	}
	r.want()
}

func checkRestart(r *rig) {
	r.t.Helper()
	r.budget = -1
	want := r.expected()
	r.server.Restart()
	lines := []string{"restarted"}
	for i := range want.Entries {
		lines = append(lines, fmt.Sprintf("recovered %d", i+1))
	}
	r.want(lines...)
	r.carryOut()
	r.want()

	n := r.server.Node()
	if n.Hard() != want.HardState || n.LastIndex() != raft.Index(len(want.Entries)) {
		r.t.Fatalf("it came back with %+v and %d entries, want %+v", n.Hard(), n.LastIndex(), want)
	}
	for i, e := range want.Entries {
		if n.Entry(raft.Index(i+1)) != e {
			r.t.Errorf("entry %d came back as %+v, want %+v", i+1, n.Entry(raft.Index(i+1)), e)
		}
	}
	if n.Role() != raft.Follower || n.CommitIndex() != 0 || n.Leader() != raft.None {
		r.t.Errorf("it came back as a %v that has committed %d", n.Role(), n.CommitIndex())
	}
	if r.server.HasNews() || r.server.State() != Running {
		r.t.Errorf("it came back with news %v, in state %v", r.server.HasNews(), r.server.State())
	}
	if timer := r.next(); timer != raft.ElectionTimer {
		r.t.Errorf("after the restart the first to fire is the %v timer", timer)
	}
}

func TestARestartTellsWhatTheDiskGaveBack(t *testing.T) {
	r := newRig(t)
	r.receive(candidate(2, 1))
	r.receive(appends(3, 4, at(0, 0), 0, entry(2, 1), raft.Entry{Term: 3, Kind: raft.NoOp}))
	r.syncDone()
	r.syncDone()
	r.crash()
	var records []record.Record
	r.clock.Reset(func(what *record.Record) { records = append(records, *what) })
	r.server.Restart()
	want := []record.Record{
		{Kind: record.Restarted, Server: 1, Term: 4, Peer: raft.None, Index: 2},
		{Kind: record.Recovered, Server: 1, Index: 1, EntryTerm: 2, Entry: raft.Command,
			Digest: record.Digest(put(1))},
		{Kind: record.Recovered, Server: 1, Index: 2, EntryTerm: 3, Entry: raft.NoOp},
	}
	if !slices.Equal(records, want) {
		t.Errorf("records\n%+v, want\n%+v", records, want)
	}
}

// Syncs outlive the life that began them, and must end in nothing: neither in what the crash lost,
// nor in what the next life writes, nor in its messages.
func TestASyncOfAnEarlierLifeCompletesForNobody(t *testing.T) {
	r := newRig(t)
	r.receive(candidate(2, 1))
	old := r.sync
	r.crash()
	r.server.Restart()
	r.news()
	r.server.SyncDone(old)
	if r.server.HasNews() {
		t.Error("the old sync is news before anything was written")
	}
	r.receive(candidate(3, 1))
	r.want("became_follower", "written 2", "sync 2", "held RequestVoteResponse for 2")
	r.server.SyncDone(old)
	if r.server.HasNews() {
		t.Error("the old sync made durable what the new life wrote")
	}
	r.syncDone()
	r.want("persisted 2", "send RequestVoteResponse to n3")
	r.crash()
	if got := r.server.disk.Durable().HardState; got != (raft.HardState{CurrentTerm: 1, VotedFor: 3}) {
		t.Errorf("the disk holds %+v", got)
	}
}

// A disk that keeps what was not synced gives back a vote whose message never left.
func TestWhatIsKeptIsDurableInTheNextLife(t *testing.T) {
	config := testConfig()
	config.Disk.LoseUnsynced = false
	r := newRigOf(t, config)
	r.receive(candidate(2, 1))
	r.crash()
	r.server.Restart()
	r.news()
	r.receive(candidate(2, 1))
	r.want("send RequestVoteResponse to n2")
	r.receive(candidate(3, 1))
	r.want("send RequestVoteResponse to n3")
	if !r.sent[0].VoteGranted || r.sent[1].VoteGranted {
		t.Errorf("it sent %+v", r.sent)
	}
}

// A server that is started anew, in whatever state it was, is a new one.
func TestAUsedServerIsANewOne(t *testing.T) {
	fresh := newRig(t)
	fresh.start(7)
	fresh.news()
	live(fresh, -1)
	want := fresh.news()
	for _, state := range []func(r *rig){
		func(*rig) {},
		func(r *rig) { r.crash() },
		func(r *rig) { r.server.Pause(); r.next() },
		func(r *rig) { r.receive(candidate(3, 9)); r.propose(4) },
		func(r *rig) { m := candidate(3, 9); r.server.Receive(&m) },
	} {
		used := newRig(t)
		live(used, -1)
		state(used)
		used.writes, used.durable, used.syncing = nil, 0, 0
		used.start(7)
		used.news()
		live(used, -1)
		used.want(want...)
		if got, want := waits(used), waits(fresh); !slices.Equal(got, want) {
			t.Errorf("a used server waits %v, a new one %v", got, want)
		}
		fresh.start(7)
		fresh.writes, fresh.durable, fresh.syncing = nil, 0, 0
		live(fresh, -1)
		fresh.news()
	}
}

// waits is when the server's next election timeouts run out.
func waits(r *rig) (at []int64) {
	for range 5 {
		r.next()
		at = append(at, int64(r.clock.Now()))
		r.fire(raft.ElectionTimer)
	}
	return at
}

func TestASteadyServerDoesNotAllocate(t *testing.T) {
	config := testConfig()
	config.ElectionTimeout = choice.Constantly(1 << 40)
	r := newRigOf(t, config)
	r.receive(appends(2, 1, at(0, 0), 0, entry(1, 1)))
	r.syncDone()
	r.clock.Reset(func(*record.Record) {})
	heartbeat := appends(2, 1, at(1, 1), 1)
	heartbeat.To = 1
	term := raft.Term(1)
	if n := testing.AllocsPerRun(200, func() {
		term++
		heartbeat.Term = term // and with it a new term, to be written
		r.server.Receive(&heartbeat)
		sync := drain(&r.server)
		r.server.SyncDone(sync)
		r.server.LearnPersisted()
		drain(&r.server)
	}); n != 0 {
		t.Errorf("a heartbeat of a new term allocates %v times, want 0", n)
	}
}

// drain lets the server carry out what it owes, and returns the sync that it began.
func drain(s *Server) (sync uint64) {
	for {
		effect, any := s.Act()
		if !any {
			return sync
		}
		if effect.Kind == SyncBegun {
			sync = effect.Sync
		}
	}
}

// A first start relies on nothing that a crash forgets: whatever an earlier run has left in a server,
// it is gone, but for memory.
func TestAFirstStartRemembersNothing(t *testing.T) {
	fresh, used := newRig(t), newRig(t)
	live(used, -1)
	s := &used.server
	s.state, s.busy, s.applied, s.through = Down, true, 7, 9
	s.agenda = agenda{stable: 3, write: true, messages: 2, answer: Answer{Value: "old"}}
	s.held = append(s.held, promise{write: 3})
	s.released = candidate(3, 9)
	s.waiting = append(s.waiting, proposal{position: raft.LogState{Index: 7, Term: 1}})
	used.start(1)

	want := &fresh.server
	if s.state != want.state || s.busy || s.applied != 0 || s.through != 0 ||
		s.agenda != (agenda{}) || len(s.held) > 0 || len(s.waiting) > 0 || s.store.Len() > 0 {
		t.Errorf("a used server starts with %+v, a new one with %+v", *s, *want)
	}
	if s.released.Type != 0 || s.disk.Issued() != 0 || len(s.disk.Durable().Entries) > 0 {
		t.Errorf("it still has %+v, and a disk of %d writes", s.released, s.disk.Issued())
	}
}
