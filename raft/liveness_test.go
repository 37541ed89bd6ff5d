package raft_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"raftkv/raft"
)

// Whatever has happened, when it is over, and everybody is up and is heard, there is a leader before
// long: no server waits for another that waits for it. (Two with PreVote did, in other Rafts, where
// neither learned of the other's term.)
func TestLiveness(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		pick := func(_ string, n int) int { return random.IntN(n) }
		c := clusterOf(pick, flavour(seed)%flavours)
		if err := c.suffer(300, random, pick); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := c.recover(pick); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, c.account.take())
		}
		if err := c.serves(); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, c.account.take())
		}
	}
}

// recover lets the network be well, all servers start, and time pass, until all follow one leader. Every
// round is as long as the longest election timeout, and there are enough of them for each server to
// stand for election, and lose, a few times.
func (c *cluster) recover(pick chance) error {
	c.cut(nil)
	c.partition(nil)
	for _, s := range c.servers {
		if s.down {
			if err := c.restart(s.ID()); err != nil {
				return err
			}
		}
	}
	c.account.take()
	rounds := 8 * len(c.servers)
	for range rounds {
		if err := c.round(pick); err != nil {
			return err
		}
		if c.leader() != nil {
			return nil
		}
	}
	return fmt.Errorf("no leader after %d rounds", rounds)
}

// round is an election timeout: leaders speak; who hears of none stands for election, if it is the first
// of them to wait no longer; leaders that nobody hears find out.
func (c *cluster) round(pick chance) error {
	for range 3 {
		if err := c.beat(); err != nil {
			return err
		}
	}
	if c.timed {
		if err := c.wait(minElection + maxDrift); err != nil {
			return err
		}
	}
	for _, s := range c.servers {
		if err := c.timeout(s.ID(), raft.TransferTimer); err != nil {
			return err
		}
		if c.leads(s.Leader()) {
			continue
		}
		if err := c.timeout(s.ID(), raft.MinElectionTimer); err != nil {
			return err
		}
	}
	first := c.servers[pick("first", len(c.servers))]
	if !c.leads(first.Leader()) || leads(first) {
		if err := c.timeout(first.ID(), raft.ElectionTimer); err != nil {
			return err
		}
	}
	return c.stabilize()
}

func (c *cluster) leads(id raft.ServerID) bool { return id != raft.None && leads(c.server(id)) }

// beat lets all leaders send heartbeats, and all be answered.
func (c *cluster) beat() error {
	for _, s := range c.servers {
		if leads(s) {
			if err := c.timeout(s.ID(), raft.HeartbeatTimer); err != nil {
				return err
			}
		}
	}
	return c.stabilize()
}

// leader returns the server that all follow, in a term that all are in; nil if there is none.
func (c *cluster) leader() *server {
	first := c.servers[0]
	if !c.leads(first.Leader()) {
		return nil
	}
	for _, s := range c.servers {
		if s.Leader() != first.Leader() || s.Hard().CurrentTerm != first.Hard().CurrentTerm {
			return nil
		}
	}
	return c.server(first.Leader())
}

// serves: the leader takes a command and a read, and all that it has is everywhere.
func (c *cluster) serves() error {
	lead := c.leader()
	if err := c.propose(lead.ID(), "last"); err != nil || lead.out.Refusal != 0 {
		return fmt.Errorf("a proposal is refused: %v, %v", lead.out.Refusal, err)
	}
	if err := c.read(lead.ID()); err != nil {
		return err
	}
	for range 3 {
		if err := c.beat(); err != nil {
			return err
		}
	}
	if len(lead.readers.waiting) > 0 {
		return fmt.Errorf("read %d waits for ever", lead.readers.waiting[0].number)
	}
	for _, s := range c.servers {
		if s.CommitIndex() != lead.LastIndex() || s.LastIndex() != lead.LastIndex() {
			return fmt.Errorf("%v has committed %d of %d entries, the leader has %d",
				s.ID(), s.CommitIndex(), s.LastIndex(), lead.LastIndex())
		}
	}
	return c.check()
}
