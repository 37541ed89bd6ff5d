package lab

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/moment"
	"raftkv/sim/scenario"
	"raftkv/sim/server"
)

// What a state tells of logs is compared here with the logs themselves, which it tells only in part.

// realLog is the whole log of a server, and what its disk holds.
type realLog struct {
	name    string
	entries []raft.Entry
	disk    []raft.Entry
	commit  uint64
	runs    bool
}

func realLogs(l *Lab, servers int) (logs []realLog) {
	for id := raft.ServerID(1); int(id) <= servers; id++ {
		s := l.world.Server(id)
		log := realLog{name: id.String(), disk: s.Disk().Durable().Entries, runs: s.State() != server.Down}
		log.entries = log.disk
		if log.runs {
			log.entries, log.commit = nil, uint64(s.Node().CommitIndex())
			for i := raft.Index(1); i <= s.Node().LastIndex(); i++ {
				log.entries = append(log.entries, s.Node().Entry(i))
			}
		}
		logs = append(logs, log)
	}
	return logs
}

func (l *realLog) last() uint64 { return uint64(len(l.entries)) }

func (l *realLog) durable(i uint64) bool {
	return i <= uint64(len(l.disk)) && l.disk[i-1] == l.entries[i-1]
}

// whoHas is an entry and who has it, as a line of text has it.
type whoHas struct{ entry, durable, volatile string }

// uncertainOf returns what is to be told of entries after the one that all who run know to be
// committed.
func uncertainOf(logs []realLog) (all []whoHas) {
	sure, longest := ^uint64(0), uint64(0)
	for _, l := range logs {
		if longest = max(longest, l.last()); l.runs {
			sure = min(sure, l.commit)
		}
	}
	if sure > longest {
		return nil // nobody runs
	}
	for i := sure + 1; i <= longest; i++ {
		var at []whoHas
		for _, l := range logs {
			if i > l.last() {
				continue
			}
			name := fmt.Sprintf("%d/%04d %x", i, l.entries[i-1].Term, l.entries[i-1].Command)
			place := slices.IndexFunc(at, func(w whoHas) bool { return w.entry == name })
			if place < 0 {
				place, at = len(at), append(at, whoHas{entry: name})
			}
			if w := &at[place]; l.durable(i) {
				w.durable += l.name + " "
			} else {
				w.volatile += l.name + " "
			}
		}
		slices.SortFunc(at, func(a, b whoHas) int { return strings.Compare(a.entry, b.entry) })
		all = append(all, at...)
	}
	for i := range all {
		position, _, _ := strings.Cut(all[i].entry, " ")
		index, term, _ := strings.Cut(position, "/")
		all[i].entry = index + "/" + strings.TrimLeft(term, "0")
	}
	return all
}

// namesIn returns the names that a line lists, ranges written out.
func namesIn(text string) (names string) {
	for _, word := range strings.Fields(text) {
		from, to, ranges := strings.Cut(word, "-")
		if !ranges {
			to = from
		}
		first, _ := strconv.Atoi(from[1:])
		last, _ := strconv.Atoi(to[1:])
		for id := first; id <= last; id++ {
			names += fmt.Sprintf("n%d ", id)
		}
	}
	return names
}

// section returns the lines of the part of a text that begins so, without the first.
func section(text, begins string) []string {
	_, rest, found := strings.Cut(text, "\n\n"+begins)
	if !found {
		return nil
	}
	rest, _, _ = strings.Cut(rest, "\n\n")
	return strings.Split(strings.TrimSuffix(rest, "\n"), "\n")[1:]
}

var entryLine = regexp.MustCompile(`^  (\d+/\d+) .* on ((?:n[\d-n]+ ?)+|no disk)(?:, not yet on disk of (.*))?$`)

