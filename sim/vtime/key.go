package vtime

import (
	"cmp"
	"fmt"
)

// Class is the kind of an event, as far as it decides what happens first at one instant.
type Class uint8

// The classes, in the order in which events of one instant happen.
const (
	ClassFault Class = iota + 1
	ClassTimer
	ClassDisk
	ClassMessage
	ClassClient
)

// The layout of Key.order, from the top: class, source, ordinal.
const (
	ordinalBits = 40
	sourceBits  = 20
)

// MaxSource is the greatest number of a source: a server, link or client.
const MaxSource = 1<<sourceBits - 1

// MaxOrdinal is the greatest ordinal of an event of one source.
const MaxOrdinal = 1<<ordinalBits - 1

// Key says when an event happens among all events of a run: by time, then class, then source,
// then ordinal. The ordinal counts the source's own events of that class, so a key names one
// event, and nothing in it tells when the event was scheduled: a run does not change with the
// order in which equals are pushed, nor with the queue that sorts them.
type Key struct {
	At    Time
	order uint64 // class<<60 | source<<40 | ordinal: comparing it compares all three
}

// MakeKey gives the key of the ordinal-th event of a source. It panics beyond [MaxSource] or
// [MaxOrdinal], and for what is no class: a key cut short would silently reorder a run.
func MakeKey(at Time, class Class, source uint32, ordinal uint64) Key {
	if class-1 >= ClassClient || source > MaxSource || ordinal > MaxOrdinal {
		refuseKey(class, source, ordinal)
	}
	order := uint64(class)<<(sourceBits+ordinalBits) | uint64(source)<<ordinalBits | ordinal
	return Key{At: at, order: order}
}

// refuseKey stands apart so that MakeKey stays small enough to be inlined.
//
//go:noinline
func refuseKey(class Class, source uint32, ordinal uint64) {
	panic(fmt.Sprintf("vtime: no key for class %d, source %d, ordinal %d", class, source, ordinal))
}

// Class is the class k was made with.
func (k Key) Class() Class { return Class(k.order >> (sourceBits + ordinalBits)) }

// Source is the source k was made with.
func (k Key) Source() uint32 { return uint32(k.order>>ordinalBits) & MaxSource }

// Ordinal is the ordinal k was made with.
func (k Key) Ordinal() uint64 { return k.order & MaxOrdinal }

// Compare is negative where the event of k happens earlier than that of other, positive where it
// happens later, and 0 for one key.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.At, other.At), cmp.Compare(k.order, other.order))
}

// Before says whether the event of k happens earlier than that of other.
func (k Key) Before(other Key) bool {
	if k.At != other.At {
		return k.At < other.At
	}
	return k.order < other.order
}
