package scenario

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/vtime"
)

// kind reads a value of one kind, or notes what is wrong with it and returns false.
type kind[T any] func(r *reader, n *node) (T, bool)

// integer is a whole number from low to high; math.MaxInt64 counts as no bound.
func integer[T int | uint32 | uint64](low, high int64) kind[T] {
	return func(r *reader, n *node) (T, bool) {
		v, whole := n.value.(int64)
		switch {
		case whole && low <= v && v <= high:
			return T(v), true
		case high == math.MaxInt64:
			return 0, r.refuse(n, "%d or more", low)
		}
		return 0, r.refuse(n, "%d to %d", low, high)
	}
}

func ratio(r *reader, n *node) (choice.Ratio, bool) {
	f, number := n.value.(float64)
	if whole, ok := n.value.(int64); ok {
		f, number = float64(whole), true
	}
	v, err := choice.RatioOf(f)
	if !number || err != nil {
		return 0, r.refuse(n, "0 to 1")
	}
	return v, true
}

func boolean(r *reader, n *node) (bool, bool) {
	v, ok := n.value.(bool)
	return v, ok || r.refuse(n, "true or false")
}

func text(r *reader, n *node) (string, bool) {
	v, ok := n.value.(string)
	return v, ok || r.refuse(n, "a string")
}

// title is a text that can be part of a folder's name.
func title(r *reader, n *node) (string, bool) {
	const longest = 100
	v, ok := n.value.(string)
	bad := func(c rune) bool { return !unicode.IsPrint(c) || c == '/' || c == '\\' }
	if !ok || v == "" || len(v) > longest || strings.ContainsFunc(v, bad) {
		return "", r.refuse(n, "a string of 1 to %d bytes without / and \\", longest)
	}
	return v, true
}

// word is one of a few strings.
func word(allowed ...string) kind[string] {
	return func(r *reader, n *node) (string, bool) {
		v, ok := n.value.(string)
		if ok && slices.Contains(allowed, v) {
			return v, true
		}
		return "", r.refuse(n, "%s%s", either(quoted(allowed)), didYouMean(v, allowed))
	}
}

// seed is a number of 64 bits. It may be a string, because a TOML integer has a sign.
func seed(r *reader, n *node) (*uint64, bool) {
	if v, ok := n.value.(int64); ok && v >= 0 {
		seed := uint64(v)
		return &seed, true
	}
	if s, ok := n.value.(string); ok {
		if v, ok := ParseSeed(s); ok {
			return &v, true
		}
	}
	return nil, r.refuse(n, "a number of 64 bits, such as 42, \"42\" or \"0x2a\"")
}

// ParseSeed reads a seed, as scenarios and the command's flags write it: a number of 64 bits,
// decimal or, after 0x, hexadecimal. It returns false for anything else.
func ParseSeed(text string) (uint64, bool) {
	digits, base := text, 10
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		digits, base = hex, 16
	}
	v, err := strconv.ParseUint(digits, base, 64)
	return v, err == nil
}

// span is a duration of at least low.
func span(low vtime.Duration) kind[vtime.Duration] {
	return func(r *reader, n *node) (vtime.Duration, bool) {
		s, ok := n.value.(string)
		if !ok {
			return 0, r.refuse(n, "a duration such as \"50ms\"")
		}
		v, err := vtime.ParseDuration(s)
		if err != nil {
			r.note(n.valueAt, "%s: %s", n.label(), err)
			return 0, false
		}
		if v < low {
			return 0, r.refuse(n, "more than 0s")
		}
		return v, true
	}
}

var (
	anySpan  = span(0)
	positive = span(vtime.Nanosecond)
)

// instant is a time of the run, written as the span since its start.
func instant(r *reader, n *node) (vtime.Time, bool) {
	v, ok := anySpan(r, n)
	return vtime.Time(v), ok
}

// orOff is what v reads, or "off" for the zero value.
func orOff[T any](read kind[T], off T) kind[T] {
	return func(r *reader, n *node) (T, bool) {
		if n.value == "off" {
			return off, true
		}
		return read(r, n)
	}
}

