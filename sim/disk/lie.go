package disk

import "raftkv/raft"

// lies are what a disk says that it holds, where that is more than it does.
//
// While told, said.Entries[:from-1] == durable.Entries[:from-1].
type lies struct {
	told bool
	said raft.Durable
	from raft.Index // the first entry that the disk may not hold as it says
}

// said is what the disk says that it holds.
func (d *Disk) said() *raft.Durable {
	if d.lies.told {
		return &d.lies.said
	}
	return &d.durable
}

// pretend says of the first count pending writes that they are durable.
func (d *Disk) pretend(count int) {
	l := &d.lies
	if !l.told {
		l.told = true
		l.said.HardState = d.durable.HardState
		l.said.Entries = append(l.said.Entries[:0], d.durable.Entries...)
		l.from = raft.Index(len(d.durable.Entries)) + 1
	}
	for i := range d.pending[:count] {
		w := &d.pending[i]
		w.apply(&l.said)
		if w.from != 0 {
			l.from = min(l.from, w.from)
		}
	}
	d.drop(count)
}

// comeTrue makes durable what was only said to be.
func (d *Disk) comeTrue() {
	l := &d.lies
	if !l.told {
		return
	}
	l.told = false
	d.durable.HardState = l.said.HardState
	d.durable.Entries = append(d.durable.Entries[:l.from-1], l.said.Entries[l.from-1:]...)
}
