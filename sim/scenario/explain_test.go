package scenario

import (
	"reflect"
	"strings"
	"testing"

	"raftkv/scenarios"
)

// TestExplain: each value with where it came from, and what is not simulated left out.
func TestExplain(t *testing.T) {
	got, err := read(t, `# a comment
num_nodes = 3
[network]
latency = {dist = "lognormal", median = "2ms", p99 = "40ms"}
[workload.mix]
get = 1
[[fault]]
do = "crash"
at = "1s"
node = "leader"
[expect]
max_leaders = 2
`, "network.latency.p99=50ms", "fault[0].for=2s", "seed=7")
	if err != nil {
		t.Fatal(err)
	}
	want := `num_nodes = 3                                   # f.toml:2
num_clients = 3                                 # default
name = "f"                                      # default
seed = "7"                                      # -set
duration = "1m0s"                               # default
# elections that come to nothing are excused: an election timeout of 150ms is less than ` +
		"two round trips with their syncs, 202.042956ms (§5.6)\n" + `settle = "auto"                               ` +
		`  # default: 20.809030944s
heal = "all"                                    # default
max_events = 10000000                           # default

[raft]
heartbeat = "50ms"                              # default
election_timeout = {min = "150ms", max = "300ms"}  # default
first_leader = "n1"                             # default
batch_max = 64                                  # default
pre_vote = true                                 # default
check_quorum = true                             # default
inflight_max = 16                               # default
inflight_bytes = 1000000                        # default
proposals_max = 10000                           # default
reads = "log"                                   # default

[network]
latency = {dist = "lognormal", median = "2ms", p99 = "50ms"}  # f.toml:4, -set
tail = "off"                                    # default
loss = 0                                        # default
duplicate = 0                                   # default
bandwidth = "off"                               # default
fifo = false                                    # default

[storage]
fsync = "1ms"                                   # default
lose_unsynced = true                            # default
lie_sync = 0                                    # default

[clock]
drift = {min = 0, max = 0}                      # default
rho = 0.01                                      # default

[store]
sessions_max = 1000                             # default

[workload]
keys = ["a", "b", "c", "d", "e"]                # default
requests_per_client = 5                         # default
think_time = "0s"                               # default
timeout = "1s"                                  # default
retry = "off"                                   # default
give_up = "off"                                 # default
route = "leader"                                # default
mix = {put = 0, get = 1, delete = 0}            # f.toml:5

[[fault]]
do = "crash"                                    # f.toml:8
at = "1s"                                       # f.toml:9
node = "leader"                                 # f.toml:10
for = "2s"                                      # -set

[checks]
election_safety = true                          # default
leader_append_only = true                       # default
log_matching = true                             # default
leader_completeness = true                      # default
state_machine_safety = true                     # default
acknowledged = true                             # default
agreement = true                                # default
linearizability = true                          # default
finished = true                                 # default
no_panic = true                                 # default
durability = true                               # default
monotonic = true                                # default
vote_once = true                                # default
vote_up_to_date = true                          # default
elected_by_majority = true                      # default
commit_own_term = true                          # default
commit_durable = true                           # default
commit_verified = true                          # default
append_agrees = true                            # default
sessions = true                                 # default
validity = true                                 # default
read_current = true                             # default
liveness = true                                 # default

[expect]
result = "pass"                                 # default
min_answered_ratio = 0                          # default
min_leaders = 0                                 # default
max_leaders = 2                                 # f.toml:12
`
	if string(got.Explain()) != want {
		t.Errorf("got\n%s\nwant\n%s", got.Explain(), want)
	}
}

// A file's name is no part of what it says, whatever is in it.
func TestExplainIsNotBrokenByNames(t *testing.T) {
	want, err := Read(Input{Name: "a\nnum_nodes = 1\n#\x1b.toml", Data: []byte("num_nodes = 3")})
	if err != nil {
		t.Fatal(err)
	}
	expectSame(t, want)
}

// What is resolved is the same scenario when it is read again, with its origins or without.
func TestResolvedIsReadAgain(t *testing.T) {
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Read(name)
		want, err := Read(Input{Name: name + ".toml", Data: data})
		if err != nil {
			t.Fatal(err)
		}
		expectSame(t, want)
	}
	want, err := Read(Input{Name: "f", Data: []byte(everything)})
	if err != nil {
		t.Fatal(err)
	}
	expectSame(t, want)
}

func expectSame(t interface{ Fatalf(string, ...any) }, want Resolved) {
	for _, text := range [][]byte{want.TOML(), want.Explain()} {
		again, err := Read(Input{Name: "another.toml", Data: text})
		if err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		if !reflect.DeepEqual(again.Scenario, want.Scenario) {
			t.Fatalf("%s\nis\n%+v, want\n%+v", text, again.Scenario, want.Scenario)
		}
		if strings.Contains(string(again.Explain()), "# default") {
			t.Fatalf("a resolved scenario leaves something to defaults:\n%s", again.Explain())
		}
	}
}
