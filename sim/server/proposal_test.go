package server

import (
	"testing"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/record"
)

func (r *rig) wantTold(want ...Answer) {
	r.t.Helper()
	if len(r.told) != len(want) {
		r.t.Fatalf("clients were told %+v, want %+v", r.told, want)
	}
	for i := range want {
		if r.told[i] != want[i] {
			r.t.Fatalf("clients were told %+v, want %+v", r.told[i], want[i])
		}
	}
}

func TestAClientIsToldWhenItsEntryIsApplied(t *testing.T) {
	r := newRig(t)
	r.lead()
	r.propose(1)
	r.propose(2)
	r.syncDone()
	r.syncDone()
	r.wantTold()
	r.receive(accepted(2, 1, 2, 1))
	r.wantTold(Answer{Request: request(1), Outcome: record.OK, Position: at(2, 1)})
	r.receive(accepted(2, 1, 3, 1))
	if len(r.told) != 2 || r.told[1].Request.Operation != 2 || r.told[1].Position != at(3, 1) {
		t.Errorf("clients were told %+v", r.told)
	}
}

// The store's errors are answers, and a get is told what it read.
func TestAnAnswerSaysWhatTheStoreSays(t *testing.T) {
	r := newRig(t)
	r.lead()
	commands := []kv.Command{
		{Op: kv.Get, Key: "x"}, {Op: kv.Put, Key: "x", Value: "5"}, {Op: kv.Put, Key: "x", Value: "6"},
		{Op: kv.Get, Key: "x"}, {Op: kv.Delete, Key: "x"}, {Op: kv.Delete, Key: "x"},
	}
	for i, c := range commands {
		r.server.Propose(Request{Client: 2, Operation: uint32(i + 1), Command: c.Encode()})
		r.carryOut()
	}
	r.syncDone()
	r.syncDone()
	r.receive(accepted(2, 1, 7, 1))
	for i, want := range []Answer{
		{Outcome: record.KeyMissing},
		{Outcome: record.OK},
		{Outcome: record.KeyExists},
		{Outcome: record.OK, Value: "5"},
		{Outcome: record.OK},
		{Outcome: record.KeyMissing},
	} {
		want.Request = Request{Client: 2, Operation: uint32(i + 1), Command: commands[i].Encode()}
		want.Position = at(raft.Index(i+2), 1)
		if len(r.told) != len(commands) || r.told[i] != want {
			t.Fatalf("%+v: clients were told %+v, want %+v", commands[i], r.told, want)
		}
	}
}

// An answer follows its entry at once, before the next is applied.
func TestAnswersComeBetweenTheEntries(t *testing.T) {
	r := newRig(t)
	r.lead()
	r.propose(1)
	r.propose(2)
	r.syncDone()
	r.syncDone()
	r.news()
	r.receive(accepted(3, 1, 3, 1))
	r.want("committed 3", "send AppendEntries to n3",
		"applied 2", "answered 1", "tell 1 ok", "applied 3", "answered 2", "tell 2 ok")
}

func TestOnlyALeaderTakesProposals(t *testing.T) {
	r := newRig(t)
	r.receive(appends(3, 2, at(0, 0), 0))
	r.syncDone()
	r.news()
	var refused record.Record
	r.clock.Reset(func(what *record.Record) { refused = *what })
	r.propose(1)
	want := record.Record{
		Kind: record.Refused, Server: 1, Client: 1, Operation: 1, Term: 2, Peer: 3,
		Text: "not the leader",
	}
	if refused != want {
		t.Errorf("recorded %+v, want %+v", refused, want)
	}
	r.want("tell 1 refused")
	r.wantTold(Answer{Request: request(1), Outcome: record.Rejected, Leader: 3, Why: raft.NotLeader})
	if r.server.Node().LastIndex() != 0 {
		t.Error("a refused request entered the log")
	}
}

// overwrite lets n3 lead the next term, with another entry in the place of the server's second.
func overwrite(r *rig, with raft.Entry) {
	r.lead()
	r.propose(1)
	r.receive(appends(3, 2, at(1, 1), 2, with))
	r.syncDone()
	r.syncDone()
	if r.server.Applied() != 2 {
		r.t.Fatalf("applied %d, want the other entry at 2", r.server.Applied())
	}
}

// Its entry is gone; it may be in another log still, so that nobody may be told that it failed.
func TestWhoseEntryIsOverwrittenIsToldNothing(t *testing.T) {
	r := newRig(t)
	overwrite(r, entry(2, 9))
	r.wantTold()
	if len(r.server.waiting) != 0 {
		t.Errorf("%d requests still wait", len(r.server.waiting))
	}
}

