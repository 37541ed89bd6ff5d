package scenario

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/cluster"
	"raftkv/sim/fault"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// read reads a scenario with assignments, each as -set gives it.
func read(t *testing.T, data string, set ...string) (Resolved, error) {
	t.Helper()
	in := Input{Name: "f.toml", Data: []byte(data), Open: os.ReadFile}
	for _, text := range set {
		a, err := ParseAssignment(text, "-set")
		if err != nil {
			t.Fatal(err)
		}
		in.Set = append(in.Set, a)
	}
	return Read(in)
}

const setUpon = `
num_nodes = 3
[network]
latency = {dist = "uniform", min = "1ms", max = "2ms"}
[[fault]]
at = "1s"
do = "crash"
node = "n1"
`

func TestSet(t *testing.T) {
	tests := []struct {
		set  string
		want func(s *Scenario)
	}{
		{"num_nodes=4", func(s *Scenario) { s.Cluster.Servers = 4 }},
		{" num_nodes = 4 ", func(s *Scenario) { s.Cluster.Servers = 4 }},
		{"name=other", func(s *Scenario) { s.Name = "other" }},
		{"name=a=b", func(s *Scenario) { s.Name = "a=b" }},
		{`description=a "b" \c`, func(s *Scenario) { s.Description = `a "b" \c` }},
		{`seed=0xff`, func(s *Scenario) { v := uint64(255); s.Seed = &v }},
		{"duration=90s", func(s *Scenario) { s.Cluster.Duration = 90 * vtime.Second }},
		{"raft.heartbeat=off", func(s *Scenario) { s.Cluster.Server.Heartbeat = 0 }},
		{"raft.heartbeat = '20ms'", func(s *Scenario) { s.Cluster.Server.Heartbeat = 20 * vtime.Millisecond }},
		{"raft.first_leader=none", func(s *Scenario) { s.Cluster.FirstLeader = raft.None }},
		{"storage.lose_unsynced=false", func(s *Scenario) { s.Cluster.Server.Disk.LoseUnsynced = false }},
		{"network.loss=1", func(s *Scenario) { s.Cluster.Network.Loss = choice.One }},
		{"network.latency=5ms", func(s *Scenario) { s.Cluster.Network.Latency = choice.Constantly(5 * ms) }},
		{`network.latency={dist = "exponential", mean = "5ms"}`, func(s *Scenario) {
			s.Cluster.Network.Latency = choice.ExponentialOf(5 * ms)
		}},
		{"network.latency.max=3ms", func(s *Scenario) {
			s.Cluster.Network.Latency = choice.UniformBetween(ms, 3*ms)
		}},
		// What the file does not have is its default, but for the member that is set.
		{"raft.election_timeout.max=400ms", func(s *Scenario) {
			s.Cluster.Server.ElectionTimeout = choice.UniformBetween(150*ms, 400*ms)
		}},
		{"workload.mix.get=9", func(s *Scenario) { s.Cluster.Client.Mix.Get = 9 }},
		{`workload.keys=["x"]`, func(s *Scenario) { s.Cluster.Client.Keys = []string{"x"} }},
		{"workload.keys[1]=x", func(s *Scenario) { s.Cluster.Client.Keys = []string{"a", "x", "c"} }},
		{"workload.keys[4]=z", func(s *Scenario) {
			s.Cluster.Client.Keys = []string{"a", "b", "c", "d", "z"}
		}},
		{"fault[0].at=2s", func(s *Scenario) { s.Cluster.Faults[0].At = vtime.Time(2 * vtime.Second) }},
		{"fault[0].node=leader", func(s *Scenario) {
			s.Cluster.Faults[0].Node = fault.Target{Kind: fault.Leader}
		}},
		{"fault[0].for=2s", func(s *Scenario) { s.Cluster.Faults[0].For = 2 * vtime.Second }},
		{"fault=[]", func(s *Scenario) { s.Cluster.Faults = nil }},
		{"raft.reads=read_index", func(s *Scenario) { s.Cluster.Server.Reads = server.ReadIndex }},
		{"raft.reads=random", func(s *Scenario) { s.Cluster.Ranges.Reads = cluster.Range{Max: 2} }},
		{"checks.agreement=false", func(s *Scenario) { s.ChecksOff = []string{"agreement"} }},
		{"expect.max_leaders=2", func(s *Scenario) { s.Expect.MaxLeaders = 2 }},
	}
	for _, test := range tests {
		data := setUpon
		if strings.HasPrefix(test.set, "workload.keys[1") {
			data += "[workload]\nkeys = ['a', 'b', 'c']"
		}
		got, err := read(t, data, test.set)
		if err != nil {
			t.Errorf("%s: %v", test.set, err)
			continue
		}
		want, err := Parse("f.toml", []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		test.want(want)
		if !reflect.DeepEqual(got.Scenario, want) {
			t.Errorf("%s gives\n%+v, want\n%+v", test.set, got.Scenario, want)
		}
		if again, err := Parse("x", got.Explain()); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("%s is explained as\n%s%v", test.set, got.Explain(), err)
		}
	}
}

