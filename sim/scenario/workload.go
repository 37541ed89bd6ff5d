package scenario

import (
	"strconv"

	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/vtime"
)

var workloadFields = []field[Scenario]{
	keysField(),
	unless(hasScript, key("requests_per_client", "5", "how many requests each client makes",
		integer[uint32](0, maxCount),
		func(s *Scenario) *uint32 { return &s.Cluster.Client.Requests })).
		called("requests ops operations num_requests"),
	unless(hasArrivals, key("think_time", `"0s"`, "from an answer to the client's next request",
		dist,
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Client.ThinkTime })).
		called("think pause delay"),
	key("arrivals", "", "requests come at this rate a second, whatever is answered", arrivals,
		func(s *Scenario) *client.Arrivals { return &s.Cluster.Client.Arrivals }).
		called("arrival open_loop rate"),
	unless(closedLoop, key("lanes_max", "100",
		"how many requests of a client are open at most, with arrivals",
		integer[uint32](1, 1000),
		func(s *Scenario) *uint32 { return &s.Cluster.Client.LanesMax })).
		called("lanes max_open"),
	key("timeout", `"1s"`, "how long a client waits for an answer", positive,
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Client.Timeout }).
		called("request_timeout"),
	key("retry", `"off"`, "how long after a timeout or a refusal a client asks again, in a session",
		orOff(positive, 0, isOff),
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Client.Retry }).
		called("retries retry_after backoff"),
	key("give_up", `"off"`, "how long after it first asked a client asks no more",
		orOff(positive, 0, isOff),
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Client.GiveUp }).
		called("deadline max_time"),
	key("route", `"leader"`, "whether clients are told the leader, or find it by asking", route,
		func(s *Scenario) *client.Route { return &s.Cluster.Client.Route }).
		called("routing"),
	key("mix", `{put = 1, get = 1, delete = 1}`, "how likely a request is of each kind: weights",
		mix, func(s *Scenario) *client.Mix { return &s.Cluster.Client.Mix }).
		called("weights ratio"),
	key("value_size", "", "how many bytes a put writes; without it, as few as are its own",
		valueSize,
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Client.ValueSize }).
		called("size payload"),
	script(),
}

func isOff(d vtime.Duration) bool { return d == 0 }

func hasScript(s *Scenario) bool { return len(s.Cluster.Client.Script) > 0 }

func hasArrivals(s *Scenario) bool { return s.Cluster.Client.Arrivals.Rate > 0 || hasScript(s) }

func closedLoop(s *Scenario) bool { return s.Cluster.Client.Arrivals.Rate == 0 }

// unless is a field that a file does not say where another goes before it.
func unless(other func(*Scenario) bool, f field[Scenario]) field[Scenario] {
	write := f.write
	f.write = func(w *writer, n *node, s *Scenario) {
		if !other(s) {
			write(w, n, s)
		}
	}
	return f
}

// checkWorkload notes two ways to say which requests come, or when, and what means nothing alone.
func checkWorkload(r *reader, n *node, s *Scenario) {
	arrivals, think, script := n.child("arrivals"), n.child("think_time"), n.child("script")
	if arrivals != nil && think != nil {
		r.note(arrivals.at, "arrivals and think_time both say when requests come, want one of them")
	}
	for _, other := range []string{"requests_per_client", "think_time", "arrivals"} {
		if c := n.child(other); c != nil && script != nil {
			r.note(c.at, "%s and script both say which requests come, want one of them", other)
		}
	}
	if lanes := n.child("lanes_max"); lanes != nil && arrivals == nil {
		r.note(lanes.at, "lanes_max is for requests that come by themselves, want arrivals = "+
			"{rate = 100} too, or leave it out")
	}
	retry, giveUp := n.child("retry"), n.child("give_up")
	if s.Cluster.Client.GiveUp > 0 && (retry == nil || retry.value == "off") {
		r.refuse(giveUp, "\"off\", as retry is")
	}
}

// maxWeight keeps sums of weights far from overflow.
const maxWeight = 1_000_000

var weight = integer[uint64](0, maxWeight)

// allZero is a table in which no weight is above 0.
func allZero() jsonSchema {
	return jsonSchema{"additionalProperties": jsonSchema{"const": 0}}
}

// mix is {put, get, delete}: weights. One that is left out is 0.
var mix = withSchema(jsonSchema{"not": allZero()}, tableOf([]field[client.Mix]{
	key("put", "0", "", weight, func(m *client.Mix) *uint64 { return &m.Put }),
	key("get", "0", "", weight, func(m *client.Mix) *uint64 { return &m.Get }),
	key("delete", "0", "", weight, func(m *client.Mix) *uint64 { return &m.Delete }),
}, func(r *reader, n *node, m *client.Mix) bool {
	return *m != (client.Mix{}) || r.refuse(n, "a weight above 0")
}))

