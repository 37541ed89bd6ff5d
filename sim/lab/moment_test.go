package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/moment"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
)

// mirror is what the records alone tell of a server.
type mirror struct {
	state, role, vote, leader string
	term, commit, applied     uint64
	log                       []moment.Entry // without commands
	written, persisted        uint64
	reads                     int // that it has taken and not answered
	transferee                string
}

// mirrors is what the records alone tell of a world.
type mirrors struct {
	servers [raft.MaxServers + 1]mirror
	open    map[string][]uint32 // requests, by client
	sent    map[string]int      // messages less those lost and delivered, by link
	event   uint64
}

func newMirrors() *mirrors {
	return &mirrors{open: map[string][]uint32{}, sent: map[string]int{}}
}

func (m *mirrors) observe(r *record.Record) {
	m.event = r.Event
	s := &m.servers[r.Server]
	switch r.Kind {
	case record.Sent:
		m.sent[link(r)]++
	case record.Lost, record.Delivered:
		m.sent[link(r)]--
	case record.Invoked:
		name := fmt.Sprintf("c%d", r.Client)
		m.open[name] = append(m.open[name], r.Operation)
	case record.Returned:
		name := fmt.Sprintf("c%d", r.Client)
		m.open[name] = slices.DeleteFunc(m.open[name], func(n uint32) bool { return n == r.Operation })
	default:
		s.observe(r)
	}
}

// nameOf returns the name of a server; empty for none.
func nameOf(id raft.ServerID) string {
	if id == raft.None {
		return ""
	}
	return id.String()
}

func link(r *record.Record) string { return r.Server.String() + " " + r.Peer.String() }

func (s *mirror) observe(r *record.Record) {
	switch r.Kind {
	case record.Started:
		*s = mirror{state: "running", role: "follower"}
	case record.Crashed:
		*s = mirror{state: "down", written: s.written, persisted: s.written}
	case record.Restarted:
		*s = mirror{state: "running", role: "follower", term: uint64(r.Term), vote: nameOf(r.Peer),
			written: s.written, persisted: s.persisted}
	case record.Paused:
		s.state = "paused"
	case record.Resumed:
		s.state = "running"
	case record.BecameFollower:
		s.become("follower", r, nameOf(r.Peer))
	case record.BecamePreCandidate:
		s.become("pre-candidate", r, "")
	case record.BecameCandidate:
		s.become("candidate", r, "")
	case record.BecameLeader:
		s.become("leader", r, r.Server.String())
	case record.TakenToRead:
		s.reads++
	case record.Answered:
		if r.EntryTerm == 0 {
			s.reads--
		}
	case record.Refused:
		if s.role != "leader" {
			s.reads = max(0, s.reads-1) // those come first
		}
	case record.TransferAsked:
		if r.Success {
			s.transferee = nameOf(r.Peer)
		}
	case record.TimerFired:
		if r.Number == uint64(raft.TransferTimer) {
			s.transferee = ""
		}
	case record.LearnedLeader:
		s.leader = nameOf(r.Peer)
	case record.Truncated:
		s.log = s.log[:r.Index]
	case record.Appended, record.Recovered:
		s.log = append(s.log, moment.Entry{
			Index: uint64(r.Index), Term: uint64(r.EntryTerm), Kind: r.Entry.String(),
		})
	case record.Committed:
		s.commit = uint64(r.Index)
	case record.Applied:
		s.applied = uint64(r.Index)
	case record.Written:
		s.written = r.Number
		if r.Term != 0 {
			s.vote = nameOf(r.Peer)
		}
	case record.Persisted:
		s.persisted = r.Number
	}
}

func (s *mirror) become(role string, r *record.Record, leader string) {
	if uint64(r.Term) != s.term {
		s.vote = "" // the write that follows says whose it is
	}
	s.role, s.term, s.leader, s.transferee = role, uint64(r.Term), leader, ""
}

