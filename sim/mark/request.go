package mark

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

func (w *Watch) observeRequest(r *record.Record, s *server) {
	switch r.Kind {
	case record.Refused:
		w.onRefused(r, s)
	case record.Proposed:
		if s.term < w.reign {
			w.mark(ProposedToOldLeader)
		}
	case record.Applied:
		if m := ofSession(r); m != 0 {
			w.mark(m)
		}
	case record.Returned:
		if m := ofOutcome(r.Outcome); m != 0 && r.Action != record.OpenSession {
			w.mark(m)
		}
	}
}

func (w *Watch) onRefused(r *record.Record, s *server) {
	if s.deposed {
		w.mark(RefusedByDeposed)
	}
	if s.reads.dropped > 0 {
		s.reads.dropped--
		w.mark(ReadDropped)
	}
	switch r.Text {
	case raft.Transferring.String():
		w.mark(RefusedTransferring)
	case raft.TooManyProposals.String():
		w.mark(RefusedTooMany)
	}
}

// reads is what is known of the requests that a server has taken to answer from its store.
type reads struct {
	open    uint32 // not answered yet
	dropped uint32 // to be refused, before anything else happens to the server
	taken   uint64 // the event in which the last was taken
}

// drop: who leads no more answers none of them.
func (s *reads) drop() { s.open, s.dropped = 0, s.dropped+s.open }

func (w *Watch) observeRead(r *record.Record, s *server) {
	switch {
	case r.Kind == record.TakenToRead:
		s.reads.open++
		s.reads.taken = r.Event
	case r.EntryTerm == 0: // no entry was made of it
		w.onReadAnswered(r, s)
	}
}

// onReadAnswered: what is answered in the event in which a request was taken needs no round; a
// cluster of one asks nobody.
func (w *Watch) onReadAnswered(r *record.Record, s *server) {
	w.mark(ReadAnswered)
	if s.reads.open > 0 {
		s.reads.open--
	}
	switch {
	case w.members.Len() < 2:
	case s.reads.taken == r.Event:
		w.mark(ReadUnderLease)
	case w.delivered.event == r.Event && w.delivered.kind == raft.AppendEntriesResponse:
		w.mark(ReadAfterRound)
	}
}

func (w *Watch) onTransferAsked(r *record.Record, s *server) {
	if !r.Success {
		w.mark(TransferRefused)
		return
	}
	s.successor = r.Peer
}

// ofSession returns the mark of a request in a session that a server does not carry out.
func ofSession(r *record.Record) Mark {
	switch {
	case r.Outcome == record.NoSession:
		return SessionGone
	case r.Outcome == record.Superseded:
		return RetrySuperseded
	case r.Outcome.Answered() && !r.Success:
		return RetryRepeated
	}
	return 0
}

func ofOutcome(o record.Outcome) Mark {
	switch o {
	case record.OK:
		return RequestOK
	case record.KeyExists:
		return RequestKeyExists
	case record.KeyMissing:
		return RequestKeyMissing
	case record.Rejected, record.NoSession, record.Superseded:
		return RequestRefused
	case record.Unknown:
		return RequestUnknown
	}
	return 0
}
