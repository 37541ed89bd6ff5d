package network

import "raftkv/raft"

// letters are the messages on their way: slots with buffers of their own, used again and again.
type letters struct {
	slots   []letter
	free    []uint32
	carried int // entries of the messages on their way
	room    int // entries that all buffers have room for
}

// What is kept for further messages at most: room for entries in the buffers of free slots; and,
// over a reset, slots. More than any usual run needs; a flood is an exception.
const (
	roomMax  = 1 << 20
	slotsMax = 1 << 16
)

// letter is a message with its entries copied, for as many deliveries as it still has.
type letter struct {
	message    raft.Message
	entries    []raft.Entry
	deliveries int
}

func (l *letters) reset() {
	if len(l.slots) > slotsMax || l.room > roomMax {
		*l = letters{}
	}
	l.free = l.free[:0]
	l.carried = 0
	for handle := range l.slots {
		l.slots[handle].deliveries = 0
		l.free = append(l.free, uint32(handle))
	}
}

// Keep copies the message, which its sender is free to overwrite, until it was taken as often as it
// has deliveries. It returns the handle to take it by.
func (n *Network) Keep(m *raft.Message, deliveries int) uint32 {
	l := &n.letters
	if len(l.free) == 0 {
		l.free = append(l.free, uint32(len(l.slots)))
		l.slots = append(l.slots, letter{})
	}
	handle := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]

	kept := &l.slots[handle]
	l.room -= cap(kept.entries)
	kept.entries = append(kept.entries[:0], m.Entries...)
	l.room += cap(kept.entries)
	l.carried += len(kept.entries)
	kept.message = *m
	kept.message.Entries = kept.entries
	kept.deliveries = deliveries
	return handle
}

// Letter returns the message kept under the handle. It is valid until the next Keep or Done.
func (n *Network) Letter(handle uint32) *raft.Message { return &n.letters.slots[handle].message }

// Done ends one delivery of the message; after the last its slot is free.
func (n *Network) Done(handle uint32) {
	kept := &n.letters.slots[handle]
	if kept.deliveries == 0 {
		panic("network: a message was delivered more often than it was sent")
	}
	kept.deliveries--
	if kept.deliveries == 0 {
		n.letters.release(handle)
	}
}

// release frees a slot, and drops its buffer if there is too much room in all of them: each slot
// may once have carried a large batch, while few do at a time.
func (l *letters) release(handle uint32) {
	kept := &l.slots[handle]
	l.carried -= len(kept.entries)
	if l.room > roomMax {
		l.room -= cap(kept.entries)
		kept.entries, kept.message.Entries = nil, nil
	}
	l.free = append(l.free, handle)
}

// Carried returns how many entries the messages on their way carry.
func (n *Network) Carried() int { return n.letters.carried }
