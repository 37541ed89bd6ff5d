package client_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

func config(requests uint32, mix client.Mix) *client.Config {
	return &client.Config{
		Keys:      []string{"a", "b", "c"},
		Requests:  requests,
		ThinkTime: choice.UniformBetween(3, 7),
		Timeout:   vtime.Second,
		Mix:       mix,
	}
}

var evenly = client.Mix{Put: 1, Get: 1, Delete: 1}

// single is a client that waits for each answer, and asks without sessions.
type single struct {
	client.Client
	client.Lane
}

func newClient(number uint32, config *client.Config, seed uint64) *single {
	c := new(single)
	c.Reset(number, config, seed)
	return c
}

func (c *single) Reset(number uint32, config *client.Config, seed uint64) {
	c.Client.Reset(number, config, seed)
	c.Lane.Reset(config)
}

func (c *single) Begin() client.Request { return *c.Client.Begin(&c.Lane) }

func (c *single) Think() vtime.Duration { return c.Client.Think(0) }

func (c *single) End(outcome record.Outcome) { c.Lane.End(c.Hear(outcome, raft.None), 0) }

// all lets a client do all its requests.
func all(c *single) (requests []client.Request) {
	for c.Left() > 0 {
		requests = append(requests, c.Begin())
		c.End(record.OK)
	}
	return requests
}

func countActions(requests []client.Request) (counts [4]int) {
	for _, r := range requests {
		counts[r.Operation.Action]++
	}
	return counts
}

func TestActionsComeByTheirWeights(t *testing.T) {
	const count = 6000
	for _, test := range []struct {
		mix  client.Mix
		want [4]int // of 6000; within five standard deviations
	}{
		{client.Mix{Put: 1}, [4]int{0, count, 0, 0}},
		{client.Mix{Get: 7}, [4]int{0, 0, count, 0}},
		{client.Mix{Delete: 1}, [4]int{0, 0, 0, count}},
		{evenly, [4]int{0, 2000, 2000, 2000}},
		{client.Mix{Put: 3, Get: 2, Delete: 1}, [4]int{0, 3000, 2000, 1000}},
		{client.Mix{Put: 1, Delete: 1}, [4]int{0, 3000, 0, 3000}},
	} {
		got := countActions(all(newClient(1, config(count, test.mix), 1)))
		for action, want := range test.want {
			slack := 190
			if want == 0 || want == count {
				slack = 0
			}
			if got[action] < want-slack || got[action] > want+slack {
				t.Errorf("%+v: none, puts, gets, deletes %v, want about %v", test.mix, got, test.want)
			}
		}
	}
}

func TestKeysAreTheConfigsAllEquallyLikely(t *testing.T) {
	counts := map[string]int{}
	for _, r := range all(newClient(1, config(3000, evenly), 1)) {
		counts[r.Operation.Key]++
	}
	for _, key := range []string{"a", "b", "c"} {
		if counts[key] < 850 || counts[key] > 1150 {
			t.Errorf("key %s was asked for %d times of 3000", key, counts[key])
		}
	}
	if len(counts) != 3 {
		t.Errorf("%d keys were asked for, want 3: %v", len(counts), counts)
	}
}

// What a client does is its own chance: the action tells nothing of the key.
func TestActionAndKeyAreDrawnApart(t *testing.T) {
	counts := map[string]int{}
	for _, r := range all(newClient(1, config(9000, evenly), 1)) {
		counts[fmt.Sprint(r.Operation.Action, r.Operation.Key)]++
	}
	for pair, count := range counts {
		if count < 850 || count > 1150 {
			t.Errorf("%s came %d times of 9000, want about 1000", pair, count)
		}
	}
	if len(counts) != 9 {
		t.Errorf("%d pairs of action and key, want 9", len(counts))
	}
}

// Whoever reads a value knows whose it is: no two puts of a run write the same. Clients 1 and 11, and
// their requests 11 and 1, are the pairs that a careless name would confuse.
func TestNoTwoPutsWriteTheSameValue(t *testing.T) {
	written := map[string]bool{}
	for number := uint32(1); number <= 120; number++ {
		for _, r := range all(newClient(number, config(120, client.Mix{Put: 1}), 1)) {
			value := r.Operation.Value
			if value == "" || written[value] {
				t.Fatalf("client %d, request %d writes %q, as another did",
					number, r.Operation.Number, value)
			}
			written[value] = true
		}
	}
}

func TestARequestSaysTheSameToStoreAndHistory(t *testing.T) {
	ops := map[record.Action]kv.Op{
		record.Put: kv.Put, record.Get: kv.Get, record.Delete: kv.Delete,
	}
	for i, r := range all(newClient(7, config(100, evenly), 3)) {
		o := r.Operation
		command, err := kv.Decode(r.Command)
		if err != nil {
			t.Fatal(err)
		}
		if command != (kv.Command{Op: ops[o.Action], Key: o.Key, Value: o.Value}) {
			t.Errorf("the store is told %+v, the history %v", command, o.String())
		}
		if o.Client != 7 || o.Number != uint32(i+1) || (o.Value != "") != (o.Action == record.Put) {
			t.Errorf("request %d is %+v", i+1, o)
		}
		if o.Invoked != 0 || o.Returned != 0 || o.Outcome != 0 || o.Event != 0 {
			t.Errorf("request %d has a past: %+v", i+1, o)
		}
	}
}

