package client

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Config says what clients ask for, how often, and whom.
type Config struct {
	// Keys are those asked for, all equally likely; if there are none, k1 to kKeyCount are, and
	// Skew tells how likely each is. A nil Skew is all equally likely.
	Keys     []string
	KeyCount uint32
	Skew     *choice.Zipf

	Requests  uint32              // of each client
	ThinkTime choice.Distribution // between an answer and the next request, in nanoseconds
	Timeout   vtime.Duration      // after which an answer is no longer waited for
	Mix       Mix
	ValueSize choice.Distribution // of what is put, in bytes; 0 is as few as tell whose it is

	// Arrivals, if there are any, make the requests come whatever is answered, and ThinkTime means
	// nothing. Then a client has LanesMax requests open at most; what comes beyond waits in line.
	Arrivals Arrivals
	LanesMax uint32

	// Retry is how long after a timeout or a refusal a client asks again; with 0 it never does. A
	// client that does has its requests in sessions (thesis §6.3). GiveUp is how long after it
	// first asked it gives up; with 0 it never does.
	Retry  vtime.Duration
	GiveUp vtime.Duration

	Route Route

	// Script is what all clients ask for instead, if there is one: each its own requests, in order.
	Script []Scripted
}

// Mix is how likely a request is of each kind: weights, not all 0.
type Mix struct {
	Put, Get, Delete uint64
}

// Arrivals is how requests come that wait for no answer.
type Arrivals struct {
	// Rate is how many come in a thousand seconds, of all clients together; 0 is none.
	Rate uint64
	// Gap is the time between two requests of one client, in nanoseconds.
	Gap choice.Distribution
}

// Route is how a client finds whom to ask.
type Route uint8

// The routes; zero counts as ToldLeader.
const (
	ToldLeader Route = iota + 1 // it is told the leader of the highest term, as soon as one leads
	Discover                    // it begins anywhere, and follows what refusals say
)

// Scripted is a request of a script.
type Scripted struct {
	At     vtime.Time // not before then; and not before the client's request before is done
	Client uint32
	Action record.Action
	Key    string
	Value  string
	Via    raft.ServerID // whom it asks first; None: as its route has it
}

// MaxValueSize is the longest value that clients put, in bytes: records hold values, and files of
// records have lines.
const MaxValueSize = 1 << 16

// RequestsOf returns how many requests the client of that number makes.
func (c *Config) RequestsOf(number uint32) uint32 {
	if len(c.Script) == 0 {
		return c.Requests
	}
	var count uint32
	for i := range c.Script {
		if c.Script[i].Client == number {
			count++
		}
	}
	return count
}

// sessions tells whether requests are made in sessions: without, a retry could be done twice.
func (c *Config) sessions() bool { return c.Retry > 0 }
