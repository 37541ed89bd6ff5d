package lab

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"testing"
)

// TestFormatTextTellsEveryField: and no other.
func TestFormatTextTellsEveryField(t *testing.T) {
	r := new(Lab).Run(builtIn(t, "default"), 1, nil)
	var decoded map[string]any
	if err := json.Unmarshal(r.json(0, errors.New("why")), &decoded); err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(maps.Keys(decoded))
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^    ([a-z_]+) `).FindAllStringSubmatch(FormatText, -1) {
		got = append(got, m[1])
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the text tells of\n%q, the result has\n%q", got, want)
	}
}
