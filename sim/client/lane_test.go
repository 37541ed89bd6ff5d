package client_test

import (
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

// stubborn are clients that ask again after a second.
func stubborn(requests uint32) *client.Config {
	c := config(requests, client.Mix{Put: 1})
	c.Retry = vtime.Second
	return c
}

// hears lets the open request's present attempt hear something.
func (c *single) hears(outcome record.Outcome) record.Outcome { return c.Hear(outcome, raft.None) }

// opened is a client with a session, opened by entry 7.
func opened(t *testing.T, config *client.Config) *single {
	t.Helper()
	c := newClient(1, config, 1)
	opening := c.Begin()
	if !opening.Opens() || opening.Session != 0 || opening.Command != (kv.Command{Op: kv.OpenSession}).Encode() {
		t.Fatalf("the first request is %+v, want to open a session", opening)
	}
	c.Lane.End(c.hears(record.OK), 7)
	return c
}

func TestRequestsAreNumberedInTheirSession(t *testing.T) {
	c := opened(t, stubborn(4))
	wantIn := func(number uint32, session raft.Index, sequence uint64) {
		t.Helper()
		r := c.Begin()
		command, err := kv.Decode(r.Command)
		if err != nil || r.Operation.Number != number || r.Session != session || r.Sequence != sequence ||
			command.Session != uint64(session) || command.Sequence != sequence {
			t.Fatalf("request %+v, command %+v (%v), want %d in session %d as %d",
				r, command, err, number, session, sequence)
		}
	}
	wantIn(2, 7, 1)
	c.Lane.End(record.OK, 9)
	wantIn(3, 7, 2)
	c.Lane.End(record.Unknown, 0) // the session is kept, the number is not used again
	wantIn(4, 7, 3)
	if outcome := c.hears(record.NoSession); outcome != record.NoSession {
		t.Fatalf("the first and only attempt: %v", outcome)
	}
	c.Lane.End(record.NoSession, 0)
	if r := c.Begin(); !r.Opens() || r.Operation.Number != 5 {
		t.Fatalf("its session gone, it begins %+v", r)
	}
	c.Lane.End(c.hears(record.OK), 20)
	wantIn(6, 20, 1)
}

// How often a session has to be opened is the run's affair: what is asked for is not.
func TestOpeningsShiftNoDraw(t *testing.T) {
	plain := all(newClient(1, config(20, evenly), 5))
	persistent := config(20, evenly)
	persistent.Retry = vtime.Second
	c := newClient(1, persistent, 5)
	var asked []client.Request
	for c.Left() > 0 {
		r := c.Begin()
		if r.Opens() {
			c.Lane.End(record.OK, 3)
			continue
		}
		asked = append(asked, r)
		c.hears(record.NoSession) // each time
		c.Lane.End(record.NoSession, 0)
	}
	if sketch(asked) != sketch(plain) {
		t.Errorf("%s, want %s", sketch(asked), sketch(plain))
	}
}

func TestWhatAClientKnowsAfterWhatItHears(t *testing.T) {
	type event func(*single) record.Outcome
	hear := func(o record.Outcome) event { return func(c *single) record.Outcome { return c.hears(o) } }
	again := func(c *single) record.Outcome { c.AskAgain(); return 0 }
	copied := func(c *single) record.Outcome { c.Copied(); return 0 }
	giveUp := func(c *single) record.Outcome { return c.GiveUp() }
	refusal, silence := hear(record.Rejected), hear(record.Unknown)
	for _, test := range []struct {
		name   string
		events []event
		want   record.Outcome
	}{
		{"an answer", []event{hear(record.KeyExists)}, record.KeyExists},
		{"an answer at last", []event{silence, again, refusal, again, hear(record.OK)}, record.OK},
		{"an answer while it pauses", []event{silence, hear(record.OK)}, record.OK},
		{"refused once", []event{refusal, giveUp}, record.Rejected},
		{"refused each time", []event{refusal, again, refusal, again, refusal, giveUp}, record.Rejected},
		{"waits still", []event{giveUp}, record.Unknown},
		{"waits again", []event{refusal, again, giveUp}, record.Unknown},
		{"silence and refusals", []event{silence, again, refusal, giveUp}, record.Unknown},
		{"refusals and silence", []event{refusal, again, silence, giveUp}, record.Unknown},
		{"a copy was refused", []event{copied, refusal, giveUp}, record.Unknown},
		{"a copy once", []event{copied, refusal, again, refusal, giveUp}, record.Unknown},
		{"no session", []event{hear(record.NoSession)}, record.NoSession},
		{"superseded", []event{hear(record.Superseded)}, record.Superseded},
		{"no session any more", []event{silence, again, hear(record.NoSession)}, record.Unknown},
		{"no session, late", []event{silence, hear(record.NoSession)}, record.Unknown},
		{"no session after a refusal", []event{refusal, again, hear(record.NoSession)}, record.Unknown},
		{"no session for a copy", []event{copied, hear(record.NoSession)}, record.Unknown},
	} {
		c := opened(t, stubborn(1))
		c.Begin()
		var got record.Outcome
		for i, e := range test.events {
			if got != 0 {
				t.Errorf("%s: it knows %v before event %d", test.name, got, i)
			}
			got = e(c)
		}
		if got != test.want {
			t.Errorf("%s: it knows %v, want %v", test.name, got, test.want)
		}
	}
}

// A late word about an earlier attempt says nothing of the present one; an answer always does.
func TestWhatALaneHeeds(t *testing.T) {
	c := opened(t, stubborn(2))
	number := c.Begin().Operation.Number
	wantHeeds := func(when string, attempt uint32, heeds ...record.Outcome) {
		t.Helper()
		for outcome := record.OK; outcome <= record.Superseded; outcome++ {
			if got := c.Heeds(number, attempt, outcome); got != slices.Contains(heeds, outcome) {
				t.Errorf("%s: heeds %v of attempt %d: %v", when, outcome, attempt, got)
			}
			if c.Heeds(number+1, attempt, outcome) || c.Heeds(0, attempt, outcome) {
				t.Errorf("%s: heeds what is said of another request", when)
			}
		}
	}
	answers := []record.Outcome{
		record.OK, record.KeyExists, record.KeyMissing, record.NoSession, record.Superseded,
	}
	everything := append([]record.Outcome{record.Rejected, record.Unknown}, answers...)
	wantHeeds("at first", 1, everything...)
	c.hears(record.Unknown)
	wantHeeds("as it pauses", 1, answers...)
	if !c.Pauses(number) || c.Pauses(number+1) || c.Pauses(0) {
		t.Error("it does not pause, or for another request")
	}
	c.AskAgain()
	wantHeeds("the second time, of the first", 1, answers...)
	wantHeeds("the second time", 2, everything...)
	c.Lane.End(record.OK, 0)
	wantHeeds("at the end", 2)
	if c.Pauses(number) || c.Open() != 0 || c.Attempt() != 0 {
		t.Error("a request has ended, and is open")
	}
}

func TestWhomAClientAsks(t *testing.T) {
	c := stubborn(100)
	c.Route = client.Discover
	l := newClient(1, c, 1)
	counts := map[raft.ServerID]int{}
	for range 100 { // it begins anywhere
		l.Server = raft.None
		l.Choose(&l.Lane, 5)
		counts[l.Server]++
	}
	if len(counts) != 5 || counts[raft.None] > 0 {
		t.Errorf("asked %v", counts)
	}
	l.Server = 3
	l.Begin()
	l.Hear(record.Rejected, 5)
	if l.Choose(&l.Lane, 5); l.Server != 5 {
		t.Errorf("told of n5, it asks %v", l.Server)
	}
	l.AskAgain()
	for _, said := range []struct {
		outcome record.Outcome
		hint    raft.ServerID
	}{{record.Rejected, raft.None}, {record.Rejected, 5}, {record.Unknown, raft.None}} {
		l.Server = 5
		clear(counts)
		for range 100 {
			l.AskAgain()
			l.Hear(said.outcome, said.hint)
			l.Choose(&l.Lane, 5)
			counts[l.Server]++
			l.Server = 5
		}
		if len(counts) != 4 || counts[5] > 0 || counts[raft.None] > 0 {
			t.Errorf("%+v: it tries %v, want the four others", said, counts)
		}
	}
	if l.Server = raft.None; true { // alone, it is all there is
		l.Choose(&l.Lane, 1)
	}
	if l.Server != 1 {
		t.Errorf("of one server it asks %v", l.Server)
	}
}

func TestWhoIsToldDoesNotChoose(t *testing.T) {
	l := newClient(1, stubborn(2), 1)
	if l.Choose(&l.Lane, 5); l.Server != raft.None {
		t.Errorf("it asks %v", l.Server)
	}
	l.Server = 2
	l.Begin()
	if l.Hear(record.Rejected, 4); l.Server != raft.None {
		t.Errorf("refused, it follows a hint to %v, want to be told", l.Server)
	}
}

func TestAScriptIsFollowed(t *testing.T) {
	c := config(9, evenly)
	c.Script = []client.Scripted{
		{At: 50, Client: 2, Action: record.Put, Key: "x", Value: "1", Via: 4},
		{At: 10, Client: 1, Action: record.Get, Key: "y"},
		{At: 20, Client: 2, Action: record.Delete, Key: "x"},
	}
	l := newClient(2, c, 1)
	if l.Left() != 2 || c.RequestsOf(1) != 1 || c.RequestsOf(3) != 0 {
		t.Errorf("%d left, want 2", l.Left())
	}
	if got := l.Client.Think(20); got != 30 {
		t.Errorf("it waits for %v, want 30", got)
	}
	if l.Choose(&l.Lane, 5); l.Server != 4 {
		t.Errorf("it asks %v, want n4", l.Server)
	}
	if o := l.Begin().Operation; o.String() != "put x=1" || o.Number != 1 {
		t.Errorf("it asks for %v, number %d", o.String(), o.Number)
	}
	l.End(record.OK)
	if got := l.Client.Think(60); got != 0 {
		t.Errorf("late, it waits for %v", got)
	}
	if l.Choose(&l.Lane, 5); l.Server != 4 {
		t.Errorf("answered by n4, it asks %v", l.Server)
	}
	if o := l.Begin().Operation; o.String() != "delete x" || o.Number != 2 || l.Left() != 0 {
		t.Errorf("it asks for %v, number %d, %d left", o.String(), o.Number, l.Left())
	}
	if other := newClient(3, c, 1); other.Left() != 0 {
		t.Errorf("who is in no script has %d requests", other.Left())
	}
}

// A script says whom to ask for a request, not for the session that it needs.
func TestAScriptSaysWhomToAskOnlyOfItsRequests(t *testing.T) {
	c := stubborn(0)
	c.Script = []client.Scripted{{Client: 1, Action: record.Get, Key: "y", Via: 4}}
	l := newClient(1, c, 1)
	if l.Choose(&l.Lane, 5); l.Server != raft.None {
		t.Errorf("for a session it asks %v", l.Server)
	}
	l.Server = 2
	l.Begin()
	l.Lane.End(l.hears(record.OK), 3)
	if l.Choose(&l.Lane, 5); l.Server != 4 {
		t.Errorf("for its request it asks %v", l.Server)
	}
	l.Begin()
	l.hears(record.Unknown)
	if l.Choose(&l.Lane, 5); l.Server != raft.None {
		t.Errorf("for its request, again, it asks %v", l.Server)
	}
}

func TestRequestsThatComeByThemselves(t *testing.T) {
	c := config(500, evenly)
	c.Arrivals = client.Arrivals{Rate: 1, Gap: choice.UniformBetween(100, 200)}
	var l client.Client
	l.Reset(1, c, 1)
	if !l.IsOpenLoop() {
		t.Fatal("it waits for answers")
	}
	var sum vtime.Duration
	for number := uint32(0); ; number++ {
		gap, any := l.Gap()
		if !any {
			if number != 500 || l.InLine() != 499 {
				t.Errorf("%d came, %d are in line", number, l.InLine())
			}
			break
		}
		if gap < 100 || gap > 200 {
			t.Fatalf("a gap of %d", gap)
		}
		sum += gap
		if l.Arrive(); number == 0 {
			l.Take()
		}
	}
	if mean := sum / 500; mean < 145 || mean > 155 {
		t.Errorf("the mean gap is %d, want 150", mean)
	}
	if newClient(1, config(5, evenly), 1).IsOpenLoop() {
		t.Error("a client without arrivals waits for no answer")
	}
}

func TestKeysByNumberAndValuesBySize(t *testing.T) {
	c := config(3000, client.Mix{Put: 1})
	c.Keys, c.KeyCount, c.Skew = nil, 50, choice.ZipfOf(50, 1000)
	c.ValueSize = choice.UniformBetween(1, 12)
	counts, lengths := map[string]int{}, map[int]int{}
	values := map[string]bool{}
	for _, r := range all(newClient(3, c, 1)) {
		counts[r.Operation.Key]++
		v := r.Operation.Value
		name := strings.TrimRight(v, ".")
		if values[v] || !strings.HasPrefix(name, "c3-") || len(v) > 12 && len(v) > len(name) {
			t.Fatalf("value %q", v)
		}
		values[v] = true
		lengths[len(v)]++
	}
	// 1/k of 3000/4.499, within five standard deviations
	if n := counts["k1"]; n < 540 || n > 790 {
		t.Errorf("k1 came %d times of 3000, want about 667", n)
	}
	if n := counts["k10"]; n < 30 || n > 105 {
		t.Errorf("k10 came %d times of 3000, want about 67", n)
	}
	if len(counts) > 50 || counts["k0"] > 0 || counts["k51"] > 0 || len(lengths) < 5 {
		t.Errorf("%d keys, lengths %v", len(counts), lengths)
	}
	c.Skew = nil
	clear(counts)
	for _, r := range all(newClient(3, c, 1)) {
		counts[r.Operation.Key]++
	}
	if n := counts["k50"]; n < 25 || n > 100 || len(counts) != 50 {
		t.Errorf("%d keys, k50 %d times of 3000, want about 60", len(counts), n)
	}
}
