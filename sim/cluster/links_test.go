package cluster

import (
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/fault"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// trip is one delivery of a message, and when the message was sent.
type trip struct {
	sent      vtime.Time
	delivered record.Record
}

// trips returns the deliveries of a run, in their order, and what was sent on each link, in its.
func (s story) trips() (trips []trip, sent map[[2]raft.ServerID]story) {
	sent = map[[2]raft.ServerID]story{}
	for _, r := range s.of(record.Sent, record.Delivered) {
		link := [2]raft.ServerID{r.Server, r.Peer}
		if r.Kind == record.Sent {
			sent[link] = append(sent[link], r)
		} else {
			trips = append(trips, trip{sent[link][r.Number-1].At, r})
		}
	}
	return trips, sent
}

// us and eu are the regions of a world of five: n1, n2 and c1 are in one, n3, n4 and c2 in the other.
func regions(c *Config) {
	us, eu := network.End{Region: "us"}, network.End{Region: "eu"}
	takes := func(d vtime.Duration) *choice.Distribution {
		latency := constantly(d)
		return &latency
	}
	c.Network = network.Config{
		Link: network.Link{Latency: constantly(3 * ms)},
		Places: []network.Place{
			{Server: 1, Region: "us"}, {Server: 2, Region: "us"}, {Server: 3, Region: "eu"},
			{Server: 4, Region: "eu"}, {Client: 1, Region: "us"}, {Client: 2, Region: "eu"},
		},
		Differences: []network.Difference{
			{From: us, To: us, Latency: takes(ms)},
			{From: us, To: eu, Latency: takes(20 * ms)},
			{From: eu, To: us, Latency: takes(30 * ms)},
			{From: eu, To: eu, Latency: takes(2 * ms)},
		},
	}
}

// latencyIn is what a message takes from one region to another, in words of its own.
func latencyIn(from, to string) vtime.Duration {
	switch from + " " + to {
	case "us us":
		return ms
	case "us eu":
		return 20 * ms
	case "eu us":
		return 30 * ms
	case "eu eu":
		return 2 * ms
	}
	return 3 * ms
}

func TestMessagesTakeWhatIsBetweenTheirRegions(t *testing.T) {
	serverIn := map[raft.ServerID]string{1: "us", 2: "us", 3: "eu", 4: "eu"}
	clientIn := map[uint32]string{1: "us", 2: "eu"}
	pairs := map[[2]raft.ServerID]bool{}
	told := 0
	for seed := range uint64(20) {
		config := defaultWorld(regions, with(crashOf(fault.Leader, 100*ms, 200*ms)))
		records, _ := run(t, config, seed)
		trips, _ := records.trips()
		for _, trip := range trips {
			from, to := trip.delivered.Server, trip.delivered.Peer
			pairs[[2]raft.ServerID{from, to}] = true
			want := latencyIn(serverIn[from], serverIn[to])
			if got := trip.delivered.At.Sub(trip.sent); got != want {
				t.Fatalf("seed %d: from %v to %v takes %v, want %v", seed, from, to, got, want)
			}
		}
		began := map[uint32]record.Record{}
		for _, r := range records.of(record.Invoked, record.Proposed, record.Answered, record.Returned) {
			before := began[r.Client]
			began[r.Client] = r
			want := latencyIn(clientIn[r.Client], serverIn[r.Server])
			switch {
			case r.Kind == record.Proposed && before.Kind == record.Invoked:
			case r.Kind == record.Returned && before.Kind == record.Answered:
				want = latencyIn(serverIn[r.Server], clientIn[r.Client])
			default:
				continue
			}
			told++
			if got := r.At.Sub(before.At); got != want {
				t.Fatalf("seed %d: %v of client %d after %v, want %v", seed, r.Kind, r.Client, got, want)
			}
		}
	}
	if len(pairs) != 20 || told < 300 {
		t.Errorf("%d of 20 links carry something, of clients come %d messages", len(pairs), told)
	}
}

// A link of 4000 bytes a second is a bottleneck for a heartbeat of 100 bytes every 20 ms. Each
// message arrives when those before it have left, and it too, and its latency has passed.
func TestABottleneckMakesMessagesQueue(t *testing.T) {
	const bandwidth = 4000
	narrow := func(c *Config) {
		c.Network.Link = network.Link{Latency: constantly(ms), Bandwidth: bandwidth}
		c.Server.Heartbeat = 20 * ms
	}
	records, _ := run(t, defaultWorld(narrow, lasting(3*vtime.Second)), 1)
	trips, sent := records.trips()
	wants := map[[2]raft.ServerID][]vtime.Time{}
	for link, messages := range sent {
		var free vtime.Time
		for _, r := range messages {
			bytes := headerBytes + entryBytes*vtime.Duration(r.Count) // entries without a command
			free = max(free, r.At).Add(bytes * vtime.Second / bandwidth)
			wants[link] = append(wants[link], free.Add(ms))
		}
	}
	late := 0
	for _, trip := range trips {
		r := &trip.delivered
		want := wants[[2]raft.ServerID{r.Server, r.Peer}][r.Number-1]
		if r.At != want {
			t.Fatalf("message %d from %v to %v arrives at %v, want %v", r.Number, r.Server, r.Peer, r.At, want)
		}
		if r.At.Sub(trip.sent) > 100*ms {
			late++
		}
	}
	if late < 50 {
		t.Errorf("only %d of %d messages queue for long", late, len(trips))
	}
	// In three seconds a link carries 12,000 bytes: 120 heartbeats and not all of 150.
	if n := len(records.of(record.Delivered).where(func(r *record.Record) bool {
		return r.Server == 1 && r.Peer == 2
	})); n < 110 || n > 120 {
		t.Errorf("%d messages got through from n1 to n2", n)
	}
}

func TestMessagesKeepTheirOrderWhereLinksDo(t *testing.T) {
	for _, fifo := range []bool{true, false} {
		jumpy := func(c *Config) {
			c.Network.Link = network.Link{Latency: between(0, 60*ms), FIFO: fifo,
				Loss: choice.One / 20, Duplicate: choice.One / 10}
			c.Server.Heartbeat = 10 * ms
		}
		overtaken := 0
		for seed := range uint64(10) {
			records, _ := run(t, defaultWorld(jumpy, lasting(vtime.Second)), seed)
			last := map[[2]raft.ServerID]uint64{}
			for _, r := range records.of(record.Delivered) {
				link := [2]raft.ServerID{r.Server, r.Peer}
				if r.Number < last[link] {
					overtaken++
				}
				last[link] = r.Number
			}
		}
		if fifo && overtaken > 0 || !fifo && overtaken < 100 {
			t.Errorf("fifo %v: %d messages were overtaken", fifo, overtaken)
		}
	}
}

func TestWhatMessagesWeigh(t *testing.T) {
	m := raft.Message{Entries: []raft.Entry{{Command: "12345"}, {}, {Command: "1"}}}
	request, answer := server.Request{Command: "1234567"}, server.Answer{Value: "abc"}
	for what, weights := range map[string][2]uint64{
		"no message":          {messageBytes(&raft.Message{}), 100},
		"one of three":        {messageBytes(&m), 100 + 3*20 + 6},
		"a request":           {requestBytes(&request), 107},
		"an answer":           {answerBytes(&answer), 103},
		"one without a value": {answerBytes(&server.Answer{}), 100},
	} {
		if weights[0] != weights[1] {
			t.Errorf("%s weighs %d bytes, want %d", what, weights[0], weights[1])
		}
	}
}

// Requests and answers go over links too: with a narrow one, each request takes as long as its bytes.
func TestClientsQueueToo(t *testing.T) {
	narrow := func(c *Config) {
		c.Clients = 1
		c.Network.Link = network.Link{Latency: constantly(ms)}
		c.Network.Places = []network.Place{{Client: 1, Region: "far"}}
		slow := uint64(1000)
		c.Network.Differences = []network.Difference{
			{From: network.End{Region: "far"}, To: network.End{Server: 1}, Bandwidth: &slow},
		}
	}
	records, _ := run(t, defaultWorld(narrow), 1)
	var invoked record.Record
	for _, r := range records.of(record.Invoked, record.Proposed) {
		if r.Kind == record.Invoked {
			invoked = r
			continue
		}
		// At least a header, and a command that is no longer than another.
		if took := r.At.Sub(invoked.At); took < 101*ms || took > 201*ms {
			t.Errorf("a request takes %v to arrive", took)
		}
	}
	if len(records.of(record.Proposed)) != 5 {
		t.Errorf("%d requests arrived, want 5", len(records.of(record.Proposed)))
	}
}
