package mark

import (
	"slices"

	"raftkv/sim/record"
)

// Triggers waits for conditions, each of which is met once. A record costs nothing for conditions
// that wait for another mark. The zero value waits for none.
type Triggers struct {
	awaited Set // marks that some condition waits for
	waiting [markCount][]trigger
	met     []int
}

type trigger struct {
	number int // of the condition
	left   uint32
	Condition
}

// Reset makes t wait for the conditions, whose numbers are their places in the slice. It keeps the
// memory of earlier ones.
func (t *Triggers) Reset(conditions []Condition) {
	t.awaited = Set{}
	for m := range t.waiting {
		t.waiting[m] = t.waiting[m][:0]
	}
	for i, c := range conditions {
		t.Add(i, c, 0)
	}
}

// Add makes t wait for one more condition, of that number, of which as many occurrences as seen are
// past; fewer than it asks for.
func (t *Triggers) Add(number int, c Condition, seen uint32) {
	t.awaited = t.awaited.With(c.What)
	t.waiting[c.What] = append(t.waiting[c.What], trigger{number, c.Nth - seen, c})
}

// Observe takes the next record of the run with its marks, as [Watch.Observe] returns them, and
// returns the numbers of the conditions that are met now, in ascending order. The slice is t's own,
// until the next record.
func (t *Triggers) Observe(r *record.Record, made *Set) []int {
	t.met = t.met[:0]
	marks := made.And(&t.awaited)
	for m := marks.Next(0); m != 0; m = marks.Next(m) {
		t.count(r, m)
	}
	slices.Sort(t.met)
	return t.met
}

func (t *Triggers) count(r *record.Record, m Mark) {
	kept := t.waiting[m][:0]
	for _, w := range t.waiting[m] {
		if w.matches(r) {
			w.left--
		}
		if w.left == 0 {
			t.met = append(t.met, w.number)
			continue
		}
		kept = append(kept, w)
	}
	t.waiting[m] = kept
	if len(kept) == 0 {
		t.awaited = t.awaited.Without(m)
	}
}
