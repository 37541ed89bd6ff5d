package disk_test

import (
	"reflect"
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/disk"
	"raftkv/sim/vtime"
)

var (
	losing  = disk.Config{Fsync: choice.UniformBetween(10, 20), LoseUnsynced: true}
	keeping = disk.Config{Fsync: choice.UniformBetween(10, 20)}
)

func stream(seed uint64) choice.Stream { return choice.NewStream(seed, choice.Server(1)) }

func newDisk(config disk.Config) *disk.Disk {
	d := new(disk.Disk)
	d.Reset(&config, stream(1))
	return d
}

// hardState is an output that saves a term, and a vote in it.
func hardState(term raft.Term, vote raft.ServerID) *raft.Output {
	return &raft.Output{
		SaveHardState: true,
		HardState:     raft.HardState{CurrentTerm: term, VotedFor: vote},
	}
}

// entries is an output that saves entries of the given terms, from an index on.
func entries(from raft.Index, terms ...raft.Term) *raft.Output {
	return &raft.Output{SaveFrom: from, Entries: entriesOf(terms...)}
}

func entriesOf(terms ...raft.Term) []raft.Entry {
	var list []raft.Entry
	for _, term := range terms {
		list = append(list, raft.Entry{Term: term, Kind: raft.Command, Command: "x"})
	}
	return list
}

// sync runs a whole sync.
func sync(d *disk.Disk) {
	_, number := d.Sync()
	d.Completed(number)
}

func begin(d *disk.Disk) uint64 {
	_, number := d.Sync()
	return number
}

func wantTerms(t *testing.T, d *disk.Disk, want ...raft.Term) {
	t.Helper()
	var got []raft.Term
	for _, e := range d.Durable().Entries {
		got = append(got, e.Term)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the disk holds entries of terms %v, want %v", got, want)
	}
}

