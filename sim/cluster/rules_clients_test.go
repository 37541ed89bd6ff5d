package cluster

import (
	"slices"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// clientRules is a client's requests, and its sessions by the entries that opened them.
type clientRules struct {
	requests []*requestRules // by number, from 1
	sessions map[raft.Index]*sessionRules
	open     int // requests
}

// requestRules is a request, from the asking to the end and on.
type requestRules struct {
	invoked  record.Record
	asked    vtime.Time // last
	attempts int
	came     int // to servers
	proposed []record.Record
	answered []record.Record
	returned bool
}

type sessionRules struct {
	sequence uint64
	open     bool
}

func (w *rules) observeClient(r *record.Record) {
	if r.Client == 0 {
		w.observeApplied(r)
		return
	}
	c := w.clients[r.Client]
	if c == nil {
		c = &clientRules{sessions: map[raft.Index]*sessionRules{}}
		w.clients[r.Client] = c
	}
	if r.Kind == record.Invoked {
		w.observeInvoked(c, r)
		return
	}
	if r.Operation == 0 || int(r.Operation) > len(c.requests) {
		w.broken(r, "something is of a request that nobody made")
	}
	q := c.requests[r.Operation-1]
	switch r.Kind {
	case record.Retried:
		if q.returned || int(r.Number) != q.attempts+1 || r.At.Sub(q.asked) < w.config.Client.Retry {
			w.broken(r, "a client asks again too soon, or too late")
		}
		q.attempts, q.asked = q.attempts+1, r.At
	case record.Proposed, record.Refused:
		if q.came++; q.came > q.attempts*w.clientCopies() {
			w.broken(r, "a request arrived too often")
		}
		if r.Kind == record.Proposed {
			q.proposed = append(q.proposed, *r)
		}
	case record.Answered:
		w.observeAnswered(q, r)
	case record.Returned:
		w.observeReturned(c, q, r)
	}
}

// clientCopies is how often a client's message may arrive.
func (w *rules) clientCopies() int {
	if w.config.Client.Retry > 0 {
		return 2
	}
	return 1
}

func (w *rules) observeInvoked(c *clientRules, r *record.Record) {
	lanes := 1
	if w.config.Client.Arrivals.Rate > 0 && len(w.config.Client.Script) == 0 {
		lanes = int(w.config.Client.LanesMax)
	}
	if c.open++; c.open > lanes || int(r.Operation) != len(c.requests)+1 {
		w.broken(r, "a client asks before it was answered")
	}
	c.requests = append(c.requests, &requestRules{invoked: *r, asked: r.At, attempts: 1})
	needs := w.config.Client.Retry > 0 && r.Action != record.OpenSession
	if needs != (r.Index != 0) {
		w.broken(r, "a request is in no session, or in one without need")
	}
	if !needs {
		return
	}
	s := c.sessions[r.Index]
	if s == nil || s.open || r.Number <= s.sequence {
		w.broken(r, "a client uses a session that it does not have, or that is in use")
	}
	s.open, s.sequence = true, r.Number
}

func (w *rules) observeAnswered(q *requestRules, r *record.Record) {
	same := func(o record.Record) bool {
		return o.Index == r.Index && o.EntryTerm == r.EntryTerm && o.Server == r.Server
	}
	if !slices.ContainsFunc(q.proposed, same) || slices.ContainsFunc(q.answered, same) {
		w.broken(r, "an answer is not that of its entry")
	}
	q.answered = append(q.answered, *r)
}

func (w *rules) observeReturned(c *clientRules, q *requestRules, r *record.Record) {
	if q.returned || r.Digest != q.invoked.Digest {
		w.broken(r, "a request returned that is not open")
	}
	q.returned = true
	c.open--
	if q.invoked.Index != 0 {
		c.sessions[q.invoked.Index].open = false
	}
	if q.invoked.Action == record.OpenSession {
		c.sessions[r.Index] = &sessionRules{}
	}
	told := slices.ContainsFunc(q.answered, func(a record.Record) bool {
		return a.Outcome == r.Outcome && a.Value == r.Value && a.Index == r.Index &&
			a.EntryTerm == r.EntryTerm && a.Server == r.Server
	})
	if r.Index != 0 && r.Outcome != record.Unknown && !told {
		w.broken(r, "a client knows what nobody told it")
	}
	if r.Outcome.Answered() && r.Index == 0 {
		w.broken(r, "a client knows what comes of no entry")
	}
	if r.Outcome.NotDone() && r.Index != 0 && (q.attempts > 1 || len(q.proposed) > 1) {
		w.broken(r, "a client is sure that what may have been done was not")
	}
	w.observePatience(q, r)
}

func (w *rules) observePatience(q *requestRules, r *record.Record) {
	waited := r.At.Sub(q.invoked.At)
	client := &w.config.Client
	if client.Retry == 0 {
		if waited > client.Timeout || r.Outcome == record.Unknown && waited < client.Timeout {
			w.broken(r, "a client waited too long, or not long enough")
		}
		return
	}
	gaveUp := r.Index == 0 && (r.Outcome == record.Unknown || r.Outcome == record.Rejected)
	opens := q.invoked.Action == record.OpenSession
	if gaveUp && (opens || client.GiveUp == 0 || waited != client.GiveUp) {
		w.broken(r, "a client gave up too soon, or too late")
	}
	if client.GiveUp > 0 && !opens && waited > client.GiveUp {
		w.broken(r, "a client did not give up")
	}
	if r.Outcome == record.Rejected && len(q.proposed) > 0 {
		w.broken(r, "a client is sure of a refusal, but an entry was made")
	}
}