// compare returns in which respect the state of a server is not what the records tell; empty if none.
func (s *mirror) compare(v *moment.Server) string {
	log := s.log
	if s.state == "down" {
		log = nil // the records tell what was on its disk only when it is back
	} else if got := fmt.Sprint(v.Term, v.Vote); got != fmt.Sprint(s.term, s.vote) {
		return fmt.Sprintf("term and vote are %s, want %d%s", got, s.term, s.vote)
	}
	got := fmt.Sprint(v.State, v.Role, v.Leader, v.Commit, v.Applied)
	if want := fmt.Sprint(s.state, s.role, s.leader, s.commit, s.applied); got != want {
		return got + ", want " + want
	}
	if got := fmt.Sprint(len(v.Reads)+v.ReadsOmitted, v.Transferee); got != fmt.Sprint(s.reads, s.transferee) {
		return fmt.Sprintf("reads and transferee are %s, want %d%s", got, s.reads, s.transferee)
	}
	if v.Disk.Durable+v.Disk.Pending != s.written || v.Disk.Durable < s.persisted {
		return fmt.Sprintf("%+v, written are %d, durable %d", v.Disk, s.written, s.persisted)
	}
	if s.state == "down" {
		return ""
	}
	if v.LogOmitted+len(v.Log) != len(log) || v.Last.Index != uint64(len(log)) {
		return fmt.Sprintf("the log has %d entries and %d, want %d", v.LogOmitted, len(v.Log), len(log))
	}
	for i, e := range v.Log {
		if (e.Command == "") != (e.Kind == "noop") {
			return fmt.Sprintf("a %s says %q", e.Kind, e.Command)
		}
		if e.Command = ""; e != log[v.LogOmitted+i] {
			return fmt.Sprintf("entry %+v, want %+v", e, log[v.LogOmitted+i])
		}
	}
	return ""
}

// compare returns where the state is not what the records tell; empty if nowhere. Without copies the
// messages under way can be counted too.
func (m *mirrors) compare(s *moment.World, copies bool) string {
	if s.Event < m.event { // events without a record are the last at times
		return fmt.Sprintf("the state is after event %d, the records after %d", s.Event, m.event)
	}
	for i := range s.Servers {
		if wrong := m.servers[i+1].compare(&s.Servers[i]); wrong != "" {
			return s.Servers[i].Name + ": " + wrong
		}
	}
	for i := range s.Clients {
		c := &s.Clients[i]
		var open []uint32
		requests := slices.Clone(c.More)
		if c.Open != nil {
			requests = append(requests, *c.Open)
		}
		for _, r := range requests {
			open = append(open, r.Operation)
			if !r.Pauses && r.UntilNS < s.TimeNS {
				return fmt.Sprintf("%s has open %+v, and waits no longer", c.Name, r)
			}
		}
		slices.Sort(open)
		if want := slices.Sorted(slices.Values(m.open[c.Name])); !slices.Equal(open, want) {
			return fmt.Sprintf("%s has open %v, want %v", c.Name, open, want)
		}
	}
	if copies || s.MessagesOmitted > 0 {
		return ""
	}
	under := map[string]int{}
	for i := range s.Messages {
		if m := &s.Messages[i]; m.Term > 0 {
			under[m.From+" "+m.To]++
		}
	}
	for link, count := range m.sent {
		if under[link] != count {
			return fmt.Sprintf("%d messages under way on %s, want %d", under[link], link, count)
		}
	}
	return ""
}