// Nor if the same command is in its place, from another leader: the entry is not the server's own.
func TestAnEqualCommandOfAnotherTermAnswersNobody(t *testing.T) {
	r := newRig(t)
	overwrite(r, entry(2, 1))
	r.wantTold()
}

// The entry of a deposed leader can be committed all the same, by a later one: its client is told.
func TestAnEntryThatAnotherLeaderCommitsIsAnswered(t *testing.T) {
	r := newRig(t)
	r.lead()
	r.propose(1)
	r.propose(2)
	r.receive(appends(3, 2, at(2, 1), 2, entry(2, 9)))
	r.wantTold(Answer{Request: request(1), Outcome: record.OK, Position: at(2, 1)})
	r.receive(appends(3, 2, at(3, 2), 3))
	r.wantTold(Answer{Request: request(1), Outcome: record.OK, Position: at(2, 1)})
}

// After it was overwritten, it leads again and makes new entries at the same indexes: each answer
// goes to who asked last.
func TestProposalsOfALaterReignAreTheirOwn(t *testing.T) {
	r := newRig(t)
	overwrite(r, entry(2, 9))
	r.fire(raft.ElectionTimer)
	r.syncDone()
	r.receive(voteFor(3))
	r.propose(2)
	r.syncDone()
	r.syncDone()
	r.receive(accepted(2, 3, 4, 3))
	r.wantTold(Answer{Request: request(2), Outcome: record.OK, Position: at(4, 3)})
}

// A request of an earlier life is nobody's any more, though its entry survived and is applied.
func TestACrashForgetsWhoWaits(t *testing.T) {
	r := newRig(t)
	r.lead()
	r.propose(1)
	r.syncDone()
	r.crash()
	r.server.Restart()
	r.receive(appends(2, 2, at(2, 1), 2))
	if r.server.Applied() != 2 {
		t.Fatalf("applied %d, want the entry that survived", r.server.Applied())
	}
	r.wantTold()
}

// The state of the store is in each record of an entry, for who compares servers.
func TestAnAppliedEntryTellsTheStore(t *testing.T) {
	r := newRig(t)
	var store kv.Store
	var states []uint64
	r.clock.Reset(func(what *record.Record) {
		if what.Kind == record.Applied {
			states = append(states, what.State)
		}
	})
	noop := raft.Entry{Term: 1, Kind: raft.NoOp}
	r.receive(appends(2, 1, at(0, 0), 4, noop, entry(1, 1), noop, entry(1, 2)))
	store.Apply(2, put(1))
	one := store.Digest()
	store.Apply(4, put(2))
	want := []uint64{0, one, one, store.Digest()}
	for i := range want {
		if len(states) != 4 || states[i] != want[i] {
			t.Fatalf("states %x, want %x", states, want)
		}
	}
}

// A request of a session is carried out once: its copies are answered alike, and their records say
// what came of them. A session that nobody opened is refused.
func TestARequestOfASessionIsCarriedOutOnce(t *testing.T) {
	r := newRig(t)
	r.lead()
	request := func(session, sequence uint64) Request {
		c := kv.Command{Op: kv.Put, Key: "x", Value: "5", Session: session, Sequence: sequence}
		return Request{Client: 1, Operation: 1, Attempt: 1, Lane: 3, Command: c.Encode()}
	}
	opens := Request{Client: 1, Operation: 9, Command: kv.Command{Op: kv.OpenSession}.Encode()}
	asked := []Request{opens, request(2, 2), request(2, 2), request(2, 1), request(7, 1)}
	want := []record.Record{
		{}, // to open one is in no session
		{Outcome: record.OK, Success: true},
		{Outcome: record.OK},
		{Outcome: record.Superseded},
		{Outcome: record.NoSession},
	}
	var applied []record.Record
	r.clock.Reset(func(what *record.Record) {
		if what.Kind == record.Applied && what.Entry == raft.Command {
			applied = append(applied, *what)
		}
	})
	var answers []Answer
	for i, q := range asked {
		r.server.Propose(q)
		r.carryOut()
		told := Answer{Request: q, Outcome: want[i].Outcome, Position: at(raft.Index(i+2), 1)}
		if told.Outcome == 0 {
			told.Outcome = record.OK
		}
		answers = append(answers, told)
	}
	r.syncDone()
	r.syncDone()
	r.receive(accepted(2, 1, 6, 1))
	r.wantTold(answers...)
	for i, w := range want {
		a := applied[i]
		if a.Outcome != w.Outcome || a.Success != w.Success {
			t.Errorf("entry %d is applied as %+v, want %v %v", a.Index, a, w.Outcome, w.Success)
		}
	}
}
