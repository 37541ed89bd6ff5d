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
	"raftkv/sim/cluster"
	"raftkv/sim/fault"
	"raftkv/sim/mark"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// author draws a valid scenario, and writes the file that says it.
type author struct {
	t    *rapid.T
	want *Scenario
	text strings.Builder

	taken []string // keys that are in the table already
}

// says writes a key, if it is drawn to be in the file at all.
func (w *author) says(key string) bool {
	return !slices.Contains(w.taken, key) && rapid.Bool().Draw(w.t, "says "+key)
}

// ends writes a range from which each run draws, of numbers that are written so.
func (w *author) ends(key string, low, high int, write func(int) string) cluster.Range {
	min := rapid.IntRange(low, high-1).Draw(w.t, key+" min")
	max := rapid.IntRange(min+1, high).Draw(w.t, key+" max")
	w.line("%s = {max = %s, min = %s}", key, write(max), write(min))
	return cluster.Range{Min: int64(min), Max: int64(max)}
}

// ratioRange writes a range of ratios, if it is drawn to be there.
func (w *author) ratioRange(key string, r *cluster.Range) {
	if w.says(key + " range") {
		*r = w.ends(key, 0, int(choice.One), func(v int) string { return choice.Ratio(v).String() })
		w.taken = append(w.taken, key)
	}
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
	text, d := w.distText(key)
	w.line("%s = %s", key, text)
	return d
}

func (w *author) distText(key string) (string, choice.Distribution) {
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
	text := strings.NewReplacer("LOW", low.String(), "HIGH", high.String()).Replace(format)
	return text, draw[format]()
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
	if w.says("settle") {
		c.Settle = rapid.SampledFrom([]vtime.Duration{0, cluster.SettleMax, cluster.AutoSettle}).
			Draw(w.t, "settle")
		w.line("settle = %s", settle.write(c.Settle))
	}
	if c.Settle != 0 && w.says("heal") {
		w.heal()
	}
}

func (w *author) heal() {
	c := &w.want.Cluster
	c.Heal.Kind = cluster.HealKind(rapid.IntRange(1, int(cluster.HealNamed)).Draw(w.t, "heal"))
	if c.Heal.Kind < cluster.HealNamed {
		w.line("heal = %q", healWords[c.Heal.Kind])
		return
	}
	var ids []raft.ServerID
	for id := 1; id <= c.Servers; id++ {
		ids = append(ids, raft.ServerID(id))
	}
	ids = rapid.Permutation(ids).Draw(w.t, "order")
	size := rapid.IntRange(c.Servers/2+1, c.Servers).Draw(w.t, "size")
	var names []string
	for _, id := range ids[:size] {
		c.Heal.Core = c.Heal.Core.With(id)
		names = append(names, fmt.Sprintf("%q", id))
	}
	w.line("heal = [%s]", strings.Join(names, ", "))
}

func (w *author) rooms() {
	c := &w.want.Cluster
	w.network()
	w.line("[storage]")
	if w.says("fsync") {
		c.Server.Disk.Fsync = w.dist("fsync")
	}
	if w.says("lose_unsynced") {
		c.Server.Disk.LoseUnsynced = rapid.Bool().Draw(w.t, "lose_unsynced")
		w.line("lose_unsynced = %v", c.Server.Disk.LoseUnsynced)
	}
	if w.says("lie_sync") {
		c.Server.Disk.LieSync = w.ratio("lie_sync")
	}
}

func (w *author) network() {
	c := &w.want.Cluster.Network
	regions := w.regions()
	w.line("[network]")
	w.ratioRange("loss", &w.want.Cluster.Ranges.Loss)
	w.ratioRange("duplicate", &w.want.Cluster.Ranges.Duplicate)
	w.linkKeys(&network.Difference{
		Latency: &c.Latency, Tail: &c.Tail, Loss: &c.Loss, Duplicate: &c.Duplicate,
		Bandwidth: &c.Bandwidth, FIFO: &c.FIFO,
	})
	w.taken = nil
	for range rapid.IntRange(0, 3).Draw(w.t, "links") {
		w.differentLink()
	}
	w.line("[regions]\n%s", strings.Join(regions, "\n"))
}

