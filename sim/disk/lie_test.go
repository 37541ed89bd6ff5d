package disk_test

import (
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/disk"
)

// lying is a disk of which no sync makes anything durable.
var lying = disk.Config{LoseUnsynced: true, LieSync: choice.One}

func wantSays(t *testing.T, d *disk.Disk, want raft.Persistence) {
	t.Helper()
	if got := d.Persistence(); got != want {
		t.Fatalf("the disk says %+v, want %+v", got, want)
	}
}

func TestALyingDiskSaysMoreThanItHolds(t *testing.T) {
	d := newDisk(lying)
	d.Write(hardState(3, 2))
	d.Write(entries(1, 1, 3))
	sync(d)
	said := raft.Persistence{
		HardState: raft.HardState{CurrentTerm: 3, VotedFor: 2},
		LogState:  raft.LogState{Index: 2, Term: 3},
	}
	wantSays(t, d, said)
	if d.Stable() != 2 || d.WantsSync() {
		t.Fatalf("stable %d, wants a sync %v: it seems to know that it lied", d.Stable(), d.WantsSync())
	}
	wantTerms(t, d)
	wantHardState(t, d, 0, raft.None)

	// It keeps up the lie: what follows builds on it.
	d.Write(entries(2, 4, 4))
	sync(d)
	said.LogState = raft.LogState{Index: 3, Term: 4}
	wantSays(t, d, said)

	d.Crash()
	wantTerms(t, d)
	wantSays(t, d, raft.Persistence{})
	if number := d.Write(entries(1, 5)); number != 4 {
		t.Fatalf("the write after the crash has number %d, want 4", number)
	}
}

// Without lose_unsynced a crash loses nothing that was written, whoever lied about it.
func TestALieDoesNotComeOutWhereNothingIsLost(t *testing.T) {
	config := lying
	config.LoseUnsynced = false
	d := newDisk(config)
	d.Write(entries(1, 1, 1))
	sync(d)
	wantTerms(t, d)
	d.Write(entries(2, 2))
	d.Crash()
	wantTerms(t, d, 1, 2)
}

// lies tells whether each of a disk's first syncs lies, as crashes bring it out.
func lies(seed uint64, count int) (list []bool) {
	config := losing
	config.LieSync = choice.One / 4
	for number := range count {
		d := new(disk.Disk)
		d.Reset(&config, stream(seed))
		for range number {
			d.Write(hardState(1, 1))
			sync(d)
		}
		d.Write(entries(1, 7))
		sync(d)
		d.Crash()
		list = append(list, len(d.Durable().Entries) == 0)
	}
	return list
}

// An honest sync makes durable what earlier ones had only said.
func TestAnHonestSyncMakesLiesTrue(t *testing.T) {
	config := losing
	config.LieSync = choice.One / 4
	pattern := lies(1, 60)
	seen := 0
	for first, lied := range pattern[:59] {
		if !lied || pattern[first+1] {
			continue
		}
		seen++
		d := newDisk(config)
		for range first {
			d.Write(hardState(1, 1))
			sync(d)
		}
		d.Write(entries(1, 2, 2, 2)) // a lie
		sync(d)
		d.Write(entries(3, 3)) // the truth, and all before it
		sync(d)
		d.Crash()
		wantTerms(t, d, 2, 2, 3)
	}
	if seen < 3 {
		t.Fatalf("only %d lies are followed by the truth: %v", seen, pattern)
	}
}

// A quarter of the syncs lies, give or take five standard deviations; and another quarter where the
// seed is another.
func TestSyncsLieInTheirRatio(t *testing.T) {
	const count = 400
	lists := [2][]bool{lies(1, count), lies(2, count)}
	both := 0
	for i := range count {
		if lists[0][i] && lists[1][i] {
			both++
		}
	}
	for _, list := range lists {
		lied := 0
		for _, l := range list {
			if l {
				lied++
			}
		}
		if lied < 57 || lied > 143 {
			t.Errorf("of %d syncs %d lie, want about 100", count, lied)
		}
	}
	if both > 50 {
		t.Errorf("%d syncs lie with both seeds, want about 25", both)
	}
}

func TestALieTakesNoLessTime(t *testing.T) {
	config := losing
	config.LieSync = choice.One
	honest, liar := newDisk(losing), newDisk(config)
	for range 50 {
		honest.Write(hardState(1, 1))
		liar.Write(hardState(1, 1))
		want, number := honest.Sync()
		got, _ := liar.Sync()
		if got != want {
			t.Fatalf("sync %d takes %v, an honest one %v", number, got, want)
		}
		honest.Completed(number)
		liar.Completed(number)
	}
}

func TestASteadyLiarDoesNotAllocate(t *testing.T) {
	config := losing
	config.LieSync = choice.One / 2
	d := newDisk(config)
	save, rewrite := hardState(1, 1), entries(1, 1, 2, 3)
	if n := testing.AllocsPerRun(200, func() {
		d.Write(save)
		d.Write(rewrite)
		sync(d)
		d.Write(rewrite)
		sync(d)
		d.Persistence()
	}); n != 0 {
		t.Errorf("writes and syncs allocate %v times, want 0", n)
	}
}
