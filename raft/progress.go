package raft

import "slices"

// progress is what a leader knows of one server's log (Figure 2, "Volatile state on leaders"). It
// is in one of two states (thesis §10.2.2):
//
//	probing      The leader does not know where the two logs agree. It sends one AppendEntries, or
//	             one chunk of a snapshot where its log no longer goes back so far, and no other
//	             until that is answered, or given up with the next heartbeat.
//	replicating  It knows. It sends entries as they come, ahead of their acknowledgements, and
//	             takes it that they arrive; if that proves wrong, it probes.
//
// Invariant: matchIndex < nextIndex <= last log index + 1.
type progress struct {
	nextIndex  Index
	matchIndex Index
	told       Index // the highest commitIndex of which it was told
	probed     bool  // probing: a request is on its way

	snapshot LogState // that it is sent, where it lacks what the log no longer has; and
	offset   uint64   // how much of it has come, as far as is known

	replicating bool
	flights     []flight // the requests with entries that are on their way, in order
	bytes       int      // their commands'
	overdue     bool     // the first of them has been on its way for a heartbeat
}

// flight is an AppendEntries with entries that is on its way.
type flight struct {
	last  Index // the last of its entries
	bytes int
}

// reset makes p what a new leader knows: nothing, but that the two logs may well agree up to next.
func (p *progress) reset(next Index) {
	*p = progress{nextIndex: next, flights: p.flights[:0]}
}

// mayFly tells whether another AppendEntries with entries may be on its way.
func (p *progress) mayFly(o *Options) bool {
	if !p.replicating {
		return !p.probed
	}
	return len(p.flights) < o.InflightMax && (o.InflightBytes == 0 || p.bytes < o.InflightBytes)
}

// sent takes notice of an AppendEntries that was sent with entries through last.
func (p *progress) sent(last Index, entries []Entry) {
	if !p.replicating {
		p.probed = true
		return
	}
	f := flight{last: last}
	for i := range entries {
		f.bytes += len(entries[i].Command)
	}
	p.flights = append(p.flights, f)
	p.bytes += f.bytes
	p.nextIndex = f.last + 1
}

// matched takes notice that the logs agree through an index, and the disk holds that: what was on
// its way up to there has arrived.
func (p *progress) matched(index Index) {
	p.matchIndex = index
	p.nextIndex = max(p.nextIndex, index+1)
	arrived := 0
	for arrived < len(p.flights) && p.flights[arrived].last <= index {
		p.bytes -= p.flights[arrived].bytes
		arrived++
	}
	if arrived > 0 {
		p.flights = slices.Delete(p.flights, 0, arrived)
		p.overdue = false
	}
}

// probe goes back to an index from which on the logs may differ.
func (p *progress) probe(next Index) {
	p.replicating, p.probed = false, false
	p.nextIndex = max(next, p.matchIndex+1)
	p.flights, p.bytes, p.overdue = p.flights[:0], 0, false
}

// startReplicating: the logs agree up to nextIndex, if what was sent has arrived.
func (p *progress) startReplicating() { p.replicating, p.probed = true, false }
