package sweep

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"raftkv/sim/scenario"
)

// MaxSeeds is how many seeds a sweep has at most.
const MaxSeeds = 1 << 40

// Seeds is a set of seeds. A sweep takes them in ascending order, whatever the order in which they
// were written down.
//
// Invariant: ranges ascend, and between two of them there is a gap.
type Seeds struct {
	ranges []seedRange
}

// seedRange is the seeds from first to last, both included.
type seedRange struct {
	first, last uint64
	before      uint64 // how many seeds are in the ranges before this one
}

// count is exact, as no set has more than MaxSeeds.
func (r seedRange) count() uint64 { return r.last - r.first + 1 }

// ParseSeeds reads seeds as "7", "1-10000" or "1-100,500-600". Each end is written as scenarios and
// -seed write one. The error says what is wrong and what is wanted.
func ParseSeeds(text string) (Seeds, error) {
	var ranges []seedRange
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		first, ok := scenario.ParseSeed(from)
		last := first
		if ok && isRange {
			last, ok = scenario.ParseSeed(to)
		}
		if !ok {
			return Seeds{}, fmt.Errorf("%q are no seeds, want for example 1-10000, 7 or "+
				"1-100,500-600", part)
		}
		if last < first {
			return Seeds{}, fmt.Errorf("%s ends before it begins, want %d-%d", part, last, first)
		}
		ranges = append(ranges, seedRange{first: first, last: last})
	}
	return seedsOf(ranges)
}

// seedsOf returns the union of the ranges.
func seedsOf(ranges []seedRange) (Seeds, error) {
	slices.SortFunc(ranges, func(a, b seedRange) int { return cmp.Compare(a.first, b.first) })
	var s Seeds
	for _, r := range ranges {
		n := len(s.ranges)
		if n > 0 && (s.ranges[n-1].last == math.MaxUint64 || r.first <= s.ranges[n-1].last+1) {
			s.ranges[n-1].last = max(s.ranges[n-1].last, r.last)
			continue
		}
		s.ranges = append(s.ranges, r)
	}
	var count uint64
	for i := range s.ranges {
		r := &s.ranges[i]
		if r.last-r.first >= MaxSeeds-count {
			return Seeds{}, fmt.Errorf("these are too many seeds, want at most %d",
				uint64(MaxSeeds))
		}
		r.before = count
		count += r.count()
	}
	return s, nil
}

// Union returns the seeds of both. The error says that they are too many.
func (s Seeds) Union(other Seeds) (Seeds, error) {
	return seedsOf(slices.Concat(s.ranges, other.ranges))
}

// String returns the seeds as [ParseSeeds] reads them: one text for one set.
func (s Seeds) String() string {
	parts := make([]string, len(s.ranges))
	for i, r := range s.ranges {
		parts[i] = strconv.FormatUint(r.first, 10)
		if r.last != r.first {
			parts[i] += "-" + strconv.FormatUint(r.last, 10)
		}
	}
	return strings.Join(parts, ",")
}

// Count returns how many seeds there are.
func (s Seeds) Count() uint64 {
	if len(s.ranges) == 0 {
		return 0
	}
	last := s.ranges[len(s.ranges)-1]
	return last.before + last.count()
}

// At returns the seed at a place of the order, which begins with 0 and is below Count.
func (s Seeds) At(place uint64) uint64 {
	i, found := slices.BinarySearchFunc(s.ranges, place, func(r seedRange, place uint64) int {
		return cmp.Compare(r.before, place)
	})
	if !found {
		i--
	}
	return s.ranges[i].first + (place - s.ranges[i].before)
}

// Place returns the place of a seed in the order, false if it is none of them.
func (s Seeds) Place(seed uint64) (uint64, bool) {
	for _, r := range s.ranges {
		if r.first <= seed && seed <= r.last {
			return r.before + (seed - r.first), true
		}
	}
	return 0, false
}

// Shard is the part of a sweep that one of several machines runs: of every Count seeds of the
// order, the one numbered Number, from 1.
type Shard struct {
	Number, Count uint64
}

// Whole is the one shard of a sweep that is not shared out.
var Whole = Shard{Number: 1, Count: 1}

// ParseShard reads a shard as "2/7". The error says what is wrong and what is wanted.
func ParseShard(text string) (Shard, error) {
	number, count, _ := strings.Cut(text, "/")
	n, wrong := strconv.ParseUint(number, 10, 32)
	c, alsoWrong := strconv.ParseUint(count, 10, 32)
	if wrong != nil || alsoWrong != nil || n < 1 || n > c {
		return Shard{}, fmt.Errorf("%q is no shard, want for example 2/7, the second of seven",
			text)
	}
	return Shard{n, c}, nil
}

// String returns the shard as [ParseShard] reads it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Number, s.Count) }

// of returns how many of so many seeds are in the shard.
func (s Shard) of(seeds uint64) uint64 { return (seeds + s.Count - s.Number) / s.Count }

// place returns the place in the whole order of the seed at a place of the shard's.
func (s Shard) place(own uint64) uint64 { return own*s.Count + s.Number - 1 }

// has tells whether the seed at a place of the whole order is in the shard, and at which of its
// own.
func (s Shard) has(place uint64) (own uint64, ok bool) {
	return place / s.Count, place%s.Count == s.Number-1
}
