package sweep

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"raftkv/sim/lab"
)

// MaxWorkers is how many seeds run at once at most.
const MaxWorkers = 1024

// Options is how a sweep is carried out. None of it decides what it shows, but Stop, which decides
// how much.
type Options struct {
	Workers int                     // 1 to MaxWorkers
	Stop    <-chan struct{}         // closed when no more seeds are to begin; nil for never
	Write   func(line []byte) error // keeps a line; nil for no file
	Tell    func(done uint64)       // hears of each run in the report; nil for nobody
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

// ahead is how many seeds may have begun, for each worker, beyond the first that has not ended:
// before they are in the report it must be, too. maxAhead is the most, for any number of workers.
const (
	ahead    = 64
	maxAhead = MaxWorkers * ahead
)

// outcome is what became of a run: a line, or a bug.
type outcome struct {
	place uint64
	line  Line
	text  []byte // nil where the file has the line already
	bug   *Bug
}

// Run carries out what the report does not have of its plan yet. Seeds begin in the order of the
// plan. A line is written as soon as its run has ended: who kills the program loses no run but
// those under way. It enters the report in the order of the plan, so that what a report has is a
// beginning of the plan, whenever it stops. Seeds under way when it stops come to their end. The
// error is that of Write, or a [*Bug]; the report then has what came before.
func (r *Report) Run(o Options) error {
	if r.ended {
		return nil
	}
	window := uint64(o.Workers) * ahead
	c := crew{
		plan: &r.plan, ahead: r.ahead, stop: o.Stop, quit: make(chan struct{}),
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
	maps.DeleteFunc(r.ahead, func(place uint64, _ Line) bool { return place < r.done })
	return err
}

// crew is the workers of a sweep.
//
// Invariant: all places below next were taken, and who takes a place ends it.
type crew struct {
	plan    *Plan
	ahead   map[uint64]Line // by place: what the file has of the places to come; only read
	next    atomic.Uint64   // the place to be taken next
	stop    <-chan struct{}
	quit    chan struct{} // closed when nobody takes in lines any more
	tickets chan struct{} // one for each place that was taken and is not in the report
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
		if line, ok := c.ahead[place]; ok {
			c.ended <- outcome{place: place, line: line}
			continue
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

// admitAll writes what has ended, and takes it in in the order of the plan.
func (r *Report) admitAll(c *crew, o *Options) error {
	waiting := map[uint64]outcome{}
	for one := range c.ended {
		if one.text != nil && o.Write != nil {
			if err := o.Write(one.text); err != nil {
				return err
			}
		}
		one.text = nil // not to be held as long as the line waits
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
			r.admit(&next.line)
			if o.Tell != nil {
				o.Tell(r.done)
			}
			if r.ended {
				return nil
			}
		}
	}
	return nil
}

// admit takes in the line of the next place.
func (r *Report) admit(l *Line) {
	r.add(l)
	r.done++
}

// Resume takes in what a file has of the same plan, in whatever order. What is beyond the first run
// that is missing waits for [Report.Run], which does not run it again. Each line goes to keep too,
// unless that is nil. What is damaged is run again. A file that is empty, or holds the beginning of
// the header, has nothing.
func (r *Report) Resume(file io.Reader, keep func(line []byte) error) (Resumed, error) {
	reader, err := NewReader(file, r.plan.Build)
	if errors.Is(err, errEmpty) && bytes.HasPrefix(r.plan.Header(), reader.torn) {
		return Resumed{}, nil
	}
	if err != nil {
		return Resumed{}, err
	}
	if err := reader.Plan().continues(&r.plan); err != nil {
		return Resumed{}, err
	}
	for {
		line, text, err := reader.Next()
		if err == io.EOF {
			return Resumed{reader.Whole(), reader.Damaged()}, nil
		}
		if err == nil {
			err = r.resume(&line, reader.line)
		}
		if err == nil && keep != nil {
			err = keep(text)
		}
		if err != nil {
			return Resumed{}, err
		}
	}
}

// Resumed is what a file of a sweep was found to be.
type Resumed struct {
	Whole   int64 // how many bytes of it are whole lines: what follows them was torn
	Damaged Damage
}

// resume takes in a line. Those beyond the last failure that the plan allows do not count.
func (r *Report) resume(line *Line, number int) error {
	if r.ended {
		return nil
	}
	place, _ := r.plan.place(r.plan.subject(line.Scenario), uint64(line.Seed))
	if _, twice := r.ahead[place]; twice || place < r.done {
		return fmt.Errorf("line %d: %s was there before, want each run once, as sim merge -o "+
			"writes it", number, line.label())
	}
	if place-r.done >= maxAhead {
		subject, seed := r.plan.at(r.done)
		return fmt.Errorf("line %d: %s is far beyond %s with seed %d, which is missing: want a "+
			"sweep of the missing seeds in another file, and sim merge of both", number,
			line.label(), r.plan.Subjects[subject].Scenario.Name, seed)
	}
	if r.ahead == nil {
		r.ahead = map[uint64]Line{}
	}
	r.ahead[place] = *line
	for !r.ended {
		next, ok := r.ahead[r.done]
		if !ok {
			break
		}
		delete(r.ahead, r.done)
		r.admit(&next)
	}
	return nil
}
