package lab

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// The faults of the following tests begin after a second and end after two. A message takes 5 ms.
const (
	faultBegins = vtime.Second
	faultEnds   = 2 * vtime.Second
	latency     = 5 * ms
)

// shapes are ways to say which links a fault strikes, and what they come to.
var shapes = []struct {
	text    string
	strikes func(from, to raft.ServerID) bool
}{
	{`link = {from = "n1", to = "n2"}`, func(from, to raft.ServerID) bool { return from == 1 && to == 2 }},
	{`link = {from = "n2", to = "n1"}`, func(from, to raft.ServerID) bool { return from == 2 && to == 1 }},
	{`link = {between = ["n1", "n3"]}`, func(from, to raft.ServerID) bool { return from+to == 4 && from != to }},
	{`node = "n2"`, func(from, to raft.ServerID) bool { return from == 2 || to == 2 }},
	{`nodes = ["n1", "n3"]`, func(from, to raft.ServerID) bool {
		return from == 1 || to == 1 || from == 3 || to == 3
	}},
}

// inForce tells whether a fault strikes what happens at that time.
func inForce(at vtime.Time) bool { return at >= instant(faultBegins) && at < instant(faultEnds) }

// linkVerb is a fault of links: what it makes of a letter that it may strike, of which some share is
// struck.
type linkVerb struct {
	do     string
	rate   int // in hundredths
	struck func(*letter) bool
}

var linkVerbs = []linkVerb{
	{`"slow_link", by = "100ms"`, 100, (*letter).late},
	{`"slow_link", rate = 0.25, by = "100ms"`, 25, (*letter).late},
	{`"loss", rate = 0.2`, 20, func(l *letter) bool {
		return l.lost == l.sent && l.why == "lost on the way" && l.arrived == nil
	}},
	{`"duplicate", rate = 0.4`, 40, func(l *letter) bool {
		return l.lost == 0 && slices.Equal(l.arrived, []vtime.Time{l.sent.Add(latency), l.sent.Add(latency)})
	}},
}

func (l *letter) late() bool {
	return l.lost == 0 && slices.Equal(l.arrived, []vtime.Time{l.sent.Add(latency + 100*ms)})
}

// usual tells whether a letter arrives as if there were no fault.
func (l *letter) usual() bool {
	return l.lost == 0 && slices.Equal(l.arrived, []vtime.Time{l.sent.Add(latency)})
}

// ends are ways to end a fault of links after two seconds.
var ends = []string{`for = "1s"}`, `}, {at = "2s", do = "heal"}`}

// linkRuns calls check for each letter of some runs with the fault; not for those sent so late that
// the run may be over before they arrive.
func linkRuns(t *testing.T, fault string, check func(seed uint64, l *letter)) {
	t.Helper()
	for seed := range uint64(6) {
		s := world(t, 2, fault, "")
		for _, l := range tell(t, s, seed).letters() {
			if l.sent < instant(2800*ms) {
				check(seed, l)
			}
		}
	}
}

// TestLinksFareAsFaultsSay: on the links struck, in their directions and while the fault lasts, as
// many messages as it says are slow, lost or doubled; all others arrive once, and in time.
func TestLinksFareAsFaultsSay(t *testing.T) {
	for i, v := range linkVerbs {
		for j, shape := range shapes {
			fault := fmt.Sprintf(`{at = "1s", do = %s, %s, %s`, v.do, shape.text, ends[(i+j)%2])
			total, hit := 0, 0
			linkRuns(t, fault, func(seed uint64, l *letter) {
				exposed := shape.strikes(l.from, l.to) && inForce(l.sent)
				if exposed {
					total++
				}
				switch {
				case exposed && v.struck(l):
					hit++
				case exposed && v.rate == 100 || !l.usual():
					t.Fatalf("%s, seed %d: %+v", fault, seed, l)
				}
			})
			if total < 400 {
				t.Errorf("%s: only %d messages", fault, total)
			}
			if want := total * v.rate / 100; !near(hit, want, total) {
				t.Errorf("%s: %d of %d messages are struck, want about %d", fault, hit, total, want)
			}
		}
	}
}

// near tells whether a count out of so many is within six standard deviations, at most, of another.
func near(got, want, total int) bool {
	d := got - want
	return 4*d*d <= 36*total
}

