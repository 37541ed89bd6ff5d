package check

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/record"
)

// onInvoked takes note of what a client asks for, so that its command is known in the log.
func (j *Judges) onInvoked(r *record.Record) {
	q := requestOf(r)
	j.model.commands[r.Digest] = command{
		by: q, action: r.Action, key: r.Key, value: r.Value, session: r.Index, sequence: r.Number,
	}
	if r.Index != 0 || r.Action == record.OpenSession {
		f := j.fates[q]
		f.again = true
		j.fates[q] = f
	}
}

// carryOut lets the model do what a leader has committed at index, and returns what must come of
// it.
func (j *Judges) carryOut(index raft.Index, log prefix) reply {
	e := j.tree.nodes[log].entry
	j.judgeValidity(e, log)
	must := j.model.apply(index, e)
	c := j.model.commands[e.digest]
	if !must.effect || c.session == 0 {
		return must
	}
	f := j.fates[c.by]
	f.decided = index
	j.fates[c.by] = f
	if f.notDone != 0 {
		j.convict(Sessions, "entry %d carries out request %d of client %d, "+
			"which had been told that it never would be done", index, c.by.number, c.by.client)
	}
	return must
}

// judgeValidity: Raft replicates what clients ask for, and makes up nothing but no-ops.
func (j *Judges) judgeValidity(e entry, log prefix) {
	if e.kind != raft.Command {
		return
	}
	j.exercised[Validity]++
	if _, known := j.model.commands[e.digest]; !known {
		j.convict(Validity, "%s is committed, a command that no client has asked for",
			j.tree.name(log))
	}
}

// judgeRefusal: who leads can make an entry of a request, and has to.
func (j *Judges) judgeRefusal(r *record.Record) {
	j.exercised[Sessions]++
	if j.servers[r.Server].leads(r.Term) {
		j.convict(Sessions, "%v refuses request %d of client %d (%s), but it leads term %d",
			r.Server, r.Operation, r.Client, r.Text, r.Term)
	}
}

// noteEffect: of all the entries of a request in a session, servers carry out one. The record is
// that of the first server to apply its entry.
func (j *Judges) noteEffect(r *record.Record) {
	c, known := j.model.commands[r.Digest]
	if !known || c.session == 0 || !r.Success {
		return
	}
	j.exercised[Sessions]++
	f := j.fates[c.by]
	if f.taken != 0 {
		j.convict(Sessions, "request %d of client %d is carried out twice: as entry %d, and by %v "+
			"as entry %d too", c.by.number, c.by.client, f.taken, r.Server, r.Index)
		return
	}
	f.taken = r.Index
	j.fates[c.by] = f
}

// must returns what must come of the entry that a record tells of; nothing if that is not the one
// that is committed at its index, which is for others to judge, or if it is not known.
func (j *Judges) must(r *record.Record) reply {
	if r.Index == 0 || r.Index > j.committedLast() {
		return reply{}
	}
	c := &j.committed[r.Index]
	if e := j.tree.nodes[c.log].entry; e.term != r.EntryTerm || e.digest != r.Digest {
		return reply{}
	}
	return c.reply
}

// judgeApplied: a server does in a session what the log makes of its entry, whenever it applies it.
func (j *Judges) judgeApplied(r *record.Record) {
	must := j.must(r)
	if r.Outcome == 0 || must.outcome == 0 {
		return
	}
	j.exercised[Sessions]++
	did := reply{outcome: r.Outcome, value: r.Value, effect: r.Success}
	if did == must {
		return
	}
	q := j.model.commands[r.Digest].by
	j.convict(Sessions, "%v applies entry %d, request %d of client %d, and does %s, but by the "+
		"log it has to do %s", r.Server, r.Index, q.number, q.client, did.text(), must.text())
}

// onAnswered: what a server answers is what the log makes of the entry; and whatever is answered to
// one request again is the same.
func (j *Judges) onAnswered(r *record.Record) {
	j.compareWithReply(r)
	q := requestOf(r)
	f := j.fates[q]
	if !r.Outcome.Answered() || !f.again || j.model.commands[r.Digest].session == 0 {
		return
	}
	j.exercised[Sessions]++
	answer := reply{outcome: r.Outcome, value: r.Value}
	if f.answer.outcome != 0 && f.answer != answer {
		j.convict(Sessions, "%v answers %v to request %d of client %d, of which another answer is "+
			"%v", r.Server, answer, q.number, q.client, f.answer)
	}
	f.answer = answer
	j.fates[q] = f
}

// compareWithReply holds an answer, as it leaves a server or reaches its client, against what the
// log makes of its entry.
func (j *Judges) compareWithReply(r *record.Record) {
	must := j.must(r)
	if must.outcome == 0 {
		return
	}
	is := reply{outcome: r.Outcome, value: r.Value, effect: must.effect}
	if is == must {
		return
	}
	broken := Acknowledged
	if is.outcome.NotDone() || must.outcome.NotDone() {
		broken = Sessions
	}
	j.convict(broken, "request %d of client %d is answered %v, but by the log its entry %d comes "+
		"to %v", r.Operation, r.Client, is, r.Index, must)
}

// judgeNotDone: what was refused for its session is not carried out by any of its entries.
func (j *Judges) judgeNotDone(r *record.Record) {
	j.exercised[Sessions]++
	q := requestOf(r)
	f := j.fates[q]
	if by := max(f.decided, f.taken); by != 0 {
		j.convict(Sessions, "client %d is told that its request %d never will be done (%v), but "+
			"entry %d has done it", q.client, q.number, r.Outcome, by)
	}
	f.notDone = r.Outcome
	j.fates[q] = f
}

// String returns the answer in words.
func (r reply) String() string {
	if r.value != "" {
		return r.outcome.String() + fmt.Sprintf(" %.*q", valueMax, r.value)
	}
	return r.outcome.String()
}

// text says what a server does with a request in a session.
func (r reply) text() string {
	switch {
	case r.outcome.NotDone():
		return "nothing (" + r.outcome.String() + ")"
	case r.effect:
		return "it (" + r.String() + ")"
	}
	return "nothing (done before: " + r.String() + ")"
}
