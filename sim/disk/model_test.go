package disk_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/disk"
)

// fate is what became of a write, in the model.
type fate int

const (
	waiting fate = iota
	syncing
	claimed // the disk says that it is durable
	durable
	lost
)

// modelWrite is one write of the naive model, which keeps every write there ever was.
type modelWrite struct {
	out  raft.Output
	fate fate
}

// diskMachine drives a disk and the model: a list of writes, replayed from the start whenever
// somebody wants to know what is on the disk.
type diskMachine struct {
	disk   *disk.Disk
	config disk.Config
	writes []modelWrite
	syncs  []uint64 // all numbers that syncs ever had
	under  bool     // a sync is under way: the last of them
	stall  bool
	due    bool // it would be done, but for the stall
	term   raft.Term
}

func newDiskMachine(config disk.Config) *diskMachine {
	return &diskMachine{disk: newDisk(config), config: config}
}

// replay returns what the writes of these fates leave, in their order.
func (m *diskMachine) replay(fates ...fate) raft.Durable {
	var state raft.Durable
	for _, w := range m.writes {
		if !slices.Contains(fates, w.fate) {
			continue
		}
		if w.out.SaveHardState {
			state.HardState = w.out.HardState
		}
		if w.out.SaveFrom != 0 {
			kept := slices.Clone(state.Entries[:w.out.SaveFrom-1])
			state.Entries = append(kept, w.out.Entries...)
		}
	}
	return state
}

func (m *diskMachine) turn(from, to fate) {
	for i := range m.writes {
		if m.writes[i].fate == from {
			m.writes[i].fate = to
		}
	}
}

func (m *diskMachine) write(t *rapid.T, out raft.Output) {
	kept := out
	kept.Entries = slices.Clone(out.Entries)
	number := m.disk.Write(&out)
	m.writes = append(m.writes, modelWrite{out: kept})
	if number != uint64(len(m.writes)) {
		t.Fatalf("write %d has number %d", len(m.writes), number)
	}
	overwrite(&out)
}

func (m *diskMachine) drawOutput(t *rapid.T) raft.Output {
	m.term++
	var out raft.Output
	what := rapid.SampledFrom([]string{"entries", "hard state", "both"}).Draw(t, "what")
	if what != "entries" {
		out = *hardState(m.term, raft.ServerID(rapid.IntRange(0, 3).Draw(t, "vote")))
	}
	if what != "hard state" {
		end := len(m.replay(waiting, syncing, claimed, durable).Entries)
		out.SaveFrom = raft.Index(rapid.IntRange(max(1, end-2), end+1).Draw(t, "from"))
		for range rapid.IntRange(1, 3).Draw(t, "count") {
			out.Entries = append(out.Entries, entriesOf(m.term)...)
		}
	}
	return out
}

func (m *diskMachine) Write(t *rapid.T) { m.write(t, m.drawOutput(t)) }

func (m *diskMachine) Sync(t *rapid.T) {
	if !m.disk.WantsSync() {
		t.Skip("nothing to sync")
	}
	_, number := m.disk.Sync()
	if slices.Contains(m.syncs, number) {
		t.Fatalf("two syncs have number %d", number)
	}
	m.syncs = append(m.syncs, number)
	m.under = true
	m.turn(waiting, syncing)
}

func (m *diskMachine) Complete(t *rapid.T) {
	if !m.under {
		t.Skip("no sync is under way")
	}
	m.disk.Completed(m.syncs[len(m.syncs)-1])
	m.due = true
	m.complete()
}

// complete lets the sync that is due be done, unless the disk is stalled.
func (m *diskMachine) complete() {
	if !m.due || m.stall {
		return
	}
	m.under, m.due = false, false
	number := m.syncs[len(m.syncs)-1]
	if m.config.LieSync.Hit(stream(1).Draw(number, choice.SyncLie)) {
		m.turn(syncing, claimed)
		return
	}
	m.turn(syncing, durable)
	m.turn(claimed, durable)
}

func (m *diskMachine) Stall(t *rapid.T) {
	m.stall = rapid.Bool().Draw(t, "stalled")
	m.disk.SetCondition(disk.Condition{Stalled: m.stall})
	m.complete()
}

// CompleteStale brings the news of a sync that is over or that a crash cut short.
func (m *diskMachine) CompleteStale(t *rapid.T) {
	stale := m.syncs
	if m.under {
		stale = stale[:len(stale)-1]
	}
	if len(stale) == 0 {
		t.Skip("no sync is over")
	}
	m.disk.Completed(rapid.SampledFrom(stale).Draw(t, "sync"))
}

func (m *diskMachine) Crash(*rapid.T) {
	m.disk.Crash()
	m.under, m.due = false, false
	after := durable
	if m.config.LoseUnsynced {
		after = lost
	}
	m.turn(waiting, after)
	m.turn(syncing, after)
	m.turn(claimed, after)
}

func (m *diskMachine) Reset(t *rapid.T) {
	if len(m.writes) < 10 {
		t.Skip("too young")
	}
	m.disk.Reset(&m.config, stream(1))
	*m = diskMachine{disk: m.disk, config: m.config}
}

func (m *diskMachine) Check(t *rapid.T) {
	want, got := m.replay(durable), m.disk.Durable()
	if got.HardState != want.HardState || !slices.Equal(got.Entries, want.Entries) {
		t.Fatalf("the disk holds %+v, want %+v", got, want)
	}
	var stable, pending uint64
	for i, w := range m.writes {
		if w.fate == claimed || w.fate == durable || w.fate == lost {
			stable = uint64(i + 1)
		}
		if w.fate == waiting {
			pending++
		}
	}
	if m.disk.Issued() != uint64(len(m.writes)) || m.disk.Stable() != stable {
		t.Fatalf("issued %d, stable %d, want %d and %d",
			m.disk.Issued(), m.disk.Stable(), len(m.writes), stable)
	}
	if wants := m.disk.WantsSync(); wants != (!m.under && pending > 0) {
		t.Fatalf("wants a sync %v, with %d writes waiting, one under way %v",
			wants, pending, m.under)
	}
	says := m.replay(claimed, durable)
	attests := raft.Persistence{HardState: says.HardState}
	if last := len(says.Entries); last > 0 {
		attests.LogState = raft.LogState{Index: raft.Index(last), Term: says.Entries[last-1].Term}
	}
	if m.disk.Persistence() != attests {
		t.Fatalf("attests %+v, want %+v", m.disk.Persistence(), attests)
	}
}

func TestTheDiskIsItsModel(t *testing.T) {
	for _, config := range []disk.Config{losing, keeping} {
		for _, config.LieSync = range []choice.Ratio{0, choice.One / 2, choice.One} {
			name := fmt.Sprintf("lose_unsynced=%v,lie_sync=%v", config.LoseUnsynced, config.LieSync)
			t.Run(name, func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					t.Repeat(rapid.StateMachineActions(newDiskMachine(config)))
				})
			})
		}
	}
}
