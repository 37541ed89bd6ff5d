package scenario

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// author draws a valid scenario, and writes the file that says it.
type author struct {
	t    *rapid.T
	want *Scenario
	text strings.Builder
}

// says writes a key, if it is drawn to be in the file at all.
func (w *author) says(key string) bool {
	return rapid.Bool().Draw(w.t, "says "+key)
}

func (w *author) line(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

func (w *author) int(key string, low, high int) int {
	v := rapid.IntRange(low, high).Draw(w.t, key)
	w.line("%s = %d", key, v)
	return v
}

func (w *author) span(name string, low vtime.Duration) vtime.Duration {
	most := int64(100 * vtime.Second)
	return vtime.Duration(rapid.Int64Range(int64(low), most).Draw(w.t, name))
}

func (w *author) dist(key string) choice.Distribution {
	low := w.span("low", 1)
	high := low + w.span("more", 1)
	draw := map[string]func() choice.Distribution{
		`"LOW"`: func() choice.Distribution { return choice.Constantly(int64(low)) },
		`{max = "HIGH", dist = "uniform", min = "LOW"}`: func() choice.Distribution {
			return choice.UniformBetween(int64(low), int64(high))
		},
		`{dist = "exponential", mean = "HIGH"}`: func() choice.Distribution {
			return choice.ExponentialOf(int64(high))
		},
		`{dist = "shifted_exponential", mean = "HIGH", min = "LOW"}`: func() choice.Distribution {
			return choice.ShiftedExponentialOf(int64(low), int64(high))
		},
		`{dist = "lognormal", median = "LOW", p99 = "HIGH"}`: func() choice.Distribution {
			return choice.LognormalOf(int64(low), int64(high))
		},
		`{dist = "pareto", min = "LOW", p99 = "HIGH"}`: func() choice.Distribution {
			return choice.ParetoOf(int64(low), int64(high))
		},
		`{dist = "empirical", values = ["HIGH", "LOW", "LOW"]}`: func() choice.Distribution {
			return choice.EmpiricalOf([]int64{int64(low), int64(low), int64(high)})
		},
	}
	format := rapid.SampledFrom(slices.Sorted(maps.Keys(draw))).Draw(w.t, key)
	w.line("%s = %s", key, strings.NewReplacer("LOW", low.String(), "HIGH", high.String()).Replace(format))
	return draw[format]()
}

func (w *author) ratio(key string) choice.Ratio {
	v := choice.Ratio(rapid.Uint32Range(0, uint32(choice.One)).Draw(w.t, key))
	w.line("%s = %v", key, v)
	return v
}

func (w *author) server(name string) raft.ServerID {
	return raft.ServerID(rapid.IntRange(1, w.want.Cluster.Servers).Draw(w.t, name))
}

func (w *author) top() {
	c := &w.want.Cluster
	if w.says("num_nodes") {
		c.Servers = w.int("num_nodes", 1, 63)
	}
	if w.says("num_clients") {
		c.Clients = uint32(w.int("num_clients", 0, 1000))
	}
	if w.says("seed") {
		seed := rapid.Uint64().Draw(w.t, "seed")
		w.want.Seed = &seed
		w.line("seed = \"%#x\"", seed)
	}
	if w.says("duration") {
		c.Duration = w.span("duration", 1)
		w.line("duration = %q", c.Duration)
	}
}

func (w *author) raft() {
	s := &w.want.Cluster.Server
	w.line("[raft]")
	if w.says("timers") {
		s.Heartbeat = w.span("heartbeat", shortestTimer)
		min := s.Heartbeat + w.span("min", 1)
		max := min + w.span("spread", 0)
		s.ElectionTimeout = choice.UniformBetween(int64(min), int64(max))
		w.line("election_timeout = {min = %q, max = %q}", min, max)
		w.line("heartbeat = %q", s.Heartbeat)
	}
	if w.says("first_leader") {
		w.want.Cluster.FirstLeader = w.server("first_leader")
		w.line("first_leader = %q", w.want.Cluster.FirstLeader)
	}
	if w.says("batch_max") {
		s.Raft.BatchMax = w.int("batch_max", 1, 10_000)
	}
}

func (w *author) rooms() {
	c := &w.want.Cluster
	w.line("[network]")
	if w.says("latency") {
		c.Network.Latency = w.dist("latency")
	}
	if w.says("loss") {
		c.Network.Loss = w.ratio("loss")
	}
	if w.says("duplicate") {
		c.Network.Duplicate = w.ratio("duplicate")
	}
	w.line("[storage]")
	if w.says("fsync") {
		c.Server.Disk.Fsync = w.dist("fsync")
	}
	if w.says("lose_unsynced") {
		c.Server.Disk.LoseUnsynced = rapid.Bool().Draw(w.t, "lose_unsynced")
		w.line("lose_unsynced = %v", c.Server.Disk.LoseUnsynced)
	}
}

func (w *author) workload() {
	c := &w.want.Cluster.Client
	w.line("[workload]")
	if w.says("keys") {
		each := rapid.StringMatching(`[a-z\pL .#=]{1,9}`)
		c.Keys = rapid.SliceOfNDistinct(each, 1, 5, rapid.ID[string]).Draw(w.t, "keys")
		w.line("keys = [%s]", strings.Join(quoted(c.Keys), " , "))
	}
	if w.says("requests_per_client") {
		c.Requests = uint32(w.int("requests_per_client", 0, 1_000_000))
	}
	if w.says("think_time") {
		c.ThinkTime = w.dist("think_time")
	}
	if w.says("mix") {
		weight := func(name string, low uint64) uint64 {
			return rapid.Uint64Range(low, maxWeight).Draw(w.t, name)
		}
		c.Mix = client.Mix{Put: weight("put", 0), Get: weight("get", 0)}
		c.Mix.Delete = weight("delete", 1)
		w.line("mix = {delete = %d, put = %d, get = %d}", c.Mix.Delete, c.Mix.Put, c.Mix.Get)
	}
}

func (w *author) fault() {
	f := fault.Fault{Do: rapid.SampledFrom(fault.Verbs()).Draw(w.t, "do")}
	if w.want.Cluster.Servers == 1 && (f.Do == record.Partition || f.Do == record.Cut) {
		f.Do = record.Heal // there is nobody else
	}
	end := int64(w.want.Cluster.Duration)
	f.At = vtime.Time(rapid.Int64Range(0, end-1).Draw(w.t, "at"))
	w.line("[[fault]]\nat = %q\ndo = %q", vtime.Duration(f.At), f.Do)
	if f.Do.Lasts() && w.says("for") {
		f.For = w.span("for", 1)
		w.line("for = %q", f.For)
	}
	switch f.Do {
	case record.Heal:
	case record.Partition:
		w.groups(&f)
	case record.Cut:
		w.link(&f)
	default:
		f.Node = fault.Target{Kind: fault.Fixed, ID: w.server("node")}
		if kind := rapid.IntRange(1, 4).Draw(w.t, "kind"); kind != int(fault.Fixed) {
			f.Node = fault.Target{Kind: fault.TargetKind(kind)}
		}
		w.line("node = %q", f.Node)
	}
	w.want.Cluster.Faults = append(w.want.Cluster.Faults, f)
}

// groups puts some servers, not all, into one group or two.
func (w *author) groups(f *fault.Fault) {
	size := rapid.IntRange(1, w.want.Cluster.Servers-1).Draw(w.t, "size")
	second := rapid.IntRange(1, size).Draw(w.t, "second")
	sets := make([]raft.ServerSet, 2)
	names := make([][]string, 2)
	for id := raft.ServerID(1); int(id) <= size; id++ {
		i := 0
		if int(id) > second {
			i = 1
		}
		sets[i] = sets[i].With(id)
		names[i] = append(names[i], id.String())
	}
	if sets[1] == 0 {
		sets, names = sets[:1], names[:1]
	}
	f.Groups = sets
	var lists []string
	for _, group := range names {
		lists = append(lists, "["+strings.Join(quoted(group), ",")+"]")
	}
	w.line("groups = [%s]", strings.Join(lists, ", # and\n"))
}

func (w *author) link(f *fault.Fault) {
	f.From = w.server("from")
	f.To = f.From%raft.ServerID(w.want.Cluster.Servers) + 1
	f.Both = rapid.Bool().Draw(w.t, "both")
	if f.Both {
		w.line("link.between = [%q, %q]", f.From, f.To)
	} else {
		w.line("link = {to = %q, from = %q}", f.To, f.From)
	}
}

func (w *author) judgement() {
	w.line("[checks]")
	for _, name := range judgeNames() {
		if w.says(name) {
			w.want.ChecksOff = append(w.want.ChecksOff, name)
			w.line("%s = false", name)
		}
	}
	w.line("[expect]")
	e := &w.want.Expect
	on := slices.DeleteFunc(judgeNames(), func(name string) bool { return !w.want.checked(name) })
	if w.says("result") && len(on) > 0 {
		e.Result, e.Check = "fail", rapid.SampledFrom(on).Draw(w.t, "check")
		w.line("check = %q\nresult = \"fail\"", e.Check)
	}
	if w.says("min_answered_ratio") {
		e.MinAnsweredRatio = w.ratio("min_answered_ratio")
	}
	if w.says("leaders") {
		e.MinLeaders = w.int("min_leaders", 0, 10)
		e.MaxLeaders = w.int("max_leaders", max(1, e.MinLeaders), 11)
	}
}

// anyScenario draws a valid scenario.
func anyScenario(t *rapid.T) *author {
	w := &author{t: t, want: defaults()}
	w.top()
	w.raft()
	w.rooms()
	w.workload()
	for range rapid.IntRange(0, 3).Draw(t, "faults") {
		w.fault()
	}
	w.judgement()
	return w
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyScenario(t)
		got, err := Parse("empty.toml", []byte(w.text.String()))
		if err != nil {
			t.Fatalf("%s\n%v", w.text.String(), err)
		}
		if !reflect.DeepEqual(got, w.want) {
			t.Fatalf("%s\nis\n%+v, want\n%+v", w.text.String(), got, w.want)
		}
		expectSame(t, Resolved{Scenario: got})
	})
}
