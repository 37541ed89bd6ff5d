package cluster

import (
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

const (
	pausedAt  = 100 * ms
	resumedAt = 500 * ms
)

// quick makes delays constant, so that a test can say when what happens.
func quick(c *Config) {
	c.Network.Latency = constantly(ms)
	c.Server.Disk.Fsync = constantly(ms)
}

func pausedWorld(id raft.ServerID, changes ...func(*Config)) *Config {
	pause := on(record.Pause, id, pausedAt, resumedAt-pausedAt)
	return defaultWorld(append(changes, quick, lasting(vtime.Second), with(pause))...)
}

func TestAPausedServerDoesNothing(t *testing.T) {
	records, _ := run(t, pausedWorld(2), 1)
	records.happensAt(2).between(pausedAt, resumedAt).wantNone(t, "during the pause")
	if before := records.happensAt(2).between(0, pausedAt); len(before) < 5 {
		t.Errorf("n2 does little before: %v", before.kinds())
	}
	for _, test := range []struct {
		kind record.Kind
		at   vtime.Duration
	}{
		{record.Paused, pausedAt}, {record.FaultBegan, pausedAt},
		{record.Resumed, resumedAt}, {record.FaultEnded, resumedAt},
	} {
		if r := records.of(test.kind).wantOne(t, test.kind.String()); r.At != instant(test.at) {
			t.Errorf("%v at %v, want %v", test.kind, r.At, test.at)
		}
	}
}

// What arrived meanwhile is handled at the moment of the resume, in the order in which it arrived;
// but an overdue election comes first.
func TestAResumedServerMakesUpForItsPause(t *testing.T) {
	records, _ := run(t, pausedWorld(2), 1)
	kept := records.of(record.Sent).between(pausedAt-ms, resumedAt-ms).where(func(r *record.Record) bool {
		return r.Peer == 2
	})
	if len(kept) < 8 {
		t.Fatalf("%d messages were sent to n2 during its pause, want a heartbeat each 50 ms", len(kept))
	}
	now := records.happensAt(2).between(resumedAt, resumedAt+1)
	wantPrefix(t, now.kinds(), record.TimerFired, record.BecameCandidate, record.Written,
		record.Held, record.Delivered)
	if timer := raft.Timer(now[0].Number); timer != raft.ElectionTimer {
		t.Errorf("the %v timer fired, want the election's", timer)
	}
	var arrived []uint64
	for _, r := range now.of(record.Delivered) {
		arrived = append(arrived, r.Number)
	}
	var want []uint64
	for _, r := range kept {
		want = append(want, r.Number)
	}
	if !slices.Equal(arrived, want) {
		t.Errorf("messages %v came at once, want %v", arrived, want)
	}
}

func wantPrefix(t *testing.T, got []record.Kind, want ...record.Kind) {
	t.Helper()
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Fatalf("it did %v, want first %v", got, want)
	}
}

// The order of arrival is the order of handling across links too: with latencies that differ, the
// messages of several servers mix.
func TestWhatWaitedIsHandledInTheOrderOfArrival(t *testing.T) {
	// n2 to n5 stand for election again and again, and all ask n1, which is paused.
	config := defaultWorld(lasting(vtime.Second), with(on(record.Pause, 1, pausedAt, 600*ms)),
		func(c *Config) { c.Server.ElectionTimeout = between(20*ms, 60*ms) })
	mixed := false
	for seed := range uint64(20) {
		c := new(Cluster)
		records := resumedWith(t, c, config, seed)
		var senders []raft.ServerID
		for _, r := range records {
			if len(senders) == 0 || senders[len(senders)-1] != r.Server {
				senders = append(senders, r.Server)
			}
		}
		mixed = mixed || len(senders) > 6
	}
	if !mixed {
		t.Error("the messages of the others never mix: they came link by link")
	}
}

func resumedWith(t *testing.T, c *Cluster, config *Config, seed uint64) story {
	t.Helper()
	var inbox []vtime.Event
	var delivered story
	c.Reset(config, seed, func(r *record.Record) {
		switch {
		case r.Kind == record.Resumed:
			inbox = slices.Clone(c.desks[1].inbox)
		case r.Kind == record.Delivered && r.Peer == 1 && r.At == instant(pausedAt+600*ms):
			delivered = append(delivered, *r)
		}
	})
	c.Run()
	if len(delivered) < len(inbox) || len(inbox) == 0 {
		t.Fatalf("seed %d: %d of %d messages were delivered", seed, len(delivered), len(inbox))
	}
	if !slices.IsSortedFunc(inbox, func(a, b vtime.Event) int { return int(a.At - b.At) }) {
		t.Fatalf("seed %d: the inbox is not in the order of arrival", seed)
	}
	for i, event := range inbox {
		if delivered[i].Number != event.Ordinal()/maxCopies {
			t.Fatalf("seed %d: message %d of the inbox is not the next to come", seed, i+1)
		}
	}
	return delivered
}

// The disk goes on during a pause; its news comes after what is overdue and before what arrived.
func TestTheNewsOfTheDiskComesBetweenTimersAndMessages(t *testing.T) {
	const slow = 30 * ms
	// n1's request for a vote leaves when its own vote is durable, at 30 ms, and comes at 31; n2's
	// vote is durable at 61, in the pause.
	config := defaultWorld(quick, lasting(vtime.Second), with(on(record.Pause, 2, 40*ms, 400*ms)),
		func(c *Config) { c.Server.Disk.Fsync = constantly(slow) })
	records, _ := run(t, config, 1)
	own := records.happensAt(2)
	own.between(40*ms, 440*ms).wantNone(t, "during the pause")
	own.between(0, 40*ms).of(record.Written).wantOne(t, "the vote")
	wantPrefix(t, own.between(440*ms, 440*ms+1).kinds(),
		record.TimerFired, record.BecameCandidate, record.Written, record.Held,
		record.Persisted, record.Sent, record.Delivered)
	granted := own.of(record.Sent)[0]
	if granted.Message != raft.RequestVoteResponse || !granted.Success || granted.Term != 1 {
		t.Errorf("the first to leave is %+v, want the vote of term 1", granted)
	}
}

