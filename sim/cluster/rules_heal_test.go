package cluster

import (
	"raftkv/raft"
	"raftkv/sim/network"
	"raftkv/sim/record"
)

// healedRules is the second phase of a run, once it has begun.
type healedRules struct {
	record.Record
	down, paused raft.ServerSet // now
}

// isOld tells whether a message was sent before the second phase: on a link that healed, later ones may
// overtake it.
func (h *healedRules) isOld(sent *record.Record) bool {
	return h.Kind == record.Healed && sent.Event < h.Event
}

// observeHealed: from then on nobody begins a request, no fault begins or ends, nobody who is well goes
// down, nobody else comes back, what the core sends itself arrives, and what is cut off is.
func (w *rules) observeHealed(r *record.Record) {
	h := &w.healed
	switch r.Kind {
	case record.Healed:
		if h.Kind != 0 || r.At.Sub(0) != w.config.Duration || r.Servers.Len() <= w.config.Servers/2 {
			w.broken(r, "the second phase begins twice, at another time, or for a minority")
		}
		h.Record = *r
	case record.Crashed:
		h.down = h.down.With(r.Server)
		h.paused = h.paused.Without(r.Server)
	case record.Restarted:
		h.down = h.down.Without(r.Server)
	case record.Paused:
		h.paused = h.paused.With(r.Server)
	case record.Resumed:
		h.paused = h.paused.Without(r.Server)
	}
	if h.Kind == 0 {
		return
	}
	across := h.Servers.Has(r.Server) != h.Servers.Has(r.Peer)
	within := h.Servers.Has(r.Server) && h.Servers.Has(r.Peer)
	lost := r.Text == network.LinkCut.String() || r.Text == network.Chance.String()
	switch r.Kind {
	case record.Invoked, record.FaultBegan, record.FaultEnded, record.Crashed, record.Paused:
		w.broken(r, "it begins in the second phase")
	case record.Restarted, record.Resumed:
		if !h.Servers.Has(r.Server) || r.Event != h.Event {
			w.broken(r, "it comes back that is to stay as it was, or later than it is to")
		}
	case record.Lost:
		if within && lost {
			w.broken(r, "a healed link loses a message")
		}
	case record.Missed:
		if h.Servers.Has(r.Server) {
			w.broken(r, "a healed server misses a client's message, or a client its answer")
		}
	case record.Delivered:
		// What had arrived before may wait for its server.
		if across && h.Success && !h.isOld(&w.letters[letterKey{r.Server, r.Peer, r.Number}].sent) {
			w.broken(r, "a message comes through that is to be cut off")
		}
	case record.Finished:
		if sick := (h.down | h.paused) & h.Servers; sick != 0 {
			w.broken(r, "a server is not well that has healed")
		}
	}
}