// sweep stops the scenario after each event, and compares the state with what the records tell.
func sweep(t *testing.T, s *scenario.Scenario, seed uint64) {
	t.Helper()
	var whole []record.Record
	var l Lab
	end := l.Run(s, seed, func(r *record.Record) { whole = append(whole, *r) })
	for event := uint64(1); event <= end.Events; event++ {
		m := newMirrors()
		seen := 0
		at := l.RunUntil(s, seed, AfterEvent(event), func(r *record.Record) {
			if *r != whole[seen] {
				t.Fatalf("event %d: record %d is %+v, want %+v", event, seen+1, *r, whole[seen])
			}
			seen++
			m.observe(r)
		})
		if seen < len(whole) && whole[seen].Event <= event {
			t.Fatalf("event %d: %d records, and %+v is missing", event, seen, whole[seen])
		}
		if wrong := m.compare(&at.World, s.Cluster.Network.Duplicate != 0); wrong != "" {
			t.Fatalf("%s, seed %d, event %d: %s", s.Name, seed, event, wrong)
		}
		if at.World.Event != event {
			t.Fatalf("the state is after event %d, want %d", at.World.Event, event)
		}
		if ended := at.Result != nil; ended != (event == end.Events) || at.Violation != nil {
			t.Fatalf("event %d of %d: %+v, %v", event, end.Events, at.Result, at.Violation)
		}
	}
}

func TestTheStateIsWhatTheRecordsTell(t *testing.T) {
	sweep(t, builtIn(t, "default"), 42)
	for seed := range uint64(6) {
		s := parse(t, "hostile", fmt.Sprintf(hostile, 3+seed%3, 1+seed%4))
		sweep(t, s, seed)
	}
	few := strings.Replace(hostileClients, "requests_per_client = 15", "requests_per_client = 4", 1)
	sweep(t, parse(t, "hostile-clients", few), 1)
}

// TestALabAfterAStopIsANewOne: what a stop leaves behind does not show in the next run.
func TestALabAfterAStopIsANewOne(t *testing.T) {
	var used Lab
	for seed := range uint64(300) {
		s := parse(t, "hostile", fmt.Sprintf(hostile, 1+seed%7, seed%5))
		used.RunUntil(s, seed, AfterEvent(1+seed*7%500), nil)
		got, want := used.Run(s, seed+1, nil), new(Lab).Run(s, seed+1, nil)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %+v, in a new lab %+v", seed, got, want)
		}
		until := Stop{}
		again := used.RunUntil(s, seed+1, until, nil)
		if !reflect.DeepEqual(*again.Result, want) || again.World.Ending != want.Ending.String() {
			t.Fatalf("seed %d: without a stop %+v, want %+v", seed, again.Result, want)
		}
		if other := new(Lab).RunUntil(s, seed+1, until, nil); !reflect.DeepEqual(again, other) {
			t.Fatalf("seed %d: the state of a used lab is not that of a new one", seed)
		}
	}
}

// TestAConvictionIsPartOfTheMoment: as soon as a judge has spoken, and no sooner.
func TestAConvictionIsPartOfTheMoment(t *testing.T) {
	s := parse(t, "lossy", "duration = \"2s\"\nsettle = \"off\"\n[network]\nloss = 1.0\n")
	before, _ := Until("1999ms")
	if m := new(Lab).RunUntil(s, 1, before, nil); m.Violation != nil || m.World.Violation != nil {
		t.Errorf("before the end: %+v", m.Violation)
	}
	m := new(Lab).RunUntil(s, 1, Stop{}, nil)
	if m.Violation == nil || m.Result.Status != Violated {
		t.Fatalf("at the end: %+v", m)
	}
	want := moment.Conviction{
		Check: "finished", Kind: "run", Event: m.Violation.Event, TimeNS: 2e9,
		Message: m.Violation.Message,
	}
	if got := m.World.Violation; got == nil || *got != want {
		t.Errorf("the state has %+v, want %+v", got, want)
	}
	if text := textOf(t, &m.World); !strings.Contains(text, "\nbroken: finished (run) at 2.000000s, event ") {
		t.Errorf("the text does not say it:\n%s", text)
	}
}

func TestUntil(t *testing.T) {
	for _, test := range []struct {
		text string
		at   int64
		err  string
	}{
		{"1.3s", 1_300_000_999, ""},
		{"0s", 999, ""},
		{"0.120915s", 120_915_999, ""},
		{"0.120915280s", 120_915_280, ""},
		{"15ns", 15, ""},
		{"", 0, "is not a duration"},
		{"1.3", 0, "has no unit"},
		{"-1s", 0, "is negative"},
	} {
		stop, err := Until(test.text)
		if err == nil != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%q: error %v, want %q", test.text, err, test.err)
		}
		if int64(stop.At) != test.at {
			t.Errorf("%q is %d, want %d", test.text, stop.At, test.at)
		}
	}
}

