package scenario

import (
	"raftkv/sim/choice"
	"raftkv/sim/cluster"
	"raftkv/sim/network"
)

var networkFields = []field[Scenario]{
	key("latency", `{dist = "uniform", min = "1ms", max = "10ms"}`, "how long a message takes",
		dist,
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Network.Latency }).
		called("delay"),
	key("tail", `"off"`, "how likely a message is slow, and what that adds to its latency", tail,
		func(s *Scenario) *network.Tail { return &s.Cluster.Network.Tail }).
		called("slow long_tail"),
	ranged("loss", "0.0", "how likely a message is lost", ratio,
		func(s *Scenario) *choice.Ratio { return &s.Cluster.Network.Loss },
		func(s *Scenario) *cluster.Range { return &s.Cluster.Ranges.Loss }).
		called("drop drop_rate loss_rate packet_loss"),
	ranged("duplicate", "0.0",
		"how likely a message arrives twice; clients' only with a retry", ratio,
		func(s *Scenario) *choice.Ratio { return &s.Cluster.Network.Duplicate },
		func(s *Scenario) *cluster.Range { return &s.Cluster.Ranges.Duplicate }).
		called("copies duplication dup"),
	key("bandwidth", `"off"`, "bytes a second of each link, in each direction", bandwidth,
		func(s *Scenario) *uint64 { return &s.Cluster.Network.Bandwidth }).
		called("rate throughput"),
	key("fifo", "false", "whether each link delivers in the order of sending, as TCP does", boolean,
		func(s *Scenario) *bool { return &s.Cluster.Network.FIFO }).
		called("in_order ordered tcp"),
	links(),
}

// linkFields are the keys of a [[network.link]]: its ends, and what differs between them.
var linkFields = []field[network.Difference]{
	endField("from", "who sends: a server, or all of a region", endForm,
		func(d *network.Difference) string { return oneWay(d, d.From) }),
	endField("to", "who receives", endForm,
		func(d *network.Difference) string { return oneWay(d, d.To) }),
	endField("between", "two servers or regions, both ways; one region twice is within it",
		betweenForm, bothWays),
	key("latency", "", "how long a message takes", asElsewhere(dist),
		func(d *network.Difference) **choice.Distribution { return &d.Latency }).
		called("delay"),
	key("tail", "", "how likely a message is slow, and what that adds", asElsewhere(tail),
		func(d *network.Difference) **network.Tail { return &d.Tail }).
		called("slow long_tail"),
	key("loss", "", "how likely a message is lost", asElsewhere(ratio),
		func(d *network.Difference) **choice.Ratio { return &d.Loss }).
		called("drop drop_rate loss_rate packet_loss"),
	key("duplicate", "", "how likely a message arrives twice",
		asElsewhere(ratio),
		func(d *network.Difference) **choice.Ratio { return &d.Duplicate }).
		called("copies duplication dup"),
	key("bandwidth", "", "bytes a second", asElsewhere(bandwidth),
		func(d *network.Difference) **uint64 { return &d.Bandwidth }).
		called("rate throughput"),
	key("fifo", "", "whether it delivers in the order of sending", asElsewhere(boolean),
		func(d *network.Difference) **bool { return &d.FIFO }).
		called("in_order ordered tcp"),
}

// links is [[network.link]]: what differs on some links. A later one goes before an earlier one.
func links() field[Scenario] {
	f := list("network.link",
		"what differs on one link, or between two regions; the last that says it counts",
		linkFields, checkLink,
		func(s *Scenario) *[]network.Difference { return &s.Cluster.Network.Differences })
	f.name = "link"
	return f.called("links")
}

const tailExample = `{rate = 0.06, by = {dist = "uniform", min = "10ms", max = "800ms"}}`

// tail is {rate, by}.
var tail = orOff(tailTable(), network.Tail{}, func(t network.Tail) bool {
	return t == network.Tail{}
})

