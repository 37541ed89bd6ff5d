package network_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/sim/choice"
	"raftkv/sim/network"
	"raftkv/sim/vtime"
)

const ms = vtime.Millisecond

// hundredth is a tail that no latency of these tests comes near to.
var hundredth = network.Tail{Rate: choice.One / 100, By: choice.UniformBetween(1e6, 2e6)}

func isSlow(d vtime.Duration) bool { return d >= 1e6 }

// Of 10,000 messages 100 are slow, give or take five standard deviations; the others, and all on
// other links, are what they are without a tail.
func TestATailMakesTheRateOfMessagesSlow(t *testing.T) {
	const count = 10_000
	for seed := uint64(1); seed <= 5; seed++ {
		link := network.Link{Latency: latency, Duplicate: choice.One, Tail: hundredth}
		fates := send(newNetwork(network.Config{Link: link}, seed), count)
		link.Tail = network.Tail{}
		plain := send(newNetwork(network.Config{Link: link}, seed), count)
		var slow [2]int
		both := 0
		for i, fate := range fates {
			for j := range fate.Delays {
				more := fate.Delays[j] - plain[i].Delays[j]
				if isSlow(fate.Delays[j]) {
					slow[j]++
				}
				if more != 0 && (more < 1e6 || more > 2e6) {
					t.Fatalf("message %d takes %d ns more", i+1, int64(more))
				}
			}
			if isSlow(fate.Delays[0]) && isSlow(fate.Delays[1]) {
				both++
			}
		}
		if !within(slow[0], [2]int{50, 150}) || !within(slow[1], [2]int{50, 150}) || both > 6 {
			t.Errorf("seed %d: of %d messages and copies %v are slow, of both %d",
				seed, count, slow, both)
		}
	}
}

func TestEveryLengthOfTheTailOccurs(t *testing.T) {
	tail := network.Tail{Rate: choice.One, By: choice.UniformBetween(10, 19)}
	config := network.Config{Link: network.Link{Tail: tail, Duplicate: choice.One}}
	n := newNetwork(config, 1)
	var seen [4][20]int
	alike := 0
	for range 2000 {
		fate, _ := n.Send(1, 2, 0, 0)
		if fate.Delays[0] == fate.Delays[1] {
			alike++
		}
		seen[0][fate.Delays[0]]++
		seen[1][fate.Delays[1]]++
		seen[2][n.SendRequest(1, 2, 0, 0).Delays[0]]++
		seen[3][n.SendAnswer(2, 1, 0, 0).Delays[0]]++
	}
	for i, counts := range seen {
		if slices.Max(counts[:10]) != 0 || slices.Min(counts[10:]) < 130 {
			t.Errorf("of messages %d, delays 0 to 19 ns came up %v times", i, counts)
		}
	}
	if alike > 270 { // one in ten, and five standard deviations
		t.Errorf("%d of 2000 copies are as slow as their originals", alike)
	}
}

// What a link carries in a second is its bandwidth, however large the messages are and however fast
// they are sent; and each direction has its own.
func TestThroughputIsTheBandwidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bandwidth := rapid.Uint64Range(1, 1e10).Draw(t, "bandwidth")
		link := network.Link{Bandwidth: bandwidth, Latency: choice.Constantly(7)}
		n := newNetwork(network.Config{Link: link}, 1)
		var total, count uint64
		var last vtime.Time
		for range rapid.IntRange(1, 40).Draw(t, "messages") {
			bytes := rapid.Uint64Range(1, 1e5).Draw(t, "bytes")
			fate, _ := n.Send(1, 2, 0, bytes) // all at once
			total += bytes
			count++
			arrives := vtime.Time(0).Add(fate.Delays[0])
			if arrives <= last {
				t.Fatalf("it arrives at %v, the one before at %v", arrives, last)
			}
			last = arrives
		}
		// last-7 is total/bandwidth seconds, each message rounded up by less than 1 ns.
		low := total * 1e9 / bandwidth
		if took := uint64(last) - 7; took < low || took > low+count {
			t.Fatalf("%d bytes at %d a second take %d ns, want %d", total, bandwidth, took, low)
		}
		if fate, _ := n.Send(2, 1, 0, 0); fate.Delays[0] != 7 {
			t.Fatal("the way back is occupied too")
		}
	})
}