// A later assignment goes before an earlier one, and all go before the file.
func TestLaterAssignmentsWin(t *testing.T) {
	got, err := read(t, "num_nodes = 1", "num_nodes=2", "raft.heartbeat=1ms", "num_nodes=3")
	if err != nil || got.Cluster.Servers != 3 || got.Cluster.Server.Heartbeat != vtime.Millisecond {
		t.Errorf("got %+v, %v", got.Scenario, err)
	}
}

func TestWrongAssignments(t *testing.T) {
	for set, want := range map[string]string{
		"num_nodes=64":   `-set num_nodes=64: num_nodes = 64, want 1 to 63`,
		"num_nodes=five": `-set num_nodes=five: num_nodes = "five", want a whole number, 1 to 63`,
		"num_nodes=":     `-set num_nodes=: num_nodes = "", want a whole number, 1 to 63`,
		"network.los=1": `-set network.los=1: unknown key "los", ` +
			`want latency, tail, loss, duplicate, bandwidth, fifo or link, did you mean "loss"?`,
		"nodes=1":        `-set nodes=1: unknown key "nodes", want num_nodes, `,
		"network=1":      `-set network=1: network = 1, want a table, [network]`,
		"num_nodes.x=1":  `-set num_nodes.x=1: num_nodes is a table, want a whole number, 1 to 63`,
		"fault[1].at=1s": `-set fault[1].at=1s: fault[1]: there is none, elements count from 0`,
		"network[0]=1":   `-set network[0]=1: network[0]: there is none, elements count from 0`,
		"fault[x].at=1s": `-set fault[x].at=1s: "fault[x].at" is no path of keys, want for example network.loss`,
		"fault.at=1s":    `-set fault.at=1s: fault is an array of tables, want for example fault[0].at`,
		"workload.keys[9]=z": `-set workload.keys[9]=z: workload.keys[9]: there is none, ` +
			`elements count from 0`,
		"workload.keys.x=1": `-set workload.keys.x=1: unknown key "x", want count, dist or s`,
		"raft.pre_vote=5":   `-set raft.pre_vote=5: pre_vote = 5, want false, true or "random"`,
		"a..b=1":            `-set a..b=1: "a..b" is no path of keys, want for example network.loss`,
		"fault[0].at=61s":   `-set fault[0].at=61s: fault[0].at = "61s", want less than duration, which is 1m0s`,
		"raft.heartbeat=1s": `-set raft.heartbeat=1s: heartbeat = "1s", ` +
			`want less than election_timeout.min, which is 150ms`,
		// A default that does not go with what is set is put right by setting more.
		"raft.election_timeout.min=400ms": `-set raft.election_timeout.min=400ms: ` +
			`election_timeout.max = "300ms", want 400ms or more, which is min`,
		"storage.torn=0.1": `-set storage.torn=0.1: torn is not yet simulated, leave it out for now`,
	} {
		_, err := read(t, setUpon, set)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got\n%v\nwant\n%s", set, err, want)
		}
	}
	for _, set := range []string{"fault[0].at=2s", "fault[0]={}", "fault[0].link.from=n1"} {
		want := "-set " + set + ": fault[0]: there is none, elements count from 0"
		if _, err := read(t, "", set); err == nil || err.Error() != want {
			t.Errorf("%s: got\n%v\nwant\n%s", set, err, want)
		}
	}
	for _, text := range []string{"", "=", "num_nodes", "=5"} {
		if a, err := ParseAssignment(text, "-set"); err == nil {
			t.Errorf("%q is %+v, want a mistake", text, a)
		}
	}
}

// Mistakes of the file come first, then those of the assignments, in their order.
func TestMistakesOfFileAndAssignments(t *testing.T) {
	_, err := read(t, "\nnum_nodes = 0", "network.loss=2", "network.duplicate=3")
	want := "f.toml:2:13: num_nodes = 0, want 1 to 63\n" +
		"-set network.loss=2: loss = 2, want 0 to 1\n" +
		"-set network.duplicate=3: duplicate = 3, want 0 to 1"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// What a shell has taken the quotes of is told, and not taken for a text.
func TestWhatBeginsAsTOMLIsNoText(t *testing.T) {
	for _, set := range []string{
		"network.latency={dist=uniform,min=1ms,max=2ms}", "workload.keys=[a,b]", `name="x`,
		`description="""a`, "name='x",
	} {
		_, err := read(t, "", set)
		want := "-set " + set + ": the value begins as TOML and is none; around one with quotes"
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got\n%v\nwant\n%s", set, err, want)
		}
	}
}
