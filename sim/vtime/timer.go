package vtime

import "fmt"

// Timer is a deadline that can be moved at little cost. The zero Timer is disarmed and ready.
//
// A Raft server moves its election deadline later with nearly every message. A Timer then only
// notes the new deadline and leaves its event in the queue where it is; when the event comes out
// too early, it is pushed anew at the deadline. A deadline moved earlier needs a further event at
// once, and the old one becomes stale: it comes out, finds nothing to do, and is dropped.
//
// While the timer is armed for an instant other than [Never],
//
//	pending && scheduled <= deadline
//
// so some event of it comes out in time. Whatever comes out, it fires only if armed and due, and
// firing disarms it: each arming fires at most once, at its deadline, however many stale events
// share that instant. Those events are equal throughout (one source, ClassTimer, ordinal 0, one
// handle), so it does not matter which of them is the one that fires.
type Timer struct {
	deadline  Time
	scheduled Time // if pending: the earliest instant for which it is known to have an event
	armed     bool
	pending   bool
}

// Armed says whether the timer is to fire.
func (t *Timer) Armed() bool { return t.armed }

// Deadline is when the timer is to fire; [Never] if it is not armed.
func (t *Timer) Deadline() Time {
	if !t.armed {
		return Never
	}
	return t.deadline
}

// Arm makes the timer fire at deadline and forget the deadline it had. A deadline before the
// queue's present panics; one at [Never] arms without an event. Source and handle are those of
// its events, the same at every call; a source has one timer.
func (t *Timer) Arm(q *Queue, source uint32, handle uint32, deadline Time) {
	t.armed = true
	t.deadline = deadline
	t.schedule(q, source, handle)
}

// Disarm keeps the timer from firing. Its events stay in the queue and still belong to [Timer.Pop].
func (t *Timer) Disarm() { t.armed = false }

// Reset makes t a zero Timer. Events it has in a queue, if any, are stale from then on.
func (t *Timer) Reset() { *t = Timer{} }

// Pop says whether the timer fires, given that one of its events came out of q at now; if so it
// is disarmed. Every event of the timer has to come here, also while its server is down or
// paused: a timer that believes in an event already gone would never fire again.
func (t *Timer) Pop(q *Queue, source uint32, handle uint32, now Time) (fired bool) {
	if t.pending && t.scheduled == now {
		t.pending = false
	}
	if !t.armed {
		return false
	}
	if t.deadline > now {
		t.schedule(q, source, handle)
		return false
	}
	t.armed = false
	return true
}

// schedule sees to it that an event comes out no later than the deadline.
func (t *Timer) schedule(q *Queue, source uint32, handle uint32) {
	if t.pending && t.scheduled < q.now {
		panic(fmt.Sprintf("vtime: the event of timer %d at %d ns never came to Timer.Pop",
			source, int64(t.scheduled)))
	}
	if t.deadline == Never || t.pending && t.scheduled <= t.deadline {
		return
	}
	t.pending = true
	t.scheduled = t.deadline
	q.Push(Event{Key: MakeKey(t.deadline, ClassTimer, source, 0), Handle: handle})
}