// compareEntries compares what the text and the lists tell of entries with the logs.
func compareEntries(t rapid.TB, s *moment.World, text string, logs []realLog) {
	want := uncertainOf(logs)
	lines := section(text, "entries not known to be committed by all")
	for i, line := range lines {
		if i == 10 {
			if line != fmt.Sprintf("  and %d later ones", len(want)-10) {
				t.Fatalf("%q after 10 of %d entries", line, len(want))
			}
			break
		}
		m := entryLine.FindStringSubmatch(line)
		if m == nil || i >= len(want) {
			t.Fatalf("line %q, want one of %d", line, len(want))
		}
		got := whoHas{entry: m[1], volatile: namesIn(m[3])}
		if m[2] != "no disk" {
			got.durable = namesIn(m[2])
		}
		if got != want[i] {
			t.Fatalf("%q says %+v, want %+v\n%s", line, got, want[i], text)
		}
	}
	if len(lines) != min(len(want), 11) {
		t.Fatalf("%d lines for %d entries:\n%s", len(lines), len(want), text)
	}
	if len(s.Uncertain) != min(len(want), 20) || len(s.Uncertain)+s.UncertainOmitted != len(want) {
		t.Fatalf("listed are %d and %d, want %d", len(s.Uncertain), s.UncertainOmitted, len(want))
	}
	for i, u := range s.Uncertain {
		got := whoHas{fmt.Sprintf("%d/%d", u.Index, u.Term), listed(u.Durable), listed(u.Volatile)}
		if got != want[i] {
			t.Fatalf("listed is %+v, want %+v", got, want[i])
		}
	}
}

func listed(names []string) (text string) {
	for _, name := range names {
		text += name + " "
	}
	return text
}

// compareTable compares the table of logs, column by column, and returns how far behind the end of
// the table a server in it was at most.
func compareTable(t rapid.TB, text string, logs []realLog) (behind uint64) {
	first := strings.Index(text, "\n\nlogs ")
	if first < 0 {
		for _, l := range logs {
			if l.last() > 0 {
				t.Fatalf("no table of logs, and %s has one:\n%s", l.name, text)
			}
		}
		return 0
	}
	head, _, _ := strings.Cut(text[first+2:], "\n")
	columns := strings.Fields(head)[1:]
	wide := strings.Index(head, columns[0]) + len(columns[0]) - 8 + 1
	from, _ := strconv.ParseUint(columns[0], 10, 64)
	through := from + uint64(len(columns)) - 1
	longest, seen := uint64(0), 0
	for _, l := range logs {
		longest = max(longest, l.last())
	}
	if columns[len(columns)-1] != fmt.Sprint(longest) || through != longest {
		t.Fatalf("the table has columns %v, the longest log has %d", columns, longest)
	}
	rows := section(text, "logs ")
	for _, row := range rows[:len(rows)-1] {
		label, cells := strings.TrimSpace(row[:min(8, len(row))]), ""
		if len(row) > 8 {
			cells = row[8:]
		}
		label, more, crowd := strings.Cut(label, " +")
		for _, l := range logs {
			if !slices.Contains(strings.Fields(namesIn(label)), l.name) {
				continue
			}
			seen++
			compareRow(t, row, cells, wide, from, &l)
			behind = max(behind, longest-l.last())
		}
		if crowd {
			count, _ := strconv.Atoi(more)
			seen += count
		}
	}
	if seen != len(logs) {
		t.Fatalf("the table has %d servers, want %d:\n%s", seen, len(logs), text)
	}
	return behind
}

// compareRow: each cell is the term, in parentheses if it is not on disk, with a mark after the
// last that the server knows to be committed; and there are no more cells than entries.
func compareRow(t rapid.TB, row, cells string, wide int, from uint64, l *realLog) {
	if l.last() < from {
		if want := "..."; cells != want && l.last() > 0 || cells != "" && l.last() == 0 {
			t.Fatalf("%q, and the log of %s ends at %d", row, l.name, l.last())
		}
		return
	}
	for i := from; i <= l.last(); i++ {
		cell := cells[:min(wide+1, len(cells))]
		cells = cells[len(cell):]
		cell, committed := strings.CutSuffix(strings.TrimSpace(cell), "|")
		want := fmt.Sprint(uint64(l.entries[i-1].Term))
		if !l.durable(i) {
			want = "(" + want + ")"
		}
		if strings.TrimSpace(cell) != want || committed != (i == l.commit) {
			t.Fatalf("%q: entry %d is %q, committed %v; want %s and commit %d", row, i, cell, committed,
				want, l.commit)
		}
	}
	if cells != "" {
		t.Fatalf("%q goes on with %q after entry %d", row, cells, l.last())
	}
}