// arrivalParams is what a file says of arrivals.
type arrivalParams struct {
	dist string
	rate uint64 // in thousandths
}

var arrivalTable = tableOf([]field[arrivalParams]{
	key("dist", `"poisson"`, "how they are spaced", word("poisson", "uniform"),
		func(p *arrivalParams) *string { return &p.dist }),
	needed(key("rate", "", "how many a second, of all clients",
		thousandths[uint64](1, 1_000_000_000),
		func(p *arrivalParams) *uint64 { return &p.rate })),
}, nil)

// arrivals is {dist, rate}: an open loop. Each client has its share of the rate; if the spaces are
// uniform, they are as likely to be anything up to twice their mean.
var arrivals = kind[client.Arrivals]{
	form: arrivalTable.form,
	read: func(r *reader, n *node) (a client.Arrivals, ok bool) {
		p, ok := arrivalTable.read(r, n)
		if !ok {
			return a, false
		}
		const thousandSeconds = 1000 * int64(vtime.Second)
		clients := max(1, int64(r.scenario.Cluster.Clients))
		mean := max(1, clients*thousandSeconds/int64(p.rate))
		a.Rate, a.Gap = p.rate, choice.ExponentialOf(mean)
		if p.dist == "uniform" {
			a.Gap = choice.UniformBetween(0, 2*mean)
		}
		return a, true
	},
	write: func(a client.Arrivals) string {
		if a.Rate == 0 {
			return ""
		}
		p := arrivalParams{dist: "poisson", rate: a.Rate}
		if a.Gap.Kind == choice.Uniform {
			p.dist = "uniform"
		}
		return arrivalTable.write(p)
	},
}

// route is the name of a route.
var route = kind[client.Route]{
	form: routeWord.form,
	read: func(r *reader, n *node) (client.Route, bool) {
		v, ok := routeWord.read(r, n)
		if v == "discover" {
			return client.Discover, ok
		}
		return client.ToldLeader, ok
	},
	write: func(v client.Route) string {
		if v == client.Discover {
			return routeWord.write("discover")
		}
		return routeWord.write("leader")
	},
}

var routeWord = word("leader", "discover")

const sizeWant = `1 to 65536 bytes, such as 4096 or "64KB", or {dist = "uniform", min, max}`

// valueSize is a number of bytes, or any from one to another.
var valueSize = kind[choice.Distribution]{
	form: form{want: sizeWant, example: `"1KB"`, schema: jsonSchema{
		"anyOf": []jsonSchema{byteCount.schema, sizes.jsonSchema()}}},
	read: func(r *reader, n *node) (d choice.Distribution, ok bool) {
		if n.shape != table {
			v, ok := shortBytes.read(r, n)
			return choice.Constantly(int64(v)), ok
		}
		p, ok := sizes.read(r, n)
		if !ok {
			return d, false
		}
		return choice.UniformBetween(int64(p.min), int64(p.max)), true
	},
	write: func(d choice.Distribution) string {
		low, high := d.Bounds()
		switch d.Kind {
		case choice.Constant:
			return shortBytes.write(uint64(low))
		case choice.Uniform:
			return sizes.write(sizeParams{"uniform", uint64(low), uint64(high)})
		}
		return ""
	},
}

type sizeParams struct {
	dist     string
	min, max uint64
}

var sizes = tableOf([]field[sizeParams]{
	needed(key("dist", "", "", word("uniform"), func(p *sizeParams) *string { return &p.dist })),
	needed(key("min", "", "", shortBytes, func(p *sizeParams) *uint64 { return &p.min })),
	needed(key("max", "", "", shortBytes, func(p *sizeParams) *uint64 { return &p.max })),
}, func(r *reader, n *node, p *sizeParams) bool {
	return p.max >= p.min || r.refuse(n.child("max"), "%d or more, which is min", p.min)
})

// shortBytes is how many bytes a value can have.
var shortBytes = kind[uint64]{
	form: form{want: `1 to 65536 bytes, such as 4096 or "64KB"`, example: `"1KB"`,
		schema: byteCount.schema},
	read: func(r *reader, n *node) (uint64, bool) {
		v, ok := byteCount.read(r, n)
		return v, ok && (v <= client.MaxValueSize ||
			r.refuse(n, "1 to %d bytes", client.MaxValueSize))
	},
	write: func(v uint64) string { return strconv.FormatUint(v, 10) },
}