// A link that has carried all is free: who sends then waits for nobody.
func TestALinkIsFreeAgain(t *testing.T) {
	link := network.Link{Bandwidth: 1000}
	n := newNetwork(network.Config{Link: link}, 1)
	for _, step := range []struct {
		at    vtime.Duration
		bytes uint64
		want  vtime.Duration // of delay
	}{
		{0, 500, 500 * ms},
		{100 * ms, 100, 500 * ms}, // 400 of waiting
		{600 * ms, 0, 0},          // just free
		{3000 * ms, 1, ms},        // long free
		{3000 * ms, 1, 2 * ms},    // and not any more
		{3001 * ms, 2000, 2001 * ms},
		{3001 * ms, 1, 2002 * ms},
	} {
		fate, _ := n.Send(1, 2, vtime.Time(step.at), step.bytes)
		if fate.Delays[0] != step.want {
			t.Errorf("%d bytes at %v take %v, want %v", step.bytes, step.at, fate.Delays[0], step.want)
		}
	}
}

// What is lost was sent, and what a cut drops was not; a copy is made on the way.
func TestWhatOccupiesALink(t *testing.T) {
	for _, test := range []struct {
		name      string
		link      network.Link
		condition network.Condition
		want      vtime.Duration // of the second message's delay
	}{
		{"a message", network.Link{}, network.Condition{}, 2000 * ms},
		{"one lost to a fault", network.Link{}, network.Condition{Loss: choice.One}, 2000 * ms},
		{"one that comes twice", network.Link{Duplicate: choice.One}, network.Condition{}, 2000 * ms},
		{"one cut", network.Link{}, network.Condition{Cut: true}, 1000 * ms},
	} {
		test.link.Bandwidth = 1
		n := newNetwork(network.Config{Link: test.link}, 1)
		put(n, 1, 2, test.condition)
		n.Send(1, 2, 0, 1)
		n.SetConditions(nil)
		fate, _ := n.Send(1, 2, 0, 1)
		if fate.Delays[0] != test.want {
			t.Errorf("%s: the next takes %v, want %v", test.name, fate.Delays[0], test.want)
		}
	}
}

// A lost message of a link with loss occupies it as one that arrives does: where half is lost, what
// arrives comes when it does without loss.
func TestLossFreesNoBandwidth(t *testing.T) {
	link := network.Link{Bandwidth: 1000}
	whole := send(newNetwork(network.Config{Link: link}, 1), 100)
	link.Loss = half
	lost := 0
	for i, fate := range send(newNetwork(network.Config{Link: link}, 1), 100) {
		if fate.Copies == 0 {
			lost++
		} else if fate.Delays != whole[i].Delays {
			t.Fatalf("message %d takes %v, without loss %v", i+1, fate.Delays, whole[i].Delays)
		}
	}
	if lost < 25 {
		t.Errorf("only %d of 100 are lost", lost)
	}
}

// Sums beyond all time are that: never, not the past.
func TestDelaysDoNotOverflow(t *testing.T) {
	long := choice.Constantly(1 << 62)
	link := network.Link{
		Latency: long, Tail: network.Tail{Rate: choice.One, By: long}, Bandwidth: 1,
		Duplicate: choice.One,
	}
	n := newNetwork(network.Config{Link: link}, 1)
	put(n, 1, 2, network.Condition{Slow: network.Tail{Rate: choice.One, By: long}})
	for range 3 {
		fate, _ := n.Send(1, 2, 5, 1<<63)
		for _, delay := range fate.Delays {
			if vtime.Time(5).Add(delay) != vtime.Never {
				t.Fatalf("%+v, want never", fate)
			}
		}
	}
}

// So is a message that is too large for its link to carry it in a lifetime of the universe.
func TestALinkMayBeTooNarrowForEver(t *testing.T) {
	n := newNetwork(network.Config{Link: network.Link{Bandwidth: 1}}, 1)
	for range 2 {
		if fate, _ := n.Send(1, 2, 5, 1<<63); vtime.Time(5).Add(fate.Delays[0]) != vtime.Never {
			t.Errorf("%+v, want never", fate)
		}
	}
}

// sending is one message, and when it arrives.
type sending struct {
	number   int
	arrivals []vtime.Time
}

