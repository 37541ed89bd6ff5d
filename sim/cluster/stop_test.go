package cluster

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

func afterEvent(number uint64) Stop   { return Stop{Kind: AfterEvent, Event: number} }
func afterInstant(at vtime.Time) Stop { return Stop{Kind: AfterInstant, At: at} }
func (s story) through(event uint64) story {
	return s.where(func(r *record.Record) bool { return r.Event <= event })
}

// stopped runs a world until the stop, and returns its story so far.
func stopped(c *Cluster, config *Config, seed uint64, stop Stop) (story, record.Ending) {
	var records story
	c.Reset(config, seed, func(r *record.Record) { records = append(records, *r) })
	ending := c.RunUntil(stop)
	return records, ending
}

func wantSame(t rapid.TB, got, want story) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("record %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
}

// After each event of a run the records are those of the whole run so far; also in the middle of all
// that happens at once when a pause is over, or ends in a crash.
func TestARunStopsAfterEveryEvent(t *testing.T) {
	for _, config := range []*Config{
		defaultWorld(), defaultWorld(troubled), defaultWorld(haunted), defaultWorld(haunted, healing),
	} {
		whole, ending := run(t, config, 7)
		var c Cluster
		for event := uint64(1); event <= finished(whole).Event+1; event++ {
			records, got := stopped(&c, config, 7, afterEvent(event))
			wantSame(t, records, whole.through(event))
			if over := event >= finished(whole).Event; over != (got == ending) || !over && got != 0 {
				t.Fatalf("after event %d of %d: %v", event, finished(whole).Event, got)
			}
			if got == 0 && c.Event() != event {
				t.Fatalf("stopped after event %d, want %d", c.Event(), event)
			}
		}
	}
}

func TestARunStopsAfterEveryInstant(t *testing.T) {
	for _, config := range []*Config{
		defaultWorld(troubled), defaultWorld(haunted), defaultWorld(haunted, healing),
	} {
		whole, ending := run(t, config, 7)
		var c Cluster
		for i := range whole {
			for _, at := range []vtime.Time{whole[i].At, max(0, whole[i].At-1)} {
				records, got := stopped(&c, config, 7, afterInstant(at))
				wantSame(t, records, whole.where(func(r *record.Record) bool { return r.At <= at }))
				if over := at >= finished(whole).At; over != (got == ending) {
					t.Fatalf("at %v of %v: %v", at, finished(whole).At, got)
				}
				if got == 0 && c.Now() != at {
					t.Fatalf("stopped at %v, want %v", c.Now(), at)
				}
			}
		}
	}
}

// A world that stops again and again, anywhere, is the same as one that never does.
func TestStopsLeaveNoTrace(t *testing.T) {
	midways := 0
	var used Cluster
	rapid.Check(t, func(t *rapid.T) {
		config := drawConfig(t)
		seed := rapid.Uint64().Draw(t, "seed")
		var whole story
		var fresh Cluster
		fresh.Reset(config, seed, func(r *record.Record) { whole = append(whole, *r) })
		want := fresh.Run()

		var records story
		used.Reset(config, seed, func(r *record.Record) { records = append(records, *r) })
		var ending record.Ending
		stride := rapid.Uint64Range(1, 5).Draw(t, "stride")
		for ending == 0 {
			if used.moreNow() {
				midways++
			}
			if len(records) > 0 {
				used.Upcoming() // to look changes nothing
			}
			if len(records)%3 == 0 {
				ending = used.RunUntil(afterInstant(used.Now().Add(vtime.Duration(stride) * ms)))
			} else {
				ending = used.RunUntil(afterEvent(used.Event() + stride))
			}
		}
		if again := used.RunUntil(Stop{}); again != ending || ending != want {
			t.Fatalf("it ended because %v, then %v, want %v", ending, again, want)
		}
		wantSame(t, records, whole)
	})
	if midways == 0 {
		t.Error("no stop was in the middle of what follows from a pause")
	}
}

