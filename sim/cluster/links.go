package cluster

import (
	"raftkv/raft"
	"raftkv/sim/fault"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// What messages weigh on a link with a bandwidth: a header each, which stands for those of the
// protocols below and for a message's own numbers; for each entry its index, term and kind; and the
// bytes of commands and values.
const (
	headerBytes = 100
	entryBytes  = 20
)

func messageBytes(m *raft.Message) uint64 {
	bytes := headerBytes + entryBytes*len(m.Entries)
	for i := range m.Entries {
		bytes += len(m.Entries[i].Command)
	}
	return uint64(bytes)
}

func requestBytes(r *server.Request) uint64 { return headerBytes + uint64(len(r.Command)) }

func answerBytes(a *server.Answer) uint64 { return headerBytes + uint64(len(a.Value)) }

// sendErrand decides the fate of a client's message: of a request, or of the answer to one.
func (c *Cluster) sendErrand(kind errandKind, what *errand) network.Fate {
	now := c.recorder.Now()
	if kind == requestArrives {
		bytes := requestBytes(&what.answer.Request)
		return c.network.SendRequest(what.client, what.server, now, bytes)
	}
	return c.network.SendAnswer(what.server, what.client, now, answerBytes(&what.answer))
}

// followOnLinks puts the links in the condition that the faults in force want.
func (c *Cluster) followOnLinks() {
	c.conditions = c.conditions[:0]
	for f, links := range c.faults.OnLinks(c.members) {
		condition := conditionOf(f)
		for from := c.members.Next(raft.None); from != raft.None; from = c.members.Next(from) {
			struck := c.second.unhealed(from, links[from])
			for to := struck.Next(raft.None); to != raft.None; to = struck.Next(to) {
				c.conditions = append(c.conditions, network.LinkCondition{
					From: from, To: to, Condition: condition,
				})
			}
		}
	}
	c.cutOff()
	c.network.SetConditions(c.conditions)
	c.unclog()
}

// conditionOf is what a fault does to each link that it strikes.
func conditionOf(f *fault.Fault) network.Condition {
	switch f.Do {
	case record.SlowLink:
		return network.Condition{Slow: network.Tail{Rate: f.Rate, By: f.By}}
	case record.Clog:
		return network.Condition{Clogged: true}
	case record.Loss:
		return network.Condition{Loss: f.Rate}
	case record.Duplicate:
		return network.Condition{Duplicate: f.Rate}
	}
	return network.Condition{Cut: true}
}

// clog lets a message that has arrived wait until its link is clogged no more.
func (c *Cluster) clog(event vtime.Event) {
	c.clogged = append(c.clogged, event)
	c.waiting++
}

// unclog lets arrive now what waits for links that are clogged no more: on each link, in the order
// of sending.
func (c *Cluster) unclog() {
	still := c.clogged[:0]
	for _, event := range c.clogged {
		m := c.network.Letter(event.Handle)
		if c.network.IsClogged(m.From, m.To) {
			still = append(still, event)
			continue
		}
		c.waiting--
		now := c.recorder.Now()
		event.Key = vtime.MakeKey(now, event.Class(), event.Source(), event.Ordinal())
		c.queue.Push(event)
	}
	c.clogged = still
}
