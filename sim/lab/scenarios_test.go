package lab

import (
	"fmt"
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// shownSeeds is with how many seeds each of the following scenarios is shown to be about what it says.
const shownSeeds = 100

// shows runs a built-in scenario, and asks of each run what it does not show; "" for nothing.
func shows(t *testing.T, name string, missing func(all tale, r *Result) string) {
	t.Helper()
	forSeeds(t, builtIn(t, name), shownSeeds, func() (record.Sink, func(*Result) string) {
		var all tale
		sink := func(r *record.Record) { all = append(all, *r) }
		return sink, func(r *Result) string { return missing(all, r) }
	})
}

// answers returns how many requests get an answer.
func (a tale) answers() int {
	return len(a.where(func(r *record.Record) bool {
		return r.Kind == record.Returned && r.Outcome.Answered()
	}))
}

// leaderAt returns who was the last to be elected before a place.
func (a tale) leaderAt(place int) (leader raft.ServerID) {
	for _, r := range a[:place] {
		if r.Kind == record.BecameLeader {
			leader = r.Server
		}
	}
	return leader
}

// TestRollingRestartShows: n1 to n5 crash and come back in turn, one at a time, each with its log, and
// requests are answered while each is down.
func TestRollingRestartShows(t *testing.T) {
	shows(t, "rolling-restart", func(all tale, _ *Result) string {
		var down, next raft.ServerID = raft.None, 1
		answered := 0
		for _, r := range all {
			switch {
			case r.Kind == record.Crashed:
				if down != raft.None || r.Server != next {
					return fmt.Sprintf("%v crashes, n%d is next, %v is down", r.Server, next, down)
				}
				down, answered = r.Server, 0
				next++
			case r.Kind == record.Restarted:
				if r.Index == 0 || answered == 0 {
					return fmt.Sprintf("%v is back with %d entries, %d answers while it was down",
						r.Server, r.Index, answered)
				}
				down = raft.None
			case r.Kind == record.Returned && r.Outcome.Answered():
				answered++
			}
		}
		if next != 6 {
			return fmt.Sprintf("n%d does not crash", next)
		}
		return ""
	})
}

// TestSplitBrainShows: each time the leader is cut off and goes on as one, another is elected, and what
// the first takes on commits nowhere; when they meet it follows.
func TestSplitBrainShows(t *testing.T) {
	shows(t, "split-brain", func(all tale, _ *Result) string {
		for number := uint64(1); number <= 3; number++ {
			begins := all.began(number)
			old := all[begins].Server
			if old != all.leaderAt(begins) {
				return fmt.Sprintf("cut %d strikes %v, %v leads", number, old, all.leaderAt(begins))
			}
			from := all[begins].At.Sub(0)
			cut := all.during(from, from+2*vtime.Second)
			if cut.of(record.BecameLeader) == nil || cut.at(old).of(record.BecameFollower) != nil {
				return fmt.Sprintf("cut %d: there are never two leaders", number)
			}
			if taken := cut.at(old).of(record.Proposed); taken != nil {
				for _, r := range cut.at(old).of(record.Committed) {
					if r.Index >= taken[0].Index {
						return fmt.Sprintf("cut %d: %v commits alone", number, old)
					}
				}
			}
			healed := all.during(from+2*vtime.Second, from+3*vtime.Second).at(old)
			if healed.of(record.BecameFollower) == nil {
				return fmt.Sprintf("cut %d: %v never follows", number, old)
			}
			if cut.where(func(r *record.Record) bool { return r.Server != old }).answers() == 0 {
				return fmt.Sprintf("cut %d: nobody is answered", number)
			}
		}
		return ""
	})
}

// TestOneWayCutShows: a leader that hears nobody is followed, and commits nothing; one that nobody hears
// is replaced, hears of it, and follows.
func TestOneWayCutShows(t *testing.T) {
	shows(t, "one-way-cut", func(all tale, _ *Result) string {
		deaf, mute := all.during(vtime.Second+20*ms, 3*vtime.Second), all.during(4*vtime.Second, 6*vtime.Second)
		switch {
		case deaf.of(record.BecameCandidate) != nil:
			return "somebody stands while n1 is heard"
		case deaf.at(1).of(record.Committed) != nil || deaf.at(1).of(record.Proposed) == nil:
			return "n1 commits without hearing of anybody, or is asked nothing"
		case mute.of(record.BecameLeader) == nil || mute.at(1).of(record.BecameFollower) == nil:
			return "n1 is not replaced when nobody hears it"
		case mute.answers() == 0:
			return "nobody is answered by the next leader"
		}
		return ""
	})
}

// TestBridgeShows: nothing goes from side to side but through n3; the leader of one side is deposed
// through it.
func TestBridgeShows(t *testing.T) {
	left, right := raft.SetOf(1, 2), raft.SetOf(4, 5)
	shows(t, "bridge", func(all tale, _ *Result) string {
		cut := all.during(500*ms, 4500*ms)
		heard := map[bool]int{}
		for _, r := range cut.of(record.Delivered) {
			if left.Has(r.Server) && right.Has(r.Peer) || right.Has(r.Server) && left.Has(r.Peer) {
				return fmt.Sprintf("n%d hears n%d", r.Peer, r.Server)
			}
			if r.Server == 3 {
				heard[left.Has(r.Peer)]++
			}
		}
		deposed := slices.IndexFunc(cut, func(r record.Record) bool {
			return r.Kind == record.BecameFollower && r.Server == 1
		})
		switch {
		case heard[true] == 0 || heard[false] == 0:
			return "n3 does not reach both sides"
		case deposed < 1 || cut[deposed-1].Kind != record.Delivered || cut[deposed-1].Server != 3:
			return "n1 is not deposed through n3"
		case cut.of(record.BecameLeader) == nil:
			return "nobody leads then"
		}
		return ""
	})
}

// TestFlakyNetworkShows: all that can happen to messages happens to many.
func TestFlakyNetworkShows(t *testing.T) {
	shows(t, "flaky-network", func(all tale, r *Result) string {
		for _, m := range []mark.Mark{mark.MessageLost, mark.DeliveredTwice, mark.Overtaken} {
			if r.Marks[m] < 100 {
				return fmt.Sprintf("%v only %d times", m, r.Marks[m])
			}
		}
		late := 0
		for _, l := range all.letters() {
			if len(l.arrived) > 0 && l.arrived[0].Sub(l.sent) > 200*ms {
				late++
			}
		}
		if late < 50 {
			return fmt.Sprintf("only %d messages are late", late)
		}
		return ""
	})
}

// TestSwizzleShows: while the links of three are clogged nobody commits; what has waited arrives, the
// latest after two seconds.
func TestSwizzleShows(t *testing.T) {
	shows(t, "swizzle", func(all tale, _ *Result) string {
		if n := len(all.during(1620*ms, 2400*ms).of(record.Committed)); n > 0 {
			return fmt.Sprintf("%d commits among two of five", n)
		}
		late := 0
		for _, l := range all.letters() {
			if l.lost != 0 {
				return fmt.Sprintf("a message is lost: %+v", l)
			}
			if len(l.arrived) > 0 && l.arrived[0].Sub(l.sent) > 1900*ms {
				late++
			}
		}
		if late == 0 {
			return "no message has waited for long"
		}
		return ""
	})
}

// TestDiskStallLeaderShows: nobody but followers' disks makes anything durable, and yet entries commit
// under the same leader; when one crashes in a stall, its log comes back shorter.
func TestDiskStallLeaderShows(t *testing.T) {
	shows(t, "disk-stall-leader", func(all tale, _ *Result) string {
		leader := all[all.began(1)].Server
		stall := all.during(vtime.Second, 3*vtime.Second)
		switch own := stall.at(leader); {
		case leader != 1 || own.of(record.Persisted) != nil:
			return "the leader's disk does not stand still"
		case stall.of(record.BecameCandidate) != nil:
			return "the leader is deposed"
		case len(own.of(record.Committed)) < 20:
			return "the leader commits little"
		}
		shorter := false
		all.disks(func(_ raft.ServerID, _ int, durable diskState, log raft.Index) {
			shorter = log >= durable.last+5
		})
		if !shorter {
			return "the crash loses nothing"
		}
		return ""
	})
}

// TestPowerLossShows: three times all crash at once, and come back with a log; then requests are
// answered again.
func TestPowerLossShows(t *testing.T) {
	shows(t, "power-loss", func(all tale, _ *Result) string {
		at := map[uint64]int{}
		back, answered := 0, [4]int{}
		for _, r := range all {
			switch {
			case r.Kind == record.Crashed:
				at[r.Event]++
			case r.Kind == record.Restarted && r.Index > 0:
				back++
			case r.Kind == record.Returned && r.Outcome.Answered():
				answered[min(len(at), 3)]++
			}
		}
		for event, crashed := range at {
			if crashed != 5 {
				return fmt.Sprintf("%d servers crash in event %d", crashed, event)
			}
		}
		// The second time comes in the election after the first: nothing is answered in between.
		if len(at) != 3 || back != 15 || answered[0] == 0 || answered[2] == 0 || answered[3] == 0 {
			return fmt.Sprintf("%d losses of power, %d restarts with a log, answers %v", len(at), back, answered)
		}
		return ""
	})
}

// TestClockDriftShows: nothing is wrong but clocks. n2 deposes n1, and each who leads while its own clock
// is well; while that is slow, it is deposed itself. A follower whose clock jumps stands at once.
func TestClockDriftShows(t *testing.T) {
	shows(t, "clock-drift", func(all tale, _ *Result) string {
		jumped := all[all.began(2)]
		switch {
		case all.of(record.Lost) != nil || all.of(record.Crashed) != nil || all.of(record.Paused) != nil:
			return "something else is wrong"
		case all.during(0, 2*vtime.Second).at(1).of(record.BecameFollower) == nil:
			return "n1 is not deposed"
		case all.during(2*vtime.Second, 5*vtime.Second).of(record.BecameLeader) == nil:
			return "nobody is elected while the leader's clock is slow"
		case all.during(5*vtime.Second, 7*vtime.Second).at(2).of(record.BecameLeader) == nil:
			return "n2 does not lead when its clock is fast again"
		case all.during(7*vtime.Second, 7*vtime.Second+1).at(jumped.Server).of(record.BecameCandidate) == nil:
			return fmt.Sprintf("%v does not stand when its clock jumps", jumped.Server)
		}
		return ""
	})
}

// TestWanShows: a message takes as long as it is far, and no longer than 1 ms within a region; before the
// cut a request takes as long as a round trip to the next region, and to n1 before; in the cut the others
// elect a leader and answer.
func TestWanShows(t *testing.T) {
	least := []vtime.Duration{80 * ms, 160 * ms, 220 * ms} // of two clients each
	sum, count := [3]vtime.Duration{}, [3]int{}
	runs, served := 0, 0
	region := []int{0, 0, 1, 1, 2} // of n1 to n5
	far := [3][3]vtime.Duration{{ms / 5, 40 * ms, 70 * ms}, {40 * ms, ms / 5, 110 * ms}, {70 * ms, 110 * ms}}
	shows(t, "wan", func(all tale, r *Result) string {
		for _, l := range all.letters() {
			from, to := region[l.from-1], region[l.to-1]
			for _, arrived := range l.arrived {
				took := arrived.Sub(l.sent)
				if took < far[from][to] || from == to && took > ms {
					return fmt.Sprintf("a message from n%d to n%d takes %v", l.from, l.to, took)
				}
			}
		}
		began := map[uint32]vtime.Time{}
		for _, r := range all.during(vtime.Second, 4*vtime.Second) {
			region := int(r.Client-1) / 2
			switch {
			case r.Kind == record.Invoked && r.Server == 1:
				began[r.Client] = r.At
			case r.Kind == record.Returned && r.Outcome.Answered() && began[r.Client] > 0:
				took := r.At.Sub(began[r.Client])
				if took < least[region] {
					return fmt.Sprintf("c%d is answered after %v", r.Client, took)
				}
				sum[region] += took
				count[region]++
			}
		}
		cut := all.during(4*vtime.Second, 10*vtime.Second)
		if elected := cut.of(record.BecameLeader); elected != nil && elected[0].Server < 3 {
			return "n1 or n2 is elected"
		}
		runs++
		if cut.where(func(r *record.Record) bool { return r.Server >= 3 }).answers() > 0 {
			served++
		}
		return ""
	})
	// All three votes are needed, over long links: it may take several elections.
	if served*10 < runs*9 {
		t.Errorf("the other regions answer in %d of %d runs", served, runs)
	}
	for region, n := range count {
		if mean := sum[region] / vtime.Duration(max(1, n)); n < 50 || mean > least[region]+60*ms {
			t.Errorf("region %d: %d requests take %v on average", region, n, mean)
		}
	}
}

// TestSlowFollowerShows: n5 falls behind, nobody waits for it, and it has everything in the end.
func TestSlowFollowerShows(t *testing.T) {
	shows(t, "slow-follower", func(all tale, _ *Result) string {
		var committed, has, most, applied raft.Index
		var began [4]vtime.Time
		for _, r := range all {
			switch {
			case r.Kind == record.Committed:
				committed = max(committed, r.Index)
			case r.Kind == record.Persisted && r.Server == 5:
				has = r.Index
			case r.Kind == record.Applied && r.Server == 5:
				applied = r.Index
			case r.Kind == record.Invoked:
				began[r.Client] = r.At
			case r.Kind == record.Returned && r.At.Sub(began[r.Client]) > 60*ms:
				return fmt.Sprintf("c%d waits for %v", r.Client, r.At.Sub(began[r.Client]))
			}
			most = max(most, committed-min(committed, has))
		}
		if most < 10 || applied != committed {
			return fmt.Sprintf("n5 is %d entries behind at most, and has %d of %d in the end", most, applied, committed)
		}
		return ""
	})
}

// TestEvenClusterShows: while two halves of two are apart, nobody is elected and nothing is committed, once
// what was under way has come to its end.
func TestEvenClusterShows(t *testing.T) {
	served := 0
	shows(t, "even-cluster", func(all tale, _ *Result) string {
		for _, r := range all.during(vtime.Second+100*ms, 4*vtime.Second) {
			if r.Kind == record.BecameLeader || r.Kind == record.Committed {
				return fmt.Sprintf("%v: %v of %v", r.At, r.Kind, r.Server)
			}
		}
		if all.during(4*vtime.Second, vtime.Minute).of(record.BecameLeader) == nil {
			return "nobody is elected when the halves are together again"
		}
		served += all.answers()
		return ""
	})
	if served == 0 {
		t.Error("no request is ever answered")
	}
}

// TestChaosIsWorthItsName: what a run of it holds, at the least or in the median seed.
func TestChaosIsWorthItsName(t *testing.T) {
	const seeds = 200
	var messages, faults, leaders []int
	forSeeds(t, builtIn(t, "chaos"), seeds, func() (record.Sink, func(*Result) string) {
		began := 0
		sink := func(r *record.Record) {
			if r.Kind == record.FaultBegan {
				began++
			}
		}
		return sink, func(r *Result) string {
			messages, faults = append(messages, int(r.Messages)), append(faults, began)
			leaders = append(leaders, r.Elections)
			if r.Simulated < 40*vtime.Second || r.Ops.Answered() < 10 {
				return fmt.Sprintf("%v, %d of %d answered", r.Simulated, r.Ops.Answered(), r.Ops.Total)
			}
			return ""
		}
	})
	for _, of := range []struct {
		what   string
		counts []int
		least  int
	}{{"messages", messages, 5000}, {"faults", faults, 5}, {"leaders", leaders, 2}} {
		slices.Sort(of.counts)
		if median := of.counts[len(of.counts)/2]; median < of.least {
			t.Errorf("the median seed has %d %s, want %d", median, of.what, of.least)
		}
	}
}
