package cluster

import (
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// flooded is a world in which a leader sends faster than anything arrives.
func flooded(c *Config) {
	c.Servers, c.Clients = 9, 0
	c.Server.Heartbeat = vtime.Microsecond
	c.Network.Latency = constantly(vtime.Second)
	c.Server.ElectionTimeout = between(40*vtime.Second, 50*vtime.Second)
}

// floodOf runs a world in which no more than so much may be pending.
func floodOf(c *Cluster, config *Config, seed uint64, most int) (story, record.Ending) {
	var records story
	c.Reset(config, seed, func(r *record.Record) { records = append(records, *r) })
	c.pendingMax = most
	return records, c.Run()
}

// counted counts anew what is pending: all that is in the queue, in inboxes and held, and the
// entries that letters carry, of which some make one.
func counted(c *Cluster) int {
	n, entries := c.queue.Len(), 0
	seen := map[uint32]bool{} // letters, which may be delivered twice
	carried := func(e vtime.Event) {
		if e.Class() == vtime.ClassMessage && !seen[e.Handle] {
			seen[e.Handle] = true
			entries += len(c.network.Letter(e.Handle).Entries)
		}
	}
	for _, e := range c.queue.Pending() {
		carried(e)
		if e.Class() == vtime.ClassFault && e.Ordinal()%2 == 0 {
			n-- // a fault that is to begin
		}
	}
	wait := func(events []vtime.Event) {
		n += len(events)
		for _, e := range events {
			carried(e)
		}
	}
	wait(c.clogged)
	for id := range c.desks {
		wait(c.desks[id].arrived())
	}
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		for range c.servers[id].Held() {
			n++
		}
	}
	return n + entries/entriesPerEvent
}

// What the world counts as pending is pending, after any event.
func TestPendingIsCounted(t *testing.T) {
	var used Cluster
	waited, most := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		used.Reset(drawConfig(t), rapid.Uint64().Draw(t, "seed"), func(*record.Record) {})
		var ending record.Ending
		for event := uint64(1); ending == 0; event += rapid.Uint64Range(1, 30).Draw(t, "stride") {
			ending = used.RunUntil(afterEvent(event))
			if got, want := used.pending(), counted(&used); got != want {
				t.Fatalf("after event %d %d are pending, want %d", event, got, want)
			}
			waited += used.waiting
			most = max(most, used.pending())
		}
	})
	if waited == 0 || most < 50 {
		t.Errorf("%d waited, at most %d were pending", waited, most)
	}
}

// A run ends right after the event that makes too much pending, and is the same until then; with and
// without stops; in a used world as in a new one.
func TestAWorldThatFloodsItselfEnds(t *testing.T) {
	crowded := func(c *Config) {
		c.Clients, c.Client.Requests = 20, 500
		c.Network.Latency = between(0, 2*vtime.Second)
	}
	paused := with(on(record.Pause, 2, 30*ms, 9*vtime.Second))
	patient := func(c *Config) { c.Server.Disk.Fsync = constantly(vtime.Minute) }
	impatient := func(c *Config) { c.Server.ElectionTimeout = between(10, 1000) }
	var used Cluster
	for _, config := range []*Config{
		defaultWorld(crowded), defaultWorld(crowded, troubled), defaultWorld(paused, lasting(20*vtime.Second)),
		defaultWorld(patient, impatient),
	} {
		config.MaxEvents = 20_000
		const most = 150
		whole, _ := floodOf(new(Cluster), config, 5, 1e9)
		records, ending := floodOf(&used, config, 5, most)
		wantEnding(t, ending, record.Flooded)
		if used.pending() <= most || used.pending() > most+100 || counted(&used) != used.pending() {
			t.Errorf("it ended with %d pending, want little more than %d", used.pending(), most)
		}
		end := finished(records)
		if end.Kind != record.Finished || end.Text != ending.String() || end.Event < 10 {
			t.Errorf("the last record is %+v", end)
		}
		wantSame(t, records[:len(records)-1], whole.through(end.Event))

		again, _ := floodOf(new(Cluster), config, 5, most)
		wantSame(t, again, records)
		wantEnding(t, used.RunUntil(Stop{}), record.Flooded)
		for _, stop := range []Stop{afterEvent(end.Event), afterEvent(end.Event - 1)} {
			used.Reset(config, 5, func(*record.Record) {})
			used.pendingMax = most
			if got, want := used.RunUntil(stop), stop.Event == end.Event; (got == record.Flooded) != want {
				t.Errorf("stopped after event %d of %d: %v", stop.Event, end.Event, got)
			}
		}
	}
}

// The limit as it is: a world that has reached it needs no more memory than is said, gives it back
// at the next reset, and is as good as new.
func TestAFloodIsBoundedAndForgotten(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some hundred MB")
	}
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	config := defaultWorld(flooded)
	config.MaxEvents = 1e9
	want := hashOf(new(Cluster), defaultWorld(troubled), 3)
	before := memory()
	var c Cluster
	c.Reset(config, 1, func(*record.Record) {})
	wantEnding(t, c.Run(), record.Flooded)
	if n := c.pending(); n <= vtime.PendingMax || n > vtime.PendingMax+100 {
		t.Errorf("%d are pending", n)
	}
	full := memory() - before
	if got := hashOf(&c, defaultWorld(troubled), 3); got != want {
		t.Errorf("the next run has the hash %x, want %x", got.sum, want.sum)
	}
	left := int64(memory()) - int64(before)
	t.Logf("%d MB when it ends, %d KB after the next run", full>>20, left>>10)
	if full > 500<<20 || left > 8<<20 {
		t.Errorf("%d MB when it ends, %d KB after the next run", full>>20, left>>10)
	}
	runtime.KeepAlive(&c)
}
