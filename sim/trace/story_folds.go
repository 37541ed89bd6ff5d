package trace

import (
	"fmt"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Folds tell what has come to be so, not what happens: then they are true whenever they are told,
// and can wait until there is enough to tell. Here are those of what servers hold and apply; those
// of what repeats itself are in story_repeats.go.

// flush tells all that is folded.
func (s *Story) flush() {
	s.flushApplies()
	s.flushDisks()
	s.flushAttempts()
	s.flushLosses()
	s.flushIdle()
}

// flushStale tells folds that waited long enough.
func (s *Story) flushStale() {
	if s.applies.who != 0 && s.now.Sub(s.applies.since) > appliesFor {
		s.flushApplies()
	}
	if s.disks.who != 0 && s.now.Sub(s.disks.since) > disksFor {
		s.flushDisks()
	}
}

// groupsMax is how many servers, or groups of them, are told apart in one line.
const groupsMax = 4

// groups parts the servers by where they stand, and calls tell for each group until it has had
// groupsMax. It returns the servers that are left.
func (s *Story) groups(
	who raft.ServerSet, where func(*shadow) raft.LogState, tell func(raft.ServerSet, *shadow),
) raft.ServerSet {
	for range groupsMax {
		if who == 0 {
			break
		}
		first := &s.servers[who.Next(raft.None)]
		var group raft.ServerSet
		for id := who.Next(raft.None); id != raft.None; id = who.Next(id) {
			if where(&s.servers[id]) == where(first) {
				group = group.With(id)
			}
		}
		tell(group, first)
		who &^= group
	}
	return who
}

// have is a line about what is so of servers.
func (s *Story) have(who raft.ServerSet, what string) row {
	switch {
	case who == s.members():
		return ofAll("all", "have "+what)
	case who.Len() == 1:
		return s.of(who.Next(raft.None), "has "+what)
	}
	return ofAll(several, names(who)+" have "+what)
}

// haveEach is a line about what is so of servers, group by group.
func haveEach(what string, parts []string, left raft.ServerSet) row {
	if left != 0 {
		parts = append(parts, fmt.Sprintf("%d others elsewhere", left.Len()))
	}
	return ofAll(several, "have "+what+": "+strings.Join(parts, ", "))
}

// applies folds what followers apply.
type applies struct {
	since vtime.Time
	last  vtime.Time
	who   raft.ServerSet // applied something since it was told last
}

// appliesFor is how long a fold of what servers apply waits for others to join in.
const appliesFor = 20 * vtime.Millisecond

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

// flushApplies tells how far those have applied the log who went on; if all have come equally far,
// that all have.
func (s *Story) flushApplies() {
	who := s.applies.who
	s.applies.who = 0
	if who == 0 {
		return
	}
	where := func(server *shadow) raft.LogState { return raft.LogState{Index: server.applied} }
	var parts []string
	var index raft.Index
	left := s.groups(who, where, func(group raft.ServerSet, server *shadow) {
		parts = append(parts, fmt.Sprintf("%s through %d", names(group), server.applied))
		index = server.applied
	})
	if len(parts) > 1 {
		s.tellAt(s.applies.last, haveEach("applied the log", parts, left))
		return
	}
	if s.allApplied(index) {
		who = s.members()
	}
	s.tellAt(s.applies.last, s.have(who, fmt.Sprintf("applied the log through entry %d", index)))
}

func (s *Story) allApplied(index raft.Index) bool {
	members := s.members()
	for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
		if s.servers[id].applied != index {
			return false
		}
	}
	return true
}

// disks folds what disks hold before it is committed. As a rule it is committed soon after, and
// that line tells enough; else it is told, and always before something happens to a server or to
// its role: then it counts who has what.
type disks struct {
	since vtime.Time // the first of them, or the last commit
	last  vtime.Time
	who   raft.ServerSet // whose disk took more of the log since it was told last
}

// disksFor is how long a fold of what disks hold waits for a commit.
const disksFor = vtime.Second

func (s *Story) noteDurable(id raft.ServerID) {
	if s.disks.who == 0 {
		s.disks.since = s.now
	}
	s.disks.who = s.disks.who.With(id)
	s.disks.last = s.now
}

func (s *Story) noteCommitted(index raft.Index) {
	if index > s.committed {
		s.committed = index
		s.disks.since = s.now
	}
}

// flushDisks tells what disks hold and nobody knows to be committed.
func (s *Story) flushDisks() {
	who := s.disks.who
	s.disks.who = 0
	for id := who.Next(raft.None); id != raft.None; id = who.Next(id) {
		if s.servers[id].durable <= s.committed {
			who = who.Without(id)
		}
	}
	if who == 0 {
		return
	}
	where := func(server *shadow) raft.LogState {
		return raft.LogState{Index: server.durable, Term: server.log.term(server.durable)}
	}
	var parts []string
	var held string
	left := s.groups(who, where, func(group raft.ServerSet, server *shadow) {
		held = server.held(span{s.committed + 1, server.durable})
		parts = append(parts, names(group)+" "+held)
	})
	if len(parts) > 1 {
		s.tellAt(s.disks.last, haveEach("on disk, not known to be committed", parts, left))
		return
	}
	s.tellAt(s.disks.last, s.have(who, held+" on disk, not known to be committed"))
}

// held names entries of the server's log, and their terms.
func (s *shadow) held(entries span) string {
	return entries.String() + terms(s.log.term(entries.from), s.log.term(entries.to))
}
