package moment

import (
	"strconv"

	"raftkv/raft"
	"raftkv/sim/cluster"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Of describes a world as it is now. Scenario, Seed, Ending and Violation are for who knows of them
// to fill in.
func Of(w *cluster.Cluster, config *cluster.Config) World {
	world := World{
		Format: Format, Version: Version,
		Event: w.Event(), TimeNS: int64(w.Now()),
		Healed:  serverNames(w.Core()),
		Servers: []Server{}, Uncertain: []Uncertain{}, Messages: []Message{},
		Clients: []Client{}, Faults: []Fault{}, Cuts: []Cut{},
	}
	upcoming := w.Upcoming()
	members := raft.Servers(config.Servers)
	for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
		world.Servers = append(world.Servers, serverOf(w, id, members, upcoming))
		world.addCuts(w, id, members)
	}
	world.addUncertain(w, members)
	for number := uint32(1); number <= config.Clients; number++ {
		world.addClient(w, number)
	}
	world.foresee(upcoming)
	for i := range w.Faults().Len() {
		world.addFault(w.Faults(), i, w.Core() != 0)
	}
	return world
}

// instant returns a time for scripts, who are told -1 where it never comes.
func instant(at vtime.Time) int64 {
	if at == vtime.Never {
		return -1
	}
	return int64(at)
}

// serverName returns the name of a server; empty for none.
func serverName(id raft.ServerID) string {
	if id == raft.None {
		return ""
	}
	return id.String()
}

func serverNames(set raft.ServerSet) []string {
	names := make([]string, 0, set.Len())
	for id := set.Next(raft.None); id != raft.None; id = set.Next(id) {
		names = append(names, id.String())
	}
	return names
}

func clientName(number uint32) string { return "c" + strconv.FormatUint(uint64(number), 10) }

func (s *World) addCuts(w *cluster.Cluster, from raft.ServerID, members raft.ServerSet) {
	var to raft.ServerSet
	for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
		if w.IsCut(from, id) {
			to = to.With(id)
		}
	}
	if to != 0 {
		s.Cuts = append(s.Cuts, Cut{From: from.String(), To: serverNames(to)})
	}
}

func (s *World) addClient(w *cluster.Cluster, number uint32) {
	if len(s.Clients) == clientsMax {
		s.ClientsOmitted++
		return
	}
	view := w.Client(number)
	c := Client{Name: clientName(number), Left: view.Left, InLine: view.InLine, NextNS: -1,
		More: []Request{}}
	for i := range view.Lanes {
		c.addLane(&view.Lanes[i])
	}
	s.Clients = append(s.Clients, c)
}

// addLane adds what a lane waits for. The first that waits for an answer speaks for the client,
// else the first.
func (c *Client) addLane(l *cluster.LaneView) {
	c.Idle = c.Idle || l.Idle
	if c.Asks == "" {
		c.Asks = serverName(l.Asks)
	}
	if l.Open == nil {
		return
	}
	o := &l.Open.Operation
	open := Request{
		Operation: o.Number, Text: o.String(), SinceNS: int64(o.InvokedAt), UntilNS: -1,
		Asks: serverName(l.Asks), Session: uint64(l.Open.Session), Attempt: l.Attempt,
		Pauses: l.Pauses,
	}
	switch {
	case c.Open == nil:
		c.Asks, c.Open = open.Asks, &open
	case len(c.More) < moreMax:
		c.More = append(c.More, open)
	default:
		c.MoreOmitted++
	}
}

// request returns the client's open request of that number; nil if it is not told.
func (c *Client) request(number uint32) *Request {
	if c.Open != nil && c.Open.Operation == number {
		return c.Open
	}
	for i := range c.More {
		if c.More[i].Operation == number {
			return &c.More[i]
		}
	}
	return nil
}

func (s *World) addFault(faults *fault.Timeline, i int, forEver bool) {
	if !faults.InForce(i) {
		return
	}
	if len(s.Faults) == faultsMax {
		s.FaultsOmitted++
		return
	}
	f := faults.Fault(i)
	since, until := faults.Since(i), vtime.Never
	if f.For != 0 && !forEver {
		until = since.Add(f.For)
	}
	s.Faults = append(s.Faults, Fault{
		Number: i + 1, Text: f.String(), Struck: serverNames(faults.Struck(i)),
		SinceNS: int64(since), UntilNS: instant(until),
	})
}

// foresee adds what is under way, and what clients wait for.
func (s *World) foresee(upcoming []cluster.Upcoming) {
	for i := range upcoming {
		u := &upcoming[i]
		switch u.Kind {
		case cluster.MessageArrives, cluster.RequestArrives, cluster.AnswerArrives,
			cluster.TransferAsked:
			s.addMessage(u)
		case cluster.TimeIsUp, cluster.WakesUp, cluster.RequestComes:
			if int(u.Client) <= len(s.Clients) {
				s.Clients[u.Client-1].foresee(u)
			}
		}
	}
}

// foresee adds what is first to happen of each kind.
func (c *Client) foresee(u *cluster.Upcoming) {
	if r := c.request(u.Request.Operation); u.Kind == cluster.TimeIsUp {
		if r != nil && r.UntilNS < 0 {
			r.UntilNS = int64(u.At)
		}
	} else if c.NextNS < 0 {
		c.NextNS = int64(u.At)
	}
}

func (s *World) addMessage(u *cluster.Upcoming) {
	if len(s.Messages) == messagesMax {
		s.MessagesOmitted++
		return
	}
	s.Messages = append(s.Messages, messageOf(u))
}

func messageOf(u *cluster.Upcoming) Message {
	m := Message{AtNS: int64(u.At), Waits: u.Waits}
	client, asked := clientName(u.Client), serverName(u.Server)
	switch u.Kind {
	case cluster.RequestArrives:
		m.From, m.To, m.Type, m.Text = client, asked, "Request", commandText(u.Request.Command)
	case cluster.AnswerArrives:
		m.From, m.To, m.Type, m.Text = asked, client, "Answer", answerText(u)
	case cluster.TransferAsked:
		m.To, m.Type, m.Text = asked, "TransferLeadership", "to "+u.Successor.String()
	default:
		r := record.OfMessage(record.Sent, u.Message)
		m.From, m.To, m.Type = r.Server.String(), r.Peer.String(), r.Message.String()
		m.Text = messageText(u.Message)
		m.Number, m.Term = u.Number, uint64(r.Term)
		m.Index, m.EntryTerm = uint64(r.Index), uint64(r.EntryTerm)
		m.Entries, m.Commit, m.Success = r.Count, uint64(r.Commit), r.Success
	}
	return m
}
