package raft_test

import (
	"errors"
	"fmt"
	"slices"

	"raftkv/raft"
)

// cluster is servers and a network in which nothing happens by itself: each method is one thing
// that can happen. After each, what must always hold is judged; an error says what did not.
type cluster struct {
	servers  []*server // n1 first
	inFlight []envelope
	sent     int // the number of the last message sent; the first is 1
	proposed int
	sides    []raft.ServerSet
	cuts     []link
	timed    bool // see clock_test.go
	now      int
	judge    figure3
	account  account
}

// envelope is a message in flight.
type envelope struct {
	number int
	raft.Message
}

// link is a way through the network, in one direction.
type link struct{ from, to raft.ServerID }

// errInapplicable says that a thing cannot happen now: a crash of a server that is down, for one.
var errInapplicable = errors.New("not applicable")

func newCluster(servers int, o raft.Options) *cluster {
	c := &cluster{}
	for id := range servers {
		s := &server{}
		s.start(raft.ServerID(id+1), raft.Membership{Voters: raft.Servers(servers)}, o)
		c.servers = append(c.servers, s)
	}
	c.timed = o.LeaseReads
	return c
}

func (c *cluster) server(id raft.ServerID) *server { return c.servers[id-1] }

// give makes a server, at its very first start, one with other options than the rest.
func (c *cluster) give(id raft.ServerID, o raft.Options) {
	s := c.server(id)
	s.start(id, s.Membership(), o)
	c.timed = c.timed || o.LeaseReads
}

func (c *cluster) timeout(id raft.ServerID, t raft.Timer) error {
	if s := c.server(id); c.timed && !s.mayRunOut(t, c.now) {
		return errInapplicable
	}
	in := raft.Input{Type: raft.Timeout, Timer: t}
	return c.happen(id, in, "%v: %v timeout", id, t)
}

func (c *cluster) propose(id raft.ServerID, command string) error {
	in := raft.Input{Type: raft.Propose, Command: command}
	return c.happen(id, in, "%v is asked for %s", id, command)
}

func (c *cluster) read(id raft.ServerID) error {
	return c.happen(id, raft.Input{Type: raft.Read}, "%v is asked to read", id)
}

func (c *cluster) transfer(from, to raft.ServerID) error {
	in := raft.Input{Type: raft.TransferLeadership, Target: to}
	return c.happen(from, in, "%v is asked to hand over to %v", from, to)
}

// deliver takes the i-th message in flight to its receiver.
func (c *cluster) deliver(i int) error {
	e := c.take(i)
	if c.server(e.To).down {
		c.account.say("%v is down, lost: %v", e.To, e)
		return nil
	}
	in := raft.Input{Type: raft.Receive, Message: &e.Message}
	return c.happen(e.To, in, "%v receives %v", e.To, e)
}

func (c *cluster) drop(i int) error {
	c.account.say("lost: %v", c.take(i))
	return nil
}

func (c *cluster) duplicate(i int) error {
	c.sent++
	c.account.say("copied as #%d: %v", c.sent, c.inFlight[i])
	c.inFlight = append(c.inFlight, envelope{number: c.sent, Message: c.inFlight[i].Message})
	return nil
}

func (c *cluster) take(i int) envelope {
	e := c.inFlight[i]
	c.inFlight = append(c.inFlight[:i:i], c.inFlight[i+1:]...)
	return e
}

// happen lets one thing happen to a server, which the account tells as it is said.
func (c *cluster) happen(id raft.ServerID, in raft.Input, format string, args ...any) error {
	s := c.server(id)
	if s.down {
		return errInapplicable
	}
	if err := c.overdue(s); err != nil {
		return err
	}
	c.account.say(format, args...)
	return c.settle(s, s.step(in))
}

func (c *cluster) persist(id raft.ServerID, writes int) error {
	s := c.server(id)
	if s.down || writes > len(s.disk.pending) || writes == 0 {
		return errInapplicable
	}
	if err := c.overdue(s); err != nil {
		return err
	}
	for _, w := range s.disk.pending[:writes] {
		c.account.say("%v has on disk %v", id, w)
	}
	if err := s.sync(writes); err != nil {
		return err
	}
	c.send(s)
	if err := c.settle(s, s.hear()); err != nil {
		return err
	}
	for {
		done, err := s.hearOfSnapshot()
		if done || err != nil {
			return err
		}
		if err := c.settle(s, nil); err != nil {
			return err
		}
	}
}

