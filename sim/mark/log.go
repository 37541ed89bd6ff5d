package mark

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

func (w *Watch) observeLog(r *record.Record, s *server) {
	switch r.Kind {
	case record.Truncated:
		w.onTruncated(r, s)
	case record.Appended:
		w.onAppended(r, s)
	case record.Committed:
		w.onCommitted(r, s)
	case record.Recovered:
		s.last = raft.LogState{Index: r.Index, Term: r.EntryTerm}
	}
}

func (w *Watch) onTruncated(r *record.Record, s *server) {
	w.mark(LogTruncated)
	if s.last.Index > r.Index+1 {
		w.mark(TruncatedSeveral)
	}
	if s.deposed {
		w.mark(TruncatedOldLeader)
	}
	s.last = raft.LogState{Index: r.Index}
}

// farMin is how many committed entries a server lacks that has to catch up.
const farMin = 10

func (w *Watch) onAppended(r *record.Record, s *server) {
	if w.committed >= s.last.Index+farMin {
		s.far = true
	}
	s.last = raft.LogState{Index: r.Index, Term: r.EntryTerm}
	if s.far && r.Index >= w.committed {
		s.far = false
		w.mark(CaughtUp)
	}
}

// onCommitted: what somebody else has committed already counts for nothing, so that a leader that
// learns of it again, as after a restart, does nothing remarkable.
func (w *Watch) onCommitted(r *record.Record, s *server) {
	known := max(s.commit, w.committed)
	if s.role == raft.Leader && r.Index > known {
		if known < s.inherited {
			w.mark(CommittedOlderTerm)
		}
		if r.Index > known+1 {
			w.mark(CommittedSeveral)
		}
	}
	s.commit = r.Index
	w.committed = max(w.committed, r.Index)
}
