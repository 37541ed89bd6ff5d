package check

import (
	"cmp"
	"slices"

	"raftkv/raft"
	"raftkv/sim/history"
)

// placed is a request at its place in the log: its entry's, or, if it was answered without one,
// after the last entry that it saw.
type placed struct {
	*history.Operation
	index raft.Index
	after bool
}

// before gives requests the order of the log. Those after one entry have seen the same, and may
// stand as they were asked.
func before(a, b placed) int {
	switch {
	case a.index != b.index:
		return cmp.Compare(a.index, b.index)
	case a.after != b.after && b.after:
		return -1
	case a.after != b.after:
		return 1
	}
	return cmp.Compare(a.Invoked, b.Invoked)
}

// witnessed tells whether the order that the requests for a key have in the log explains every
// answer. If it does, that is the order that linearizability asks for, found in the time of a sort;
// if not, there may be another, and the search has to decide.
//
// Real time is kept if nobody had its answer before one ahead of it in the order was even asked.
func (j *Judges) witnessed(requests []*history.Operation) bool {
	order, complete := j.logOrder(requests)
	if !complete {
		return false
	}
	var c cell
	var asked uint64 // when the last of those so far was
	for i, o := range order {
		if i > 0 && !o.after && o.index == order[i-1].index {
			return false // one entry cannot have done both
		}
		asked = max(asked, o.Invoked)
		if !returned(o.Operation) {
			c, _, _ = c.do(o.Operation)
			continue
		}
		after, as := c.answers(o.Operation)
		if !as || o.Returned < asked {
			return false
		}
		c = after
	}
	return true
}

// logOrder returns the requests that were done, in the order of the log. It is not complete if the
// log does not tell where an answer came from. A request of which nobody heard was done if its
// entry was committed; one in a session, if one of its entries carried it out.
func (j *Judges) logOrder(requests []*history.Operation) (order []placed, complete bool) {
	order = make([]placed, 0, len(requests))
	for _, o := range requests {
		if isRead(o) {
			order = append(order, placed{o, o.Position.Index, true})
			continue
		}
		f := j.fates[request{o.Client, o.Number}]
		if f.again {
			if f.decided != 0 {
				order = append(order, placed{o, f.decided, false})
			} else if returned(o) || j.model.lost {
				return nil, false
			}
			continue
		}
		position := o.Position
		if !returned(o) {
			position = f.position
		}
		if j.isCommitted(position) {
			order = append(order, placed{o, position.Index, false})
		} else if returned(o) {
			return nil, false
		}
	}
	slices.SortFunc(order, before)
	return order, true
}

// isRead tells whether the answer came from a store without an entry of its own.
func isRead(o *history.Operation) bool { return o.Position.Index != 0 && o.Position.Term == 0 }

// isCommitted tells whether a leader committed the entry of that term at that index.
func (j *Judges) isCommitted(at raft.LogState) bool {
	if at.Index == 0 || at.Index > j.committedLast() {
		return false
	}
	return j.tree.nodes[j.committed[at.Index].log].term == at.Term
}