// stream sends messages on one way, a while apart, and returns those that arrive.
func stream(t *rapid.T, send func(now vtime.Time, bytes uint64) network.Fate) (all []sending) {
	now := vtime.Time(0)
	for i := range rapid.IntRange(2, 60).Draw(t, "messages") {
		now = now.Add(vtime.Duration(rapid.IntRange(0, 3000).Draw(t, "later")))
		fate := send(now, rapid.Uint64Range(0, 2000).Draw(t, "bytes"))
		s := sending{number: i}
		for j := range fate.Copies {
			s.arrivals = append(s.arrivals, now.Add(fate.Delays[j]))
		}
		if fate.Copies > 0 {
			all = append(all, s)
		}
	}
	return all
}

// overtakes tells whether some message arrives before one that was sent earlier.
func overtakes(all []sending) bool {
	var last vtime.Time
	for _, s := range all {
		if slices.Min(s.arrivals) < last {
			return true
		}
		last = max(last, slices.Max(s.arrivals))
	}
	return false
}

// On a link that is a FIFO nothing overtakes, whatever else goes wrong on it; on one that is not,
// something does, sooner or later. What is not held up takes the time it draws.
func TestNothingOvertakesOnAFIFO(t *testing.T) {
	overtaken := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		link := network.Link{Latency: latency, Loss: tenth, Duplicate: tenth, Tail: hundredth}
		link.Tail.Rate = tenth
		link.FIFO = rapid.Bool().Draw(t, "fifo")
		link.Bandwidth = rapid.SampledFrom([]uint64{0, 1e9, 1e12}).Draw(t, "bandwidth")
		n := newNetwork(network.Config{Link: link}, rapid.Uint64().Draw(t, "seed"))
		put(n, 1, 2, network.Condition{
			Duplicate: tenth, Slow: network.Tail{Rate: tenth, By: latency},
		})
		ways := map[string]func(vtime.Time, uint64) network.Fate{
			"between servers": func(now vtime.Time, bytes uint64) network.Fate {
				fate, _ := n.Send(1, 2, now, bytes)
				return fate
			},
			"to a server":   func(at vtime.Time, b uint64) network.Fate { return n.SendRequest(1, 2, at, b) },
			"from a server": func(at vtime.Time, b uint64) network.Fate { return n.SendAnswer(2, 1, at, b) },
		}
		way := rapid.SampledFrom([]string{"between servers", "to a server", "from a server"}).
			Draw(t, "way")
		if overtakes(stream(t, ways[way])) {
			overtaken[link.FIFO]++
		}
	})
	if overtaken[true] != 0 || overtaken[false] < 20 {
		t.Errorf("overtaken: %d times on links that are FIFOs, %d times on others",
			overtaken[true], overtaken[false])
	}
}

func TestAFIFOHoldsUpNoMoreThanItMust(t *testing.T) {
	link := network.Link{Latency: latency}
	plain := newNetwork(network.Config{Link: link}, 1)
	link.FIFO = true
	fifo := newNetwork(network.Config{Link: link}, 1)
	var last vtime.Time
	for i := range 1000 {
		now := vtime.Time(i * 2000)
		free, _ := plain.Send(1, 2, now, 0)
		got, _ := fifo.Send(1, 2, now, 0)
		last = max(last, now.Add(free.Delays[0]))
		if arrives := now.Add(got.Delays[0]); arrives != last {
			t.Fatalf("message %d arrives at %v, want %v", i+1, arrives, last)
		}
	}
}

// Requests and answers of one client have ways of their own, to each server.
func TestClientsHaveAWayToEachServerAndBack(t *testing.T) {
	link := network.Link{Bandwidth: 1}
	n := newNetwork(network.Config{Link: link}, 1)
	const second = vtime.Second
	for _, step := range []struct {
		what string
		fate network.Fate
		want vtime.Duration
	}{
		{"a request", n.SendRequest(1, 2, 0, 1), second},
		{"the next", n.SendRequest(1, 2, 0, 1), 2 * second},
		{"one to another server", n.SendRequest(1, 3, 0, 1), second},
		{"an answer", n.SendAnswer(2, 1, 0, 1), second},
		{"another client's request", n.SendRequest(2, 2, 0, 1), second},
		{"the last server's answer to the last client", n.SendAnswer(5, clients, 0, 1), second},
		{"the next answer", n.SendAnswer(2, 1, 0, 1), 2 * second},
	} {
		if step.fate.Delays[0] != step.want {
			t.Errorf("%s takes %v, want %v", step.what, step.fate.Delays[0], step.want)
		}
	}
}

