package check

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/record"
)

// onInvoked takes note of what a client asks for, so that its command is known in the log.
func (j *Judges) onInvoked(r *record.Record) {
	q := requestOf(r)
	j.phase.begin(q, r.At)
	j.model.commands[r.Digest] = command{
		by: q, action: r.Action, key: r.Key, value: r.Value, session: r.Index, sequence: r.Number,
	}
	f := j.fates[q]
	f.command = r.Digest
	f.again = f.again || r.Index != 0 || r.Action == record.OpenSession
	j.fates[q] = f
}

// carryOut lets the model do what a leader has committed at index, and returns what must come of
// it, and which entry had last changed the key.
func (j *Judges) carryOut(index raft.Index, log prefix) (must reply, met raft.Index) {
	e := j.tree.nodes[log].entry
	j.judgeValidity(e, log)
	c := j.model.commands[e.digest]
	met = j.model.cells[c.key].by
	must = j.model.apply(index, e)
	if !must.effect || c.session == 0 {
		return must, met
	}
	f := j.fates[c.by]
	f.decided = index
	j.fates[c.by] = f
	if f.notDone != 0 {
		j.convict(Sessions, "entry %d carries out %s, which had been told that it never would "+
			"be done", index, j.named(c.by))
	}
	return must, met
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

// judgeRefusal: who leads can make an entry of a request, and has to, unless it was asked to hand
// over (thesis §3.10), or has too many that are not committed yet.
func (j *Judges) judgeRefusal(r *record.Record) {
	j.exercised[Sessions]++
	s := &j.servers[r.Server]
	excused := r.Text == raft.Transferring.String() && j.transfers ||
		r.Text == raft.TooManyProposals.String() && (s.lost || s.last() > s.commit)
	if s.leads(r.Term) && !excused {
		j.convict(Sessions, "%v refuses %s (%s), but it leads term %d",
			r.Server, j.named(requestOf(r)), r.Text, r.Term)
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
		j.convict(Sessions, "%s is carried out twice: as entry %d, and by %v as entry %d too",
			j.named(c.by), f.taken, r.Server, r.Index)
		return
	}
	f.taken, f.came = r.Index, reply{outcome: r.Outcome, value: r.Value}
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
// Whether it carries a request out, repeats or refuses it is a matter of the session; what comes of
// one that is rightly carried out, of the store.
func (j *Judges) judgeApplied(r *record.Record) {
	must := j.must(r)
	if r.Outcome == 0 || must.outcome == 0 {
		return
	}
	j.exercised[Sessions]++
	did := reply{outcome: r.Outcome, value: r.Value, effect: r.Success}
	c := j.model.commands[r.Digest]
	switch {
	case did == must:
	case !did.effect && !must.effect && did == j.fates[c.by].came: // as wrong as the first time
	case did.effect && must.effect:
		j.convict(StateMachineSafety, "%v applies entry %d (%s) and answers %v, but by the log it "+
			"has to answer %v", r.Server, r.Index, c.words(), did, must)
	default:
		j.convict(Sessions, "%v applies entry %d, %s, and does %s, but by the log it has to do %s",
			r.Server, r.Index, j.named(c.by), did.text(), must.text())
	}
}

// onAnswered: what a server answers is what the log makes of the entry; and whatever is answered to
// one request again is the same.
func (j *Judges) onAnswered(r *record.Record) {
	if r.EntryTerm == 0 && r.Outcome.Answered() {
		j.judgeRead(r)
		return
	}
	j.compareWithReply(r)
	q := requestOf(r)
	f := j.fates[q]
	if !r.Outcome.Answered() || !f.again || j.model.commands[r.Digest].session == 0 {
		return
	}
	j.exercised[Sessions]++
	answer := reply{outcome: r.Outcome, value: r.Value}
	if f.answer.outcome != 0 && f.answer != answer {
		j.convict(Sessions, "%v answers %v to %s, of which another answer is %v",
			r.Server, answer, j.named(q), f.answer)
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
	j.convict(broken, "%s is answered %v, but by the log its entry %d comes to %v%s",
		j.named(requestOf(r)), is, r.Index, must, j.because(r, must))
}

// judgeNotDone: what was refused for its session is not carried out by any of its entries.
func (j *Judges) judgeNotDone(r *record.Record) {
	j.exercised[Sessions]++
	q := requestOf(r)
	f := j.fates[q]
	if by := max(f.decided, f.taken); by != 0 {
		j.convict(Sessions, "c%d is told that its %s never will be done (%v), but entry %d has "+
			"done it", q.client, j.asked(q), r.Outcome, by)
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
