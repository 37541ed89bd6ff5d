// Package disk is what of a server survives its crash: writes that were synced, and nothing else.
//
// A disk is a chain of numbered writes. A write is issued, waits, and becomes durable when a sync
// that began after it completes. One sync is under way at a time; what is issued meanwhile waits
// for the next, so that a busy disk makes many writes durable at once.
//
// A disk may lie: a sync completes, and nothing is durable. So there is what a disk says, which its
// server goes by, and what it holds, which is there after a crash. They are one on an honest disk.
package disk

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

// Config says how a disk behaves. The zero value syncs in no time, and keeps at a crash what was
// not synced.
type Config struct {
	Fsync        choice.Distribution // how long a sync takes, in nanoseconds
	LoseUnsynced bool                // a crash loses the writes that no sync has made durable
	// LieSync is how many syncs make nothing durable, and complete like any other. The next honest
	// one makes durable what they should have. Without LoseUnsynced a crash loses nothing that was
	// written, and so no lie comes out.
	LieSync choice.Ratio
}

// Condition is what faults do to a disk for a while. The zero value is a disk that is well.
type Condition struct {
	Slow    choice.Distribution // what each sync takes longer that begins meanwhile, in nanoseconds
	Stalled bool                // no sync completes; writes are still issued
}

// Disk holds the durable state of one server, and what is on its way to it.
type Disk struct {
	config  *Config
	stream  choice.Stream
	durable raft.Durable // what it holds
	lies    lies         // what it says, where that is more
	pending []write      // issued, not said to be durable, in order
	issued  uint64       // number of the last write issued; over all lives, like syncs
	stable  uint64       // number of the last write that is said to be durable
	syncs   uint64
	through uint64 // the last write that the sync under way makes durable; 0 if none is

	condition Condition
	overdue   bool // the sync under way would be done, if the disk were not stalled
}

// write is one record of the chain: a hard state, or entries from an index on, or both. They become
// durable together.
type write struct {
	savesHardState bool
	hardState      raft.HardState
	from           raft.Index // 0 if it holds no entries
	entries        []raft.Entry
}

// Reset makes the disk an empty one. The stream is the server's. It keeps its memory.
func (d *Disk) Reset(config *Config, stream choice.Stream) {
	*d = Disk{
		config:  config,
		stream:  stream,
		durable: raft.Durable{Entries: d.durable.Entries[:0]},
		lies:    lies{said: raft.Durable{Entries: d.lies.said.Entries[:0]}},
		pending: d.pending[:0],
	}
}

// Write issues what an output says must be saved, as one write, and returns its number. It copies.
func (d *Disk) Write(out *raft.Output) uint64 {
	d.issued++
	w := d.grow()
	w.savesHardState = out.SaveHardState
	w.hardState = out.HardState
	w.from = out.SaveFrom
	w.entries = append(w.entries[:0], out.Entries...)
	return d.issued
}

// grow adds a write to the pending ones; it has the memory of one long done.
func (d *Disk) grow() *write {
	if len(d.pending) < cap(d.pending) {
		d.pending = d.pending[:len(d.pending)+1]
	} else {
		d.pending = append(d.pending, write{})
	}
	return &d.pending[len(d.pending)-1]
}

// Issued returns the number of the last write.
func (d *Disk) Issued() uint64 { return d.issued }

// WantsSync tells whether writes wait for a sync and none is under way.
func (d *Disk) WantsSync() bool { return d.through == 0 && len(d.pending) > 0 }

// Sync begins a sync of all that was issued; there must be something, and no other sync under way.
// It returns how long the sync takes, and its number.
func (d *Disk) Sync() (takes vtime.Duration, number uint64) {
	if !d.WantsSync() {
		panic("disk: a sync of nothing, or two at a time")
	}
	d.syncs++
	d.through = d.issued
	draw := d.stream.Draw(d.syncs, choice.SyncLatency)
	takes = vtime.Duration(d.config.Fsync.Draw(draw))
	draw = d.stream.Draw(d.syncs, choice.SlowDelay)
	return takes + vtime.Duration(d.condition.Slow.Draw(draw)), d.syncs
}

// Completed takes the news that the sync of that number is done: the writes that it covers are
// durable now. A sync that a crash cut short completes for nobody; on a disk that is stalled, it
// waits until that ends.
func (d *Disk) Completed(sync uint64) {
	if d.through == 0 || sync != d.syncs {
		return
	}
	if d.condition.Stalled {
		d.overdue = true
		return
	}
	d.complete()
}

// SetCondition replaces the condition. If a stall ends by it, the sync completes that would be done
// by now. A condition outlives crashes.
func (d *Disk) SetCondition(c Condition) {
	d.condition = c
	if d.overdue && !c.Stalled {
		d.complete()
	}
}

func (d *Disk) complete() {
	count := int(d.through - d.stable)
	d.through, d.overdue = 0, false
	if d.config.LieSync.Hit(d.stream.Draw(d.syncs, choice.SyncLie)) {
		d.pretend(count)
	} else {
		d.keep(count)
	}
}

// keep makes the first count pending writes durable, and all that was only said to be.
func (d *Disk) keep(count int) {
	d.comeTrue()
	for i := range d.pending[:count] {
		d.pending[i].apply(&d.durable)
	}
	d.drop(count)
}

// drop removes the first count pending writes, which are durable, or said to be. They change places
// with those that stay, so that their memory does.
func (d *Disk) drop(count int) {
	d.stable += uint64(count)
	stay := len(d.pending) - count
	for i := range stay {
		d.pending[i], d.pending[count+i] = d.pending[count+i], d.pending[i]
	}
	d.pending = d.pending[:stay]
}

func (w *write) apply(to *raft.Durable) {
	if w.savesHardState {
		to.HardState = w.hardState
	}
	if last := raft.Index(len(to.Entries)); w.from > last+1 {
		panic(fmt.Sprintf("disk: entries from %d on, where the log ends with %d", w.from, last))
	}
	if w.from != 0 {
		to.Entries = append(to.Entries[:w.from-1], w.entries...)
	}
}

// Crash is what happens to the disk when its server crashes.
func (d *Disk) Crash() {
	if !d.config.LoseUnsynced {
		d.keep(len(d.pending))
	}
	// The numbers of lost writes are not used again.
	d.pending = d.pending[:0]
	d.stable = d.issued
	d.through, d.overdue = 0, false
	d.lies.told = false
}

// Stable returns the number of the last write that the disk says is durable. Numbers of writes that
// a crash has lost count as passed.
func (d *Disk) Stable() uint64 { return d.stable }

// Syncing returns the number of the sync under way; 0 if none is.
func (d *Disk) Syncing() uint64 {
	if d.through == 0 {
		return 0
	}
	return d.syncs
}

// Durable returns what the disk holds durably, and no more than that: what there will be after a
// crash. Its entries are the disk's own, until it changes.
func (d *Disk) Durable() raft.Durable { return d.durable }

// Persistence tells how far the durable state has come, as the disk says.
func (d *Disk) Persistence() raft.Persistence {
	said := d.said()
	p := raft.Persistence{HardState: said.HardState}
	if last := len(said.Entries); last > 0 {
		p.LogState = raft.LogState{
			Index: raft.Index(last),
			Term:  said.Entries[last-1].Term,
		}
	}
	return p
}
