package raft_test

import "raftkv/raft"

// Leases rely on clocks (thesis §6.4.1): where a server has them, its cluster has time. In such a
// cluster time passes only by an action, what is overdue comes before anything else that happens to a
// server, and nobody stands for election who is loyal still. Each server's clock goes wrong in its
// own way, but by no more than the lease reckons with: the longest lease ends with the shortest
// minimum election timeout. Where no server has leases any timer may run out at any moment: nothing
// else relies on time.
const (
	minElection = 12 // ticks, on a clock that goes right
	leaseLength = 8
	maxDrift    = 2 // so a lease lasts 6 to 10 ticks, a minimum election timeout 10 to 14
)

// clock is what a server knows of time. A deadline of 0 is none.
type clock struct {
	drift   int // how many ticks more it lets pass than it should
	minimum int // when the MinElectionTimer runs out
	began   int // when the time of the lease began that may come
	lease   int // when the LeaseTimer runs out
}

// arm starts what an output says; a lease that it grants counts from before. A caller with a bug does so wrongly.
func (k *clock) arm(out *raft.Output, now int, b bug) {
	if out.Arm.Has(raft.MinElectionTimer) {
		k.minimum = now + minElection + k.drift
		if b == forgetsLoyalty {
			k.minimum = now
		}
	}
	if out.Arm.Has(raft.LeaseTimer) {
		k.lease = k.began + leaseLength + k.drift
		if b == leasesFromConfirmation {
			k.lease = now + leaseLength + k.drift
		}
	}
	if out.Begin.Has(raft.LeaseTimer) {
		k.began = now
	}
}

// overdue returns a timer that has run out, and stops it; 0 if there is none.
func (k *clock) overdue(now int) raft.Timer {
	for _, timer := range []raft.Timer{raft.LeaseTimer, raft.MinElectionTimer} {
		if deadline := k.deadline(timer); *deadline != 0 && *deadline <= now {
			*deadline = 0
			return timer
		}
	}
	return 0
}

func (k *clock) deadline(t raft.Timer) *int {
	if t == raft.LeaseTimer {
		return &k.lease
	}
	return &k.minimum
}

// mayRunOut tells whether a timer of a server can run out now. A lease that ends early does no harm.
func (s *server) mayRunOut(t raft.Timer, now int) bool {
	switch t {
	case raft.MinElectionTimer:
		return s.clock.minimum <= now
	case raft.ElectionTimer: // it lasts as long as the minimum, at least
		return s.clock.minimum <= now || s.Role() == raft.Leader
	}
	return true
}

// wait lets time pass.
func (c *cluster) wait(ticks int) error {
	c.now += ticks
	c.account.say("%d ticks pass", ticks)
	return nil
}

// overdue lets run out what has been due, before anything else happens to a server.
func (c *cluster) overdue(s *server) error {
	for c.timed {
		timer := s.clock.overdue(c.now)
		if timer == 0 {
			break
		}
		if timer == raft.LeaseTimer && s.bug == keepsLease {
			continue
		}
		c.account.say("%v: %v timeout", s.ID(), timer)
		in := raft.Input{Type: raft.Timeout, Timer: timer}
		if err := c.settle(s, s.step(in)); err != nil {
			return err
		}
	}
	return nil
}
