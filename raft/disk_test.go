package raft_test

import (
	"slices"

	"raftkv/raft"
)

// disk writes in order, and a crash loses a suffix of what was written and not synced.
type disk struct {
	durable raft.Durable
	pending []write // issued and not yet durable, oldest first
	issued  int     // the number of the last write; the first is 1
	done    int     // the number of the last write that is durable
}

// write is one thing that goes to the disk: a hard state, entries, a snapshot that the server has taken
// or was sent, or the news that entries are not needed any more.
type write struct {
	number    int
	hardState raft.HardState
	from      raft.Index // of entries
	entries   []raft.Entry
	snapshot  raft.Snapshot
	installs  bool // the snapshot takes the place of the log through its last entry
	discards  bool // and of all other entries
	cut       raft.Index
}

// issue takes over what an output owes to the disk. A hard state and entries of one step are two
// writes: a crash can come between them.
func (d *disk) issue(out *raft.Output) {
	if out.SaveHardState {
		d.add(write{hardState: out.HardState})
	}
	if out.SaveFrom != 0 {
		d.add(write{from: out.SaveFrom, entries: slices.Clone(out.Entries)})
	}
	if out.InstallSnapshot {
		d.add(write{snapshot: out.Snapshot, installs: true, discards: out.DiscardLog})
	}
	if out.CutThrough != 0 {
		d.add(write{cut: out.CutThrough})
	}
}

func (d *disk) add(w write) {
	d.issued++
	w.number = d.issued
	d.pending = append(d.pending, w)
}

// sync makes the oldest pending write durable.
func (d *disk) sync() write {
	w := d.pending[0]
	d.pending = d.pending[1:]
	d.done = w.number
	d.durable = w.on(d.durable)
	return w
}

func (d *disk) crash() {
	d.pending = nil
	d.done = d.issued
}

// on returns what a disk with the given contents holds after the write.
func (w write) on(durable raft.Durable) raft.Durable {
	switch {
	case w.from != 0:
		kept := durable.Entries[:w.from-1-durable.Base.Index]
		durable.Entries = append(slices.Clone(kept), w.entries...)
	case w.discards:
		durable.Snapshot, durable.Base, durable.Entries = w.snapshot, w.snapshot.LogState, nil
	case w.installs:
		durable.Snapshot = w.snapshot
		return cutThrough(durable, w.snapshot.Index)
	case w.snapshot.Index != 0:
		durable.Snapshot = w.snapshot
	case w.cut != 0:
		return cutThrough(durable, w.cut)
	default:
		durable.HardState = w.hardState
	}
	return durable
}

func cutThrough(d raft.Durable, index raft.Index) raft.Durable {
	base := raft.LogState{Index: index, Term: termOn(d, index)}
	d.Base, d.Entries = base, d.Entries[index-d.Base.Index:]
	return d
}

// termOn returns the term of the entry at an index from Base on.
func termOn(d raft.Durable, index raft.Index) raft.Term {
	if index == d.Base.Index {
		return d.Base.Term
	}
	return d.Entries[index-d.Base.Index-1].Term
}

func lastOn(d raft.Durable) raft.Index { return d.Base.Index + raft.Index(len(d.Entries)) }

func persistence(d raft.Durable) raft.Persistence {
	last := lastOn(d)
	return raft.Persistence{
		HardState: d.HardState, LogState: raft.LogState{Index: last, Term: termOn(d, last)},
	}
}

// everything returns what the disk will hold when all its writes are done.
func (d *disk) everything() raft.Durable {
	durable := d.durable
	for _, w := range d.pending {
		durable = w.on(durable)
	}
	return durable
}

// keepsFromNowOn tells whether the promise holds on the disk now, and after each further write
// until a later term is durable: so whatever a crash spares of them. (What a later term's leader
// truncates was no lie.) It is the tests' own judgement of Node.Keeps.
func (d *disk) keepsFromNowOn(p raft.Promise) bool {
	durable := d.durable
	if !fulfils(durable, p) {
		return false
	}
	for _, w := range d.pending {
		durable = w.on(durable)
		if durable.CurrentTerm > p.CurrentTerm {
			return true
		}
		if !fulfils(durable, p) {
			return false
		}
	}
	return true
}

// fulfils reads the doc comment of raft.Promise.
func fulfils(d raft.Durable, p raft.Promise) bool {
	if d.CurrentTerm < p.CurrentTerm {
		return false
	}
	sameTerm := d.CurrentTerm == p.CurrentTerm
	if sameTerm && p.VotedFor != raft.None && d.VotedFor != p.VotedFor {
		return false
	}
	if p.Index < d.Base.Index || p.Index == 0 {
		return true // a snapshot stands for it
	}
	return p.Index <= lastOn(d) && termOn(d, p.Index) == p.LogState.Term
}

// promised is what others will rely on once they have the message (Figure 2: "Updated on stable
// storage before responding to RPCs"). It is the tests' own judgement of Message.Promise.
func promised(m raft.Message) raft.Promise {
	p := raft.Promise{HardState: raft.HardState{CurrentTerm: m.Term}}
	switch {
	case m.Type == raft.RequestVote:
		p.VotedFor = m.From
	case m.Type == raft.RequestVoteResponse && m.VoteGranted:
		p.VotedFor = m.To
	case m.Success, m.Type == raft.InstallSnapshotResponse && m.Done:
		p.LogState = raft.LogState{Index: m.MatchIndex, Term: m.MatchTerm}
	default:
		return raft.Promise{}
	}
	return p
}
