package lab

import (
	"fmt"
	"testing"

	"raftkv/sim/record"
)

// crashPoint is a run in which a server crashes right after one of its writes to disk, before it is
// synced, and is back some time later. n1 leads until something happens to it.
const crashPoint = `
num_nodes = 3
num_clients = 3
[raft]
reads = %q
[workload]
keys = ["a", "b"]
requests_per_client = 10
timeout = "200ms"
retry = "50ms"
[[fault]]
when = "written %s #%d"
do = "crash"
node = %q
for = %q
[expect]
min_answered_ratio = 1.0
`

// TestCrashAfterEveryWrite: whichever write of a leader or a follower it is that a crash follows, all
// requests are answered, and no judge convicts; until a run has fewer writes.
func TestCrashAfterEveryWrite(t *testing.T) {
	for _, reads := range []string{"log", "read_index", "lease"} {
		for _, who := range []string{"n1", "n2"} {
			for _, back := range []string{"5ms", "400ms"} {
				t.Run(reads+" "+who+" "+back, func(t *testing.T) {
					points := 0
					for crashAfterWrite(t, reads, who, back, points+1) {
						points++
					}
					if points < 20 {
						t.Errorf("there are only %d writes", points)
					}
				})
			}
		}
	}
}

// crashAfterWrite tells whether there was such a write.
func crashAfterWrite(t *testing.T, reads, who, back string, write int) (crashed bool) {
	s := parse(t, "crash-point", fmt.Sprintf(crashPoint, reads, who, write, who, back))
	for seed := uint64(1); seed <= 5; seed++ {
		lost := false
		r := new(Lab).Run(s, seed, func(r *record.Record) { lost = lost || r.Kind == record.Crashed })
		if r.Status != Pass {
			t.Fatalf("a crash after write %d, seed %d: %s %v %+v", write, seed, r.Status, r.Unmet, r.Violation)
		}
		crashed = crashed || lost
	}
	return crashed
}
