package lab

import (
	"fmt"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// syncs calls check for each sync of a server: when it began, how long it took, in the order of time.
// One begins with a write, or when the one before is done and more was written.
func (a tale) syncs(id raft.ServerID, check func(began vtime.Time, takes vtime.Duration)) {
	var written uint64
	var began vtime.Time
	underWay := false
	for _, r := range a.at(id) {
		switch r.Kind {
		case record.Crashed:
			underWay = false
		case record.Written:
			written = r.Number
			if !underWay {
				began, underWay = r.At, true
			}
		case record.Persisted:
			check(began, r.At.Sub(began))
			began, underWay = r.At, r.Number < written
		}
	}
}

// TestSlowDisksTakeLonger: syncs that begin while it lasts, on the servers struck.
func TestSlowDisksTakeLonger(t *testing.T) {
	slow, quick := 0, 0
	s := world(t, 2, `{at = "1s", do = "slow_disk", nodes = ["n2", "n4"], by = "20ms", for = "1s"}`, "")
	for seed := range uint64(5) {
		all := tell(t, s, seed)
		for id := raft.ServerID(1); id <= 5; id++ {
			all.syncs(id, func(began vtime.Time, takes vtime.Duration) {
				want := ms
				if (id == 2 || id == 4) && inForce(began) {
					want += 20 * ms
					slow++
				} else {
					quick++
				}
				if takes != want {
					t.Fatalf("seed %d: a sync of %v from %v takes %v, want %v", seed, id, began, takes, want)
				}
			})
		}
	}
	if slow < 300 || quick < 1500 {
		t.Errorf("%d syncs were slow, %d quick", slow, quick)
	}
}

// TestAStalledDiskStandsStill: nothing becomes durable on it, and what should have is when the stall is
// over. Meanwhile its server leads on, and commits what the others have on disk.
func TestAStalledDiskStandsStill(t *testing.T) {
	s := world(t, 2, `{at = "1s", do = "stall_disk", node = "n1", for = "1s"}`, "")
	for seed := range uint64(20) {
		all := tell(t, s, seed)
		own := all.during(faultBegins, faultEnds).at(1)
		if n := len(own.of(record.Persisted)); n > 0 {
			t.Fatalf("seed %d: n1 hears of %d syncs during the stall", seed, n)
		}
		// Every 10 ms to each of four, beside what the clients' requests make it send.
		beats := own.where(func(r *record.Record) bool { return r.Kind == record.TimerFired })
		if len(beats) < 99 || len(own.of(record.Sent)) < 396 {
			t.Fatalf("seed %d: n1 sends only %d heartbeats", seed, len(beats))
		}
		if n := len(own.of(record.Answered)); n < 50 {
			t.Fatalf("seed %d: only %d requests are answered during the stall", seed, n)
		}
		if n := len(all.of(record.BecameCandidate)); n != 1 {
			t.Fatalf("seed %d: %d servers stand for election, want n1 alone", seed, n)
		}
		// The first sync to begin during the stall is done at its end, with all that was written by then.
		news := all.during(faultEnds, 3*vtime.Second).at(1).of(record.Persisted)
		if len(news) == 0 || news[0].At != instant(faultEnds) {
			t.Fatalf("seed %d: no news at the end of the stall", seed)
		}
		writes := own.of(record.Written)
		caughtUp := all.during(faultEnds, faultEnds+ms+1).at(1).of(record.Persisted)
		if last := caughtUp[len(caughtUp)-1]; last.Number < writes[len(writes)-1].Number {
			t.Fatalf("seed %d: a sync after the stall n1 knows of write %d, want %d",
				seed, last.Number, writes[len(writes)-1].Number)
		}
	}
}

// diskState is what of a server is durable, as far as it says.
type diskState struct {
	term raft.Term
	vote raft.ServerID
	last raft.Index
}

func diskOf(r *record.Record) diskState { return diskState{r.Term, r.Peer, r.Index} }

// disks follows what each server knows to be durable, and how long its log is, and calls back at each
// restart.
func (a tale) disks(restarted func(id raft.ServerID, at int, durable diskState, log raft.Index)) {
	var durable [6]diskState
	var log, atCrash [6]raft.Index
	for i := range a {
		r := &a[i]
		switch r.Kind {
		case record.Persisted:
			durable[r.Server] = diskOf(r)
		case record.Appended, record.Truncated, record.Recovered:
			log[r.Server] = r.Index
		case record.Crashed:
			atCrash[r.Server], log[r.Server] = log[r.Server], 0
		case record.Restarted:
			restarted(r.Server, i, durable[r.Server], atCrash[r.Server])
			durable[r.Server] = diskOf(r)
		}
	}
}

// TestACrashDuringAStallLosesWhatWaits: what was written in it, and was to be durable when it ends, is
// gone; the stall goes on in the next life.
func TestACrashDuringAStallLosesWhatWaits(t *testing.T) {
	s := world(t, 2, `{at = "1s", do = "stall_disk", node = "n1", for = "1s"},
		{at = "1500ms", do = "crash", node = "n1", for = "100ms"}`, "")
	for seed := range uint64(20) {
		all := tell(t, s, seed)
		back := 0
		all.disks(func(_ raft.ServerID, at int, durable diskState, log raft.Index) {
			back++
			if diskOf(&all[at]) != durable || durable.last+20 > log {
				t.Fatalf("seed %d: %+v comes back, %+v was durable, and the log %d long",
					seed, all[at], durable, log)
			}
		})
		if back != 1 {
			t.Fatalf("seed %d: n1 restarts %d times", seed, back)
		}
		if n := len(all.during(faultBegins, faultEnds).at(1).of(record.Persisted)); n > 0 {
			t.Fatalf("seed %d: the stall ends with the crash", seed)
		}
		if n := len(all.during(faultEnds, 3*vtime.Second).at(1).of(record.Persisted)); n == 0 {
			t.Fatalf("seed %d: nothing is durable after the stall", seed)
		}
	}
}

// TestALossOfPowerSparesWhatIsDurable: all servers crash in one event; each comes back with what it knew
// to be durable, not with what it had written since; and the cluster goes on.
func TestALossOfPowerSparesWhatIsDurable(t *testing.T) {
	lost := 0
	for seed := range uint64(30) {
		fault := fmt.Sprintf(
			`{at = "%dms", do = "crash", nodes = ["n1", "n2", "n3", "n4", "n5"], for = "200ms"}`, 500+seed)
		const fsync = "[storage]\nfsync = {dist = \"uniform\", min = \"1ms\", max = \"9ms\"}"
		all := tell(t, world(t, 3, fault, fsync), seed)
		crashed := all.of(record.Crashed)
		if len(crashed) != 5 || crashed[0].Event != crashed[4].Event {
			t.Fatalf("seed %d: %d servers crash, want 5 at once", seed, len(crashed))
		}
		all.disks(func(id raft.ServerID, at int, durable diskState, log raft.Index) {
			if diskOf(&all[at]) != durable {
				t.Fatalf("seed %d: %v comes back with %+v, want %+v", seed, id, diskOf(&all[at]), durable)
			}
			if durable.last < log {
				lost++
			}
		})
		if n := len(all.during(vtime.Second+500*ms, 3*vtime.Second).of(record.Answered)); n < 100 {
			t.Fatalf("seed %d: only %d requests are answered after it", seed, n)
		}
	}
	if lost < 30 {
		t.Errorf("only %d times something unsynced was lost: the power fails too late", lost)
	}
}

// TestACrashBetweenAWriteAndItsSync: what was written is gone, whichever write it is.
func TestACrashBetweenAWriteAndItsSync(t *testing.T) {
	for nth := 1; nth <= 40; nth++ {
		s := world(t, 2, fmt.Sprintf(`{when = "written n2 #%d", do = "crash", node = "n2", for = "50ms"}`, nth), "")
		all := tell(t, s, uint64(nth))
		i := all.first(t, 0, record.Crashed, 2)
		if all[i-2].Kind != record.Written || all[i-2].Server != 2 || all[i-1].Kind != record.FaultBegan ||
			int(all[i-2].Number) != nth {
			t.Fatalf("before the crash come %v and %v", all[i-2].Kind, all[i-1].Kind)
		}
		write := all[i-2]
		all.disks(func(_ raft.ServerID, at int, durable diskState, log raft.Index) {
			if diskOf(&all[at]) != durable {
				t.Fatalf("write %d: %+v comes back, %+v was durable", nth, diskOf(&all[at]), durable)
			}
			if write.Index != 0 && durable.last >= write.Index || write.Term > durable.term+1 {
				t.Fatalf("write %d (%+v) is on disk: %+v", nth, write, durable)
			}
		})
	}
}

// TestACrashBetweenASyncAndWhatWaitedForIt: what was to be sent then never is, though it is true.
func TestACrashBetweenASyncAndWhatWaitedForIt(t *testing.T) {
	unsent := 0
	for nth := 1; nth <= 40; nth++ {
		fault := fmt.Sprintf(`{when = "persisted n2 #%d", do = "crash", node = "n2", for = "50ms"}`, nth)
		all := tell(t, world(t, 2, fault, ""), uint64(nth)).at(2)
		i := all.first(t, 0, record.Crashed, 2)
		news := all[:i].of(record.Persisted)
		waited := 0
		for _, r := range all[:i].of(record.Held) {
			if r.Number <= news[nth-1].Number && (nth == 1 || r.Number > news[nth-2].Number) {
				waited++
			}
		}
		unsent += waited
		persisted := news[nth-1]
		for j := all.first(t, 0, record.Persisted, 2); j < i; j++ {
			if all[j].Kind == record.Sent && all[j].Event >= persisted.Event {
				t.Fatalf("persisted %d: n2 sends %+v before the crash", nth, all[j])
			}
		}
		// In its next life it sends nothing before something happens to it.
		back := all.first(t, i, record.Restarted, 2)
		for _, r := range all[back+1:] {
			if steps[r.Kind] {
				break
			}
			if owed[r.Kind] {
				t.Fatalf("persisted %d: the next life begins with %+v", nth, r)
			}
		}
		if diskOf(&all[back]) != diskOf(&persisted) {
			t.Fatalf("persisted %d: %+v, and %+v comes back", nth, diskOf(&persisted), diskOf(&all[back]))
		}
	}
	if unsent < 30 {
		t.Errorf("only %d messages waited for those syncs", unsent)
	}
}
