package scenario

import (
	"fmt"
	"strings"

	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/vtime"
)

var workloadFields = []field[Scenario]{
	key("keys", `["a", "b", "c", "d", "e"]`, "the store's keys that are asked for, all as likely",
		keys, func(s *Scenario) *[]string { return &s.Cluster.Client.Keys }),
	key("requests_per_client", "5", "how many requests each client makes, one at a time",
		integer[uint32](0, maxCount),
		func(s *Scenario) *uint32 { return &s.Cluster.Client.Requests }).
		called("requests ops operations num_requests"),
	key("think_time", `"0s"`, "from an answer to the client's next request", dist,
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Client.ThinkTime }).
		called("think pause delay"),
	later[Scenario]("arrivals", "requests come at this rate a second, whatever is answered",
		arrivals),
	key("timeout", `"1s"`, "how long a client waits for an answer", positive,
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Client.Timeout }).
		called("request_timeout"),
	later[Scenario]("retry", "how long after a timeout or a refusal a client asks again",
		orOff(positive, 0, func(d vtime.Duration) bool { return d == 0 })),
	later[Scenario]("route", "whether clients are told the leader, or search it",
		word("leader", "discover")),
	key("mix", `{put = 1, get = 1, delete = 1}`, "how likely a request is of each kind: weights",
		mix, func(s *Scenario) *client.Mix { return &s.Cluster.Client.Mix }).
		called("weights ratio"),
	later[Scenario]("value_size", "how many bytes a put writes", byteCount),
	later[Scenario]("script", "requests one by one, instead of random ones", script),
}

// checkWorkload notes two ways to say when requests come.
func checkWorkload(r *reader, n *node, _ *Scenario) {
	arrivals, think := n.child("arrivals"), n.child("think_time")
	if arrivals != nil && think != nil {
		r.note(arrivals.at, "arrivals and think_time both say when requests come, want one of them")
	}
}

const longestKey = 1024

// keys are the store's keys that clients ask for.
var keys = kind[[]string]{
	form: form{
		want: `a list of strings, such as ["a", "b"]`, example: `["a", "b"]`,
		schema: jsonSchema{"type": "array", "minItems": 1, "uniqueItems": true,
			"items": jsonSchema{"type": "string", "minLength": 1, "maxLength": longestKey}},
	},
	read: func(r *reader, n *node) ([]string, bool) {
		if n.shape == table {
			return nil, r.laterKeys(n)
		}
		if n.shape != array || len(n.children) == 0 {
			return nil, r.refuse(n, "a list of strings, such as [\"a\", \"b\"]")
		}
		return r.keys(n)
	},
	write: func(list []string) string {
		texts := make([]string, len(list))
		for i, s := range list {
			texts[i] = quote(s)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	},
}

func (r *reader) keys(n *node) (list []string, fine bool) {
	seen := map[string]bool{}
	fine = true
	for _, c := range n.children {
		v, _ := c.value.(string)
		if v == "" || len(v) > longestKey {
			fine = r.refuse(c, "a string of 1 to %d bytes", longestKey)
		} else if seen[v] {
			fine = r.refuse(c, "a key that is not in the list before")
		}
		seen[v] = true
		list = append(list, v)
	}
	return list, fine
}

// laterKeys looks at {count, dist, s}, which the world does not simulate yet.
func (r *reader) laterKeys(n *node) bool {
	tableOf([]field[struct{}]{
		needed(unused[struct{}]("count", "", integer[int](1, maxCount))),
		unused[struct{}]("dist", "", word("uniform", "zipf")),
		unused[struct{}]("s", "", decimal(0, 10)),
	}, nil).read(r, n)
	r.notYet(n, "%s as a table is not yet simulated, want for example [\"a\", \"b\"]", n.label())
	return false
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

// arrivals is {dist, rate}: an open loop.
var arrivals = tableOf([]field[struct{}]{
	unused[struct{}]("dist", "how they are spaced", word("poisson", "uniform")),
	needed(unused[struct{}]("rate", "how many a second, of all clients",
		decimal(0.001, 1_000_000))),
}, nil)

// script is [{at, client, put | get | delete, via}].
var script = arrayOf("workload.script", []field[struct{}]{
	needed(unused[struct{}]("at", "when", instant)),
	needed(unused[struct{}]("client", "who asks", clientName)),
	unused[struct{}]("put", "the key to put", label),
	unused[struct{}]("value", "what to put there", text),
	unused[struct{}]("get", "the key to get", label),
	unused[struct{}]("delete", "the key to delete", label),
	unused[struct{}]("via", "the server to ask", serverName()),
}, checkRequest)

// checkRequest notes a request that asks for nothing, or for two things.
func checkRequest(r *reader, n *node, _ *struct{}) {
	var said []*node
	for _, action := range []string{"put", "get", "delete"} {
		if c := n.child(action); c != nil {
			said = append(said, c)
		}
	}
	switch {
	case len(said) == 0:
		r.note(n.valueAt, "%s has no put, get or delete, want one of them", n.label())
	case len(said) > 1:
		r.note(said[1].at, "%s and %s in one request, want one of them", said[0].key, said[1].key)
	case said[0].key == "put" && n.child("value") == nil:
		r.note(said[0].at, "put without a value, want for example value = \"x\"")
	case said[0].key != "put" && n.child("value") != nil:
		r.note(n.child("value").at, "%s takes no value, leave it out", said[0].key)
	}
}

// clientName is the name of a client, such as c1.
var clientName = kind[uint32]{
	form: form{want: `a client such as "c1"`, example: `"c1"`,
		schema: jsonSchema{"type": "string", "pattern": `^c[1-9][0-9]*$`}},
	read: func(r *reader, n *node) (uint32, bool) {
		name, _ := n.value.(string)
		for number := uint32(1); number <= r.scenario.Cluster.Clients; number++ {
			if name == fmt.Sprintf("c%d", number) {
				return number, true
			}
		}
		return 0, r.refuse(n, "c1 to c%d", r.scenario.Cluster.Clients)
	},
}
