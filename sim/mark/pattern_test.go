package mark_test

import (
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/mark"
	"raftkv/sim/record"
)

// everyPattern returns what a stream shows of patterns, in as many variations of one field as it takes
// for some to be looked at.
func everyPattern(kinds ...record.Kind) (all []mark.Pattern) {
	var p mark.Patterns
	for outcome := range 8 {
		for message := range 16 {
			p.Reset()
			for i, kind := range kinds {
				p.Observe(&record.Record{
					Kind: kind, Server: 1, Message: raft.MessageType(message), Outcome: record.Outcome(outcome),
					Index: raft.Index(i),
				})
			}
			all = append(all, p.List()...)
		}
	}
	return all
}

// TestPatternsTellOrdersApart: about one in 8 patterns is looked at, the same each time; another order is
// another pattern.
func TestPatternsTellOrdersApart(t *testing.T) {
	first := everyPattern(record.Written, record.Persisted, record.Sent)
	again := everyPattern(record.Written, record.Persisted, record.Sent)
	other := everyPattern(record.Persisted, record.Written, record.Sent)
	if len(first) < 24 || len(first) > 96 {
		t.Fatalf("%d of 384 patterns are looked at, want about 48", len(first))
	}
	if !slices.Equal(first, again) {
		t.Errorf("%v, then %v", first, again)
	}
	if slices.Equal(first, other) {
		t.Errorf("another order shows the same: %v", first)
	}
}

// TestPatternsAreOfAServer: what happens at others in between changes nothing, and each is told once.
func TestPatternsAreOfAServer(t *testing.T) {
	var alone, among mark.Patterns
	for i := range 3000 {
		r := record.Record{
			Kind: record.Kind(1 + i*i*i%29), Server: 1, Message: raft.MessageType(i % 5), Success: i%7 == 0,
		}
		alone.Observe(&r)
		among.Observe(&r)
		r.Server = 2
		r.Kind = record.Invoked
		r.Message, r.Success = 0, false
		among.Observe(&r)
	}
	if len(alone.List()) < 3 {
		t.Fatalf("only %d patterns", len(alone.List()))
	}
	for _, pattern := range alone.List() {
		if !slices.Contains(among.List(), pattern) {
			t.Errorf("%d is not shown when another server is busy", pattern)
		}
	}
	sorted := slices.Sorted(slices.Values(alone.List()))
	if len(slices.Compact(sorted)) != len(alone.List()) {
		t.Errorf("a pattern is told twice: %v", alone.List())
	}
	alone.Reset()
	if len(alone.List()) != 0 {
		t.Error("Reset leaves patterns")
	}
}