// Whatever a link is besides, the draws of a message stay its own: the k-th has the same latency.
func TestNewQuestionsShiftNoDraw(t *testing.T) {
	plain := send(newNetwork(hostile, 3), 500)
	more := hostile
	more.Tail = network.Tail{Rate: half, By: choice.Constantly(1e9)}
	more.Bandwidth = 1 << 40
	n := newNetwork(more, 3)
	put(n, 1, 2, network.Condition{
		Loss: tenth, Duplicate: tenth, Slow: network.Tail{Rate: half, By: choice.Constantly(1e12)},
	})
	var lost, twice int
	for i, fate := range send(n, 500) {
		if plain[i].Copies == 0 && fate.Copies != 0 || plain[i].Copies > fate.Copies && fate.Copies != 0 {
			t.Fatalf("message %d: %+v, before %+v", i+1, fate, plain[i])
		}
		if fate.Copies > 0 && fate.Delays[0]%1e9 != plain[i].Delays[0] {
			t.Fatalf("message %d takes %v, before %v", i+1, fate.Delays, plain[i].Delays)
		}
		if fate.Copies == 2 && plain[i].Copies == 2 && fate.Delays[1]%1e9 != plain[i].Delays[1] {
			t.Fatalf("copy %d takes %v, before %v", i+1, fate.Delays, plain[i].Delays)
		}
		if fate.Copies < plain[i].Copies {
			lost++
		} else if fate.Copies > plain[i].Copies {
			twice++
		}
	}
	if lost < 20 || twice < 20 {
		t.Errorf("the fault loses %d and copies %d of 500", lost, twice)
	}
}

func TestASteadyNetworkOfEverythingDoesNotAllocate(t *testing.T) {
	everything := hostile
	everything.Tail, everything.Bandwidth, everything.FIFO = hundredth, 1e6, true
	everything.Places = []network.Place{{Server: 1, Region: "us"}, {Client: 1, Region: "us"}}
	everything.Differences = []network.Difference{{From: network.End{Region: "us"},
		To: network.End{Server: 2}, Both: true, Loss: new(choice.Ratio)}}
	n := newNetwork(everything, 1)
	conditions := []network.LinkCondition{{From: 1, To: 2}, {From: 2, To: 1}}
	if got := testing.AllocsPerRun(200, func() {
		n.Reset(everything, 1, members, clients)
		n.SetConditions(conditions)
		n.Send(1, 2, 0, 100)
		n.SendRequest(1, 2, 0, 100)
		n.SendAnswer(2, 1, 0, 100)
	}); got != 0 {
		t.Errorf("a run on a used network allocates %v times, want 0", got)
	}
}

func BenchmarkSendWithEverything(b *testing.B) {
	everything := hostile
	everything.Tail, everything.Bandwidth, everything.FIFO = hundredth, 1e9, true
	n := newNetwork(everything, 1)
	put(n, 1, 2, network.Condition{Loss: tenth, Slow: hundredth})
	b.ReportAllocs()
	for now := vtime.Time(0); b.Loop(); now += 1000 {
		n.Send(1, 2, now, 100)
	}
}

// What is between clients and servers arrives twice only if clients have sessions, and then as often
// as what is between servers.
func TestClientsMessagesAreCopiedInSessions(t *testing.T) {
	for _, sessions := range []bool{false, true} {
		n := newNetwork(network.Config{
			Link: network.Link{Latency: latency, Duplicate: half}, Sessions: sessions,
		}, 1)
		var fates []network.Fate
		for range 1000 {
			fates = append(fates, n.SendRequest(1, 2, 0, 0), n.SendAnswer(2, 3, 0, 0))
		}
		copies := countCopies(fates)
		if !sessions && copies != [3]int{1: 2000} {
			t.Errorf("without sessions: lost, once, twice: %v", copies)
		}
		if sessions && (copies[2] < 850 || copies[2] > 1150) {
			t.Errorf("in sessions: lost, once, twice: %v, want half twice", copies)
		}
		for _, fate := range fates {
			if fate.Copies == 2 && (fate.Delays[1] < 1000 || fate.Delays[1] > 9000) {
				t.Fatalf("a copy takes %v", fate.Delays[1])
			}
		}
	}
}
