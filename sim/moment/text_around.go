package moment

import (
	"fmt"
	"slices"
	"strings"
)

// What of the world around the servers is told at most.
const (
	messagesTold = 20
	clientsTold  = 20
)

func (s *World) tellMessages(p *sheet) {
	count := len(s.Messages) + s.MessagesOmitted
	if count == 0 {
		return
	}
	p.line("")
	p.words("", fmt.Sprintf("under way: %s, in the order of arrival", counted(count, "message")))
	var rows [][]string
	told := min(len(s.Messages), messagesTold)
	for i := range told {
		m := &s.Messages[i]
		what := m.Type + ", "
		if m.Term > 0 {
			what += fmt.Sprintf("term %d: ", m.Term)
		}
		rows = append(rows, []string{
			"  " + clock(m.AtNS), m.From, "to " + m.To, what + plain(m.Text) + s.obstacle(m),
		})
	}
	p.table("rl", rows)
	if more := count - told; more > 0 {
		p.line(fmt.Sprintf("  and %d more", more))
	}
}

// obstacle tells what would keep a message from its addressee if it arrived now.
func (s *World) obstacle(m *Message) string {
	if m.Waits {
		return " (arrived, waits)"
	}
	for i := range s.Cuts {
		if c := &s.Cuts[i]; c.From == m.From && slices.Contains(c.To, m.To) {
			return " (the link is cut)"
		}
	}
	if state := s.stateOf(m.To); state != "" && state != "running" {
		return fmt.Sprintf(" (%s is %s)", m.To, state)
	}
	return ""
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (s *World) tellClients(p *sheet) {
	count := len(s.Clients) + s.ClientsOmitted
	if count == 0 {
		return
	}
	p.line("")
	p.line("clients")
	told := min(len(s.Clients), clientsTold)
	for i := range told {
		c := &s.Clients[i]
		p.words("  "+c.Name+"  ", s.clientText(c))
	}
	if more := count - told; more > 0 {
		p.line(fmt.Sprintf("  and %d more", more))
	}
}

func (s *World) clientText(c *Client) string {
	switch {
	case c.Open != nil:
		return s.waitText(c)
	case c.Idle:
		return fmt.Sprintf("waits to be told a leader; %d left", c.Left)
	case c.Left == 0:
		return "is done"
	case len(s.Healed) > 0:
		return fmt.Sprintf("asks for nothing more; %d left", c.Left)
	}
	return fmt.Sprintf("thinks until %s, then asks %s; %d left",
		clock(c.NextNS), or(s.asked(c.Asks), "a leader"), c.Left)
}

// waitText tells what a client has asked for and waits for, or waits to ask for again.
func (s *World) waitText(c *Client) string {
	o := c.Open
	text := fmt.Sprintf("waits for %s: %s, since %s, until %s", s.asked(c.Asks), plain(o.Text),
		clock(o.SinceNS), clock(o.UntilNS))
	if o.Pauses {
		text = fmt.Sprintf("has asked for %s since %s, asks again", plain(o.Text), clock(o.SinceNS))
		if !c.Idle {
			text += " at " + clock(c.NextNS)
		}
	}
	if o.Attempt > 1 {
		text += fmt.Sprintf(" (attempt %d)", o.Attempt)
	}
	if more := len(c.More) + c.MoreOmitted; more > 0 {
		text += fmt.Sprintf("; has %d more open", more)
	}
	if c.InLine > 0 {
		text += fmt.Sprintf(", %d in line", c.InLine)
	}
	return text + fmt.Sprintf("; %d left", c.Left)
}

// asked names a server that a client asks, and says so if it does not run.
func (s *World) asked(name string) string {
	if state := s.stateOf(name); state != "" && state != "running" {
		return name + " (" + state + ")"
	}
	return name
}

// stateOf returns the state of the server of that name; empty for who is no server.
func (s *World) stateOf(name string) string {
	for i := range s.Servers {
		if s.Servers[i].Name == name {
			return s.Servers[i].State
		}
	}
	return ""
}

func (s *World) tellFaults(p *sheet) {
	if len(s.Faults) == 0 && len(s.Cuts) == 0 {
		return
	}
	p.line("")
	p.line("faults in force")
	for i := range s.Faults {
		p.words("  ", s.Faults[i].String())
	}
	if s.FaultsOmitted > 0 {
		p.line(fmt.Sprintf("  and %d more", s.FaultsOmitted))
	}
	s.tellCuts(p)
}

// String returns the fault in words: #1 crash leader (n1), since 1.000000s, until 2.500000s.
func (f *Fault) String() string {
	text := fmt.Sprintf("#%d %s", f.Number, f.Text)
	struck := strings.Join(f.Struck, " ")
	if struck != "" && !strings.Contains(f.Text+" ", " "+struck+" ") {
		text += " (" + struck + ")"
	}
	text += ", since " + clock(f.SinceNS)
	if f.UntilNS >= 0 {
		text += ", until " + clock(f.UntilNS)
	}
	return text
}

// cut is servers whose messages to others are lost.
type cut struct{ from, to []string }

func (s *World) tellCuts(p *sheet) {
	cuts := s.gatherCuts()
	for i, c := range cuts {
		arrow := " -> "
		back := slices.IndexFunc(cuts, func(other cut) bool {
			return slices.Equal(c.from, other.to) && slices.Equal(c.to, other.from)
		})
		switch {
		case back >= 0 && back < i:
			continue
		case back >= 0:
			arrow = " <-> "
		}
		p.words("  lost: ", joined(c.from, s.names())+arrow+joined(c.to, s.names()))
	}
}

// gatherCuts puts servers together that are cut off from the same others.
func (s *World) gatherCuts() (cuts []cut) {
	for i := range s.Cuts {
		c := &s.Cuts[i]
		at := slices.IndexFunc(cuts, func(other cut) bool { return slices.Equal(c.To, other.to) })
		if at < 0 {
			cuts, at = append(cuts, cut{to: c.To}), len(cuts)
		}
		cuts[at].from = append(cuts[at].from, c.From)
	}
	return cuts
}
