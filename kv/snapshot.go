package kv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// A snapshot is
//
//	format    number   snapshotFormat
//	room      number   for how many sessions there is room, 1 or more
//	pairs     number   then, in ascending order of the keys, for each
//	  key       field
//	  value     field
//	sessions  number   at most room; then, the least recently used first, for each
//	  id        number
//	  sequence  number   0 if there was no request in it; else also
//	  used      number
//	  status    number   of the last request: OK, KeyExists or KeyMissing; for OK also
//	  value     field
//
// and nothing more, where a number is a uvarint in its shortest form and a field the number of its
// bytes and then the bytes. A session without a request was used last when it was opened, and only
// OK comes with a value: so nothing is written that follows from the rest, and there is no second
// way to write a state. The format is where this grows.
const snapshotFormat = 1

// ErrMalformedSnapshot is wrapped by each error of Restore.
var ErrMalformedSnapshot = errors.New("kv: malformed snapshot")

// AppendSnapshot appends to buf, as append does, all that the store is: keys and values, and with
// them the sessions, without which a retry from before the snapshot would be done a second time
// after it (paper §7, thesis §5 and §6.3). It comes with what was answered in each of them, the
// order in which they end, and for how many there is room.
//
// One state has one snapshot, whatever commands in whatever order led to it, on every platform.
// Who keeps the snapshot makes a string of it, which is what Restore is given.
func (s *Store) AppendSnapshot(buf []byte) []byte {
	buf = binary.AppendUvarint(buf, snapshotFormat)
	buf = binary.AppendUvarint(buf, uint64(s.sessions.room()))
	buf = binary.AppendUvarint(buf, uint64(len(s.values)))
	for _, key := range s.Keys() {
		buf = appendField(buf, key)
		buf = appendField(buf, s.values[key])
	}
	return s.sessions.append(buf)
}

func (t *sessions) append(buf []byte) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(t.places)))
	place := 0
	for range len(t.places) {
		place = t.slots[place].later
		buf = t.slots[place].append(buf)
	}
	return buf
}

func (c *session) append(buf []byte) []byte {
	buf = binary.AppendUvarint(buf, c.id)
	buf = binary.AppendUvarint(buf, c.sequence)
	if c.sequence == 0 {
		return buf
	}
	buf = binary.AppendUvarint(buf, c.used)
	buf = binary.AppendUvarint(buf, uint64(c.result.Status))
	if c.result.Status != OK {
		return buf
	}
	return appendField(buf, c.result.Value)
}

func appendField(buf []byte, field string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(field))), field...)
}

// Restore makes s the store of which snapshot was taken: from here on the two answer, refuse, end
// sessions and digest alike. What s was is gone, its Options included, for the room for sessions
// decides which of them end; its memory is used again.
//
// Any bytes may be given: what AppendSnapshot does not write is an error that wraps
// ErrMalformedSnapshot and says at which byte it is wrong and how. Then s is empty, as after a
// Reset with the Options that it had.
//
// Keys and values are parts of snapshot, not copies. As nothing of the store is older, a store
// keeps at most this one snapshot in memory, until the last key and answer that came with it are
// gone.
func (s *Store) Restore(snapshot string) error {
	had := Options{SessionsMax: s.sessions.max}
	s.Reset(had)
	r := snapshotReader{size: len(snapshot), rest: snapshot}
	s.restore(&r)
	if r.err != nil {
		s.Reset(had)
	}
	return r.err
}

func (s *Store) restore(r *snapshotReader) {
	if format := r.number("format"); format != snapshotFormat {
		r.fail("format %d, want %d", format, snapshotFormat)
	}
	room := r.number("room for sessions")
	if room == 0 || room > math.MaxInt {
		r.fail("room for %d sessions, want 1 to %d", room, math.MaxInt)
	}
	s.sessions.max = int(room)
	s.restorePairs(r)
	s.restoreSessions(r)
	if r.rest != "" {
		r.begin()
		r.fail("%d bytes after the end", len(r.rest))
	}
}

// restorePairs makes no room in advance: that there are many is not believed before they are read.
func (s *Store) restorePairs(r *snapshotReader) {
	last := ""
	for i := range r.number("number of keys") {
		key := r.field("key", MaxKey)
		if i > 0 && key <= last {
			r.fail("key %q after %q, want them ascending", key, last)
		}
		value := r.field("value", MaxValue)
		if r.err != nil {
			return
		}
		s.put(key, value)
		last = key
	}
}

func (s *Store) restoreSessions(r *snapshotReader) {
	sessions := r.number("number of sessions")
	if room := s.sessions.room(); sessions > uint64(room) {
		r.fail("%d sessions, room for %d", sessions, room)
	}
	for range sessions {
		if r.err != nil {
			return
		}
		s.restoreSession(r)
	}
}

// restoreSession opens the session as the most recently used: the others were before it.
func (s *Store) restoreSession(r *snapshotReader) {
	id := r.number("session")
	if _, known := s.sessions.places[id]; known {
		r.fail("session %d is there already", id)
	}
	s.open(id)
	sequence := r.number("sequence")
	if sequence == 0 {
		return
	}
	of := &s.sessions.slots[s.sessions.places[id]]
	s.digest -= digestSession(of)
	of.sequence, of.used, of.result = sequence, r.number("last use"), r.result()
	s.digest += digestSession(of)
}

// snapshotReader takes a snapshot apart, from its start. What is wrong first stops it: there is
// nothing left to read then, and what is read all the same is zero.
type snapshotReader struct {
	size int // of the whole snapshot
	rest string
	at   int   // where that begins which was read last
	err  error // what was wrong first, and where
}

func (r *snapshotReader) begin() { r.at = r.size - len(r.rest) }

func (r *snapshotReader) fail(format string, args ...any) {
	if r.err == nil {
		what := fmt.Sprintf(format, args...)
		r.err = fmt.Errorf("%w: byte %d: %s", ErrMalformedSnapshot, r.at, what)
	}
	r.rest = ""
}

func (r *snapshotReader) number(what string) uint64 {
	r.begin()
	number, rest, reason := cutUvarint(r.rest)
	if reason != "" {
		r.fail("%s %s", what, reason)
		return 0
	}
	r.rest = rest
	return number
}

func (r *snapshotReader) field(what string, limit uint64) string {
	r.begin()
	field, rest, reason := cutField(r.rest, limit)
	if reason != "" {
		r.fail("%s: %s", what, reason)
		return ""
	}
	r.rest = rest
	return field
}

// result reads an answer that can be repeated: only what was carried out has one.
func (r *snapshotReader) result() Result {
	status := r.number("status")
	switch status {
	case uint64(OK):
		return Result{Status: OK, Value: r.field("answer", MaxValue)}
	case uint64(KeyExists), uint64(KeyMissing):
		return Result{Status: Status(status)}
	}
	r.fail("status %d of a request that was carried out", status)
	return Result{}
}
