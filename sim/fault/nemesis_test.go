package fault_test

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/fault"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

const second = int64(vtime.Second)

// evenly is a plan that draws all kinds alike, every half second, for a second at most.
func evenly() *fault.Plan {
	plan := &fault.Plan{
		Every: choice.Constantly(second / 2), Lasts: choice.UniformBetween(0, second),
	}
	for _, k := range fault.Kinds() {
		plan.Kinds[k] = 1
	}
	return plan
}

// situation is a cluster of so many servers; each kind of record has happened to each ten times.
func situation(servers int) *fault.Situation {
	return &fault.Situation{
		View: fault.View{Members: raft.Servers(servers), Leader: 1},
		Seen: func(record.Kind, raft.ServerID) uint32 { return 10 },
	}
}

// drawing draws so often, and calls back with what was drawn each time, and when.
func drawing(plan *fault.Plan, seed uint64, times int, s *fault.Situation, each func(vtime.Time, []fault.Fault)) {
	var n fault.Nemesis
	n.Reset(plan, seed)
	for range times {
		at := n.Next()
		if at == vtime.Never {
			return
		}
		each(at, n.Draw(nil, s))
	}
}

func TestKindsAreWhatLastsOrIsDoneAtOnceAndPatterns(t *testing.T) {
	const want = "[crash pause partition isolate cut slow_link clog loss duplicate slow_disk stall_disk " +
		"slow_cpu clock_drift clock_jump transfer_leader bridge swizzle power_loss aimed_crash]"
	if got := fmt.Sprint(fault.Kinds()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := fault.KindCount.String(); got != fmt.Sprintf("Kind(%d)", uint8(fault.KindCount)) {
		t.Errorf("no kind is %q", got)
	}
}

func majorityOf(servers int) int { return servers/2 + 1 }

// drawView draws the state of a cluster.
func drawView(t *rapid.T, servers int) fault.View {
	v := fault.View{Members: raft.Servers(servers), Leader: 1}
	if rapid.Bool().Draw(t, "healthy") {
		return v
	}
	v.Leader = raft.None
	for id := raft.ServerID(1); int(id) <= servers; id++ {
		switch rapid.IntRange(0, 5).Draw(t, "state") {
		case 0:
			v.Down = v.Down.With(id)
		case 1:
			v.Paused = v.Paused.With(id)
		case 2:
			v.Leader = id
		}
	}
	return v
}

// Whatever the cluster looks like, what takes servers down leaves a majority up, if the plan says so;
// where there is none to spare, nobody is struck. Without that, all may go down, and do.
func TestANemesisLeavesAMajority(t *testing.T) {
	most, spared := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		plan := evenly()
		plan.Majority = rapid.Bool().Draw(t, "majority")
		servers := rapid.IntRange(1, 7).Draw(t, "servers")
		s := situation(servers)
		s.View = drawView(t, servers)
		up := s.Members &^ s.Down &^ s.Paused
		drawing(plan, rapid.Uint64().Draw(t, "seed"), 60, s, func(_ vtime.Time, faults []fault.Fault) {
			for i := range faults {
				f := &faults[i]
				if f.Do != record.Crash && f.Do != record.Pause {
					continue
				}
				struck := f.Node.Servers
				left := (up &^ struck).Len()
				switch {
				case struck == 0 || struck&^up != 0:
					t.Fatalf("%v strikes whom it cannot: %b are up", f, up)
				case f.SpareMajority != (f.When != mark.Condition{} && !plan.Majority):
					t.Fatalf("%+v spares a majority, or does not", f)
				case !plan.Majority && left < majorityOf(servers):
					t.Fatalf("%v leaves %d of %d", f, left, servers)
				case plan.Majority && struck.Len() == servers && servers > 3:
					most++
				}
			}
			if len(faults) == 0 {
				spared++
			}
		})
	})
	if most == 0 || spared == 0 {
		t.Errorf("all went down %d times, nobody was struck %d times", most, spared)
	}
}

