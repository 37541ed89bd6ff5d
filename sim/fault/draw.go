package fault

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

const (
	microsecond = vtime.Microsecond
	millisecond = vtime.Millisecond
)

// faults appends what the kind comes to now.
func (d *drawing) faults(list []Fault, kind Kind) []Fault {
	switch kind {
	case Swizzle:
		return d.swizzle(list)
	case Bridge:
		return d.bridge(list)
	case PowerLoss, AimedCrash, Kind(record.Crash), Kind(record.Pause):
		return d.takeDown(list, kind)
	case Kind(record.Partition):
		return d.partition(list)
	case Kind(record.TransferLeader):
		return d.transfer(list)
	}
	f := Fault{Do: record.Verb(kind), At: d.now}
	if f.Do.Lasts() {
		f.For = d.length()
	}
	d.amount(&f)
	if f.strikesLinks() && f.Do != record.Isolate {
		d.link(&f)
	} else {
		f.Node = Target{Kind: Named, Servers: d.one(d.Members)}
	}
	return append(list, f)
}

// amount gives the fault how much it does.
func (d *drawing) amount(f *Fault) {
	switch f.Do {
	case record.SlowLink:
		f.Rate = d.rate(10, 100)
		f.By = choice.UniformBetween(0, int64(d.span(10*millisecond, 800*millisecond)))
	case record.Loss:
		f.Rate = d.rate(5, 60)
	case record.Duplicate:
		f.Rate = d.rate(10, 100)
	case record.SlowDisk:
		f.By = choice.UniformBetween(0, int64(d.span(millisecond, 200*millisecond)))
	case record.SlowCPU:
		f.By = choice.Constantly(int64(d.span(100*microsecond, 20*millisecond)))
	case record.ClockDrift:
		f.Drift = d.drift()
	case record.ClockJump:
		f.Jump = d.span(10*millisecond, 2*vtime.Second)
		if d.below(2) == 0 {
			f.Jump = -f.Jump
		}
	}
}

// drift is as much as it may be, or less. Where leases allow for some, it is all of that, forwards
// or backwards, in two of three: whether they allow for enough shows there.
func (d *drawing) drift() int64 {
	if !d.plan.Leases {
		return choice.Between(d.draw(choice.FaultAmount), -driftMax, driftMax)
	}
	most := min(int64(driftMax), d.plan.Rho)
	switch d.below(3) {
	case 0:
		return -most
	case 1:
		return most
	}
	return choice.Between(d.draw(choice.FaultAmount), -most, most)
}

// driftMax is the most that it lets a clock drift, in parts per billion: by a fifth.
const driftMax = 200_000_000

// link gives the fault a direction between two servers, both ways, or all links of one; in a
// cluster of one it has none but those of the only server.
func (d *drawing) link(f *Fault) {
	from := d.one(d.Members)
	to := pick(d.Members&^from, d.draw(choice.FaultTarget))
	shape := d.below(3)
	if to == 0 || shape == 0 && f.Do != record.Cut {
		f.Node = Target{Kind: Named, Servers: from}
		if f.Do == record.Cut {
			f.Do = record.Isolate // a cut is of a link
		}
		return
	}
	f.From, f.To = from.Next(raft.None), to.Next(raft.None)
	if d.below(2) == 0 {
		f.From, f.To = f.To, f.From
	}
	f.Both = shape == 1
}

// partition parts some servers from the others.
func (d *drawing) partition(list []Fault) []Fault {
	if d.Members.Len() < 2 {
		return list
	}
	return append(list, Fault{
		Do: record.Partition, At: d.now, For: d.length(),
		Groups: []raft.ServerSet{d.part(d.Members)},
	})
}

// transfer lets the leader hand over to another; a server alone has nobody to hand over to.
func (d *drawing) transfer(list []Fault) []Fault {
	successor := pick(d.Members.Without(d.Leader), d.draw(choice.FaultTarget))
	if successor == 0 {
		return list
	}
	return append(list, Fault{
		Do: record.TransferLeader, At: d.now, Node: Target{Kind: Named, Servers: successor},
	})
}

func (d *drawing) bridge(list []Fault) []Fault {
	if d.Members.Len() < 3 {
		return list
	}
	bridge := d.one(d.Members)
	left := d.part(d.Members &^ bridge)
	return append(list, Fault{
		Do: record.Partition, At: d.now, For: d.length(),
		Groups: []raft.ServerSet{left | bridge, d.Members &^ left},
	})
}

// part gives some of the servers, of which there are two or more, and leaves some.
func (d *drawing) part(from raft.ServerSet) raft.ServerSet {
	part := d.some(from)
	if part == from {
		part &^= pick(part, d.draw(choice.FaultTarget))
	}
	return part
}

// swizzle clogs the links of some servers within the first half of a while, and unclogs them, in an
// order of its own, within the second.
func (d *drawing) swizzle(list []Fault) []Fault {
	half := max(1, d.length()/2)
	clogged := d.some(d.Members)
	for id := clogged.Next(raft.None); id != raft.None; id = clogged.Next(id) {
		begins, ends := d.span(0, half), half+d.span(1, half)
		list = append(list, Fault{
			Do: record.Clog, At: d.now.Add(begins), For: ends - begins, Node: On(id),
		})
	}
	return list
}

// takeDown appends a fault that takes one server down, or several, if so many may be down.
func (d *drawing) takeDown(list []Fault, kind Kind) []Fault {
	f := Fault{Do: record.Crash, At: d.now, For: d.length(), Node: Target{Kind: Named}}
	up := d.Up()
	spare := up.Len()
	if !d.plan.Majority {
		spare = d.Spare()
	}
	if spare == 0 {
		return list
	}
	switch kind {
	case PowerLoss:
		f.Node.Servers = up
		if d.below(2) == 0 {
			f.Node.Servers = d.some(up)
		}
		for f.Node.Servers.Len() > spare {
			f.Node.Servers &^= pick(f.Node.Servers, d.draw(choice.FaultTarget))
		}
		return append(list, f)
	case AimedCrash:
		f.At = 0
		f.Node.Servers = d.one(up)
		f.When = d.aim(f.Node.Servers.Next(raft.None))
		f.SpareMajority = !d.plan.Majority
		return append(list, f)
	case Kind(record.Pause):
		f.Do = record.Pause
	}
	f.Node.Servers = d.one(up)
	return append(list, f)
}
