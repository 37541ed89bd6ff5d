package fault_test

import (
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// on makes a fault that strikes a server by name, for as long as nobody ends it.
func on(do record.Verb, id raft.ServerID) fault.Fault {
	return fault.Fault{Do: do, Node: fault.On(id)}
}

func find(do record.Verb, kind fault.TargetKind) fault.Fault {
	return fault.Fault{Do: do, Node: fault.Target{Kind: kind}}
}

func partition(groups ...raft.ServerSet) fault.Fault {
	return fault.Fault{Do: record.Partition, Groups: groups}
}

func cut(from, to raft.ServerID) fault.Fault {
	return fault.Fault{Do: record.Cut, From: from, To: to}
}

func cutBoth(from, to raft.ServerID) fault.Fault {
	return fault.Fault{Do: record.Cut, From: from, To: to, Both: true}
}

var heal = fault.Fault{Do: record.Heal}

func set(ids ...raft.ServerID) raft.ServerSet { return raft.SetOf(ids...) }

func TestFaultsReadAsTheyAreTold(t *testing.T) {
	for _, test := range []struct {
		fault fault.Fault
		want  string
	}{
		{on(record.Crash, 3), "crash n3"},
		{find(record.Crash, fault.Leader), "crash leader"},
		{find(record.Pause, fault.Follower), "pause follower"},
		{find(record.Restart, fault.Random), "restart random"},
		{on(record.Resume, 63), "resume n63"},
		{on(record.Isolate, 2), "isolate n2"},
		{fault.Fault{Do: record.Isolate}, "isolate nobody"},
		{partition(set(1, 2), set(3, 4, 5)), "partition n1 n2 | n3 n4 n5"},
		{partition(set(4)), "partition n4"},
		{cut(2, 1), "cut n2 -> n1"},
		{cutBoth(2, 1), "cut n2 <-> n1"},
		{heal, "heal"},
		{partition(set(1, 2, 3), set(3, 4)), "partition n1 n2 n3 | n3 n4, bridged by n3"},
		{fault.Fault{Do: record.Crash, Node: fault.On(1, 3)}, "crash n1 n3"},
		{fault.Fault{Do: record.Clog, Node: fault.On(1)}, "clog n1"},
		{fault.Fault{Do: record.Clog, From: 1, To: 2}, "clog n1 -> n2"},
		{fault.Fault{Do: record.SlowLink, From: 1, To: 2, Both: true, Rate: choice.One,
			By: choice.Constantly(int64(vtime.Second))}, "slow_link n1 <-> n2 by 1s"},
		{fault.Fault{Do: record.SlowLink, Node: fault.On(1), Rate: choice.One / 4,
			By: choice.UniformBetween(int64(vtime.Second), int64(vtime.Minute))},
			"slow_link n1 by 1s to 1m0s at 0.25"},
		{fault.Fault{Do: record.Loss, Node: fault.On(2), Rate: choice.One / 10}, "loss n2 at 0.1"},
		{fault.Fault{Do: record.SlowDisk, Node: fault.On(2), By: choice.Constantly(1000)},
			"slow_disk n2 by 1µs"},
		{fault.Fault{Do: record.ClockDrift, Node: fault.On(2), Drift: -1_000_000},
			"clock_drift n2 by -0.001"},
		{fault.Fault{Do: record.ClockJump, Node: fault.On(2), Jump: -vtime.Second},
			"clock_jump n2 by -1s"},
		{fault.Fault{Do: 99}, "Verb(99) nobody"},
	} {
		if got := test.fault.String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestVerbsHaveNamesAndCounterparts(t *testing.T) {
	var names, lasting []string
	for _, verb := range record.Verbs() {
		names = append(names, verb.String())
		if verb.Lasts() {
			lasting = append(lasting, verb.String())
		}
	}
	const all = "crash pause partition isolate cut restart resume heal slow_link clog " +
		"loss duplicate slow_disk stall_disk slow_cpu clock_drift clock_jump transfer_leader"
	if got := strings.Join(names, " "); got != all {
		t.Errorf("the verbs are %q, want %q", got, all)
	}
	if got := strings.Join(lasting, " "); got != "crash pause partition isolate cut slow_link clog loss "+
		"duplicate slow_disk stall_disk slow_cpu clock_drift" {
		t.Errorf("%q last", got)
	}
	if got := record.Verb(0).String(); got != "Verb(0)" {
		t.Errorf("no verb reads %q", got)
	}
}

// The cluster in which targets are found: n2 leads, n6 is down, n5 paused, n4 a candidate.
var view = fault.View{
	Members: raft.Servers(6),
	Down:    set(6),
	Paused:  set(5),
	Follows: set(1, 3),
	Stands:  set(4),
	Leader:  2,
}

// struck returns all servers that the fault ever strikes, over many seeds.
func struck(f *fault.Fault, view *fault.View) (found raft.ServerSet) {
	for seed := range uint64(300) {
		struck := f.Resolve(view, choice.NewStream(seed, choice.Fault(1)))
		if struck == 0 {
			return 0
		}
		found |= struck
	}
	return found
}

func TestTargetsAreThoseThatTheFaultCanStrike(t *testing.T) {
	for _, test := range []struct {
		fault fault.Fault
		want  raft.ServerSet
	}{
		{on(record.Crash, 4), set(4)},
		{on(record.Restart, 4), 0}, // it runs
		{on(record.Restart, 6), set(6)},
		{on(record.Resume, 4), 0},
		{on(record.Resume, 5), set(5)},
		{find(record.Crash, fault.Leader), set(2)},
		{find(record.Isolate, fault.Leader), set(2)},
		{find(record.Crash, fault.Follower), set(1, 3)},
		{find(record.Pause, fault.Follower), set(1, 3)},
		{find(record.Crash, fault.Candidate), set(4)},
		{find(record.Crash, fault.Random), set(1, 2, 3, 4, 5)},
		{fault.Fault{Do: record.Crash, Node: fault.On(1, 6)}, set(1, 6)},
		{fault.Fault{Do: record.Restart, Node: fault.On(1, 6)}, set(6)},
		{fault.Fault{Do: record.ClockJump, Node: fault.On(1, 5, 6)}, set(1, 5)},
		{find(record.ClockJump, fault.Random), set(1, 2, 3, 4, 5)},
		{find(record.ClockJump, fault.Leader), set(2)},
		{find(record.Restart, fault.Random), set(6)},
		{find(record.Pause, fault.Random), set(1, 2, 3, 4)},
		{find(record.Resume, fault.Random), set(5)},
		{find(record.Isolate, fault.Random), set(1, 2, 3, 4, 5, 6)},
		{fault.Fault{Do: record.Crash}, 0},
		{heal, 0},
		{partition(set(1)), 0},
	} {
		if got := struck(&test.fault, &view); got != test.want {
			t.Errorf("%v strikes %b, want %b", test.fault.String(), got, test.want)
		}
	}
}

func TestThereMayBeNobodyToStrike(t *testing.T) {
	calm := fault.View{Members: raft.Servers(3)}
	wreck := fault.View{Members: raft.Servers(3), Down: raft.Servers(3)}
	for _, test := range []struct {
		fault fault.Fault
		view  *fault.View
	}{
		{find(record.Crash, fault.Leader), &calm},
		{find(record.Crash, fault.Follower), &calm},
		{find(record.Crash, fault.Candidate), &calm},
		{find(record.Restart, fault.Random), &calm},
		{find(record.Restart, fault.Leader), &view},
		{find(record.Restart, fault.Follower), &view},
		{find(record.Restart, fault.Candidate), &view},
		{find(record.Resume, fault.Leader), &view},
		{find(record.Resume, fault.Follower), &view},
		{find(record.Resume, fault.Candidate), &view},
		{on(record.ClockJump, 6), &view},
		{find(record.ClockJump, fault.Random), &wreck},
		{find(record.Resume, fault.Random), &calm},
		{find(record.Crash, fault.Random), &wreck},
		{find(record.Pause, fault.Random), &wreck},
	} {
		if got := struck(&test.fault, test.view); got != 0 {
			t.Errorf("%v strikes %b, want nobody", test.fault.String(), got)
		}
	}
}

// Chance is fair among the candidates, and the same for the same fault of the same run.
func TestRandomTargetsAreEquallyLikely(t *testing.T) {
	f := find(record.Crash, fault.Random)
	var hits [7]int
	for seed := range uint64(5000) {
		stream := choice.NewStream(seed, choice.Fault(2))
		struck := f.Resolve(&view, stream)
		if again := f.Resolve(&view, stream); again != struck {
			t.Fatalf("the same fault strikes %b, then %b", struck, again)
		}
		hits[struck.Next(raft.None)]++
	}
	for id, count := range hits[1:6] {
		if count < 850 || count > 1150 {
			t.Errorf("n%d was struck %d times of 5000, want about 1000", id+1, count)
		}
	}
}
