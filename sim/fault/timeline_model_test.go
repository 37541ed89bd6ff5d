package fault_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// timelineMachine drives a timeline and a naive model: a list of what is in force.
type timelineMachine struct {
	timeline *fault.Timeline
	faults   []fault.Fault
	called   map[int]bool // of those that follow another
	begun    map[int]bool
	model    []inForce
}

type inForce struct {
	i      int
	struck raft.ServerSet
	since  vtime.Time
}

// onLinks are the verbs that heal ends.
var onLinks = []record.Verb{
	record.Partition, record.Isolate, record.Cut, record.SlowLink, record.Clog, record.Loss,
	record.Duplicate,
}

func (m *timelineMachine) Begin(t *rapid.T) {
	i := rapid.IntRange(0, len(m.faults)-1).Draw(t, "fault")
	if m.begun[i] || m.faults[i].After != "" && !m.called[i] {
		t.Skip("every fault begins once, in its turn")
	}
	m.begun[i] = true
	struck := raft.ServerSet(rapid.IntRange(1, 7).Draw(t, "struck")) << 1
	now := vtime.Time(len(m.begun))
	m.timeline.Begin(i, now, struck)
	do := m.faults[i].Do
	if do.Lasts() {
		m.model = append(m.model, inForce{i, struck, now})
	}
	for j := range m.model {
		switch other := m.faults[m.model[j].i].Do; {
		case do == record.Restart && other == record.Crash, do == record.Resume && other == record.Pause:
			m.model[j].struck &^= struck
		case do == record.Heal && slices.Contains(onLinks, other):
			m.model[j].struck = 0
		}
	}
	m.model = slices.DeleteFunc(m.model, func(f inForce) bool { return f.struck == 0 })
}

func (m *timelineMachine) End(t *rapid.T) {
	i := rapid.IntRange(0, len(m.faults)-1).Draw(t, "fault")
	before := len(m.model)
	m.model = slices.DeleteFunc(m.model, func(f inForce) bool { return f.i == i })
	if got, want := m.timeline.End(i), len(m.model) < before; got != want {
		t.Fatalf("fault %d was in force: %v, want %v", i, got, want)
	}
}

// Add adds a fault to the end, as a nemesis does.
func (m *timelineMachine) Add(t *rapid.T) {
	if len(m.faults) > 60 {
		t.Skip("enough")
	}
	f := anyFault(t, len(m.faults))
	m.timeline.Add(f)
	m.faults = append(m.faults, f)
}

func (m *timelineMachine) Follow(t *rapid.T) {
	var want []int
	for i := range m.faults {
		after := m.faults[i].After
		if after == "" || m.called[i] {
			continue
		}
		first := slices.IndexFunc(m.faults, func(f fault.Fault) bool { return f.Name == after })
		if first >= 0 && m.begun[first] && m.inForce(first) == nil {
			want = append(want, i)
		}
	}
	for _, i := range want {
		m.called[i] = true
	}
	if got := m.timeline.Following(); !slices.Equal(got, want) {
		t.Fatalf("%v follow, want %v", got, want)
	}
}

func (m *timelineMachine) inForce(i int) *inForce {
	for j := range m.model {
		if m.model[j].i == i {
			return &m.model[j]
		}
	}
	return nil
}

// Check compares what is in force, and whom it strikes.
func (m *timelineMachine) Check(t *rapid.T) {
	held := map[record.Verb]raft.ServerSet{}
	ending := false
	for i := range m.faults {
		f := m.inForce(i)
		if m.timeline.InForce(i) != (f != nil) {
			t.Fatalf("fault %d is in force: %v", i, f == nil)
		}
		if f == nil {
			continue
		}
		if m.timeline.Struck(i) != f.struck || m.timeline.Since(i) != f.since {
			t.Fatalf("fault %d has struck %b since %v, want %+v", i, m.timeline.Struck(i), m.timeline.Since(i), *f)
		}
		held[m.faults[i].Do] |= f.struck
		ending = ending || m.faults[i].For != 0
	}
	if m.timeline.Ending() != ending || m.timeline.Len() != len(m.faults) {
		t.Fatalf("ending: %v, want %v; %d faults", m.timeline.Ending(), ending, m.timeline.Len())
	}
	for _, verb := range record.Verbs() {
		if got := m.timeline.Held(verb); got != held[verb] {
			t.Fatalf("%v holds %b, want %b", verb, got, held[verb])
		}
		for id := raft.ServerID(1); id <= 3; id++ {
			m.checkLast(t, verb, id)
		}
	}
	m.checkLinks(t)
}

