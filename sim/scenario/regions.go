package scenario

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"raftkv/raft"
	"raftkv/sim/network"
)

// regionsField is [regions]: a name for where a server or a client is. What is between two regions,
// a [[network.link]] says.
func regionsField() field[Scenario] {
	f := field[Scenario]{member: member{
		name: "regions", about: "where servers and clients are: n1 = \"us\", c1 = \"us\"",
		form: form{want: "a table, [regions]", example: `{n1 = "us"}`, schema: regionsSchema()},
	}}
	f.read = func(r *reader, n *node, s *Scenario) {
		if n != nil && (n.shape == table || r.refuse(n, "a table, [regions]")) {
			s.Cluster.Network.Places = r.places(n)
		}
	}
	f.write = func(w *writer, n *node, s *Scenario) {
		places := s.Cluster.Network.Places
		if len(places) == 0 {
			return
		}
		w.header("[regions]")
		for _, p := range places {
			name := placeName(p)
			w.line(name, quote(p.Region), n.child(name))
		}
	}
	return f.called("region zones datacenters")
}

func regionsSchema() jsonSchema {
	return jsonSchema{
		"type": "object", "additionalProperties": false,
		"patternProperties": jsonSchema{
			"^" + serverPattern + "$": label.schema, "^" + clientPattern + "$": label.schema},
	}
}

const clientPattern = `c([1-9][0-9]{0,2}|1000)`

func placeName(p network.Place) string {
	if p.Server != raft.None {
		return p.Server.String()
	}
	return "c" + strconv.FormatUint(uint64(p.Client), 10)
}

// places returns who is where: servers first, then clients. Where a name is wrong, its region is
// there all the same, so that links can name it.
func (r *reader) places(n *node) (places []network.Place) {
	for _, c := range n.children {
		var p network.Place
		p.Server, p.Client = r.resident(c)
		region, ok := label.read(r, c)
		if _, server := parseServer(region); ok && server {
			ok = r.refuse(c, "a name that is no server's, such as \"us\"")
		}
		if p.Region = region; ok {
			places = append(places, p)
		}
	}
	slices.SortFunc(places, func(a, b network.Place) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Server, b.Server))
	})
	return places
}

// resident returns the server or the client that a key names, and notes one that there is not.
func (r *reader) resident(n *node) (raft.ServerID, uint32) {
	if id, ok := parseServer(n.key); ok && int(id) <= r.servers() {
		return id, 0
	}
	clients := r.scenario.Cluster.Clients
	number, ok := parseClient(n.key)
	if ok && number <= clients {
		return raft.None, number
	}
	allowed := r.serverWords(nil)
	switch clients {
	case 0:
	case 1:
		allowed = append(allowed, "c1")
	default:
		allowed = append(allowed, "c1 to c"+strconv.FormatUint(uint64(clients), 10))
	}
	r.note(n.at, "%q is no server and no client, want %s", brief(n.key), either(allowed))
	return raft.None, 0
}

// parseClient returns the client of a name such as "c1", whether or not there is one.
func parseClient(name string) (uint32, bool) {
	digits := strings.TrimPrefix(name, "c")
	number, err := strconv.ParseUint(digits, 10, 32)
	ok := err == nil && number > 0 && "c"+strconv.FormatUint(number, 10) == name
	return uint32(number), ok
}

// addWord adds a word to those that are there, once.
func addWord(words []string, word string) []string {
	if slices.Contains(words, word) {
		return words
	}
	return append(words, word)
}