// Each kind comes as often as its weight says, against the others.
func TestWeightsAreHowOftenKindsCome(t *testing.T) {
	const times = 4000
	weights := map[record.Verb]uint64{
		record.Crash: 3, record.Partition: 1, record.Clog: 2, record.ClockJump: 4,
	}
	plan := evenly()
	plan.Kinds = fault.Weights{}
	for verb, weight := range weights {
		plan.Kinds[verb] = weight
	}
	counts := map[record.Verb]int{}
	drawing(plan, 7, times, situation(5), func(_ vtime.Time, faults []fault.Fault) {
		counts[faults[0].Do]++
	})
	for _, verb := range record.Verbs() {
		want := times * int(weights[verb]) / 10
		if d := counts[verb] - want; d*d > 36*want {
			t.Errorf("%v came %d times, want about %d", verb, counts[verb], want)
		}
	}
}

// A swarm switches each kind off in half of all seeds, never all, and none on that the plan has not.
func TestASwarmSwitchesKindsOff(t *testing.T) {
	const seeds, times = 400, 300
	plan := evenly()
	plan.Swarm = true
	plan.Kinds = fault.Weights{}
	few := []record.Verb{record.Crash, record.Isolate, record.ClockJump, record.Loss}
	for _, verb := range few {
		plan.Kinds[verb] = 5
	}
	on, alone := map[record.Verb]int{}, 0
	paces := map[vtime.Duration]bool{}
	for seed := range uint64(seeds) {
		counts := map[record.Verb]int{}
		var before vtime.Time
		drawing(plan, seed, times, situation(5), func(at vtime.Time, faults []fault.Fault) {
			counts[faults[0].Do]++
			paces[at.Sub(before)] = true
			before = at
		})
		for verb := range counts {
			if plan.Kinds[verb] == 0 {
				t.Fatalf("seed %d: %v comes, and has no weight", seed, verb)
			}
			on[verb]++
		}
		if len(counts) == 0 {
			t.Fatalf("seed %d: nothing comes", seed)
		}
		if len(counts) == 1 {
			alone++
		}
	}
	for _, verb := range few {
		if on[verb] < 160 || on[verb] > 260 { // a half, and where all are off one is left
			t.Errorf("%v comes in %d of %d seeds", verb, on[verb], seeds)
		}
	}
	// 1 in 16 has none left, 4 in 16 have one.
	if alone < 80 || alone > 170 {
		t.Errorf("%d of %d seeds have one kind", alone, seeds)
	}
	if len(paces) != 16 {
		t.Errorf("swarms have %d paces, want 16", len(paces))
	}
}

// A nemesis draws between its start and its stop, never twice at one instant; without a plan, never.
func TestWhenANemesisDraws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := evenly()
		plan.Start = vtime.Time(rapid.Int64Range(0, 3*second).Draw(t, "start"))
		plan.Stop = plan.Start.Add(vtime.Duration(rapid.Int64Range(1, 5*second).Draw(t, "lasts")))
		plan.Every = choice.UniformBetween(0, rapid.Int64Range(0, second).Draw(t, "every"))
		plan.Swarm = rapid.Bool().Draw(t, "swarm")
		before := plan.Start
		var n fault.Nemesis
		n.Reset(plan, rapid.Uint64().Draw(t, "seed"))
		for n.Next() != vtime.Never {
			if n.Next() < before.Add(vtime.Millisecond) || n.Next() >= plan.Stop {
				t.Fatalf("it draws at %v, after %v, and stops at %v", n.Next(), before, plan.Stop)
			}
			before = n.Next()
			for _, f := range n.Draw(nil, situation(5)) {
				if f.AtMoment() && f.At < before {
					t.Fatalf("at %v it draws %+v", before, f)
				}
			}
		}
	})
	var n fault.Nemesis
	if n.Reset(nil, 1); n.Next() != vtime.Never {
		t.Errorf("no nemesis draws at %v", n.Next())
	}
	never := evenly()
	never.Every = choice.Constantly(choice.MaxNumber)
	never.Swarm = true
	for seed := range uint64(50) {
		if n.Reset(never, seed); n.Next() <= 0 {
			t.Errorf("seed %d: it draws at %v", seed, n.Next())
		}
	}
}

