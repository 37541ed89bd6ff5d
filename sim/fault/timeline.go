package fault

import (
	"iter"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Timeline is the faults of a run and which of them are in force. A server is down, paused or cut
// off for as long as any fault in force holds it so; faults may overlap. Of several that say how
// slow something is, or how a clock runs, the last in the list counts.
type Timeline struct {
	faults []Fault
	states []state
}

// state is what became of a fault so far.
type state struct {
	called bool // as one that follows another: it is about to begin, or has begun
	begun  bool
	active bool
	since  vtime.Time
	struck raft.ServerSet // who is still struck; 0 if it strikes no servers
}

// Reset makes the timeline that of a new run; it keeps its memory, and none of the faults.
func (t *Timeline) Reset(faults []Fault) {
	t.faults = append(t.faults[:0], faults...)
	t.states = append(t.states[:0], make([]state, len(faults))...)
}

// Add adds a fault to the end of the list.
func (t *Timeline) Add(f Fault) {
	t.faults = append(t.faults, f)
	t.states = append(t.states, state{})
}

// Len returns how many faults there are.
func (t *Timeline) Len() int { return len(t.faults) }

// Fault returns the i-th fault, to be looked at.
func (t *Timeline) Fault(i int) *Fault { return &t.faults[i] }

// Begin puts the i-th fault in force, now; struck are the servers that it strikes, if it strikes
// any. A counterpart ends what it is the counterpart of instead, and what strikes once is over.
func (t *Timeline) Begin(i int, now vtime.Time, struck raft.ServerSet) {
	s := &t.states[i]
	s.begun = true
	switch f := &t.faults[i]; {
	case f.Do == record.Restart:
		t.release(record.Crash, struck)
	case f.Do == record.Resume:
		t.release(record.Pause, struck)
	case f.Do == record.Heal:
		t.heal()
	case f.Do.Lasts():
		s.active, s.since, s.struck = true, now, struck
	}
}

// release frees servers from all faults of a verb.
func (t *Timeline) release(from record.Verb, servers raft.ServerSet) {
	for i := range t.states {
		if s := &t.states[i]; s.active && t.faults[i].Do == from {
			s.struck &^= servers
			s.active = s.struck != 0
		}
	}
}

func (t *Timeline) heal() {
	for i := range t.states {
		if t.faults[i].strikesLinks() {
			t.states[i].active = false
		}
	}
}

// Following returns the faults that are to begin now because the one that they come after is over,
// in the order of the list. It returns each once.
func (t *Timeline) Following() []int {
	var following []int
	for i := range t.states {
		if t.faults[i].After != "" && !t.states[i].called && t.isOver(t.faults[i].After) {
			t.states[i].called = true
			following = append(following, i)
		}
	}
	return following
}

// isOver tells whether the fault of that name has begun, and is not in force.
func (t *Timeline) isOver(name string) bool {
	for i := range t.faults {
		if t.faults[i].Name == name {
			return t.states[i].begun && !t.states[i].active
		}
	}
	return false
}

// Ending tells whether a fault is in force that will end by itself.
func (t *Timeline) Ending() bool {
	for i := range t.states {
		if t.states[i].active && t.faults[i].For != 0 {
			return true
		}
	}
	return false
}

// End takes the i-th fault out of force, and tells whether it still was.
func (t *Timeline) End(i int) bool {
	was := t.states[i].active
	t.states[i].active = false
	return was
}

// Begun tells whether the i-th fault has begun, whether or not it found anybody to strike.
func (t *Timeline) Begun(i int) bool { return t.states[i].begun }

// InForce tells whether the i-th fault is in force.
func (t *Timeline) InForce(i int) bool { return t.states[i].active }

// Since returns when the i-th fault, being in force, began.
func (t *Timeline) Since(i int) vtime.Time { return t.states[i].since }

// Struck returns the servers that the i-th fault, being in force, still strikes.
func (t *Timeline) Struck(i int) raft.ServerSet { return t.states[i].struck }

// Held returns the servers that some fault of the verb in force strikes.
func (t *Timeline) Held(by record.Verb) raft.ServerSet {
	var set raft.ServerSet
	for i := range t.states {
		if t.states[i].active && t.faults[i].Do == by {
			set |= t.states[i].struck
		}
	}
	return set
}

// Last returns the last fault in the list that is of the verb, in force, and strikes the server;
// nil if there is none.
func (t *Timeline) Last(do record.Verb, on raft.ServerID) *Fault {
	for i := len(t.states) - 1; i >= 0; i-- {
		if s := &t.states[i]; s.active && t.faults[i].Do == do && s.struck.Has(on) {
			return &t.faults[i]
		}
	}
	return nil
}

// OnLinks returns the faults in force that strike links, in the order of the list, each with the
// links that it strikes among the members.
func (t *Timeline) OnLinks(members raft.ServerSet) iter.Seq2[*Fault, *Links] {
	return func(yield func(*Fault, *Links) bool) {
		for i := range t.states {
			f, s := &t.faults[i], &t.states[i]
			if !s.active || !f.strikesLinks() {
				continue
			}
			links := f.links(s.struck, members)
			if !yield(f, &links) {
				return
			}
		}
	}
}
