package trace

import "raftkv/raft"

// outline is a log without its commands: which term its entries are of. Terms never fall along a
// log, so that it is a short sequence of runs.
// Invariant: runs[i].from < runs[i+1].from <= last.
type outline struct {
	last raft.Index
	runs []run
}

// run is entries of one term, from an index on.
type run struct {
	from raft.Index
	term raft.Term
}

// runsMax is how many terms an outline remembers; of entries older than those it knows no term.
const runsMax = 1024

func (o *outline) clear() { o.last, o.runs = 0, o.runs[:0] }

func (o *outline) append(index raft.Index, term raft.Term) {
	if index <= o.last && index > 0 {
		o.truncate(index - 1)
	}
	o.last = index
	if len(o.runs) > 0 && o.runs[len(o.runs)-1].term == term {
		return
	}
	if len(o.runs) == runsMax {
		o.runs = o.runs[:copy(o.runs, o.runs[1:])]
	}
	o.runs = append(o.runs, run{from: index, term: term})
}

func (o *outline) truncate(last raft.Index) {
	o.last = min(o.last, last)
	for len(o.runs) > 0 && o.runs[len(o.runs)-1].from > last {
		o.runs = o.runs[:len(o.runs)-1]
	}
}

// term returns the term of the entry at index, 0 where there is none or it is not remembered.
func (o *outline) term(index raft.Index) raft.Term {
	if index == 0 || index > o.last {
		return 0
	}
	for i := len(o.runs) - 1; i >= 0; i-- {
		if o.runs[i].from <= index {
			return o.runs[i].term
		}
	}
	return 0
}

// begin returns the index of the first entry of that term or a later one; the one after the last
// entry if there is none.
func (o *outline) begin(term raft.Term) raft.Index {
	for _, r := range o.runs {
		if r.term >= term {
			return r.from
		}
	}
	return o.last + 1
}

func (o *outline) lastTerm() raft.Term { return o.term(o.last) }

// memory is a map that forgets the oldest of what it holds, so that a long run does not fill the
// machine: two generations, of which the older is dropped when the younger is full.
type memory[K comparable, V any] struct {
	young, old map[K]V
}

// generation is how many things a memory surely holds.
const generation = 1 << 14

func (m *memory[K, V]) put(key K, value V) {
	if m.young == nil || len(m.young) == generation {
		m.young, m.old = make(map[K]V), m.young
	}
	m.young[key] = value
}

// get returns what is remembered of the key, or the zero value.
func (m *memory[K, V]) get(key K) V {
	if value, any := m.young[key]; any {
		return value
	}
	return m.old[key]
}
