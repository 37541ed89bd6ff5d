package server

import (
	"iter"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/disk"
	"raftkv/sim/vtime"
)

// ID returns the server's identity.
func (s *Server) ID() raft.ServerID { return s.id }

// State tells whether the server runs.
func (s *Server) State() State { return s.state }

// Node returns the server's Raft state, to be looked at.
func (s *Server) Node() *raft.Node { return &s.node }

// Applied returns the index of the last entry that the store has applied.
func (s *Server) Applied() raft.Index { return s.applied }

// Busy tells whether the server is in the middle of something of its own, be it its node's, its
// disk's or around them: if it panicked, it still is. While others take notice of its records, it
// is not.
func (s *Server) Busy() bool { return s.busy }

// Disk returns the server's disk, to be looked at.
func (s *Server) Disk() *disk.Disk { return &s.disk }

// Store returns the server's store, to be looked at.
func (s *Server) Store() *kv.Store { return &s.store }

// Due returns when a timer is to fire; vtime.Never if it is not armed, or is overdue.
func (s *Server) Due(timer raft.Timer) vtime.Time { return s.timers.timers[timer].Deadline() }

// Overdue returns the timers that have run out while the server could not take notice.
func (s *Server) Overdue() raft.TimerSet { return s.timers.overdue }

// HeldCount returns how many messages wait for the disk.
func (s *Server) HeldCount() int { return len(s.held) }

// Held returns the messages that wait for the disk, in order, each with the number of the write
// that it waits for. They are the server's own.
func (s *Server) Held() iter.Seq2[*raft.Message, uint64] {
	return func(yield func(*raft.Message, uint64) bool) {
		for i := range s.held {
			if !yield(&s.held[i].message, s.held[i].write) {
				return
			}
		}
	}
}

// ReadView is what there is to see of a request that a leader answers from its store (thesis §6.4).
type ReadView struct {
	Request   Request
	Number    uint64 // among the reads of the server's life
	Confirmed bool   // it waits only until the store has applied Index
	Index     raft.Index
}

// Reads returns the requests that the server is to answer from its store, in the order in which it
// took them.
func (s *Server) Reads() iter.Seq[ReadView] {
	return func(yield func(ReadView) bool) {
		for _, r := range s.reads {
			view := ReadView{
				Request: r.request, Number: r.number, Confirmed: r.confirmed, Index: r.index,
			}
			if !yield(view) {
				return
			}
		}
	}
}

// Waiting returns the requests that wait for an entry of theirs to be applied, in the order of the
// log.
func (s *Server) Waiting() iter.Seq2[Request, raft.LogState] {
	return func(yield func(Request, raft.LogState) bool) {
		for i := range s.waiting {
			if !yield(s.waiting[i].request, s.waiting[i].position) {
				return
			}
		}
	}
}
