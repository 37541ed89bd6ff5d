package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// liveness is what is known of the second phase of a run, in which what has healed, all servers or
// a core, is to settle within a bound; and of the requests that are open.
type liveness struct {
	excuse string // why no Raft need be live in this world; "" for no reason

	healed bool
	core   raft.ServerSet
	cut    bool // nobody else reaches the core
	since  vtime.Time
	bound  vtime.Duration
	seen   vtime.Time     // the time up to here is accounted for
	lost   vtime.Duration // of it, what does not count: somebody outside of the core led
	usurps raft.ServerSet // who did

	// Elections of the core since it has healed.
	stood     raft.ServerSet
	elections uint64
	from, to  raft.Term // the terms of the first and the last
	last      vtime.Time
	asking    raft.ServerSet // who ask now whether they could win one (thesis §9.6)

	open   []openRequest // in no order
	places map[request]int
}

// openRequest is a request whose client waits for what becomes of it.
type openRequest struct {
	request
	since vtime.Time
}

func (l *liveness) reset() {
	places := l.places
	if places == nil {
		places = make(map[request]int)
	}
	clear(places)
	*l = liveness{open: l.open[:0], places: places}
}

func (l *liveness) begin(q request, now vtime.Time) {
	if _, twice := l.places[q]; twice {
		return
	}
	l.places[q] = len(l.open)
	l.open = append(l.open, openRequest{q, now})
}

func (l *liveness) end(q request) {
	place, open := l.places[q]
	if !open {
		return
	}
	last := len(l.open) - 1
	l.open[place] = l.open[last]
	l.places[l.open[place].request] = place
	l.open = l.open[:last]
	delete(l.places, q)
}

func (j *Judges) onHealed(r *record.Record) {
	l := &j.phase
	l.healed, l.core, l.cut, l.bound = true, r.Servers, r.Success, r.Bound
	l.since, l.seen, l.last = r.At, r.At, r.At
}

// keepTime accounts for the time until the record at hand: what has passed in the second phase
// while a server led that is not of the core, but can reach it, does not count.
func (j *Judges) keepTime() {
	l := &j.phase
	if !l.healed || j.at <= l.seen {
		return
	}
	outside := j.alive &^ j.paused &^ l.core
	for id := outside.Next(raft.None); id != raft.None && !l.cut; id = outside.Next(id) {
		if j.servers[id].reign != 0 {
			l.lost += j.at.Sub(l.seen)
			l.usurps = l.usurps.With(id)
			break
		}
	}
	l.seen = j.at
}

func (j *Judges) noteStanding(r *record.Record) {
	l := &j.phase
	if !l.healed || !l.core.Has(r.Server) {
		return
	}
	if l.elections == 0 {
		l.from = r.Term
	}
	l.stood = l.stood.With(r.Server)
	l.elections++
	l.to = max(l.to, r.Term)
	l.last = r.At
}

// judgeLiveness: what has healed has, within its bound, a leader that has committed an entry of its
// term, every request answered or given up, and all its servers up to date. A run that settled
// without healing has done what it could.
func (j *Judges) judgeLiveness(r *record.Record, disagreement string) {
	l := &j.phase
	if !l.healed {
		if !r.Ending.CutShort() {
			j.undecided = j.undecided.Without(Liveness)
		}
		if r.Ending == record.Settled {
			j.exercised[Liveness]++
		}
		return
	}
	lacks := j.lacks(disagreement)
	if lacks != "" && r.Ending.CutShort() {
		return
	}
	j.undecided = j.undecided.Without(Liveness)
	j.exercised[Liveness]++
	if lacks == "" {
		return
	}
	what := fmt.Sprintf("%v after it healed, %s", r.At.Sub(l.since), lacks)
	if why := j.excuseOf(r.At); why != "" {
		j.excuse(Liveness, what, why)
		return
	}
	j.convict(Liveness, "%s", what)
}

// excuseOf says why it is nobody's fault that what has healed has not settled; "" if it is.
func (j *Judges) excuseOf(now vtime.Time) string {
	l := &j.phase
	if counted := now.Sub(l.since) - l.lost; l.usurps != 0 && counted < l.bound {
		return fmt.Sprintf("%v led for %v, outside of what has healed: %v are left, of %v",
			l.usurps, l.lost, counted, l.bound)
	}
	return l.excuse
}

// lacks says what is lacking of the goal of the second phase; "" where it is reached.
func (j *Judges) lacks(disagreement string) string {
	var parts []string
	for _, part := range []string{j.lacksLeader(), j.lacksAnswers(), disagreement} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

// lacksLeader says why nobody leads who has committed an entry of the term. Where elections go on
// and on, that is a livelock; where nobody moves, a deadlock.
func (j *Judges) lacksLeader() string {
	l := &j.phase
	leader := &j.servers[raft.None]
	running := j.running()
	for id := running.Next(raft.None); id != raft.None; id = running.Next(id) {
		if s := &j.servers[id]; s.reign > leader.reign {
			leader = s
		}
	}
	switch {
	case leader.reign != 0 && leader.ruled == leader.reign:
		return ""
	case leader.reign != 0:
		return fmt.Sprintf("%v leads term %d, but has committed nothing of it%s",
			leader.id, leader.reign, l.struggle())
	case l.elections == 0:
		return "nobody leads, and nobody has stood for election: a deadlock" + l.vainAsking()
	case l.idleFor(j.at):
		return fmt.Sprintf("nobody leads, and nobody has stood for election since %v: a deadlock%s",
			l.last, l.vainAsking())
	}
	return "nobody leads" + l.struggle()
}

// vainAsking tells who asks for votes, and does not stand for election since others would not grant
// them.
func (l *liveness) vainAsking() string {
	if l.asking == 0 {
		return ""
	}
	return ", though they ask whether they could win: " + l.asking.String()
}

// idleFor tells whether nobody has stood for election for most of the time.
func (l *liveness) idleFor(now vtime.Time) bool { return now.Sub(l.last) > now.Sub(l.since)/2 }

// struggle tells of elections that come to nothing; "" where there were not enough of them.
func (l *liveness) struggle() string {
	const several = 3
	if l.elections < several {
		return ""
	}
	return fmt.Sprintf(": a livelock of %d elections, terms %d to %d, in which %v stood",
		l.elections, l.from, l.to, l.stood)
}

// lacksAnswers names the requests that are open, those that have been for the longest time first.
func (j *Judges) lacksAnswers() string {
	l := &j.phase
	if len(l.open) == 0 {
		return ""
	}
	sorted := slices.SortedFunc(slices.Values(l.open), func(a, b openRequest) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.client, b.client),
			cmp.Compare(a.number, b.number))
	})
	var parts []string
	for _, q := range sorted[:min(len(sorted), namedMax)] {
		parts = append(parts, fmt.Sprintf("%s since %v", j.named(q.request), q.since))
	}
	text := "open are " + strings.Join(parts, ", ")
	if more := len(sorted) - namedMax; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
