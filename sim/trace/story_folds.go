package trace

import (
	"fmt"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Folds tell what has come to be so, not what happens: then they are true whenever they are told,
// and can wait until there is enough to tell.

// foldFor is how long a fold of what servers apply waits for others to join in.
const foldFor = 20 * vtime.Millisecond

// applies folds what followers apply.
type applies struct {
	since vtime.Time
	last  vtime.Time
	who   raft.ServerSet // applied something since it was told last
}

func (s *Story) noteApplied(r *record.Record, server *shadow) {
	if server.role == raft.Leader {
		return // that is told when it commits
	}
	if s.applies.who == 0 {
		s.applies.since = r.At
	}
	s.applies.who = s.applies.who.With(r.Server)
	s.applies.last = r.At
}

// flushStale tells folds that waited long enough.
func (s *Story) flushStale() {
	if s.applies.who != 0 && s.now.Sub(s.applies.since) > foldFor {
		s.flushApplies()
	}
	if s.losses.count != 0 && s.now.Sub(s.losses.since) > lossesFor {
		s.flushLosses()
	}
}

// flushAppliesIfDone tells what was applied when nothing more is to come.
func (s *Story) flushAppliesIfDone() {
	if s.applies.who == 0 {
		return
	}
	for id := raft.ServerID(1); int(id) <= min(s.options.Servers, raft.MaxServers); id++ {
		if server := &s.servers[id]; server.life == running && server.applied < s.committed {
			return
		}
	}
	s.flushApplies()
}

// groupsMax is how many servers, or groups of them, are told apart in one line.
const groupsMax = 4

// flushApplies tells how far those have applied the log who went on.
func (s *Story) flushApplies() {
	who := s.applies.who
	s.applies.who = 0
	if who == 0 {
		return
	}
	text, groups := "", 0
	for rest := who; rest != 0 && groups < groupsMax; groups++ {
		index := s.servers[rest.Next(raft.None)].applied
		group := s.whoApplied(rest, index)
		rest &^= group
		if text == "" && group == who {
			s.tellApplied(who, index)
			return
		}
		text += fmt.Sprintf(", %s through %d", names(group), index)
	}
	s.tellFold(s.applies.last, several, "have applied the log: "+strings.TrimPrefix(text, ", "))
}

func (s *Story) whoApplied(among raft.ServerSet, index raft.Index) raft.ServerSet {
	var set raft.ServerSet
	for id := among.Next(raft.None); id != raft.None; id = among.Next(id) {
		if s.servers[id].applied == index {
			set = set.With(id)
		}
	}
	return set
}

// tellApplied tells of servers that have come equally far; if all have, it says so.
func (s *Story) tellApplied(who raft.ServerSet, index raft.Index) {
	through := fmt.Sprintf("applied the log through entry %d", index)
	switch {
	case s.whoApplied(s.members(), index) == s.members():
		s.tellFold(s.applies.last, "all", "have "+through)
	case who.Len() == 1:
		s.tellFold(s.applies.last, who.Next(raft.None).String(), "has "+through)
	default:
		s.tellFold(s.applies.last, several, names(who)+" have "+through)
	}
}

// tellFold writes a line about what has come to be so at a moment that has passed.
func (s *Story) tellFold(at vtime.Time, who, what string) {
	s.flushIdle()
	s.page.write(at, s.roles(), who, what)
}

// losses folds lost messages by the reason.
type losses struct {
	reasons [4]loss
	since   vtime.Time
	count   uint64
}

// loss is messages lost for one reason; the last of losses takes all further reasons.
type loss struct {
	why   string
	count uint64
	from  raft.ServerSet
	to    raft.ServerSet
	last  vtime.Time
}

// lossesFor is how long lost messages are only counted.
const lossesFor = vtime.Second

func (l *losses) add(r *record.Record) {
	if l.count == 0 {
		l.since = r.At
	}
	l.count++
	i := 0
	for i < len(l.reasons)-1 && l.reasons[i].count > 0 && l.reasons[i].why != r.Text {
		i++
	}
	kept := &l.reasons[i]
	kept.why = r.Text
	kept.count++
	kept.from, kept.to = kept.from.With(r.Server), kept.to.With(r.Peer)
	kept.last = r.At
}

func (s *Story) flushLosses() {
	kept := s.losses
	s.losses = losses{}
	for _, l := range kept.reasons {
		if l.count > 0 {
			s.tellFold(l.last, several, l.text())
		}
	}
}

func (l *loss) text() string {
	ends := ""
	if l.from&l.to == 0 { // else it was both ways, and would only confuse
		ends = fmt.Sprintf(" from %s to %s", names(l.from), names(l.to))
	}
	if l.count == 1 {
		return fmt.Sprintf("1 message%s never arrives: %s", ends, plain(l.why))
	}
	return fmt.Sprintf("%d messages%s never arrive: %s", l.count, ends, plain(l.why))
}

// idle counts heartbeats while nothing else happens.
type idle struct {
	rounds [raft.MaxServers + 1]uint32
	who    raft.ServerSet
	last   vtime.Time
	roles  string // at that moment
}

func (s *Story) countHeartbeat(c *scene, server *shadow) {
	if c.timer != raft.HeartbeatTimer || server.role != raft.Leader {
		return
	}
	s.idle.rounds[c.server]++
	s.idle.who = s.idle.who.With(c.server)
	s.idle.last, s.idle.roles = s.now, s.roles()
}

// idleMin is how many rounds of heartbeats make a pause worth a line.
const idleMin = 2

// flushIdle tells of heartbeats if they were all that happened since the last line.
func (s *Story) flushIdle() {
	who := s.idle.who
	s.idle.who = 0
	for id := who.Next(raft.None); id != raft.None; id = who.Next(id) {
		if rounds := s.idle.rounds[id]; rounds >= idleMin {
			s.page.write(s.idle.last, s.idle.roles, id.String(),
				fmt.Sprintf("sends heartbeats, %d rounds", rounds))
		}
		s.idle.rounds[id] = 0
	}
}

// flush tells all that is folded.
func (s *Story) flush() {
	s.flushApplies()
	s.flushLosses()
	s.flushIdle()
}
