package server

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

// timers are a server's timers, and the lengths they run for. They outlive the server's lives; a
// crash stops them.
type timers struct {
	id     raft.ServerID
	config *Config
	stream choice.Stream
	queue  *vtime.Queue

	timers  [raft.TimerCount]vtime.Timer
	wait    vtime.Duration // of the election timer, as last drawn; 0: for ever
	waits   uint64         // drawn so far, over all lives
	begun   vtime.Time     // when the time of the lease timer began that is to be armed
	overdue raft.TimerSet  // fired while the server could not take notice
	clock   clock
}

func (t *timers) reset(
	id raft.ServerID, config *Config, stream choice.Stream, queue *vtime.Queue,
) {
	*t = timers{id: id, config: config, stream: stream, queue: queue}
}

// follow does what an output says of timers.
func (t *timers) follow(out *raft.Output, now vtime.Time) {
	if out.Draw.Has(raft.ElectionTimer) {
		t.waits++
		draw := t.stream.Draw(t.waits, choice.ElectionWait)
		t.wait = vtime.Duration(t.config.ElectionTimeout.Draw(draw))
	}
	for timer := raft.Timer(1); out.Arm>>timer != 0; timer++ {
		if out.Arm.Has(timer) {
			t.arm(timer, now)
		}
	}
	if out.Begin.Has(raft.LeaseTimer) {
		t.begun = now // after what was armed: that began before
	}
}

// arm starts a timer; a length of 0 switches timers of its kind off. A lease may be over before it
// is granted: then its timer is overdue, and fires before the server takes notice of anything else.
func (t *timers) arm(timer raft.Timer, now vtime.Time) {
	length, from := t.length(timer), now
	if timer == raft.LeaseTimer {
		from = t.begun
	}
	switch deadline := from.Add(t.clock.real(length)); {
	case length == 0:
	case deadline > now:
		t.armAt(timer, deadline)
	default:
		t.timers[timer].Disarm()
		t.overdue |= 1 << timer
	}
}

// length returns how long a timer runs by the server's clock.
func (t *timers) length(timer raft.Timer) vtime.Duration {
	switch timer {
	case raft.HeartbeatTimer:
		return t.config.Heartbeat
	case raft.MinElectionTimer:
		return t.config.MinElection
	case raft.LeaseTimer:
		return t.config.Lease
	}
	return t.wait
}

func (t *timers) armAt(timer raft.Timer, deadline vtime.Time) {
	source := TimerSource(t.id, timer)
	t.timers[timer].Arm(t.queue, source, source, deadline)
}

// expireElection makes the election timer fire now, even where election timeouts are off.
func (t *timers) expireElection(now vtime.Time) { t.armAt(raft.ElectionTimer, now) }

// pop tells whether an event of the timer, which came out of the queue now, makes it fire.
func (t *timers) pop(timer raft.Timer, now vtime.Time) bool {
	source := TimerSource(t.id, timer)
	return t.timers[timer].Pop(t.queue, source, source, now)
}

// setDrift lets the server's clock run at another rate from now on: what timers still have to run
// is as long as before by that clock.
func (t *timers) setDrift(drift int64, now vtime.Time) {
	if drift == t.clock.drift {
		return
	}
	before := t.clock
	t.clock.drift = drift
	t.rearm(now, func(left vtime.Duration) vtime.Duration {
		return t.clock.real(before.shown(left))
	})
}

// jump moves the server's clock by a span, backwards if that is below 0.
func (t *timers) jump(by vtime.Duration, now vtime.Time) {
	t.begun = t.begun.Add(-by)
	t.rearm(now, func(left vtime.Duration) vtime.Duration {
		shown := t.clock.shown(left)
		if by >= shown {
			return 0
		}
		return t.clock.real(shown - by)
	})
}

// rearm gives each timer that runs another time to run.
func (t *timers) rearm(now vtime.Time, another func(left vtime.Duration) vtime.Duration) {
	for timer := raft.Timer(1); timer < raft.TimerCount; timer++ {
		if deadline := t.timers[timer].Deadline(); deadline != vtime.Never {
			t.armAt(timer, now.Add(another(deadline.Sub(now))))
		}
	}
}

// putRight lets no timer run on for longer than timers ever do, whatever the clock has jumped.
func (t *timers) putRight(now vtime.Time) {
	_, longest := t.config.ElectionTimeout.Bounds()
	shown := max(vtime.Duration(longest), t.config.Heartbeat)
	latest := now.Add(t.clock.real(shown))
	for timer := raft.Timer(1); timer < raft.TimerCount; timer++ {
		if t.timers[timer].Armed() && t.timers[timer].Deadline() > latest {
			t.armAt(timer, latest)
		}
	}
}

func (t *timers) stop() {
	for i := range t.timers {
		t.timers[i].Disarm()
	}
	t.overdue = 0
}

// TimerSource returns the number by which the event queue knows a server's timer. Timer 0, which no
// server has, is for who keeps its time.
func TimerSource(id raft.ServerID, timer raft.Timer) uint32 {
	return uint32(id)*uint32(raft.TimerCount) + uint32(timer)
}

// SourceTimer tells whose timer the event queue knows by the number.
func SourceTimer(source uint32) (raft.ServerID, raft.Timer) {
	return raft.ServerID(source / uint32(raft.TimerCount)),
		raft.Timer(source % uint32(raft.TimerCount))
}
