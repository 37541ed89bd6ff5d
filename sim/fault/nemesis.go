package fault

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Plan says what a nemesis does: which faults it draws, how often, and how long they last.
type Plan struct {
	Start vtime.Time
	Stop  vtime.Time // it draws none then or later; 0: never stops

	Every choice.Distribution // from one fault to the next, in nanoseconds
	Lasts choice.Distribution // how long one is in force, in nanoseconds
	Kinds Weights

	// Majority lets it take a majority of the servers down at once, and all of them.
	Majority bool
	// Swarm lets each seed switch some kinds off, and draw how often the others come: a run with
	// few kinds of faults goes deeper than one with a little of each (Groce and others, "Swarm
	// Testing", ISSTA 2012).
	Swarm bool

	// Leases says that the servers rely on their clocks (thesis §6.4.1): then none jumps, and none
	// drifts by more than Rho, in parts per billion.
	Leases bool
	Rho    int64
}

// Kind is what a nemesis can draw: a verb that lasts, with the verb's number and name, a jump of a
// clock, or a pattern of several faults.
type Kind uint8

// The patterns.
const (
	// Bridge is a partition into two groups that have one server in common.
	Bridge Kind = Kind(record.VerbCount) + iota
	// Swizzle clogs all links of some servers, one after the other, and unclogs them in another
	// order. It is FoundationDB's.
	Swizzle
	// PowerLoss is a crash of several servers at once, perhaps of all.
	PowerLoss
	// AimedCrash is a crash between two actions of a server: right after it has written, say, and
	// before anything else that it owes.
	AimedCrash

	// KindCount is one more than the highest kind.
	KindCount
)

// Weights say how likely each kind is, against the others.
type Weights [KindCount]uint64

var patternNames = [...]string{"bridge", "swizzle", "power_loss", "aimed_crash"}

// Kinds returns all kinds in a fixed order.
func Kinds() []Kind {
	var kinds []Kind
	for _, verb := range record.Verbs() {
		if verb.Lasts() || jumps(verb) {
			kinds = append(kinds, Kind(verb))
		}
	}
	return append(kinds, Bridge, Swizzle, PowerLoss, AimedCrash)
}

// jumps tells whether what the verb does is done at once, and can be drawn by itself.
func jumps(v record.Verb) bool { return v == record.ClockJump || v == record.TransferLeader }

