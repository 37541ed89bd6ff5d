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

// log is a sequence of entries, the first at index 1. It is truncated and extended in place, so
// that a slice of it is valid only until the node's next step.
// Invariant: entries[i].Term <= entries[i+1].Term.
type log struct {
	entries []Entry
}

// restore makes the log a copy of entries, in the memory that it has.
func (l *log) restore(entries []Entry) {
	l.entries = append(l.entries[:0], entries...)
}

func (l *log) lastIndex() Index { return Index(len(l.entries)) }

func (l *log) lastTerm() Term { return l.term(l.lastIndex()) }

func (l *log) at(i Index) *Entry { return &l.entries[i-1] }

// term returns the term of the entry at index i <= lastIndex; 0 at index 0, where all logs agree.
func (l *log) term(i Index) Term {
	if i == 0 {
		return 0
	}
	return l.at(i).Term
}

// has tells whether the log holds an entry of that term at that index: then it agrees with every
// other log that does, through that index (§5.3, Log Matching).
func (l *log) has(i Index, t Term) bool { return i <= l.lastIndex() && l.term(i) == t }

// after returns at most limit entries that follow index i. They are the log's own.
func (l *log) after(i Index, limit int) []Entry {
	rest := l.entries[i:]
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

// truncate drops the entries after index i.
func (l *log) truncate(i Index) { l.entries = l.entries[:i] }

// firstAtOrAbove returns the first index whose term is t or higher, lastIndex + 1 if there is none.
// Terms never fall along a log, so a binary search finds it.
func (l *log) firstAtOrAbove(t Term) Index {
	atOrAbove := func(i int) bool { return l.entries[i].Term >= t }
	return Index(sort.Search(len(l.entries), atOrAbove)) + 1
}
