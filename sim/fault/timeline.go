package fault

import (
	"iter"
	"slices"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Timeline is the faults of a run and which of them are in force. A server is down, paused or cut
// off for as long as any fault in force holds it so; faults may overlap. Of several that say how
// slow something is, or how a clock runs, the last in the list counts.
//
// What there is to do at a moment costs what is in force then and what waits, however many faults
// are over: active are the places of those in force and follow of those that wait for another one
// to be over, both in the order of the list. states[i].active == (i is in active). named is the
// place of the first fault of each name.
type Timeline struct {
	faults []Fault
	states []state
	active []int
	follow []int
	named  map[string]int
}

// state is what became of a fault so far.
type state struct {
	begun  bool
	active bool
	since  vtime.Time
	struck raft.ServerSet // who is still struck; 0 if it strikes no servers
}

// Reset makes the timeline that of a new run; it keeps its memory, and none of the faults.
func (t *Timeline) Reset(faults []Fault) {
	clear(t.faults)
	clear(t.named)
	*t = Timeline{
		faults: t.faults[:0], states: t.states[:0], active: t.active[:0], follow: t.follow[:0],
		named: t.named,
	}
	for i := range faults {
		t.Add(faults[i])
	}
}

// Add adds a fault to the end of the list.
func (t *Timeline) Add(f Fault) {
	i := len(t.faults)
	t.faults = append(t.faults, f)
	t.states = append(t.states, state{})
	if f.After != "" {
		t.follow = append(t.follow, i)
	}
	if _, twice := t.named[f.Name]; f.Name != "" && !twice {
		if t.named == nil {
			t.named = make(map[string]int)
		}
		t.named[f.Name] = i
	}
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
		if at, in := slices.BinarySearch(t.active, i); !in {
			t.active = slices.Insert(t.active, at, i)
		}
	}
}

// release frees servers from all faults of a verb.
func (t *Timeline) release(from record.Verb, servers raft.ServerSet) {
	t.endIf(func(f *Fault, s *state) bool {
		if f.Do == from {
			s.struck &^= servers
		}
		return f.Do == from && s.struck == 0
	})
}

func (t *Timeline) heal() {
	t.endIf(func(f *Fault, _ *state) bool { return f.strikesLinks() })
}

// endIf takes those faults out of force of which it is said that they are over.
func (t *Timeline) endIf(over func(*Fault, *state) bool) {
	t.active = slices.DeleteFunc(t.active, func(i int) bool {
		s := &t.states[i]
		s.active = !over(&t.faults[i], s)
		return !s.active
	})
}

// Heal frees the servers of a core of all that strikes servers, and ends what strikes no link but
// those among them. What strikes a link between the core and another of the members stays.
func (t *Timeline) Heal(core, members raft.ServerSet) {
	t.endIf(func(f *Fault, s *state) bool {
		if f.strikesLinks() {
			links := f.links(s.struck, members)
			return !links.leave(core)
		}
		s.struck &^= core
		return s.struck == 0
	})
}

// Following returns the faults that are to begin now because the one that they come after is over,
// in the order of the list. It returns each once.
func (t *Timeline) Following() []int {
	var following []int
	t.follow = slices.DeleteFunc(t.follow, func(i int) bool {
		begins := t.isOver(t.faults[i].After)
		if begins {
			following = append(following, i)
		}
		return begins
	})
	return following
}

// isOver tells whether the fault of that name has begun, and is not in force.
func (t *Timeline) isOver(name string) bool {
	i, any := t.named[name]
	return any && t.states[i].begun && !t.states[i].active
}

// Ending tells whether a fault is in force that will end by itself.
func (t *Timeline) Ending() bool {
	return slices.ContainsFunc(t.active, func(i int) bool { return t.faults[i].For != 0 })
}

// End takes the i-th fault out of force, and tells whether it still was.
func (t *Timeline) End(i int) bool {
	at, was := slices.BinarySearch(t.active, i)
	if was {
		t.active = slices.Delete(t.active, at, at+1)
		t.states[i].active = false
	}
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
	for _, i := range t.active {
		if t.faults[i].Do == by {
			set |= t.states[i].struck
		}
	}
	return set
}

// Last returns the last fault in the list that is of the verb, in force, and strikes the server;
// nil if there is none.
func (t *Timeline) Last(do record.Verb, on raft.ServerID) *Fault {
	for _, i := range slices.Backward(t.active) {
		if t.faults[i].Do == do && t.states[i].struck.Has(on) {
			return &t.faults[i]
		}
	}
	return nil
}

// OnLinks returns the faults in force that strike links, in the order of the list, each with the
// links that it strikes among the members.
func (t *Timeline) OnLinks(members raft.ServerSet) iter.Seq2[*Fault, *Links] {
	return func(yield func(*Fault, *Links) bool) {
		for _, i := range t.active {
			f := &t.faults[i]
			if !f.strikesLinks() {
				continue
			}
			links := f.links(t.states[i].struck, members)
			if !yield(f, &links) {
				return
			}
		}
	}
}
