package trace_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/cluster"
	"raftkv/sim/disk"
	"raftkv/sim/fault"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/trace"
	"raftkv/sim/vtime"
)

const ms = vtime.Millisecond

var update = flag.Bool("update", false, "write the golden stories anew")

// world is a cluster as scenarios have it where they say nothing else.
func world(servers int, faults ...fault.Fault) *cluster.Config {
	return &cluster.Config{
		Servers: servers, Clients: 3,
		Server: server.Config{
			Heartbeat:       50 * ms,
			ElectionTimeout: choice.UniformBetween(int64(150*ms), int64(300*ms)),
			Raft:            raft.Options{PreVote: true, CheckQuorum: true},
			Disk:            disk.Config{Fsync: choice.Constantly(int64(ms)), LoseUnsynced: true},
		},
		Network: network.Config{Link: network.Link{Latency: choice.UniformBetween(int64(ms), int64(10*ms))}},
		Client: client.Config{
			Keys: []string{"a", "b", "c", "d", "e"}, Requests: 5, Timeout: vtime.Second,
			Mix: client.Mix{Put: 1, Get: 1, Delete: 1},
		},
		Faults: faults, FirstLeader: 1,
		Duration: 60 * vtime.Second, MaxEvents: 1e6,
	}
}

var leader = fault.Target{Kind: fault.Leader}

// leaderCrash: the leader crashes in the middle of the work, and comes back.
func leaderCrash() *cluster.Config {
	return world(5, fault.Fault{
		At: vtime.Time(60 * ms), For: 600 * ms, Do: record.Crash, Node: leader,
	})
}

// partition: the leader finds itself in a minority that clients still ask.
func partition() *cluster.Config {
	return world(5, fault.Fault{
		At: vtime.Time(60 * ms), For: 1500 * ms, Do: record.Partition,
		Groups: []raft.ServerSet{raft.SetOf(1, 2), raft.SetOf(3, 4, 5)},
	})
}

// bare is a world with the protocol of Figure 2 and nothing beyond.
func bare(c *cluster.Config) *cluster.Config {
	c.Server.Raft.PreVote, c.Server.Raft.CheckQuorum = false, false
	return c
}

// cutOff: a follower hears nothing for a while, and comes back.
func cutOff() *cluster.Config {
	c := world(3, fault.Fault{At: vtime.Time(60 * ms), For: 1500 * ms, Do: record.Isolate, Node: fault.On(3)})
	c.Client.ThinkTime = choice.Constantly(int64(300 * ms))
	return c
}

// reading: the leader answers gets from its store; at last it is cut off.
func reading(how server.Reads) *cluster.Config {
	c := world(3, fault.Fault{At: vtime.Time(90 * ms), For: vtime.Second, Do: record.Isolate, Node: leader})
	c.Server.Reads, c.Rho = how, 10_000_000
	c.Client.Mix = client.Mix{Put: 1, Get: 4}
	return c
}

// transfers: leaders are asked to hand over, also to who cannot be reached, or leads already.
func transfers() *cluster.Config {
	ask := func(at vtime.Duration, to raft.ServerID) fault.Fault {
		return fault.Fault{At: vtime.Time(at * ms), Do: record.TransferLeader, Node: fault.On(to)}
	}
	c := world(3, ask(40, 2), ask(100, 2),
		fault.Fault{At: vtime.Time(110 * ms), For: 500 * ms, Do: record.Isolate, Node: fault.On(3)},
		ask(140, 3), ask(700, 3))
	c.Client.ThinkTime = choice.Constantly(int64(80 * ms))
	c.Client.Requests = 9
	return c
}

// storm: most that can go wrong does, for a while.
func storm(servers int) *cluster.Config {
	at := func(n vtime.Duration) vtime.Time { return vtime.Time(n * ms) }
	random := fault.Target{Kind: fault.Random}
	c := world(servers,
		fault.Fault{At: at(40), For: 300 * ms, Do: record.Crash, Node: random},
		fault.Fault{At: at(70), For: 900 * ms, Do: record.Isolate, Node: leader},
		fault.Fault{At: at(400), For: 700 * ms, Do: record.Pause, Node: leader},
		fault.Fault{At: at(900), For: 300 * ms, Do: record.Crash, Node: leader},
		fault.Fault{At: at(1500), Do: record.Crash, Node: random},
		fault.Fault{At: at(2500), Do: record.Restart, Node: random},
	)
	c.FirstLeader = raft.None
	c.Network.Loss, c.Network.Duplicate = choice.One/10, choice.One/5
	c.Server.Disk.Fsync = choice.UniformBetween(0, int64(20*ms))
	c.Server.Raft.BatchMax = 2
	c.Duration = 5 * vtime.Second
	return c
}

// retries: clients ask again for what is lost, in sessions of which there is one too few.
func retries() *cluster.Config {
	c := world(3, fault.Fault{At: vtime.Time(150 * ms), For: 300 * ms, Do: record.Crash, Node: leader})
	c.Network.Loss, c.Network.Duplicate = choice.One/10, choice.One/5
	c.Server.Store.SessionsMax = 2
	c.Client.Retry, c.Client.GiveUp, c.Client.Timeout = 20*ms, 500*ms, 80*ms
	c.Client.Route = client.Discover
	return c
}

// run gives the records of a run to sink.
func run(config *cluster.Config, seed uint64, sink record.Sink) {
	var world cluster.Cluster
	world.Reset(config, seed, sink)
	world.Run()
}

// tell returns the story of a run.
func tell(t testing.TB, config *cluster.Config, seed uint64) string {
	t.Helper()
	return told(t, trace.StoryOptions{Servers: config.Servers, Clients: config.Clients},
		func(sink record.Sink) { run(config, seed, sink) })
}

