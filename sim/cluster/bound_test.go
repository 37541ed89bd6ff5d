package cluster

import (
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/network"
	"raftkv/sim/vtime"
)

// evenWorld is a world in which a round trip takes 20 ms, and a sync 1 ms.
func evenWorld(changes ...func(*Config)) *Config {
	c := defaultWorld(func(c *Config) { c.Network.Latency = constantly(10 * ms) })
	for _, change := range changes {
		change(c)
	}
	return c
}

func own(o Own) func(*Config) {
	return func(c *Config) { o.Server = 2; c.Own = []Own{o} }
}

// Each part of the bound is worked out by hand.
func TestSettleBound(t *testing.T) {
	const (
		sec      = vtime.Second
		trip     = 20 * ms
		carry    = trip + ms
		asking   = 4 * sec // four attempts, each a timeout
		electing = 40 * (300 + 20) * ms
		log      = 7 * carry // 15 requests and 60 s / 150 ms elections, 64 at a time
		none     = carry     // nobody asks twice
		rest     = asking + electing + log + none
	)
	slow, impatient := constantly(40*ms), between(600*ms, 900*ms)
	half := -int64(choice.One) / 2
	for _, test := range []struct {
		name   string
		config *Config
		want   vtime.Duration
	}{
		{"what a scenario says that says nothing", evenWorld(), rest},
		{"clients wait longer", evenWorld(func(c *Config) { c.Client.Timeout = 3 * sec }),
			rest + 8*sec},
		{"clients have to search", evenWorld(func(c *Config) { c.Client.Route = client.Discover }),
			rest + 16*sec},
		{"elections take longer", evenWorld(func(c *Config) { c.Server.ElectionTimeout = between(150*ms, 400*ms) }),
			rest + 4*sec},
		{"they do on one server", evenWorld(own(Own{ElectionTimeout: &impatient})), rest + 24*sec},
		{"one clock is slow", evenWorld(own(Own{Drift: &half})), rest + 12*sec},
		{"all clocks may be slow", evenWorld(func(c *Config) { c.Drift.Min = half }), rest + 12*sec},
		{"one link is slow", evenWorld(func(c *Config) {
			c.Network.Differences = []network.Difference{{From: network.End{Server: 1}, To: network.End{Server: 2},
				Latency: &slow}}
		}), rest + 40*60*ms + 8*60*ms},
		{"one disk is slow", evenWorld(own(Own{Fsync: &slow})), rest + 8*39*ms},
		{"entries go one by one", evenWorld(func(c *Config) { c.Server.Raft.BatchMax = 1 }),
			rest + (416-7)*carry},
		{"in some run they may", evenWorld(func(c *Config) { c.Ranges.BatchMax.Min = 1 }),
			rest + (416-7)*carry},
		{"a shorter run leaves fewer entries", evenWorld(func(c *Config) { c.Duration = 3 * sec }),
			rest - 6*carry},
		{"many requests", evenWorld(func(c *Config) { c.Client.Requests = 1000 }),
			rest + (54-7)*carry}, // 3,400 entries
		// Twice 15 requests, 3 clients in 60 s, 55 times in 1.1 s each; all twice, and the elections:
		// 796 entries. Meanwhile 3 clients, 16 times: 96.
		{"clients ask again", evenWorld(func(c *Config) { c.Client.Retry = 100 * ms }),
			asking + 400*ms + electing + 13*carry + 2*carry},
		{"for ever", evenWorld(func(c *Config) { c.Client.Timeout = 1 << 62 }), SettleMax},
		{"nobody can count the entries",
			evenWorld(func(c *Config) { c.Client.Timeout, c.Client.Retry = 1, 1 }), SettleMax},
	} {
		if got := test.config.SettleBound(); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// Where no Raft need be live, the reason is said; and nowhere else.
func TestExcuse(t *testing.T) {
	timeouts := func(low, high vtime.Duration) func(*Config) {
		return func(c *Config) { c.Server.ElectionTimeout = between(low, high) }
	}
	short, fixed, off := between(20*ms, 300*ms), constantly(300*ms), constantly(0)
	for _, test := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"nothing", func(*Config) {}, ""},
		{"no heartbeats", func(c *Config) { c.Server.Heartbeat = 0 }, "heartbeats are switched off"},
		{"nobody ever stands", timeouts(0, 0), "election timeouts are switched off"},
		{"two round trips", timeouts(71*ms, 300*ms), ""},
		{"less than two", timeouts(41*ms, 300*ms), "an election timeout of 41ms is less than two " +
			"round trips with their syncs, 42ms (§5.6)"},
		{"apart by two", timeouts(150*ms, 192*ms), ""},
		{"closer", timeouts(150*ms, 191*ms), "election timeouts differ by less than two round " +
			"trips with their syncs, 42ms (§5.6)"},
		{"closer, and alone", func(c *Config) { c.Servers = 1; timeouts(150*ms, 151*ms)(c) }, ""},
		{"a heartbeat late", timeouts(70*ms, 300*ms), "an election timeout of 70ms leaves a heartbeat, " +
			"one each 50ms, less than a round trip with its sync, 21ms (§5.6)"},
		{"one is hasty", own(Own{ElectionTimeout: &short}), "an election timeout of 20ms on n2 is less than " +
			"two round trips with their syncs, 42ms (§5.6)"},
		{"one always waits as long", own(Own{ElectionTimeout: &fixed}), ""},
		{"a majority does", func(c *Config) {
			for id := raft.ServerID(2); id <= 4; id++ {
				c.Own = append(c.Own, Own{Server: id, ElectionTimeout: &fixed})
			}
		}, "election timeouts differ on n2 n3 n4 by less than two round trips with their syncs, 42ms (§5.6)"},
		{"one never stands", own(Own{ElectionTimeout: &off}), "election timeouts are switched off on n2"},
		{"too long to wait", func(c *Config) { c.Client.Timeout = 3600 * vtime.Second },
			"it may need longer than 1h0m0s"},
	} {
		got := evenWorld(test.change).Excuse()
		if got.Why != test.want || got.Elections != strings.Contains(test.want, "§") {
			t.Errorf("%s: %+v, want %q", test.name, got, test.want)
		}
	}
}
