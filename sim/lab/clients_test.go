package lab

import (
	"fmt"
	"testing"

	"raftkv/sim/mark"
	"raftkv/sim/record"
)

// hostileClients is a world in which all goes wrong that clients can meet: requests and answers are
// lost and copied, leaders crash, and there is room for fewer sessions than there are lanes.
const hostileClients = `
num_nodes = 3
num_clients = 4
[raft]
heartbeat = "20ms"
election_timeout = {min = "80ms", max = "160ms"}
[network]
latency = {dist = "lognormal", median = "3ms", p99 = "60ms"}
loss = 0.05
duplicate = 0.3
[store]
sessions_max = 5
[workload]
keys = {count = 4, dist = "zipf", s = 1.2}
requests_per_client = 15
arrivals = {rate = 40}
lanes_max = 3
timeout = "120ms"
retry = "15ms"
give_up = "900ms"
route = "discover"
value_size = {dist = "uniform", min = 1, max = 40}
[[fault]]
at = "400ms"
do = "crash"
node = "leader"
for = "500ms"
[[fault]]
at = "1s"
do = "crash"
node = "leader"
for = "300ms"
`

// TestEverySeedOfHostileClients: no judge convicts, none is undecided, and over all runs everything
// came to pass that a client can be told.
func TestEverySeedOfHostileClients(t *testing.T) {
	told := map[string]int{}
	watch := func() (record.Sink, func(*Result) string) {
		sink := func(r *record.Record) {
			switch {
			case r.Kind == record.Retried:
				told["retried"]++
			case r.Kind == record.Returned:
				told["returned "+r.Outcome.String()]++
			case r.Kind == record.Applied && r.Outcome != 0:
				told[fmt.Sprintf("applied %v, %v", r.Outcome, r.Success)]++
			}
		}
		return sink, func(r *Result) string {
			if r.Ops.Total != 60 || r.Ops.Pending != 0 {
				return fmt.Sprintf("not all of 60 ended: %+v", r.Ops)
			}
			return ""
		}
	}
	forSeeds(t, parse(t, "hostile-clients", hostileClients), seeds, watch)
	for _, what := range []string{
		"retried", "returned ok", "returned key exists", "returned key missing",
		"returned unknown", "returned no such session", "applied ok, true", "applied ok, false",
		"applied key exists, false", "applied key missing, false", "applied no such session, false",
		"applied superseded, false",
	} {
		if told[what] == 0 {
			t.Errorf("nothing was %s: %v", what, told)
		}
	}
}

// TestEverySeedOfRetries: clients ask again, what arrives twice is done once, and a client learns
// that its session is gone.
func TestEverySeedOfRetries(t *testing.T) {
	watch := func() (record.Sink, func(*Result) string) {
		return nil, func(r *Result) string {
			for _, m := range []mark.Mark{
				mark.OfKind(record.Retried), mark.RetryRepeated, mark.SessionGone,
			} {
				if r.Marks[m] == 0 {
					return fmt.Sprintf("no %v", m)
				}
			}
			return ""
		}
	}
	forSeeds(t, builtIn(t, "retries"), seeds, watch)
}
