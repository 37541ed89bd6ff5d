package scenario

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/scenarios"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/cluster"
	"raftkv/sim/disk"
	"raftkv/sim/fault"
	"raftkv/sim/mark"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

const ms = int64(vtime.Millisecond)

// defaults is what a file that says nothing is.
func defaults() *Scenario {
	return &Scenario{
		Name: "empty",
		Cluster: cluster.Config{
			Servers: 5,
			Clients: 3,
			Server: server.Config{
				Heartbeat:       50 * vtime.Millisecond,
				ElectionTimeout: choice.UniformBetween(150*ms, 300*ms),
				Raft: raft.Options{
					BatchMax: 64, InflightMax: 16, InflightBytes: 1_000_000, ProposalsMax: 10_000,
					PreVote: true, CheckQuorum: true,
				},
				Store: kv.Options{SessionsMax: 1000},
				Disk:  disk.Config{Fsync: choice.Constantly(ms), LoseUnsynced: true},
			},
			Network: network.Config{Link: network.Link{Latency: choice.UniformBetween(ms, 10*ms)}},
			Client: client.Config{
				Keys:      []string{"a", "b", "c", "d", "e"},
				Requests:  5,
				ThinkTime: choice.Constantly(0),
				LanesMax:  100,
				Timeout:   vtime.Second,
				Route:     client.ToldLeader,
				Mix:       client.Mix{Put: 1, Get: 1, Delete: 1},
			},
			Rho:         10_000_000,
			FirstLeader: 1,
			Duration:    60 * vtime.Second,
			Settle:      cluster.AutoSettle,
			Heal:        cluster.Heal{Kind: cluster.HealAll},
			MaxEvents:   10_000_000,
		},
		Expect: Expect{Result: "pass"},
	}
}

func TestDefaults(t *testing.T) {
	for _, data := range []string{"", "\n# nothing\n", "[raft]\n[network]\n[expect]\n"} {
		got, err := Parse("dir/empty.toml", []byte(data))
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if want := defaults(); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is\n%+v, want\n%+v", data, got, want)
		}
	}
}

// everything says each key once, differently from its default.
const everything = `
num_nodes = 7
num_clients = 0
name = "all of it"
description = "d"
seed = "0xFFFFFFFFFFFFFFFF"
duration = "1m30s"
settle = "1h"
heal = ["n7", "n2", "n3", "n5"]
max_events = 1_000
raft.heartbeat = "off"
raft.election_timeout = {min = "1s", max = "1s"}
raft.first_leader = "none"
raft.batch_max = 1
raft.pre_vote = false
raft.check_quorum = "random"
raft.inflight_max = 2
raft.inflight_bytes = 3
raft.proposals_max = 4
raft.reads = "read_index"
clock.rho = 0.5
clock.drift = {min = -0.5, max = 0.25}
server = [{name = "n2", pre_vote = true, check_quorum = true, drift = -0.125}]
fault = [{at = "1s", do = "crash", node = "leader", for = "2s"}]
[network]
latency = "10ms"
tail = {rate = 0.5, by = "20ms"}
loss = 0.25
duplicate = 1
bandwidth = "64KB"
fifo = true
[[network.link]]
from = "us"
to = "n7"
latency = "1s"
tail = "off"
fifo = false
[[network.link]]
between = ["us", "us"]
loss = 0
duplicate = 0.5
bandwidth = "off"
[regions]
n7 = "eu"
n1 = "us"
n2 = "us"
[storage]
lie_sync = 0.125
fsync = {dist = "uniform", min = "0s", max = "1ms"} # a comment
lose_unsynced = false
[store]
sessions_max = 2
[workload]
keys = [
	"x", # the first
	"y",
]
requests_per_client = 0
think_time = "3ms"
timeout = "5s"
retry = "100ms"
give_up = "9s"
route = "discover"
value_size = "1KB"
[workload.mix]
get = 3
[checks]
agreement = false
finished = true
election_safety = false
[expect]
result = "fail"
check = "log_matching"
min_answered_ratio = 0.5
min_leaders = 2
max_leaders = 3
sometimes = ["split_vote", "truncated"]
`

