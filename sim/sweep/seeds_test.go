package sweep

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseSeeds(t *testing.T) {
	for _, test := range []struct {
		text, want string
		count      uint64
	}{
		{"7", "7", 1},
		{"1-10000", "1-10000", 10000},
		{"0", "0", 1},
		{"1-100,500-600", "1-100,500-600", 201},
		{"500-600, 1-100", "1-100,500-600", 201},
		{"1-100,50-60", "1-100", 100},
		{"1-3,4,5-6", "1-6", 6},
		{"9,7,8", "7-9", 3},
		{"0x10-0x1f", "16-31", 16},
		{"18446744073709551615", "18446744073709551615", 1},
		{"18446744073709551614-18446744073709551615,18446744073709551615",
			"18446744073709551614-18446744073709551615", 2},
		{"5dea028f81786102223b223ba009b7f65e28b43f", "6767224205453320450", 1},
	} {
		s, err := ParseSeeds(test.text)
		if err != nil || s.String() != test.want || s.Count() != test.count {
			t.Errorf("%s are %v, %d of them, want %s, %d: %v",
				test.text, s, s.Count(), test.want, test.count, err)
		}
	}
	for text, want := range map[string]string{
		"":                       `"" are no seeds, want for example 1-10000`,
		"1-":                     `"1-" are no seeds`,
		"-1":                     `"-1" are no seeds`,
		"1,,2":                   `"" are no seeds`,
		"ten":                    `"ten" are no seeds`,
		"10-1":                   "10-1 ends before it begins, want 1-10",
		"1-2-3":                  `"1-2-3" are no seeds`,
		"18446744073709551616":   "are no seeds",
		"0-18446744073709551615": "these are too many seeds, want at most 1099511627776",
		"0-1099511627776":        "these are too many seeds",
		"0-549755813887,549755813889-1099511627777": "these are too many seeds",
	} {
		if s, err := ParseSeeds(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q are %v, %v, want %s", text, s, err, want)
		}
	}
	if s, err := ParseSeeds("0-1099511627775"); err != nil || s.Count() != MaxSeeds {
		t.Errorf("as many as there may be are %d: %v", s.Count(), err)
	}
}

// TestSeedsAreASet compares with a sorted slice.
func TestSeedsAreASet(t *testing.T) {
	end := rapid.OneOf(rapid.Uint64Max(60), rapid.Uint64Range(math.MaxUint64-20, math.MaxUint64))
	rapid.Check(t, func(t *rapid.T) {
		var ranges []seedRange
		var all []uint64
		for range rapid.IntRange(1, 8).Draw(t, "ranges") {
			first := end.Draw(t, "first")
			last := first + min(rapid.Uint64Max(9).Draw(t, "more"), math.MaxUint64-first)
			ranges = append(ranges, seedRange{first: first, last: last})
			for seed := first; ; seed++ {
				all = append(all, seed)
				if seed == last {
					break
				}
			}
		}
		slices.Sort(all)
		all = slices.Compact(all)
		s, err := seedsOf(ranges)
		if err != nil || s.Count() != uint64(len(all)) {
			t.Fatalf("%v are %d, want %d: %v", s, s.Count(), len(all), err)
		}
		for place, seed := range all {
			at, ok := s.Place(seed)
			if s.At(uint64(place)) != seed || !ok || at != uint64(place) {
				t.Fatalf("%v has %d at %d, and %d at %d", s, s.At(uint64(place)), place, seed, at)
			}
			if _, known := slices.BinarySearch(all, seed+1); known != has(s, seed+1) {
				t.Fatalf("%v and %d: want %v", s, seed+1, known)
			}
		}
		again, err := ParseSeeds(s.String())
		if err != nil || !slices.Equal(again.ranges, s.ranges) {
			t.Fatalf("%v is read as %v: %v", s, again, err)
		}
		half, _ := seedsOf(slices.Clone(ranges[:len(ranges)/2]))
		if whole, err := half.Union(s); err != nil || whole.String() != s.String() {
			t.Fatalf("%v with its part %v is %v: %v", s, half, whole, err)
		}
	})
}

func has(s Seeds, seed uint64) bool {
	_, ok := s.Place(seed)
	return ok
}

func TestParseShard(t *testing.T) {
	if s, err := ParseShard("2/7"); err != nil || s != (Shard{2, 7}) || s.String() != "2/7" {
		t.Errorf("got %v, %v", s, err)
	}
	for _, text := range []string{"", "2", "0/7", "8/7", "2/", "/7", "-1/7", "1/2/3", "1/99999999999"} {
		if s, err := ParseShard(text); err == nil {
			t.Errorf("%q is %v", text, s)
		}
	}
}

// TestShardsShareOut: every place is in one shard, at a place of its own there.
func TestShardsShareOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seeds := rapid.Uint64Max(50).Draw(t, "seeds")
		count := rapid.Uint64Range(1, 20).Draw(t, "count")
		owners := make([]int, seeds)
		for n := range count {
			s := Shard{n + 1, count}
			for own := range s.of(seeds) {
				place := s.place(own)
				if back, ok := s.has(place); !ok || back != own {
					t.Fatalf("%v has place %d at %d, want %d", s, place, back, own)
				}
				owners[place]++
			}
		}
		for place, n := range owners {
			if n != 1 {
				t.Fatalf("place %d is in %d shards", place, n)
			}
		}
	})
}
