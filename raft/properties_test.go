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
	{"elect", 2, electAny},
	{"usurp", 1, usurpAny},
	{"election timeout", 3, electionTimeoutAny},
	{"propose", 2, proposeAny},
	{"read", 3, readAny},
	{"restart", 2, restartAny},
	{"wait", 2, waitAny},
	{"heartbeat timeout", 2, heartbeatTimeoutAny},
	{"timeout", 2, timeoutAny},
	{"transfer", 1, transferAny},
	{"snapshot", 2, snapshotAny},
	{"crash", 1, crashAny},
	{"reboot", 1, rebootAny},
	{"rivals", 1, rivalsStand},
	{"duplicate", 1, duplicateAny},
	{"drop", 1, dropAny},
	{"cut", 1, cutAny},
	{"cut links", 1, cutLinksAny},
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

// electAny is what mostly happens when a leader is not heard of: time passes, and a server stands for
// election in a network that is well, or as well as it can be.
func electAny(c *cluster, pick chance) error {
	if c.timed {
		if err := c.wait(pick("ticks", minElection+maxDrift)); err != nil {
			return err
		}
	}
	if err := electionTimeoutAny(c, pick); err != nil {
		return err
	}
	for range pick("rushes", 6) {
		if err := rush(c, pick); err != nil {
			return err
		}
	}
	return nil
}

// usurpAny is the story behind most stale reads: a leader hears late what others answered, it is cut
// off, another is elected behind its back, and clients read of both.
func usurpAny(c *cluster, pick chance) error {
	if !c.timed {
		return errInapplicable
	}
	return c.any(pick, leads, func(s *server) error {
		alone := raft.SetOf(s.ID())
		for _, happen := range []func() error{
			func() error { return c.timeout(s.ID(), raft.HeartbeatTimer) },
			func() error { return rush(c, pick) },
			func() error { return waitAny(c, pick) },
			func() error { return c.deliverTo(s.ID()) },
			func() error { c.partition([]raft.ServerSet{alone, ^alone}); return nil },
			func() error { return electAny(c, pick) },
			c.stabilize,
			c.readOfAll,
		} {
			if err := happen(); err != nil && !errors.Is(err, errInapplicable) {
				return err
			}
		}
		return nil
	})
}

func (c *cluster) readOfAll() error {
	for _, s := range c.servers {
		if leads(s) {
			if err := c.read(s.ID()); err != nil {
				return err
			}
		}
	}
	return nil
}

// deliverTo delivers all that is on its way to a server.
func (c *cluster) deliverTo(id raft.ServerID) error {
	for i := 0; i < len(c.inFlight); {
		if c.inFlight[i].To != id {
			i++
			continue
		}
		if err := c.deliver(i); err != nil {
			return err
		}
	}
	return nil
}

// timeoutAny lets any timer of any server run out, whether it was armed or not.
func timeoutAny(c *cluster, pick chance) error {
	timer := raft.ElectionTimer + raft.Timer(pick("timer", int(raft.TimerCount-1)))
	return c.any(pick, isUp, func(s *server) error { return c.timeout(s.ID(), timer) })
}

func waitAny(c *cluster, pick chance) error {
	if !c.timed {
		return errInapplicable
	}
	return c.wait(1 << pick("ticks", 4))
}

func readAny(c *cluster, pick chance) error {
	return c.any(pick, leads, func(s *server) error {
		for range 1 + pick("reads", 3) {
			if err := c.read(s.ID()); err != nil {
				return err
			}
		}
		return nil
	})
}

// transferAny asks a leader to hand over to any server, itself included.
func transferAny(c *cluster, pick chance) error {
	return c.any(pick, leads, func(s *server) error {
		return c.transfer(s.ID(), raft.ServerID(1+pick("successor", len(c.servers))))
	})
}

func snapshotAny(c *cluster, pick chance) error {
	return c.any(pick, isUp, func(s *server) error { return c.snapshot(s.ID()) })
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

func rebootAny(c *cluster, pick chance) error {
	return c.any(pick, isUp, func(s *server) error {
		if err := c.crash(s.ID()); err != nil {
			return err
		}
		return c.restart(s.ID())
	})
}

// rivalsStand is how votes are split, and how they could be counted twice: servers stand for election at
// the same time, what they ask and are answered crosses, and some restart in the middle of it.
func rivalsStand(c *cluster, pick chance) error {
	for range len(c.servers) {
		if err := electionTimeoutAny(c, pick); err != nil {
			return err
		}
	}
	for range pick("turns", 8*len(c.servers)) {
		turn := [...]func(*cluster, chance) error{
			deliverAny, persistAny, deliverAny, persistAny, deliverAny, rebootAny,
		}[pick("turn", 6)]
		if err := turn(c, pick); err != nil && !errors.Is(err, errInapplicable) {
			return err
		}
	}
	return nil
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

// cutLinksAny cuts some links, each in one direction: who hears a server need not be heard by it.
func cutLinksAny(c *cluster, pick chance) error {
	one := func() raft.ServerID { return raft.ServerID(1 + pick("server", len(c.servers))) }
	var links []link
	for range 1 + pick("links", 2*len(c.servers)) {
		links = append(links, link{from: one(), to: one()})
	}
	c.cut(links)
	return nil
}

func heal(c *cluster, _ chance) error {
	c.cut(nil)
	c.partition(nil)
	return nil
}

// flavour tells what the servers of a cluster have beyond Figure 2.
type flavour int

const (
	figure2 flavour = iota
	mixed           // PreVote here and CheckQuorum there
	leases          // on most servers, and the loyalty that they need on all
	flavours
)

// clusterOf draws a cluster of 3 to 5 servers.
func clusterOf(pick chance, f flavour) *cluster {
	c := newCluster(3+pick("servers", 3), raft.Options{})
	for _, s := range c.servers {
		s.clock.drift = pick("drift", 2*maxDrift+1) - maxDrift
		o := limitsOf(pick)
		if f != figure2 {
			o.PreVote = pick("PreVote", 2) == 1
			o.CheckQuorum = f == leases || pick("CheckQuorum", 2) == 1
			o.LeaseReads = f == leases && pick("LeaseReads", 4) > 0
		}
		c.give(s.ID(), o)
	}
	return c
}

// limitsOf draws the limits. Small batches and short pipelines make for logs that differ longer.
func limitsOf(pick chance) raft.Options {
	one := func(label string, of ...int) int { return of[pick(label, len(of))] }
	return raft.Options{
		BatchMax:        one("batch", 1, 2, raft.DefaultBatchMax),
		InflightMax:     one("in flight", 1, 2, raft.DefaultInflightMax),
		InflightBytes:   one("bytes in flight", 0, 3),
		ProposalsMax:    one("proposals", 0, 4),
		SnapshotChunk:   one("chunk", 0, 7, 30),
		TrailingEntries: one("trailing", 0, 2, 100),
	}
}

// TestProperties lets anything happen in any order, and holds the core against its own invariants,
// against what it promised before the disk could keep it, and against Figure 3, after every step.
// (To look further than this: RAPID_CHECKS=10000 go test -run TestProperties.)
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string, n int) int { return rapid.IntRange(0, n-1).Draw(t, label) }
		c := clusterOf(pick, flavour(pick("flavour", int(flavours))))
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