// linkKeys writes some keys of a link, and puts what they say where the difference points; at least
// one if it points nowhere.
func (w *author) linkKeys(d *network.Difference) {
	if w.says("loss") || d.Loss == nil {
		say(&d.Loss, w.ratio("loss"))
	}
	if w.says("latency") {
		say(&d.Latency, w.dist("latency"))
	}
	if w.says("tail") {
		say(&d.Tail, w.tail())
	}
	if w.says("duplicate") {
		say(&d.Duplicate, w.ratio("duplicate"))
	}
	if w.says("bandwidth") {
		bytes := rapid.Uint64Range(0, 1<<63-1).Draw(w.t, "bandwidth")
		say(&d.Bandwidth, bytes)
		if bytes == 0 {
			w.line("bandwidth = \"off\"")
		} else {
			w.line("bandwidth = %d", bytes)
		}
	}
	if w.says("fifo") {
		fifo := rapid.Bool().Draw(w.t, "fifo")
		say(&d.FIFO, fifo)
		w.line("fifo = %v", fifo)
	}
}

// say puts a value where the pointer points, if it does, or lets it point to the value.
func say[V any](place **V, v V) {
	if *place == nil {
		*place = new(V)
	}
	**place = v
}

func (w *author) tail() (tail network.Tail) {
	if w.says("no tail") {
		w.line("tail = \"off\"")
		return tail
	}
	tail.Rate = choice.Ratio(rapid.Uint32Range(0, uint32(choice.One)).Draw(w.t, "rate"))
	text, by := w.distText("by")
	tail.By = by
	w.line("tail = {by = %s, rate = %v}", text, tail.Rate)
	return tail
}

// regionNames are no easy ones.
var regionNames = []string{"us", "eu-1", "a \"b\" #", "c1", "n64"}

// regions draws who is where, and returns the lines that say it.
func (w *author) regions() (lines []string) {
	c := &w.want.Cluster
	add := func(p network.Place, name string) {
		if !w.says("region") {
			return
		}
		p.Region = rapid.SampledFrom(regionNames).Draw(w.t, "region")
		c.Network.Places = append(c.Network.Places, p)
		lines = append(lines, fmt.Sprintf("%s = %s", name, quote(p.Region)))
	}
	for id := raft.ServerID(1); int(id) <= min(c.Servers, 4); id++ {
		add(network.Place{Server: id}, id.String())
	}
	for client := uint32(1); client <= min(c.Clients, 3); client++ {
		add(network.Place{Client: client}, fmt.Sprint("c", client))
	}
	slices.Reverse(lines) // they are sorted when they are read
	return lines
}

// differentLink writes a [[network.link]] between two ends, whatever they are.
func (w *author) differentLink() {
	c := &w.want.Cluster
	var ends []network.End
	for id := raft.ServerID(1); int(id) <= c.Servers; id++ {
		ends = append(ends, network.End{Server: id})
	}
	for _, p := range c.Network.Places {
		ends = append(ends, network.End{Region: p.Region})
	}
	var d network.Difference
	d.From = rapid.SampledFrom(ends).Draw(w.t, "from")
	d.To = rapid.SampledFrom(ends).Draw(w.t, "to")
	d.Both = rapid.Bool().Draw(w.t, "both")
	if d.From == d.To && d.From.Region == "" {
		return // a server has no link to itself
	}
	w.line("[[network.link]]")
	name := func(e network.End) string {
		if e.Region != "" {
			return quote(e.Region)
		}
		return quote(e.Server.String())
	}
	if d.Both {
		w.line("between = [%s, %s]", name(d.From), name(d.To))
	} else {
		w.line("to = %s\nfrom = %s", name(d.To), name(d.From))
	}
	w.linkKeys(&d)
	c.Network.Differences = append(c.Network.Differences, d)
}

func (w *author) drift(key string) int64 {
	v := rapid.Int64Range(-5e8, 5e8).Draw(w.t, key)
	w.line("%s = %s", key, fault.DriftText(v))
	return v
}

