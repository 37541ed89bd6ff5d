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

	Raft  raft.Options
	Store kv.Options
	Disk  disk.Config
}
