package scenario

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/client"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// script is [[workload.script]].
func script() field[Scenario] {
	f := list("workload.script", "these requests, instead of random ones",
		scriptFields, checkRequest,
		func(s *Scenario) *[]client.Scripted { return &s.Cluster.Client.Script })
	f.name = "script"
	return f
}

// scriptFields are the keys of a [[workload.script]].
var scriptFields = []field[client.Scripted]{
	needed(key("at", "", "when, or when its client is done with the one before", instant,
		func(s *client.Scripted) *vtime.Time { return &s.At })),
	needed(key("client", "", "who asks", clientName,
		func(s *client.Scripted) *uint32 { return &s.Client })),
	scriptKey("put", "the key to put", record.Put),
	valueField(),
	scriptKey("get", "the key to get", record.Get),
	scriptKey("delete", "the key to delete", record.Delete),
	key("via", "", "the server to ask first", optional(serverName()),
		func(s *client.Scripted) *raft.ServerID { return &s.Via }),
}

// scriptKey is the key that a request asks for, under the name of what it asks.
func scriptKey(name, about string, action record.Action) field[client.Scripted] {
	f := key(name, "", about, label, func(s *client.Scripted) *string { return &s.Key })
	f.read = func(r *reader, n *node, s *client.Scripted) {
		if n == nil {
			return
		}
		if v, ok := label.read(r, n); ok {
			s.Action, s.Key = action, v
		}
	}
	f.write = func(w *writer, n *node, s *client.Scripted) {
		if s.Action == action {
			w.line(name, quote(s.Key), n)
		}
	}
	return f
}

// valueField is what a put writes, be it nothing.
func valueField() field[client.Scripted] {
	f := key("value", "", "what to put there", text,
		func(s *client.Scripted) *string { return &s.Value })
	f.write = func(w *writer, n *node, s *client.Scripted) {
		if s.Action == record.Put {
			w.line("value", quote(s.Value), n)
		}
	}
	return f
}

// checkRequest notes a request that asks for nothing, or for two things.
func checkRequest(r *reader, n *node, s *client.Scripted) {
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
	case len(s.Value) > client.MaxValueSize:
		r.refuse(n.child("value"), "at most %d bytes", client.MaxValueSize)
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
	write: func(number uint32) string { return fmt.Sprintf("\"c%d\"", number) },
}
