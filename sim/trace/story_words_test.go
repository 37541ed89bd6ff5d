package trace

import (
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/vtime"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		set  raft.ServerSet
		want string
	}{
		{0, "nobody"},
		{raft.SetOf(3), "n3"},
		{raft.SetOf(1, 2, 3, 5, 6), "n1 n2 n3 n5 n6"},
		{raft.SetOf(1, 2, 3, 5, 6, 8, 9), "n1-n3 n5 n6 n8 n9"},
		{raft.Servers(63), "n1-n63"},
		{raft.Servers(63).Without(1).Without(30), "n2-n29 n31-n63"},
		{raft.SetOf(11, 13, 15, 17, 19, 21, 23, 25), "8 servers"},
	} {
		if got := names(c.set); got != c.want {
			t.Errorf("names(%b) = %q, want %q", c.set, got, c.want)
		}
	}
}

// TestWorded: what records say in words is printed as ASCII, and durations stay readable.
func TestWorded(t *testing.T) {
	for text, want := range map[string]string{
		"slow n1 by 300\u00b5s":  "slow n1 by 300us",
		"slow n1 by 300\u03bcs":  "slow n1 by 300us",
		"line\nand \u00b5":       `line\nand \u00b5`,
		strings.Repeat("x", 300): strings.Repeat("x", wordsMax-3) + "...",
	} {
		if got := worded(text); got != want {
			t.Errorf("worded(%q) = %q, want %q", text, got, want)
		}
	}
	if got := lasting(300*vtime.Microsecond + 7); got != "300us" {
		t.Errorf("lasting a little more than 300us: %q", got)
	}
}

func TestOutline(t *testing.T) {
	var o outline
	for index, term := range []raft.Term{1, 1, 3, 3, 4} {
		o.append(raft.Index(index+1), term)
	}
	o.truncate(4)
	o.append(4, 5) // in place of what was there
	for index, want := range []raft.Term{0, 1, 1, 3, 5, 0} {
		if got := o.term(raft.Index(index)); got != want {
			t.Errorf("entry %d is of term %d, want %d", index, got, want)
		}
	}
	for term, want := range []raft.Index{1, 1, 3, 3, 4, 4, 5} {
		if got := o.begin(raft.Term(term)); got != want {
			t.Errorf("term %d begins with entry %d, want %d", term, got, want)
		}
	}
}

// TestStoriesForget: what a story remembers is bounded, however long the run.
func TestStoriesForget(t *testing.T) {
	var m memory[int, int]
	var o outline
	for i := range 5 * generation {
		m.put(i, i)
		o.append(raft.Index(i+1), raft.Term(i+1))
	}
	last := 5*generation - 1
	if m.get(last) != last || m.get(last-generation+1) == 0 || m.get(1) != 0 {
		t.Error("a memory holds the last generation, and not the first")
	}
	if held := len(m.young) + len(m.old); held > 2*generation || len(o.runs) > runsMax {
		t.Errorf("%d things remembered, %d runs", held, len(o.runs))
	}
	if o.term(o.last) != raft.Term(last+1) || o.term(1) != 0 {
		t.Error("an outline knows its last entries, and has forgotten its first")
	}
}
