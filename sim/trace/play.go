package trace

import (
	"io"

	"raftkv/sim/record"
)

// Play hands all records of a run to sink, in order, and to gap what is left out between them. It
// can be called again and again, and does the same each time.
type Play func(sink record.Sink, gap func(Gap)) error

// FromRun plays a run that happens anew each time.
func FromRun(run func(record.Sink)) Play {
	return func(sink record.Sink, _ func(Gap)) error {
		run(sink)
		return nil
	}
}

// FromFile plays a trace file, from its start each time.
func FromFile(file io.ReadSeeker) Play {
	return func(sink record.Sink, gap func(Gap)) error {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		reader, err := NewReader(file)
		if err != nil {
			return err
		}
		return reader.Play(sink, gap)
	}
}

// track is the running hashes of a run, 8 bytes a record, with holes where it has gaps.
type track struct {
	stretches []stretch
	position  uint64 // of the last record
}

// stretch is hashes without a hole: hashes[i] is the hash after record from+i.
// Invariant: len(hashes) > 0.
type stretch struct {
	from   uint64
	hashes []Hash
}

func newTrack() *track {
	return &track{stretches: []stretch{{from: 0, hashes: []Hash{0}}}}
}

func (t *track) last() *stretch { return &t.stretches[len(t.stretches)-1] }

func (t *track) add(r *record.Record) {
	s := t.last()
	s.hashes = append(s.hashes, s.hashes[len(s.hashes)-1].Add(r))
	t.position++
}

func (t *track) addGap(g Gap) {
	t.position += g.Skipped
	t.stretches = append(t.stretches, stretch{from: t.position, hashes: []Hash{g.After}})
}

// trackReader looks a track's hashes up in order, each in constant time.
type trackReader struct {
	*track
	at int // the stretch of the last look
}

// hash returns the hash after a record, if it is known. Positions may not fall from call to call.
func (t *trackReader) hash(position uint64) (hash Hash, known bool) {
	for t.at+1 < len(t.stretches) && t.stretches[t.at+1].from <= position {
		t.at++
	}
	s := t.stretches[t.at]
	if i := position - s.from; i < uint64(len(s.hashes)) {
		return s.hashes[i], true
	}
	return 0, false
}
