package client

import (
	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

// Config says what clients ask for, and how often.
type Config struct {
	Keys      []string            // those asked for, all equally likely
	Requests  uint32              // of each client, one at a time
	ThinkTime choice.Distribution // between an answer and the next request, in nanoseconds
	Timeout   vtime.Duration      // after which an answer is no longer waited for
	Mix       Mix
}

// Mix is how likely a request is of each kind: weights, not all 0.
type Mix struct {
	Put, Get, Delete uint64
}
