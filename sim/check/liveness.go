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
	excuse    string // why no Raft need be live in this world; "" for no reason
	elections bool   // it is one for elections that come to nothing, and for nothing else

	healed bool
	core   raft.ServerSet
	cut    bool // nobody else reaches the core
	since  vtime.Time
	bound  vtime.Duration
	seen   vtime.Time     // the time up to here is accounted for
	lost   vtime.Duration // of it, what does not count: somebody outside of the core led
	usurps raft.ServerSet // who did

	moves  moves
	asking raft.ServerSet // who ask now whether they could win an election (thesis §9.6)

	open   []openRequest // in no order
	places map[request]int
}

// moves are what those who have healed have done since: it tells a livelock from a deadlock.
type moves struct {
	elections, won uint64
	from, to       raft.Term // the terms of the first and the last
	stood          raft.ServerSet
	lastElection   vtime.Time // when the last of each was; zero before the first
	lastAsking     vtime.Time
	lastCommit     vtime.Time
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
	l.since, l.seen = r.At, r.At
}

// keepTime accounts for the time until the record at hand: what has passed in the second phase
// while a server led that is not of the core, but can reach it, does not count.
func (j *Judges) keepTime() {
	l := &j.phase
	if !l.healed || j.at <= l.seen {
		return
	}
	if id := j.outsider(); id != raft.None {
		l.lost += j.at.Sub(l.seen)
		l.usurps = l.usurps.With(id)
	}
	l.seen = j.at
}

// noteMove takes notice of what one of those who have healed does.
func (j *Judges) noteMove(r *record.Record) {
	if !j.phase.healed || !j.phase.core.Has(r.Server) {
		return
	}
	m := &j.phase.moves
	switch r.Kind {
	case record.BecamePreCandidate:
		m.lastAsking = r.At
	case record.BecameCandidate:
		if m.elections == 0 {
			m.from = r.Term
		}
		m.elections++
		m.to, m.lastElection = max(m.to, r.Term), r.At
		m.stood = m.stood.With(r.Server)
	case record.BecameLeader:
		m.won++
	case record.Committed:
		m.lastCommit = r.At
	}
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
	if r.Ending == record.Stuck {
		what += j.standstill()
	}
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
	inVain := l.moves.livelock() && l.lately(l.moves.lastElection, now) ||
		l.lately(l.moves.lastAsking, now)
	if l.elections && !inVain {
		return ""
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

// lacksLeader says that nobody leads who has committed an entry of the term; "" where somebody
// does.
func (j *Judges) lacksLeader() string {
	leader := &j.servers[raft.None]
	running := j.running()
	for id := running.Next(raft.None); id != raft.None; id = running.Next(id) {
		if s := &j.servers[id]; s.reign > leader.reign {
			leader = s
		}
	}
	outsider := j.outsider()
	switch {
	case leader.reign != 0 && leader.ruled == leader.reign:
		return ""
	case leader.reign != 0:
		return fmt.Sprintf("%v leads term %d, but has committed nothing of it",
			leader.id, leader.reign)
	case outsider != raft.None:
		return fmt.Sprintf("nobody of %v leads, but %v", j.phase.core, outsider)
	}
	return "nobody leads"
}

// standstill tells why what is lacking does not come: elections that go on and on are a livelock,
// and where nobody moves, that is a deadlock. Work that goes on is neither.
func (j *Judges) standstill() string {
	l, m := &j.phase, &j.phase.moves
	electing := l.lately(m.lastElection, j.at)
	switch {
	case electing && m.livelock():
		return fmt.Sprintf(": a livelock of %d elections, %d of them won, terms %d to %d, in "+
			"which %v stood", m.elections, m.won, m.from, m.to, m.stood)
	case l.lately(m.lastCommit, j.at):
		return fmt.Sprintf(": it is still at work, and has last committed at %v", m.lastCommit)
	case electing || j.outsider() != raft.None:
		return ""
	}
	text := ": a deadlock, in which nobody has stood for election" + since(m.lastElection) +
		" and nothing was committed" + since(m.lastCommit)
	if l.asking != 0 {
		text += ", though they ask whether they could win: " + l.asking.String()
	}
	return text
}

func since(last vtime.Time) string {
	if last == 0 {
		return ""
	}
	return fmt.Sprintf(" since %v", last)
}

// livelock tells whether there were so many elections that they are not a beginning.
func (m *moves) livelock() bool {
	const several = 3
	return m.elections >= several
}

// lately tells whether something was last done in the later half of the phase.
func (l *liveness) lately(last, now vtime.Time) bool {
	return last != 0 && now.Sub(last) <= now.Sub(l.since)/2
}

// outsider returns who leads of those who have not healed, and can reach those who have.
func (j *Judges) outsider() raft.ServerID {
	if j.phase.cut {
		return raft.None
	}
	outside := j.alive &^ j.paused &^ j.phase.core
	for id := outside.Next(raft.None); id != raft.None; id = outside.Next(id) {
		if j.servers[id].reign != 0 {
			return id
		}
	}
	return raft.None
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
