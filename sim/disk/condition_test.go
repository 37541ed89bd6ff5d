package disk_test

import (
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/disk"
)

func stall(d *disk.Disk) { d.SetCondition(disk.Condition{Stalled: true}) }
func mend(d *disk.Disk)  { d.SetCondition(disk.Condition{}) }

// Each sync that begins on a slow disk takes what it takes anyway, and a drawn time more.
func TestASlowDiskTakesLonger(t *testing.T) {
	plain, slow := newDisk(losing), newDisk(losing)
	var seen [10]int
	alike := 0
	for i := range 1000 {
		slow.SetCondition(disk.Condition{})
		if i%2 == 1 {
			slow.SetCondition(disk.Condition{Slow: choice.UniformBetween(1000, 1009)})
		}
		plain.Write(hardState(1, 1))
		slow.Write(hardState(1, 1))
		want, number := plain.Sync()
		got, _ := slow.Sync()
		slow.SetCondition(disk.Condition{}) // it matters when a sync begins
		more := int64(got - want)
		if i%2 == 0 && more != 0 || i%2 == 1 && (more < 1000 || more > 1009) {
			t.Fatalf("sync %d takes %d ns more", number, more)
		}
		if more != 0 {
			seen[more-1000]++
			if more-1000 == int64(want)-10 {
				alike++
			}
		}
		plain.Completed(number)
		slow.Completed(number)
	}
	if alike > 100 { // one in eleven, where the two are drawn apart
		t.Errorf("%d of 500 syncs take longer by what they take anyway", alike)
	}
	for length, count := range seen { // 50 each, give or take five standard deviations
		if count < 16 || count > 84 {
			t.Errorf("%d syncs of 500 take %d ns more", count, 1000+length)
		}
	}
}

// Whether a sync was under way when the stall began or begins in it: it completes when the stall
// ends, if it would be done by then.
func TestAStalledDiskCompletesNothing(t *testing.T) {
	for _, before := range []bool{true, false} {
		d := newDisk(losing)
		d.Write(entries(1, 1))
		if !before {
			stall(d)
		}
		number := begin(d)
		stall(d)
		d.Completed(number)
		d.Write(entries(2, 1)) // writes are still issued
		if d.Stable() != 0 || d.Issued() != 2 || d.WantsSync() || d.Syncing() != number {
			t.Fatalf("stable %d of %d, wants a sync %v, sync %d is under way",
				d.Stable(), d.Issued(), d.WantsSync(), d.Syncing())
		}
		wantTerms(t, d)
		stall(d) // again, or still: nothing changes
		wantTerms(t, d)
		mend(d)
		wantTerms(t, d, 1)
		if d.Stable() != 1 || !d.WantsSync() || d.Syncing() != 0 {
			t.Fatalf("stable %d, wants a sync %v", d.Stable(), d.WantsSync())
		}
		d.Completed(number)
		sync(d)
		wantTerms(t, d, 1, 1)
	}
}

// A sync that would still take a while when the stall ends completes in its own time.
func TestAStallEndsBeforeItsSync(t *testing.T) {
	d := newDisk(losing)
	d.Write(entries(1, 1))
	number := begin(d)
	stall(d)
	mend(d)
	wantTerms(t, d)
	d.Completed(number)
	wantTerms(t, d, 1)
}

// A crash takes the sync with it, not the stall: the next life's sync waits for the same end, and
// the old one completes for nobody.
func TestAStallOutlivesACrash(t *testing.T) {
	for _, config := range []disk.Config{losing, keeping} {
		d := newDisk(config)
		d.Write(entries(1, 1))
		old := begin(d)
		stall(d)
		d.Completed(old)
		d.Crash()
		kept := []raft.Term{1}
		if config.LoseUnsynced {
			kept = nil
		}
		wantTerms(t, d, kept...)

		d.Write(entries(1, 2))
		young := begin(d)
		d.Completed(old)
		mend(d)
		wantTerms(t, d, kept...) // nothing was overdue in this life
		stall(d)
		d.Completed(young)
		wantTerms(t, d, kept...)
		mend(d)
		wantTerms(t, d, 2)
	}
}

func TestConditionsEndWithTheRun(t *testing.T) {
	d := newDisk(losing)
	d.SetCondition(disk.Condition{Stalled: true, Slow: choice.Constantly(1000)})
	d.Write(entries(1, 1))
	d.Completed(begin(d))
	d.Reset(&losing, stream(1))
	d.Write(entries(1, 1))
	takes, number := d.Sync()
	d.Completed(number)
	if takes >= 1000 {
		t.Errorf("a sync of the next run takes %v", takes)
	}
	wantTerms(t, d, 1)
}