// minMax is {min, max}: any time between the two, equally likely.
func minMax(each kind[vtime.Duration]) kind[choice.Distribution] {
	return func(r *reader, n *node) (d choice.Distribution, ok bool) {
		bounds, ok := r.members(n, "min", "max")
		if !ok {
			return d, false
		}
		return r.uniform(each, bounds[0], bounds[1])
	}
}

func (r *reader) uniform(
	each kind[vtime.Duration], low, high *node,
) (d choice.Distribution, ok bool) {
	min, minOK := each(r, low)
	max, maxOK := each(r, high)
	if !minOK || !maxOK {
		return d, false
	}
	if max < min {
		return d, r.refuse(high, "%s or more, which is the min", min)
	}
	return choice.UniformBetween(int64(min), int64(max)), true
}

// unsimulatedDists are the shapes of distributions that files may not have yet.
var unsimulatedDists = []string{
	"exponential", "lognormal", "shifted_exponential", "pareto", "empirical",
}

// dist is a distribution of durations: one that is always drawn, or a table that names its shape.
func dist(r *reader, n *node) (d choice.Distribution, ok bool) {
	if n.shape != table {
		v, ok := anySpan(r, n)
		return choice.Constantly(int64(v)), ok
	}
	if shape := n.child("dist"); shape != nil {
		if s, _ := shape.value.(string); slices.Contains(unsimulatedDists, s) {
			r.note(shape.valueAt, "%s is not yet simulated, want \"uniform\"", said(shape))
			return d, false
		}
		if _, ok := word("uniform")(r, shape); !ok {
			return d, false
		}
	}
	parts, ok := r.members(n, "dist", "min", "max")
	if !ok {
		return d, false
	}
	return r.uniform(anySpan, parts[1], parts[2])
}

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

// serverName is the name of a server of the cluster, or one of a few words, each with its meaning.
func serverName(words ...string) kind[raft.ServerID] {
	return func(r *reader, n *node) (raft.ServerID, bool) {
		name, _ := n.value.(string)
		if slices.Contains(words, name) {
			return raft.None, true
		}
		id, ok := parseServer(name)
		if ok && int(id) <= r.servers() {
			return id, true
		}
		all := append([]string{"n1"}, words...)
		if r.servers() > 1 {
			all[0] += " to n" + strconv.Itoa(r.servers())
		}
		return raft.None, r.refuse(n, "%s%s", either(all), didYouMean(name, words))
	}
}

// keys are the store's keys that clients ask for.
func keys(r *reader, n *node) ([]string, bool) {
	const longest = 1024
	if n.shape == table {
		r.note(n.valueAt, "%s as a table is not yet simulated, want [\"a\", \"b\"]", n.label())
		return nil, false
	}
	if len(n.children) == 0 {
		return nil, r.refuse(n, "a list of strings, such as [\"a\", \"b\"]")
	}
	var list []string
	seen := map[string]bool{}
	fine := true
	for _, c := range n.children {
		v, _ := c.value.(string)
		if v == "" || len(v) > longest {
			fine = r.refuse(c, "a string of 1 to %d bytes", longest)
		} else if seen[v] {
			fine = r.refuse(c, "a key that is not in the list before")
		}
		seen[v] = true
		list = append(list, v)
	}
	return list, fine
}

// mix is {put, get, delete}: weights. One that is left out is 0.
func mix(r *reader, n *node) (m client.Mix, ok bool) {
	if n.shape != table {
		return m, r.refuse(n, "{put, get, delete}")
	}
	names := []string{"put", "get", "delete"}
	r.only(n, names, names)
	ok = true
	weight := func(name string, to *uint64) {
		if c := n.child(name); c != nil {
			v, fine := integer[uint64](0, maxWeight)(r, c)
			*to, ok = v, ok && fine
		}
	}
	weight("put", &m.Put)
	weight("get", &m.Get)
	weight("delete", &m.Delete)
	if ok && m == (client.Mix{}) {
		return m, r.refuse(n, "a weight above 0")
	}
	return m, ok
}

// maxWeight keeps sums of weights far from overflow.
const maxWeight = 1_000_000
