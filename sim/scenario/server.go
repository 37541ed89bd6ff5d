package scenario

import (
	"slices"
	"strconv"
	"strings"

	"raftkv/raft"
)

const serverPattern = `n([1-9]|[1-5][0-9]|6[0-3])`

// parseServer returns the server of a name such as "n1", whether or not the cluster has it.
func parseServer(name string) (raft.ServerID, bool) {
	number, err := strconv.ParseUint(strings.TrimPrefix(name, "n"), 10, 8)
	id := raft.ServerID(number)
	ok := err == nil && 1 <= number && number <= raft.MaxServers && id.String() == name
	return id, ok
}

// servers returns how many servers can be named. If their number is a mistake, no name is a second.
func (r *reader) servers() int {
	if r.scenario.Cluster.Servers == 0 {
		return raft.MaxServers
	}
	return r.scenario.Cluster.Servers
}

// serverName is the name of a server of the cluster, or one of a few words that stand for none.
func serverName(words ...string) kind[raft.ServerID] {
	k := kind[raft.ServerID]{form: form{
		want:    either(append([]string{`a server such as "n1"`}, quoted(words)...)),
		example: `"n1"`, schema: serverSchema(words),
	}}
	k.read = func(r *reader, n *node) (raft.ServerID, bool) {
		name, _ := n.value.(string)
		if slices.Contains(words, name) {
			return raft.None, true
		}
		id, ok := parseServer(name)
		if ok && int(id) <= r.servers() {
			return id, true
		}
		return raft.None, r.refuse(n, "%s%s", either(r.serverWords(words)), didYouMean(name, words))
	}
	k.write = func(id raft.ServerID) string {
		if id == raft.None {
			return quote(words[0])
		}
		return quote(id.String())
	}
	return k
}

// serverWords is what can be said where a server or a word can be.
func (r *reader) serverWords(words []string) []string {
	all := append([]string{"n1"}, words...)
	if r.servers() > 1 {
		all[0] += " to n" + strconv.Itoa(r.servers())
	}
	return all
}

func serverSchema(words []string) jsonSchema {
	server := jsonSchema{"type": "string", "pattern": "^" + serverPattern + "$"}
	if len(words) == 0 {
		return server
	}
	return jsonSchema{"anyOf": []jsonSchema{{"enum": words}, server}}
}

// serverGroup is a set of servers, each named once.
var serverGroup = kind[raft.ServerSet]{
	form: form{
		want: `a group of servers, such as ["n1", "n2"]`, example: `["n1", "n2"]`,
		schema: jsonSchema{
			"type": "array", "minItems": 1, "uniqueItems": true, "items": serverSchema(nil)},
	},
	read:  (*reader).group,
	write: groupText,
}

// group reads a set of servers.
func (r *reader) group(n *node) (group raft.ServerSet, ok bool) {
	if n.shape != array || len(n.children) == 0 {
		return 0, r.refuse(n, "a group of servers, such as [\"n1\", \"n2\"]")
	}
	ok = true
	for _, c := range n.children {
		id, named := serverName().read(r, c)
		if named && group.Has(id) {
			named = r.refuse(c, "each server once")
		}
		ok = ok && named
		if named {
			group = group.With(id)
		}
	}
	return group, ok
}

func groupText(group raft.ServerSet) string {
	var names []string
	for id := group.Next(raft.None); id != raft.None; id = group.Next(id) {
		names = append(names, quote(id.String()))
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// link is a way between two servers: one direction, or both.
type link struct {
	from, to raft.ServerID
	both     bool
}

// linkKind is {from, to} or {between = [a, b]}.
var linkKind = kind[link]{
	form: form{
		want: `{from, to} or {between = ["n1", "n2"]}`, example: `{between = ["n1", "n2"]}`,
		schema: jsonSchema{"anyOf": []jsonSchema{
			objectSchema(
				jsonSchema{"from": serverSchema(nil), "to": serverSchema(nil)}, "from", "to"),
			objectSchema(jsonSchema{"between": jsonSchema{
				"type": "array", "minItems": 2, "maxItems": 2, "uniqueItems": true,
				"items": serverSchema(nil)}}, "between"),
		}},
	},
	read: func(r *reader, n *node) (link, bool) {
		if n.shape != table {
			return link{}, r.refuse(n, `{from, to} or {between = ["n1", "n2"]}`)
		}
		r.only(n, []member{{name: "from"}, {name: "to"}, {name: "between"}})
		return r.link(n)
	},
	write: linkText,
}

// link reads the keys of a table that name a link; it may have others.
func (r *reader) link(n *node) (l link, ok bool) {
	ends, both, ok := r.linkEnds(n)
	if !ok {
		return l, false
	}
	from, fromOK := serverName().read(r, ends[0])
	to, toOK := serverName().read(r, ends[1])
	if !fromOK || !toOK {
		return l, false
	}
	if from == to {
		return l, r.refuse(ends[1], "another server than %s", from)
	}
	return link{from, to, both}, true
}

// linkEnds returns the two nodes that name the servers of a link.
func (r *reader) linkEnds(n *node) (ends []*node, both, ok bool) {
	from, to, between := n.child("from"), n.child("to"), n.child("between")
	switch {
	case n.strange && (from == nil || to == nil) && between == nil: // a key misspelt, perhaps
	case between == nil && from == nil && to == nil:
		r.note(n.valueAt, "%s names no servers, want {from, to} or {between = [\"n1\", \"n2\"]}",
			n.label())
	case between == nil && from == nil:
		r.note(n.valueAt, "%s has no from, want {from, to}", n.label())
	case between == nil && to == nil:
		r.note(n.valueAt, "%s has no to, want {from, to}", n.label())
	case between == nil:
		return []*node{from, to}, false, true
	case from != nil || to != nil:
		r.refuse(between, "either from and to, or between")
	case between.shape != array || len(between.children) != 2:
		r.refuse(between, "two servers, such as [\"n1\", \"n2\"]")
	default:
		return between.children, true, true
	}
	return nil, false, false
}

func linkText(l link) string {
	switch {
	case l.from == raft.None:
		return ""
	case l.both:
		return `{between = ["` + l.from.String() + `", "` + l.to.String() + `"]}`
	}
	return `{from = "` + l.from.String() + `", to = "` + l.to.String() + `"}`
}