func wantHardState(t *testing.T, d *disk.Disk, term raft.Term, vote raft.ServerID) {
	t.Helper()
	want := raft.HardState{CurrentTerm: term, VotedFor: vote}
	if got := d.Durable().HardState; got != want {
		t.Fatalf("the disk holds %+v, want %+v", got, want)
	}
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func TestAWriteIsDurableOnlyWhenItsSyncIsDone(t *testing.T) {
	d := newDisk(losing)
	if number := d.Write(entries(1, 1)); number != 1 {
		t.Fatalf("the first write has number %d", number)
	}
	wantTerms(t, d)
	sync := begin(d)
	wantTerms(t, d)
	if d.Stable() != 0 {
		t.Fatalf("write %d counts as durable during the sync", d.Stable())
	}
	d.Completed(sync)
	wantTerms(t, d, 1)
	if d.Stable() != 1 || d.WantsSync() {
		t.Fatalf("stable %d, wants a sync %v", d.Stable(), d.WantsSync())
	}
}

// Group commit: what comes while a sync is under way is made durable by the next, all at once.
func TestWritesDuringASyncWaitForTheNext(t *testing.T) {
	d := newDisk(losing)
	d.Write(entries(1, 1))
	first := begin(d)
	d.Write(entries(2, 1))
	d.Write(hardState(2, 3))
	if d.WantsSync() {
		t.Fatal("a second sync is wanted while the first is under way")
	}
	d.Completed(first)
	wantTerms(t, d, 1)
	wantHardState(t, d, 0, raft.None)
	if d.Stable() != 1 || d.Issued() != 3 || !d.WantsSync() {
		t.Fatalf("stable %d of %d, wants a sync %v", d.Stable(), d.Issued(), d.WantsSync())
	}
	sync(d)
	wantTerms(t, d, 1, 1)
	wantHardState(t, d, 2, 3)
	if d.Stable() != 3 {
		t.Fatalf("stable %d, want 3", d.Stable())
	}
}

func TestSyncOfNothingOrTwoAtATimePanics(t *testing.T) {
	d := newDisk(losing)
	mustPanic(t, "a sync of nothing", func() { d.Sync() })
	d.Write(hardState(1, 1))
	d.Sync()
	mustPanic(t, "a second sync", func() { d.Sync() })
	d.Write(hardState(2, 1))
	mustPanic(t, "a second sync, with something to do", func() { d.Sync() })
}

// A sync tells of its end once; that news come again must not end the next sync.
func TestASyncCompletesOnce(t *testing.T) {
	d := newDisk(losing)
	d.Write(entries(1, 1))
	first := begin(d)
	d.Completed(first)
	d.Completed(first)
	d.Write(entries(2, 1))
	second := begin(d)
	d.Completed(first)
	wantTerms(t, d, 1)
	d.Completed(second)
	wantTerms(t, d, 1, 1)
}

func TestTheSyncUnderWay(t *testing.T) {
	d := newDisk(losing)
	want := func(number uint64) {
		t.Helper()
		if d.Syncing() != number {
			t.Errorf("sync %d is under way, want %d", d.Syncing(), number)
		}
	}
	want(0)
	d.Write(entries(1, 1))
	want(0)
	want(begin(d))
	d.Completed(1)
	want(0)
	d.Write(entries(2, 1))
	want(begin(d))
	d.Crash()
	want(0)
}

func TestAPartOfTheStateKeepsTheOther(t *testing.T) {
	d := newDisk(losing)
	d.Write(hardState(3, 2))
	d.Write(entries(1, 1, 3))
	sync(d)
	d.Write(entries(3, 3))
	sync(d)
	wantHardState(t, d, 3, 2)
	d.Write(hardState(4, raft.None))
	sync(d)
	wantTerms(t, d, 1, 3, 3)
	wantHardState(t, d, 4, raft.None)
}

// A write may hold both parts; a crash must not tear them apart.
func TestHardStateAndEntriesOfAWriteStandTogether(t *testing.T) {
	both := entries(1, 5)
	both.SaveHardState, both.HardState = true, raft.HardState{CurrentTerm: 5, VotedFor: 2}
	d := newDisk(losing)
	d.Write(both)
	d.Crash()
	wantTerms(t, d)
	wantHardState(t, d, 0, raft.None)
	d.Write(both)
	sync(d)
	d.Crash()
	wantTerms(t, d, 5)
	wantHardState(t, d, 5, 2)
}

func TestEntriesReplaceWhatFollowed(t *testing.T) {
	d := newDisk(losing)
	d.Write(entries(1, 1, 1, 1, 1))
	sync(d)
	d.Write(entries(3, 2))
	sync(d)
	wantTerms(t, d, 1, 1, 2)
	// Truncated and rewritten twice before anything is synced.
	d.Write(entries(2, 3, 3, 3))
	d.Write(entries(4, 4))
	sync(d)
	wantTerms(t, d, 1, 3, 3, 4)
	d.Write(entries(1, 5))
	sync(d)
	wantTerms(t, d, 5)
}

func TestPersistenceNamesTheLastDurableEntry(t *testing.T) {
	d := newDisk(losing)
	if got := d.Persistence(); got != (raft.Persistence{}) {
		t.Fatalf("an empty disk holds %+v", got)
	}
	d.Write(hardState(4, 2))
	d.Write(entries(1, 1, 3))
	if got := d.Persistence(); got != (raft.Persistence{}) {
		t.Fatalf("before the sync the disk holds %+v", got)
	}
	sync(d)
	want := raft.Persistence{
		HardState: raft.HardState{CurrentTerm: 4, VotedFor: 2},
		LogState:  raft.LogState{Index: 2, Term: 3},
	}
	if got := d.Persistence(); got != want {
		t.Fatalf("the disk holds %+v, want %+v", got, want)
	}
}

// The node rewrites its log and its output under the writes; neither what is pending nor what is
// durable may notice.
func TestTheDiskCopies(t *testing.T) {
	d := newDisk(losing)
	out := entries(1, 1, 1)
	d.Write(out)
	overwrite(out)
	sync(d)
	wantTerms(t, d, 1, 1)

	out = entries(3, 2)
	d.Write(out)
	begun := begin(d)
	overwrite(out)
	d.Completed(begun)
	overwrite(out)
	wantTerms(t, d, 1, 1, 2)

	// Nor may a later write, which gets the memory of one that is done.
	d.Write(entries(4, 7, 7, 7))
	wantTerms(t, d, 1, 1, 2)
}

func overwrite(out *raft.Output) {
	for i := range out.Entries {
		out.Entries[i] = raft.Entry{Term: 99, Kind: raft.NoOp, Command: "rewritten"}
	}
	out.HardState, out.SaveHardState, out.SaveFrom = raft.HardState{CurrentTerm: 99}, true, 77
}

func TestSyncsTakeWhatTheDistributionSays(t *testing.T) {
	d := newDisk(losing)
	var seen [21]int
	for i := range 500 {
		d.Write(hardState(raft.Term(i+1), raft.None))
		takes, number := d.Sync()
		if takes < 10 || takes > 20 {
			t.Fatalf("a sync takes %d ns, want 10 to 20", int64(takes))
		}
		seen[takes]++
		d.Completed(number)
	}
	if slices.Contains(seen[10:], 0) {
		t.Fatalf("of 500 syncs %v took 10, 11 ... 20 ns", seen[10:])
	}
}

// How long the n-th sync takes does not depend on how many writes it covers, nor on crashes.
func TestSyncsDrawByTheirNumber(t *testing.T) {
	plain, other := newDisk(losing), newDisk(losing)
	for n := uint64(1); n <= 50; n++ {
		plain.Write(hardState(1, 1))
		want, _ := plain.Sync()
		plain.Completed(n)

		other.Write(hardState(1, 1))
		other.Write(entries(1, 1))
		got, number := other.Sync()
		if got != want || number != n {
			t.Fatalf("sync %d takes %v, want number %d and %v", number, got, n, want)
		}
		other.Crash()
	}
}

func TestResetGivesWhatANewDiskGives(t *testing.T) {
	used := newDisk(keeping)
	drive(used)
	used.Write(entries(1, 8, 8, 8, 8, 8))
	used.Sync()
	used.Write(hardState(9, 9))
	used.Reset(&losing, stream(7))

	fresh := new(disk.Disk)
	fresh.Reset(&losing, stream(7))
	if got, want := drive(used), drive(fresh); !reflect.DeepEqual(got, want) {
		t.Fatalf("a used disk gives\n%+v, a new one\n%+v", got, want)
	}
}

// snapshot is all that can be seen of a disk.
type snapshot struct {
	durable        raft.Durable
	persistence    raft.Persistence
	issued, stable uint64
	wantsSync      bool
	took           vtime.Duration
}

func look(d *disk.Disk, took vtime.Duration) snapshot {
	durable := d.Durable()
	durable.Entries = append([]raft.Entry{}, durable.Entries...)
	return snapshot{durable, d.Persistence(), d.Issued(), d.Stable(), d.WantsSync(), took}
}

// drive does some of everything, and returns what was to be seen after each step.
func drive(d *disk.Disk) (seen []snapshot) {
	seen = append(seen, look(d, 0))
	for round := raft.Term(1); round <= 8; round++ {
		d.Write(hardState(round, 2))
		from := min(raft.Index(round), d.Persistence().Index+1)
		d.Write(entries(from, round, round))
		took, number := d.Sync()
		seen = append(seen, look(d, took))
		d.Write(entries(from, round))
		if round%3 == 0 {
			d.Crash()
		}
		d.Completed(number)
		seen = append(seen, look(d, 0))
		if d.WantsSync() {
			sync(d)
		}
	}
	return seen
}

func TestASteadyDiskDoesNotAllocate(t *testing.T) {
	d := newDisk(losing)
	save, rewrite := hardState(1, 1), entries(1, 1, 2, 3)
	if n := testing.AllocsPerRun(200, func() {
		d.Write(save)
		d.Write(rewrite)
		_, number := d.Sync()
		d.Write(rewrite)
		d.Write(rewrite)
		d.Completed(number)
		sync(d)
		d.Write(save)
		d.Crash()
		d.Persistence()
	}); n != 0 {
		t.Errorf("writes, syncs and a crash allocate %v times, want 0", n)
	}
}

func TestAResetDiskDoesNotAllocate(t *testing.T) {
	d := newDisk(losing)
	long := entries(1, make([]raft.Term, 100)...)
	if n := testing.AllocsPerRun(200, func() {
		d.Reset(&losing, stream(3))
		d.Write(long)
		sync(d)
	}); n != 0 {
		t.Errorf("a run on a used disk allocates %v times, want 0", n)
	}
}
