package sweep

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"raftkv/sim/lab"
)

// Options is how a sweep is carried out. None of it decides what it shows, but Stop, which decides
// how much.
type Options struct {
	Workers int
	Stop    <-chan struct{}         // closed when no more seeds are to begin; nil for never
	Write   func(line []byte) error // keeps a line; nil for no file
	Tell    func(done uint64)       // hears of each line; nil for nobody
}

// Bug is a panic of the simulator itself, in the run of one seed.
type Bug struct {
	Scenario string
	Seed     uint64
	Value    any
	Stack    []byte
}

// Error says where the simulator gave up.
func (b *Bug) Error() string {
	return fmt.Sprintf("%s with seed %d: %v", b.Scenario, b.Seed, b.Value)
}

// ahead is how many seeds may have begun, for each worker, beyond the first that has not ended.
// Their lines wait for it.
const ahead = 64

// outcome is what became of a run: a line, or a bug.
type outcome struct {
	place uint64
	line  Line
	text  []byte
	bug   *Bug
}

// Run carries out what the report does not have of its plan yet. Seeds begin in the order of the
// plan, and their lines enter the report and the file in that order, so that what a report has is a
// beginning of the plan, whenever it stops. Seeds under way when it stops come to their end. The
// error is that of Write, or a [*Bug]; the report then has what came before.
func (r *Report) Run(o Options) error {
	if r.ended {
		return nil
	}
	window := uint64(o.Workers) * ahead
	c := crew{
		plan: &r.plan, stop: o.Stop, quit: make(chan struct{}),
		tickets: make(chan struct{}, window), ended: make(chan outcome, window),
	}
	c.next.Store(r.done)
	var workers sync.WaitGroup
	for range o.Workers {
		workers.Go(c.work)
	}
	go func() {
		workers.Wait()
		close(c.ended)
	}()
	err := r.admitAll(&c, &o)
	close(c.quit)
	for range c.ended { // whoever is still at work comes to the end of a seed, for nothing
	}
	return err
}

// crew is the workers of a sweep.
//
// Invariant: all places below next were taken, and who takes a place ends it.
type crew struct {
	plan    *Plan
	next    atomic.Uint64 // the place to be taken next
	stop    <-chan struct{}
	quit    chan struct{} // closed when nobody takes in lines any more
	tickets chan struct{} // one for each seed that has begun and is not in the report
	ended   chan outcome
}

// work runs one place after another, all in one world.
func (c *crew) work() {
	world := new(lab.Lab)
	for c.mayBegin() {
		place := c.next.Add(1) - 1
		if place >= c.plan.Count() {
			return
		}
		o := attempt(c.plan, world, place)
		if o.bug != nil {
			world = new(lab.Lab) // the other one is torn
		}
		c.ended <- o
	}
}

// mayBegin waits for a ticket, and returns false if no more seeds are to begin.
func (c *crew) mayBegin() bool {
	select {
	case <-c.stop:
		return false
	default: // stopping goes first, where there are tickets too
	}
	select {
	case <-c.stop:
		return false
	case <-c.quit:
		return false
	case c.tickets <- struct{}{}:
		return true
	}
}

func attempt(p *Plan, world *lab.Lab, place uint64) (o outcome) {
	o.place = place
	subject, seed := p.at(place)
	s := p.Subjects[subject].Scenario
	defer func() {
		if value := recover(); value != nil {
			o.bug = &Bug{s.Name, seed, value, debug.Stack()}
		}
	}()
	result := world.Run(s, seed, nil)
	o.line = lineOf(&result)
	o.text = o.line.text()
	return o
}

// admitAll takes in what has ended, in the order of the plan.
func (r *Report) admitAll(c *crew, o *Options) error {
	waiting := map[uint64]outcome{}
	for one := range c.ended {
		waiting[one.place] = one
		for {
			next, ok := waiting[r.done]
			if !ok {
				break
			}
			delete(waiting, r.done)
			<-c.tickets
			if next.bug != nil {
				return next.bug
			}
			if err := r.admit(&next, o); err != nil || r.ended {
				return err
			}
		}
	}
	return nil
}

// admit takes in the next line. It counts only when it is written.
func (r *Report) admit(next *outcome, o *Options) error {
	if o.Write != nil {
		if err := o.Write(next.text); err != nil {
			return err
		}
	}
	r.add(&next.line)
	r.done++
	if o.Tell != nil {
		o.Tell(r.done)
	}
	return nil
}

// Resume takes in what a file has of the same plan, from the first line on. Each line goes to keep
// too, unless that is nil. It returns how many bytes of the file are whole lines: what follows them
// was torn. A file that is empty, or holds the beginning of the header, has none.
func (r *Report) Resume(file io.Reader, keep func(line []byte) error) (whole int64, err error) {
	reader, err := NewReader(file, r.plan.Build)
	if errors.Is(err, errEmpty) && bytes.HasPrefix(r.plan.Header(), reader.torn) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if err := reader.Plan().continues(&r.plan); err != nil {
		return 0, err
	}
	for {
		line, text, err := reader.Next()
		if err == io.EOF {
			return reader.Whole(), nil
		}
		if err == nil {
			err = r.resume(&line, reader.line)
		}
		if err == nil && keep != nil {
			err = keep(text)
		}
		if err != nil {
			return 0, err
		}
	}
}

// resume takes in a line, which must be the next of the plan.
func (r *Report) resume(line *Line, number int) error {
	if r.ended || r.done == r.plan.Count() {
		return fmt.Errorf("line %d: the sweep has ended before it", number)
	}
	place, _ := r.plan.place(r.plan.subject(line.Scenario), uint64(line.Seed))
	if place != r.done {
		subject, seed := r.plan.at(r.done)
		return fmt.Errorf("line %d: it is of %s, want %s with seed %d", number, line.label(),
			r.plan.Subjects[subject].Scenario.Name, seed)
	}
	r.add(line)
	r.done++
	return nil
}
