package main_test

// A fence says what a room may import of this repository and of other modules, and why no more.
// What a room may take of the standard library is for strangers to say.
type fence struct {
	room   string
	may    []string // a path with its subfolders
	reason string
}

const (
	porcupine = "github.com/anishathalye/porcupine"
	toml      = "github.com/pelletier/go-toml/v2"

	progressBar = "github.com/vbauerster/mpb/v8"
)

var fences = []fence{
	{"raft", nil,
		"the protocol is a function of its inputs; whoever imports it gets no world with it"},
	{"kv", nil,
		"the store does not know that it is replicated: it only sees commands, in order"},
	{"sim/vtime", nil,
		"everything stands on the clock, so it stands on nothing"},
	{"sim/choice", nil,
		"everything draws from chance, and what it draws may never change"},
	{"sim/spelling", nil,
		"a word and those that it might be are all it takes"},
	{"sim/wrap", nil,
		"lines are made of words, whatever they are about"},
	{"sim/record", ours("raft", "sim/vtime"),
		"what happened is told in the paper's ids, terms and indexes, whoever made it happen"},
	{"sim/mark", ours("raft", "sim/record", "sim/vtime"),
		"what a run went through shows in its records, whatever world it was in"},
	{"sim/history", ours("raft", "sim/record", "sim/vtime"),
		"what clients saw knows nothing of how it came about"},
	{"sim/network", ours("raft", "sim/choice", "sim/vtime"),
		"the network carries letters; it neither opens them nor knows who is up"},
	{"sim/disk", ours("raft", "sim/choice", "sim/vtime"),
		"the disk keeps what it is given, and knows of no server"},
	{"sim/client", ours("raft", "kv", "sim/choice", "sim/vtime", "sim/history", "sim/record"),
		"a client meets servers only through requests and answers"},
	{"sim/fault", ours("raft", "sim/record", "sim/mark", "sim/choice", "sim/vtime"),
		"faults are data; what they strike carries them out"},
	{"sim/server", ours("raft", "kv", "sim/disk", "sim/choice", "sim/vtime", "sim/record"),
		"a server is its core, its store and its disk; it reaches the others only by messages"},
	{"sim/cluster", ours("raft", "sim/server", "sim/disk", "sim/network", "sim/client", "sim/fault",
		"sim/record", "sim/mark", "sim/history", "sim/choice", "sim/vtime"),
		"the world does not know that it is judged, nor from what file it was made"},
	{"sim/check", append(ours("raft", "sim/record", "sim/history", "sim/vtime"), porcupine),
		"judges eat records: a judge that shares code with what it judges shares its bugs"},
	{"sim/trace", ours("raft", "sim/record", "sim/history", "sim/vtime", "sim/spelling"),
		"a trace is of records alone, so that a file of them can be read without a world"},
	{"sim/scenario", append(ours("raft", "sim/cluster", "sim/server", "sim/client", "sim/network",
		"sim/disk", "sim/fault", "sim/mark", "sim/record", "sim/choice", "sim/vtime", "sim/spelling",
		"sim/wrap"), toml),
		"a scenario fills in the Config of each room; it runs nothing and judges nothing"},
	{"sim/results", ours("sim/lab", "sim/scenario", "sim/trace", "sim/record", "sim/history"),
		"a folder keeps what a lab says of a run; how the run came about is the lab's affair"},
	{"sim/sweep", ours("sim/lab", "sim/scenario", "sim/check", "sim/record", "sim/mark", "sim/vtime",
		"sim/wrap"),
		"a sweep knows a run by what a lab says of it, and keeps a line"},
	{"sim/zoo", append(ours("sim/check", "sim/spelling", "scenarios"), toml),
		"a bug is text, and the command built with it says who is convicted: nothing of it runs here"},
	{"sim/lab", ours("sim/cluster", "sim/check", "sim/trace", "sim/scenario", "sim/record",
		"sim/history", "sim/mark", "sim/choice", "sim/vtime", "sim/moment", "sim/wrap"),
		"the lab is where world and judges meet; what is below the world is the world's affair"},
	{"sim/moment", ours("raft", "kv", "sim/cluster", "sim/server", "sim/disk", "sim/fault",
		"sim/record", "sim/vtime"),
		"who describes a world looks at all of it, and changes nothing"},
	{"sim", append(ours("sim/lab", "sim/mark", "sim/moment", "sim/results", "sim/scenario", "sim/sweep",
		"sim/trace", "sim/record", "sim/spelling", "sim/wrap", "scenarios"),
		"golang.org/x/term", progressBar),
		"the command has no logic of its own: flags in, exit codes out"},
	{"scenarios", nil,
		"scenarios are files; the package only makes them part of the binary"},
}

// ours is paths with the module before them.
func ours(paths ...string) []string {
	full := make([]string, len(paths))
	for i, p := range paths {
		full[i] = module + p
	}
	return full
}
