// Package disk is what of a server survives its crash: writes that were synced, and nothing else.
//
// A disk is a chain of numbered writes. A write is issued, waits, and becomes durable when a sync
// that began after it completes. One sync is under way at a time; what is issued meanwhile waits
// for the next, so that a busy disk makes many writes durable at once.
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
}

// Disk holds the durable state of one server, and what is on its way to it.
type Disk struct {
	config  *Config
	stream  choice.Stream
	durable raft.Durable
	pending []write // issued, not durable, in order
	issued  uint64  // number of the last write issued; over all lives, like syncs
	stable  uint64  // number of the last durable write
	syncs   uint64
	through uint64 // the last write that the sync under way makes durable; 0 if none is
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
	return vtime.Duration(d.config.Fsync.Draw(draw)), d.syncs
}

// Completed takes the news that the sync of that number is done: the writes that it covers are
// durable now. A sync that a crash cut short completes for nobody.
func (d *Disk) Completed(sync uint64) {
	if d.through == 0 || sync != d.syncs {
		return
	}
	d.keep(int(d.through - d.stable))
	d.through = 0
}

// keep makes the first count pending writes durable.
func (d *Disk) keep(count int) {
	for i := range d.pending[:count] {
		d.apply(&d.pending[i])
	}
	d.stable += uint64(count)
	d.drop(count)
}

// drop removes the first count pending writes. They change places with those that stay, so that
// their memory does.
func (d *Disk) drop(count int) {
	stay := len(d.pending) - count
	for i := range stay {
		d.pending[i], d.pending[count+i] = d.pending[count+i], d.pending[i]
	}
	d.pending = d.pending[:stay]
}

func (d *Disk) apply(w *write) {
	if w.savesHardState {
		d.durable.HardState = w.hardState
	}
	if last := raft.Index(len(d.durable.Entries)); w.from > last+1 {
		panic(fmt.Sprintf("disk: entries from %d on, where the log ends with %d", w.from, last))
	}
	if w.from != 0 {
		d.durable.Entries = append(d.durable.Entries[:w.from-1], w.entries...)
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
	d.through = 0
}

// Stable returns the number of the last durable write. Numbers of writes that a crash has lost
// count as passed.
func (d *Disk) Stable() uint64 { return d.stable }

// Syncing returns the number of the sync under way; 0 if none is.
func (d *Disk) Syncing() uint64 {
	if d.through == 0 {
		return 0
	}
	return d.syncs
}

// Durable returns what the disk holds durably. Its entries are the disk's own, until it changes.
func (d *Disk) Durable() raft.Durable { return d.durable }

// Persistence tells how far the durable state has come.
func (d *Disk) Persistence() raft.Persistence {
	p := raft.Persistence{HardState: d.durable.HardState}
	if last := len(d.durable.Entries); last > 0 {
		p.LogState = raft.LogState{
			Index: raft.Index(last),
			Term:  d.durable.Entries[last-1].Term,
		}
	}
	return p
}