// String returns the kind as scenarios write it.
func (k Kind) String() string {
	switch {
	case k < Bridge:
		return record.Verb(k).String()
	case k < KindCount:
		return patternNames[k-Bridge]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Nemesis draws up the faults of a run, one after the other, from what the cluster looks like then.
// What it has drawn is faults like any other: with them in the scenario, and without the nemesis,
// the run is the same.
type Nemesis struct {
	plan    *Plan
	stream  choice.Stream
	weights Weights
	pace    vtime.Duration // how long it waits, in quarters of what the plan says
	drawn   uint64         // times that it has drawn: the ordinal of the next one's draws
	left    int            // faults that it may still draw
	next    vtime.Time     // when it draws next
}

// Reset makes n the nemesis of that plan in the run of seed; it never draws if the plan is nil.
func (n *Nemesis) Reset(plan *Plan, seed uint64) {
	*n = Nemesis{plan: plan, stream: choice.NewStream(seed, choice.Nemesis()), next: vtime.Never}
	if plan == nil {
		return
	}
	n.weights, n.pace, n.left = plan.Kinds, 4, DrawnMax
	if plan.Leases {
		n.weights[record.ClockJump] = 0
		if plan.Rho == 0 {
			n.weights[record.ClockDrift] = 0
		}
	}
	if n.weights == (Weights{}) {
		return // what clocks do was all that it had to draw
	}
	if plan.Swarm {
		n.swarm()
	}
	n.next = plan.Start
	n.wait()
}

// swarm switches each kind off with a chance of one half, and draws how often the others come.
func (n *Nemesis) swarm() {
	any, all := false, n.weights
	for k, weight := range n.weights {
		if choice.Below(n.stream.Draw(uint64(k), choice.SwarmSwitch), 2) == 0 {
			n.weights[k] = 0
		} else if weight > 0 {
			n.weights[k] = 1 + choice.Below(n.stream.Draw(uint64(k), choice.SwarmRate), 2*weight)
			any = true
		}
	}
	if !any {
		only := choice.WeightedIndex(n.stream.Draw(0, choice.SwarmSwitch), all[:])
		n.weights[only] = 1
	}
	n.pace = 1 + vtime.Duration(choice.Below(n.stream.Draw(0, choice.SwarmRate), maxPace))
}

// leastWait keeps a nemesis from drawing faults without end at one instant, longestWait its waits
// within what a Duration can hold.
const (
	leastWait   = vtime.Millisecond
	longestWait = choice.MaxNumber / maxPace
)

// maxPace is the slowest that a swarm can make a nemesis: a quarter of it times what the plan says.
const maxPace = 16

func (n *Nemesis) wait() {
	n.drawn++
	wait := min(n.plan.Every.Draw(n.stream.Draw(n.drawn, choice.FaultWait)), longestWait)
	n.next = n.next.Add(max(leastWait, vtime.Duration(wait)/4*n.pace))
	if n.plan.Stop != 0 && n.next >= n.plan.Stop {
		n.next = vtime.Never
	}
}

// DrawnMax is how many faults a nemesis draws in one run. Then it stops, so that the faults of any
// run can be kept, and read again.
const DrawnMax = 10_000

// Spent returns how many faults the nemesis has drawn if it may draw no more, else 0.
func (n *Nemesis) Spent() int {
	if n.plan == nil || n.left > 0 {
		return 0
	}
	return DrawnMax
}

// Next returns when the nemesis draws next.
func (n *Nemesis) Next() vtime.Time { return n.next }

// Situation is what a nemesis goes by when it draws.
type Situation struct {
	View
	// Seen returns how often a kind of record has happened to a server so far.
	Seen func(record.Kind, raft.ServerID) uint32
}

// Draw draws the next faults, to begin now or later, and appends them to the list: none where there
// is nobody to strike.
func (n *Nemesis) Draw(list []Fault, s *Situation) []Fault {
	d := drawing{Nemesis: n, Situation: s, now: n.next, ordinal: n.drawn << 8}
	kind := Kind(choice.WeightedIndex(d.draw(choice.FaultKind), n.weights[:]))
	before := len(list)
	list = d.faults(list, kind)
	list = list[:min(len(list), before+n.left)]
	n.left -= len(list) - before
	if n.left == 0 {
		n.next = vtime.Never
	} else {
		n.wait()
	}
	return list
}

// drawing is one draw of a nemesis.
type drawing struct {
	*Nemesis
	*Situation
	now     vtime.Time
	ordinal uint64 // of the next draw of each purpose
}

// draw gives bits that no other draw gives.
func (d *drawing) draw(purpose choice.Purpose) uint64 {
	d.ordinal++
	return d.stream.Draw(d.ordinal, purpose)
}

// below gives a number from 0 to n-1.
func (d *drawing) below(n uint64) uint64 { return choice.Below(d.draw(choice.FaultShape), n) }

// length gives how long a fault lasts.
func (d *drawing) length() vtime.Duration {
	return max(1, vtime.Duration(d.plan.Lasts.Draw(d.draw(choice.FaultLength))))
}

// span gives a time from least to most.
func (d *drawing) span(least, most vtime.Duration) vtime.Duration {
	return vtime.Duration(choice.Between(d.draw(choice.FaultAmount), int64(least), int64(most)))
}

// rate gives a chance from least to most, in hundredths.
func (d *drawing) rate(least, most int64) choice.Ratio {
	return choice.One / 100 * choice.Ratio(choice.Between(d.draw(choice.FaultAmount), least, most))
}

// one gives one of the servers: the leader, if it is among them, more often than the others.
func (d *drawing) one(from raft.ServerSet) raft.ServerSet {
	if d.Leader != raft.None && from.Has(d.Leader) && d.below(3) == 0 {
		return raft.SetOf(d.Leader)
	}
	return pick(from, d.draw(choice.FaultTarget))
}

// some gives each of the servers with a chance of one half, and at least one of them.
func (d *drawing) some(from raft.ServerSet) raft.ServerSet {
	set := pick(from, d.draw(choice.FaultTarget))
	for id := from.Next(raft.None); id != raft.None; id = from.Next(id) {
		if d.below(2) == 0 {
			set = set.With(id)
		}
	}
	return set
}

// aims are the records after which a crash is aimed: what a server writes, owes and tells others.
var aims = [...]record.Kind{
	record.Written, record.Persisted, record.Held, record.Sent, record.Appended, record.Truncated,
	record.Committed, record.Applied, record.BecameCandidate, record.BecameLeader,
	record.Delivered, record.Restarted,
}

// aim is what an aimed crash waits for: one of the next few records of a kind of the server's.
func (d *drawing) aim(id raft.ServerID) mark.Condition {
	kind := aims[d.below(uint64(len(aims)))]
	return mark.Condition{
		What: mark.OfKind(kind), Server: id, Nth: d.Seen(kind, id) + 1 + uint32(d.below(3)),
	}
}
