package disk_test

import (
	"testing"

	"raftkv/raft"
	"raftkv/sim/disk"
)

// crashes: what is on the disk when it happens, and what is there afterwards, with LoseUnsynced and
// without.
var crashes = []struct {
	name       string
	happens    func(d *disk.Disk)
	lost, kept []raft.Term
}{
	{"nothing was written", func(*disk.Disk) {}, nil, nil},
	{"nothing was synced", func(d *disk.Disk) {
		d.Write(entries(1, 1))
		d.Write(entries(2, 2))
	}, nil, []raft.Term{1, 2}},
	{"a sync is under way", func(d *disk.Disk) {
		d.Write(entries(1, 1))
		d.Sync()
	}, nil, []raft.Term{1}},
	{"all is synced", func(d *disk.Disk) {
		d.Write(entries(1, 1, 2))
		sync(d)
	}, []raft.Term{1, 2}, []raft.Term{1, 2}},
	{"one is durable, one in a sync, one waits", func(d *disk.Disk) {
		d.Write(entries(1, 1))
		sync(d)
		d.Write(entries(2, 2))
		d.Sync()
		d.Write(entries(3, 3))
	}, []raft.Term{1}, []raft.Term{1, 2, 3}},
	{"a truncation waits", func(d *disk.Disk) {
		d.Write(entries(1, 1, 1, 1))
		sync(d)
		d.Write(entries(2, 2))
	}, []raft.Term{1, 1, 1}, []raft.Term{1, 2}},
}

func TestACrashLosesExactlyTheUnsynced(t *testing.T) {
	for _, test := range crashes {
		t.Run(test.name, func(t *testing.T) {
			d := newDisk(losing)
			test.happens(d)
			d.Crash()
			wantTerms(t, d, test.lost...)
		})
	}
}

func TestACrashKeepsAllWhereNothingIsLost(t *testing.T) {
	for _, test := range crashes {
		t.Run(test.name, func(t *testing.T) {
			d := newDisk(keeping)
			test.happens(d)
			d.Crash()
			wantTerms(t, d, test.kept...)
		})
	}
}

func TestACrashLosesAnUnsyncedVote(t *testing.T) {
	for _, test := range []struct {
		config disk.Config
		term   raft.Term
		vote   raft.ServerID
	}{{losing, 1, 2}, {keeping, 2, 3}} {
		d := newDisk(test.config)
		d.Write(hardState(1, 2))
		sync(d)
		d.Write(hardState(2, 3))
		d.Crash()
		wantHardState(t, d, test.term, test.vote)
	}
}

// The event of a sync outlives the server's life; it must complete neither what was lost nor what
// the next life writes.
func TestASyncCutShortCompletesForNobody(t *testing.T) {
	d := newDisk(losing)
	d.Write(entries(1, 1))
	old := begin(d)
	d.Crash()
	d.Completed(old)
	wantTerms(t, d)

	d.Write(entries(1, 2))
	d.Completed(old)
	wantTerms(t, d)
	young := begin(d)
	d.Completed(old)
	wantTerms(t, d)
	if d.WantsSync() {
		t.Fatal("the old sync ended the new one")
	}
	d.Completed(young)
	wantTerms(t, d, 2)
}

func TestNumbersAreNeverUsedAgain(t *testing.T) {
	for _, config := range []disk.Config{losing, keeping} {
		d := newDisk(config)
		d.Write(entries(1, 1))
		d.Write(entries(2, 1))
		first := begin(d)
		d.Crash()
		if d.Issued() != 2 || d.Stable() != 2 {
			t.Fatalf("after a crash %d are issued, %d stable, want 2 and 2", d.Issued(), d.Stable())
		}
		if number := d.Write(hardState(1, 1)); number != 3 {
			t.Fatalf("the write after the crash has number %d, want 3", number)
		}
		if second := begin(d); second == first {
			t.Fatalf("two syncs have number %d", second)
		}
	}
}

func TestACrashLeavesTheDiskReady(t *testing.T) {
	d := newDisk(losing)
	d.Write(entries(1, 1))
	d.Sync()
	d.Write(entries(2, 1))
	d.Crash()
	if d.WantsSync() {
		t.Fatal("what was lost still wants a sync")
	}
	d.Crash()
	d.Write(entries(1, 4))
	sync(d)
	wantTerms(t, d, 4)
	if d.Stable() != d.Issued() {
		t.Fatalf("stable %d of %d", d.Stable(), d.Issued())
	}
}
