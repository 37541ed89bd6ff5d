package trace_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/trace"
)

var sequence = regexp.MustCompile("\x1b\\[[0-9;]*m")

// checkColoured checks that colour adds sequences and nothing else, and that none reaches beyond its
// line. It returns the story without them.
func checkColoured(t testing.TB, o trace.StoryOptions, what func(record.Sink)) string {
	t.Helper()
	o.Colour = false
	plain := told(t, o, what)
	o.Colour = true
	coloured := told(t, o, what)
	if got := sequence.ReplaceAllString(coloured, ""); got != plain {
		t.Fatalf("without its sequences the story is another: %s", firstDifference(got, plain))
	}
	for line := range strings.Lines(coloured) {
		inside := false
		for _, s := range sequence.FindAllString(line, -1) {
			if reset := s == "\x1b[0m"; reset != inside {
				t.Fatalf("%q does not reset each style", line)
			}
			inside = !inside
		}
		if inside {
			t.Fatalf("%q ends in colour", line)
		}
	}
	return plain
}

var widths = []int{0, 1, 48, 60, 79, 100, 200}

func widthOf(o trace.StoryOptions) int {
	switch {
	case o.Width > 0:
		return max(o.Width, 48)
	case o.Verbose:
		return 200
	}
	return 100
}

func TestColourAddsNothingButColour(t *testing.T) {
	for _, config := range []struct {
		servers int
		run     func(record.Sink)
	}{
		{5, func(sink record.Sink) { run(leaderCrash(), 42, sink) }},
		{5, func(sink record.Sink) { run(partition(), 42, sink) }},
		{5, func(sink record.Sink) { run(storm(5), 42, sink) }},
		{21, func(sink record.Sink) { run(storm(21), 42, sink) }},
		{3, stream(figure8())},
	} {
		for _, width := range widths {
			for _, verbose := range []bool{false, true} {
				o := trace.StoryOptions{Servers: config.servers, Clients: 3, Width: width, Verbose: verbose}
				checkPage(t, checkColoured(t, o, config.run), widthOf(o))
			}
		}
	}
}

func TestColourOfAnyRecords(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := trace.StoryOptions{
			Servers: rapid.IntRange(1, raft.MaxServers).Draw(r, "servers"),
			Clients: rapid.Uint32().Draw(r, "clients"),
			Verbose: rapid.Bool().Draw(r, "verbose"),
			Width:   rapid.IntRange(1, 120).Draw(r, "width"),
		}
		records := rapid.SliceOfN(anyRecord(), 0, 100).Draw(r, "records")
		text := checkColoured(t, o, func(sink record.Sink) {
			for _, r := range records {
				sink(&r)
			}
		})
		for line := range strings.Lines(text) {
			if n := len(strings.TrimSuffix(line, "\n")); n > widthOf(o) {
				r.Fatalf("%d columns, want at most %d: %s", n, widthOf(o), line)
			}
		}
	})
}

// words is a story without what its lines begin with, and without its line breaks.
func words(story string) string {
	return strings.Join(strings.Fields(story), "")
}

// TestNarrowStoriesLoseNothing: they are longer, and that is all.
func TestNarrowStoriesLoseNothing(t *testing.T) {
	for _, verbose := range []bool{false, true} {
		tellAt := func(width int) string {
			o := trace.StoryOptions{Servers: 5, Clients: 3, Width: width, Verbose: verbose}
			return told(t, o, func(sink record.Sink) { run(storm(5), 7, sink) })
		}
		want := words(tellAt(1000))
		for _, width := range widths {
			if got := words(tellAt(width)); got != want {
				t.Errorf("at width %d the story has other words", width)
			}
		}
	}
}

func TestColours(t *testing.T) {
	o := trace.StoryOptions{Servers: 3, Clients: 2, Colour: true}
	got := told(t, o, stream([]event{
		{{Kind: record.Started, Server: 1}, {Kind: record.Started, Server: 2}, {Kind: record.Started, Server: 3}},
		{{Kind: record.BecameCandidate, Server: 2, Term: 1}},
		{{Kind: record.BecameLeader, Server: 1, Term: 1}},
		{{Kind: record.Paused, Server: 3}},
		{{Kind: record.Crashed, Server: 1}},
		{{Kind: record.Invoked, Client: 1, Operation: 1, Server: 1, Action: record.Get, Key: "a"}},
		{{Kind: record.Returned, Client: 1, Operation: 1, Server: 1, Outcome: record.Unknown}},
		{{Kind: record.Panicked, Server: 2, Text: "raft: truncating committed entry 7"}},
	}))
	const (
		dim, green, yellow, red = "\x1b[2m", "\x1b[1;32m", "\x1b[33m", "\x1b[31m"
		magenta, cyan, end      = "\x1b[35m", "\x1b[36m", "\x1b[0m"
	)
	l, c, x, z := green+"L"+end, yellow+"C"+end, red+"x"+end, magenta+"z"+end
	at := func(ms string) string { return "  " + dim + "0.00" + ms + "000s" + end + "  " }
	want := "       " + dim + "time" + end + "  123  who  " +
		"what (L leads, C stands, P would stand, . follows, x down, z paused)\n" +
		at("0") + "...  " + dim + "all" + end + "  start with nothing on disk, as followers\n" +
		at("1") + "." + c + ".  " + yellow + "n2" + end + "   stands for election in term 1, votes for itself\n" +
		at("2") + l + c + ".  " + green + "n1" + end + "   has the votes of nobody, only 0 of 3: leads term 1\n" +
		at("3") + l + c + z + "  " + magenta + "n3" + end + "   is paused; what arrives for it waits\n" +
		at("4") + x + c + z + "  " + red + "n1" + end + "   " + red + "crashes, leader of term 1" + end + "\n" +
		at("5") + x + c + z + "  " + cyan + "c1" + end + "   asks n1: get a\n" +
		at("6") + x + c + z + "  " + cyan + "c1" + end + "   " + red +
		"get a: no answer from n1 in 1ms; c1 cannot know whether it was done" + end + "\n" +
		at("7") + x + c + z + "  " + red + "n2" + end + "   " + red +
		"panics: raft: truncating committed entry 7" + end + "\n"
	if got != want {
		t.Errorf("%s", firstDifference(strings.ReplaceAll(got, "\x1b", "^"), strings.ReplaceAll(want, "\x1b", "^")))
	}
}

// TestAStoryThatBeginsInTheMiddle: of a trace that leaves records out, it tells what it can.
func TestAStoryThatBeginsInTheMiddle(t *testing.T) {
	text := told(t, trace.StoryOptions{Servers: 3, Clients: 2}, stream([]event{
		{{Kind: record.Returned, Client: 1, Operation: 2, Server: 1, Outcome: record.KeyExists}},
		{{Kind: record.Returned, Client: 2, Operation: 3, Server: 1, Outcome: record.Unknown}},
	}))
	for _, want := range []string{
		"request 2: key exists\n", "request 3: no answer from n1; c2 cannot know whether it was done\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
