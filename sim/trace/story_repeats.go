package trace

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

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
	first vtime.Time
	last  vtime.Time
}

// repeatsFor is how long what repeats itself is only counted, even if there is other news.
const repeatsFor = vtime.Second

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
	if kept.count == 0 {
		kept.first = r.At
	}
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
			s.tellAt(l.last, ofAll(several, l.text()).wrong())
		}
	}
}

func (l *loss) text() string {
	ends := ""
	if l.from&l.to == 0 { // else it was both ways, and would only confuse
		ends = fmt.Sprintf(" from %s to %s", names(l.from), names(l.to))
	}
	if l.count == 1 {
		return fmt.Sprintf("1 message%s never arrives (%s)", ends, worded(l.why))
	}
	return fmt.Sprintf("%d messages%s never arrive, since %v (%s)", l.count, ends, l.first,
		worded(l.why))
}

// attempts folds the candidacies of servers after one of which nobody heard, and what servers ask
// again before they stand.
type attempts struct {
	count [raft.MaxServers + 1]uint32
	who   raft.ServerSet
	since vtime.Time
	last  vtime.Time

	polls raft.ServerSet // who of them only asked whether they could win
	would [raft.MaxServers + 1]raft.ServerSet
}

func (s *Story) noteAttempt(id raft.ServerID) {
	if s.attempts.who == 0 {
		s.attempts.since = s.now
	}
	s.attempts.who = s.attempts.who.With(id)
	s.attempts.last = s.now
	s.attempts.count[id]++
}

func (s *Story) flushAttempts() {
	kept := s.attempts
	s.attempts = attempts{}
	for id := kept.who.Next(raft.None); id != raft.None; id = kept.who.Next(id) {
		what := "has only its own vote: stands again, in"
		if n := kept.count[id]; n > 1 {
			what = fmt.Sprintf("has only its own vote: stands again and again, %d times, up to", n)
		}
		what = fmt.Sprintf("%s term %d", what, s.servers[id].term)
		if kept.polls.Has(id) {
			what = kept.pollAgain(id, s.servers[id].term+1)
		}
		s.tellAt(kept.last, s.of(id, what))
	}
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
const idleMin = 5

// flushIdle tells of heartbeats if they were all that happened since the last line.
func (s *Story) flushIdle() {
	who := s.idle.who
	s.idle.who = 0
	for id := who.Next(raft.None); id != raft.None; id = who.Next(id) {
		if rounds := s.idle.rounds[id]; rounds >= idleMin {
			line := s.of(id, fmt.Sprintf("sends heartbeats, %d rounds", rounds))
			line.roles, line.whoStyle = s.idle.roles, leading // as it was then
			s.page.write(s.idle.last, line)
		}
		s.idle.rounds[id] = 0
	}
}

// flushRepeats tells what repeats itself, as something else is to be told.
func (s *Story) flushRepeats() {
	s.flushIdle()
	if s.losses.count != 0 && s.now.Sub(s.losses.since) > repeatsFor {
		s.flushLosses()
	}
	if s.attempts.who != 0 && s.now.Sub(s.attempts.since) > repeatsFor {
		s.flushAttempts()
	}
}
