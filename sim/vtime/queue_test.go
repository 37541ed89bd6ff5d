package vtime

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// compareByParts orders keys by what they were made of, without a look at how they are packed.
func compareByParts(a, b Event) int {
	switch {
	case a.At != b.At:
		return int(a.At - b.At)
	case a.Class() != b.Class():
		return int(a.Class()) - int(b.Class())
	case a.Source() != b.Source():
		return int(a.Source()) - int(b.Source())
	default:
		return int(a.Ordinal()) - int(b.Ordinal())
	}
}

func TestKeyKeepsItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := Time(rapid.Int64Min(0).Draw(t, "at"))
		class := Class(rapid.IntRange(int(ClassFault), int(ClassClient)).Draw(t, "class"))
		source := rapid.Uint32Range(0, MaxSource).Draw(t, "source")
		ordinal := rapid.Uint64Range(0, MaxOrdinal).Draw(t, "ordinal")
		k := MakeKey(at, class, source, ordinal)
		if k.At != at || k.Class() != class || k.Source() != source || k.Ordinal() != ordinal {
			t.Fatalf("made of %d, %d, %d, %d; gives %d, %d, %d, %d", at, class, source, ordinal,
				k.At, k.Class(), k.Source(), k.Ordinal())
		}
	})
}

// The order of the classes is part of what a recorded run means.
func TestKeysAreOrderedByTimeClassSourceOrdinal(t *testing.T) {
	inOrder := []Key{
		MakeKey(0, ClassFault, 0, 0),
		MakeKey(7, ClassFault, MaxSource, MaxOrdinal),
		MakeKey(7, ClassTimer, 0, 0),
		MakeKey(7, ClassTimer, MaxSource, MaxOrdinal),
		MakeKey(7, ClassDisk, 0, 0),
		MakeKey(7, ClassMessage, 0, 0),
		MakeKey(7, ClassMessage, 1, MaxOrdinal),
		MakeKey(7, ClassMessage, 2, 3),
		MakeKey(7, ClassMessage, 2, 4),
		MakeKey(7, ClassClient, 0, 0),
		MakeKey(8, ClassFault, 0, 0),
		MakeKey(Never, ClassFault, 0, 0),
	}
	for i, a := range inOrder {
		for j, b := range inOrder {
			if a.Before(b) != (i < j) {
				t.Errorf("key %d before key %d: %v, want %v", i, j, a.Before(b), i < j)
			}
		}
	}
}

func TestKeyRefusesWhatItCannotHold(t *testing.T) {
	mustPanic(t, "class 0", func() { MakeKey(0, 0, 1, 1) })
	mustPanic(t, "a class beyond the last", func() { MakeKey(0, ClassClient+1, 1, 1) })
	mustPanic(t, "a source too great", func() { MakeKey(0, ClassDisk, MaxSource+1, 1) })
	mustPanic(t, "an ordinal too great", func() { MakeKey(0, ClassDisk, 1, MaxOrdinal+1) })
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

// queueMachine drives a queue and a sorted slice side by side.
type queueMachine struct {
	queue  Queue
	sorted []Event
	now    Time
	pushed uint64
}

// Push draws from few times, classes and sources, so that nearly all events tie on some part of
// their key. The ordinal makes keys unique without growing with time: half count down.
func (m *queueMachine) Push(t *rapid.T) {
	m.pushed++
	ordinal := m.pushed
	if m.pushed%2 == 0 {
		ordinal = 1<<20 - m.pushed
	}
	at := m.now + Time(rapid.IntRange(0, 2).Draw(t, "ahead"))
	class := Class(rapid.IntRange(int(ClassFault), int(ClassClient)).Draw(t, "class"))
	source := rapid.Uint32Range(0, 2).Draw(t, "source")
	handle := rapid.Uint32().Draw(t, "handle")
	event := Event{Key: MakeKey(at, class, source, ordinal), Handle: handle}
	m.queue.Push(event)
	place, _ := slices.BinarySearchFunc(m.sorted, event, compareByParts)
	m.sorted = slices.Insert(m.sorted, place, event)
}

// PushMany makes the heap deep enough for its lower levels to be tested.
func (m *queueMachine) PushMany(t *rapid.T) {
	for range rapid.IntRange(1, 40).Draw(t, "many") {
		m.Push(t)
	}
}

func (m *queueMachine) Pop(t *rapid.T) {
	got, ok := m.queue.Pop()
	if ok != (len(m.sorted) > 0) {
		t.Fatalf("Pop says %v with %d events pending", ok, len(m.sorted))
	}
	if !ok {
		return
	}
	if got != m.sorted[0] {
		t.Fatalf("Pop gives %v, want %v", got, m.sorted[0])
	}
	m.sorted = m.sorted[1:]
	m.now = got.At
}

func (m *queueMachine) PopMany(t *rapid.T) {
	for range rapid.IntRange(1, 40).Draw(t, "many") {
		m.Pop(t)
	}
}

func (m *queueMachine) Reset(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "reset") == 0 {
		m.queue.Reset()
		m.sorted = nil
		m.now = 0
	}
}