func tailTable() kind[network.Tail] {
	k := tableOf([]field[network.Tail]{
		needed(key("rate", "", "how likely a message is slow", ratio,
			func(t *network.Tail) *choice.Ratio { return &t.Rate })),
		needed(key("by", "", "what that adds to its latency", dist,
			func(t *network.Tail) *choice.Distribution { return &t.By })),
	}, nil)
	k.want, k.example = tailExample, tailExample
	return k
}

// bandwidth is a number of bytes a second; 0 is off.
var bandwidth = orOff(bytesASecond(), 0, func(bytes uint64) bool { return bytes == 0 })

func bytesASecond() kind[uint64] {
	k := byteCount
	k.read = func(r *reader, n *node) (uint64, bool) {
		bytes, ok := n.bytes()
		return bytes, ok || r.refuse(n, `%s, or "off"`, k.want)
	}
	return k
}

// asElsewhere is what k reads, where a table says it; nil is what its surroundings say.
func asElsewhere[V any](k kind[V]) kind[*V] {
	return kind[*V]{
		form: k.form,
		read: func(r *reader, n *node) (*V, bool) {
			v, ok := k.read(r, n)
			return &v, ok
		},
		write: func(v *V) string {
			if v == nil {
				return ""
			}
			return k.write(*v)
		},
	}
}

var (
	endForm = form{want: `a server or a region, such as "n1" or "us"`, example: exampleNode,
		schema: label.schema}
	betweenForm = form{
		want: `two servers or regions, such as ["n1", "n2"]`, example: `["n1", "n2"]`,
		schema: jsonSchema{
			"type": "array", "minItems": 2, "maxItems": 2, "items": label.schema}}
)

// endField is a key that names one end of a link, or both: checkLink reads them together.
func endField(
	name, about string, f form, text func(*network.Difference) string,
) field[network.Difference] {
	return field[network.Difference]{
		member: member{name: name, about: about, form: f},
		read:   func(*reader, *node, *network.Difference) {},
		write: func(w *writer, n *node, d *network.Difference) {
			if said := text(d); said != "" {
				w.line(name, said, n)
			}
		},
	}
}

func oneWay(d *network.Difference, end network.End) string {
	if d.Both {
		return ""
	}
	return endText(end)
}

func bothWays(d *network.Difference) string {
	if !d.Both {
		return ""
	}
	return "[" + endText(d.From) + ", " + endText(d.To) + "]"
}

func endText(e network.End) string {
	if e.Region != "" {
		return quote(e.Region)
	}
	return quote(e.Server.String())
}

// checkLink reads the ends of a link, and notes one that differs in nothing.
func checkLink(r *reader, n *node, d *network.Difference) {
	if n.anyBroken() {
		return
	}
	ends, both, ok := r.linkEnds(n)
	if ok {
		from, fromOK := r.end(ends[0])
		to, toOK := r.end(ends[1])
		d.From, d.To, d.Both = from, to, both
		if fromOK && toOK && from == to && from.Region == "" {
			r.refuse(ends[1], "another server than %s", from.Server)
		}
	}
	said := 0
	for _, key := range []string{"from", "to", "between"} {
		if n.child(key) != nil {
			said++
		}
	}
	if ok && !n.strange && len(n.children) == said {
		r.note(n.valueAt, "%s has nothing that differs, want for example latency = \"50ms\"",
			n.label())
	}
}

// end reads one end of a link.
func (r *reader) end(n *node) (e network.End, ok bool) {
	name, _ := n.value.(string)
	if id, ok := parseServer(name); ok && int(id) <= r.servers() {
		return network.End{Server: id}, true
	}
	var regions []string
	for _, p := range r.scenario.Cluster.Network.Places {
		if p.Region == name {
			return network.End{Region: name}, true
		}
		regions = addWord(regions, p.Region)
	}
	allowed := quoted(regions)
	if len(regions) == 0 {
		allowed = []string{"a name from [regions], which has none"}
	}
	return e, r.refuse(n, "%s%s", either(r.serverWords(allowed)), didYouMean(name, regions))
}
