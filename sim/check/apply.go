package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// application is what the first server to apply an index applied there, and what came of it.
type application struct {
	entry
	state  uint64 // the digest of the store afterwards
	server raft.ServerID
}

// onApplied is State Machine Safety: in each of its lives a server applies the entries of its log
// in order, each once, when it knows that they are committed; and what one applies at an index, all
// do, with the same result.
func (j *Judges) onApplied(r *record.Record, s *server) {
	before := s.applied
	s.applied, s.state = r.Index, r.State
	j.exercised[Monotonic]++
	if r.Index < before {
		j.convict(Monotonic, "%v applies entry %d after entry %d", s.id, r.Index, before)
	} else if r.Index != before+1 {
		j.convict(StateMachineSafety, "%v applies entry %d after entry %d", s.id, r.Index, before)
	}
	if r.Index > s.commit {
		j.convict(StateMachineSafety, "%v applies entry %d, but it knows only of %d as committed",
			s.id, r.Index, s.commit)
	}
	j.compareWithLog(r, s)
	j.compareWithApplied(r, s)
	j.compareWithTold(r, s)
	j.judgeApplied(r)
}

func (j *Judges) compareWithLog(r *record.Record, s *server) {
	if s.lost {
		return
	}
	if r.Index > s.last() {
		j.convict(StateMachineSafety, "%v applies entry %d, but its log ends with entry %d",
			s.id, r.Index, s.last())
		return
	}
	if log := s.log[r.Index]; j.tree.nodes[log].entry != entryOf(r) {
		j.convict(StateMachineSafety, "%v applies an entry %d of term %d that is not %s in its log",
			s.id, r.Index, r.EntryTerm, j.tree.name(log))
	}
}

func (j *Judges) compareWithApplied(r *record.Record, s *server) {
	next := raft.Index(len(j.applied))
	if r.Index == next {
		j.applied = append(j.applied, application{
			entry: entryOf(r), state: r.State, server: s.id,
		})
		j.noteEffect(r)
	}
	if r.Index == 0 || r.Index >= next {
		return
	}
	j.exercised[StateMachineSafety]++
	first := &j.applied[r.Index]
	if first.entry != entryOf(r) {
		j.convict(StateMachineSafety, "%v applies an entry %d of term %d, but %v applied another "+
			"one, of term %d", s.id, r.Index, r.EntryTerm, first.server, first.term)
		return
	}
	if first.state != r.State && first.server != s.id {
		j.convict(StateMachineSafety, "the stores of %v and %v differ after entry %d, though the "+
			"entries do not", first.server, s.id, r.Index)
	} else if first.state != r.State {
		j.convict(StateMachineSafety, "the store of %v after entry %d is not what it was in an "+
			"earlier life", s.id, r.Index)
	}
}

func (j *Judges) compareWithTold(r *record.Record, s *server) {
	if r.Index > j.committedLast() {
		return
	}
	c := &j.committed[r.Index]
	if c.told && j.tree.nodes[c.log].entry != entryOf(r) {
		j.convictUntrue(s, "applies", r.Index)
	}
}
