package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/trace"
)

// playing plays the records.
func playing(records []record.Record) trace.Play {
	return trace.FromRun(func(sink record.Sink) {
		for _, r := range records {
			sink(&r)
		}
	})
}

// filed plays a trace file of the records, without those left out.
func filed(t testing.TB, records []record.Record, leaveFrom, leaveTo uint64) trace.Play {
	t.Helper()
	return trace.FromFile(strings.NewReader(written(t, records, leaveFrom, leaveTo)))
}

func diff(t testing.TB, first, second trace.Play) *trace.Difference {
	t.Helper()
	d, err := trace.Diff(first, second)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// numbered is records of events of a few records each.
func numbered(count int) []record.Record {
	records := make([]record.Record, count)
	for i := range records {
		records[i] = record.Record{
			Event: uint64(i/3 + 1), At: 1000, Kind: record.Sent, Server: 1, Peer: 2, Number: uint64(i + 1),
		}
	}
	return records
}

// altered returns the records with another one at a position from 1.
func altered(records []record.Record, position int) []record.Record {
	records = slices.Clone(records)
	records[position-1].Term++
	return records
}

func TestDiffFindsTheFirst(t *testing.T) {
	records := numbered(40)
	for _, test := range []struct {
		name           string
		second         []record.Record
		want, event    uint64
		common, f, s   int
		fEnds, sEnds   bool
		sentenceEnding string
	}{
		{"the same", records, 0, 0, 0, 0, 0, false, false, ""},
		{"another record", altered(records, 20), 20, 7, 7, 6, 6, false, false,
			"sent of n1 / sent of n1 in term 1"},
		{"the first", altered(records, 1), 1, 1, 0, 7, 7, false, false, "sent of n1 / sent of n1 in term 1"},
		{"the last", altered(records, 40), 40, 14, 6, 1, 1, false, false,
			"sent of n1 / sent of n1 in term 1"},
		{"shorter", records[:20], 21, 7, 8, 5, 0, false, true,
			"B ends after record 20, A goes on: sent of n1"},
		{"longer", append(slices.Clone(records), records[0]), 41, 1, 7, 0, 1, true, false,
			"A ends after record 40, B goes on: sent of n1"},
		{"empty", nil, 1, 1, 0, 7, 0, false, true, "B ends after record 0, A goes on: sent of n1"},
	} {
		d := diff(t, playing(records), filed(t, test.second, 0, 0))
		if test.want == 0 {
			if d != nil {
				t.Errorf("%s: %+v", test.name, d)
			}
			continue
		}
		if d == nil || d.Position != test.want || d.Through != test.want || d.Event != test.event ||
			len(d.Common) != test.common || len(d.First) != test.f || len(d.Second) != test.s ||
			d.FirstEnds != test.fEnds || d.SecondEnds != test.sEnds || d.Unsteady || d.Hidden() {
			t.Errorf("%s: %+v", test.name, d)
		} else if got := d.Sentence("A", "B"); !strings.HasSuffix(got, test.sentenceEnding) {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

// TestDiffSeesThroughGaps: what is left out is compared by the hash behind it.
func TestDiffSeesThroughGaps(t *testing.T) {
	records := numbered(40)
	gap := func(from, to uint64) func([]record.Record) trace.Play {
		return func(r []record.Record) trace.Play { return filed(t, r, from, to) }
	}
	for _, test := range []struct {
		name          string
		first, second func([]record.Record) trace.Play
		alter         int
		from, through uint64
	}{
		{"before the gap", playing, gap(10, 20), 5, 5, 5},
		{"in the second's gap", playing, gap(10, 20), 15, 10, 20},
		{"in the first's gap", gap(10, 20), playing, 15, 10, 20},
		{"after the gap", gap(10, 20), playing, 21, 21, 21},
		{"after both gaps", gap(10, 20), gap(15, 30), 31, 31, 31},
		{"in both gaps", gap(10, 20), gap(15, 30), 15, 10, 30},
		{"in both gaps, which are the same", gap(10, 20), gap(10, 20), 12, 10, 20},
		{"one record is left out", playing, gap(10, 10), 10, 10, 10},
		{"at the end", gap(30, 99), playing, 35, 30, 40},
	} {
		if d := diff(t, test.first(records), test.second(records)); d != nil {
			t.Errorf("%s: the same differ: %+v", test.name, d)
		}
		d := diff(t, test.first(records), test.second(altered(records, test.alter)))
		if d == nil || d.Position != test.from || d.Through != test.through {
			t.Errorf("%s: %+v, want %d to %d", test.name, d, test.from, test.through)
			continue
		}
		sides := len(d.First) > 0 && len(d.Second) > 0
		leftOut := strings.HasSuffix(d.Sentence("A", "B"), "is the first that differs, and a trace leaves it out")
		if hidden := test.from != test.through || strings.HasPrefix(test.name, "one"); d.Hidden() != hidden ||
			sides == hidden || leftOut != hidden {
			t.Errorf("%s: %+v", test.name, d)
		}
	}
	shorter := diff(t, filed(t, records, 10, 20), playing(records[:15]))
	if shorter == nil || shorter.Position != 10 || shorter.Through != 16 || !shorter.Hidden() {
		t.Errorf("an end in a gap: %+v", shorter)
	}
}

// TestDiffFindsAnyAlteration, through whatever the runs come from.
func TestDiffFindsAnyAlteration(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		records := rapid.SliceOfN(writable(), 1, 40).Draw(r, "records")
		at := rapid.IntRange(1, len(records)).Draw(r, "at")
		field := rapid.IntRange(0, reflect.TypeFor[record.Record]().NumField()-1).Draw(r, "field")
		other := slices.Clone(records)
		fill(&other[at-1], field)
		one, two := playing(records), playing(other)
		if rapid.Bool().Draw(r, "from a file") {
			one = filed(t, records, 0, 0)
		}
		d := diff(t, one, two)
		if records[at-1] == other[at-1] {
			if d != nil {
				r.Fatalf("nothing differs, but %+v", d)
			}
			return
		}
		if d == nil || d.Position != uint64(at) || len(d.Fields) != 1 || d.First[0] != records[at-1] ||
			d.Second[0] != other[at-1] || !slices.Equal(d.Common, records[at-1-len(d.Common):at-1]) {
			r.Fatalf("record %d differs, but %+v", at, d)
		}
		var text bytes.Buffer
		if err := d.Write(&text, "a", "b", 100); err != nil || !printable(strings.ReplaceAll(text.String(), "\n", "")) {
			r.Fatalf("%v, %s", err, &text)
		}
	})
}

// TestDiffOfWhatDoesNotRepeatItself is what -verify meets: no run twice the same.
func TestDiffOfWhatDoesNotRepeatItself(t *testing.T) {
	calls := 0
	play := trace.FromRun(func(sink record.Sink) {
		calls++
		playing(altered(numbered(40), 20+calls))(sink, nil)
	})
	d := diff(t, play, play)
	if d == nil || d.Position != 21 || !d.Unsteady || d.First != nil || len(d.Second) == 0 {
		t.Fatalf("%+v", d)
	}
	want := "event 7 at 0.000001s: record 21 is the first that differs: sent of n1 in b; " +
		"a went another way when it was played again"
	if got := d.Sentence("a", "b"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestDiffPassesErrorsOn(t *testing.T) {
	broken := errors.New("no such file")
	good, bad := playing(nil), func(record.Sink, func(trace.Gap)) error { return broken }
	for _, plays := range [][2]trace.Play{{good, bad}, {bad, good}} {
		if _, err := trace.Diff(plays[0], plays[1]); err != broken {
			t.Errorf("%v, want %v", err, broken)
		}
	}
	once := 0
	later := func(sink record.Sink, gap func(trace.Gap)) error {
		if once++; once > 1 {
			return broken
		}
		return good(sink, gap)
	}
	if _, err := trace.Diff(later, playing(numbered(1))); err != broken {
		t.Errorf("when it is played again: %v, want %v", err, broken)
	}
}

// TestDifferencesForPeople: two seeds of one scenario; one run cut short; a text altered in the middle.
func TestDifferencesForPeople(t *testing.T) {
	var text bytes.Buffer
	show := func(first, second trace.Play, a, b string, width int) {
		d := diff(t, first, second)
		if err := d.Write(&text, a, b, width); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&text)
	}
	run42 := trace.FromRun(func(sink record.Sink) { run(world(5), 42, sink) })
	run43 := trace.FromRun(func(sink record.Sink) { run(world(5), 43, sink) })
	var records []record.Record
	run42(func(r *record.Record) { records = append(records, *r) }, nil)
	other := slices.Clone(records)
	leads := slices.IndexFunc(other, func(r record.Record) bool { return r.Kind == record.BecameLeader })
	other[leads].Server = 2
	show(run42, run43, "42", "43", 0)
	show(run42, filed(t, other, 0, 0), "first", "second", 120)
	show(run42, playing(records[:300]), "results/default-42/trace.jsonl", "trace.jsonl", 60)
	show(run42, filed(t, other, 60, 110), "whole", "short", 0)
	golden(t, "difference.txt", text.String())
}

func TestDifferencesFit(t *testing.T) {
	long := record.Record{
		Event: 1, Kind: record.FaultBegan, Text: strings.Repeat("loss ", 40) + "1" + strings.Repeat(" x", 60),
	}
	other := long
	other.Text = strings.Replace(long.Text, "1", "2", 1)
	other.Entry = raft.NoOp
	d := diff(t, playing([]record.Record{long}), playing([]record.Record{other}))
	for width := 0; width <= 130; width += 10 {
		var text bytes.Buffer
		if err := d.Write(&text, "one", strings.Repeat("path/", 60), width); err != nil {
			t.Fatal(err)
		}
		want := max(width, 48)
		if width == 0 {
			want = 100
		}
		for line := range strings.Lines(text.String()) {
			if n := len(strings.TrimSuffix(line, "\n")); n > want {
				t.Errorf("%d columns, want at most %d: %s", n, want, line)
			}
		}
	}
	want := []trace.FieldDifference{
		{Name: "entry", First: "none", Second: "noop"},
		{Name: "text", First: `"...loss loss loss loss 1` + strings.Repeat(" x", 18) + `..."`,
			Second: `"...loss loss loss loss 2` + strings.Repeat(" x", 18) + `..."`},
	}
	if !slices.Equal(d.Fields, want) {
		t.Errorf("%q, want\n%q", d.Fields, want)
	}
}
