// Package trace is what becomes of the records of a run: one hash that names it ([Hash]), a story
// for people ([Story]), a file that can be read again ([Writer], [Reader]), and the place where it
// parts from another run ([Diff]).
package trace

import (
	"fmt"

	"raftkv/sim/record"
)

// Hash names a run by its records: two runs with the same hash are the same run. It guards against
// accidents, not against an adversary.
type Hash uint64

// String returns the hash as results show it: 16 hexadecimal digits.
func (h Hash) String() string { return fmt.Sprintf("%016x", uint64(h)) }

// Add returns the hash of the records so far, followed by r. Every field of r counts.
func (h Hash) Add(r *record.Record) Hash {
	small := uint64(r.Kind) | uint64(r.Server)<<8 | uint64(r.Peer)<<16 | uint64(r.Message)<<24 |
		uint64(r.Entry)<<32 | uint64(r.Outcome)<<40 | uint64(r.Action)<<48 | uint64(r.Ending)<<56
	h = h.word(small).word(r.Event).word(uint64(r.At))
	h = h.word(uint64(r.Term)).word(uint64(r.Index)).word(uint64(r.EntryTerm))
	h = h.word(uint64(r.Commit)).word(uint64(r.Count) | uint64(r.Client)<<32)
	h = h.word(uint64(r.Operation) | flag(r.Success)<<32 | uint64(r.Verb)<<40)
	h = h.word(r.Number).word(r.Digest).word(r.State)
	h = h.text(r.Key).text(r.Value).text(r.Text)
	if r.Servers == 0 && r.Bound == 0 {
		return h // as it was before records had these
	}
	return h.word(uint64(r.Servers)).word(uint64(r.Bound))
}

func flag(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}

// word is a step of a multiplicative hash; the shift brings the high bits, in which every bit of
// the word has a part, to where the next multiplication spreads them.
func (h Hash) word(w uint64) Hash {
	const odd = 0x9fb21c651e98df25
	x := (uint64(h) ^ w) * odd
	return Hash(x ^ x>>32)
}

// text adds a string and, so that no two neighbours can be cut apart differently, its length.
func (h Hash) text(s string) Hash {
	h = h.word(uint64(len(s)))
	for len(s) > 0 {
		var w uint64
		n := min(len(s), 8)
		for i := range n {
			w |= uint64(s[i]) << (8 * i)
		}
		h = h.word(w)
		s = s[n:]
	}
	return h
}