// compareLists compares the ends of the logs, and what the disks keep of them.
func compareLists(t rapid.TB, s *moment.World, logs []realLog) {
	for i := range s.Servers {
		v, l := &s.Servers[i], &logs[i]
		if v.LogOmitted+len(v.Log) != len(l.entries) || len(v.Log) != min(20, len(l.entries)) {
			t.Fatalf("%s lists %d of %d entries, %d omitted", v.Name, len(v.Log), len(l.entries), v.LogOmitted)
		}
		for j, e := range v.Log {
			want := l.entries[v.LogOmitted+j]
			if e.Index != uint64(v.LogOmitted+j+1) || e.Term != uint64(want.Term) || e.Kind != want.Kind.String() {
				t.Fatalf("%s lists %+v, want %+v", v.Name, e, want)
			}
		}
		kept := uint64(0)
		for kept < l.last() && l.durable(kept+1) {
			kept++
		}
		if v.Disk.Kept != kept {
			t.Fatalf("%s keeps %d, want %d", v.Name, v.Disk.Kept, kept)
		}
	}
}

// longWorld is a hostile one whose logs grow long, with servers that are far behind for long.
func longWorld(t *rapid.T) (text string, servers int) {
	number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	servers = number("servers", 1, 12)
	var b strings.Builder
	fmt.Fprintf(&b, "num_nodes = %d\nnum_clients = %d\nduration = \"8s\"\nchecks = {finished = false}\n",
		servers, number("clients", 2, 8))
	fmt.Fprintf(&b, "[raft]\nbatch_max = %d\nheartbeat = \"20ms\"\n", number("batch_max", 1, 30))
	fmt.Fprintf(&b, "election_timeout = {min = \"80ms\", max = \"%dms\"}\n", number("patience", 120, 400))
	fmt.Fprintf(&b, "[network]\nlatency = %s\nloss = %s\n", spread(number("latency", 0, 30)),
		percent(number("loss", 0, 10)))
	fmt.Fprintf(&b, "[storage]\nfsync = %s\nlose_unsynced = %v\n",
		spread(rapid.SampledFrom([]int{0, 5, 60, 300}).Draw(t, "fsync")), rapid.Bool().Draw(t, "lose"))
	fmt.Fprintf(&b, "[workload]\nkeys = [\"a\", \"b\"]\nrequests_per_client = 100\n")
	fmt.Fprintf(&b, "think_time = %s\ntimeout = \"100ms\"\n", spread(number("think", 0, 5)))
	for range number("away", 0, 3) {
		do := rapid.SampledFrom([]string{"isolate", "pause", "crash"}).Draw(t, "do")
		who := rapid.SampledFrom([]string{"leader", "follower", "random", "n1"}).Draw(t, "who")
		fmt.Fprintf(&b, "[[fault]]\nat = \"%dms\"\ndo = %q\nnode = %q\nfor = \"%dms\"\n",
			number("at", 0, 3000), do, who, number("for", 10, 6000))
	}
	for range number("faults", 0, 4) {
		randomFault(t, &b, servers, false)
	}
	for range number("power losses", 0, 1) {
		powerLoss(&b, servers, number("power loss", 0, 4000))
	}
	return b.String(), servers
}

