package check

import (
	"fmt"
	"sort"

	"raftkv/raft"
	"raftkv/sim/record"
)

// entry is what a log holds at an index. Of a command the judges know the digest.
type entry struct {
	term   raft.Term
	kind   raft.EntryKind
	digest uint64
}

func entryOf(r *record.Record) entry {
	return entry{term: r.EntryTerm, kind: r.Entry, digest: r.Digest}
}

// prefix names a log: an entry and all that stand before it. Prefixes are equal exactly if the logs
// are. It is a place in [tree.nodes].
type prefix uint32

// empty is the log without entries.
const empty prefix = 0

// tree is every log that any server has held, each once: the path from the root to a node is a log.
// It stands for the prefix hashes of the logs, and does more than they could: prefixes do not
// collide, cost a shadow four bytes an entry, and remember logs that nobody holds any more.
//
// Invariant: nodes[p].parent < p for all p but empty, which is its own parent;
// nodes[p].index == nodes[nodes[p].parent].index + 1.
type tree struct {
	nodes []node
	// tops holds for each index the node there with the highest term, from which [node.next] leads
	// to the lower ones. Among nodes of one term the first to appear comes first.
	tops []prefix
}

type node struct {
	entry
	index  raft.Index
	parent prefix
	jump   prefix // an ancestor further up: see ancestor
	next   prefix
	holder raft.ServerID // the first to hold it

	// disks is whose disks have held this log, for a moment at least; then they have held all that
	// it begins with.
	disks raft.ServerSet
}

func (t *tree) reset() {
	t.nodes = append(t.nodes[:0], node{})
	t.tops = append(t.tops[:0], empty)
}

// extend returns the log that e makes of the log at parent. If that is new, holder is the first to
// hold it. It also returns the first log that has an entry of the same index and term, be it the
// same log or, against Log Matching, another; empty if there was none.
//
// It walks over the higher terms that wrote at this index, and so over nothing where the entry is
// new: leaders write in their own term.
func (t *tree) extend(parent prefix, e entry, holder raft.ServerID) (log, first prefix) {
	index := t.nodes[parent].index + 1
	if int(index) == len(t.tops) {
		t.tops = append(t.tops, empty)
	}
	link := &t.tops[index]
	for *link != empty && t.nodes[*link].term > e.term {
		link = &t.nodes[*link].next
	}
	first = *link
	if first != empty && t.nodes[first].term != e.term {
		first = empty
	}
	for *link != empty && t.nodes[*link].term == e.term {
		if n := &t.nodes[*link]; n.parent == parent && n.entry == e {
			return *link, first
		}
		link = &t.nodes[*link].next
	}
	next := *link
	log = prefix(len(t.nodes))
	*link = log
	t.nodes = append(t.nodes, node{
		entry: e, index: index, parent: parent, jump: t.jump(parent), next: next, holder: holder,
	})
	return log, first
}

// keep notes that a server's disk holds the log. It walks over what that disk never held before,
// and so over each entry once for each server.
func (t *tree) keep(log prefix, id raft.ServerID) {
	for ; log != empty && !t.nodes[log].disks.Has(id); log = t.nodes[log].parent {
		t.nodes[log].disks = t.nodes[log].disks.With(id)
	}
}

// kept tells whether a server's disk has held a log that ends with that index
// and term. It walks over the higher terms that wrote at this index.
func (t *tree) kept(index raft.Index, term raft.Term, id raft.ServerID) bool {
	if index >= raft.Index(len(t.tops)) {
		return false
	}
	log := t.tops[index]
	for log != empty && t.nodes[log].term > term {
		log = t.nodes[log].next
	}
	for ; log != empty && t.nodes[log].term == term; log = t.nodes[log].next {
		if t.nodes[log].disks.Has(id) {
			return true
		}
	}
	return false
}

// jump returns where a child of parent jumps to. The lengths of the jumps along a path follow the
// skew-binary numbers (Myers, "An applicative random-access stack"), so that a path of n nodes has
// a way of O(log n) jumps to each of its ancestors, and a new node costs O(1).
func (t *tree) jump(parent prefix) prefix {
	p := &t.nodes[parent]
	over := &t.nodes[p.jump]
	if p.index-over.index == over.index-t.nodes[over.jump].index {
		return over.jump
	}
	return parent
}

// ancestor returns the log through index of a log that is at least that long.
func (t *tree) ancestor(log prefix, index raft.Index) prefix {
	for t.nodes[log].index > index {
		if jump := t.nodes[log].jump; t.nodes[jump].index >= index {
			log = jump
		} else {
			log = t.nodes[log].parent
		}
	}
	return log
}

// begins tells whether log begins with start.
func (t *tree) begins(log, start prefix) bool {
	index := t.nodes[start].index
	return t.nodes[log].index >= index && t.ancestor(log, index) == start
}

// missing returns the first entry of start, as the log that ends with it, that log lacks. Log must
// not begin with start.
func (t *tree) missing(log, start prefix) prefix {
	lacks := func(i int) bool { return !t.begins(log, t.ancestor(start, raft.Index(i)+1)) }
	last := int(t.nodes[start].index) - 1
	return t.ancestor(start, raft.Index(sort.Search(last, lacks))+1)
}

// name returns the last entry of a log, as people write it.
func (t *tree) name(log prefix) string {
	return fmt.Sprintf("entry %d of term %d", t.nodes[log].index, t.nodes[log].term)
}
