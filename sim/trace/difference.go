package trace

import (
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Difference is where two runs part.
type Difference struct {
	// Position is the number of the first record that differs, from 1. Where a trace leaves out
	// records, it may be any of Position to Through; else the two are the same.
	Position, Through uint64

	// Event and At are of that record, in the run that has it; zero where it is left out.
	Event uint64
	At    vtime.Time

	// Common is the last records before it; First and Second are the record itself and some that
	// follow it in the one run and the other. Empty where the run has ended, or leaves them out.
	Common, First, Second []record.Record

	// FirstEnds and SecondEnds tell that this run ends where the other goes on.
	FirstEnds, SecondEnds bool

	// Unsteady tells that the first run went another way when it was played again, so that
	// nothing can be shown of it.
	Unsteady bool

	// Fields is what differs between the two records, if both runs have one.
	Fields []FieldDifference
}

// FieldDifference is a field in which two records differ. The name is that of trace files, the
// values are words, "none" for zero.
type FieldDifference struct{ Name, First, Second string }

// Hidden tells that the first record that differs is left out by one of the traces.
func (d *Difference) Hidden() bool {
	return len(d.First)+len(d.Second) == 0 && !d.Unsteady
}

// Diff returns where two runs part, nil if they are the same; what both leave out is the same if
// the running hash behind it is. It plays the first run, then the second, and, if they differ, the
// first once more. An error is that of a play, as it is.
//
// It remembers 8 bytes for each record of the first run.
func Diff(first, second Play) (*Difference, error) {
	path := newTrack()
	if err := first(path.add, path.addGap); err != nil {
		return nil, err
	}
	c := comparison{first: trackReader{track: path}}
	if err := second(c.observe, c.skip); err != nil {
		return nil, err
	}
	c.finish()
	if c.found == nil {
		return nil, nil
	}
	again := recollection{want: trackReader{track: path}, position: c.found.Position}
	if err := first(again.observe, again.skip); err != nil {
		return nil, err
	}
	c.found.complete(&again, path.position)
	return c.found, nil
}

// The bounds of what is shown around a difference: records before it, on each side from it on, and
// of the latter those of later events.
const (
	commonMax = 8
	sideMax   = 12
	laterMax  = 4
)

// comparison compares a second run with the track of a first while it goes on.
type comparison struct {
	first    trackReader
	position uint64 // in the second run
	hash     Hash
	same     uint64 // the last position up to which the runs are known to be the same

	// Of the second run, the last records without a hole, one more than are shown: the first of
	// them tells whether its event is complete.
	recent [commonMax + 1]record.Record
	length int
	end    uint64 // the position of the last of them

	found *Difference
	side  side
}

func (c *comparison) observe(r *record.Record) {
	c.position++
	c.hash = c.hash.Add(r)
	if c.found == nil {
		c.check()
	}
	if c.found != nil {
		c.side.add(r)
		return
	}
	if c.same == c.position {
		c.remember(r)
	}
}

func (c *comparison) skip(g Gap) {
	c.position += g.Skipped
	c.hash = g.After
	if c.found != nil {
		c.side.full = true
		return
	}
	c.check()
	c.side.full = c.found != nil
}

// check compares the runs at the present position of the second, if both are known there.
func (c *comparison) check() {
	if c.position > c.first.position {
		c.differ(c.first.position + 1)
		return
	}
	switch hash, known := c.first.hash(c.position); {
	case !known:
	case hash == c.hash:
		c.same = c.position
	default:
		c.differ(c.position)
	}
}

// finish ends the second run.
func (c *comparison) finish() {
	if c.found == nil && c.position < c.first.position {
		c.differ(c.position + 1)
		c.found.SecondEnds = true
	}
	if c.found != nil {
		c.found.Second = c.side.records
	}
}

func (c *comparison) differ(through uint64) {
	c.found = &Difference{Position: c.same + 1, Through: through, Common: c.lastSame()}
}

func (c *comparison) remember(r *record.Record) {
	if c.end+1 != c.position {
		c.length = 0 // there is a hole between the two
	}
	c.end = c.position
	if c.length == len(c.recent) {
		copy(c.recent[:], c.recent[1:])
		c.length--
	}
	c.recent[c.length] = *r
	c.length++
}

// lastSame returns the last records that were the same: whole events, unless the last is too long.
func (c *comparison) lastSame() []record.Record {
	last := c.recent[:c.length]
	if c.end != c.same {
		return nil // those are long ago
	}
	if len(last) <= commonMax {
		return append([]record.Record(nil), last...)
	}
	begin := 1
	for begin < len(last) && last[begin].Event == last[0].Event {
		begin++
	}
	if begin == len(last) {
		begin = 1
	}
	return append([]record.Record(nil), last[begin:]...)
}

// side is the records of one run from the difference on, as many as are shown.
type side struct {
	records []record.Record
	later   int  // of them, those of later events
	full    bool // no more are taken
}

func (s *side) add(r *record.Record) {
	if s.full {
		return
	}
	if len(s.records) > 0 && r.Event != s.records[0].Event {
		s.later++
	}
	if s.later > laterMax || len(s.records) == sideMax {
		s.full = true
		return
	}
	s.records = append(s.records, *r)
}

// recollection plays the first run again to learn what it has where the second differs.
type recollection struct {
	want     trackReader
	position uint64 // of the difference
	now      uint64
	hash     Hash
	steady   bool
	side     side
}

func (p *recollection) observe(r *record.Record) {
	p.now++
	p.hash = p.hash.Add(r)
	if p.now == p.position {
		hash, known := p.want.hash(p.now)
		p.steady = known && hash == p.hash
	}
	if p.now >= p.position {
		p.side.add(r)
	}
}

func (p *recollection) skip(g Gap) {
	p.now += g.Skipped
	p.hash = g.After
	if p.now >= p.position {
		p.steady, p.side.full = true, true
	}
}

// complete adds what the first run has; length is how many records it had when it was played first.
func (d *Difference) complete(again *recollection, length uint64) {
	d.FirstEnds = length < d.Position
	switch {
	case d.FirstEnds:
	case again.steady:
		d.First = again.side.records
	default:
		d.Unsteady = true
	}
	first := len(d.First) > 0 || d.FirstEnds || d.Unsteady
	second := len(d.Second) > 0 || d.SecondEnds
	if !first || !second || d.Through > d.Position {
		d.First, d.Second = nil, nil
		d.FirstEnds, d.SecondEnds, d.Unsteady = false, false, false
		return
	}
	d.nameFields()
}

// nameFields takes the moment from the first record that differs, and finds in what it does.
func (d *Difference) nameFields() {
	for _, side := range [][]record.Record{d.Second, d.First} {
		if len(side) > 0 {
			d.Event, d.At = side[0].Event, side[0].At
		}
	}
	if len(d.First) == 0 || len(d.Second) == 0 {
		return
	}
	for _, f := range recordFields {
		one, other := f.value(&d.First[0]), f.value(&d.Second[0])
		if one != other {
			d.Fields = append(d.Fields, differenceOf(f, one, other))
		}
	}
}