// TestWhatIsToldOfLogsIsTrue: though no more than the ends of the logs are listed.
func TestWhatIsToldOfLogsIsTrue(t *testing.T) {
	var used Lab
	var furthest uint64
	worlds, told, volatile := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		worlds++
		text, servers := longWorld(t)
		s, err := scenario.Parse("long.toml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		seed := rapid.Uint64().Draw(t, "seed")
		for range 4 {
			const somewhere = 0x9e3779b97f4a7c15 // rapid likes small numbers, and logs begin short
			until := rapid.Uint64().Draw(t, "until") * somewhere % 6_000_000
			stop, _ := Until(fmt.Sprintf("%dus", until))
			m := used.RunUntil(s, seed, stop, nil)
			logs := realLogs(&used, servers)
			furthest = max(furthest, compareLogs(t, &m.World, logs))
			wantNothingLost(t, &m.World, rapid.IntRange(48, 100).Draw(t, "width"))
			told += len(m.World.Uncertain)
			for _, u := range m.World.Uncertain {
				volatile += len(u.Volatile)
			}
		}
	})
	// Few worlds may be tame; of as many as rapid tries by itself some are not.
	const many = 100
	if worlds >= many && (furthest < 50 || told < 500 || volatile < 50) {
		t.Errorf("no server was more than %d entries behind; %d entries told, %d not on disk",
			furthest, told, volatile)
	}
}

// TestWhatIsToldOfLogsThatPart: of a follower that is cut off for long; and of a leader that was, and
// whose disk still holds what its log has lost.
func TestWhatIsToldOfLogsThatPart(t *testing.T) {
	s := parse(t, "apart", `
[storage]
fsync = "60ms"
[workload]
requests_per_client = 100
think_time = "1ms"
timeout = "100ms"
[[fault]]
at = "30ms"
do = "isolate"
node = "n3"
for = "3s"
[[fault]]
at = "1s"
do = "isolate"
node = "leader"
for = "3s"
`)
	var used Lab
	overtaken := 0
	for at := 0; at < 5_000; at += 7 {
		stop, _ := Until(fmt.Sprintf("%dms", at))
		m := used.RunUntil(s, 1, stop, nil)
		logs := realLogs(&used, 5)
		compareLogs(t, &m.World, logs)
		wantNothingLost(t, &m.World, 48+at%53)
		overtaken += countOvertaken(logs)
	}
	if overtaken < 3 {
		t.Errorf("%d times a disk held what its server's log had lost, want more", overtaken)
	}
}

// compareLogs compares all that is told of logs with the logs, and returns how far behind a server
// was at most.
func compareLogs(t rapid.TB, s *moment.World, logs []realLog) (behind uint64) {
	t.Helper()
	wide := textIn(t, s, 1000)
	compareEntries(t, s, wide, logs)
	behind = compareTable(t, wide, logs)
	compareLists(t, s, logs)
	compareTable(t, textIn(t, s, 0), logs)
	return behind
}

// countOvertaken counts disks that hold another entry where their server has one.
func countOvertaken(logs []realLog) (count int) {
	for _, l := range logs {
		for i := 1; i <= min(len(l.entries), len(l.disk)); i++ {
			if !l.durable(uint64(i)) {
				count++
				break
			}
		}
	}
	return count
}

func textIn(t rapid.TB, s *moment.World, width int) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.WriteText(&b, width); err != nil {
		t.Fatal(err)
	}
	checkWidth(t, b.String(), widthOf(width))
	return b.String()
}

// wantNothingLost: every word of the text as it is without a width is in the text of that width.
func wantNothingLost(t rapid.TB, s *moment.World, width int) {
	words := func(text string) map[string]bool {
		set := map[string]bool{}
		for _, word := range strings.Fields(strings.ReplaceAll(text, "|", "| ")) {
			set[strings.Trim(word, ",;")] = true
		}
		return set
	}
	wide, narrow := textIn(t, s, 0), textIn(t, s, width)
	had := words(narrow)
	for word := range words(wide) {
		if !had[word] {
			t.Fatalf("%q is lost in %d columns:\n%s", word, width, narrow)
		}
	}
}

// widthOf returns how wide a text may be that is to be so wide: 0 is for nobody says it.
func widthOf(width int) int {
	if width == 0 {
		return 100
	}
	return max(width, 48)
}
