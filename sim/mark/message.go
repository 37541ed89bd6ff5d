package mark

import (
	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// link is one direction between two servers. Messages are known by their numbers on it.
type link struct {
	sent      uint64 // the last
	event     uint64 // in which it was
	senders   uint64 // the last of the sender's earlier lives
	receivers uint64 // the last that was sent before the addressee's present life

	high    uint64 // the highest that arrived
	arrived uint64 // a bit for it and each of the 63 before it: whether that arrived

	times [remembered]vtime.Time // when they were sent, by number modulo remembered
}

// remembered is of how many messages, the last of each link, is known when they were sent and
// whether they arrived.
const remembered = 64

// How long fast, slow and late messages are on their way. Where a scenario says nothing of the
// network, a message is neither fast nor slow; a late one may come after an election.
const (
	fast = vtime.Millisecond
	slow = 10 * vtime.Millisecond
	late = 100 * vtime.Millisecond
)

// letter is what is remembered of a message that arrived.
type letter struct {
	event uint64
	kind  raft.MessageType
	term  raft.Term
	log   raft.LogState // of a RequestVote or a PreVote, the candidate's
}

// unheard are the servers to which nothing got through of what a leader sent in an event.
type unheard struct {
	event   uint64
	servers raft.ServerSet
}

// endLife: what was sent until now is of an earlier life of the server.
func (w *Watch) endLife(id raft.ServerID) {
	for other := w.members.Next(raft.None); other != raft.None; other = w.members.Next(other) {
		out, in := &w.links[id][other], &w.links[other][id]
		out.senders, in.receivers = out.sent, in.sent
	}
}

func (w *Watch) onSent(r *record.Record) {
	l := &w.links[r.Server][r.Peer]
	l.sent, l.event = r.Number, r.Event
	l.times[r.Number%remembered] = r.At
	w.servers[r.Server].disk.onSent(r.Message)
	switch {
	case r.Message == raft.TimeoutNow:
		w.mark(HandedOver)
	case r.Success:
	case r.Message == raft.RequestVoteResponse:
		w.onVoteRefused(r)
	case r.Message == raft.PreVoteResponse:
		w.onPreVoteRefused(r)
	case r.Message == raft.AppendEntriesResponse:
		if w.answers(r, raft.AppendEntries) && w.delivered.term == r.Term {
			w.mark(AppendRefused)
		}
	}
}

// onVoteRefused: who takes no notice of a higher term is loyal to a leader.
func (w *Watch) onVoteRefused(r *record.Record) {
	w.mark(VoteRefused)
	if !w.answers(r, raft.RequestVote) {
		return
	}
	d := &w.delivered
	if d.term == r.Term && behind(d.log, w.servers[r.Server].last) {
		w.mark(VoteRefusedOlderLog)
	}
	if d.term > r.Term {
		w.mark(VoteRefusedLoyal)
	}
}

// onPreVoteRefused: in a higher term, and with a log that is not behind, one could win, were it not
// for a leader.
func (w *Watch) onPreVoteRefused(r *record.Record) {
	w.mark(PreVoteRefused)
	d := &w.delivered
	if w.answers(r, raft.PreVote) && d.term > r.Term && !behind(d.log, w.servers[r.Server].last) {
		w.mark(PreVoteRefusedLoyal)
	}
}

// answers tells whether a message is sent in answer to one of that type.
func (w *Watch) answers(r *record.Record, to raft.MessageType) bool {
	d := &w.delivered
	return d.event == r.Event && d.kind == to
}

// behind tells whether the first log is less up to date than the second (§5.4.1).
func behind(a, b raft.LogState) bool {
	return a.Term < b.Term || a.Term == b.Term && a.Index < b.Index
}

func (w *Watch) onLost(r *record.Record, s *server) {
	w.mark(MessageLost)
	switch l := &w.links[r.Server][r.Peer]; {
	case l.event != r.Event || l.sent != r.Number: // it was on its way
		if w.servers[r.Peer].role == 0 {
			w.mark(LostToDown)
		}
	case s.role == raft.Leader:
		w.onUnheard(r)
	}
}

// onUnheard: what a leader sends is lost at once. It hears itself.
func (w *Watch) onUnheard(r *record.Record) {
	u := &w.unheard
	if u.event != r.Event {
		*u = unheard{event: r.Event}
	}
	cluster := raft.Membership{Voters: w.members}
	had := cluster.HasMajority(w.members &^ u.servers)
	u.servers = u.servers.With(r.Peer)
	if had && !cluster.HasMajority(w.members&^u.servers) {
		w.mark(LeaderCutOff)
	}
}

func (w *Watch) onDelivered(r *record.Record, at *server) {
	at.disk.releasing = false
	if r.Term < at.term {
		w.mark(StaleMessage)
	}
	l := &w.links[r.Server][r.Peer]
	if r.Number <= l.senders {
		w.mark(FromEarlierLife)
	}
	if r.Number <= l.receivers {
		w.mark(ToLaterLife)
	}
	w.noteArrival(l, r.Number)
	w.noteDelay(l, r)
	log := raft.LogState{Index: r.Index, Term: r.EntryTerm}
	w.delivered = letter{event: r.Event, kind: r.Message, term: r.Term, log: log}
}

// noteArrival tells copies and overtaken messages apart, of those that are remembered: nobody knows
// of an older one whether it arrived before.
func (w *Watch) noteArrival(l *link, number uint64) {
	if number > l.high {
		l.arrived = l.arrived<<(number-l.high) | 1
		l.high = number
		return
	}
	age := l.high - number
	switch {
	case age >= remembered:
	case l.arrived>>age&1 == 1:
		w.mark(DeliveredTwice)
	default:
		l.arrived |= 1 << age
		w.mark(Overtaken)
	}
}

// noteDelay tells how long a message was on its way, if it is remembered when that began.
func (w *Watch) noteDelay(l *link, r *record.Record) {
	if r.Number > l.sent || l.sent-r.Number >= remembered {
		return
	}
	switch took := r.At.Sub(l.times[r.Number%remembered]); {
	case took <= fast:
		w.mark(MessageFast)
	case took > late:
		w.mark(MessageLate)
		w.mark(MessageSlow)
	case took > slow:
		w.mark(MessageSlow)
	}
}
