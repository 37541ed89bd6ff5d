package server

import (
	"slices"

	"raftkv/raft"
	"raftkv/sim/record"
)

// reading is a request that the leader answers from its store, without an entry (thesis §6.4).
type reading struct {
	request   Request
	number    uint64 // by which the node knows it
	confirmed bool
	index     raft.Index // confirmed: what the store must have applied
	dropped   bool       // the node no longer leads
}

// takeToRead gives the node a request that needs no entry.
func (s *Server) takeToRead(r Request) {
	s.step(&raft.Input{Type: raft.Read})
	if s.out.Reading == 0 {
		s.agenda.answer = s.refusal(r, s.out.Refusal)
		return
	}
	s.emit(record.Record{
		Kind: record.TakenToRead, Client: r.Client, Operation: r.Operation,
		Digest: record.Digest(r.Command), Term: s.node.Hard().CurrentTerm, Number: s.out.Reading,
	})
	s.reads = append(s.reads, reading{request: r, number: s.out.Reading})
	s.confirmReads() // under a lease it is confirmed at once
}

// confirmReads takes notice of what the last step says of reads.
func (s *Server) confirmReads() {
	for i := range s.reads {
		r := &s.reads[i]
		switch {
		case r.confirmed:
		case r.number <= s.out.ReadThrough:
			r.confirmed, r.index = true, s.out.ReadIndex
		case s.out.DropReads:
			r.dropped = true
		}
	}
}

// owesRead tells whether the first read that waits can be answered, or never will be.
func (s *Server) owesRead() bool {
	if len(s.reads) == 0 {
		return false
	}
	r := &s.reads[0]
	return r.dropped || r.confirmed && r.index <= s.applied
}

// read answers the first read from the store as it is now: that has applied all that the read has
// to see.
func (s *Server) read() Effect {
	r := s.reads[0]
	s.reads = slices.Delete(s.reads, 0, 1)
	if r.dropped {
		return s.answerWith(s.refusal(r.request, raft.NotLeader))
	}
	result := s.store.Read(r.request.Command)
	return s.answerWith(Answer{
		Request: r.request, Outcome: outcomeOf(result.Status), Value: result.Value,
		Position: raft.LogState{Index: s.applied},
	})
}