// snapshot lets a server begin to save its state machine.
func (c *cluster) snapshot(id raft.ServerID) error {
	s := c.server(id)
	if s.down {
		return errInapplicable
	}
	if err := s.takeSnapshot(); err != nil {
		return err
	}
	c.account.say("%v takes a snapshot", id)
	c.account.say("  writes %v", s.disk.pending[len(s.disk.pending)-1])
	return nil
}

// settle takes what left a server after it did something, and judges what it is now.
func (c *cluster) settle(s *server, err error) error {
	c.account.became(s)
	c.send(s)
	c.account.owed(s)
	s.clock.arm(&s.out, c.now, s.bug)
	if err != nil {
		return err
	}
	if err := s.readers.take(s, raft.Index(len(c.judge.committed))); err != nil {
		return err
	}
	if err := c.judge.observe(s); err != nil {
		return err
	}
	if err := s.readers.judge(s); err != nil {
		return err
	}
	wrote := s.out.SaveHardState || s.out.SaveFrom != 0 || s.out.InstallSnapshot
	if s.bug == attestsUnsynced && wrote {
		p := persistence(s.disk.everything())
		return c.settle(s, s.step(raft.Input{Type: raft.Persisted, Persistence: p}))
	}
	return nil
}

func (c *cluster) send(s *server) {
	for _, m := range s.take() {
		c.sent++
		e := envelope{number: c.sent, Message: m}
		if c.isCut(m.From, m.To) {
			c.account.say("  lost at the cut: %v", e)
			continue
		}
		c.account.say("  sends %v", e)
		c.inFlight = append(c.inFlight, e)
	}
}

func (c *cluster) crash(id raft.ServerID) error {
	s := c.server(id)
	if s.down {
		return errInapplicable
	}
	c.account.say("%v crashes", id)
	c.account.lost(s)
	s.crash()
	return nil
}

func (c *cluster) restart(id raft.ServerID) error {
	s := c.server(id)
	if !s.down {
		return errInapplicable
	}
	err := s.restart()
	s.clock.arm(&s.out, c.now, s.bug)
	c.account.say("%v restarts: %s log=%s", id, stateText(&s.Node), logTerms(&s.Node))
	c.account.armed(s)
	c.send(s)
	return err
}

// partition loses what is, or will be, in flight from one side to another.
func (c *cluster) partition(sides []raft.ServerSet) {
	c.sides = sides
	c.loseAtCuts()
}

// cut loses what is, or will be, in flight on some links.
func (c *cluster) cut(links []link) {
	c.cuts = links
	c.loseAtCuts()
}

func (c *cluster) loseAtCuts() {
	for i := 0; i < len(c.inFlight); {
		if c.isCut(c.inFlight[i].From, c.inFlight[i].To) {
			c.account.say("lost at the cut: %v", c.take(i))
			continue
		}
		i++
	}
}

func (c *cluster) isCut(from, to raft.ServerID) bool {
	if slices.Contains(c.cuts, link{from, to}) {
		return true
	}
	for _, side := range c.sides {
		if side.Has(from) {
			return !side.Has(to)
		}
	}
	return false
}

// stabilize lets disks sync and messages arrive, in the order in which they were owed, until
// nothing is left to do. No timer runs out.
func (c *cluster) stabilize() error {
	for c.isBusy() {
		for _, s := range c.servers {
			if len(s.disk.pending) > 0 && !s.down {
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
	}
	return nil
}

func (c *cluster) isBusy() bool {
	if len(c.inFlight) > 0 {
		return true
	}
	for _, s := range c.servers {
		if len(s.disk.pending) > 0 && !s.down {
			return true
		}
	}
	return false
}

// check judges all servers that are up. It is judged already, step by step; this says it aloud.
func (c *cluster) check() error {
	for _, s := range c.servers {
		if s.down {
			continue
		}
		if err := raft.Check(&s.Node); err != nil {
			return err
		}
		if err := c.judge.observe(s); err != nil {
			return err
		}
	}
	return nil
}

func (e envelope) String() string { return fmt.Sprintf("#%d %s", e.number, messageText(e.Message)) }
