package check

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/record"
)

func (j *Judges) onPanicked(r *record.Record) {
	j.convict(NoPanic, "%v panicked: %s", r.Server, r.Text)
}

func (j *Judges) onFinished(r *record.Record) {
	j.judgeRequests(r)
	j.judgeKept()
	disagreement := j.disagreement()
	j.judgeAgreement(r, disagreement)
	j.judgeLiveness(r, disagreement)
}

// judgeRequests: every request came to an end. Where a second phase kept clients from making some,
// that is for Liveness to judge, of those that were made.
func (j *Judges) judgeRequests(r *record.Record) {
	if r.Count > 0 && r.Ending.CutShort() {
		return
	}
	j.undecided = j.undecided.Without(Finished)
	if j.phase.healed {
		return
	}
	j.exercised[Finished]++
	if r.Count > 0 {
		j.convict(Finished, "%d requests were not made or not answered when the run "+
			"ended: %s",
			r.Count, r.Text)
	}
}

// judgeAgreement: all running servers have applied all that is committed, and hold the same store.
// It is judged from what they did: who says that they have come to rest may be wrong. Servers that
// are behind when the time is over may be cut off for good; that is no disagreement, and Liveness
// judges whether they had the time.
func (j *Judges) judgeAgreement(r *record.Record, disagreement string) {
	if disagreement != "" && r.Ending.CutShort() {
		return
	}
	j.undecided = j.undecided.Without(Agreement)
	if disagreement != "" && (r.Ending == record.Settled || r.Ending == record.Mended) {
		j.convict(Agreement, "in the end %s", disagreement)
	}
}

// disagreement says in what the running servers differ, or those of the core that has healed; ""
// where they agree.
func (j *Judges) disagreement() string {
	running := j.running()
	first := &j.servers[running.Next(raft.None)]
	if first.id == raft.None {
		return ""
	}
	for id := running.Next(first.id); id != raft.None; id = running.Next(id) {
		j.exercised[Agreement]++
		s := &j.servers[id]
		if s.applied != first.applied {
			return fmt.Sprintf("%v has applied through entry %d, but %v through entry %d",
				first.id, first.applied, id, s.applied)
		}
		if s.state != first.state {
			return fmt.Sprintf("the stores of %v and %v differ, though both have applied through "+
				"entry %d", first.id, id, s.applied)
		}
	}
	if j.blind {
		return ""
	}
	j.exercised[Agreement]++
	if first.applied != j.committedLast() {
		return fmt.Sprintf("all running servers have applied through entry %d, but %d is committed",
			first.applied, j.committedLast())
	}
	return ""
}

// running returns the servers that run, and only those of the core once it has healed.
func (j *Judges) running() raft.ServerSet {
	running := j.alive &^ j.paused
	if j.phase.healed {
		running &= j.phase.core
	}
	return running
}