// The same seed draws the same, in a used nemesis too; other seeds draw otherwise.
func TestANemesisRepeats(t *testing.T) {
	var used fault.Nemesis
	draw := func(n *fault.Nemesis, seed uint64) (all []fault.Fault) {
		plan := evenly()
		plan.Swarm = true
		n.Reset(plan, seed)
		for range 50 {
			all = n.Draw(all, situation(5))
		}
		return all
	}
	var before []fault.Fault
	for seed := range uint64(30) {
		first := draw(&used, seed)
		if again := draw(new(fault.Nemesis), seed); !reflect.DeepEqual(first, again) {
			t.Fatalf("seed %d draws otherwise the second time", seed)
		}
		if reflect.DeepEqual(first, before) {
			t.Fatalf("seed %d draws what the one before does", seed)
		}
		before = first
	}
}

// Where servers rely on their clocks, none jumps and none drifts beyond what they allow for; where that
// leaves nothing, nothing is drawn.
func TestLeasesBoundTheClocks(t *testing.T) {
	for _, rho := range []int64{0, 1, 10_000_000, second / 2} {
		plan := evenly()
		plan.Leases, plan.Rho = true, rho
		most := int64(0)
		drawing(plan, 1, 2000, situation(5), func(_ vtime.Time, faults []fault.Fault) {
			for i := range faults {
				f := &faults[i]
				if f.Do == record.ClockJump || f.Drift < -rho || f.Drift > rho ||
					rho == 0 && f.Do == record.ClockDrift {
					t.Fatalf("rho %d: %+v", rho, f)
				}
				most = max(most, f.Drift)
			}
		})
		if want := min(rho, second/5); most < want/2 {
			t.Errorf("rho %d: no clock drifts by more than %d", rho, most)
		}
		plan.Kinds = fault.Weights{}
		plan.Kinds[record.ClockJump] = 1
		drawing(plan, 1, 10, situation(5), func(_ vtime.Time, faults []fault.Fault) {
			t.Errorf("%+v were drawn, with nothing to draw", faults)
		})
	}
}

// What is drawn has the shape of its kind, in clusters of all sizes.
func TestWhatIsDrawnHasItsShape(t *testing.T) {
	for servers := 1; servers <= 7; servers++ {
		for _, kind := range fault.Kinds() {
			plan := evenly()
			plan.Majority = true
			plan.Kinds = fault.Weights{}
			plan.Kinds[kind] = 1
			drawn := 0
			drawing(plan, uint64(servers), 100, situation(servers), func(at vtime.Time, faults []fault.Fault) {
				drawn += len(faults)
				for i := range faults {
					if wrong := misshapen(kind, &faults[i], at, raft.Servers(servers)); wrong != "" {
						t.Fatalf("%d servers, %v: %s: %+v", servers, kind, wrong, faults[i])
					}
				}
			})
			alone := servers < 2 && (kind == fault.Kind(record.Partition) || kind == fault.Kind(record.TransferLeader))
			if few := alone || servers < 3 && kind == fault.Bridge; few != (drawn == 0) {
				t.Errorf("%d servers: %v was drawn %d times", servers, kind, drawn)
			}
		}
	}
}

