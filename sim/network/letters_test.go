package network_test

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/network"
)

// message is one with every field that a letter might forget.
func message(id int, terms ...raft.Term) *raft.Message {
	m := &raft.Message{
		Type: raft.AppendEntries, From: 1, To: 2, Term: raft.Term(id),
		LastLogIndex: 3, LastLogTerm: 4, VoteGranted: true, PrevLogIndex: 5, PrevLogTerm: 6,
		LeaderCommit: 7, Success: true, MatchIndex: 8, MatchTerm: 9, ConflictTerm: 10,
		ConflictIndex: 11,
	}
	for i, term := range terms {
		command := fmt.Sprint("command ", id, ".", i)
		m.Entries = append(m.Entries, raft.Entry{Term: term, Kind: raft.Command, Command: command})
	}
	return m
}

func clone(m *raft.Message) raft.Message {
	copied := *m
	copied.Entries = slices.Clone(m.Entries)
	return copied
}

func same(a, b *raft.Message) bool {
	x, y := *a, *b
	x.Entries, y.Entries = nil, nil
	return reflect.DeepEqual(x, y) && slices.Equal(a.Entries, b.Entries)
}

func wantLetter(t *testing.T, n *network.Network, handle uint32, want *raft.Message) {
	t.Helper()
	if got := n.Letter(handle); !same(got, want) {
		t.Fatalf("the letter reads\n%+v, want\n%+v", *got, *want)
	}
}

// The sender truncates and rewrites its log under the messages that are on their way.
func TestALetterIsACopy(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	log := message(1, 1, 1, 2).Entries
	m := message(1)
	m.Entries = log
	want := clone(m)
	handle := n.Keep(m, 1)
	for i := range log {
		log[i] = raft.Entry{Term: 99, Kind: raft.NoOp, Command: "rewritten"}
	}
	*m = raft.Message{}
	wantLetter(t, n, handle, &want)
}

// Nor may a letter be an alias of another, before or after it.
func TestLettersShareNothing(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	first, second := message(1, 1, 1), message(2, 2, 2)
	one, two := n.Keep(first, 1), n.Keep(second, 1)
	n.Done(one)
	third := message(3, 3, 3, 3)
	three := n.Keep(third, 1)
	wantLetter(t, n, two, second)
	wantLetter(t, n, three, third)
	if three != one {
		t.Errorf("letter 3 lies in slot %d, want the free slot %d", three, one)
	}
}

// What is left of a slot's last letter must not show in the next.
func TestASlotForgets(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	n.Done(n.Keep(message(1, 1, 1, 1), 1))
	empty := &raft.Message{Type: raft.RequestVote, From: 1, To: 2}
	handle := n.Keep(empty, 1)
	wantLetter(t, n, handle, empty)
}

func TestALetterLivesUntilItsLastDelivery(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	m := message(1, 1)
	handle := n.Keep(m, 2)
	n.Done(handle)
	if other := n.Keep(message(2, 2), 1); other == handle {
		t.Fatal("the slot was given away before the second delivery")
	}
	wantLetter(t, n, handle, m)
	n.Done(handle)
	mustPanic(t, "a third delivery of two", func() { n.Done(handle) })
}

// letterMachine drives the letters beside a model: a list of messages and what each has to come.
type letterMachine struct {
	network *network.Network
	live    []modelLetter
	kept    int
}

type modelLetter struct {
	handle     uint32
	message    raft.Message
	deliveries int
}

func (m *letterMachine) Keep(t *rapid.T) {
	m.kept++
	terms := make([]raft.Term, rapid.IntRange(0, 4).Draw(t, "entries"))
	letter := modelLetter{deliveries: rapid.IntRange(1, 2).Draw(t, "deliveries")}
	sent := message(m.kept, terms...)
	letter.message = clone(sent)
	letter.handle = m.network.Keep(sent, letter.deliveries)
	clear(sent.Entries)
	for _, other := range m.live {
		if other.handle == letter.handle {
			t.Fatalf("two letters lie in slot %d", letter.handle)
		}
	}
	m.live = append(m.live, letter)
}