// A pause that is shorter than a timer does not make it late.
func TestAShortPauseChangesNoTimer(t *testing.T) {
	config := defaultWorld(quick, lasting(vtime.Second), with(on(record.Pause, 1, 60*ms, 20*ms)))
	records, _ := run(t, config, 1)
	var beats []vtime.Time
	for _, r := range records.happensAt(1).of(record.TimerFired) {
		if raft.Timer(r.Number) == raft.HeartbeatTimer {
			beats = append(beats, r.At)
		}
	}
	for i := 1; i < len(beats); i++ {
		if beats[i].Sub(beats[i-1]) != 50*ms {
			t.Fatalf("heartbeats at %v and %v", beats[i-1], beats[i])
		}
	}
	if len(beats) < 18 {
		t.Errorf("%d heartbeats in a second", len(beats))
	}
}

func TestACrashOfAPausedServerDropsWhatWaited(t *testing.T) {
	const crashedAt, restartedAt = 300 * ms, 400 * ms
	config := pausedWorld(2, with(on(record.Crash, 2, crashedAt, restartedAt-crashedAt)))
	records, _ := run(t, config, 1)

	lost := records.of(record.Lost).between(crashedAt, crashedAt+1)
	toTheDead := records.of(record.Sent).between(pausedAt-ms, crashedAt-ms).where(
		func(r *record.Record) bool { return r.Peer == 2 })
	if len(lost) != len(toTheDead) || len(lost) < 4 {
		t.Fatalf("%d messages were lost in the crash, want the %d that waited", len(lost), len(toTheDead))
	}
	for _, r := range lost {
		if r.Text != reasonDown || r.Peer != 2 {
			t.Errorf("lost in the crash: %+v", r)
		}
	}
	// It comes back into its pause, and handles only what came since.
	at := func(kind record.Kind) vtime.Time {
		return records.of(kind).where(func(r *record.Record) bool {
			return r.Server == 2 && r.At >= instant(crashedAt)
		}).wantOne(t, kind.String()).At
	}
	if at(record.Restarted) != instant(restartedAt) || at(record.Paused) != instant(restartedAt) ||
		at(record.Resumed) != instant(resumedAt) {
		t.Errorf("restarted %v, paused %v, resumed %v",
			at(record.Restarted), at(record.Paused), at(record.Resumed))
	}
	records.happensAt(2).between(crashedAt, resumedAt).of(record.Delivered, record.Sent).
		wantNone(t, "before it is resumed")
	came := records.happensAt(2).between(resumedAt, resumedAt+1).of(record.Delivered)
	sent := records.of(record.Sent).between(restartedAt-ms, resumedAt-ms).where(
		func(r *record.Record) bool { return r.Peer == 2 })
	if len(came) != len(sent) || len(came) == 0 {
		t.Errorf("%d messages came with the resume, want the %d sent since the restart", len(came), len(sent))
	}
}

// The requests of clients wait at a paused server like messages, and are lost with it.
func TestRequestsWaitAtAPausedServer(t *testing.T) {
	asked := func(c *Config) { c.Client.ThinkTime = constantly(4 * ms); c.Client.Requests = 10 }
	pause := on(record.Pause, 1, 50*ms, 100*ms)
	records, ending := run(t, defaultWorld(quick, asked, with(pause)), 1)
	wantEnding(t, ending, record.Settled)
	at := records.of(record.Proposed, record.Refused).between(150*ms, 150*ms+1)
	if len(at) == 0 {
		t.Error("no request was handled when its server was resumed")
	}
	crash := on(record.Crash, 1, 120*ms, 0)
	records, ending = run(t, defaultWorld(quick, asked, with(pause, crash)), 1)
	wantEnding(t, ending, record.Settled)
	missed := records.of(record.Missed).between(120*ms, 120*ms+1)
	if len(missed) != len(at) {
		t.Fatalf("%d requests were lost with the server, want the %d that waited", len(missed), len(at))
	}
	for _, r := range missed {
		if r.Text != reasonDown || r.Server != 1 {
			t.Errorf("missed: %+v", r)
		}
		returned := records.of(record.Returned).where(func(o *record.Record) bool {
			return o.Client == r.Client && o.Operation == r.Operation
		}).wantOne(t, "the request")
		if returned.Outcome != record.Unknown {
			t.Errorf("it returned %+v, want unknown", returned)
		}
	}
}

func TestAnEventHasOneInput(t *testing.T) {
	asked := func(c *Config) { c.Client.ThinkTime = constantly(5 * ms); c.Client.Requests = 10 }
	paused := with(on(record.Pause, 1, 50*ms, 100*ms))
	records, _ := run(t, defaultWorld(quick, asked, paused), 1)
	seen := map[uint64]record.Kind{}
	for _, r := range records.of(record.TimerFired, record.Persisted, record.Delivered,
		record.Proposed, record.Refused) {
		if first, two := seen[r.Event]; two {
			t.Errorf("event %d: %v and %v", r.Event, first, r.Kind)
		}
		seen[r.Event] = r.Kind
	}
}