// misshapen says what is wrong with a fault that was drawn, if anything is.
func misshapen(kind fault.Kind, f *fault.Fault, at vtime.Time, members raft.ServerSet) string {
	named := f.Node.Kind == fault.Named && f.Node.Servers != 0 && f.Node.Servers&^members == 0
	link := f.From != raft.None && f.From != f.To && members.Has(f.From) && members.Has(f.To)
	switch {
	case f.Do.Lasts() != (f.For > 0):
		return "it lasts, or does not"
	case kind < fault.Bridge && f.Do != record.Verb(kind) && members.Len() > 1:
		return "it is another verb"
	case kind != fault.AimedCrash && kind != fault.Swizzle && f.At != at:
		return "it does not begin now"
	case f.Do != record.Partition && named == link:
		return "it strikes nobody, or twice"
	}
	switch kind {
	case fault.Kind(record.TransferLeader):
		if f.Node.Servers.Len() != 1 || f.Node.Servers.Has(1) {
			return "it hands over to nobody else"
		}
	case fault.Kind(record.Partition):
		if len(f.Groups) != 1 || f.Groups[0] == 0 || members&^f.Groups[0] == 0 {
			return "it parts nobody"
		}
	case fault.Bridge:
		if f.Groups[0]&f.Groups[1] == 0 || (f.Groups[0]&f.Groups[1]).Len() != 1 || f.Groups[0]|f.Groups[1] != members ||
			f.Groups[0] == members || f.Groups[1] == members {
			return "it is no bridge"
		}
	case fault.Swizzle:
		// Half a length is for beginning, the other for ending.
		half := vtime.Duration(second / 2)
		if f.Do != record.Clog || f.At < at || f.At > at.Add(half) || f.At.Add(f.For) > at.Add(2*half+1) {
			return "it begins or ends at a wrong time"
		}
	case fault.AimedCrash:
		if f.When.Nth <= 10 || f.When.Nth > 13 || f.Node.Servers != raft.SetOf(f.When.Server) || !f.When.What.IsKind() {
			return "it is aimed at what is past, or another"
		}
	}
	return misdosed(f)
}

// misdosed says what is wrong with how much a fault does.
func misdosed(f *fault.Fault) string {
	least, most := f.By.Bounds()
	switch f.Do {
	case record.SlowLink, record.Loss, record.Duplicate:
		if f.Rate == 0 || f.Rate > choice.One {
			return "its rate"
		}
	case record.ClockDrift:
		if f.Drift < -second/5 || f.Drift > second/5 {
			return "its drift"
		}
	case record.ClockJump:
		if f.Jump == 0 || f.Jump > 2*vtime.Second || f.Jump < -2*vtime.Second {
			return "its jump"
		}
	}
	slow := f.Do == record.SlowLink || f.Do == record.SlowDisk || f.Do == record.SlowCPU
	if slow != (most > 0) || least < 0 || most > second {
		return "how slow it is"
	}
	return ""
}

// A nemesis stops when it has drawn what one run can have, not one fault more, though it draws several
// at a time.
func TestANemesisIsSpent(t *testing.T) {
	plan := evenly()
	plan.Every = choice.Constantly(0)
	for _, kind := range []fault.Kind{fault.Swizzle, fault.Kind(record.Loss)} {
		plan.Kinds = fault.Weights{}
		plan.Kinds[kind] = 1
		var n fault.Nemesis
		n.Reset(plan, 1)
		drawn := 0
		for n.Next() != vtime.Never {
			if n.Spent() != 0 {
				t.Fatalf("%v: it is spent after %d faults, and draws", kind, drawn)
			}
			drawn += len(n.Draw(nil, situation(7)))
		}
		if drawn != fault.DrawnMax || n.Spent() != drawn {
			t.Errorf("%v: it has drawn %d faults, and says %d", kind, drawn, n.Spent())
		}
		if n.Reset(plan, 2); n.Spent() != 0 || n.Next() == vtime.Never {
			t.Errorf("%v: it is spent in the next run", kind)
		}
		if n.Reset(nil, 2); n.Spent() != 0 {
			t.Error("no nemesis is spent")
		}
	}
}
