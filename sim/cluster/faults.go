package cluster

import (
	"slices"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/disk"
	"raftkv/sim/fault"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// faults is the run's faults, and which of them are to begin.
type faults struct {
	fault.Timeline
	toBegin int   // at their moments
	strikes []int // now, before anything else happens
	waiting waiting
}

// waiting is the faults that wait for something to happen.
type waiting struct {
	sink     record.Sink // of the run: it takes each record before a fault does
	watch    mark.Watch
	triggers mark.Triggers
	// seen counts records by their kind and the server to which they happened.
	seen [record.KindCount][raft.MaxServers + 1]uint32
}

// over tells whether no fault is to begin at its moment, or to end.
func (f *faults) over() bool { return f.toBegin == 0 && !f.Ending() }

func (c *Cluster) resetFaults(sink record.Sink) {
	c.faults.Reset(c.config.Faults)
	c.faults.toBegin = 0
	c.faults.strikes = c.faults.strikes[:0]
	c.resetNemesis()
	c.waitForRecords(sink)
	for i := range c.config.Faults {
		c.awaitFault(i)
	}
}

func (c *Cluster) resetNemesis() {
	if c.config.Nemesis == nil {
		c.nemesis.Reset(nil, c.seed)
		return
	}
	c.plan = *c.config.Nemesis
	c.plan.Leases, c.plan.Rho = c.config.Server.Reads == server.ReadLease, c.config.Rho
	c.nemesis.Reset(&c.plan, c.seed)
}

// waitForRecords makes ready to wait for records, if anything does: it costs something with each.
func (c *Cluster) waitForRecords(sink record.Sink) {
	waits := func(f fault.Fault) bool { return f.When != mark.Condition{} }
	if c.config.Nemesis == nil && !slices.ContainsFunc(c.config.Faults, waits) {
		c.recorder.Reset(sink)
		return
	}
	w := &c.faults.waiting
	w.sink = sink
	w.watch.Reset()
	w.triggers.Reset(nil)
	w.seen = [record.KindCount][raft.MaxServers + 1]uint32{}
	c.recorder.Reset(c.observe)
}

// awaitFault sees to it that the i-th fault begins at its moment, or waits for what it says.
func (c *Cluster) awaitFault(i int) {
	f, w := c.faults.Fault(i), &c.faults.waiting
	switch {
	case f.AtMoment():
		c.faults.toBegin++
		c.queue.Push(vtime.Event{Key: beginning(i, f.At)})
	case f.After == "" && f.When.What.IsKind() && f.When.Server != raft.None:
		w.triggers.Add(i, f.When, w.seen[f.When.What][f.When.Server])
	case f.After == "":
		w.triggers.Add(i, f.When, 0) // the nemesis draws none of these
	}
}

// observe lets faults strike that wait for what the record tells.
func (c *Cluster) observe(r *record.Record) {
	w := &c.faults.waiting
	w.sink(r)
	if c.second.began {
		return // no fault begins any more
	}
	w.seen[r.Kind][mark.Where(r)]++
	c.faults.strikes = append(c.faults.strikes, w.triggers.Observe(r, w.watch.Observe(r))...)
}

// beginning and end are the keys of the i-th fault's events.
func beginning(i int, at vtime.Time) vtime.Key {
	return vtime.MakeKey(at, vtime.ClassFault, 0, uint64(2*i))
}

func end(i int, at vtime.Time) vtime.Key {
	return vtime.MakeKey(at, vtime.ClassFault, 0, uint64(2*i+1))
}

func (c *Cluster) onFault(event vtime.Event) {
	i := int(event.Ordinal() / 2)
	begins := event.Ordinal()%2 == 0
	if begins {
		c.faults.toBegin--
	}
	switch {
	case c.second.began: // what is still in force stays so, and nothing begins
	case begins:
		c.strike(i)
	case c.faults.InForce(i): // else its counterpart was faster
		c.endFault(i)
	}
}

// strike lets the i-th fault begin.
func (c *Cluster) strike(i int) {
	c.recorder.Next()
	f := c.faults.Fault(i)
	number := uint64(i + 1)
	view := c.view()
	struck := f.Resolve(&view, choice.NewStream(c.seed, choice.Fault(uint32(number))))
	r := record.Record{Kind: record.FaultBegan, Number: number, Verb: f.Do, Text: f.String()}
	if struck.Len() == 1 {
		r.Server = struck.Next(raft.None)
	}
	nobody := struck == 0 && f.Node.Kind != 0
	r.Success = !nobody
	if nobody {
		r.Text += ": nobody to strike"
	}
	c.recorder.Emit(r)
	c.faults.Begin(i, c.recorder.Now(), struck)
	if nobody {
		c.faults.End(i)
	} else if f.For != 0 {
		c.queue.Push(vtime.Event{Key: end(i, c.recorder.Now().Add(f.For))})
	}
	switch {
	case nobody:
	case f.Do == record.ClockJump:
		c.jump(struck, f.Jump)
	case f.Do == record.TransferLeader:
		c.askForTransfer(struck.Next(raft.None))
	}
	c.followFaults()
}

func (c *Cluster) endFault(i int) {
	c.recorder.Next()
	c.faults.End(i)
	f := c.faults.Fault(i)
	c.recorder.Emit(record.Record{
		Kind: record.FaultEnded, Number: uint64(i + 1), Verb: f.Do, Text: f.String(),
	})
	c.followFaults()
}

func (c *Cluster) view() fault.View {
	view := fault.View{Members: c.members, Leader: c.leader()}
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		s := &c.servers[id]
		switch {
		case s.State() == server.Down:
			view.Down = view.Down.With(id)
		case s.State() == server.Paused:
			view.Paused = view.Paused.With(id)
		case s.Node().Role() == raft.Follower:
			view.Follows = view.Follows.With(id)
		case s.Node().Role() == raft.Candidate, s.Node().Role() == raft.PreCandidate:
			view.Stands = view.Stands.With(id)
		}
	}
	return view
}

