package scenario

import (
	"slices"
	"strings"

	"raftkv/sim/record"
)

// verb is what a fault can do, and what its file has to say for that.
type verb struct {
	name    string
	does    record.Verb // 0: the world does not simulate it yet
	strikes []string    // the keys that can say what it strikes, one of them needed; none if empty
	needs   []string    // the keys that say how much it does
	may     []string    // and those that can
	about   string
	also    string // what others call it, in words
}

const (
	exampleNode   = `"n1"`
	exampleLink   = `{between = ["n1", "n2"]}`
	exampleGroups = `[["n1", "n2"], ["n3"]]`
)

var (
	onNode = []string{"node", "nodes"}
	onLink = []string{"link", "node", "nodes"}
)

var verbTable = []verb{
	{"crash", record.Crash, onNode, nil, nil,
		"a server loses what is not durable, and is down", "kill stop die power_loss"},
	{"restart", record.Restart, onNode, nil, nil,
		"a crashed server starts with what its disk holds", "start reboot recover"},
	{"pause", record.Pause, onNode, nil, nil,
		"a server does nothing; what arrives waits", "freeze suspend sigstop"},
	{"resume", record.Resume, onNode, nil, nil, "a paused server goes on", "continue unfreeze"},
	{"partition", record.Partition, []string{"groups"}, nil, nil,
		"nothing gets from one group to another; a server in two is a bridge", "split bridge"},
	{"isolate", record.Isolate, onNode, nil, nil,
		"nothing gets to a server or from it", "disconnect"},
	{"cut", record.Cut, []string{"link"}, nil, nil, "nothing gets through a link", "sever"},
	{"heal", record.Heal, nil, nil, nil,
		"all that is wrong with links ends", "repair reconnect"},
	{"slow_link", record.SlowLink, onLink, []string{"by"}, []string{"rate"},
		"messages take longer", "delay latency"},
	{"clog", record.Clog, onLink, nil, nil, "messages wait until it ends", "block"},
	{"loss", record.Loss, onLink, []string{"rate"}, nil, "messages are lost", "drop lose"},
	{"duplicate", record.Duplicate, onLink, []string{"rate"}, nil,
		"messages arrive twice", "copy"},
	{"slow_disk", record.SlowDisk, onNode, []string{"by"}, nil, "syncs take longer", ""},
	{"stall_disk", record.StallDisk, onNode, nil, nil, "no sync is done until it ends", "stall"},
	{"slow_cpu", record.SlowCPU, onNode, []string{"by"}, nil,
		"each step of a server takes time", ""},
	{"clock_drift", record.ClockDrift, onNode, []string{"drift"}, nil,
		"a server's clock runs faster or slower", ""},
	{"clock_jump", record.ClockJump, onNode, []string{"jump"}, nil,
		"a server's clock jumps", "clock_skew"},
	{"disk_full", 0, onNode, nil, nil, "writes fail", ""},
	{"rot", 0, onNode, nil, nil, "a durable record changes", ""},
	{"lose_disk", 0, onNode, nil, nil, "a server loses its disk", ""},
	{"transfer_leader", record.TransferLeader, []string{"node"}, nil, nil,
		"the leader hands over to a server", "transfer transfer_leadership"},
	{"add_node", 0, onNode, nil, nil, "a server joins", ""},
	{"remove_node", 0, onNode, nil, nil, "a server leaves", ""},
	{"replace_node", 0, onNode, nil, nil, "a server leaves, a new one joins", ""},
	{"promote", 0, onNode, nil, nil, "a learner becomes a voter", ""},
}

// amounts returns the keys that can say how much the verb does.
func (v verb) amounts() []string { return append(slices.Clone(v.needs), v.may...) }

// verbNamed returns the verb of that name, false if there is none.
func verbNamed(name string) (verb, bool) {
	i := slices.IndexFunc(verbTable, func(v verb) bool { return v.name == name })
	if i < 0 {
		return verb{}, false
	}
	return verbTable[i], true
}

func verbNames(simulated bool) []string {
	var names []string
	for _, v := range verbTable {
		if v.does != 0 || !simulated {
			names = append(names, v.name)
		}
	}
	return names
}

// exampleOf is a value of a key that says what a fault strikes, or how much it does.
func exampleOf(key string) string {
	switch key {
	case "by":
		return `"100ms"`
	case "rate":
		return "0.1"
	case "drift":
		return "0.01"
	case "jump":
		return `"2s"`
	case "groups":
		return exampleGroups
	case "link":
		return exampleLink
	}
	return exampleNode
}

// verbMeant tells which verb was perhaps meant, if any.
func verbMeant(name string) string {
	for _, v := range verbTable {
		if slices.Contains(strings.Fields(v.also), strings.ToLower(name)) {
			name = v.name
		}
	}
	return didYouMean(name, verbNames(false))
}

// verbs is the kind of do.
var verbs = kind[record.Verb]{
	form: form{
		want: either(quoted(verbNames(true))), example: `"crash"`,
		schema: jsonSchema{"enum": verbNames(false)},
	},
	read: func(r *reader, n *node) (record.Verb, bool) {
		name, _ := n.value.(string)
		switch v, known := verbNamed(name); {
		case !known:
			return 0, r.refuse(n, "%s%s", either(quoted(verbNames(true))), verbMeant(name))
		case v.does == 0:
			r.note(n.valueAt, "%s is not yet simulated, want %s",
				said(n), either(quoted(verbNames(true))))
			return 0, false
		default:
			return v.does, true
		}
	},
	write: func(v record.Verb) string { return quote(v.String()) },
}
