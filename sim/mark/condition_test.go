package mark

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/record"
)

var pattern = regexp.MustCompile(ConditionPattern)

func TestConditionsAreRead(t *testing.T) {
	of := func(k record.Kind) Mark { return OfKind(k) }
	for text, want := range map[string]Condition{
		"leader_elected":          {LeaderElected, 0, 0, 1},
		"leader_elected#2":        {LeaderElected, 0, 0, 2},
		"leader_elected #2":       {LeaderElected, 0, 0, 2},
		"committed#10":            {of(record.Committed), 0, 0, 10},
		"persisted n3 #7":         {of(record.Persisted), 3, 0, 7},
		"persisted n3#7":          {of(record.Persisted), 3, 0, 7},
		"  persisted   n63  #7":   {of(record.Persisted), 63, 0, 7},
		"returned c2":             {of(record.Returned), 0, 2, 1},
		"returned c4294967295 #1": {of(record.Returned), 0, 1<<32 - 1, 1},
		"returned n1":             {of(record.Returned), 1, 0, 1},
		"request_unknown c1":      {RequestUnknown, 0, 1, 1},
		"crash_leader n2":         {OfFaultOn(record.Crash, raft.Leader), 2, 0, 1},
		"finished":                {of(record.Finished), 0, 0, 1},
		"split_vote #1000000000":  {SplitVote, 0, 0, NthMax},
	} {
		got, err := ParseCondition(text)
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v, want %+v", text, got, err, want)
		}
		if !pattern.MatchString(text) {
			t.Errorf("the pattern has something against %q", text)
		}
	}
}

func TestMistakesOfConditions(t *testing.T) {
	for text, want := range map[string]string{
		"":                     `it names nothing, want for example "leader_elected #2"`,
		" #2":                  `it names nothing, want for example "leader_elected #2"`,
		"leader_electd #2":     `there is no mark "leader_electd"`,
		"n3 persisted":         `there is no mark "n3"`,
		"persisted n3 7":       `"7" is too much, want for example "persisted n3 #7"`,
		"persisted n0":         `"n0" is no server, whom persisted concerns, want n1 to n63`,
		"persisted n64":        `"n64" is no server, whom persisted concerns, want n1 to n63`,
		"persisted n03":        `"n03" is no server, whom persisted concerns, want n1 to n63`,
		"persisted c1":         `"c1" is no server, whom persisted concerns, want n1 to n63`,
		"persisted 3":          `"3" is no server, whom persisted concerns, want n1 to n63`,
		"persisted n":          `"n" is no server, whom persisted concerns, want n1 to n63`,
		"persisted nn3":        `"nn3" is no server, whom persisted concerns, want n1 to n63`,
		"returned c0":          `"c0" is no server and no client, want n1 to n63, or c1, c2, ...`,
		"returned 3":           `"3" is no server and no client, want n1 to n63, or c1, c2, ...`,
		"returned c4294967296": `"c4294967296" is no server and no client, want n1 to n63, or c1, c2, ...`,
		"finished n1":          `finished concerns nobody, want it without "n1"`,
		"split_vote #0":        `"#0" is no number in order, want #1 to #1000000000`,
		"split_vote #01":       `"#01" is no number in order, want #1 to #1000000000`,
		"split_vote #+1":       `"#+1" is no number in order, want #1 to #1000000000`,
		"split_vote #":         `"#" is no number in order, want #1 to #1000000000`,
		"split_vote # 1":       `"# 1" is no number in order, want #1 to #1000000000`,
		"split_vote #1 #2":     `"#1 #2" is no number in order, want #1 to #1000000000`,
		"split_vote #1000000001": `"#1000000001" is no number in order, ` +
			`want #1 to #1000000000`,
	} {
		c, err := ParseCondition(text)
		var wrong *ConditionError
		if !errors.As(err, &wrong) || err.Error() != want || c != (Condition{}) {
			t.Errorf("%q is %+v: %v, want %s", text, c, err, want)
			continue
		}
		if unknown := strings.HasPrefix(want, "there is no mark"); unknown !=
			(slices.Contains(wrong.Among, "split_vote") && strings.Contains(text, wrong.Word) &&
				wrong.Word != "") {
			t.Errorf("%q: perhaps %q of %d words was misspelt", text, wrong.Word, len(wrong.Among))
		}
	}
}

