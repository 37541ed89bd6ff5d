package record

import "raftkv/sim/vtime"

// Recorder stamps records with the moment at which they happen and hands them to a sink. It belongs
// to one run; the event loop moves the moment, everybody else only emits.
type Recorder struct {
	event   uint64
	at      vtime.Time
	count   uint64
	sink    Sink
	current Record // handed out by pointer; here, so that no record costs an allocation
}

// Reset makes the recorder ready for a new run, whose records go to sink.
func (r *Recorder) Reset(sink Sink) { *r = Recorder{sink: sink} }

// Advance moves the clock on to the given time.
func (r *Recorder) Advance(to vtime.Time) { r.at = to }

// Next begins the next event, at the present time.
func (r *Recorder) Next() { r.event++ }

// Event returns the number of the present event, 0 before the first.
func (r *Recorder) Event() uint64 { return r.event }

// Now returns the present time.
func (r *Recorder) Now() vtime.Time { return r.at }

// Count returns how many records there are so far: the number of the last one.
func (r *Recorder) Count() uint64 { return r.count }

// Emit records what happens now.
func (r *Recorder) Emit(what Record) {
	r.count++
	r.current = what
	r.current.Event, r.current.At = r.event, r.at
	r.sink(&r.current)
}
