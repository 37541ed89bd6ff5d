package vtime

import (
	"fmt"
	"math/bits"
	"slices"
)

// Event is something that will happen. Handle is the number of the slot in which its owner keeps
// what it needs then; slots are reused, so a handle never has a say in the order.
type Event struct {
	Key
	Handle uint32
}

// Queue holds the events still to come and gives them out in the order of their keys. The zero
// Queue is empty and ready.
//
// No two pending events have one [Key], with one exception that cannot be told apart: events of
// one [Timer] for one instant, which are equal throughout. So the order in which events come out
// is a function of the set pushed, not of the heap's shape.
//
// Push and Pop cost O(log n) and allocate only to grow beyond the greatest length so far.
//
// A queue takes what it is given. That no more than [PendingMax] is pending is the affair of the
// world around it, which can end, and knows what else is on its way.
type Queue struct {
	// A heap in which the children of i are arity*i+1 to arity*i+arity:
	// for each i > 0, !heap[i].Before(heap[(i-1)/arity].Key).
	heap []Event
	now  Time // of the event popped last; nothing pending is earlier
}

// PendingMax is how much may be pending in one world: events in its queue, messages that wait
// elsewhere, and what messages carry, for which its size stands. With it a world needs less than
// 1 GB, whatever its servers send each other; a run of a usual scenario has some hundred pending, a
// hostile one some thousand.
const PendingMax = 1_000_000

// keptMax is how many events a queue keeps room for when it is emptied: a flood is an exception,
// and its memory is for others.
const keptMax = 1 << 16

// arity trades comparisons for depth: four children lie in two cache lines, and a pop of 500
// pending events descends five levels instead of nine.
const arity = 4

// Len is the number of events pending.
func (q *Queue) Len() int { return len(q.heap) }

// Reset empties q, as for a new run, and keeps its memory, unless that is huge. Timers armed in it
// need a Reset too.
func (q *Queue) Reset() {
	if cap(q.heap) > keptMax {
		q.heap = nil
	}
	q.heap = q.heap[:0]
	q.now = 0
}

// Push adds an event. It panics if the event lies before the one popped last, or before 0: time
// would run backwards. An event of the same instant is welcome, whatever its class.
func (q *Queue) Push(event Event) {
	if event.At < q.now {
		refuseEvent(event, q.now)
	}
	q.heap = append(q.heap, event)
	q.siftUp(len(q.heap)-1, event)
}

//go:noinline
func refuseEvent(event Event, now Time) {
	panic(fmt.Sprintf("vtime: event of class %d, source %d at %d ns pushed when it was %d ns",
		event.Class(), event.Source(), int64(event.At), int64(now)))
}

// Peek gives the first event and leaves it in the queue; false if there is none.
func (q *Queue) Peek() (Event, bool) {
	if len(q.heap) == 0 {
		return Event{}, false
	}
	return q.heap[0], true
}

// Pending gives all events in the order in which they come, in a new slice, and leaves them in the
// queue. It sorts them: it is for those who look at a world that stands still.
func (q *Queue) Pending() []Event {
	events := slices.Clone(q.heap)
	slices.SortFunc(events, func(a, b Event) int { return a.Compare(b.Key) })
	return events
}

// Pop takes the first event out; false if there is none.
func (q *Queue) Pop() (Event, bool) {
	if len(q.heap) == 0 {
		return Event{}, false
	}
	first := q.heap[0]
	last := len(q.heap) - 1
	moved := q.heap[last]
	q.heap = q.heap[:last]
	if last > 0 {
		q.siftDown(moved)
	}
	q.now = first.At
	return first, true
}

// siftUp finds the place of event on the path from the free slot at i to the root.
func (q *Queue) siftUp(i int, event Event) {
	heap := q.heap
	for i > 0 {
		parent := (i - 1) / arity
		if !event.Before(heap[parent].Key) {
			break
		}
		heap[i] = heap[parent]
		i = parent
	}
	heap[i] = event
}

// siftDown finds the place of event on the way down from the root, whose slot is free.
func (q *Queue) siftDown(event Event) {
	heap := q.heap
	i := 0
	for {
		child := arity*i + 1
		if child >= len(heap) {
			break
		}
		child = firstOf(heap, child)
		if !heap[child].Before(event.Key) {
			break
		}
		heap[i] = heap[child]
		i = child
	}
	heap[i] = event
}

// firstOf gives the position of the first event among the siblings that start at child.
func firstOf(heap []Event, child int) int {
	if child+arity <= len(heap) {
		return child + firstOfFull((*[arity]Event)(heap[child:]))
	}
	first := child
	for sibling := child + 1; sibling < len(heap); sibling++ {
		if heap[sibling].Before(heap[first].Key) {
			first = sibling
		}
	}
	return first
}

// firstOfFull is a knockout without branches: which sibling is first is anyone's guess, and the
// processor's guesses, when wrong, cost a quarter of a Pop.
func firstOfFull(siblings *[arity]Event) int {
	left := earlier(&siblings[1], &siblings[0])
	right := 2 + earlier(&siblings[3], &siblings[2])
	if earlier(&siblings[right], &siblings[left]) == 1 {
		return right
	}
	return left
}

// earlier is a.Before(b.Key) as 1 or 0: the borrow of a 128-bit subtraction. Taking the time as
// unsigned is right because Push refuses what lies before 0.
func earlier(a, b *Event) int {
	_, borrow := bits.Sub64(a.order, b.order, 0)
	_, borrow = bits.Sub64(uint64(a.At), uint64(b.At), borrow)
	return int(borrow)
}