func (m *letterMachine) Done(t *rapid.T) {
	if len(m.live) == 0 {
		t.Skip("nothing on its way")
	}
	i := rapid.IntRange(0, len(m.live)-1).Draw(t, "letter")
	m.network.Done(m.live[i].handle)
	m.live[i].deliveries--
	if m.live[i].deliveries == 0 {
		m.live = slices.Delete(m.live, i, i+1)
	}
}

func (m *letterMachine) Reset(t *rapid.T) {
	if m.kept < 15 {
		t.Skip("too young")
	}
	m.network.Reset(network.Config{}, 1, members, clients)
	*m = letterMachine{network: m.network}
}

func (m *letterMachine) Check(t *rapid.T) {
	for _, letter := range m.live {
		if got := m.network.Letter(letter.handle); !same(got, &letter.message) {
			t.Fatalf("the letter in slot %d reads\n%+v, want\n%+v",
				letter.handle, *got, letter.message)
		}
	}
}

func TestLettersAreTheirModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &letterMachine{network: newNetwork(network.Config{}, 1)}
		t.Repeat(rapid.StateMachineActions(m))
	})
}

// To the letters of an earlier run nobody has a right any more.
func TestResetForgetsWhatWasOnItsWay(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	handle := n.Keep(message(1, 1), 2)
	n.Reset(network.Config{}, 1, members, clients)
	mustPanic(t, "a delivery of an earlier run's letter", func() { n.Done(handle) })
}

func TestASteadyNetworkDoesNotAllocate(t *testing.T) {
	n := newNetwork(hostile, 1)
	m := message(1, 1, 2, 3)
	if got := testing.AllocsPerRun(200, func() {
		fate, _ := n.Send(1, 2, 0, 0)
		first := n.Keep(m, 2)
		second := n.Keep(m, 1)
		n.Done(first)
		n.Done(second)
		n.Done(first)
		n.SendRequest(1, 1, 0, 0)
		if fate.Copies == 3 {
			t.Fatal("three copies")
		}
	}); got != 0 {
		t.Errorf("messages allocate %v times, want 0", got)
	}
	if got := testing.AllocsPerRun(20, func() {
		n.Reset(hostile, 1, members, clients)
		n.Done(n.Keep(m, 1))
	}); got != 0 {
		t.Errorf("a run on a used network allocates %v times, want 0", got)
	}
}

func BenchmarkSend(b *testing.B) {
	n := newNetwork(hostile, 1)
	m := message(1, 1)
	b.ReportAllocs()
	for b.Loop() {
		if fate, _ := n.Send(1, 2, 0, 0); fate.Copies > 0 {
			n.Done(n.Keep(m, 1))
		}
	}
}

func TestEntriesOnTheirWayAreCounted(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	want := func(count int) {
		t.Helper()
		if got := n.Carried(); got != count {
			t.Errorf("%d entries are on their way, want %d", got, count)
		}
	}
	want(0)
	twice := n.Keep(message(1, 1, 1, 2), 2)
	once := n.Keep(message(2, 2), 1)
	want(4)
	n.Done(twice)
	want(4)
	n.Done(twice)
	want(1)
	n.Done(once)
	want(0)
	n.Keep(message(3, 3), 1)
	n.Reset(network.Config{}, 2, raft.Servers(3), 0)
	want(0)
}

// Each slot has once carried a large batch, and carries little now: the room for the batches is not
// kept in all of them.
func TestRoomForEntriesIsNotKeptEverywhere(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	batch := &raft.Message{Entries: make([]raft.Entry, 100_000)} // 3 MB
	for range 60 {
		n.Done(n.Keep(batch, 1))
		n.Keep(&raft.Message{}, 1) // takes the slot that is free now
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 80<<20 {
		t.Errorf("%d MB are kept", m.HeapAlloc>>20)
	}
	runtime.KeepAlive(n)
}