// Neither the answers, nor whom it asks, nor how often it was looked at shifts what a client draws.
func TestRequestsDependOnNothingButSeedAndNumber(t *testing.T) {
	want := all(newClient(2, config(50, evenly), 9))
	c := newClient(2, config(50, evenly), 9)
	other := newClient(1, config(50, evenly), 9)
	for i := range want {
		for range i % 3 {
			c.Think()
		}
		c.Server = raft.ServerID(i % 5)
		other.Begin()
		if got := c.Begin(); got != want[i] {
			t.Fatalf("request %d is %+v, want %+v", i+1, got, want[i])
		}
		c.End(record.Outcome(1 + i%5)) // what a plain request can come to
	}
	if reflect.DeepEqual(all(newClient(2, config(50, evenly), 10)), want) {
		t.Error("another seed gives the same requests")
	}
	if sketch(all(newClient(3, config(50, evenly), 9))) == sketch(want) {
		t.Error("another client makes the same requests")
	}
}

// sketch is what clients ask for, apart from their names.
func sketch(requests []client.Request) string {
	var b strings.Builder
	for _, r := range requests {
		fmt.Fprint(&b, r.Operation.Action, r.Operation.Key)
	}
	return b.String()
}

func TestThinkTimesAreOfTheDistribution(t *testing.T) {
	c := newClient(1, config(1000, evenly), 1)
	var seen [8]int
	for c.Left() > 0 {
		think := c.Think()
		if c.Think() != think {
			t.Fatal("to ask how long it thinks changes how long it thinks")
		}
		seen[think]++
		c.Begin()
		c.End(record.OK)
	}
	if slices.Max(seen[:3]) != 0 || slices.Min(seen[3:]) < 120 {
		t.Errorf("0 to 7 ns came up %v times, want 3 to 7 equally", seen)
	}
}

func TestAClientHasOneRequestOpen(t *testing.T) {
	c := newClient(1, config(2, evenly), 1)
	wantState(t, "new", c, 2, 0)
	first := c.Begin()
	wantState(t, "asking", c, 1, 1)
	c.End(record.OK)
	wantState(t, "answered", c, 1, 0)
	second := c.Begin()
	wantState(t, "asking again", c, 0, 2)
	c.End(record.Unknown)
	wantState(t, "done", c, 0, 0)
	if first.Operation.Number != 1 || second.Operation.Number != 2 {
		t.Errorf("requests %d and %d", first.Operation.Number, second.Operation.Number)
	}
}

func wantState(t *testing.T, when string, c *single, left, open uint32) {
	t.Helper()
	if c.Left() != left {
		t.Errorf("%s: %d left, want %d", when, c.Left(), left)
	}
	for number := range uint32(4) {
		if want := number == open && open != 0; c.Heeds(number, 1, record.Unknown) != want {
			t.Errorf("%s: request %d is open: %v, want %v", when, number, !want, want)
		}
	}
}

// Who was answered keeps to its server; who was refused, or heard nothing, wants to be told anew.
func TestAClientKeepsToAServerThatAnswers(t *testing.T) {
	for outcome, want := range map[record.Outcome]raft.ServerID{
		record.OK: 4, record.KeyExists: 4, record.KeyMissing: 4,
		record.Rejected: raft.None, record.Unknown: raft.None,
	} {
		c := newClient(1, config(5, evenly), 1)
		c.Server = 4
		c.Begin()
		if c.Server != 4 {
			t.Errorf("it asks %v, want n4", c.Server)
		}
		if c.End(outcome); c.Server != want {
			t.Errorf("%v: it goes on to ask %v, want %v", outcome, c.Server, want)
		}
	}
}

func TestAResetClientIsANewOne(t *testing.T) {
	c := newClient(1, config(5, evenly), 1)
	c.Begin()
	c.Server = 3
	c.Reset(2, config(9, evenly), 6)
	if c.Server != raft.None || c.Left() != 9 || c.Open() != 0 {
		t.Errorf("a reset client asks %v, has %d left", c.Server, c.Left())
	}
	want := all(newClient(2, config(9, evenly), 6))
	if got := all(c); !reflect.DeepEqual(got, want) {
		t.Errorf("a reset client asks %v, a new one %v", got, want)
	}
}

// A request costs its command, and a put its value: nothing else.
func TestARequestAllocatesWhatItSays(t *testing.T) {
	for _, test := range []struct {
		mix  client.Mix
		want float64
	}{{client.Mix{Put: 1}, 2}, {client.Mix{Get: 1}, 1}, {client.Mix{Delete: 1}, 1}} {
		c := newClient(1, config(1000, test.mix), 1)
		if n := testing.AllocsPerRun(100, func() {
			c.Think()
			c.Begin()
			c.End(record.OK)
		}); n != test.want {
			t.Errorf("%+v: a request allocates %v times, want %v", test.mix, n, test.want)
		}
	}
}
