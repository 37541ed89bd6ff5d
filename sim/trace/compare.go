package trace

import "raftkv/sim/record"

// Comparison finds the first record in which a run differs from another. Give it the records of the
// one, call Again, and give it those of the other.
type Comparison struct {
	first    []Hash // after each record of the first run
	second   Hash
	position int // in the second run
	again    bool
	differs  *Difference
}

// Difference is where a second run leaves the path of the first.
type Difference struct {
	// Position is the number of the record, from 1.
	Position int
	// Record is what happened there in the second run; its Kind is 0 if the run had ended.
	Record record.Record
}

// Observe takes a record of the run at hand.
func (c *Comparison) Observe(r *record.Record) {
	if !c.again {
		c.first = append(c.first, c.last().Add(r))
		return
	}
	c.position++
	c.second = c.second.Add(r)
	if c.differs != nil {
		return
	}
	if c.position > len(c.first) || c.second != c.first[c.position-1] {
		c.differs = &Difference{Position: c.position, Record: *r}
	}
}

func (c *Comparison) last() Hash {
	if len(c.first) == 0 {
		return 0
	}
	return c.first[len(c.first)-1]
}

// Again begins the second run.
func (c *Comparison) Again() { c.again = true }

// Difference returns where the second run, which is over, differs from the first; nil if nowhere.
func (c *Comparison) Difference() *Difference {
	if c.differs == nil && c.position < len(c.first) {
		return &Difference{Position: c.position + 1}
	}
	return c.differs
}
