package raft_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
)

// chance is where a schedule takes its choices from: a number from 0 to n-1.
type chance func(label string, n int) int

// action is one thing that can happen in a cluster, its details left to chance. An action of weight
// 4 is tried four times as often as one of weight 1.
type action struct {
	name   string
	weight int
	do     func(*cluster, chance) error
}

// actions has first what should happen most: rapid prefers what comes first.
var actions = []action{
	{"rush", 8, rush},
	{"deliver", 4, deliverAny},
	{"persist", 4, persistAny},
	{"election timeout", 3, electionTimeoutAny},
	{"propose", 2, proposeAny},
	{"restart", 2, restartAny},
	{"heartbeat timeout", 1, heartbeatTimeoutAny},
	{"crash", 1, crashAny},
	{"duplicate", 1, duplicateAny},
	{"drop", 1, dropAny},
	{"cut", 1, cutAny},
	{"heal", 1, heal},
}

// rush is what mostly happens in a network that is well: all disks sync, and what is in flight
// arrives, in order.
func rush(c *cluster, _ chance) error {
	for _, s := range c.servers {
		if hasWrites(s) {
			if err := c.persist(s.ID(), len(s.disk.pending)); err != nil {
				return err
			}
		}
	}
	for range len(c.inFlight) {
		if err := c.deliver(0); err != nil {
			return err
		}
	}
	return nil
}

// deliverAny delivers up to four messages, in any order.
func deliverAny(c *cluster, pick chance) error {
	if len(c.inFlight) == 0 {
		return errInapplicable
	}
	for range 1 + pick("more", 4) {
		if len(c.inFlight) == 0 {
			break
		}
		if err := c.deliver(pick("message", len(c.inFlight))); err != nil {
			return err
		}
	}
	return nil
}

func persistAny(c *cluster, pick chance) error {
	return c.any(pick, hasWrites, func(s *server) error {
		return c.persist(s.ID(), 1+pick("writes", len(s.disk.pending)))
	})
}

func proposeAny(c *cluster, pick chance) error {
	c.proposed++ // no two commands are alike
	return c.any(pick, leads, func(s *server) error {
		return c.propose(s.ID(), fmt.Sprint("c", c.proposed))
	})
}

func electionTimeoutAny(c *cluster, pick chance) error {
	return c.any(pick, isUp, func(s *server) error {
		return c.timeout(s.ID(), raft.ElectionTimer)
	})
}

func heartbeatTimeoutAny(c *cluster, pick chance) error {
	return c.any(pick, leads, func(s *server) error {
		return c.timeout(s.ID(), raft.HeartbeatTimer)
	})
}

func dropAny(c *cluster, pick chance) error {
	if len(c.inFlight) == 0 {
		return errInapplicable
	}
	return c.drop(pick("message", len(c.inFlight)))
}

func duplicateAny(c *cluster, pick chance) error {
	if len(c.inFlight) == 0 {
		return errInapplicable
	}
	return c.duplicate(pick("message", len(c.inFlight)))
}

func crashAny(c *cluster, pick chance) error {
	return c.any(pick, isUp, func(s *server) error { return c.crash(s.ID()) })
}

func restartAny(c *cluster, pick chance) error {
	return c.any(pick, isDown, func(s *server) error { return c.restart(s.ID()) })
}

func isUp(s *server) bool      { return !s.down }
func isDown(s *server) bool    { return s.down }
func leads(s *server) bool     { return !s.down && s.Role() == raft.Leader }
func hasWrites(s *server) bool { return !s.down && len(s.disk.pending) > 0 }

// any does something with any of the servers that are as they have to be for it.
func (c *cluster) any(pick chance, eligible func(*server) bool, do func(*server) error) error {
	var some []*server
	for _, s := range c.servers {
		if eligible(s) {
			some = append(some, s)
		}
	}
	if len(some) == 0 {
		return errInapplicable
	}
	return do(some[pick("server", len(some))])
}

// cutAny cuts the network in two.
func cutAny(c *cluster, pick chance) error {
	all := raft.Servers(len(c.servers))
	side := all & raft.ServerSet(pick("side", 1<<(len(c.servers)+1)))
	c.partition([]raft.ServerSet{side, all &^ side})
	return nil
}

func heal(c *cluster, _ chance) error {
	c.partition(nil)
	return nil
}

// clusterOf draws a cluster of 3 to 5 servers. Small batches make for logs that differ longer.
func clusterOf(pick chance) *cluster {
	batches := []int{1, 2, raft.DefaultBatchMax}
	return newCluster(3+pick("servers", 3), raft.Options{BatchMax: batches[pick("batch", 3)]})
}

// TestProperties lets anything happen in any order, and holds the core against its own invariants,
// against what it promised before the disk could keep it, and against Figure 3, after every step.
// (To look further than this: RAPID_CHECKS=10000 go test -run TestProperties.)
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string, n int) int { return rapid.IntRange(0, n-1).Draw(t, label) }
		c := clusterOf(pick)
		const rounds = 40 // of some 30 actions each, too few for a story like Figure 8
		for range rounds {
			t.Repeat(rapidActions(c, pick))
		}
	})
}

// rapidActions is the table as rapid wants it. What is inapplicable just does not happen: to skip
// it would fail the test after a long row of such choices.
func rapidActions(c *cluster, pick chance) map[string]func(*rapid.T) {
	all := make(map[string]func(*rapid.T))
	for _, a := range actions {
		for range a.weight {
			all[fmt.Sprintf("%02d %s", len(all)+1, a.name)] = func(t *rapid.T) {
				err := a.do(c, pick)
				if err != nil && !errors.Is(err, errInapplicable) {
					t.Fatalf("%v\n%s", err, c.account.take())
				}
			}
		}
	}
	return all
}
