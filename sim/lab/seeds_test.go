package lab

import (
	"fmt"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
)

// seeds is how many seeds each of the following scenarios is run with, from 1; with -short (under the
// race detector, say) shortSeeds at most.
const seeds, shortSeeds = 2000, 20

// watcher makes, for one run, a sink for its records and a judge, who says afterwards what the run did
// not show.
type watcher func() (record.Sink, func(*Result) string)

// forSeeds runs the scenario with each seed, and stops at the first that does not pass, or does not
// show what it should.
func forSeeds(t *testing.T, s *scenario.Scenario, count uint64, watch watcher) {
	t.Helper()
	if testing.Short() {
		count = min(count, shortSeeds)
	}
	var l Lab
	for seed := uint64(1); seed <= count; seed++ {
		sink, judge := watch()
		r := l.Run(s, seed, sink)
		if r.Status != Pass {
			t.Fatalf("%s, seed %d: %s %v %+v", s.Name, seed, r.Status, r.Unmet, r.Violation)
		}
		if missing := judge(&r); missing != "" {
			t.Fatalf("%s, seed %d: %s", s.Name, seed, missing)
		}
	}
}

func allAnswered() (record.Sink, func(*Result) string) {
	return nil, func(r *Result) string {
		if r.Ops.Answered() != 15 || r.Ops.Total != 15 {
			return fmt.Sprintf("not all of 15 answered: %+v", r.Ops)
		}
		return ""
	}
}

func TestEverySeedOfDefault(t *testing.T) {
	forSeeds(t, builtIn(t, "default"), seeds, allAnswered)
}

func TestEverySeedOfColdStart(t *testing.T) {
	forSeeds(t, builtIn(t, "cold-start"), seeds, allAnswered)
}

// TestEverySeedOfNoTimers: all are answered, and no timer fires but the one that elects n1.
func TestEverySeedOfNoTimers(t *testing.T) {
	watch := func() (record.Sink, func(*Result) string) {
		fired := 0
		sink := func(r *record.Record) {
			if r.Kind == record.TimerFired {
				fired++
			}
		}
		_, answered := allAnswered()
		return sink, func(r *Result) string {
			if fired != 1 {
				return fmt.Sprintf("%d timers fired", fired)
			}
			return answered(r)
		}
	}
	forSeeds(t, builtIn(t, "no-timers"), seeds, watch)
}

func TestClustersOfEverySize(t *testing.T) {
	for _, nodes := range []int{1, 2, 3, 4, 7, 63} {
		for _, first := range []string{"n1", "none"} {
			text := fmt.Sprintf("num_nodes = %d\n[raft]\nfirst_leader = %q\n", nodes, first)
			count := uint64(200)
			if nodes == 63 {
				count = 5
			}
			s := parse(t, fmt.Sprintf("%d-nodes-first-%s", nodes, first), text)
			forSeeds(t, s, count, allAnswered)
		}
	}
}

// TestEverySeedOfLeaderCrash: two leaders crash, others are elected, and requests are answered after
// each crash.
func TestEverySeedOfLeaderCrash(t *testing.T) {
	watch := func() (record.Sink, func(*Result) string) {
		crashes, answeredAfter, leading := 0, [3]int{}, raft.None
		crashedLeaders := 0
		sink := func(r *record.Record) {
			switch r.Kind {
			case record.BecameLeader:
				leading = r.Server
			case record.Crashed:
				crashes++
				if r.Server == leading {
					crashedLeaders++
				}
			case record.Returned:
				if r.Outcome.Answered() {
					answeredAfter[min(crashes, 2)]++
				}
			}
		}
		return sink, func(r *Result) string {
			if crashedLeaders != 2 || answeredAfter[1] == 0 || answeredAfter[2] == 0 || r.Elections < 3 {
				return fmt.Sprintf("%d leaders crashed, %d and %d requests answered after them, %d elections",
					crashedLeaders, answeredAfter[1], answeredAfter[2], r.Elections)
			}
			return ""
		}
	}
	forSeeds(t, builtIn(t, "leader-crash"), seeds, watch)
}

// TestEverySeedOfPartition: the old leader's side commits nothing of what it takes on while it is cut
// off, or has just taken on, and drops it then; the old leader steps down meanwhile (CheckQuorum), and
// follows when it is back. The other side elects a leader and answers.
func TestEverySeedOfPartition(t *testing.T) {
	watch := func() (record.Sink, func(*Result) string) {
		var w partitionWatch
		return w.observe, func(*Result) string {
			switch {
			case w.appended == 0 && !w.open: // a client whose request is open asks nothing else
				return "the old leader was not asked during the cut, and had nothing to commit"
			case w.committedByMinority:
				return "the minority committed during the cut"
			case w.answeredByMajority == 0:
				return "the majority answered nothing during the cut"
			case !w.truncated.Has(1):
				return "the old leader's entries were not overwritten"
			case !w.steppedDown:
				return "the old leader did not step down during the cut"
			case !w.followed:
				return "the old leader did not follow after healing"
			}
			return ""
		}
	}
	forSeeds(t, builtIn(t, "partition"), seeds, watch)
}

// partitionWatch looks for what the partition scenario is to show.
type partitionWatch struct {
	cut, healed         bool
	proposed, committed raft.Index // the last of the old leader's side
	open                bool       // when the cut began something that it had taken on was not committed
	appended            raft.Index // the first entry that the old leader took on during the cut
	committedByMinority bool
	answeredByMajority  int
	truncated           raft.ServerSet
	steppedDown         bool // in the term that it led
	followed            bool
}

func (w *partitionWatch) observe(r *record.Record) {
	old := r.Server == 1 || r.Server == 2
	switch r.Kind {
	case record.FaultBegan:
		w.cut, w.open = true, w.proposed > w.committed
	case record.FaultEnded:
		w.cut, w.healed = false, true
	case record.Committed:
		// What it took on before the cut may still reach a majority: n1, n2 and one whose
		// acknowledgement had arrived.
		if w.cut && old && w.appended != 0 && r.Index >= w.appended {
			w.committedByMinority = true
		}
		if old {
			w.committed = r.Index
		}
	case record.Proposed:
		if w.cut && old && w.appended == 0 {
			w.appended = r.Index
		}
		if old {
			w.proposed = r.Index
		}
	case record.Returned:
		if w.cut && !old && r.Outcome.Answered() {
			w.answeredByMajority++
		}
	case record.Truncated:
		w.truncated = w.truncated.With(r.Server)
	case record.BecameFollower:
		if r.Server == 1 {
			w.steppedDown = w.steppedDown || w.cut && r.Term == 1
			w.followed = w.followed || w.healed
		}
	}
}
