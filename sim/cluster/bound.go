package cluster

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/vtime"
)

// AutoSettle stands for [Config.SettleBound].
const AutoSettle vtime.Duration = -1

// SettleMax is the longest that a healed cluster is given by itself. A world that may need longer
// is excused: see [Config.Excuse].
const SettleMax = 60 * vtime.Minute

// What a healed cluster is given time for. Elections fail by split votes, each with a chance that
// the spread of the timeouts bounds; so many in a row are not by chance.
const (
	settleElections = 40
	settleAttempts  = 4
	// searchAttempts come on top where clients ask anybody: those who stay broken answer nothing.
	searchAttempts = 16
	// entriesPerAttempt is how many entries one attempt of a client in a session makes: the network
	// may copy it. Each request may need a session to be opened first.
	entriesPerAttempt = 2
)

// settle returns how long the second phase lasts at most.
func (c *Config) settle() vtime.Duration {
	if c.Settle == AutoSettle {
		return c.SettleBound()
	}
	return c.Settle
}

// SettleBound returns the time within which a healed cluster of the configuration settles, if it
// ever does, at most SettleMax:
//
//	some attempts of clients, each a timeout and a pause
//	+ 40 * (the longest election timeout + a round trip)
//	+ for all entries that there may be, in batches, each a round trip and a sync
//	+ the same for those that clients' attempts make in the meantime
//
// Latencies and syncs are those that one in a hundred exceeds. A number that each run draws anew
// counts as the one that needs the longest.
func (c *Config) SettleBound() vtime.Duration { return min(c.needs(), SettleMax) }

// needs is the bound without its maximum; what is above that is some number above.
func (c *Config) needs() vtime.Duration {
	attempts := uint64(settleAttempts)
	if c.Client.Route == client.Discover {
		attempts += searchAttempts
	}
	asking := upTo(attempts, c.attempt())
	electing := upTo(settleElections, c.longestElection()) +
		upTo(settleElections, c.Network.RoundTrip())
	catchingUp := c.replicating(c.entriesBy(c.Duration))
	meanwhile := c.replicating(c.attemptsIn(asking+electing+catchingUp) * entriesPerAttempt)
	return asking + electing + catchingUp + meanwhile
}

// attempt returns how long a client needs at least from one attempt to the next, if the first has
// made an entry and it heard nothing of it.
func (c *Config) attempt() vtime.Duration {
	return min(c.Client.Timeout, SettleMax) + min(c.Client.Retry, SettleMax)
}

// replicating returns how long it takes to bring so many entries to a server that lacks them.
func (c *Config) replicating(entries uint64) vtime.Duration {
	return upTo(entries/c.leastBatch()+1, c.Network.RoundTrip()+c.sync())
}

// entriesBy returns how many entries a log can have after so long: of clients, and one for each
// election that was won.
func (c *Config) entriesBy(after vtime.Duration) uint64 {
	entries := uint64(c.Requests())
	if c.Client.Retry > 0 {
		entries = (2*entries + c.attemptsIn(after)) * entriesPerAttempt
	}
	if least, _ := c.Server.ElectionTimeout.Bounds(); least > 0 {
		entries += uint64(after) / uint64(least)
	}
	return entries
}

// attemptsIn returns how often all clients ask again in a span of time, at most; never, where they
// have no sessions to do so.
func (c *Config) attemptsIn(span vtime.Duration) uint64 {
	if c.Client.Retry == 0 {
		return 0
	}
	lanes := uint64(c.Clients)
	if c.Client.Arrivals.Rate > 0 {
		lanes *= uint64(c.Client.LanesMax)
	}
	return lanes * (min(uint64(span/c.attempt()), attemptsMax) + 1)
}

// attemptsMax is so many attempts on a lane that the bound is beyond its maximum; their entries can
// still be counted.
const attemptsMax = 1 << 32

// upTo is so many times a span, or a nanosecond more than SettleMax, if that is less.
func upTo(times uint64, span vtime.Duration) vtime.Duration {
	if span > 0 && times > uint64(SettleMax/span) {
		return SettleMax + 1
	}
	return vtime.Duration(times) * span
}

func (c *Config) leastBatch() uint64 {
	switch least := c.Ranges.BatchMax.Min; {
	case least > 0:
		return uint64(least)
	case c.Server.Raft.BatchMax > 0:
		return uint64(c.Server.Raft.BatchMax)
	}
	return raft.DefaultBatchMax
}

// sync returns how long a sync of the slowest disk takes.
func (c *Config) sync() vtime.Duration {
	slowest := c.Server.Disk.Fsync.Usual()
	for i := range c.Own {
		if own := c.Own[i].Fsync; own != nil {
			slowest = max(slowest, own.Usual())
		}
	}
	return vtime.Duration(min(slowest, int64(SettleMax)))
}

// longestElection returns the longest time that an election timeout takes, by the slowest clock.
func (c *Config) longestElection() vtime.Duration {
	_, longest := c.Server.ElectionTimeout.Bounds()
	slowest := c.Drift.Min
	for i := range c.Own {
		if own := c.Own[i].ElectionTimeout; own != nil {
			_, most := own.Bounds()
			longest = max(longest, most)
		}
		if own := c.Own[i].Drift; own != nil {
			slowest = min(slowest, *own)
		}
	}
	// In thousandths of its speed, rounded down, for the product to fit.
	const one, perThousandth = 1000, int64(choice.One) / 1000
	slower := (perThousandth - 1 - min(slowest, 0)) / perThousandth
	return vtime.Duration(min(longest, int64(SettleMax)) * one / max(1, one-slower))
}
