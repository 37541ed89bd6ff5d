package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// request names a request of a client.
type request struct{ client, number uint32 }

// fate is what became of a request, as far as a refusal has to be true. The outcome Rejected says
// "not done, and never will be": so no server may have made an entry of the request, nor make one
// later. A server that refuses speaks for itself only, and for that one delivery: another may have
// been asked before or after, and in a session it may be asked again.
//
// Outside of sessions a client asks for a request once, and so there is one entry of it at most.
type fate struct {
	command  uint64 // the digest of what the client asks for
	again    bool   // it is in a session, or opens one: it may be asked for again, and arrive twice
	proposed raft.ServerSet
	notDone  record.Outcome // which the client was told: it never will be done
	position raft.LogState  // of the last entry that was made of it

	// Of a request in a session: the entry that the log has it carried out by, and the one that
	// servers carried it out by, with what came of it. And the answer that servers gave, once one
	// did.
	decided raft.Index
	taken   raft.Index
	came    reply
	answer  reply
}

// delivery is one time that a request reaches a server: an attempt, or a copy of one that the
// network has made. Of two copies a server may take the first and refuse the second, no longer the
// leader.
type delivery struct {
	request
	attempt uint64
	copy    uint32
	server  raft.ServerID
}

func requestOf(r *record.Record) request {
	return request{client: r.Client, number: r.Operation}
}

func (j *Judges) onProposed(r *record.Record) {
	q := requestOf(r)
	f := j.fates[q]
	if f.notDone == record.Rejected {
		j.convict(Acknowledged, "%v makes entry %d of %s, which had been told that it never would "+
			"be done", r.Server, r.Index, j.named(q))
	}
	position := raft.LogState{Index: r.Index, Term: r.EntryTerm}
	if j.contradicts(r) {
		j.convict(Acknowledged, "%v makes entry %d of %s, which it had refused",
			r.Server, r.Index, j.namedAttempt(r))
	}
	// What is asked for once is made one entry of.
	if !f.again && f.position != (raft.LogState{}) && f.position != position {
		j.convict(Acknowledged, "%v makes entry %d of %s, of which entry %d had been made",
			r.Server, r.Index, j.named(q), f.position.Index)
	}
	f.proposed = f.proposed.With(r.Server)
	f.position = position
	j.fates[q] = f
}

func (j *Judges) onRefused(r *record.Record) {
	if j.contradicts(r) {
		j.convict(Acknowledged, "%v refuses %s, but it had made an entry of it",
			r.Server, j.namedAttempt(r))
	}
	j.judgeRefusal(r)
}

// contradicts tells whether a server has made an entry of a delivery and refused it, whichever it
// did first.
func (j *Judges) contradicts(r *record.Record) bool {
	d := delivery{requestOf(r), r.Number, r.Count, r.Server}
	before := j.deliveries[d]
	j.deliveries[d] = r.Kind
	return before != 0 && before != r.Kind
}

func (j *Judges) onReturned(r *record.Record) {
	j.phase.end(requestOf(r))
	switch {
	case r.Outcome == record.Rejected:
		j.judgeRejected(r)
	case r.Outcome.Answered():
		j.judgeAnswer(r)
	case r.Outcome.NotDone():
		j.judgeAnswer(r)
		j.judgeNotDone(r)
	}
}

func (j *Judges) judgeRejected(r *record.Record) {
	j.exercised[Acknowledged]++
	q := requestOf(r)
	f := j.fates[q]
	if by := f.proposed.Next(raft.None); by != raft.None {
		j.convict(Acknowledged, "c%d is told that its %s never will be done, but %v had made an "+
			"entry of it", q.client, j.asked(q), by)
	}
	f.notDone = r.Outcome
	j.fates[q] = f
}

// judgeAnswer: an answer names the entry whose application it tells of. By then a leader has
// committed that very entry.
func (j *Judges) judgeAnswer(r *record.Record) {
	j.exercised[Acknowledged]++
	q := requestOf(r)
	if r.EntryTerm == 0 && r.Index != 0 {
		j.judgeReadReturned(r)
		return
	}
	if r.Index == 0 {
		j.convict(Acknowledged, "c%d is told %v for its %s, but by no entry",
			r.Client, r.Outcome, j.asked(q))
		return
	}
	if r.Index > j.committedLast() {
		if !j.blind {
			j.convict(Acknowledged, "c%d is told %v for its %s, but its entry %d of term %d is "+
				"not committed", r.Client, r.Outcome, j.asked(q), r.Index, r.EntryTerm)
		}
		return
	}
	c := &j.committed[r.Index]
	answered := entry{term: r.EntryTerm, kind: raft.Command, digest: r.Digest}
	if j.tree.nodes[c.log].entry != answered {
		j.convict(Acknowledged, "c%d is told %v for its %s, "+
			"but its entry %d of term %d is not the %s that %v committed",
			r.Client, r.Outcome, j.asked(q), r.Index, r.EntryTerm, j.tree.name(c.log), c.leader)
		return
	}
	c.told = true
	j.compareWithReply(r)
	f := j.fates[q]
	own, by := f.position, raft.LogState{Index: r.Index, Term: r.EntryTerm}
	if !f.again && own != (raft.LogState{}) && own != by {
		j.convict(Acknowledged, "c%d is told %v for its %s by entry %d, but its own entry is %d",
			r.Client, r.Outcome, j.asked(q), r.Index, own.Index)
	}
}

// judgeKept: what clients were told is still in the log of every server that knows it as committed.
func (j *Judges) judgeKept() {
	for id := j.alive.Next(raft.None); id != raft.None; id = j.alive.Next(id) {
		s := &j.servers[id]
		through := min(s.commit, s.last(), j.committedLast())
		for i := raft.Index(1); i <= through && !s.lost; i++ {
			if j.committed[i].told && s.log[i] != j.committed[i].log {
				j.convictUntrue(s, "ends with", i)
				return
			}
		}
	}
}

// convictUntrue: at index, s does another thing than a client was told.
func (j *Judges) convictUntrue(s *server, does string, index raft.Index) {
	j.convict(Acknowledged, "a client was told what came of %s, but %v %s another log there",
		j.tree.name(j.committed[index].log), s.id, does)
}
