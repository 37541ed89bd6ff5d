package fault

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// Timeline is the faults of a run and which of them are in force. A server is down, paused or cut
// off for as long as any fault in force holds it so; faults may overlap.
type Timeline struct {
	faults []Fault
	active []bool
	struck []raft.ServerID // by each fault in force
}

// Reset makes the timeline that of a new run; it keeps its memory, and the faults.
func (t *Timeline) Reset(faults []Fault) {
	t.faults = faults
	t.active = append(t.active[:0], make([]bool, len(faults))...)
	t.struck = append(t.struck[:0], make([]raft.ServerID, len(faults))...)
}

// Begin puts the i-th fault in force; server is whom it strikes, if it strikes one. A counterpart
// ends what it is the counterpart of instead.
func (t *Timeline) Begin(i int, server raft.ServerID) {
	switch t.faults[i].Do {
	case record.Restart:
		t.endAll(func(j int) bool { return t.holds(j, record.Crash, server) })
	case record.Resume:
		t.endAll(func(j int) bool { return t.holds(j, record.Pause, server) })
	case record.Heal:
		t.endAll(func(j int) bool { return t.faults[j].cuts() })
	default:
		t.active[i] = true
		t.struck[i] = server
	}
}

func (t *Timeline) holds(i int, by record.Verb, server raft.ServerID) bool {
	return t.faults[i].Do == by && t.struck[i] == server
}

func (t *Timeline) endAll(which func(i int) bool) {
	for i := range t.active {
		if which(i) {
			t.active[i] = false
		}
	}
}

// Ending tells whether a fault is in force that will end by itself.
func (t *Timeline) Ending() bool {
	for i, active := range t.active {
		if active && t.faults[i].For != 0 {
			return true
		}
	}
	return false
}

// End takes the i-th fault out of force, and tells whether it still was.
func (t *Timeline) End(i int) bool {
	was := t.active[i]
	t.active[i] = false
	return was
}

// InForce tells whether the i-th fault is in force.
func (t *Timeline) InForce(i int) bool { return t.active[i] }

// Struck returns the server that the i-th fault struck when it came in force; None if it struck no
// single one.
func (t *Timeline) Struck(i int) raft.ServerID { return t.struck[i] }

// Down returns the servers that a crash in force holds down.
func (t *Timeline) Down() raft.ServerSet { return t.held(record.Crash) }

// Paused returns the servers that a pause in force holds.
func (t *Timeline) Paused() raft.ServerSet { return t.held(record.Pause) }

func (t *Timeline) held(by record.Verb) raft.ServerSet {
	var set raft.ServerSet
	for i, active := range t.active {
		if active && t.faults[i].Do == by {
			set = set.With(t.struck[i])
		}
	}
	return set
}

func (f *Fault) cuts() bool {
	return f.Do == record.Partition || f.Do == record.Isolate || f.Do == record.Cut
}

// Cuts tells for each server to which others its messages do not get through.
type Cuts [raft.MaxServers + 1]raft.ServerSet

func (c *Cuts) add(from, to raft.ServerID) { c[from] = c[from].With(to) }

// Cuts returns what the faults in force cut, among the members.
func (t *Timeline) Cuts(members raft.ServerSet) Cuts {
	var cuts Cuts
	for i, active := range t.active {
		if active {
			t.faults[i].cut(&cuts, t.struck[i], members)
		}
	}
	return cuts
}

func (f *Fault) cut(cuts *Cuts, struck raft.ServerID, members raft.ServerSet) {
	switch f.Do {
	case record.Partition:
		rest := members
		for _, group := range f.Groups {
			separate(cuts, group, members&^group)
			rest &^= group
		}
		separate(cuts, rest, members&^rest)
	case record.Isolate:
		island := raft.SetOf(struck)
		separate(cuts, island, members&^island)
		separate(cuts, members&^island, island)
	case record.Cut:
		cuts.add(f.From, f.To)
		if f.Both {
			cuts.add(f.To, f.From)
		}
	}
}

// separate cuts all directions from one set to the other.
func separate(cuts *Cuts, from, to raft.ServerSet) {
	for id := from.Next(raft.None); id != raft.None; id = from.Next(id) {
		for peer := to.Next(raft.None); peer != raft.None; peer = to.Next(peer) {
			cuts.add(id, peer)
		}
	}
}