// clocks writes [clock], and what differs on some servers.
func (w *author) clocks() {
	c := &w.want.Cluster
	if w.says("clock") {
		w.line("[clock.drift]")
		c.Drift.Min, c.Drift.Max = w.drift("min"), 5e8
		w.line("max = 0.5")
	}
	if w.says("rho") {
		c.Rho = rapid.Int64Range(0, 5e8).Draw(w.t, "rho")
		w.line("[clock]\nrho = %s", fault.DriftText(c.Rho))
	}
	for id := raft.ServerID(1); int(id) <= min(c.Servers, 3); id++ {
		if !w.says("a server") {
			continue
		}
		own := cluster.Own{Server: id}
		w.line("[[server]]\nname = %q", id)
		if w.says("drift") {
			say(&own.Drift, w.drift("drift"))
		}
		if w.says("fsync") {
			say(&own.Fsync, w.dist("fsync"))
		}
		if w.says("election_timeout") {
			w.line("election_timeout = {min = \"7s\", max = \"9s\"}")
			say(&own.ElectionTimeout, choice.UniformBetween(int64(7*vtime.Second), int64(9*vtime.Second)))
		}
		if i := w.oneOf("pre_vote", "false", "true"); i >= 0 {
			own.PreVote = pointer(i == 1)
		}
		if w.mayLease() {
			w.taken = []string{"check_quorum"}
		}
		if i := w.oneOf("check_quorum", "false", "true"); i >= 0 {
			own.CheckQuorum = pointer(i == 1)
		}
		w.taken = nil
		c.Own = append(c.Own, own)
	}
}

// nemesis writes a [nemesis], if there is to be one.
func (w *author) nemesis() {
	if !w.says("nemesis") {
		return
	}
	plan := &fault.Plan{
		Every: choice.ExponentialOf(int64(vtime.Second)),
		Lasts: choice.UniformBetween(int64(50*vtime.Millisecond), int64(2*vtime.Second)),
	}
	w.line("[nemesis]")
	if w.says("every") {
		plan.Every = w.dist("every")
	}
	if w.says("lasts") {
		plan.Lasts = w.dist("lasts")
	}
	if w.says("stop") {
		end := int64(w.want.Cluster.Duration)
		plan.Start = vtime.Time(rapid.Int64Range(0, end-1).Draw(w.t, "start"))
		plan.Stop = plan.Start.Add(w.span("stop", 1))
		w.line("stop = %q\nstart = %q", plan.Stop.Sub(0), plan.Start.Sub(0))
	}
	if w.says("swarm") {
		plan.Swarm = true
		w.line("swarm = true")
	}
	if w.says("max_down") {
		plan.Majority = rapid.Bool().Draw(w.t, "majority")
		w.line("max_down = %q", map[bool]string{true: "any", false: "minority"}[plan.Majority])
	}
	w.kinds(plan)
	w.want.Cluster.Nemesis = plan
}

// kinds writes weights of some kinds; all are alike where nothing is said.
func (w *author) kinds(plan *fault.Plan) {
	said := w.says("kinds")
	var weights []string
	for i, k := range fault.Kinds() {
		may := w.mayDraw(k)
		if plan.Kinds[k] = 0; may {
			plan.Kinds[k] = 1
		}
		if !said {
			continue
		}
		if may {
			plan.Kinds[k] = rapid.Uint64Range(uint64(min(1, i)), maxWeight).Draw(w.t, "weight")
		}
		if weight := plan.Kinds[k]; weight > 0 || w.says("no weight") {
			weights = append(weights, fmt.Sprintf("%v = %d", k, weight))
		}
	}
	if said {
		slices.Reverse(weights)
		w.line("kinds = {%s}", strings.Join(weights, ", "))
	}
}

func (w *author) workload() {
	c := &w.want.Cluster.Client
	if w.says("sessions_max") {
		w.line("[store]")
		w.want.Cluster.Server.Store.SessionsMax = w.int("sessions_max", 1, 1_000_000)
	}
	w.line("[workload]")
	if w.says("keys") {
		w.keys(c)
	}
	scripted := w.want.Cluster.Clients > 0 && w.says("script")
	if !scripted && w.says("requests_per_client") {
		c.Requests = uint32(w.int("requests_per_client", 0, 1_000_000))
	}
	if !scripted && w.says("arrivals") {
		w.arrivals(c)
		if w.says("lanes_max") {
			c.LanesMax = uint32(w.int("lanes_max", 1, 1000))
		}
	} else if !scripted && w.says("think_time") {
		c.ThinkTime = w.dist("think_time")
	}
	w.patience(c)
	if w.says("value_size") {
		low := rapid.Int64Range(1, client.MaxValueSize).Draw(w.t, "least")
		high := rapid.Int64Range(low, client.MaxValueSize).Draw(w.t, "most")
		c.ValueSize = choice.UniformBetween(low, high)
		w.line("value_size = {dist = \"uniform\", min = \"%dB\", max = %d}", low, high)
	}
	if w.says("mix") {
		weight := func(name string, low uint64) uint64 {
			return rapid.Uint64Range(low, maxWeight).Draw(w.t, name)
		}
		c.Mix = client.Mix{Put: weight("put", 0), Get: weight("get", 0)}
		c.Mix.Delete = weight("delete", 1)
		w.line("mix = {delete = %d, put = %d, get = %d}", c.Mix.Delete, c.Mix.Put, c.Mix.Get)
	}
	for range rapid.IntRange(1, 3).Draw(w.t, "scripted") {
		if scripted {
			w.scripted(c)
		}
	}
}