// Neither a stop beyond the end nor one at the last event keeps a run from ending.
func TestAnEndBeforeTheStopIsTold(t *testing.T) {
	for _, stop := range []Stop{
		{}, afterEvent(1e9), afterInstant(vtime.Never), afterInstant(instant(vtime.Minute)),
	} {
		records, ending := stopped(new(Cluster), defaultWorld(), 3, stop)
		wantEnding(t, ending, record.Settled)
		if end := finished(records); end.Kind != record.Finished || end.Ending != ending {
			t.Errorf("the last record is %+v", end)
		}
	}
}

// When the time is up, that is an event of its own; with the last event of all allowed, there is none.
func TestAStopBeforeTheEndOfTime(t *testing.T) {
	config := defaultWorld(lasting(vtime.Second))
	whole, _ := run(t, config, 1)
	end := finished(whole)
	for _, test := range []struct {
		stop Stop
		want record.Ending
	}{
		{afterEvent(end.Event - 1), 0},
		{afterEvent(end.Event), record.TimeUp},
		{afterInstant(end.At - 1), 0},
		{afterInstant(end.At), record.TimeUp},
	} {
		if _, ending := stopped(new(Cluster), config, 1, test.stop); ending != test.want {
			t.Errorf("%+v: %v, want %v", test.stop, ending, test.want)
		}
	}
	few := defaultWorld(func(c *Config) { c.MaxEvents = 50 })
	_, ending := stopped(new(Cluster), few, 1, afterEvent(50))
	wantEnding(t, ending, record.Exhausted)
	_, ending = stopped(new(Cluster), few, 1, afterEvent(49))
	wantEnding(t, ending, 0)
}

// No run stops before its start; the instant 0 is a long one.
func TestTheFirstStop(t *testing.T) {
	records, _ := stopped(new(Cluster), defaultWorld(), 1, afterEvent(0))
	if len(records) != 5 || len(records.of(record.Started)) != 5 {
		t.Errorf("%d records, want the 5 starts", len(records))
	}
	records, _ = stopped(new(Cluster), defaultWorld(), 1, afterInstant(0))
	records.of(record.BecameCandidate).wantOne(t, "the first leader stands at once")
}

func TestAPanicBeforeTheStop(t *testing.T) {
	var c Cluster
	var records story
	c.Reset(defaultWorld(), 1, func(r *record.Record) { records = append(records, *r) })
	inject(&c, raft.Message{Term: 99}, 20*ms)
	wantEnding(t, c.RunUntil(afterInstant(instant(20*ms)-1)), 0)
	wantEnding(t, c.RunUntil(afterInstant(instant(vtime.Second))), record.Broken)
	wantEnding(t, c.RunUntil(Stop{}), record.Broken)
	if end := finished(records); end.Kind != record.Finished || end.At != instant(20*ms) {
		t.Errorf("the last record is %+v", end)
	}
	if !c.Server(3).Busy() || c.Server(2).Busy() {
		t.Error("it does not say who panicked")
	}
	c.Upcoming() // torn as the world is
}

// What is under way is what was sent, and neither lost nor delivered; in order; and of a paused
// server's inbox first.
func TestUpcomingIsWhatIsUnderWay(t *testing.T) {
	config := defaultWorld(with(on(record.Pause, 2, 20*ms, 60*ms)))
	whole, _ := run(t, config, 5)
	waited := 0
	for event := uint64(1); event < finished(whole).Event; event++ {
		var c Cluster
		records, _ := stopped(&c, config, 5, afterEvent(event))
		under := len(records.of(record.Sent)) - len(records.of(record.Lost)) -
			len(records.of(record.Delivered))
		upcoming := c.Upcoming()
		for i := range upcoming {
			u := &upcoming[i]
			if u.Kind == MessageArrives {
				under--
			}
			if u.Waits {
				waited++
				continue
			}
			if u.At < c.Now() {
				t.Fatalf("event %d: %+v is to happen before %v", event, u, c.Now())
			}
		}
		if under != 0 {
			t.Fatalf("event %d: %d messages more are under way than can be seen", event, under)
		}
		inOrder := slices.IsSortedFunc(upcoming, func(a, b Upcoming) int { return int(a.At - b.At) })
		if !inOrder {
			t.Fatalf("event %d: not in order", event)
		}
	}
	if waited == 0 {
		t.Error("nothing ever waited")
	}
}
