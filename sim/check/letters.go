package check

import (
	"slices"

	"raftkv/raft"
	"raftkv/sim/record"
)

// envelope is a message by what it promises. Two that are equal promise the same.
type envelope struct {
	message   raft.MessageType
	to        raft.ServerID
	term      raft.Term
	index     raft.Index
	entryTerm raft.Term
}

func envelopeOf(r *record.Record) envelope {
	return envelope{r.Message, r.Peer, r.Term, r.Index, r.EntryTerm}
}

// letters are the messages of a server that wait for its disk, and what else may leave it: a crash
// takes what waits.
type letters struct {
	held    []envelope // in this life
	orphans []envelope // held in the life before, never sent, and not made anew in this one
	answers envelope   // the answer that it is to send or to hold next: its type, and to whom
	stood   raft.Term  // the last in which it has stood for election in this life
}

func (l *letters) reset() {
	l.held, l.orphans = l.held[:0], l.orphans[:0]
	l.answers, l.stood = envelope{}, 0
}

// crash ends a life. What an even earlier one held is forgotten.
func (l *letters) crash() {
	l.held, l.orphans = l.orphans[:0], l.held
	l.answers, l.stood = envelope{}, 0
}

// deliver: the server is asked for something, which it answers before it does anything else.
func (l *letters) deliver(r *record.Record) {
	l.answers = envelope{}
	if r.Message == raft.RequestVote || r.Message == raft.AppendEntries {
		l.answers = envelope{message: r.Message + 1, to: r.Server}
	}
}

// hold: the server makes a message that waits.
func (l *letters) hold(r *record.Record) {
	l.answer(r)
	l.renew(r)
	l.held = append(l.held, envelopeOf(r))
}

// renew: what an earlier life held is made anew in this one, and may leave.
func (l *letters) renew(r *record.Record) {
	if i := slices.Index(l.orphans, envelopeOf(r)); i >= 0 {
		l.orphans = slices.Delete(l.orphans, i, i+1)
	}
}

// answer tells whether the message is the answer that the server owes.
func (l *letters) answer(r *record.Record) bool {
	if r.Message != l.answers.message || r.Peer != l.answers.to {
		return false
	}
	l.answers = envelope{}
	return true
}

// release tells whether the message has waited in this life; then it waits no more.
func (l *letters) release(r *record.Record) bool {
	i := slices.Index(l.held, envelopeOf(r))
	if i < 0 {
		return false
	}
	l.held = slices.Delete(l.held, i, i+1)
	return true
}

// judgeLife: a message that waits for the disk when its server crashes is gone. What it promised is
// durable for another life at best, which knows nothing of it.
func (j *Judges) judgeLife(r *record.Record, s *server) {
	l := &s.letters
	switch {
	case l.answer(r):
		l.renew(r)
		return
	case l.release(r) || r.Message == raft.RequestVote && r.Term == l.stood:
		return
	case !slices.Contains(l.orphans, envelopeOf(r)):
		return
	}
	j.convict(Durability, "%v sends %v the %v of term %d that waited for its disk in an earlier "+
		"life", s.id, r.Peer, r.Message, r.Term)
}