// conditions draws any that can be.
func conditions() *rapid.Generator[Condition] {
	return rapid.Custom(func(t *rapid.T) Condition {
		c := Condition{
			What: rapid.SampledFrom(All()).Draw(t, "what"), Nth: rapid.Uint32Range(1, 4).Draw(t, "nth"),
		}
		switch of := c.What.subject(); {
		case of != nobody && rapid.Bool().Draw(t, "server"):
			c.Server = raft.ServerID(rapid.IntRange(1, 4).Draw(t, "server"))
		case of == clients && rapid.Bool().Draw(t, "client"):
			c.Client = rapid.Uint32Range(1, 4).Draw(t, "client")
		}
		return c
	})
}

func TestWhatAConditionSaysIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := conditions().Draw(t, "condition")
		text := c.String()
		if got, err := ParseCondition(text); got != c || err != nil {
			t.Fatalf("%+v is written %q and read %+v, %v", c, text, got, err)
		}
		if loose := strings.ReplaceAll(text, " #", "#"); loose != text {
			if got, err := ParseCondition(loose); got != c || err != nil {
				t.Fatalf("%q is read %+v, %v, want %+v", loose, got, err, c)
			}
		}
	})
}

// What is read fits the pattern, and what fits it is read unless a name or a number is wrong.
func TestThePatternIsThatOfTheGrammar(t *testing.T) {
	part := rapid.SampledFrom([]string{
		"split_vote", "returned", "x", " ", "n1", "c2", "n0", "#1", "#0", "#", "2", "", "A",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 1, 6).Draw(t, "parts"), "")
		c, err := ParseCondition(text)
		fits := pattern.MatchString(text)
		if err == nil && !fits {
			t.Fatalf("%q is read as %v, but does not fit", text, c)
		}
		if err != nil && fits && !strings.Contains(err.Error(), "there is no mark") &&
			!strings.Contains(err.Error(), "is no server") && !strings.Contains(err.Error(), "no number") {
			t.Fatalf("%q fits, but: %v", text, err)
		}
	})
}

// The conditions that are met, and when, are those that counting one by one finds.
func TestTriggersAreMetInOrder(t *testing.T) {
	var triggers Triggers
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(conditions()).Draw(t, "conditions")
		records := torn(rapid.Uint64().Draw(t, "seed"), 200)
		left := make([]uint32, len(list))
		for i, c := range list {
			left[i] = c.Nth
		}
		var w Watch
		triggers.Reset(list)
		for i := range records {
			r := &records[i]
			set := w.Observe(r)
			var want []int
			for number, c := range list {
				who := r.Server
				if r.Kind == record.Delivered {
					who = r.Peer
				}
				if !set.Has(c.What) || c.Server != 0 && c.Server != who ||
					c.Client != 0 && c.Client != r.Client || left[number] == 0 {
					continue
				}
				if left[number]--; left[number] == 0 {
					want = append(want, number)
				}
			}
			if got := triggers.Observe(r, set); !slices.Equal(got, want) {
				t.Fatalf("record %d, %v of n%d: %v are met, want %v of %v",
					i, r.Kind, r.Server, got, want, list)
			}
		}
	})
}

func TestOneRecordCanMeetSeveralConditions(t *testing.T) {
	var w Watch
	var triggers Triggers
	triggers.Reset([]Condition{
		{TwoLeaders, 0, 0, 1}, {OfKind(record.BecameLeader), 2, 0, 1}, {LeaderElected, 0, 0, 2},
		{LeaderElected, 2, 0, 2}, {LeaderElected, 0, 0, 2},
	})
	var met [][]int
	for _, r := range stream(three(in(1, leads, 1), in(2, leads, 2), in(3, leads, 2))...) {
		met = append(met, slices.Clone(triggers.Observe(&r, w.Observe(&r))))
	}
	want := [][]int{{}, {}, {}, {}, {0, 1, 2, 4}, {3}}
	if !slices.EqualFunc(met, want, slices.Equal) {
		t.Errorf("met %v, want %v", met, want)
	}
}

// Many conditions on one mark cost nothing for the records of others: it is not even looked at them.
func BenchmarkTriggers(b *testing.B) {
	var list []Condition
	for i := range 1000 {
		list = append(list, Condition{SplitVote, raft.ServerID(i%63 + 1), 0, NthMax})
	}
	var triggers Triggers
	triggers.Reset(list)
	r := record.Record{Kind: record.Sent, Server: 1, Peer: 2}
	marks := Set{}.With(OfKind(record.Sent))
	for range b.N {
		triggers.Observe(&r, &marks)
	}
}
