package trace

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
)

// described returns the names that FormatText explains, one list for each of its tables.
func described() (tables [][]string) {
	inside := false
	for line := range strings.Lines(FormatText) {
		rest, indented := strings.CutPrefix(line, "    ")
		switch {
		case !indented:
			inside = false
			continue
		case strings.HasPrefix(rest, " "):
			continue // a line goes on
		case !inside:
			tables = append(tables, nil)
		}
		inside = true
		name, _, _ := strings.Cut(strings.TrimSuffix(rest, "\n"), "  ")
		last := len(tables) - 1
		tables[last] = append(tables[last], name)
	}
	return tables
}

// tags returns the names that JSON has for the fields of a struct, those of embedded ones too.
func tags(of reflect.Type) (names []string) {
	for i := range of.NumField() {
		f := of.Field(i)
		if f.Anonymous {
			names = append(names, tags(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// TestFormatTextIsTheFormat: every field that is written is explained, in its order, and no other.
func TestFormatTextIsTheFormat(t *testing.T) {
	tables := described()
	if len(tables) != 7 {
		t.Fatalf("%d tables, want 7: %q", len(tables), tables)
	}
	for _, test := range []struct {
		table int
		of    reflect.Type
	}{
		{0, reflect.TypeFor[headerLine]()},
		{1, reflect.TypeFor[recordLine]()},
		{3, reflect.TypeFor[gapLine]()},
		{4, reflect.TypeFor[endLine]()},
		{6, reflect.TypeFor[operationLine]()},
	} {
		if got, want := tables[test.table], tags(test.of); !slices.Equal(got, want) {
			t.Errorf("%v is explained as\n%q, want\n%q", test.of, got, want)
		}
	}
	for _, name := range tables[5] {
		if !slices.Contains(tags(reflect.TypeFor[historyHeaderLine]()), name) {
			t.Errorf("a history has no %s", name)
		}
	}
}

func TestFormatTextNamesEveryValue(t *testing.T) {
	_, kinds, _ := strings.Cut(FormatText, "The kinds:")
	kinds, _, _ = strings.Cut(kinds, "The hash")
	words := strings.FieldsFunc(kinds, func(c rune) bool {
		return c != '_' && (c < 'a' || c > 'z')
	})
	for _, name := range namesOf(record.KindCount - 1) {
		if !slices.Contains(words, name) {
			t.Errorf("the kind %s is not named", name)
		}
	}
	for _, name := range slices.Concat(namesOf(raft.Command), namesOf(raft.MessageTypeCount-1),
		namesOf(record.Superseded), namesOf(record.OpenSession), []string{Format, HistoryFormat}) {
		if !strings.Contains(FormatText, `"`+name+`"`) {
			t.Errorf("the value %s is not named", name)
		}
	}
	for line := range strings.Lines(FormatText) {
		if len(line) > 101 {
			t.Errorf("too long: %s", line)
		}
	}
}

// TestFieldsHaveOneName: lines for people and for programs call a field the same.
func TestFieldsHaveOneName(t *testing.T) {
	var names []string
	for _, f := range recordFields {
		names = append(names, f.name)
	}
	if want := tags(reflect.TypeFor[recordLine]()); !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

// TestEnumerationsAreWhole: what is behind the last name has none.
func TestEnumerationsAreWhole(t *testing.T) {
	for _, next := range []string{
		raft.MessageTypeCount.String(), (raft.Command + 1).String(),
		(record.Superseded + 1).String(), (record.Stuck + 1).String(), (record.OpenSession + 1).String(),
		record.KindCount.String(),
	} {
		known := []string{"pending", "it has not ended"}
		if !strings.Contains(next, "(") && !slices.Contains(known, next) {
			t.Errorf("%s has a name that files do not know", next)
		}
	}
}
