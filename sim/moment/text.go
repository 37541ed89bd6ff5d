package moment

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"raftkv/sim/vtime"
)

// WriteText writes the state for people: a table of the servers and one of the ends of their logs,
// then what there is to say of some, what is under way, what the clients wait for, and what is
// wrong on purpose. It is ASCII, and so many columns wide at most: 100 if that is 0, and never less
// than 48. What does not fit goes on in the next line; nothing is told or left out because of it.
func (s *World) WriteText(w io.Writer, width int) error {
	p := sheetOf(width)
	s.tellMoment(&p)
	s.tellServers(&p)
	s.tellLogs(&p)
	s.tellEntries(&p)
	s.tellLeaders(&p)
	s.tellNotes(&p)
	s.tellTimers(&p)
	s.tellStores(&p)
	s.tellMessages(&p)
	s.tellClients(&p)
	s.tellFaults(&p)
	_, err := io.WriteString(w, p.text.String())
	return err
}

func (s *World) tellMoment(p *sheet) {
	p.words("", fmt.Sprintf("%s, seed %s: after event %d, at %s",
		plain(s.Scenario), s.Seed, s.Event, clock(s.TimeNS)))
	if len(s.Healed) > 0 {
		p.words("", "healed, and well from now on: "+strings.Join(s.Healed, " "))
	}
	if s.Ending != "" {
		p.words("", "the run has ended: "+s.Ending)
	}
	if v := s.Violation; v != nil {
		p.words("broken: ", fmt.Sprintf("%s (%s) at %s, event %d: %s",
			v.Check, v.Kind, clock(v.TimeNS), v.Event, v.Message))
	}
}

// clock returns an instant as stories tell it.
func clock(ns int64) string { return vtime.Time(ns).String() }

func (s *World) tellServers(p *sheet) {
	rows := [][]string{{"servers", "state", "role", "term", "vote", "leader", "last", "commit",
		"applied", "durable"}}
	for i := range s.Servers {
		v := &s.Servers[i]
		commit, applied := decimal(v.Commit), decimal(v.Applied)
		if v.Role == "" {
			commit, applied = "-", "-"
		}
		rows = append(rows, []string{
			"  " + v.Name, v.State, or(v.Role, "-"), decimal(v.Term), or(v.Vote, "-"),
			or(v.Leader, "-"), v.Last.String(), commit, applied, v.durable(),
		})
	}
	p.line("")
	p.records("lllrllrrrr", rows)
}

// durable tells how much of a server's state its disk holds.
func (v *Server) durable() string {
	switch text := v.Disk.Last.String(); {
	case v.Disk.Term != v.Term:
		return fmt.Sprintf("%s, term %d", text, v.Disk.Term)
	case v.Disk.Vote != v.Vote:
		return text + ", no vote"
	default:
		return text
	}
}

// tellLeaders tells what those who lead, or believe that they do, know of the others.
func (s *World) tellLeaders(p *sheet) {
	for i := range s.Servers {
		v := &s.Servers[i]
		if len(v.Peers) == 0 {
			continue
		}
		p.line("")
		lease := ""
		if v.Lease {
			lease = ", has a lease"
		}
		p.words("", fmt.Sprintf("%s leads term %d, elected by %s%s; it knows",
			v.Name, v.Term, joined(v.Votes, s.names()), lease))
		for peers := range slices.Chunk(v.Peers, v.peersPerRow(p.width)) {
			tellPeers(p, peers)
		}
		p.words("  ", "(flies: requests with entries on their way; - where it probes)")
	}
}

// peersPerRow returns how many peers have room side by side, beside what the rows are called.
func (v *Server) peersPerRow(width int) int {
	const most = 12
	widest := 0
	for _, peer := range v.Peers {
		number := max(peer.Next, peer.Match, uint64(peer.InFlight))
		widest = max(widest, len(peer.Name), len(decimal(number)))
	}
	return max(1, min(most, (width-len("  match"))/(2+widest)))
}

// flies says how many requests are on their way, or that the leader probes.
func (p *Peer) flies() string {
	if !p.Replicating {
		return "-"
	}
	return decimal(uint64(p.InFlight))
}

func tellPeers(p *sheet, peers []Peer) {
	rows := [][]string{{"  of"}, {"  next"}, {"  match"}, {"  flies"}}
	for _, peer := range peers {
		for i, cell := range []string{
			peer.Name, decimal(peer.Next), decimal(peer.Match), peer.flies(),
		} {
			rows[i] = append(rows[i], cell)
		}
	}
	p.table("lr", rows)
}

// notesMax is how many lines are told of what is out of the ordinary.
const notesMax = 30

// tellNotes tells what is out of the ordinary at single servers.
func (s *World) tellNotes(p *sheet) {
	var notes []note
	for i := range s.Servers {
		notes = append(notes, s.Servers[i].notes(s.names())...)
	}
	if len(notes) == 0 {
		return
	}
	p.line("")
	p.line("notes")
	for _, n := range notes[:min(len(notes), notesMax)] {
		p.words("  "+n.of+"  ", n.text)
	}
	if more := len(notes) - notesMax; more > 0 {
		p.line(fmt.Sprintf("  and %d more", more))
	}
}

// timersMax is how many timers are told: those that fire first.
const timersMax = 12

func (s *World) tellTimers(p *sheet) {
	type timer struct {
		due  int64
		text string
	}
	var timers []timer
	for i := range s.Servers {
		v := &s.Servers[i]
		for _, t := range v.Timers {
			if t.DueNS >= 0 && t.Heeded {
				text := s.asked(v.Name) + " " + t.Name + " " + clock(t.DueNS)
				timers = append(timers, timer{t.DueNS, text})
			}
		}
	}
	if len(timers) == 0 {
		return
	}
	slices.SortStableFunc(timers, func(a, b timer) int { return cmp.Compare(a.due, b.due) })
	var parts []string
	for i, t := range timers {
		if i == timersMax {
			parts = append(parts, fmt.Sprintf("%d later", len(timers)-i))
			break
		}
		parts = append(parts, t.text)
	}
	p.line("")
	p.list("timers  ", parts, ", ")
}

// pairsMax is how many keys of a store are told.
const pairsMax = 12

// tellStores tells what the stores hold, one line for those of which the same is listed: not only
// the keys that are told.
func (s *World) tellStores(p *sheet) {
	var stores []*Server // one for each line
	var holders [][]string
	for i := range s.Servers {
		v := &s.Servers[i]
		if v.Role == "" {
			continue
		}
		at := slices.IndexFunc(stores, func(other *Server) bool {
			return slices.Equal(v.Store, other.Store) && v.StoreOmitted == other.StoreOmitted
		})
		if at < 0 {
			at = len(stores)
			stores, holders = append(stores, v), append(holders, nil)
		}
		holders[at] = append(holders[at], v.Name)
	}
	p.line("")
	p.line("stores")
	for i, v := range stores {
		p.words("  "+joined(holders[i], s.names())+"  ", v.storeText())
	}
}

func (v *Server) storeText() string {
	var parts []string
	for i, pair := range v.Store {
		if i == pairsMax {
			break
		}
		parts = append(parts, plain(pair.Key)+"="+plain(pair.Value))
	}
	if more := len(v.Store) + v.StoreOmitted - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return or(strings.Join(parts, " "), "(empty)")
}

// names returns the names of all servers.
func (s *World) names() []string {
	names := make([]string, len(s.Servers))
	for i := range s.Servers {
		names[i] = s.Servers[i].Name
	}
	return names
}
