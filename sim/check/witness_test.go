package check

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/history"
	"raftkv/sim/record"
)

// committedLog returns judges who know a log of one term that is committed through last.
func committedLog(last raft.Index) *Judges {
	var j Judges
	j.Reset(0)
	r := func(r record.Record) { j.Observe(&r) }
	r(record.Record{Kind: record.Started, Server: 1})
	r(record.Record{Kind: record.BecameLeader, Server: 1, Term: 1})
	for i := raft.Index(1); i <= last; i++ {
		r(record.Record{Kind: record.Appended, Server: 1, Term: 1, Index: i, EntryTerm: 1,
			Entry: raft.Command, Digest: uint64(i)})
	}
	r(record.Record{Kind: record.Committed, Server: 1, Term: 1, Index: last})
	return &j
}

// TestWitnessIsAProof: what the log's order explains, the search finds an order for too; and a
// history that really was made in the order of the log is witnessed.
func TestWitnessIsAProof(t *testing.T) {
	witnessed, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		const most = 8
		j := committedLog(most)
		count := rapid.IntRange(1, most).Draw(t, "requests")
		var requests []*history.Operation
		var c cell
		for i := range count {
			o := randomRequest(t, i)
			after, outcome, read := c.do(o)
			c, o.Outcome, o.Read = after, outcome, read
			if rapid.IntRange(0, 5).Draw(t, "unknown") == 0 {
				o.Outcome, o.Read = record.Unknown, ""
				j.fates[request{o.Client, o.Number}] = fate{position: o.Position}
			}
			requests = append(requests, o)
		}
		if !j.witnessed(requests) {
			t.Fatal("a history made in the order of the log is not witnessed")
		}
		o := requests[rapid.IntRange(0, count-1).Draw(t, "spoilt")]
		spoil(t, o)
		if !j.witnessed(requests) {
			refused++
			return
		}
		witnessed++
		if j.order(requests, math.MaxUint64) != found {
			t.Fatalf("witnessed, but there is no order: %v", describe(requests))
		}
	})
	if witnessed == 0 || refused == 0 {
		t.Errorf("%d spoilt histories were witnessed, %d not", witnessed, refused)
	}
}

// randomRequest returns the i-th request of the log; its time reaches over its neighbours'.
func randomRequest(t *rapid.T, i int) *history.Operation {
	point := uint64(10 * (i + 1))
	o := &history.Operation{
		Client: uint32(i + 1), Number: 1, Key: "k",
		Action:   record.Action(rapid.IntRange(int(record.Put), int(record.Delete)).Draw(t, "action")),
		Invoked:  point - uint64(rapid.IntRange(1, 9).Draw(t, "before")),
		Returned: point + uint64(rapid.IntRange(1, 25).Draw(t, "after")),
		Position: raft.LogState{Index: raft.Index(i + 1), Term: 1},
	}
	if o.Action == record.Put {
		o.Value = fmt.Sprint("v", i)
	}
	return o
}

// spoil changes what a client was told, when, or by which entry.
func spoil(t *rapid.T, o *history.Operation) {
	switch rapid.IntRange(0, 3).Draw(t, "spoil") {
	case 0:
		o.Outcome = record.KeyMissing
	case 1:
		o.Outcome, o.Read = record.OK, "v0"
	case 2:
		o.Invoked += 30
		o.Returned += 30
	case 3:
		o.Position.Index = raft.Index(rapid.IntRange(1, 8).Draw(t, "index"))
	}
}

func describe(requests []*history.Operation) (words []string) {
	for _, o := range requests {
		words = append(words, fmt.Sprintf("%v [%d,%d] at %d: %v %s",
			o, o.Invoked, o.Returned, o.Position.Index, o.Outcome, o.Read))
	}
	return words
}

// TestAHundredRequestsAtATimeAreDecided: the search alone would never come to an end here.
func TestAHundredRequestsAtATimeAreDecided(t *testing.T) {
	const count = 100
	j := committedLog(count)
	var operations []history.Operation
	for i := range count {
		o := history.Operation{
			Client: uint32(i + 1), Number: 1, Key: "k", Action: record.Put, Value: fmt.Sprint(i),
			Invoked: uint64(i + 1), Returned: uint64(count + i + 1), Outcome: record.KeyExists,
			Position: raft.LogState{Index: raft.Index(count - i), Term: 1},
		}
		if i == count-1 {
			o.Outcome = record.OK
		}
		operations = append(operations, o)
	}
	j.Finish(operations)
	if got := j.Status(Linearizability); got != OK {
		t.Errorf("linearizability is %v", got)
	}
}
