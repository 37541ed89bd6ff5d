package network

import (
	"raftkv/raft"
	"raftkv/sim/choice"
)

// Condition is what faults do to a link for a while, in one direction. The zero value is a link as
// it is without faults. It adds to what the link does by itself, and draws apart from it.
type Condition struct {
	Cut       bool         // nothing gets through
	Clogged   bool         // what arrives waits until it ends, as IsClogged tells the world
	Loss      choice.Ratio // of messages that get lost besides
	Duplicate choice.Ratio // of messages that arrive twice besides
	Slow      Tail         // which messages take longer, and how much
}

// LinkCondition is the condition of the link from one server to another.
type LinkCondition struct {
	From, To raft.ServerID
	Condition
}

// SetConditions replaces all conditions. It copies. Where the list names a link more than once, all
// is true of it that any of them says, with the chance of loss and of copies that they have
// together; only what makes messages slow is that of the last one which has something.
func (n *Network) SetConditions(list []LinkCondition) {
	for i := range n.conditions {
		c := &n.conditions[i]
		n.links[c.From][c.To].condition = 0
	}
	n.conditions = append(n.conditions[:0], LinkCondition{})
	for i := range list {
		c := &list[i]
		l := &n.links[c.From][c.To]
		if l.condition != 0 {
			n.conditions[l.condition].add(&c.Condition)
			continue
		}
		l.condition = uint16(len(n.conditions))
		n.conditions = append(n.conditions, *c)
	}
}

func (c *Condition) add(other *Condition) {
	c.Cut = c.Cut || other.Cut
	c.Clogged = c.Clogged || other.Clogged
	c.Loss = either(c.Loss, other.Loss)
	c.Duplicate = either(c.Duplicate, other.Duplicate)
	if other.Slow.Rate != 0 {
		c.Slow = other.Slow
	}
}

// either is the chance that one of two independent things happens, or both.
func either(a, b choice.Ratio) choice.Ratio {
	both := uint64(a) * uint64(b) / uint64(choice.One)
	return choice.Ratio(uint64(a) + uint64(b) - both)
}

// IsCut tells whether no message gets through from one server to another now.
func (n *Network) IsCut(from, to raft.ServerID) bool { return n.condition(from, to).Cut }

// IsClogged tells whether what arrives at one server from another now has to wait.
func (n *Network) IsClogged(from, to raft.ServerID) bool { return n.condition(from, to).Clogged }

func (n *Network) condition(from, to raft.ServerID) *Condition {
	return &n.conditions[n.links[from][to].condition].Condition
}