// TestCutsAreOfTheirLinks: nothing that is sent or would arrive while a link is cut gets through, and
// everything else does.
func TestCutsAreOfTheirLinks(t *testing.T) {
	parted := func(left, right raft.ServerSet) func(from, to raft.ServerID) bool {
		return func(from, to raft.ServerID) bool {
			return left.Has(from) && right.Has(to) || right.Has(from) && left.Has(to)
		}
	}
	for i, test := range []struct {
		fault string
		cuts  func(from, to raft.ServerID) bool
	}{
		{`"isolate", node = "n2"`, shapes[3].strikes},
		{`"isolate", nodes = ["n1", "n3"]`, shapes[4].strikes},
		{`"cut", link = {from = "n1", to = "n2"}`, shapes[0].strikes},
		{`"cut", link = {from = "n2", to = "n1"}`, shapes[1].strikes},
		{`"cut", link = {between = ["n1", "n3"]}`, shapes[2].strikes},
		{`"partition", groups = [["n1", "n2"]]`, parted(raft.SetOf(1, 2), raft.SetOf(3, 4, 5))},
		{`"partition", groups = [["n1", "n2", "n3"], ["n3", "n4", "n5"]]`,
			parted(raft.SetOf(1, 2), raft.SetOf(4, 5))},
		{`"partition", groups = [["n2", "n1"], ["n1", "n3"]]`, func(from, to raft.ServerID) bool {
			rest, side := raft.SetOf(4, 5), raft.SetOf(1, 2, 3)
			return parted(rest, side)(from, to) || from+to == 5 && (from == 2 || from == 3)
		}},
	} {
		fault := fmt.Sprintf(`{at = "1s", do = %s, %s`, test.fault, ends[i%2])
		dropped := map[[2]raft.ServerID]bool{}
		linkRuns(t, fault, func(seed uint64, l *letter) {
			onItsWay := inForce(l.sent.Add(latency)) && !inForce(l.sent)
			switch {
			case !test.cuts(l.from, l.to) || !inForce(l.sent) && !onItsWay:
				if !l.usual() {
					t.Fatalf("%s, seed %d: %+v", fault, seed, l)
				}
			case onItsWay && l.lost != l.sent.Add(latency), !onItsWay && l.lost != l.sent,
				l.why != "the link is cut", len(l.arrived) > 0:
				t.Fatalf("%s, seed %d: %+v", fault, seed, l)
			default:
				dropped[[2]raft.ServerID{l.from, l.to}] = true
			}
		})
		if len(dropped) == 0 {
			t.Errorf("%s cuts nothing", fault)
		}
	}
}

// TestClogsLetNothingThroughAndLoseNothing: what would arrive during a clog arrives at its end, on each
// link in the order of sending.
func TestClogsLetNothingThroughAndLoseNothing(t *testing.T) {
	for i, shape := range shapes {
		fault := fmt.Sprintf(`{at = "1s", do = "clog", %s, %s`, shape.text, ends[i%2])
		waited := 0
		linkRuns(t, fault, func(seed uint64, l *letter) {
			want := l.sent.Add(latency)
			if shape.strikes(l.from, l.to) && inForce(want) {
				want = instant(faultEnds)
				waited++
			}
			if l.lost != 0 || !slices.Equal(l.arrived, []vtime.Time{want}) {
				t.Fatalf("%s, seed %d: %+v, want it at %v", fault, seed, l, want)
			}
		})
		if waited < 200 {
			t.Errorf("%s: only %d messages had to wait", fault, waited)
		}
	}
}

// TestUncloggedMessagesKeepTheirOrder: what one link has kept back arrives in the order of sending.
func TestUncloggedMessagesKeepTheirOrder(t *testing.T) {
	s := world(t, 2, `{at = "1s", do = "clog", node = "n2", for = "1s"}`, "")
	for seed := range uint64(10) {
		last := map[[2]raft.ServerID]uint64{}
		for _, r := range tell(t, s, seed).during(faultEnds, faultEnds+1) {
			link := [2]raft.ServerID{r.Server, r.Peer}
			if r.Kind != record.Delivered {
				continue
			}
			if r.Number <= last[link] {
				t.Fatalf("seed %d: message %d arrives after %d", seed, r.Number, last[link])
			}
			last[link] = r.Number
		}
		if last[[2]raft.ServerID{1, 2}] == 0 {
			t.Fatalf("seed %d: n1 sent nothing to n2", seed)
		}
	}
}

// TestHealEndsAllThatIsWrongWithLinks, and nothing else.
func TestHealEndsAllThatIsWrongWithLinks(t *testing.T) {
	broken := []string{
		`"isolate", node = "n2"`, `"cut", link = {from = "n1", to = "n3"}`,
		`"partition", groups = [["n4"]]`, `"slow_link", node = "n1", by = "70ms"`,
		`"clog", node = "n5"`, `"loss", node = "n1", rate = 0.5`, `"duplicate", node = "n1", rate = 0.5`,
	}
	faults := `{at = "1s", do = ` + strings.Join(broken, `}, {at = "1s", do = `) + `},
		{at = "1s", do = "crash", node = "n2"}, {at = "2s", do = "heal"}`
	after, troubled := 0, 0
	linkRuns(t, faults, func(seed uint64, l *letter) {
		switch {
		case l.to == 2 && l.sent >= instant(faultBegins):
			if len(l.arrived) > 0 {
				t.Fatalf("seed %d: n2 is up: %+v", seed, l)
			}
		case l.sent >= instant(faultEnds) && !l.usual():
			t.Fatalf("seed %d: not healed: %+v", seed, l)
		case l.sent >= instant(faultEnds):
			after++
		case inForce(l.sent) && !l.usual():
			troubled++
		}
	})
	if after < 500 || troubled < 500 {
		t.Errorf("%d messages are struck, %d sent afterwards", troubled, after)
	}
}
