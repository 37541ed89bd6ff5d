package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// read is what became of a request that needs no entry.
type read struct {
	takers  raft.ServerSet // who have taken it while nobody had been elected in a later term
	late    raft.ServerSet // and who have while somebody had:
	rival   vote           // who that was the last time, and in which term
	must    raft.Index     // how far leaders had committed when the first of them took it
	answers uint32         // that have left servers
	last    reading        // of them
}

// reading is an answer from a store alone.
type reading struct {
	reply
	index raft.Index // through which the store had applied the log
}

// onTakenToRead notes what a read has to see that a leader takes without making an entry of it: all
// that any leader has committed so far (thesis §6.4). A client may have been told of it.
func (j *Judges) onTakenToRead(r *record.Record) {
	q := requestOf(r)
	f := j.reads[q]
	if f.takers|f.late == 0 {
		f.must = j.committedLast()
	}
	if n := len(j.reigns); n > 0 && j.reigns[n-1].term > r.Term {
		f.late = f.late.With(r.Server)
		f.rival = vote{term: j.reigns[n-1].term, candidate: j.reigns[n-1].leader}
	} else {
		f.takers = f.takers.With(r.Server)
	}
	j.reads[q] = f
}

// judgeRead: an answer from the store alone leaves a server that took the request, and whose store
// has applied all that the read has to see. And it took it while nobody had been elected in a later
// term: a majority that has voted in that confirms none of its rounds any more, nor is there a
// lease (thesis §6.4, §6.4.1).
func (j *Judges) judgeRead(r *record.Record) {
	j.exercised[ReadCurrent]++
	q := requestOf(r)
	f := j.reads[q]
	switch {
	case f.takers.Has(r.Server):
	case f.late.Has(r.Server):
		j.convict(ReadCurrent, "%v answers %s from its store, but when it took the request "+
			"%v had been elected, in term %d",
			r.Server, j.named(q), f.rival.candidate, f.rival.term)
	default:
		j.convict(ReadCurrent, "%v answers %s from its store, but has not taken it",
			r.Server, j.named(q))
	}
	if r.Index < f.must && !j.blind {
		j.convict(ReadCurrent, "%v answers %s from its store through entry %d, "+
			"but entry %d had been committed when it took the request",
			r.Server, j.named(q), r.Index, f.must)
	}
	f.answers++
	f.last = readingOf(r)
	j.reads[q] = f
}

// judgeReadReturned: what a client is told was read, a server has read there. Of several answers
// any may be the one that the client hears.
func (j *Judges) judgeReadReturned(r *record.Record) {
	f := j.reads[requestOf(r)]
	told := readingOf(r)
	if f.answers == 0 || f.answers == 1 && f.last != told {
		j.convict(Acknowledged, "c%d is told %v for its %s, read after entry %d, but no server "+
			"has answered that", r.Client, told.reply, j.asked(requestOf(r)), r.Index)
	}
}

func readingOf(r *record.Record) reading {
	return reading{reply: reply{outcome: r.Outcome, value: r.Value}, index: r.Index}
}