func TestAStateIsJSON(t *testing.T) {
	s := parse(t, "hostile", fmt.Sprintf(hostile, 5, 4))
	for event := uint64(0); event < 600; event += 13 {
		m := new(Lab).RunUntil(s, 3, AfterEvent(event), nil)
		line := m.World.JSON()
		var back moment.World
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, m.World) {
			t.Fatalf("after event %d: %+v, want %+v", event, back, m.World)
		}
		again := new(Lab).RunUntil(s, 3, AfterEvent(event), nil)
		if !bytes.Equal(again.World.JSON(), line) {
			t.Fatalf("after event %d the second state differs", event)
		}
		if !bytes.HasPrefix(line, []byte(`{"format":"raftkv-state","version":3,"scenario":"hostile",`)) {
			t.Fatalf("it begins %.80s", line)
		}
	}
}

// TestAStateIsBounded: of 63 servers with long logs, full stores and many messages.
func TestAStateIsBounded(t *testing.T) {
	var keys strings.Builder
	for i := range 400 {
		fmt.Fprintf(&keys, "%q, ", fmt.Sprint("key", i))
	}
	s := parse(t, "crowd", fmt.Sprintf(`
num_nodes = 63
num_clients = 200
duration = "3s"
checks = {finished = false}
[workload]
keys = [%s]
requests_per_client = 5
mix = {put = 1}
[[fault]]
at = "1500ms"
do = "partition"
groups = [["n1", "n2"], ["n3", "n4"], ["n5", "n7"]]
`, keys.String()))
	for _, until := range []string{"500ms", "1500ms", "2s", "3s"} {
		stop, _ := Until(until)
		m := new(Lab).RunUntil(s, 1, stop, nil)
		if n := len(m.World.JSON()); n > 500_000 {
			t.Errorf("until %s: %d bytes", until, n)
		}
		if lines := strings.Count(textOf(t, &m.World), "\n"); lines > 350 {
			t.Errorf("until %s: %d lines", until, lines)
		}
		first := &m.World.Servers[0]
		if len(first.Log) != 20 || first.LogOmitted < 50 || len(first.Store) != 50 {
			t.Errorf("until %s: %d entries and %d, %d keys", until, len(first.Log), first.LogOmitted,
				len(first.Store))
		}
		if len(m.World.Clients) != 50 || m.World.ClientsOmitted != 150 {
			t.Errorf("until %s: %d clients", until, len(m.World.Clients))
		}
	}
}

// TestTheTextFits: it is ASCII, never wider than it should be, and no line ends in spaces.
func TestTheTextFits(t *testing.T) {
	var used Lab
	rapid.Check(t, func(t *rapid.T) {
		text := fmt.Sprintf(hostile, rapid.IntRange(1, 63).Draw(t, "nodes"), rapid.IntRange(0, 9).Draw(t, "clients"))
		if rapid.Bool().Draw(t, "random") {
			text = randomWorld(t)
		}
		s, err := scenario.Parse("random.toml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		stop := AfterEvent(rapid.Uint64Range(0, 3000).Draw(t, "event"))
		m := used.RunUntil(s, rapid.Uint64().Draw(t, "seed"), stop, nil)
		checkSheet(t, textOf(t, &m.World))
		textIn(t, &m.World, rapid.IntRange(1, 120).Draw(t, "width"))
	})
}

func checkSheet(t rapid.TB, text string) {
	t.Helper()
	checkWidth(t, text, 100)
}

func checkWidth(t rapid.TB, text string, width int) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		ascii := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) < 0
		if len(line) > width || !ascii || strings.TrimRight(line, " ") != line {
			t.Fatalf("%d columns: %q\n%s", len(line), line, text)
		}
	}
}

