package raft_test

import (
	"fmt"

	"raftkv/raft"
)

// pendingRead is a read that a server has taken and not answered. It must see everything that any
// server had committed when it was taken: that is all that linearizability asks of it (thesis §6.4).
// How the core makes sure of that is not this judge's concern.
type pendingRead struct {
	number  uint64
	mustSee raft.Index
}

// readers is a server's reads, as its clients know them.
type readers struct {
	taken   uint64
	waiting []pendingRead
}

// take notes that the last step took a read, at a time when so much was committed.
func (r *readers) take(s *server, committed raft.Index) error {
	if s.out.Reading == 0 {
		return nil
	}
	if s.Role() != raft.Leader || s.out.Reading != r.taken+1 {
		return fmt.Errorf("reads: %v takes read %d after %d", s.ID(), s.out.Reading, r.taken)
	}
	r.taken++
	r.waiting = append(r.waiting, pendingRead{number: r.taken, mustSee: committed})
	return nil
}

// judge holds what the last step says of reads against what they must see.
func (r *readers) judge(s *server) error {
	if through := s.out.ReadThrough; through != 0 {
		if len(r.waiting) == 0 || through < r.waiting[0].number || through > r.taken {
			return fmt.Errorf("reads: %v answers read %d, which does not wait", s.ID(), through)
		}
		if s.out.ReadIndex > s.CommitIndex() {
			return fmt.Errorf("reads: %v reads index %d, which is not committed",
				s.ID(), s.out.ReadIndex)
		}
		for len(r.waiting) > 0 && r.waiting[0].number <= through {
			if read := r.waiting[0]; s.out.ReadIndex < read.mustSee {
				return fmt.Errorf("stale read: %v reads index %d, when %d was committed",
					s.ID(), s.out.ReadIndex, read.mustSee)
			}
			r.waiting = r.waiting[1:]
		}
	}
	if s.out.DropReads {
		if len(r.waiting) == 0 {
			return fmt.Errorf("reads: %v drops reads, and none waits", s.ID())
		}
		r.waiting = nil
	}
	if s.Role() != raft.Leader && len(r.waiting) > 0 {
		return fmt.Errorf("reads: %v leads no more, and read %d waits for ever",
			s.ID(), r.waiting[0].number)
	}
	return nil
}
