package mark

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// disk is what is known of a server's disk. Writes are known by their numbers.
type disk struct {
	written, persisted uint64 // the last that there was, and that the server knows to be durable

	term    raft.Term     // that the last write saved, 0 if none
	vote    raft.ServerID // with it
	last    raft.Index    // the last entry that it saved, 0 if none
	durable raft.Index    // the last entry that the server knows to be durable

	held      uint64 // the write for which the last held message waits
	unsent    int    // how many held messages have not left
	releasing bool   // those that need not wait any more leave now
}

func (d *disk) observe(r *record.Record) {
	switch r.Kind {
	case record.Written:
		d.written, d.term, d.vote, d.last = r.Number, r.Term, r.Peer, 0
		if r.Index != 0 {
			d.last = r.Index + raft.Index(r.Count) - 1
		}
	case record.Persisted:
		d.persisted, d.durable = r.Number, r.Index
		d.releasing = true
	case record.Held:
		d.held = r.Number
		d.unsent++
	}
}

// onSent: what can be held, and is sent after the server has learned what is durable, was held.
func (d *disk) onSent(m raft.MessageType) {
	held := m == raft.RequestVote || m == raft.RequestVoteResponse ||
		m == raft.AppendEntriesResponse
	if d.releasing && d.unsent > 0 && held {
		d.unsent--
	}
}

// owed tells whether a message waited for the last write and has not left, and the disk gives that
// write back to a restart. An entry that took the place of another at the end of the log shows that
// no more than the other does, and so counts for nothing.
func (d *disk) owed(r *record.Record) bool {
	vote := d.term == 0 || d.term == r.Term && d.vote == r.Peer
	log := d.last == 0 || d.last == r.Index && d.last != d.durable
	return d.unsent > 0 && (d.held <= d.persisted || vote && log)
}

func (w *Watch) observeLife(r *record.Record, s *server) {
	switch r.Kind {
	case record.Started:
		s.role = raft.Follower
		w.members, w.up = w.members.With(r.Server), w.up.With(r.Server)
	case record.Crashed:
		w.onCrashed(r, s)
	case record.Restarted:
		w.onRestarted(r, s)
	case record.Paused:
		w.markOn(record.Pause, s)
		s.paused = true
	case record.Resumed:
		s.paused, s.resumed, s.resumedAt = false, true, r.At
	case record.TimerFired:
		w.onTimerFired(r, s)
	case record.Healed:
		if r.Servers != w.members {
			w.mark(CoreHealed)
		}
	}
}

func (w *Watch) onTimerFired(r *record.Record, s *server) {
	s.disk.releasing = false
	if s.resumed && s.resumedAt == r.At {
		w.mark(OverdueTimer)
	}
	switch timer := r.Number; {
	case timer == uint64(raft.ElectionTimer) && s.role == raft.PreCandidate:
		w.mark(AskedAgain)
	case timer == uint64(raft.TransferTimer) && s.successor != raft.None:
		w.mark(TransferAborted)
		s.successor = raft.None
	}
}

func (w *Watch) onCrashed(r *record.Record, s *server) {
	if s.disk.written > s.disk.persisted && !s.paused { // in a pause nobody tells what is durable
		w.mark(CrashUnsynced)
	}
	if s.disk.unsent > 0 && s.disk.held <= s.disk.persisted {
		w.mark(CrashUnsent)
	}
	w.markOn(record.Crash, s)
	had := w.hasMajority()
	w.up = w.up.Without(r.Server)
	if had && !w.hasMajority() {
		w.mark(MajorityDown)
	}
	if w.up == 0 {
		w.mark(AllDown)
	}
	w.endLife(r.Server)
	w.is(r, s, 0)
	s.paused, s.deposed, s.resumed, s.commit = false, false, false, 0
	s.stands, s.successor, s.reads = false, raft.None, reads{}
}

func (w *Watch) hasMajority() bool {
	return raft.Membership{Voters: w.members}.HasMajority(w.up)
}

func (w *Watch) onRestarted(r *record.Record, s *server) {
	w.up = w.up.With(r.Server)
	w.is(r, s, raft.Follower)
	s.term, s.last = r.Term, raft.LogState{Index: r.Index}
	if r.Index > 0 {
		w.mark(RestartedWithLog)
	}
	if r.Peer != raft.None {
		w.mark(RestartedWithVote)
	}
	if s.disk.owed(r) {
		w.mark(RestartedUnsent)
	}
	s.disk = disk{written: s.disk.written, persisted: s.disk.written, durable: r.Index}
}

// onFaultBegan: what crashes or stands still tells so itself, also where a fault strikes several.
func (w *Watch) onFaultBegan(r *record.Record, s *server) {
	if !r.Success {
		return // there was nobody to strike
	}
	if m := OfFault(r.Verb); m != 0 {
		w.mark(m)
	}
	if r.Server != raft.None && r.Verb != record.Crash && r.Verb != record.Pause {
		w.markOn(r.Verb, s)
	}
}

// markOn notes that a fault strikes a server, by its role.
func (w *Watch) markOn(verb record.Verb, s *server) {
	if m := OfFaultOn(verb, s.role); m != 0 {
		w.mark(m)
	}
}