func (w *author) keys(c *client.Config) {
	if rapid.Bool().Draw(w.t, "by name") {
		each := rapid.StringMatching(`[a-z\pL .#=]{1,9}`)
		c.Keys = rapid.SliceOfNDistinct(each, 1, 5, rapid.ID[string]).Draw(w.t, "keys")
		w.line("keys = [%s]", strings.Join(quoted(c.Keys), " , "))
		return
	}
	c.Keys = nil
	c.KeyCount = rapid.Uint32Range(1, 300).Draw(w.t, "count")
	if skew := rapid.Uint32Range(0, choice.MaxSkew).Draw(w.t, "skew"); skew > 0 {
		c.Skew = choice.ZipfOf(c.KeyCount, skew)
		w.line("keys = {s = %d.%03d, count = %d, dist = \"zipf\"}", skew/1000, skew%1000, c.KeyCount)
		return
	}
	w.line("keys = {count = %d}", c.KeyCount)
}

func (w *author) arrivals(c *client.Config) {
	rate := rapid.Uint64Range(1, 1_000_000_000).Draw(w.t, "rate")
	mean := max(1, int64(max(1, w.want.Cluster.Clients))*1_000_000_000_000/int64(rate))
	c.Arrivals = client.Arrivals{Rate: rate, Gap: choice.UniformBetween(0, 2*mean)}
	shape := "dist = \"uniform\", "
	if rapid.Bool().Draw(w.t, "poisson") {
		c.Arrivals.Gap, shape = choice.ExponentialOf(mean), ""
	}
	w.line("arrivals = {%srate = %d.%03d}", shape, rate/1000, rate%1000)
}

// patience is what clients do that hear no answer.
func (w *author) patience(c *client.Config) {
	if w.says("timeout") {
		c.Timeout = w.span("timeout", 1)
		w.line("timeout = %q", c.Timeout)
	}
	if w.says("retry") {
		c.Retry = w.span("retry", 1)
		w.line("retry = %q", c.Retry)
	}
	if c.Retry > 0 && w.says("give_up") {
		c.GiveUp = w.span("give_up", 1)
		w.line("give_up = %q", c.GiveUp)
	}
	if w.says("route") {
		c.Route = client.Discover
		w.line("route = \"discover\"")
	}
}

func (w *author) scripted(c *client.Config) {
	s := client.Scripted{
		At:     vtime.Time(w.span("at", 0)),
		Client: rapid.Uint32Range(1, w.want.Cluster.Clients).Draw(w.t, "client"),
		Action: rapid.SampledFrom([]record.Action{record.Put, record.Get, record.Delete}).Draw(w.t, "action"),
		Key:    rapid.StringMatching(`[a-z .#=]{1,9}`).Draw(w.t, "key"),
	}
	w.line("[[workload.script]]\n%s = %q\nclient = \"c%d\"\nat = %q",
		s.Action, s.Key, s.Client, vtime.Duration(s.At))
	if s.Action == record.Put {
		s.Value = rapid.StringMatching(`[a-z]{0,9}`).Draw(w.t, "value")
		w.line("value = %q", s.Value)
	}
	if w.says("via") {
		s.Via = w.server("via")
		w.line("via = %q", s.Via)
	}
	c.Script = append(c.Script, s)
}

