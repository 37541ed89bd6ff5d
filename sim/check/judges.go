package check

import (
	"cmp"
	"fmt"
	"slices"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Violation is a promise broken, and where.
type Violation struct {
	Check  Check
	Event  uint64 // of the record that convicts; of an operation, that in which it returned
	At     vtime.Time
	Record record.Kind // of that record; Finished for what only the end of the run can tell
	// Message is one sentence, without a full stop, for people who know Raft.
	Message string
}

// Judges watch one run at a time. Call Reset before each run, Observe for each record of it, Finish
// after the last. A record costs amortised O(1), and no allocation once the memory of earlier runs
// is large enough.
//
// Judges that have convicted go on: any stream of records is legal, however torn.
type Judges struct {
	tree    tree
	servers [raft.MaxServers + 1]server
	started raft.ServerSet // ever: the cluster, of which a majority decides
	alive   raft.ServerSet // started, and not crashed since
	paused  raft.ServerSet
	dark    raft.ServerSet // nobody knows what log is on their disks: that is not judged

	reigns    []reign      // one for each election, in the order of their terms
	committed []commitment // by index, as leaders committed it first; committed[0] is nothing
	applied   []application
	fates     map[request]fate
	reads     map[request]read
	// deliveries has what became of each delivery of a request: Proposed or Refused.
	deliveries map[delivery]record.Kind

	model model

	phase liveness

	// blind says that a leader committed what its shadow does not know. From then on the end of
	// committed is not the end of what is committed.
	blind bool

	transfers bool // a leader has been asked to hand over

	off        Set
	violated   Set
	undecided  Set
	excused    Set
	violations []Violation
	excuses    []Violation
	exercised  [checkCount]uint64
	budget     uint64 // for each key, in steps of the model

	event uint64 // of the record at hand
	at    vtime.Time
	kind  record.Kind
}

// Reset makes the judges ready for another run, with the checks of off not judged. The memory they
// have is used again.
func (j *Judges) Reset(off Set) {
	j.tree.reset()
	for id := range j.servers {
		j.servers[id].id = raft.ServerID(id)
		j.servers[id].reset()
	}
	j.started, j.alive, j.paused, j.dark = 0, 0, 0, 0
	j.reigns = j.reigns[:0]
	j.committed = append(j.committed[:0], commitment{})
	j.applied = append(j.applied[:0], application{})
	if j.fates == nil {
		j.fates = make(map[request]fate)
		j.reads = make(map[request]read)
		j.deliveries = make(map[delivery]record.Kind)
	}
	clear(j.fates)
	clear(j.reads)
	clear(j.deliveries)
	j.model.reset()
	j.phase.reset()
	j.blind, j.transfers = false, false
	j.off, j.violated, j.excused = off, 0, 0
	// The end of the run decides these.
	j.undecided = SetOf(Agreement, Linearizability, Finished, Liveness)
	j.violations, j.excuses = nil, nil // whoever has the old ones may keep them
	j.exercised = [checkCount]uint64{}
	j.budget = stepBudget
	j.event, j.at, j.kind = 0, 0, 0
}

// LimitSessions tells, after Reset, how many sessions the store has room for. Who does not say so
// is taken to have no limit.
func (j *Judges) LimitSessions(most int) { j.model.max = most }

// ExcuseLiveness tells, after Reset, why no Raft need be live in the world of the run: a reason in
// words, or "" for none; and whether it is one for elections that come to nothing, and for nothing
// else.
func (j *Judges) ExcuseLiveness(reason string, elections bool) {
	j.phase.excuse, j.phase.elections = reason, elections
}

// Observe takes notice of one record. It keeps nothing that r points to.
//
// A server's records must be in the order in which things happened to it: a change of role stands
// before the changes of the log that follow from it, these before the write that saves them and the
// messages that tell of them, Committed before Applied, Delivered and Persisted before all that
// comes of them.
func (j *Judges) Observe(r *record.Record) {
	j.event, j.at, j.kind = r.Event, r.At, r.Kind
	if r.Server > raft.MaxServers {
		return // no such server: nothing can be said about it
	}
	j.keepTime()
	if tellsTerm>>r.Kind&1 == 1 {
		j.judgeTerm(r, &j.servers[r.Server])
	}
	switch r.Kind {
	case record.Delivered:
		j.onDelivered(r)
	case record.Invoked:
		j.onInvoked(r)
	case record.Proposed:
		j.onProposed(r)
	case record.Refused:
		j.onRefused(r)
	case record.TakenToRead:
		j.onTakenToRead(r)
	case record.Answered:
		j.onAnswered(r)
	case record.Returned:
		j.onReturned(r)
	case record.Panicked:
		j.onPanicked(r)
	case record.FaultBegan:
		j.transfers = j.transfers || r.Verb == record.TransferLeader
	case record.Healed:
		j.onHealed(r)
	case record.Finished:
		j.onFinished(r)
	default:
		if r.Server != raft.None {
			j.observeServer(r, &j.servers[r.Server])
		}
	}
}

func (j *Judges) observeServer(r *record.Record, s *server) {
	if s.restarting && r.Kind != record.Recovered {
		j.onRestored(s) // it goes on with less than was announced
	}
	switch r.Kind {
	case record.Started, record.Restarted:
		j.onRestarted(r, s)
	case record.Crashed:
		j.phase.asking = j.phase.asking.Without(s.id)
		j.onCrashed(s)
	case record.Paused:
		j.paused = j.paused.With(s.id)
	case record.Resumed:
		j.paused = j.paused.Without(s.id)
	case record.BecameFollower:
		s.reign = 0
		j.phase.asking = j.phase.asking.Without(s.id)
	case record.BecamePreCandidate:
		s.reign = 0
		j.phase.asking = j.phase.asking.With(s.id)
		j.noteMove(r)
	case record.BecameCandidate:
		j.phase.asking = j.phase.asking.Without(s.id)
		s.reign, s.letters.stood = 0, r.Term
		j.noteMove(r)
	case record.TimerFired:
		s.letters.answers = envelope{}
	case record.BecameLeader:
		j.onBecameLeader(r, s)
		j.noteMove(r)
	case record.Recovered:
		j.onRecovered(r, s)
	case record.Truncated:
		j.onTruncated(r, s)
	case record.Appended:
		j.onAppended(r, s)
	case record.Committed:
		j.onCommitted(r, s)
		j.noteMove(r)
	case record.Applied:
		j.onApplied(r, s)
	case record.Written:
		j.onWritten(r, s)
	case record.Persisted:
		j.onPersisted(r, s)
	case record.Held:
		j.onHeld(r, s)
	case record.Sent:
		j.onSent(r, s)
	}
}

// Violations returns the first violation of each check that has one, in the order of their events,
// and of one event in the order in which they were found. The slice is the caller's.
func (j *Judges) Violations() []Violation { return j.violations }

// First returns the violation of the earliest event, or nil; of one event, what was found first.
func (j *Judges) First() *Violation {
	if len(j.violations) == 0 {
		return nil
	}
	return &j.violations[0]
}

// Excuses returns what was violated but excused, each check once, with the excuse in its message,
// in the order in which they were found. The slice is the caller's.
func (j *Judges) Excuses() []Violation { return j.excuses }

// Status returns what became of the check so far. What only the end of the run can decide is
// undecided until then.
func (j *Judges) Status(c Check) Status {
	switch {
	case j.off.Has(c):
		return Off
	case j.violated.Has(c):
		return Violated
	case j.excused.Has(c):
		return Excused
	case j.undecided.Has(c):
		return Undecided
	}
	return OK
}

// Exercised returns how often the judge of the check had something to compare. An OK with 0 says
// nothing.
func (j *Judges) Exercised(c Check) uint64 {
	if c >= checkCount {
		return 0
	}
	return j.exercised[c]
}

// convict records a violation by the record at hand. The first of each check is the one that
// explains; what follows from it would only bury it.
func (j *Judges) convict(c Check, format string, arguments ...any) {
	if j.off.Has(c) || j.violated.Has(c) {
		return
	}
	j.violated = j.violated.With(c)
	j.violations = append(j.violations, j.violation(c, fmt.Sprintf(format, arguments...)))
	// Of the clients' history the end of the run tells what was wrong long before it.
	slices.SortStableFunc(j.violations, func(a, b Violation) int {
		return cmp.Compare(a.Event, b.Event)
	})
}

// excuse records that what happened is against the check, and why it is excused.
func (j *Judges) excuse(c Check, what, why string) {
	if j.off.Has(c) || j.excused.Has(c) {
		return
	}
	j.excused = j.excused.With(c)
	j.excuses = append(j.excuses, j.violation(c, what+"; excused: "+why))
}

// violation is one by the record at hand.
func (j *Judges) violation(c Check, message string) Violation {
	return Violation{Check: c, Event: j.event, At: j.at, Record: j.kind, Message: message}
}