func (m *queueMachine) Check(t *rapid.T) {
	if m.queue.Len() != len(m.sorted) {
		t.Fatalf("Len is %d, want %d", m.queue.Len(), len(m.sorted))
	}
	got, ok := m.queue.Peek()
	if ok != (len(m.sorted) > 0) || ok && got != m.sorted[0] {
		t.Fatalf("Peek gives %v, %v; the sorted slice is %v", got, ok, m.sorted)
	}
	if pending := m.queue.Pending(); !slices.Equal(pending, m.sorted) {
		t.Fatalf("pending are %v; the sorted slice is %v", pending, m.sorted)
	}
}

func TestQueueAgreesWithASortedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		machine := &queueMachine{}
		t.Repeat(rapid.StateMachineActions(machine))
	})
}

// The same set of events comes out in the same order, however it was pushed.
func TestQueueOrderDoesNotDependOnWhenEventsWerePushed(t *testing.T) {
	var events []Event
	for i := range 60 {
		key := MakeKey(Time(i%3), Class(i%5+1), uint32(i%4), 0)
		events = append(events, Event{Key: key, Handle: uint32(i)})
	}
	want := slices.SortedFunc(slices.Values(events), compareByParts)
	rapid.Check(t, func(t *rapid.T) {
		var q Queue
		for _, event := range rapid.Permutation(events).Draw(t, "pushed") {
			q.Push(event)
		}
		for i := range want {
			if got, _ := q.Pop(); got != want[i] {
				t.Fatalf("event %d is %v, want %v", i, got, want[i])
			}
		}
	})
}

func TestQueueRefusesThePast(t *testing.T) {
	var q Queue
	q.Push(Event{Key: MakeKey(10, ClassMessage, 1, 1)})
	q.Push(Event{Key: MakeKey(5, ClassMessage, 1, 2)})
	q.Pop()
	q.Pop()
	mustPanic(t, "an event before the last one popped", func() {
		q.Push(Event{Key: MakeKey(9, ClassMessage, 1, 3)})
	})
	q.Push(Event{Key: MakeKey(10, ClassFault, 1, 1)}) // an earlier class of this instant is fine
	q.Reset()
	mustPanic(t, "an event before the run", func() {
		q.Push(Event{Key: MakeKey(-1, ClassFault, 1, 1)})
	})
	q.Push(Event{Key: MakeKey(0, ClassFault, 1, 1)}) // a new run starts at 0
}

func TestQueueGivesHugeMemoryBack(t *testing.T) {
	for _, test := range []struct {
		pending int
		keeps   bool
	}{{1000, true}, {keptMax + 1, false}} {
		q := filledQueue(test.pending)
		q.Reset()
		if keeps := cap(q.heap) > 0; keeps != test.keeps {
			t.Errorf("of %d events it keeps room for %d", test.pending, cap(q.heap))
		}
		q.Push(Event{Key: MakeKey(0, ClassFault, 1, 1)})
		if event, any := q.Pop(); !any || event.Ordinal() != 1 || q.Len() != 0 {
			t.Errorf("after the reset it gives %v, %v", event, any)
		}
	}
}

func TestQueueDoesNotAllocate(t *testing.T) {
	q := filledQueue(500)
	var ordinal uint64
	if n := testing.AllocsPerRun(1000, func() { popPush(q, &ordinal) }); n != 0 {
		t.Errorf("pop and push allocate %v times, want 0", n)
	}
	again := func() {
		q.Reset()
		for i := range uint64(500) {
			q.Push(Event{Key: MakeKey(0, ClassDisk, 0, i)})
		}
	}
	if n := testing.AllocsPerRun(10, again); n != 0 {
		t.Errorf("a queue filled again allocates %v times, want 0", n)
	}
}
