package trace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/history"
	"raftkv/sim/record"
	"raftkv/sim/trace"
	"raftkv/sim/vtime"
)

var header = trace.Header{Scenario: "default", Seed: 1<<64 - 1, Nodes: 5, Clients: 3}

// hashOf is the running hash after the records.
func hashOf(records []record.Record) trace.Hash {
	var h trace.Hash
	for i := range records {
		h = h.Add(&records[i])
	}
	return h
}

// written returns a trace file of the records, without those left out.
func written(t testing.TB, records []record.Record, leaveFrom, leaveTo uint64) string {
	t.Helper()
	var text bytes.Buffer
	w := trace.NewWriter(&text, header)
	w.LeaveOut(leaveFrom, leaveTo)
	for _, r := range records {
		w.Observe(&r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// played is what a reader finds in a file.
type played struct {
	header  trace.Header
	records []record.Record
	gaps    []trace.Gap
}

func read(text string) (p played, err error) {
	reader, err := trace.NewReader(strings.NewReader(text))
	if err != nil {
		return p, err
	}
	p.header = reader.Header()
	err = reader.Play(func(r *record.Record) { p.records = append(p.records, *r) },
		func(g trace.Gap) { p.gaps = append(p.gaps, g) })
	return p, err
}

func recordsOf(t testing.TB, seed uint64) (records []record.Record) {
	t.Helper()
	run(storm(5), seed, func(r *record.Record) { records = append(records, *r) })
	return records
}

// TestATraceIsTheRun: what is read is what was written, and has its hash.
func TestATraceIsTheRun(t *testing.T) {
	records := recordsOf(t, 42)
	text := written(t, records, 0, 0)
	got, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	if got.header != header || !reflect.DeepEqual(got.records, records) || got.gaps != nil {
		t.Error("what was read is not what was written")
	}
	want := fmt.Sprintf(`{"end":true,"records":%d,"hash":"%v"}`, len(records), hashOf(records))
	if !strings.HasSuffix(text, want+"\n") {
		t.Errorf("the last line is not %s", want)
	}
}

// TestALineOfEveryField is the format, as others read it.
func TestALineOfEveryField(t *testing.T) {
	got := written(t, []record.Record{
		{Event: 1, Kind: record.Started, Server: 1},
		everything(),
	}, 0, 0)
	want := `{"format":"raftkv-trace","version":1,"scenario":"default",` +
		`"seed":"18446744073709551615","nodes":5,"clients":3}
{"event":1,"at_ns":0,"kind":"started","server":"n1"}
{"event":1,"at_ns":2,"kind":"started","server":"n1","peer":"n1","term":1,` +
		`"message":"RequestVote","index":1,"entry_term":1,"entry":"noop","count":1,"commit":1,` +
		`"success":true,"client":1,"operation":1,"outcome":"ok","ending":"nothing is left to do",` +
		`"action":"put","verb":"crash","key":"<k>","value":"<k>","number":1,` +
		`"digest":"0000000000000001","state":"0000000000000001","text":"<k>","servers":"n1 n3","bound_ns":2}
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// everything is a record with something in every field.
func everything() record.Record {
	var r record.Record
	for i := range reflect.TypeFor[record.Record]().NumField() {
		fill(&r, i)
	}
	return r
}

// fill gives a field a value that it may have.
func fill(r *record.Record, field int) {
	f := reflect.ValueOf(r).Elem().Field(field)
	if f.Type() == reflect.TypeFor[raft.ServerSet]() {
		f.SetUint(uint64(raft.SetOf(1, 3)))
		return
	}
	switch f.Kind() {
	case reflect.String:
		f.SetString("<k>")
	case reflect.Bool:
		f.SetBool(true)
	case reflect.Int64:
		f.SetInt(2)
	default:
		f.SetUint(1)
	}
}

// TestFilesCoverEveryField: a field that a file leaves out is lost without a word.
func TestFilesCoverEveryField(t *testing.T) {
	fields := reflect.TypeFor[record.Record]()
	for i := range fields.NumField() {
		r := record.Record{Kind: record.Started}
		fill(&r, i)
		got, err := read(written(t, []record.Record{r}, 0, 0))
		if err != nil {
			t.Fatalf("%s: %v", fields.Field(i).Name, err)
		}
		if len(got.records) != 1 || got.records[0] != r {
			t.Errorf("%s: %+v, want %+v", fields.Field(i).Name, got.records, r)
		}
	}
}

// writable draws records of every kind, with any value that each field may have.
func writable() *rapid.Generator[record.Record] {
	return rapid.Custom(func(t *rapid.T) record.Record {
		n := func(name string) uint64 { return rapid.Uint64().Draw(t, name) }
		upTo := func(last int, name string) int { return rapid.IntRange(0, last).Draw(t, name) }
		return record.Record{
			Event: n("event"), At: vtime.Time(n("at")),
			Kind:   record.Kind(rapid.IntRange(1, int(record.KindCount)-1).Draw(t, "kind")),
			Server: raft.ServerID(upTo(raft.MaxServers, "server")),
			Peer:   raft.ServerID(upTo(raft.MaxServers, "peer")), Term: raft.Term(n("term")),
			Message: raft.MessageType(upTo(int(raft.AppendEntriesResponse), "message")),
			Index:   raft.Index(n("index")), EntryTerm: raft.Term(n("entry term")),
			Entry: raft.EntryKind(upTo(int(raft.Command), "entry")), Count: uint32(n("count")),
			Commit: raft.Index(n("commit")), Success: rapid.Bool().Draw(t, "success"),
			Client: uint32(n("client")), Operation: uint32(n("operation")),
			Outcome: record.Outcome(upTo(int(record.Unknown), "outcome")),
			Ending:  record.Ending(upTo(int(record.Stuck), "ending")),
			Action:  record.Action(upTo(int(record.Delete), "action")),
			Verb:    record.Verb(upTo(int(record.VerbCount-1), "verb")),
			Key:     rapid.String().Draw(t, "key"), Value: rapid.String().Draw(t, "value"),
			Number: n("number"), Digest: n("digest"), State: n("state"),
			Text:    rapid.String().Draw(t, "text"),
			Servers: raft.ServerSet(n("servers")).Without(raft.None), Bound: vtime.Duration(n("bound")),
		}
	})
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		records := rapid.SliceOfN(writable(), 0, 20).Draw(r, "records")
		from := rapid.Uint64Range(0, 25).Draw(r, "from")
		to := rapid.Uint64Range(0, 25).Draw(r, "to")
		got, err := read(written(t, records, from, to))
		if err != nil {
			r.Fatal(err)
		}
		var want []record.Record
		var skipped uint64
		for i := range records {
			if n := uint64(i + 1); n < max(from, 1) || n > to {
				want = append(want, records[i])
			} else {
				skipped++
			}
		}
		if !reflect.DeepEqual(got.records, want) {
			r.Fatalf("%+v, want %+v", got.records, want)
		}
		if skipped > 0 {
			gap := trace.Gap{
				Skipped: skipped, Before: hashOf(records[:max(from, 1)-1]),
				After: hashOf(records[:max(from, 1)-1+skipped]),
			}
			if len(got.gaps) != 1 || got.gaps[0] != gap {
				r.Fatalf("the gap %+v, want %+v", got.gaps, gap)
			}
		}
	})
}

// TestReaderSaysWhatIsWrong: one sentence, with the line.
func TestReaderSaysWhatIsWrong(t *testing.T) {
	const (
		first   = `{"format":"raftkv-trace","version":1,"scenario":"a","seed":"1","nodes":3,"clients":2}`
		started = `{"event":1,"at_ns":0,"kind":"started","server":"n1"}`
	)
	end := fmt.Sprintf(`{"end":true,"records":1,"hash":"%v"}`,
		hashOf([]record.Record{{Event: 1, Kind: record.Started, Server: 1}}))
	for _, test := range []struct{ name, text, want string }{
		{"nothing is", first + "\n" + started + "\n" + end, ""},
		{"nothing is, with other ends of lines", first + "\r\n" + started + "\r\n" + end + "\r\n", ""},
		{"empty", "", `line 1: the file is empty, want a trace`},
		{"no JSON", "time 12345", "line 1: it is not the header of a trace: it is no JSON object: " +
			"invalid character 'i' in literal true (expecting 'r')"},
		{"another file", `{"a":1}`, `line 1: it is not the header of a trace: no format = "raftkv-trace"`},
		{"an array", `[1]`,
			`line 1: it is not the header of a trace: it is an array, want a JSON object`},
		{"another format", `{"format":"raftkv-history","version":1}`,
			`line 1: format = "raftkv-history", want "raftkv-trace"`},
		{"a newer version", `{"format":"raftkv-trace","version":2,"seed":7}`,
			`line 1: version = 2 is newer than this program, which reads 1`},
		{"no version", `{"format":"raftkv-trace"}`, `line 1: version is missing`},
		{"a seed that lost bits", strings.Replace(first, `"1"`, `1`, 1),
			`line 1: seed is a number, want a string`},
		{"no seed", strings.Replace(first, `"1"`, `"x"`, 1),
			`line 1: seed = "x", want a decimal number below 2^64`},
		{"too many nodes", strings.Replace(first, `:3,`, `:64,`, 1), `line 1: nodes = 64, want 1 to 63`},
		{"cut short", first + "\n" + started + "\n",
			`line 2: the trace is cut short after this line: no line tells its end`},
		{"cut in a line", first + "\n" + started[:20],
			`line 2: it breaks off in the middle of a JSON object`},
		{"an empty line", first + "\n\n", `line 2: it is empty, want a JSON object`},
		{"a kind misspelt", first + "\n" + strings.Replace(started, "started", "starded", 1),
			`line 2: kind = "starded" is no kind of record, did you mean "started"?`},
		{"no kind", first + "\n" + `{"event":1}`, `line 2: kind is missing`},
		{"another message", first + "\n" + `{"kind":"sent","message":"InstallEntries"}`,
			`line 2: message = "InstallEntries" is no type of message`},
		{"a field misspelt", first + "\n" + `{"kind":"sent","entry-term":1}`,
			`line 2: "entry-term" is no field, did you mean "entry_term"?`},
		{"a number as text", first + "\n" + `{"kind":"sent","term":"1"}`,
			`line 2: term is a string, want a whole number below 2^64`},
		{"a negative number", first + "\n" + `{"kind":"sent","count":-1}`,
			`line 2: count = -1, want a whole number below 2^32`},
		{"a text as number", first + "\n" + `{"kind":7}`, `line 2: kind is a number, want a string`},
		{"a server", first + "\n" + `{"kind":"sent","server":"n64"}`,
			`line 2: server = "n64" is no server, want "n1" to "n63"`},
		{"a digest", first + "\n" + `{"kind":"sent","digest":"12"}`,
			`line 2: digest = "12", want 16 hexadecimal digits`},
		{"two objects", first + "\n" + started + started, `line 2: there is more than one JSON object`},
		{"a record altered", first + "\n" + strings.Replace(started, "n1", "n2", 1) + "\n" + end,
			`line 3: hash = "5a5a89d4e7fd8467" is not the hash of the records before it, ` +
				`"33fe626a1a9419da": the file was changed`},
		{"a record missing", first + "\n" + end, `line 2: records = 1, but there are 0`},
		{"more", first + "\n" + started + "\n" + end + "\n" + started,
			`line 4: there is more after the end of the trace`},
		{"a mixture", first + "\n" + strings.Replace(started, "{", `{"skipped":3,`, 1),
			`line 2: a record has no skipped, before, end, records or hash`},
		{"a gap without hashes", first + "\n" + `{"skipped":3}`, `line 2: before is missing`},
		{"a gap too wide", first + "\n" + `{"skipped":18446744073709551615}`,
			`line 2: skipped = 18446744073709551615 is more than any run has`},
		{"a long line", first + "\n" + `{"text":"` + strings.Repeat("x", 1<<20) + `"}`,
			`line 2: it is longer than 1048576 bytes`},
	} {
		_, err := read(test.text)
		if got := fmt.Sprint(err); got != test.want && !(err == nil && test.want == "") {
			t.Errorf("%s:\n%s, want\n%s", test.name, got, test.want)
		}
	}
}

// sentence is what every error of a reader is: no name of a type, nothing that breaks a line.
var sentence = regexp.MustCompile(`^line \d+: [ -~]{1,400}$`)

var goNames = regexp.MustCompile(`json:|trace\.|Go |uint|struct|anyLine|recordLine`)

// FuzzReader: whatever the bytes, a sentence or a trace that can be written again.
func FuzzReader(f *testing.F) {
	var records []record.Record
	for i, e := range figure8() {
		for _, r := range e {
			r.Event = uint64(i + 1)
			records = append(records, r)
		}
	}
	f.Add(written(f, records, 0, 0))
	f.Add(written(f, records, 5, 9))
	f.Add(written(f, nil, 0, 0))
	f.Add(written(f, []record.Record{everything()}, 0, 0)[:500])
	f.Fuzz(func(t *testing.T, text string) {
		got, err := read(text)
		if err != nil {
			if s := err.Error(); !sentence.MatchString(s) || goNames.MatchString(s) {
				t.Fatalf("%q is no sentence", s)
			}
			return
		}
		if len(got.gaps) > 0 {
			return
		}
		again, err := read(written(t, got.records, 0, 0))
		if err != nil || !reflect.DeepEqual(again.records, got.records) {
			t.Fatalf("written again, %+v is %+v, %v", got.records, again.records, err)
		}
	})
}

// TestTheWriterRefusesWhatCannotBeRead: better no trace than a wrong one.
func TestTheWriterRefusesWhatCannotBeRead(t *testing.T) {
	for _, test := range []struct {
		record record.Record
		want   string
	}{
		{record.Record{}, "record 1 cannot be written: it has a value that has no name"},
		{record.Record{Kind: record.KindCount}, "record 1 cannot be written"},
		{record.Record{Kind: record.Sent, Server: 64}, "record 1 cannot be written"},
		{record.Record{Kind: record.Sent, Outcome: 9}, "record 1 cannot be written"},
		{record.Record{Kind: record.Sent, Text: "\xff"}, "record 1 cannot be written: a text in it is not UTF-8"},
		{record.Record{Kind: record.Sent, Text: strings.Repeat("x", 1<<20)}, "a line of 1048"},
	} {
		w := trace.NewWriter(new(bytes.Buffer), header)
		w.Observe(&test.record)
		if err := w.Close(); err == nil || !strings.HasPrefix(err.Error(), "trace: "+test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

func TestTheWriterKeepsTheFirstError(t *testing.T) {
	calls := 0
	w := trace.NewWriter(writer(func([]byte) (int, error) {
		calls++
		return 0, fmt.Errorf("full, for the %d. time", calls)
	}), header)
	run(storm(5), 42, w.Observe)
	if err := w.Close(); err == nil || err.Error() != "full, for the 1. time" {
		t.Errorf("Close() = %v after %d calls", err, calls)
	}
}

func TestAReaderThatFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	text := written(t, recordsOf(t, 1), 0, 0)
	reader, err := trace.NewReader(&failing{strings.NewReader(text[:100_000]), broken})
	if err == nil {
		err = reader.Play(func(*record.Record) {}, nil)
	}
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "line ") {
		t.Errorf("Play() = %v", err)
	}
}

type failing struct {
	text *strings.Reader
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.text.Len() == 0 {
		return 0, f.err
	}
	return f.text.Read(p)
}

func TestHistoryFile(t *testing.T) {
	operations := []history.Operation{
		{Client: 1, Number: 1, Action: record.Put, Key: "a", Value: "<c1-1>", Invoked: 9,
			InvokedAt: 10, Event: 7, Returned: 20, ReturnedAt: 30, Outcome: record.KeyExists,
			Position: raft.LogState{Index: 2, Term: 1}},
		{Client: 2, Number: 1, Action: record.Get, Key: "a", Invoked: 11, InvokedAt: 10},
	}
	var text bytes.Buffer
	if err := trace.WriteHistory(&text, header, operations, 1000); err != nil {
		t.Fatal(err)
	}
	want := `{"format":"raftkv-history","version":1,"scenario":"default",` +
		`"seed":"18446744073709551615","nodes":5,"clients":3,"operations":2}
{"client":1,"number":1,"action":"put","key":"a","value":"<c1-1>","invoked_ns":10,` +
		`"invoked_record":9,"outcome":"key exists","returned_ns":30,"returned_record":20,"event":7,` +
		`"entry_index":2,"entry_term":1}
{"client":2,"number":1,"action":"get","key":"a","invoked_ns":10,"invoked_record":11,` +
		`"outcome":"pending"}
`
	if text.String() != want {
		t.Errorf("got %s\nwant %s", &text, want)
	}
	for line := range strings.Lines(text.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%s is no JSON", line)
		}
	}
	bad := []history.Operation{{Client: 3, Number: 4, Key: "\xff"}}
	if err := trace.WriteHistory(&text, header, bad, 1000); err == nil ||
		err.Error() != "trace: request 4 of c3 cannot be written: it is not UTF-8" {
		t.Errorf("a key that is not UTF-8: %v", err)
	}
}

func BenchmarkWriter(b *testing.B) {
	records := recordsOf(b, 42)
	var text bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		text.Reset()
		w := trace.NewWriter(&text, header)
		for i := range records {
			w.Observe(&records[i])
		}
		w.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
	b.ReportMetric(float64(text.Len())/float64(len(records)), "bytes/record")
}

func BenchmarkReader(b *testing.B) {
	records := recordsOf(b, 42)
	text := written(b, records, 0, 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := read(text); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
}