func (c *Cluster) jump(servers raft.ServerSet, by vtime.Duration) {
	for id := servers.Next(raft.None); id != raft.None; id = servers.Next(id) {
		c.servers[id].JumpClock(by)
	}
}

// askForTransfer asks the leader, of whom there is one, to hand over to a server: as soon as it has
// carried out what it is at, and is free to.
func (c *Cluster) askForTransfer(to raft.ServerID) {
	c.transfers++
	c.queue.Push(vtime.Event{
		Key:    vtime.MakeKey(c.recorder.Now(), vtime.ClassClient, 0, c.transfers),
		Handle: c.errands.add(errand{kind: transferAsked, server: c.leader(), to: to}),
	})
}

// transfer: the leader is asked. What asked one that has crashed is lost with it.
func (c *Cluster) transfer(what errand) {
	s := &c.servers[what.server]
	if s.State() == server.Down {
		return
	}
	s.TransferLeadership(what.to)
	c.afterStep(s)
}

// followFaults makes the world be as the faults in force want it.
func (c *Cluster) followFaults() {
	c.followOnLinks()
	down, paused := c.faults.Held(record.Crash), c.faults.Held(record.Pause)
	stalled := c.faults.Held(record.StallDisk)
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		c.followOnClock(id)
		c.followOnDisk(id, stalled.Has(id))
		c.followOnProcessor(id)
		c.followOn(id, down.Has(id), paused.Has(id))
	}
	if !c.second.began {
		c.faults.strikes = append(c.faults.strikes, c.faults.Following()...)
	}
	if len(c.behind) == 0 {
		c.tellLeader()
	}
}

func (c *Cluster) followOnClock(id raft.ServerID) {
	drift := c.desks[id].drift
	if f := c.faults.Last(record.ClockDrift, id); f != nil {
		drift = f.Drift
	}
	c.servers[id].SetDrift(drift)
}

// followOnDisk may end a stall: then the server has news.
func (c *Cluster) followOnDisk(id raft.ServerID, stalled bool) {
	condition := disk.Condition{Stalled: stalled}
	if f := c.faults.Last(record.SlowDisk, id); f != nil {
		condition.Slow = f.By
	}
	c.servers[id].Disk().SetCondition(condition)
	if c.servers[id].HasNews() {
		c.catchUp(id)
	}
}

func (c *Cluster) followOnProcessor(id raft.ServerID) {
	d := &c.desks[id]
	d.slow, d.stepTime = false, choice.Distribution{}
	if f := c.faults.Last(record.SlowCPU, id); f != nil {
		d.slow, d.stepTime = true, f.By
	}
}

func (c *Cluster) followOn(id raft.ServerID, down, paused bool) {
	s := &c.servers[id]
	if down && s.State() != server.Down {
		c.waiting -= s.HeldCount() // a crash loses them
		s.Crash()
		c.desks[id].crash()
		c.catchUp(id)
	}
	if !down && s.State() == server.Down {
		s.Restart()
	}
	if paused && s.State() == server.Running {
		s.Pause()
	}
	if !paused && s.State() == server.Paused {
		s.Resume()
		c.catchUp(id)
	}
}
