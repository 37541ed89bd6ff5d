package scenario

import (
	"errors"
	"strings"
	"testing"
)

// mistakes is each mistake that a file can have, with the lines that are said about it.
var mistakes = []struct {
	name, data string
	want       []string
}{
	// No TOML.
	{"syntax", "num_nodes = ", []string{
		`1:12: expected value, not end of input`}},
	{"a key twice", "num_nodes = 1\nnum_nodes = 1", []string{
		`2:1: key num_nodes is already defined`}},
	{"a table twice", "[raft]\n[raft]", []string{
		`2:2: table raft already exists`}},
	{"an endless number", "num_nodes = 99999999999999999999", []string{
		`1:13: decimal number is too large to fit in a 64-bit signed integer`}},
	{"a key that breaks the line", "\"a\\nb\" = 1\n\"a\\nb\" = 1", []string{
		"2:1: key a\uFFFDb is already defined"}},

	// Keys that there are not.
	{"unknown key", "num_nodes = 5\n num_node = 5", []string{
		`2:2: unknown key "num_node", want num_nodes, num_clients, name, description, seed, ` +
			`duration, max_events, raft, network, storage, workload, fault, checks or expect, ` +
			`did you mean "num_nodes"?`}},
	{"unknown key of a table", "[network]\nlatncy = \"1ms\"", []string{
		`2:1: unknown key "latncy", want latency, loss or duplicate, did you mean "latency"?`}},
	{"letters swapped", "[network]\nlsos = 0", []string{
		`2:1: unknown key "lsos", want latency, loss or duplicate, did you mean "loss"?`}},
	{"a key in capitals", "[network]\nLoss = 0", []string{
		`2:1: unknown key "Loss", want latency, loss or duplicate, did you mean "loss"?`}},
	{"nothing like it", "[network]\nxyzzy = 0", []string{
		`2:1: unknown key "xyzzy", want latency, loss or duplicate`}},
	{"like one that is not yet simulated", "[network]\nbandwith = 0", []string{
		`2:1: unknown key "bandwith", want latency, loss or duplicate, did you mean "bandwidth"?`}},
	{"a key of another table", "[network]\nheartbeat = 0", []string{
		`2:1: unknown key "heartbeat", want latency, loss or duplicate, ` +
			`did you mean "raft.heartbeat"?`}},
	{"a key below a header", "[network]\nnum_nodes = 5", []string{
		`2:1: unknown key "num_nodes", want latency, loss or duplicate, ` +
			`did you mean "num_nodes" above all headers?`}},
	{"a dotted key", "network.los = 0", []string{
		`1:9: unknown key "los", want latency, loss or duplicate, did you mean "loss"?`}},
	{"unknown key of an inline table",
		"workload.mix = {put = 1, gte = 2}", []string{
			`1:26: unknown key "gte", want put, get or delete, did you mean "get"?`}},
	{"an unknown header", "[network]\n[netwrk.x]", []string{
		`2:2: unknown key "netwrk", want num_nodes, num_clients, name, description, seed, ` +
			`duration, max_events, raft, network, storage, workload, fault, checks or expect, ` +
			`did you mean "network"?`}},
	{"a key beyond quoting", "[network]\n" + strings.Repeat("k", 100) + " = 1", []string{
		`2:1: unknown key "` + strings.Repeat("k", 60) + `...", want latency, loss or duplicate`}},

	// Tables that are none, and values that are tables.
	{"a value for a table", "network = 3", []string{
		`1:11: network = 3, want a table, [network]`}},
	{"an array for a table", "[[network]]\nloss = 2", []string{
		`1:3: network is an array, want a table, [network]`}},
	{"a table for a value", "[network.loss]", []string{
		`1:10: network.loss is a table, want 0 to 1`}},
	{"a long value", `num_nodes = "` + strings.Repeat("x", 70) + `"`, []string{
		`1:13: num_nodes is a string of 70 bytes, want 1 to 63`}},

	// The world.
	{"num_nodes", "num_nodes = 64", []string{`1:13: num_nodes = 64, want 1 to 63`}},
	{"num_nodes as text", `num_nodes = "5"`, []string{`1:13: num_nodes = "5", want 1 to 63`}},
	{"num_nodes broken", `num_nodes = 5.0`, []string{`1:13: num_nodes = 5.0, want 1 to 63`}},
	{"num_clients", "num_clients = -1", []string{`1:15: num_clients = -1, want 0 to 1000`}},
	{"name", `name = "a/b"`, []string{
		`1:8: name = "a/b", want a string of 1 to 100 bytes without / and \`}},
	{"description", `description = 1`, []string{`1:15: description = 1, want a string`}},
	{"seed", `seed = -1`, []string{
		`1:8: seed = -1, want a number of 64 bits, such as 42, "42" or "0x2a"`}},
	{"seed as text", `seed = "18446744073709551616"`, []string{
		`1:8: seed = "18446744073709551616", ` +
			`want a number of 64 bits, such as 42, "42" or "0x2a"`}},
	{"seed with a sign", `seed = "+1"`, []string{
		`1:8: seed = "+1", want a number of 64 bits, such as 42, "42" or "0x2a"`}},
	{"duration without unit", `duration = "60"`, []string{
		`1:12: duration: "60" has no unit, want for example "50ms"`}},
	{"duration as a number", `duration = 60`, []string{
		`1:12: duration = 60, want a duration such as "50ms"`}},
	{"no duration", `duration = "0s"`, []string{`1:12: duration = "0s", want more than 0s`}},
	{"max_events", `max_events = 0`, []string{`1:14: max_events = 0, want 1 or more`}},

	// [raft]
	{"heartbeat", "[raft]\nheartbeat = \"0s\"", []string{
		`2:13: heartbeat = "0s", want more than 0s`}},
	{"election_timeout", "[raft]\nelection_timeout = \"1s\"", []string{
		`2:20: election_timeout = "1s", want {min, max}`}},
	{"election_timeout by halves", "[raft]\nelection_timeout = {min = \"1s\"}", []string{
		`2:20: election_timeout has no max, want {min, max}`}},
	{"election_timeout downwards",
		"[raft]\nelection_timeout = {min = \"2s\", max = \"1s\"}", []string{
			`2:39: election_timeout.max = "1s", want 2s or more, which is the min`}},
	{"election_timeout below heartbeat",
		"[raft]\nelection_timeout = {min = \"50ms\", max = \"1s\"}", []string{
			`2:27: election_timeout.min = "50ms", want more than heartbeat, which is 50ms`}},
	{"heartbeat above election_timeout", "[raft]\nheartbeat = \"150ms\"", []string{
		`2:13: heartbeat = "150ms", want less than election_timeout.min, which is 150ms`}},
	{"first_leader", "num_nodes = 3\nraft.first_leader = \"n4\"", []string{
		`2:21: raft.first_leader = "n4", want n1 to n3 or none`}},
	{"first_leader misspelt", "num_nodes = 1\nraft.first_leader = \"noen\"", []string{
		`2:21: raft.first_leader = "noen", want n1 or none, did you mean "none"?`}},
	{"first_leader of how many?", "num_nodes = 0\nraft.first_leader = \"n9\"", []string{
		`1:13: num_nodes = 0, want 1 to 63`}},
	{"batch_max", "[raft]\nbatch_max = 10001", []string{
		`2:13: batch_max = 10001, want 1 to 10000`}},

	// [network] and [storage]
	{"latency", "[network]\nlatency = 10", []string{
		`2:11: latency = 10, want a duration such as "50ms"`}},
	{"latency below nothing", "[network]\nlatency = \"-1ms\"", []string{
		`2:11: latency: "-1ms" is negative, want for example "50ms"`}},
	{"latency without dist", "[network]\nlatency = {min = \"1s\", max = \"2s\"}", []string{
		`2:11: latency has no dist, want {dist, min, max}`}},
	{"latency downwards",
		"[network]\nlatency = {dist = \"uniform\", min = \"2s\", max = \"1s\"}", []string{
			`2:48: latency.max = "1s", want 2s or more, which is the min`}},
	{"an unknown dist", "[network]\nlatency = {dist = \"unifrom\"}", []string{
		`2:19: latency.dist = "unifrom", want "uniform", did you mean "uniform"?`}},
	{"a later dist", "[storage]\nfsync = {dist = \"lognormal\", median = 1}", []string{
		`2:17: fsync.dist = "lognormal" is not yet simulated, want "uniform"`}},
	{"an unknown key of a dist",
		"[network]\nlatency = {dist = \"uniform\", min = \"1s\", max = \"2s\", mean = 1}", []string{
			`2:54: unknown key "mean", want dist, min or max, did you mean "min"?`}},
	{"loss", "[network]\nloss = 1.4", []string{`2:8: loss = 1.4, want 0 to 1`}},
	{"loss as text", "[network]\nloss = \"0\"", []string{`2:8: loss = "0", want 0 to 1`}},
	{"duplicate", "[network]\nduplicate = nan", []string{`2:13: duplicate = nan, want 0 to 1`}},
	{"lose_unsynced", "[storage]\nlose_unsynced = 0", []string{
		`2:17: lose_unsynced = 0, want true or false`}},

	// [workload]
	{"no keys", "[workload]\nkeys = []", []string{
		`2:8: keys = [], want a list of strings, such as ["a", "b"]`}},
	{"keys", "[workload]\nkeys = [\"a\", 1, [], \"\",\n # again\n \"a\"]", []string{
		`2:14: keys[1] = 1, want a string of 1 to 1024 bytes`,
		`2:17: keys[2] = [], want a string of 1 to 1024 bytes`,
		`2:21: keys[3] = "", want a string of 1 to 1024 bytes`,
		`4:2: keys[4] = "a", want a key that is not in the list before`}},
	{"a table of keys", "[workload]\nkeys = {count = 5}", []string{
		`2:8: keys as a table is not yet simulated, want ["a", "b"]`}},
	{"requests_per_client", "[workload]\nrequests_per_client = 1_000_001", []string{
		`2:23: requests_per_client = 1_000_001, want 0 to 1000000`}},
	{"timeout", "[workload]\ntimeout = \"0s\"", []string{
		`2:11: timeout = "0s", want more than 0s`}},
	{"mix", "[workload]\nmix = [1, 1, 1]", []string{
		`2:7: mix = [1, 1, 1], want {put, get, delete}`}},
	{"mix of nothing", "[workload]\nmix = {put = 0}", []string{
		`2:7: mix = {put = 0}, want a weight above 0`}},
	{"mix below 0", "[workload]\nmix = {put = -1, get = 0.5}", []string{
		`2:14: mix.put = -1, want 0 to 1000000`, `2:24: mix.get = 0.5, want 0 to 1000000`}},

	// [[fault]]
	{"one fault table", "[fault]\nat = \"1s\"", []string{
		`1:2: fault is a table, want tables [[fault]]`}},
	{"a fault that is none", "fault = [1]", []string{`1:10: fault[0] = 1, want a table`}},
	{"an empty fault", "[[fault]]", []string{
		`1:3: a fault has no at, want for example at = "2s"`,
		`1:3: a fault has no do, want "crash", "restart", "pause", "resume", "partition", ` +
			`"isolate", "cut" or "heal"`}},
	{"do", "[[fault]]\nat = \"1s\"\ndo = \"crahs\"", []string{
		`3:6: do = "crahs", want "crash", "restart", "pause", "resume", "partition", "isolate", ` +
			`"cut" or "heal", did you mean "crash"?`}},
	{"at", "[[fault]]\nat = \"5\"\ndo = \"heal\"", []string{
		`2:6: at: "5" has no unit, want for example "50ms"`}},
	{"at the end", "duration = \"5s\"\n[[fault]]\nat = \"5s\"\ndo = \"heal\"", []string{
		`3:6: at = "5s", want less than duration, which is 5s`}},
	{"for no time", "[[fault]]\nat = \"1s\"\ndo = \"crash\"\nnode = \"n1\"\nfor = \"0s\"", []string{
		`5:7: for = "0s", want more than 0s`}},
	{"no node", "[[fault]]\nat = \"1s\"\ndo = \"crash\"", []string{
		`1:3: crash has no node, want for example node = "n1"`}},
	{"no groups", "[[fault]]\nat = \"1s\"\ndo = \"partition\"", []string{
		`1:3: partition has no groups, want for example groups = [["n1", "n2"], ["n3"]]`}},
	{"no link", "[[fault]]\nat = \"1s\"\ndo = \"cut\"", []string{
		`1:3: cut has no link, want for example link = {between = ["n1", "n2"]}`}},
	{"keys of other verbs",
		"[[fault]]\nat = \"1s\"\ndo = \"heal\"\nfor = \"1s\"\nnode = \"n1\"\n" +
			"groups = [[\"n1\"]]\nlink = {from = \"n1\", to = \"n2\"}", []string{
			`4:1: heal takes no for, want at or do`,
			`5:1: heal takes no node, want at or do`,
			`6:1: heal takes no groups, want at or do`,
			`7:1: heal takes no link, want at or do`}},
	{"restart for a while",
		"[[fault]]\nat = \"1s\"\ndo = \"restart\"\nnode = \"n1\"\nfor = \"1s\"", []string{
			`5:1: restart takes no for, want at, do or node`}},
	{"node", "[[fault]]\nat = \"1s\"\ndo = \"pause\"\nnode = \"n6\"", []string{
		`4:8: node = "n6", want n1 to n5, leader, follower or random`}},
	{"node misspelt", "[[fault]]\nat = \"1s\"\ndo = \"pause\"\nnode = \"laeder\"", []string{
		`4:8: node = "laeder", want n1 to n5, leader, follower or random, did you mean "leader"?`}},
	{"server zero", "[[fault]]\nat = \"1s\"\ndo = \"pause\"\nnode = \"n01\"", []string{
		`4:8: node = "n01", want n1 to n5, leader, follower or random`}},
	{"groups", partition(`"n1"`), []string{
		`4:10: groups = "n1", want groups of servers, such as [["n1", "n2"], ["n3"]]`}},
	{"groups of nobody", partition(`[[], "n1"]`), []string{
		`4:11: groups[0] = [], want a group of servers, such as ["n1", "n2"]`,
		`4:15: groups[1] = "n1", want a group of servers, such as ["n1", "n2"]`}},
	{"a server in two groups", partition(`[["n1", "n2"], ["n2"]]`), []string{
		`4:26: groups[1][0] = "n2", want a server that is in no group before`}},
	{"a server in a group twice", partition(`[["n1", "n1"]]`), []string{
		`4:18: groups[0][1] = "n1", want a server that is in no group before`}},
	{"a group of strangers", partition(`[["n9", "leader"]]`), []string{
		`4:12: groups[0][0] = "n9", want n1 to n5`,
		`4:18: groups[0][1] = "leader", want n1 to n5`}},
	{"a group of all", partition(`[["n5", "n1", "n2", "n3", "n4"]]`), []string{
		`4:10: groups = [["n5", "n1", "n2", "n3", "n4"]], want somebody on the other side`}},
	{"link", cut(`"n1"`), []string{
		`4:8: link = "n1", want {from, to} or {between = ["n1", "n2"]}`}},
	{"an empty link", cut(`{}`), []string{
		`4:8: link = {}, want {from, to} or {between = ["n1", "n2"]}`}},
	{"half a link", cut(`{to = "n1"}`), []string{`4:8: link has no from, want {from, to}`}},
	{"a link to nobody", cut(`{from = "n1", to = "n6"}`), []string{
		`4:27: link.to = "n6", want n1 to n5`}},
	{"a link to itself", cut(`{from = "n1", to = "n1"}`), []string{
		`4:27: link.to = "n1", want another server than n1`}},
	{"both links", cut(`{from = "n1", between = ["n1", "n2"]}`), []string{
		`4:8: link = {from = "n1", between = ["n1", "n2"]}, want either from and to, or between`}},
	{"between one", cut(`{between = ["n1"]}`), []string{
		`4:19: link.between = ["n1"], want two servers, such as ["n1", "n2"]`}},
	{"between one and itself", cut(`{between = ["n1", "n1"]}`), []string{
		`4:26: link.between[1] = "n1", want another server than n1`}},

	// [checks] and [expect]
	{"a check that there is not", "[checks]\nagrement = false", []string{
		`2:1: unknown key "agrement", want election_safety, leader_append_only, log_matching, ` +
			`leader_completeness, state_machine_safety, acknowledged, agreement, linearizability, ` +
			`finished or no_panic, did you mean "agreement"?`}},
	{"a check half off", "[checks]\nagreement = \"off\"", []string{
		`2:13: agreement = "off", want true or false`}},
	{"result", "[expect]\nresult = \"failed\"", []string{
		`2:10: result = "failed", want "pass" or "fail", did you mean "fail"?`}},
	{"check", "[expect]\nresult = \"fail\"\ncheck = \"all\"", []string{
		`3:9: check = "all", want "election_safety", "leader_append_only", "log_matching", ` +
			`"leader_completeness", "state_machine_safety", "acknowledged", "agreement", ` +
			`"linearizability", "finished" or "no_panic"`}},
	{"check of a pass", "[expect]\ncheck = \"agreement\"", []string{
		`2:9: check = "agreement", want it only with result = "fail"`}},
	{"min_answered_ratio", "[expect]\nmin_answered_ratio = 2", []string{
		`2:22: min_answered_ratio = 2, want 0 to 1`}},
	{"min_leaders", "[expect]\nmin_leaders = -1", []string{
		`2:15: min_leaders = -1, want 0 to 1000000`}},
	{"max_leaders", "[expect]\nmax_leaders = 0", []string{
		`2:15: max_leaders = 0, want 1 to 1000000`}},
	{"max_leaders below min_leaders", "[expect]\nmax_leaders = 1\nmin_leaders = 2", []string{
		`2:15: max_leaders = 1, want 2 or more, which is min_leaders`}},

	// All at once, in the order of the file.
	{"many", "[expect]\nresult = 1\n[network]\nloss = 2\nlos = 0\n[raft]\nreads = 1", []string{
		`2:10: result = 1, want "pass" or "fail"`,
		`4:8: loss = 2, want 0 to 1`,
		`5:1: unknown key "los", want latency, loss or duplicate, did you mean "loss"?`,
		`7:1: reads is not yet simulated`}},
}

func partition(groups string) string {
	return "[[fault]]\nat = \"1s\"\ndo = \"partition\"\ngroups = " + groups
}

func cut(link string) string { return "[[fault]]\nat = \"1s\"\ndo = \"cut\"\nlink = " + link }

func TestMistakes(t *testing.T) {
	for _, test := range mistakes {
		t.Run(test.name, func(t *testing.T) { expectMistakes(t, test.data, test.want...) })
	}
}

func expectMistakes(t *testing.T, data string, want ...string) {
	t.Helper()
	got, err := Parse("dir/f.toml", []byte(data))
	if err == nil {
		t.Fatalf("%s\nis fine, want %q", data, want)
	}
	if got != nil {
		t.Error("there is a scenario all the same")
	}
	for i := range want {
		want[i] = "dir/f.toml:" + want[i]
	}
	if text := strings.Join(want, "\n"); err.Error() != text {
		t.Errorf("%s\ngives\n%v\nwant\n%s", data, err, text)
	}
}

// Nothing that the design promises, and the world does not do yet, is silently nothing.
func TestNotYetSimulated(t *testing.T) {
	for header, keys := range map[string]string{
		"":          "settle",
		"[raft]":    "pre_vote check_quorum snapshot_every inflight_max reads",
		"[network]": "bandwidth",
		"[storage]": "reorder torn rot misdirect io_error lie_sync capacity " +
			"unrestricted",
		"[workload]":                        "arrivals retry route value_size script",
		"[[fault]]\nat = '1s'\ndo = 'heal'": "when after nodes as",
		"[expect]":                          "max_unavailable sometimes",
	} {
		for key := range strings.FieldsSeq(keys) {
			expectMistakes(t, header+"\n\n\n"+key+" = 1",
				place{strings.Count(header, "\n") + 4, 1}.String()+": "+key+" is not yet simulated")
		}
	}
	for _, header := range []string{"[regions]", "[clock]", "[nemesis]"} {
		expectMistakes(t, header+"\nx = 1",
			"1:2: "+strings.Trim(header, "[]")+" is not yet simulated")
	}
	for _, header := range []string{"[[server]]", "[[message]]"} {
		data := header + "\nx = 1\n" + header + "\nx = 2"
		expectMistakes(t, data, "1:3: "+strings.Trim(header, "[]")+" is not yet simulated")
	}
	expectMistakes(t, "[[network.link]]\nloss = 1", "1:11: network.link is not yet simulated")
	expectMistakes(t, "[[fault]]\nwhen = 'x'\ndo = 'heal'", "2:1: when is not yet simulated")
}

func TestLaterVerbsAndTargets(t *testing.T) {
	verbs := "slow_link clog loss duplicate slow_disk stall_disk disk_full rot lose_disk " +
		"slow_cpu clock_drift clock_jump transfer_leader add_node remove_node replace_node promote"
	for verb := range strings.FieldsSeq(verbs) {
		expectMistakes(t, "[[fault]]\nat = '1s'\ndo = '"+verb+"'",
			"3:6: do = '"+verb+"' is not yet simulated, want \"crash\", \"restart\", \"pause\", "+
				"\"resume\", \"partition\", \"isolate\", \"cut\" or \"heal\"")
	}
	expectMistakes(t, "[[fault]]\nat = '1s'\ndo = 'crash'\nnode = 'candidate'",
		"4:8: node = 'candidate' is not yet simulated, want a server, leader, follower or random")
	dists := "exponential lognormal shifted_exponential pareto empirical"
	for dist := range strings.FieldsSeq(dists) {
		expectMistakes(t, "network.latency.dist = '"+dist+"'",
			"1:24: network.latency.dist = '"+dist+"' is not yet simulated, want \"uniform\"")
	}
}

func TestOnlySoManyMistakesAreTold(t *testing.T) {
	_, err := Parse("f", []byte("[raft]"+strings.Repeat("\n[[fault]]", 15)))
	var wrong *Error
	if !errors.As(err, &wrong) {
		t.Fatalf("got %v", err)
	}
	if len(wrong.Mistakes) != MaxMistakes || wrong.More != 10 {
		t.Errorf("%d mistakes and %d more, want %d and 10",
			len(wrong.Mistakes), wrong.More, MaxMistakes)
	}
	lines := strings.Split(err.Error(), "\n")
	if want := "f:11:3: from here on there are 10 more mistakes"; lines[MaxMistakes] != want {
		t.Errorf("the last line is %q, want %q", lines[MaxMistakes], want)
	}
}
