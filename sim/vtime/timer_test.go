package vtime

import (
	"testing"

	"pgregory.net/rapid"
)

// numTimers is how many timers share the queue in the tests: their order at one instant counts.
const numTimers = 3

// timerMachine drives timers in a queue, and beside them the naive model: an array of deadlines
// in which the earliest is looked up.
type timerMachine struct {
	queue    Queue
	timers   [numTimers]Timer
	deadline [numTimers]Time // the model; Never if not armed
	now      Time
}

func newTimerMachine() *timerMachine {
	m := &timerMachine{}
	for i := range m.deadline {
		m.deadline[i] = Never
	}
	return m
}

func drawTimer(t *rapid.T) int { return rapid.IntRange(0, numTimers-1).Draw(t, "timer") }

// Arm draws from few spans, so that a deadline often moves to where a stale event already is.
func (m *timerMachine) Arm(t *rapid.T) {
	m.arm(drawTimer(t), m.now+Time(rapid.IntRange(0, 5).Draw(t, "ahead")))
}

func (m *timerMachine) ArmForNever(t *rapid.T) { m.arm(drawTimer(t), Never) }

func (m *timerMachine) arm(i int, deadline Time) {
	m.timers[i].Arm(&m.queue, uint32(i), uint32(i), deadline)
	m.deadline[i] = deadline
}

func (m *timerMachine) Disarm(t *rapid.T) {
	i := drawTimer(t)
	m.timers[i].Disarm()
	m.deadline[i] = Never
}

// Reset forgets a timer whose events are still pending, as a new life of its server does.
func (m *timerMachine) Reset(t *rapid.T) {
	i := drawTimer(t)
	m.timers[i].Reset()
	m.deadline[i] = Never
}

// Advance lets time pass, compares every firing on the way, and re-arms some of what fired.
func (m *timerMachine) Advance(t *rapid.T) {
	until := m.now + Time(rapid.IntRange(0, 6).Draw(t, "time"))
	for range 20 { // some re-arm for the same instant: it has to end
		i, at, fired := m.next(t, until)
		wantTimer, wantAt, wantFired := m.nextInModel(until)
		if i != wantTimer || at != wantAt || fired != wantFired {
			t.Fatalf("from %d to %d: timer %d at %d (%v), want timer %d at %d (%v)", int64(m.now),
				int64(until), i, int64(at), fired, wantTimer, int64(wantAt), wantFired)
		}
		if !fired {
			m.now = until
			return
		}
		m.now = at
		m.deadline[i] = Never
		if rapid.Bool().Draw(t, "rearm") {
			m.arm(i, m.now+Time(rapid.IntRange(0, 3).Draw(t, "ahead")))
		}
	}
}

// next is the timer that fires next, if one does until then.
func (m *timerMachine) next(t *rapid.T, until Time) (timer int, at Time, fired bool) {
	for {
		event, ok := m.queue.Peek()
		if !ok || event.At > until {
			return 0, 0, false
		}
		m.queue.Pop()
		if event.Class() != ClassTimer || event.Source() != event.Handle {
			t.Fatalf("%v is no event of a timer", event)
		}
		i := int(event.Handle)
		if m.timers[i].Pop(&m.queue, event.Source(), event.Handle, event.At) {
			return i, event.At, true
		}
	}
}

func (m *timerMachine) nextInModel(until Time) (timer int, at Time, fired bool) {
	first := 0
	for i, deadline := range m.deadline {
		if deadline < m.deadline[first] {
			first = i
		}
	}
	if at = m.deadline[first]; at > until {
		return 0, 0, false
	}
	return first, at, true
}

func (m *timerMachine) Check(t *rapid.T) {
	for i := range m.timers {
		timer := &m.timers[i]
		if timer.Deadline() != m.deadline[i] {
			t.Fatalf("timer %d has deadline %v, want %v", i, timer.Deadline(), m.deadline[i])
		}
		if m.deadline[i] != Never && !timer.Armed() {
			t.Fatalf("timer %d is not armed, want %v", i, m.deadline[i])
		}
		if timer.armed && timer.deadline != Never &&
			!(timer.pending && timer.scheduled <= timer.deadline) {
			t.Fatalf("timer %d is armed and not scheduled: %+v", i, *timer)
		}
	}
}

func TestTimersFireAtTheirLastDeadlineOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		t.Repeat(rapid.StateMachineActions(newTimerMachine()))
	})
}

// A deadline moved earlier, then back to where the first event still lies, must fire there once,
// though two events come out.
func TestTimerFiresOnceAmongStaleEvents(t *testing.T) {
	var q Queue
	var timer Timer
	timer.Arm(&q, 1, 9, 10)
	timer.Arm(&q, 1, 9, 5)
	if got := firings(&q, &timer, 5); got != 1 {
		t.Fatalf("fired %d times until 5, want once", got)
	}
	timer.Arm(&q, 1, 9, 10)
	if q.Len() != 2 {
		t.Fatalf("%d events pending, want the stale one and the new one", q.Len())
	}
	if got := firings(&q, &timer, 20); got != 1 {
		t.Fatalf("fired %d times until 20, want once", got)
	}
}

// A stale event that finds a later one in the queue already must not push another: with each
// shortened deadline the queue would grow.
func TestStaleEventLeavesNoOther(t *testing.T) {
	var q Queue
	var timer Timer
	timer.Arm(&q, 1, 9, 10)
	timer.Arm(&q, 1, 9, 5)
	firings(&q, &timer, 5)
	timer.Arm(&q, 1, 9, 20)
	if got := firings(&q, &timer, 10); got != 0 || q.Len() != 1 {
		t.Fatalf("fired %d times until 10, %d events pending, want 0 and 1", got, q.Len())
	}
}

func TestTimerArmedForNeverHasNoEvent(t *testing.T) {
	var q Queue
	var timer Timer
	timer.Arm(&q, 1, 9, Never)
	if !timer.Armed() || timer.Deadline() != Never || q.Len() != 0 {
		t.Fatalf("armed %v for %v with %d events, want true, never, 0",
			timer.Armed(), timer.Deadline(), q.Len())
	}
}

func firings(q *Queue, timer *Timer, until Time) (fired int) {
	for {
		event, ok := q.Peek()
		if !ok || event.At > until {
			return fired
		}
		q.Pop()
		if timer.Pop(q, event.Source(), event.Handle, event.At) {
			fired++
		}
	}
}

func TestTimerWithGrowingDeadlinesHasOneEvent(t *testing.T) {
	var q Queue
	var timer Timer
	for deadline := Time(100); deadline < 1000; deadline++ {
		timer.Arm(&q, 1, 9, deadline)
		if event, _ := q.Peek(); q.Len() != 1 || event.At != 100 {
			t.Fatalf("%d events pending, the first at %v: a re-arm touched the queue",
				q.Len(), event.At)
		}
	}
	if got := firings(&q, &timer, 998); got != 0 {
		t.Fatalf("fired %d times before its deadline", got)
	}
	if got := firings(&q, &timer, 999); got != 1 {
		t.Fatalf("fired %d times at its deadline, want once", got)
	}
}

func TestTimerNoticesAnEventThatNeverCame(t *testing.T) {
	var q Queue
	var timer Timer
	timer.Arm(&q, 1, 9, 10)
	q.Push(Event{Key: MakeKey(20, ClassDisk, 1, 1)})
	q.Pop() // the timer's, and nobody tells it
	q.Pop()
	mustPanic(t, "a timer that would wait for ever", func() { timer.Arm(&q, 1, 9, 30) })
}

func TestTimerRefusesThePast(t *testing.T) {
	var q Queue
	var timer Timer
	q.Push(Event{Key: MakeKey(20, ClassDisk, 1, 1)})
	q.Pop()
	mustPanic(t, "a deadline in the past", func() { timer.Arm(&q, 1, 9, 19) })
}

func TestTimerDoesNotAllocate(t *testing.T) {
	q := filledQueue(500)
	var timer Timer
	deadline := Time(Second)
	if n := testing.AllocsPerRun(1000, func() {
		deadline++
		timer.Arm(q, 1, 9, deadline)
	}); n != 0 {
		t.Errorf("a re-arm allocates %v times, want 0", n)
	}
}
