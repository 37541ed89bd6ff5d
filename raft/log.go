package raft

import (
	"fmt"
	"sort"
)

// Term numbers the periods of §5.1; each has at most one leader. The first is 1; 0 is before all.
type Term uint64

// Index is a position in the log. The first entry has index 1; 0 is before all.
type Index uint64

// EntryKind tells what an entry is for.
type EntryKind uint8

// The kinds of entries. (Configuration, thesis §4.1, is to come.)
const (
	// NoOp is what a leader begins its reign with (§8). It never reaches the state machine.
	NoOp EntryKind = iota + 1
	// Command is for the state machine.
	Command
)

// String returns the kind's name in lower case.
func (k EntryKind) String() string {
	switch k {
	case NoOp:
		return "noop"
	case Command:
		return "command"
	}
	return fmt.Sprintf("EntryKind(%d)", uint8(k))
}

// Entry is one entry of the log: a command for the state machine and the term in which a leader
// received it (Figure 2). Its index is its position. Entries are never changed, and commands, being
// strings, can be shared freely.
type Entry struct {
	Term    Term
	Kind    EntryKind
	Command string
}

// log is a sequence of entries, of which a snapshot may have replaced the first ones (§7): base is
// the last of those, the zero LogState where the log is whole. It is truncated and extended in
// place, so that a slice of it is valid only until the node's next step.
// Invariant: base.Term <= entries[i].Term <= entries[i+1].Term.
type log struct {
	base    LogState
	entries []Entry
}

// restore makes the log a copy of the entries that follow base, in the memory that it has.
func (l *log) restore(base LogState, entries []Entry) {
	l.base = base
	l.entries = append(l.entries[:0], entries...)
}

func (l *log) lastIndex() Index { return l.base.Index + Index(len(l.entries)) }

func (l *log) lastTerm() Term { return l.term(l.lastIndex()) }

// last names the last entry.
func (l *log) last() LogState { return LogState{Index: l.lastIndex(), Term: l.lastTerm()} }

// at returns the entry at an index beyond base.
func (l *log) at(i Index) *Entry { return &l.entries[i-l.base.Index-1] }

// term returns the term of the entry at index i, base.Index <= i <= lastIndex; 0 at index 0, where
// all logs agree.
func (l *log) term(i Index) Term {
	if i == l.base.Index {
		return l.base.Term
	}
	return l.at(i).Term
}

// has tells whether the log is known to hold an entry of that term at that index: then it agrees
// with every other log that does, through that index (§5.3, Log Matching).
func (l *log) has(i Index, t Term) bool {
	return l.base.Index <= i && i <= l.lastIndex() && l.term(i) == t
}

// agrees tells whether the log agrees with that of the current term's leader, who has such an entry
// there, through that index. What a snapshot has replaced is committed, and so in the log of every
// leader (Leader Completeness).
func (l *log) agrees(i Index, t Term) bool { return i < l.base.Index || l.has(i, t) }

// after returns at most limit entries that follow index i >= base.Index. They are the log's own.
func (l *log) after(i Index, limit int) []Entry {
	rest := l.entries[i-l.base.Index:]
	if len(rest) > limit {
		return rest[:limit:limit]
	}
	return rest[:len(rest):len(rest)]
}

// append adds entries after the last, and returns the index of the first of them.
func (l *log) append(entries ...Entry) Index {
	first := l.lastIndex() + 1
	l.entries = append(l.entries, entries...)
	return first
}

// truncate drops the entries after index i >= base.Index.
func (l *log) truncate(i Index) { l.entries = l.entries[:i-l.base.Index] }

// compact drops the entries through index i, base.Index <= i <= lastIndex, which a snapshot
// replaces. The memory is used again.
func (l *log) compact(i Index) {
	base := LogState{Index: i, Term: l.term(i)}
	kept := copy(l.entries, l.entries[i-l.base.Index:])
	clear(l.entries[kept:]) // their commands are garbage
	l.base, l.entries = base, l.entries[:kept]
}

// firstAtOrAbove returns the first index beyond base whose term is t or higher, lastIndex + 1 if
// there is none. Terms never fall along a log, so a binary search finds it.
func (l *log) firstAtOrAbove(t Term) Index {
	atOrAbove := func(i int) bool { return l.entries[i].Term >= t }
	return l.base.Index + Index(sort.Search(len(l.entries), atOrAbove)) + 1
}
