package server

import (
	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/disk"
	"raftkv/sim/vtime"
)

// Config says how a server behaves.
type Config struct {
	// Heartbeat is the time between two heartbeats of a leader; 0 means that it sends none.
	Heartbeat vtime.Duration
	// ElectionTimeout, in nanoseconds, is how long a server waits for a leader or for votes (§5.2);
	// constantly 0 means for ever.
	ElectionTimeout choice.Distribution

	// MinElection is the shortest election timeout, for which a server is loyal to a leader that it
	// hears of (thesis §4.2.3); Lease is how long a leader's lease lasts (§6.4.1), see [LeaseFor].
	MinElection vtime.Duration
	Lease       vtime.Duration

	// Reads says how a leader answers gets.
	Reads Reads

	Raft  raft.Options
	Store kv.Options
	Disk  disk.Config
}

// Reads is how a leader answers gets.
type Reads uint8

// The ways.
const (
	ReadLog   Reads = iota // through the log, like any command
	ReadIndex              // from the store, after a round of heartbeats (thesis §6.4)
	ReadLease              // from the store, at once while it has a lease (§6.4.1)
)

// LeaseFor returns how long a lease may last by the leader's clock, where a majority is loyal for
// at least minElection by theirs, and no clock runs faster or slower than time by more than rho,
// in parts per billion, which is less than 1e9. The thesis (§6.4.1) divides by the bound on the
// drift between two clocks: this is that bound.
func LeaseFor(minElection vtime.Duration, rho int64) vtime.Duration {
	lease := scale(minElection, uint64(billion-rho), uint64(billion+rho))
	if rho > 0 && lease > 0 {
		lease-- // scale rounds up
	}
	return lease
}
