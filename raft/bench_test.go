package raft_test

import (
	"testing"

	"raftkv/raft"
)

// BenchmarkStep measures the steps of the steady state.
func BenchmarkStep(b *testing.B) {
	for _, c := range steadySteps(b) {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.step()
			}
		})
	}
}

// BenchmarkProposeCommit measures a round of five servers, all in memory and nothing else: a
// command from its proposal until all five have it, know that it is committed, and have told the
// leader.
func BenchmarkProposeCommit(b *testing.B) {
	const logMax = 4096 // the log begins anew, so that a round costs what it costs in a short log
	b.ReportAllocs()
	var r round
	rounds := 0
	for b.Loop() {
		if rounds%logMax == 0 {
			r.begin()
		}
		r.step(1, raft.Input{Type: raft.Propose, Command: "x"})
		r.run()
		rounds++
	}
	if got, want := r.nodes[5].CommitIndex(), raft.Index((rounds-1)%logMax+2); got != want {
		b.Fatalf("n5 has committed %d, want %d", got, want)
	}
}

// round is five nodes whose disks sync at once and whose messages arrive in the order in which they
// were sent. Nothing is rewritten, so that messages can share their sender's entries.
type round struct {
	nodes   [6]raft.Node
	durable [6]raft.Persistence
	queue   []raft.Message
	in      raft.Input
	out     raft.Output
	message raft.Message // that in points to, since the queue may move
}

func (r *round) begin() {
	five := raft.Membership{Voters: raft.Servers(5)}
	for id := raft.ServerID(1); id <= 5; id++ {
		r.nodes[id].Init(id, five, raft.Options{}, &r.out)
		r.durable[id] = raft.Persistence{}
	}
	r.step(1, raft.Input{Type: raft.Timeout, Timer: raft.ElectionTimer})
	r.run()
}

func (r *round) run() {
	for i := 0; i < len(r.queue); i++ {
		r.message = r.queue[i]
		r.step(r.message.To, raft.Input{Type: raft.Receive, Message: &r.message})
	}
	r.queue = r.queue[:0]
}

func (r *round) step(id raft.ServerID, in raft.Input) {
	r.in = in
	r.nodes[id].Step(&r.in, &r.out)
	r.queue = append(r.queue, r.out.Messages...)
	if r.out.SaveHardState || r.out.SaveFrom != 0 {
		r.step(id, raft.Input{Type: raft.Persisted, Persistence: r.save(id)})
	}
}

// save returns what the disk holds after what the last output owed to it.
func (r *round) save(id raft.ServerID) raft.Persistence {
	durable := &r.durable[id]
	if r.out.SaveHardState {
		durable.HardState = r.out.HardState
	}
	if count := len(r.out.Entries); count > 0 {
		durable.Index = r.out.SaveFrom + raft.Index(count) - 1
		durable.LogState.Term = r.out.Entries[count-1].Term
	}
	return *durable
}
