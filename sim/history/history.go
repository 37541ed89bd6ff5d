// Package history is what the clients saw: each request with the moment it was made, the moment its
// answer came, and what it said.
package history

import (
	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Operation is one request of a client.
type Operation struct {
	Event  uint64 // in which it returned; 0 while it is open
	Client uint32 // from 1
	Number uint32 // among the client's requests, from 1
	Action record.Action
	Key    string
	Value  string // to be put

	// Invoked and Returned are moments of the run, counted by its records: an operation that
	// returned before another was invoked has the smaller number. Returned is 0 while it is open.
	Invoked    uint64
	Returned   uint64
	InvokedAt  vtime.Time
	ReturnedAt vtime.Time

	Outcome record.Outcome // 0 while it is open
	Read    string         // the value that a get returned

	// Position names the entry whose application answered it; zero where nothing did.
	Position raft.LogState
}

// String returns the request as a person would write it: put a=c2-1, get a, delete a.
func (o *Operation) String() string {
	switch o.Action {
	case record.Put:
		return o.Action.String() + " " + o.Key + "=" + o.Value
	case record.OpenSession:
		return o.Action.String()
	}
	return o.Action.String() + " " + o.Key
}