var everyNetwork = network.Config{
	Link: network.Link{
		Latency: choice.Constantly(10 * ms), Loss: choice.One / 4, Duplicate: choice.One,
		Tail:      network.Tail{Rate: choice.One / 2, By: choice.Constantly(20 * ms)},
		Bandwidth: 64_000, FIFO: true,
	},
	Places: []network.Place{
		{Server: 1, Region: "us"}, {Server: 2, Region: "us"}, {Server: 7, Region: "eu"},
	},
	Differences: []network.Difference{
		{From: network.End{Region: "us"}, To: network.End{Server: 7},
			Latency: pointer(choice.Constantly(1000 * ms)), Tail: new(network.Tail), FIFO: new(bool)},
		{From: network.End{Region: "us"}, To: network.End{Region: "us"}, Both: true,
			Loss: new(choice.Ratio), Duplicate: pointer(choice.One / 2), Bandwidth: new(uint64)},
	},
}

func pointer[V any](v V) *V { return &v }

func TestEveryKey(t *testing.T) {
	seed := ^uint64(0)
	want := &Scenario{
		Name: "all of it", Description: "d", Seed: &seed,
		Cluster: cluster.Config{
			Servers: 7,
			Server: server.Config{
				ElectionTimeout: choice.UniformBetween(1000*ms, 1000*ms),
				Raft: raft.Options{
					BatchMax: 1, InflightMax: 2, InflightBytes: 3, ProposalsMax: 4,
				},
				Reads: server.ReadIndex,
				Store: kv.Options{SessionsMax: 2},
				Disk: disk.Config{
					Fsync: choice.UniformBetween(0, ms), LieSync: choice.One / 8,
				},
			},
			Own: []cluster.Own{{
				Server: 2, PreVote: pointer(true), CheckQuorum: pointer(true),
				Drift: pointer[int64](-125_000_000),
			}},
			Drift:   cluster.Drift{Min: -500_000_000, Max: 250_000_000},
			Rho:     500_000_000,
			Ranges:  cluster.Ranges{Quorum: cluster.Range{Max: 1}},
			Network: everyNetwork,
			Client: client.Config{
				Keys: []string{"x", "y"}, ThinkTime: choice.Constantly(3 * ms),
				Timeout: 5 * vtime.Second, Mix: client.Mix{Get: 3}, LanesMax: 100,
				Retry: 100 * vtime.Millisecond, GiveUp: 9 * vtime.Second, Route: client.Discover,
				ValueSize: choice.Constantly(1000),
			},
			Faults: []fault.Fault{{
				At: vtime.Time(vtime.Second), For: 2 * vtime.Second, Do: record.Crash,
				Node: fault.Target{Kind: fault.Leader},
			}},
			Duration: 90 * vtime.Second, MaxEvents: 1000, Settle: 60 * vtime.Minute,
			Heal: cluster.Heal{Kind: cluster.HealNamed, Core: raft.SetOf(2, 3, 5, 7)},
		},
		ChecksOff: []string{"election_safety", "agreement"},
		Expect: Expect{
			Result: "fail", Check: "log_matching", MinAnsweredRatio: choice.One / 2,
			MinLeaders: 2, MaxLeaders: 3,
			Sometimes: []mark.Mark{mark.SplitVote, mark.Mark(record.Truncated)},
		},
	}
	got, err := Parse("all.toml", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

// What a workload can be besides, of which one goes before another.
func TestWorkloads(t *testing.T) {
	for _, test := range []struct {
		says string
		want func(*client.Config)
	}{
		{`arrivals = {rate = 30}`, func(c *client.Config) {
			c.Arrivals = client.Arrivals{Rate: 30_000, Gap: choice.ExponentialOf(100 * ms)}
		}},
		{`arrivals = {dist = "uniform", rate = 0.5}`, func(c *client.Config) {
			c.Arrivals = client.Arrivals{Rate: 500, Gap: choice.UniformBetween(0, 12_000*ms)}
		}},
		{"arrivals = {dist = \"uniform\", rate = 0.5}\nlanes_max = 3", func(c *client.Config) {
			c.Arrivals = client.Arrivals{Rate: 500, Gap: choice.UniformBetween(0, 12_000*ms)}
			c.LanesMax = 3
		}},
		{`keys = {count = 7}`, func(c *client.Config) { c.Keys, c.KeyCount = nil, 7 }},
		{`keys = {count = 7, dist = "zipf", s = 0.99}`, func(c *client.Config) {
			c.Keys, c.KeyCount, c.Skew = nil, 7, choice.ZipfOf(7, 990)
		}},
		{`value_size = 17`, func(c *client.Config) { c.ValueSize = choice.Constantly(17) }},
		{`script = [{at = "1s", client = "c2", put = "k", value = "", via = "n3"},
			{client = "c1", at = "0s", delete = "k"}]`, func(c *client.Config) {
			c.Script = []client.Scripted{
				{At: vtime.Time(1000 * ms), Client: 2, Action: record.Put, Key: "k", Via: 3},
				{Client: 1, Action: record.Delete, Key: "k"},
			}
		}},
	} {
		got, err := Read(Input{Name: "empty", Data: []byte("[workload]\n" + test.says)})
		if err != nil {
			t.Fatal(err)
		}
		want := defaults()
		test.want(&want.Cluster.Client)
		if !reflect.DeepEqual(got.Scenario, want) {
			t.Errorf("%s: got\n%+v, want\n%+v", test.says, got.Scenario, want)
		}
		expectSame(t, got)
	}
}

func TestWindowsLineEndsChangeNothing(t *testing.T) {
	want, err := Parse("all.toml", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse("all.toml", []byte(strings.ReplaceAll(everything, "\n", "\r\n")))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// What each run draws for itself.
func TestRanges(t *testing.T) {
	for says, want := range map[string]cluster.Ranges{
		`batch_max = {min = 2, max = 5}`:      {BatchMax: cluster.Range{Min: 2, Max: 5}},
		`inflight_max = {max = 10000, min=1}`: {Inflight: cluster.Range{Min: 1, Max: 10_000}},
		`reads = "random"`:                    {Reads: cluster.Range{Max: int64(server.ReadLease)}},
		`pre_vote = "random"`:                 {PreVote: cluster.Range{Max: 1}},
		`check_quorum = 'random'`:             {Quorum: cluster.Range{Max: 1}},
	} {
		got, err := Read(Input{Name: "f", Data: []byte("[raft]\n" + says)})
		if err != nil {
			t.Fatal(err)
		}
		if got.Cluster.Ranges != want {
			t.Errorf("%s is %+v, want %+v", says, got.Cluster.Ranges, want)
		}
		expectSame(t, got)
	}
	got, err := Parse("f", []byte("raft.inflight_max = {min = 3, max = 3}"))
	if err != nil || got.Cluster.Ranges != (cluster.Ranges{}) || got.Cluster.Server.Raft.InflightMax != 3 {
		t.Errorf("a range of one number is %+v, %v", got.Cluster, err)
	}
}

func TestOff(t *testing.T) {
	got, err := Parse("f", []byte("[raft]\nheartbeat = 'off'\nelection_timeout = \"off\""))
	if err != nil {
		t.Fatal(err)
	}
	s := got.Cluster.Server
	if s.Heartbeat != 0 || s.ElectionTimeout != choice.Constantly(0) {
		t.Errorf("got %v and %v, want 0 and constantly 0", s.Heartbeat, s.ElectionTimeout)
	}
}

func TestSeeds(t *testing.T) {
	for text, want := range map[string]uint64{
		`0`: 0, `42`: 42, `9223372036854775807`: 1<<63 - 1, `"42"`: 42, `"007"`: 7, `"0x2a"`: 42,
		`"18446744073709551615"`: 1<<64 - 1, `"0x0"`: 0,
	} {
		got, err := Parse("f", []byte("seed = "+text))
		if err != nil || got.Seed == nil || *got.Seed != want {
			t.Errorf("seed %s: %v, %v, want %d", text, got, err, want)
		}
	}
}

// commaSpaceKey is what separates two keys of an inline table, but for those of another in it.
var commaSpaceKey = regexp.MustCompile(`, (node|groups|link|for) =`)

func TestFaults(t *testing.T) {
	n2 := fault.On(2)
	for text, want := range map[string]fault.Fault{
		`do = "crash", node = "n2", for = "1ns"`: {Do: record.Crash, Node: n2, For: 1},
		`do = "restart", node = "random"`: {
			Do: record.Restart, Node: fault.Target{Kind: fault.Random}},
		`do = "pause", node = "follower"`: {
			Do: record.Pause, Node: fault.Target{Kind: fault.Follower}},
		`do = "resume", node = "n2"`:  {Do: record.Resume, Node: n2},
		`do = "isolate", node = "n2"`: {Do: record.Isolate, Node: n2},
		`do = "heal"`:                 {Do: record.Heal},
		`do = "partition", groups = [["n1", "n2"], ["n5"]]`: {
			Do: record.Partition, Groups: []raft.ServerSet{raft.SetOf(1, 2), raft.SetOf(5)}},
		`do = "partition", groups = [["n3"]]`: {
			Do: record.Partition, Groups: []raft.ServerSet{raft.SetOf(3)}},
		`do = "cut", link = {from = "n2", to = "n1"}`: {Do: record.Cut, From: 2, To: 1},
		`do = "cut", link = {between = ["n4", "n5"]}`: {Do: record.Cut, From: 4, To: 5, Both: true},
	} {
		want.At = vtime.Time(2 * vtime.Second)
		inline := "fault = [{at = '2s', " + text + "}]"
		header := "[[fault]]\nat = '2s'\n" + commaSpaceKey.ReplaceAllString(text, "\n$1 =")
		for _, data := range []string{inline, header} {
			got, err := Parse("f", []byte(data))
			if err != nil {
				t.Errorf("%s: %v", data, err)
			} else if !reflect.DeepEqual(got.Cluster.Faults, []fault.Fault{want}) {
				t.Errorf("%s: %+v, want %+v", data, got.Cluster.Faults, want)
			}
		}
	}
}

// Faults keep the order of the file: they are numbered by it.
func TestFaultsStayInOrder(t *testing.T) {
	data := "fault = [{at='3s', do='heal'}, {at='1s', do='heal'}, {at='2s', do='heal'}]"
	got, err := Parse("f", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []vtime.Duration{3 * vtime.Second, vtime.Second, 2 * vtime.Second} {
		if at := got.Cluster.Faults[i].At; at != vtime.Time(want) {
			t.Errorf("fault %d is at %v, want %v", i, at, want)
		}
	}
}

func TestEveryVerbHasItsName(t *testing.T) {
	for _, v := range record.Verbs() {
		if row, known := verbNamed(v.String()); !known || row.does != v {
			t.Errorf("the table of verbs does not have %v", v)
		}
	}
}

func TestName(t *testing.T) {
	for file, want := range map[string]string{
		"": "scenario", ".toml": "scenario", "/": "-", `back\slash.toml`: "back-slash",
		"a\x1b[1m\nb\u202e.toml": "a-[1m-b-", "\xff.toml": "-", "d/\u00e9\u00e9.toml": "\u00e9\u00e9",
		strings.Repeat("x", 140) + ".toml": strings.Repeat("x", 100),
		strings.Repeat("\u20ac", 40):       strings.Repeat("\u20ac", 33),
		"a.toml":                           "a", "dir/b.c.toml": "b.c", "plain": "plain", "./x/y.TOML": "y.TOML",
	} {
		got, err := Parse(file, nil)
		if err != nil || got.Name != want {
			t.Errorf("the scenario of %q is %v, %v, want name %q", file, got, err, want)
			continue
		}
		expectSame(t, Resolved{Scenario: got})
	}
	got, err := Parse("a.toml", []byte(`name = "b"`))
	if err != nil || got.Name != "b" {
		t.Errorf("got %v, %v, want name b", got, err)
	}
}

func TestBuiltInScenarios(t *testing.T) {
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Read(name)
		got, err := Parse(name+".toml", data)
		if err != nil {
			t.Error(err)
		} else if got.Name != name {
			t.Errorf("%s calls itself %q", name, got.Name)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "three.toml")
	if err := os.WriteFile(path, []byte("num_nodes = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil || got.Name != "three" || got.Cluster.Servers != 3 {
		t.Errorf("got %+v, %v, want three servers", got, err)
	}
	if _, err := Load(filepath.Join(dir, "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there gives %v", err)
	}
	if err := os.WriteFile(path, []byte("num_nodes = 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Load(path)
	if wrong := (*Error)(nil); !errors.As(err, &wrong) || wrong.Mistakes[0].Source != path {
		t.Errorf("got %v, want a mistake in %s", err, path)
	}
	long := strings.Repeat("#", MaxBytes+1)
	if err := os.WriteFile(path, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Load(path); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a file of %d bytes gives %v", len(long), err)
	}
}
