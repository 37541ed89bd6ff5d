package check

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/record"
)

// disk is what the judges know of a server's disk: what it held when the server last heard of it,
// and what it holds after each write that was issued since. Which of these it is, only the news of
// the disk tells, or a restart: a server that is paused or crashes may never hear of a sync.
//
// Invariant: the numbers grow from durable through pending.
type disk struct {
	durable state
	pending []state // the oldest first
}

// state is what a disk holds after a write.
type state struct {
	number uint64 // of the write
	vote          // currentTerm and votedFor
	log    prefix
	from   raft.Index // the first index that the write replaced; 0 if it holds no entries
}

func (d *disk) reset() {
	d.durable = state{}
	d.pending = d.pending[:0]
}

// newest returns what the disk holds when all writes are durable.
func (d *disk) newest() *state {
	if n := len(d.pending); n > 0 {
		return &d.pending[n-1]
	}
	return &d.durable
}

// vote is a term, and for whom a server votes in it; None for nobody.
type vote struct {
	term      raft.Term
	candidate raft.ServerID
}

// String returns the vote as a sentence about a disk has it.
func (v vote) String() string {
	if v.candidate == raft.None {
		return fmt.Sprintf("term %d and no vote", v.term)
	}
	return fmt.Sprintf("term %d and a vote for %v", v.term, v.candidate)
}

func (j *Judges) onWritten(r *record.Record, s *server) {
	w := *s.disk.newest()
	if r.Number <= w.number {
		j.convict(Monotonic, "%v issues write %d after write %d", s.id, r.Number, w.number)
	}
	w.number, w.from = max(w.number, r.Number), 0
	if r.Term != 0 {
		j.judgeVoteKept(s, w.vote, vote{term: r.Term, candidate: r.Peer})
		w.vote = vote{term: r.Term, candidate: r.Peer}
	}
	if r.Index != 0 && j.canWrite(r, s, w.log) {
		w.log, w.from = s.tip(), r.Index
	}
	s.disk.pending = append(s.disk.pending, w)
}

// canWrite: what is written is the end of the server's log, and follows on what was written before.
// If not, or if it is not known, then from now on nobody knows what log is on that disk.
func (j *Judges) canWrite(r *record.Record, s *server, before prefix) bool {
	if s.lost || j.dark.Has(s.id) {
		j.dark = j.dark.With(s.id)
		return false
	}
	if last := s.last(); r.Index > last+1 || r.Index+raft.Index(r.Count) != last+1 {
		j.convict(Durability, "%v writes %d entries from entry %d on, but its log ends with "+
			"entry %d", s.id, r.Count, r.Index, last)
		j.dark = j.dark.With(s.id)
		return false
	}
	if !j.tree.begins(before, s.log[r.Index-1]) {
		j.convict(Durability, "%v writes from entry %d on, but never wrote what its log holds "+
			"before it", s.id, r.Index)
		j.dark = j.dark.With(s.id)
		return false
	}
	return true
}

// onPersisted: what the writes through that number hold is durable. All of them were, one after the
// other: an entry that a write of the same sync replaces has been durable too.
func (j *Judges) onPersisted(r *record.Record, s *server) {
	s.letters.answers = envelope{}
	d := &s.disk
	if r.Number < d.durable.number {
		j.convict(Monotonic, "the disk of %v holds write %d, after it held write %d",
			s.id, r.Number, d.durable.number)
		return
	}
	if last := d.newest().number; r.Number > last {
		j.convict(Durability, "the disk of %v is said to hold write %d, but write %d is the last",
			s.id, r.Number, last)
		return
	}
	count := 0
	for ; count < len(d.pending) && d.pending[count].number <= r.Number; count++ {
		d.durable = d.pending[count]
		j.tree.keep(d.durable.log, s.id)
	}
	d.pending = append(d.pending[:0], d.pending[count:]...)
	j.compareWithDisk(r, s)
}

// compareWithDisk: what a server is told that its disk holds is what it wrote.
func (j *Judges) compareWithDisk(r *record.Record, s *server) {
	j.exercised[Durability]++
	d := &s.disk.durable
	if told := (vote{term: r.Term, candidate: r.Peer}); told != d.vote {
		j.convict(Durability, "the disk of %v is said to hold %v, but %v was written",
			s.id, told, d.vote)
	}
	last := &j.tree.nodes[d.log]
	if (r.Index != last.index || r.EntryTerm != last.term) && !j.dark.Has(s.id) {
		j.convict(Durability, "the disk of %v is said to hold a log through entry %d of term %d, "+
			"but %s is the last that was written", s.id, r.Index, r.EntryTerm, j.tree.name(d.log))
	}
}

// onRestarted: a disk gives back a term and a vote that it held when the server last heard of it,
// or later. How much of the log it gives back, the entries tell that follow.
func (j *Judges) onRestarted(r *record.Record, s *server) {
	back := vote{term: r.Term, candidate: r.Peer}
	known := s.disk.durable.vote == back
	for i := range s.disk.pending {
		known = known || s.disk.pending[i].vote == back
	}
	if !known {
		j.convict(Durability, "%v starts with %v, but its disk had said that it held %v",
			s.id, back, s.disk.durable.vote)
	}
	j.onStarted(s)
	s.term = r.Term
	s.restarting, s.back, s.backThrough = true, back, r.Index
	if r.Index == 0 {
		j.onRestored(s)
	}
}

func (j *Judges) onRecovered(r *record.Record, s *server) {
	j.extend(r, s)
	if s.restarting && s.last() >= s.backThrough {
		j.onRestored(s)
	}
}

// onRestored: a disk gives back every entry that it held when the server last heard of it, but for
// those that a later write replaced; and nothing that was not written.
func (j *Judges) onRestored(s *server) {
	s.restarting = false
	d := &s.disk
	back := s.tip()
	if s.lost {
		j.dark = j.dark.With(s.id)
	}
	if !j.dark.Has(s.id) {
		j.exercised[Durability]++
		j.judgeRestored(s, back)
		j.tree.keep(back, s.id)
	}
	// The numbers of writes that the crash has lost count as passed.
	d.durable = state{number: d.newest().number, vote: s.back, log: back}
	d.pending = d.pending[:0]
}

func (j *Judges) judgeRestored(s *server, back prefix) {
	d := &s.disk
	if kept := j.kept(d); !j.tree.begins(back, kept) {
		j.convict(Durability, "%v starts without %s, which its disk had said that it held",
			s.id, j.tree.name(j.tree.missing(back, kept)))
		return
	}
	written := j.tree.begins(d.durable.log, back)
	for i := range d.pending {
		written = written || j.tree.begins(d.pending[i].log, back)
	}
	if !written {
		j.convict(Durability, "%v starts with a log through %s, which it never wrote",
			s.id, j.tree.name(back))
	}
}

// kept returns the log that a disk holds for certain, whichever of the pending writes are durable.
func (j *Judges) kept(d *disk) prefix {
	index := j.tree.nodes[d.durable.log].index
	for i := range d.pending {
		if from := d.pending[i].from; from != 0 {
			index = min(index, from-1)
		}
	}
	return j.tree.ancestor(d.durable.log, index)
}