// TestTheTextOfWhateverStateFits: numbers and names as wide as there are.
func TestTheTextOfWhateverStateFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.Make[moment.World]().Draw(t, "state")
		checkSheet(t, textOf(t, &s))
		textIn(t, &s, rapid.IntRange(1, 120).Draw(t, "width"))
	})
}

func textOf(t rapid.TB, s *moment.World) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.WriteText(&b, 0); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// behind is a follower that is cut off while the others go on.
const behind = `
[workload]
requests_per_client = 30
[[fault]]
at = "30ms"
do = "isolate"
node = "n3"
for = "5s"
`

// transferring is a leader with a lease that is to hand over to who is cut off, and has reads to answer
// as it is cut off itself; the others ask whether they could win.
const transferring = `
num_nodes = 3
[raft]
reads = "lease"
[workload]
requests_per_client = 30
mix = {put = 1, get = 3}
[[fault]]
at = "100ms"
do = "isolate"
node = "n3"
[[fault]]
at = "150ms"
do = "transfer_leader"
node = "n3"
[[fault]]
at = "200ms"
do = "isolate"
node = "n1"
`

// TestStatesToRead are moments that somebody looks for.
func TestStatesToRead(t *testing.T) {
	for _, test := range []struct {
		name, scenario, until string
		seed                  uint64
	}{
		{"leader-crash", "leader-crash", "1s", 42},
		{"partition", "partition", "2.5s", 42},
		{"default", "default", "50ms", 42},
		{"retries", "retries", "560ms", 42},
	} {
		stop, err := Until(test.until)
		if err != nil {
			t.Fatal(err)
		}
		m := new(Lab).RunUntil(builtIn(t, test.scenario), test.seed, stop, nil)
		compareText(t, filepath.Join("..", "..", "testdata", "state", test.name+".txt"), textOf(t, &m.World))
	}
	s := parse(t, "hostile", fmt.Sprintf(hostile, 5, 4))
	m := new(Lab).RunUntil(s, 3, AfterEvent(217), nil)
	compareText(t, filepath.Join("..", "..", "testdata", "state", "hostile.txt"), textOf(t, &m.World))
	narrow := textIn(t, &m.World, 60)
	compareText(t, filepath.Join("..", "..", "testdata", "state", "hostile-narrow.txt"), narrow)
	stop, _ := Until("300ms")
	m = new(Lab).RunUntil(parse(t, "behind", behind), 1, stop, nil)
	compareText(t, filepath.Join("..", "..", "testdata", "state", "behind.txt"), textOf(t, &m.World))
	for name, until := range map[string]string{"transferring": "190ms", "cut-off": "420ms"} {
		stop, _ := Until(until)
		m := new(Lab).RunUntil(parse(t, name, transferring), 1, stop, nil)
		compareText(t, filepath.Join("..", "..", "testdata", "state", name+".txt"), textOf(t, &m.World))
	}
}

// TestTimersThatAreHeeded: a leader has an election timer too, and heeds it if it checks its quorum.
func TestTimersThatAreHeeded(t *testing.T) {
	for _, check := range []bool{false, true} {
		s := builtIn(t, "default")
		s.Cluster.Server.Raft.CheckQuorum = check
		stop, _ := Until("100ms")
		m := new(Lab).RunUntil(s, 42, stop, nil)
		heeded := map[string]bool{}
		for _, timer := range m.World.Servers[0].Timers {
			heeded[timer.Name] = timer.Heeded
		}
		if want := map[string]bool{"election": check, "heartbeat": true}; !maps.Equal(heeded, want) {
			t.Errorf("check_quorum = %v: %v, want %v", check, heeded, want)
		}
		if told := strings.Contains(textOf(t, &m.World), "n1 election"); told != check {
			t.Errorf("check_quorum = %v: the text tells of the election timer: %v", check, told)
		}
	}
}

func compareText(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: read it, and -update the file if it is better; got\n%s", file, got)
	}
}
