package mark

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// Pattern is three records that follow one another at one server, by their kinds and, of messages
// and answers, what they say: a small piece of behaviour, which a run either shows or does not. The
// number is a hash of 16 bits: now and then two patterns share one.
type Pattern uint16

// Sampled is of how many patterns one is looked at, always the same ones: what is true of these is
// true of all, Sampled times. To look at more costs a run nothing that could be measured, but a
// line of a sweep names those of its run: all of them would make it two to six times as long.
const Sampled = 8

// Patterns are the sampled patterns that a run shows. The zero value is ready.
type Patterns struct {
	before [raft.MaxServers + 1]uint64 // the last two records at each server
	seen   [1 << 16 / 64]uint64        // a bit for each pattern
	list   []Pattern
}

// Reset makes p ready for a new run. It keeps its memory.
func (p *Patterns) Reset() {
	p.before = [raft.MaxServers + 1]uint64{}
	for _, pattern := range p.list {
		p.seen[pattern/64] = 0
	}
	p.list = p.list[:0]
}

// Observe takes the next record of the run.
func (p *Patterns) Observe(r *record.Record) {
	before := &p.before[Where(r)]
	three := *before<<16 | symbol(r)
	*before = three & (1<<32 - 1)
	const odd = 0x9e3779b97f4a7c15
	h := three * odd
	h = (h ^ h>>32) * odd
	if h>>48%Sampled != 0 {
		return
	}
	pattern := Pattern(h >> 32)
	if p.seen[pattern/64]>>(pattern%64)&1 == 0 {
		p.seen[pattern/64] |= 1 << (pattern % 64)
		p.list = append(p.list, pattern)
	}
}

// List returns the patterns that the run has shown, in the order in which it first did. The slice
// is p's own, until its next Reset.
func (p *Patterns) List() []Pattern { return p.list }

// symbol is what counts of a record.
func symbol(r *record.Record) uint64 {
	s := uint64(r.Kind) | uint64(r.Message)<<6 | uint64(r.Entry)<<10 | uint64(r.Outcome)<<12
	if r.Success {
		s |= 1 << 15
	}
	return s
}