// told returns the story of the records that what hands out.
func told(t testing.TB, o trace.StoryOptions, what func(record.Sink)) string {
	t.Helper()
	var text bytes.Buffer
	story := trace.NewStory(&text, o)
	what(story.Observe)
	if err := story.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("..", "..", "testdata", "story", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: the story is another: read it, and -update the file if it is better.\n%s",
			name, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got  " + g[i] + "\nwant " + w[i]
		}
	}
	return "one of them is longer"
}

func TestStoriesOfRuns(t *testing.T) {
	golden(t, "default.txt", tell(t, world(5), 42))
	golden(t, "leader-crash.txt", tell(t, leaderCrash(), 42))
	golden(t, "partition.txt", tell(t, partition(), 42))
	golden(t, "storm.txt", tell(t, storm(5), 42))
	golden(t, "retries.txt", tell(t, retries(), 42))
	golden(t, "many-servers.txt", tell(t, world(21), 42))
	golden(t, "bare.txt", tell(t, bare(partition()), 42))
	golden(t, "cut-off.txt", tell(t, cutOff(), 42))
	golden(t, "read-index.txt", tell(t, reading(server.ReadIndex), 42))
	golden(t, "leases.txt", tell(t, reading(server.ReadLease), 42))
	golden(t, "transfers.txt", tell(t, transfers(), 42))
}

// TestAStoryIsReadable: a run of 15 requests fits on a few screens.
func TestAStoryIsReadable(t *testing.T) {
	for seed := uint64(1); seed <= 50; seed++ {
		if lines := strings.Count(tell(t, world(5), seed), "\n"); lines < 60 || lines > 100 {
			t.Errorf("seed %d: %d lines, want 60 to 100", seed, lines)
		}
	}
}

// TestAStoryIsNoWall: what repeats itself is folded, however long it goes on.
func TestAStoryIsNoWall(t *testing.T) {
	busy := world(5)
	busy.Clients, busy.Client.Requests = 4, 25
	idle := func(faults ...fault.Fault) *cluster.Config {
		c := world(5, faults...)
		c.Clients, c.Client.Requests = 1, 3
		c.Client.ThinkTime = choice.Constantly(int64(20 * vtime.Second))
		c.Duration = 90 * vtime.Second
		return c
	}
	at, n5 := vtime.Time(vtime.Second), fault.On(5)
	for _, run := range []struct {
		name   string
		config *cluster.Config
		lines  int
	}{
		{"100 requests", busy, 500},
		{"an idle minute", idle(), 45},
		{"an idle minute without a server", idle(fault.Fault{At: at, Do: record.Crash, Node: n5}), 60},
		{"an idle minute beside an isolated server", idle(fault.Fault{At: at, Do: record.Isolate, Node: n5}), 65},
	} {
		for seed := uint64(1); seed <= 10; seed++ {
			if lines := strings.Count(tell(t, run.config, seed), "\n"); lines > run.lines {
				t.Errorf("%s, seed %d: %d lines, want at most %d", run.name, seed, lines, run.lines)
			}
		}
	}
}

// checkPage checks what holds of every story: it is ASCII, no line is too wide or ends in spaces,
// and time does not go back.
func checkPage(t testing.TB, story string, width int) {
	t.Helper()
	last := ""
	for _, line := range strings.Split(strings.TrimSuffix(story, "\n"), "\n") {
		if len(line) > width || strings.TrimRight(line, " ") != line || !printable(line) {
			t.Fatalf("%d columns: %q", len(line), line)
		}
		if at := line[:min(len(line), 11)]; strings.HasSuffix(at, "s") {
			if at < last {
				t.Fatalf("after %s: %q", last, line)
			}
			last = at
		}
	}
}

func printable(line string) bool {
	for i := range len(line) {
		if line[i] < ' ' || line[i] > '~' {
			return false
		}
	}
	return true
}

func TestEveryLineFits(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		for _, servers := range []int{1, 2, 3, 5, 9, 10} {
			checkPage(t, tell(t, storm(servers), seed), 100)
		}
		checkPage(t, tell(t, leaderCrash(), seed), 100)
		checkPage(t, tell(t, partition(), seed), 100)
	}
	checkPage(t, tell(t, storm(raft.MaxServers), 1), 100)
}

func TestOneRunHasOneStory(t *testing.T) {
	for seed := uint64(1); seed <= 5; seed++ {
		once := tell(t, storm(5), seed)
		if again := tell(t, storm(5), seed); once != again {
			t.Errorf("seed %d: told twice, the story differs", seed)
		}
	}
}

func TestVerboseHasALineForEachRecord(t *testing.T) {
	config := storm(5)
	o := trace.StoryOptions{Servers: 5, Clients: 3, Verbose: true}
	records := 0
	text := told(t, o, func(sink record.Sink) {
		run(config, 42, func(r *record.Record) {
			records++
			sink(r)
		})
	})
	if lines := strings.Count(text, "\n"); lines != records {
		t.Errorf("%d lines for %d records", lines, records)
	}
	checkPage(t, text, 170)
}

// TestTheStoryGoesOnWithoutItsReader: a closed pipe is no reason to stop the run, only to say so.
func TestTheStoryGoesOnWithoutItsReader(t *testing.T) {
	broken := errors.New("nobody reads")
	story := trace.NewStory(writer(func([]byte) (int, error) { return 0, broken }),
		trace.StoryOptions{Servers: 5, Clients: 3})
	run(world(5), 42, story.Observe)
	if err := story.Close(); err != broken {
		t.Errorf("Close() = %v, want %v", err, broken)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }
