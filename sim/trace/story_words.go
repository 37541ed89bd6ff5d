package trace

import (
	"fmt"
	"strconv"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// span is a range of entries, both ends included; the zero span is empty.
type span struct{ from, to raft.Index }

func (s span) empty() bool { return s.to == 0 || s.from > s.to }

func (s span) one() bool { return s.from == s.to }

// with returns the least span that has both in it; a zero span has nothing.
func (s span) with(other span) span {
	if s == (span{}) {
		return other
	}
	return span{min(s.from, other.from), max(s.to, other.to)}
}

// add lets the span reach the index.
func (s *span) add(index raft.Index) {
	if s.to == 0 {
		*s = span{index, index}
		return
	}
	s.from, s.to = min(s.from, index), max(s.to, index)
}

// String returns the range in words: entry 7, entries 7-9.
func (s span) String() string {
	if s.one() {
		return fmt.Sprintf("entry %d", s.from)
	}
	return fmt.Sprintf("entries %d-%d", s.from, s.to)
}

// pick returns one word for a single thing and the other for several.
func pick(single bool, one, several string) string {
	if single {
		return one
	}
	return several
}

func (s span) is() string { return pick(s.one(), "is", "are") }
func (s span) it() string { return pick(s.one(), "it", "them") }

// namesMax is how many servers are listed by name; more are told by ranges, or only counted where
// that would take more columns than namesWidth.
const (
	namesMax   = 6
	namesWidth = 24
)

// names lists the servers: n1 n3 n4. Many are told by ranges, n1-n30 n34, or by their number.
func names(set raft.ServerSet) string {
	if set == 0 {
		return "nobody"
	}
	row := raft.MaxServers + 1
	if set.Len() > namesMax {
		row = 3
	}
	text := joined(set, row)
	if len(text) > namesWidth {
		return fmt.Sprintf("%d servers", set.Len())
	}
	return text
}

// joined lists the servers; as many in a row as the given number, or more, as a range.
func joined(set raft.ServerSet, row int) string {
	var parts []string
	for id := set.Next(raft.None); id != raft.None; id = set.Next(id) {
		last := id
		for set.Next(last) == last+1 {
			last++
		}
		if int(last-id)+1 < row {
			parts = append(parts, id.String())
			continue
		}
		parts = append(parts, id.String()+"-"+last.String())
		id = last
	}
	return strings.Join(parts, " ")
}

// wordMax is how many bytes of a key or a value are told.
const wordMax = 32

// plain returns a text of the user's as it can stand in a line.
func plain(text string) string { return clipped(text, wordMax) }

// wordsMax is how many bytes are told of what a record says in words.
const wordsMax = 200

// worded returns the words of a record: a fault, a reason, a panic. Durations are in them as Go
// writes them, with a letter that is not ASCII.
func worded(text string) string {
	for _, micro := range [...]string{"\u00b5s", "\u03bcs"} { // it has two code points
		text = strings.ReplaceAll(text, micro, "us")
	}
	return clipped(text, wordsMax)
}

// lasting returns a span of time in words, to the microsecond.
func lasting(span vtime.Duration) string {
	return worded((span - span%vtime.Microsecond).String())
}

// clipped returns the text as printable ASCII, in at most as many bytes.
func clipped(text string, limit int) string {
	quoted := strconv.QuoteToASCII(text)
	text = quoted[1 : len(quoted)-1]
	if len(text) > limit {
		text = text[:limit-3] + "..."
	}
	return text
}

// request is what a client asks for, as people write it: put a=c2-1, get a, delete a.
func request(r *record.Record) string {
	if r.Action == record.OpenSession {
		return "open a session"
	}
	text := r.Action.String() + " " + plain(r.Key)
	if r.Action == record.Put {
		text += "=" + plain(r.Value)
	}
	return text
}

func clientName(number uint32) string { return "c" + strconv.FormatUint(uint64(number), 10) }

// terms tells of which terms entries are, given those of the first and the last.
func terms(first, last raft.Term) string {
	if first == last {
		return fmt.Sprintf(" of term %d", last)
	}
	return fmt.Sprintf(" of terms %d-%d", first, last)
}

// position names an entry by index and term.
func position(index raft.Index, term raft.Term) string {
	return fmt.Sprintf("entry %d of term %d", index, term)
}
