package server

import (
	"slices"
	"testing"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// get is a client's read of a key that is not there.
func get(operation uint32) Request {
	return Request{
		Client: 1, Operation: operation, Command: kv.Command{Op: kv.Get, Key: "x"}.Encode(),
	}
}

// readsRig is a leader of term 1 that answers gets from its store.
func readsRig(t *testing.T, reads Reads) *rig {
	config := testConfig()
	config.Reads = reads
	config.Raft.LeaseReads = reads == ReadLease
	config.Raft.CheckQuorum = true
	config.MinElection, config.Lease = 150, 100
	r := newRigOf(t, config)
	r.lead()
	return r
}

func (r *rig) ask(operation uint32) {
	r.server.Propose(get(operation))
	r.carryOut()
}

// confirms is n2's answer to a round, which attests no entry that is new.
func confirms(round uint64) raft.Message {
	m := accepted(2, 1, 1, 1)
	m.Round = round
	return m
}

func missing(operation uint32, applied raft.Index) Answer {
	return Answer{
		Request: get(operation), Outcome: record.KeyMissing,
		Position: raft.LogState{Index: applied},
	}
}

// A read waits for a round, and enters no log; one that comes during a round waits for the next.
func TestAReadIsAnsweredAfterARound(t *testing.T) {
	r := readsRig(t, ReadIndex)
	r.ask(1)
	r.want("taken_to_read", "send AppendEntries to n2", "send AppendEntries to n3")
	r.ask(2)
	r.want("taken_to_read")
	r.receive(confirms(1))
	r.wantTold(missing(1, 1))
	r.receive(confirms(1)) // an answer of a round that is over confirms no other
	r.wantTold(missing(1, 1))
	r.receive(confirms(2))
	r.wantTold(missing(1, 1), missing(2, 1))
	if r.server.Node().LastIndex() != 1 {
		t.Errorf("the log has %d entries", r.server.Node().LastIndex())
	}
}

// A read sees what was committed when it came, also if that is applied later.
func TestAReadWaitsForWhatIsCommitted(t *testing.T) {
	r := readsRig(t, ReadIndex)
	r.propose(1)
	r.syncDone()
	r.budget = 0
	r.receive(accepted(2, 1, 2, 1)) // entry 2 is committed, and nothing is carried out yet
	r.budget = -1
	for r.server.Applied() < 2 {
		if !r.act() {
			t.Fatal("entry 2 is not applied")
		}
	}
	r.carryOut()
	r.ask(2)
	r.receive(confirms(1))
	if last := r.told[len(r.told)-1]; last != missing(2, 2) {
		t.Errorf("the read was answered %+v", last)
	}
}

// Whoever leads no more refuses the reads that it has taken: they were not done.
func TestAReadIsRefusedByWhoLeadsNoMore(t *testing.T) {
	r := readsRig(t, ReadIndex)
	r.ask(1)
	r.ask(2)
	r.receive(appends(3, 2, at(0, 0), 0))
	refused := func(operation uint32) Answer {
		return Answer{
			Request: get(operation), Outcome: record.Rejected, Leader: 3, Why: raft.NotLeader,
		}
	}
	r.wantTold(refused(1), refused(2))
	r.ask(3)
	r.wantTold(refused(1), refused(2), refused(3))
}

// A crash forgets reads, and nobody is told.
func TestACrashForgetsReads(t *testing.T) {
	r := readsRig(t, ReadIndex)
	r.ask(1)
	r.crash()
	r.server.Restart()
	r.carryOut()
	r.wantTold()
	if r.server.owesRead() || len(r.server.reads) != 0 {
		t.Error("it still has the read")
	}
}

// leased is a leader with a lease, from a round that began at 0 and was confirmed at 10.
func leased(t *testing.T) *rig {
	r := readsRig(t, ReadLease)
	began := r.clock.Now()
	r.fire(raft.HeartbeatTimer)
	r.clock.Advance(began.Add(10))
	r.receive(confirms(1))
	r.wantDeadline(raft.LeaseTimer, began.Add(100))
	r.news()
	return r
}

func TestUnderALeaseReadsAreAnsweredAtOnce(t *testing.T) {
	r := leased(t)
	r.ask(1)
	r.want("taken_to_read", "answered 1", "tell 1 key missing")
	r.fire(raft.LeaseTimer)
	r.news()
	r.ask(2)
	r.want("taken_to_read", "send AppendEntries to n2", "send AppendEntries to n3")
}

// A lease counts from when its round was sent. A later round, begun meanwhile, is another's.
func TestALeaseCountsFromItsOwnRound(t *testing.T) {
	r := leased(t)
	r.fire(raft.LeaseTimer) // it is over: the next read needs a round
	began := r.clock.Now()
	r.ask(1)
	r.clock.Advance(began.Add(30))
	r.ask(2)               // waits for another round,
	r.receive(confirms(2)) // which begins as this one brings a lease
	r.wantDeadline(raft.LeaseTimer, began.Add(100))
}

// A lease that is over before it is granted ends before the server takes notice of anything else.
func TestALateAnswerBringsNoLease(t *testing.T) {
	r := readsRig(t, ReadLease)
	began := r.clock.Now()
	r.fire(raft.HeartbeatTimer)
	r.clock.Advance(began.Add(100))
	r.receive(confirms(1))
	if !r.server.Overdue().Has(raft.LeaseTimer) || r.deadline(raft.LeaseTimer) != vtime.Never {
		t.Fatalf("overdue is %b, the timer fires at %d",
			r.server.Overdue(), int64(r.deadline(raft.LeaseTimer)))
	}
	r.server.FireOverdue()
	r.carryOut()
	if r.server.Node().HasLease() {
		t.Error("it has a lease")
	}
}

// The clock's rate stretches a lease like any other timer, and a jump shortens one not granted yet.
func TestALeaseFollowsTheClock(t *testing.T) {
	r := readsRig(t, ReadLease)
	r.server.SetDrift(-billion / 2)
	began := r.clock.Now()
	r.fire(raft.HeartbeatTimer)
	r.server.JumpClock(20)
	r.receive(confirms(1))
	r.wantDeadline(raft.LeaseTimer, began.Add(180)) // 200 by a clock of half the speed
}

// A leader that has handed over answers no read without a round any more.
func TestATransferEndsTheLease(t *testing.T) {
	r := leased(t)
	r.server.TransferLeadership(2)
	r.carryOut()
	r.want("transfer_asked", "send TimeoutNow to n2")
	r.ask(1)
	r.want("taken_to_read", "send AppendEntries to n2", "send AppendEntries to n3")
	r.propose(2)
	r.want("refused 2", "tell 2 refused")
	if r.deadline(raft.TransferTimer) == vtime.Never {
		t.Error("no timer ends the transfer")
	}
}

// What a server makes of the wish that it hand over is recorded, with the reason where it does not.
func TestATransferAskedForIsRecorded(t *testing.T) {
	r := readsRig(t, ReadIndex)
	var last record.Record
	r.clock.Reset(func(what *record.Record) { last = *what })
	for _, test := range []struct {
		to   raft.ServerID
		want record.Record
	}{
		{2, record.Record{Success: true}},
		{1, record.Record{Number: uint64(raft.NoSuccessor), Text: raft.NoSuccessor.String()}},
	} {
		r.server.TransferLeadership(test.to)
		r.carryOut()
		test.want.Kind, test.want.Server, test.want.Peer = record.TransferAsked, 1, test.to
		test.want.Term = 1
		if last != test.want {
			t.Errorf("recorded %+v, want %+v", last, test.want)
		}
	}
}

// Who looks at a leader sees the reads that wait, and whether their round is over.
func TestReadsThatWaitAreSeen(t *testing.T) {
	r := readsRig(t, ReadIndex)
	r.ask(1)
	r.ask(2)
	m := confirms(1)
	m.To = 1
	r.server.Receive(&m) // nothing of what is owed is carried out yet
	want := []ReadView{
		{Request: get(1), Number: 1, Confirmed: true, Index: 1}, {Request: get(2), Number: 2},
	}
	if got := slices.Collect(r.server.Reads()); !slices.Equal(got, want) {
		t.Errorf("%+v wait, want %+v", got, want)
	}
	round := raft.ReadRound{Number: 2, Open: true, Covers: 2, Index: 1, Confirmed: raft.SetOf(1)}
	if got := r.server.Node().Round(); got != round {
		t.Errorf("the round is %+v, want %+v", got, round)
	}
}

func TestLeaseFor(t *testing.T) {
	for _, c := range []struct {
		minElection vtime.Duration
		rho         int64
		want        vtime.Duration
	}{
		{150 * vtime.Millisecond, 0, 150 * vtime.Millisecond},
		{0, 10_000_000, 0},
		{202 * vtime.Millisecond, 10_000_000, 198*vtime.Millisecond - 1},
		{300, billion / 2, 99},
	} {
		got := LeaseFor(c.minElection, c.rho)
		if got != c.want {
			t.Errorf("LeaseFor(%v, %d) is %v, want %v", c.minElection, c.rho, got, c.want)
		}
		// Whoever leads has the slowest clock, whoever votes the fastest.
		slow, fast := clock{-c.rho}, clock{c.rho}
		if slow.real(got) > fast.real(c.minElection) {
			t.Errorf("with rho %d a lease of %v outlasts loyalty of %v", c.rho, got, c.minElection)
		}
	}
}
