package server

import (
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

// deadline is when the server's timer fires, if nothing else happens.
func (r *rig) deadline(timer raft.Timer) vtime.Time { return r.server.timers.timers[timer].Deadline() }

func (r *rig) wantDeadline(timer raft.Timer, want vtime.Time) {
	r.t.Helper()
	if got := r.deadline(timer); got != want {
		r.t.Fatalf("the %v timer fires at %d, want %d", timer, int64(got), int64(want))
	}
}

func TestElectionTimeoutsAreOfTheDistribution(t *testing.T) {
	r := newRig(t)
	seen := map[vtime.Duration]bool{}
	for range 200 {
		wait := r.deadline(raft.ElectionTimer).Sub(r.clock.Now())
		if wait < 150 || wait > 300 {
			t.Fatalf("an election timeout of %d, want 150 to 300", int64(wait))
		}
		seen[wait] = true
		if timer := r.next(); timer != raft.ElectionTimer {
			t.Fatalf("the %v timer fired", timer)
		}
		r.fire(raft.ElectionTimer)
	}
	if len(seen) < 80 {
		t.Errorf("200 elections had only %d different timeouts", len(seen))
	}
}

// Deadlines only grow: to hear of the leader arms the timer for the same span again, without a draw.
func TestHearingOfALeaderArmsTheSameSpan(t *testing.T) {
	r := newRig(t)
	span := r.deadline(raft.ElectionTimer).Sub(0)
	r.receive(appends(2, 1, at(0, 0), 0))
	for now := vtime.Time(10); now < 400; now += 10 {
		r.clock.Advance(now)
		r.receive(appends(2, 1, at(0, 0), 0))
		r.wantDeadline(raft.ElectionTimer, now.Add(span))
	}
	if r.server.timers.waits != 1 {
		t.Errorf("%d draws, want 1", r.server.timers.waits)
	}
}

func TestARefusedCandidateGetsNoTime(t *testing.T) {
	r := newRig(t)
	before := r.deadline(raft.ElectionTimer)
	r.receive(candidate(2, 1))
	r.syncDone()
	r.wantDeadline(raft.ElectionTimer, before) // the vote was granted at time 0
	r.clock.Advance(20)
	r.receive(candidate(3, 1))
	r.wantDeadline(raft.ElectionTimer, before)
	r.receive(candidate(2, 1))
	r.wantDeadline(raft.ElectionTimer, before.Add(20))
}

func TestALeaderBeatsInTime(t *testing.T) {
	r := newRig(t)
	r.lead()
	for beat := vtime.Time(1); beat <= 10; beat++ {
		timer := r.next()
		for timer == raft.ElectionTimer { // a leader waits for nobody
			r.fire(timer)
			timer = r.next()
		}
		if timer != raft.HeartbeatTimer || r.clock.Now() != 50*beat {
			t.Fatalf("the %v timer fired at %d, want a heartbeat at %d",
				timer, int64(r.clock.Now()), 50*int64(beat))
		}
		r.fire(timer)
	}
}

func TestTimersCanBeOff(t *testing.T) {
	config := testConfig()
	config.Heartbeat, config.ElectionTimeout = 0, choice.Constantly(0)
	r := newRigOf(t, config)
	r.wantDeadline(raft.ElectionTimer, vtime.Never)
	r.server.StandForElection()
	if timer := r.next(); timer != raft.ElectionTimer || r.clock.Now() != 0 {
		t.Fatalf("to stand for election made the %v timer fire at %v", timer, r.clock.Now())
	}
	r.lead()
	if timer := r.next(); timer != 0 {
		t.Fatalf("the %v timer fired, and both are off", timer)
	}
	r.receive(appends(2, 5, at(0, 0), 0))
	r.crash()
	r.server.Restart()
	if timer := r.next(); timer != 0 {
		t.Fatalf("the %v timer fired, and both are off", timer)
	}
}

// Standing for election is the timer that runs out, and no second one.
func TestStandingForElectionMovesTheTimer(t *testing.T) {
	r := newRig(t)
	r.server.StandForElection()
	if timer := r.next(); timer != raft.ElectionTimer || r.clock.Now() != 0 {
		t.Fatalf("the %v timer fired at %v", timer, r.clock.Now())
	}
	if timer := r.next(); timer != 0 {
		t.Fatalf("the %v timer fired a second time, at %v", timer, r.clock.Now())
	}
}

// The n-th wait of a server is the same whatever happened in between, a crash included.
func TestWaitsRunOnOverLives(t *testing.T) {
	whole := newRig(t)
	want := waits(whole)
	torn := newRig(t)
	for i, at := range want {
		if torn.wantDeadline(raft.ElectionTimer, vtime.Time(at)); i == len(want)-1 {
			break
		}
		torn.next()
		torn.crash()
		torn.server.Restart()
	}
	other := newRig(t)
	other.start(2)
	if slices.Equal(waits(other), want) {
		t.Error("another seed draws the same waits")
	}
}

func TestTimersOfADownServerDoNotFire(t *testing.T) {
	r := newRig(t)
	r.lead()
	r.crash()
	if timer := r.next(); timer != 0 {
		t.Errorf("the %v timer of a crashed server fired", timer)
	}
	r.wantDeadline(raft.ElectionTimer, vtime.Never)
	r.wantDeadline(raft.HeartbeatTimer, vtime.Never)
}

// During a pause timers run out in vain; afterwards they are overdue, and fire before anything else.
func TestTimersThatRanOutDuringAPauseAreOverdue(t *testing.T) {
	r := newRig(t)
	r.lead()
	r.news()
	r.server.Pause()
	if timer := r.next(); timer != 0 {
		t.Fatalf("the %v timer of a paused server fired", timer)
	}
	r.server.Resume()
	overdue := r.server.Overdue()
	if !overdue.Has(raft.HeartbeatTimer) || !overdue.Has(raft.ElectionTimer) {
		t.Errorf("overdue are %b, want both", overdue)
	}
	r.want("paused", "resumed")
	for r.server.Overdue() != 0 {
		r.server.FireOverdue()
		r.carryOut()
	}
	r.server.Pause()
	r.server.Resume()
	if again := r.server.Overdue(); again != 0 {
		t.Errorf("%b are overdue a second time", again)
	}
}

func TestTimersThatOutlastAPauseAreOnTime(t *testing.T) {
	r := newRig(t)
	deadline := r.deadline(raft.ElectionTimer)
	r.clock.Advance(10)
	r.server.Pause()
	r.clock.Advance(20)
	r.server.Resume()
	if overdue := r.server.Overdue(); overdue != 0 {
		t.Errorf("%b are overdue", overdue)
	}
	if timer := r.next(); timer != raft.ElectionTimer || r.clock.Now() != deadline {
		t.Errorf("the %v timer fired at %v, want %v", timer, r.clock.Now(), deadline)
	}
}

// What was overdue when the server crashed is no business of its next life.
func TestACrashForgetsWhatIsOverdue(t *testing.T) {
	r := newRig(t)
	r.server.Pause()
	r.next()
	r.crash()
	r.server.Restart()
	r.server.Pause()
	r.server.Resume()
	if overdue := r.server.Overdue(); overdue != 0 {
		t.Errorf("%b are overdue from an earlier life", overdue)
	}
	if timer := r.next(); timer != raft.ElectionTimer {
		t.Errorf("the %v timer fired, want the new life's first", timer)
	}
}

// A disk works during a pause; the server hears of it afterwards.
func TestADiskWorksDuringAPause(t *testing.T) {
	r := newRig(t)
	r.receive(candidate(2, 1))
	r.server.Pause()
	r.news()
	r.syncDone()
	r.want()
	if got := r.server.disk.Durable().VotedFor; got != 2 {
		t.Errorf("the disk holds a vote for %v, want n2", got)
	}
	r.server.Resume()
	if !r.server.HasNews() {
		t.Fatal("the server does not hear of the sync that was done during its pause")
	}
	r.server.LearnPersisted()
	r.carryOut()
	r.want("resumed", "persisted 1", "send RequestVoteResponse to n2")
	if r.server.HasNews() {
		t.Error("the same news again")
	}
}

// An overdue election comes before the news of the disk: what it promises waits for its own write,
// what was promised before leaves with the news.
func TestAnOverdueElectionComesBeforeTheNews(t *testing.T) {
	r := newRig(t)
	r.receive(candidate(2, 1))
	r.server.Pause()
	r.next()
	r.syncDone()
	r.server.Resume()
	overdue := r.server.Overdue()
	r.news()
	if !overdue.Has(raft.ElectionTimer) {
		t.Fatal("the election timer did not run out")
	}
	r.fire(raft.ElectionTimer)
	r.want("timer_fired", "became_candidate", "written 2", "sync 2",
		"held RequestVote for 2", "held RequestVote for 2")
	r.server.LearnPersisted()
	r.carryOut()
	r.want("persisted 1", "send RequestVoteResponse to n2")
	r.syncDone()
	r.want("persisted 2", "send RequestVote to n2", "send RequestVote to n3")
}

func TestACrashDuringAPauseKeepsWhatTheDiskDid(t *testing.T) {
	r := newRig(t)
	r.receive(candidate(2, 1))
	r.server.Pause()
	r.syncDone()
	r.crash()
	r.server.Restart()
	if got := r.server.Node().Hard(); got.VotedFor != 2 || r.server.HasNews() {
		t.Errorf("it came back with %+v, news %v", got, r.server.HasNews())
	}
}

func TestTimerSourcesNameServerAndTimer(t *testing.T) {
	seen := map[uint32]bool{}
	for id := raft.ServerID(1); id <= raft.MaxServers; id++ {
		for timer := raft.Timer(1); timer < raft.TimerCount; timer++ {
			source := TimerSource(id, timer)
			if gotID, gotTimer := SourceTimer(source); gotID != id || gotTimer != timer {
				t.Errorf("source %d is %v's %v timer, want %v's %v", source, gotID, gotTimer, id, timer)
			}
			if seen[source] || source > vtime.MaxSource {
				t.Errorf("source %d is another's, or too great", source)
			}
			seen[source] = true
		}
	}
}

// A pause can strike between any two actions. If the sync is done meanwhile, what is still to be sent
// waits for the news of it.
func TestAPauseBetweenTwoActions(t *testing.T) {
	r := newRig(t)
	m := candidate(2, 1)
	r.server.Receive(&m)
	r.act() // the write
	r.act() // the sync; the message is still owed
	r.server.Pause()
	r.syncDone()
	r.server.Resume()
	r.carryOut()
	r.server.LearnPersisted()
	r.carryOut()
	if len(r.sent) != 1 || !r.sent[0].VoteGranted {
		t.Errorf("it sent %+v", r.sent)
	}
}