// checkLast: of several faults the last in the list counts, whenever it began.
func (m *timelineMachine) checkLast(t *rapid.T, verb record.Verb, id raft.ServerID) {
	last := -1
	for _, f := range m.model {
		if m.faults[f.i].Do == verb && f.struck.Has(id) {
			last = max(last, f.i)
		}
	}
	got := m.timeline.Last(verb, id)
	if (got == nil) != (last < 0) || got != nil && got != m.timeline.Fault(last) {
		t.Fatalf("the last %v on %v is %v, want fault %d", verb, id, got, last)
	}
}

// checkLinks: each fault in force that strikes links is told with those, in the order of the list.
func (m *timelineMachine) checkLinks(t *rapid.T) {
	var want, got []string
	for i, f := range m.faults {
		now := m.inForce(i)
		if now == nil || !slices.Contains(onLinks, f.Do) {
			continue
		}
		var links fault.Links
		for from := raft.ServerID(1); from <= 3; from++ {
			for to := raft.ServerID(1); to <= 3; to++ {
				struck := now.struck.Has(from) || now.struck.Has(to)
				switch {
				case f.Do == record.Partition:
					struck = f.Groups[0].Has(from) != f.Groups[0].Has(to)
				case f.From != raft.None:
					struck = from == f.From && to == f.To || f.Both && from == f.To && to == f.From
				}
				if struck && from != to {
					links[from] = links[from].With(to)
				}
			}
		}
		want = append(want, fmt.Sprint(f.Name, " ", cutsText(&links)))
	}
	for f, links := range m.timeline.OnLinks(raft.Servers(3)) {
		got = append(got, fmt.Sprint(f.Name, " ", cutsText(links)))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("on links are %q, want %q", got, want)
	}
}

// anyFault draws the fault of that number: of whatever verb, perhaps after another, before it or not.
func anyFault(t *rapid.T, i int) fault.Fault {
	f := fault.Fault{
		Name: fmt.Sprint("fault ", i), Do: rapid.SampledFrom(record.Verbs()).Draw(t, "do"), Rate: choice.One,
	}
	if rapid.IntRange(0, 3).Draw(t, "follows") == 0 {
		if after := rapid.IntRange(0, 20).Draw(t, "after"); after != i {
			f.After = fmt.Sprint("fault ", after)
		}
	}
	if f.Do.Lasts() {
		f.For = vtime.Duration(rapid.IntRange(0, 1).Draw(t, "for"))
	}
	switch shape := rapid.IntRange(0, 2).Draw(t, "shape"); {
	case f.Do == record.Partition:
		f.Groups = []raft.ServerSet{raft.ServerSet(rapid.IntRange(1, 7).Draw(t, "group")) << 1}
	case slices.Contains(onLinks, f.Do) && f.Do != record.Isolate && (shape > 0 || f.Do == record.Cut):
		f.From = raft.ServerID(rapid.IntRange(1, 3).Draw(t, "from"))
		f.To, f.Both = f.From%3+1, shape == 1
	default:
		f.Node = fault.Target{Kind: fault.Random}
	}
	return f
}

func TestTheTimelineIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var faults []fault.Fault
		for i := range 30 {
			faults = append(faults, anyFault(t, i))
		}
		m := &timelineMachine{
			timeline: timelineOf(faults...), faults: slices.Clone(faults),
			called: map[int]bool{}, begun: map[int]bool{},
		}
		actions := rapid.StateMachineActions(m)
		actions[""] = m.Check
		t.Repeat(actions)
	})
}
