package mark

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/sim/record"
)

// Scenarios and results know a mark by its name: each has one, and none has another's.
func TestEveryMarkHasANameOfItsOwnAndWords(t *testing.T) {
	shape := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	owner := map[string]Mark{}
	for _, m := range All() {
		name := m.String()
		if !shape.MatchString(name) || m.About() == "" || m.At() == 0 || m.subject() == 0 {
			t.Errorf("mark %d: %q, %q, at %v", uint8(m), name, m.About(), m.At())
		}
		if other, taken := owner[name]; taken {
			t.Errorf("marks %d and %d are both called %q", uint8(other), uint8(m), name)
		}
		owner[name] = m
		if got, known := Named(name); got != m || !known {
			t.Errorf("%q is mark %d, %v, want %d", name, uint8(got), known, uint8(m))
		}
	}
	for _, name := range []string{"", "Crashed", "crash", "split vote"} {
		if m, known := Named(name); known {
			t.Errorf("%q is %v", name, m)
		}
	}
	for _, m := range []Mark{0, markCount} {
		if !strings.HasPrefix(m.String(), "Mark(") || m.About() != "" || m.At() != 0 {
			t.Errorf("mark %d is %v, %q, at %v", uint8(m), m, m.About(), m.At())
		}
	}
}

// The first marks are the kinds of records, by their own names; then come the others.
func TestKindsAreMarks(t *testing.T) {
	all := All()
	for i, m := range all {
		kind := record.Kind(i + 1)
		if !m.IsKind() {
			if !slices.Equal(all[i:], Combinations()) || kind != record.KindCount {
				t.Errorf("the combinations begin after %v", record.Kind(i))
			}
			break
		}
		if m != OfKind(kind) || m.String() != kind.String() || m.At() != kind {
			t.Errorf("the mark of %v is %v, at %v", kind, m, m.At())
		}
	}
	if OfKind(0) != 0 || OfKind(record.KindCount) != 0 || Mark(0).IsKind() || SplitVote.IsKind() {
		t.Error("there are marks of kinds that there are not")
	}
}

// Those that a verdict may have to name are few.
func TestEssentialMarks(t *testing.T) {
	essential := Essential()
	if len(essential) < 5 || len(essential) > 15 {
		t.Errorf("%d marks are essential: %v", len(essential), essential)
	}
	for _, m := range essential {
		if m.IsKind() || m >= verbs {
			t.Errorf("%v is essential", m)
		}
	}
}

func TestTheReferenceTellsEveryMark(t *testing.T) {
	text := Reference()
	for line := range strings.Lines(text) {
		if columns := len([]rune(strings.TrimRight(line, "\n"))); columns > 100 {
			t.Errorf("%d columns: %s", columns, line)
		}
	}
	for _, m := range All() {
		line := regexp.MustCompile(`(?m)^  [ *] ` + m.String() + ` +(.*)$`).FindStringSubmatch(text)
		if line == nil || line[1] != m.About() || strings.HasPrefix(line[0], "  *") != table[m].essential {
			t.Errorf("the reference says of %v: %q", m, line)
		}
	}
}

// A set is what a map would be.
func TestSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		marks := rapid.SliceOf(rapid.SampledFrom(All()))
		var sets [2]Set
		var maps [2]map[Mark]bool
		for i := range sets {
			maps[i] = map[Mark]bool{}
			for _, m := range marks.Draw(t, "with") {
				sets[i], maps[i][m] = sets[i].With(m), true
			}
			for _, m := range marks.Draw(t, "without") {
				sets[i], maps[i][m] = sets[i].Without(m), false
			}
		}
		both := sets[0].And(&sets[1])
		var want []Mark
		for _, m := range All() {
			if sets[0].Has(m) != maps[0][m] {
				t.Fatalf("%v in the set: %v", m, !maps[0][m])
			}
			if maps[0][m] && maps[1][m] {
				want = append(want, m)
			}
		}
		var got []Mark
		for m := both.Next(0); m != 0; m = both.Next(m) {
			got = append(got, m)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("both have %v, want %v", got, want)
		}
	})
}

// A set reaches as far as the marks' numbers can.
func TestTheHighestMarksFitASet(t *testing.T) {
	s := Set{}.With(255).With(64).With(63)
	if s.Next(0) != 63 || s.Next(63) != 64 || s.Next(64) != 255 || s.Next(255) != 0 {
		t.Errorf("%v is visited in another order", s)
	}
}

func TestCountsAddUp(t *testing.T) {
	a, b := Counts{SplitVote: 2}, Counts{SplitVote: 3, AllDown: 1}
	a.Add(&b)
	among := []Mark{AllDown, Overtaken, SplitVote, TwoLeaders}
	if a[SplitVote] != 5 || a[AllDown] != 1 || a.Seen(among) != 2 ||
		!slices.Equal(a.Unseen(among), []Mark{Overtaken, TwoLeaders}) {
		t.Errorf("%d split votes, %d of %v seen, unseen %v", a[SplitVote], a.Seen(among), among,
			a.Unseen(among))
	}
}
