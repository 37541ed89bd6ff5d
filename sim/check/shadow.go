package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// server is what the judges know of one server.
type server struct {
	id  raft.ServerID
	log []prefix // by index: the log through there; log[0] is the empty log

	// lost says that the records left a gap in the log. What is not known is not judged: the gap is
	// the violation, and all else would only follow from it.
	lost bool

	term    raft.Term // currentTerm, as it was last told
	reign   raft.Term // the term it leads, 0 for none
	ruled   raft.Term // the last term of its reigns in which it committed an entry of that term
	commit  raft.Index
	applied raft.Index
	state   uint64 // the digest of its store after applied

	// What it was told last.
	asked    voteRequest
	electors electors
	heard    heard
	granted  vote // and what it granted last

	// A crash spares these: the disk, which will tell what it holds, and votes, which have left.
	disk  disk
	votes []vote // those that left, in the order of terms

	letters letters // that wait for its disk

	restarting  bool // entries are still to come, of what the disk gives back
	back        vote
	backThrough raft.Index
}

// reset makes s a server of which nothing is known, with an empty disk.
func (s *server) reset() {
	s.begin()
	s.disk.reset()
	s.votes = s.votes[:0]
	s.letters.reset()
	s.restarting = false
}

// begin makes s a server with an empty log and nothing committed, as it is before its disk has
// given anything back.
func (s *server) begin() {
	s.log = append(s.log[:0], empty)
	s.lost = false
	s.stop()
}

// stop takes from s what does not survive a crash. The shadow of the log stays until the disk tells
// what it holds.
func (s *server) stop() {
	s.term, s.reign, s.ruled = 0, 0, 0
	s.commit, s.applied, s.state = 0, 0, 0
	s.asked, s.granted, s.electors, s.heard = voteRequest{}, vote{}, electors{}, heard{}
}

func (s *server) last() raft.Index { return raft.Index(len(s.log) - 1) }

// tip returns the whole log.
func (s *server) tip() prefix { return s.log[len(s.log)-1] }

// cut drops the entries after index, which the log must reach.
func (s *server) cut(index raft.Index) { s.log = s.log[:index+1] }

// holds tells whether s has that very log through index.
func (s *server) holds(log prefix, index raft.Index) bool {
	return index <= s.last() && s.log[index] == log
}

// leads tells whether s, being in that term, leads it. A server in another term than that of its
// reign leads no more, whether or not it said so.
func (s *server) leads(term raft.Term) bool { return s.reign != 0 && s.reign == term }

func (j *Judges) onStarted(s *server) {
	j.exercised[NoPanic]++
	s.begin()
	j.started = j.started.With(s.id)
	j.alive = j.alive.With(s.id)
	j.paused = j.paused.Without(s.id)
}

func (j *Judges) onCrashed(s *server) {
	s.stop()
	s.letters.crash()
	j.alive = j.alive.Without(s.id)
	j.paused = j.paused.Without(s.id)
}

func (j *Judges) onAppended(r *record.Record, s *server) {
	if s.leads(r.Term) && !s.lost {
		j.exercised[LeaderAppendOnly]++
		if r.Index > 0 && r.Index <= s.last() {
			j.convict(LeaderAppendOnly, "%v, which leads term %d, writes entry %d anew",
				s.id, r.Term, r.Index)
			s.cut(r.Index - 1)
		}
	}
	j.extend(r, s)
	j.judgeTaken(r, s)
}

func (j *Judges) onTruncated(r *record.Record, s *server) {
	if s.lost {
		return
	}
	if r.Index > s.last() {
		j.convict(LogMatching, "%v keeps its log through entry %d, but the log ends with entry %d",
			s.id, r.Index, s.last())
		s.lost = true
		return
	}
	if r.Index < s.last() && s.leads(r.Term) {
		j.convict(LeaderAppendOnly, "%v, which leads term %d, drops entry %d",
			s.id, r.Term, r.Index+1)
	}
	if r.Index < s.last() {
		j.judgeDropped(r, s)
	}
	if r.Index < s.commit {
		j.convict(StateMachineSafety, "%v drops entry %d, but it knows that entries through %d "+
			"are committed", s.id, r.Index+1, s.commit)
	}
	s.cut(r.Index)
}

// extend adds the entry of the record to the server's log, and holds it against every other entry
// of the same index and term: then all that precedes them must be the same too (§5.3).
func (j *Judges) extend(r *record.Record, s *server) {
	if s.lost || !j.follows(r, s) {
		return
	}
	log, first := j.tree.extend(s.tip(), entryOf(r), s.id)
	s.log = append(s.log, log)
	if first == empty {
		return
	}
	j.exercised[LogMatching]++
	if first != log {
		j.convictLogs(s, log, first)
	}
}

// follows tells whether the record's entry can be put at the end of the log. A log has no gaps, and
// nothing is overwritten before it is dropped.
func (j *Judges) follows(r *record.Record, s *server) bool {
	if r.Index == s.last()+1 {
		return true
	}
	j.convict(LogMatching, "%v writes entry %d, but its log ends with entry %d",
		s.id, r.Index, s.last())
	if r.Index == 0 || r.Index > s.last() {
		s.lost = true
		return false
	}
	s.cut(r.Index - 1)
	return true
}

func (j *Judges) convictLogs(s *server, log, first prefix) {
	a, b := &j.tree.nodes[log], &j.tree.nodes[first]
	if a.entry != b.entry {
		j.convict(LogMatching, "%v and %v hold different entries %d of term %d",
			b.holder, s.id, a.index, a.term)
		return
	}
	j.convict(LogMatching, "%v and %v hold the same entry %d of term %d, but different entries %d",
		b.holder, s.id, a.index, a.term, j.tree.nodes[j.tree.missing(log, first)].index)
}