func (w *author) fault(number int) {
	f := fault.Fault{Do: rapid.SampledFrom(record.Verbs()).Draw(w.t, "do")}
	verb, _ := verbNamed(f.Do.String())
	alone := w.want.Cluster.Servers == 1
	if alone && (f.Do == record.Partition || slices.Contains(verb.strikes, "link")) {
		f.Do = record.Heal // there is nobody else
		verb, _ = verbNamed("heal")
	}
	w.line("[[fault]]\ndo = %q", f.Do)
	w.trigger(&f, number)
	if f.Do.Lasts() && w.says("for") {
		f.For = w.span("for", 1)
		w.line("for = %q", f.For)
	}
	switch {
	case f.Do == record.Heal:
	case f.Do == record.Partition:
		w.groups(&f)
	case slices.Contains(verb.strikes, "link") && (w.says("link") || f.Do == record.Cut):
		w.link(&f)
	default:
		w.target(&f)
	}
	w.amounts(&f, verb)
	w.want.Cluster.Faults = append(w.want.Cluster.Faults, f)
}

func (w *author) trigger(f *fault.Fault, number int) {
	switch trigger := rapid.IntRange(0, 2).Draw(w.t, "trigger"); {
	case trigger == 1:
		f.When = mark.Condition{What: mark.SplitVote, Nth: 1}
		w.line("when = \"split_vote\"")
	case trigger == 2 && number > 1:
		f.After = fmt.Sprintf("fault %d", number-1)
		w.line("after = %q", f.After)
	default:
		end := int64(w.want.Cluster.Duration)
		f.At = vtime.Time(rapid.Int64Range(0, end-1).Draw(w.t, "at"))
		w.line("at = %q", vtime.Duration(f.At))
	}
	f.Name = fmt.Sprintf("fault %d", number)
	w.line("as = %q", f.Name)
}

func (w *author) target(f *fault.Fault) {
	f.Node = fault.On(w.server("node"))
	if f.Do != record.TransferLeader && w.says("nodes") {
		f.Node.Servers |= raft.SetOf(w.server("another"))
		w.line("nodes = %s", groupText(f.Node.Servers))
		return
	}
	kind := fault.TargetKind(rapid.IntRange(1, 5).Draw(w.t, "kind"))
	if kind == fault.Random || kind != fault.Named && f.Do != record.Restart && f.Do != record.Resume {
		f.Node = fault.Target{Kind: kind}
	}
	w.line("node = %q", f.Node)
}

func (w *author) amounts(f *fault.Fault, verb verb) {
	if f.Do == record.SlowLink {
		f.Rate = choice.One
	}
	for _, name := range verb.amounts() {
		switch {
		case name == "by":
			f.By = w.dist("by")
		case name == "drift":
			f.Drift = w.drift("drift")
		case name == "jump":
			f.Jump = w.span("jump", 1) * vtime.Duration(1-2*rapid.IntRange(0, 1).Draw(w.t, "back"))
			w.line("jump = %q", f.Jump)
		case slices.Contains(verb.needs, name) || w.says("rate"):
			f.Rate = choice.Ratio(rapid.Uint32Range(1, uint32(choice.One)).Draw(w.t, "rate"))
			w.line("rate = %v", f.Rate)
		}
	}
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
	if w.says("at_least") {
		e.AtLeast = []MarkTimes{{mark.Mark(record.Crashed), 3}, {mark.SplitVote, 1}}
		w.line("at_least = {split_vote = 1, crashed = 3}")
	}
	if w.says("at_most") {
		e.AtMost = []MarkTimes{{mark.Mark(record.Crashed), 3}, {mark.AllDown, 0}}
		w.line("at_most = {all_down = 0, crashed = 3}")
	}
	if w.says("leaders") {
		e.MinLeaders = w.int("min_leaders", 0, 10)
		e.MaxLeaders = w.int("max_leaders", max(1, e.MinLeaders), 11)
	}
	if w.says("sometimes") {
		e.Sometimes = rapid.SliceOfNDistinct(rapid.SampledFrom(mark.All()), 1, 5, rapid.ID[mark.Mark]).
			Draw(w.t, "marks")
		w.line("sometimes = [%s]", strings.Join(quoted(mark.Names(e.Sometimes)), ", "))
	}
}

// anyScenario draws a valid scenario.
func anyScenario(t *rapid.T) *author {
	w := &author{t: t, want: defaults()}
	w.top()
	w.raft()
	w.rooms()
	w.clocks()
	w.workload()
	for i := range rapid.IntRange(0, 3).Draw(t, "faults") {
		w.fault(i + 1)
	}
	w.nemesis()
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
