package kv_test

import (
	"fmt"
	"strings"
	"testing"

	"raftkv/kv"
)

func assertNoAllocs(t *testing.T, what string, f func()) {
	t.Helper()
	if n := testing.AllocsPerRun(100, f); n != 0 {
		t.Errorf("%s: %v allocations, want 0", what, n)
	}
}

func TestApplyDoesNotAllocate(t *testing.T) {
	s := storeOf(t, "a", "1")
	for _, test := range []struct {
		name, command string
		want          kv.Status
	}{
		{"get", get("a"), kv.OK},
		{"get of a missing key", get("b"), kv.KeyMissing},
		{"put of an existing key", put("a", "2"), kv.KeyExists},
		{"delete of a missing key", del("b"), kv.KeyMissing},
		{"noop", kv.Command{Op: kv.Noop}.Encode(), kv.OK},
	} {
		assertNoAllocs(t, test.name, func() {
			if r := s.Apply(1, test.command); r.Status != test.want {
				t.Fatalf("%s: %v", test.name, r.Status)
			}
		})
	}
}

// manyCommands returns count puts, and the deletes that undo them.
func manyCommands(count int) (puts, deletes []string) {
	for i := range count {
		key := fmt.Sprintf("key %d", i)
		puts, deletes = append(puts, put(key, "value")), append(deletes, del(key))
	}
	return puts, deletes
}

func TestDeleteDoesNotAllocate(t *testing.T) {
	puts, deletes := manyCommands(200) // more than AllocsPerRun runs
	var s kv.Store
	for _, encoded := range puts {
		s.Apply(1, encoded)
	}
	next := 0
	assertNoAllocs(t, "delete", func() {
		if r := s.Apply(1, deletes[next]); r.Status != kv.OK {
			t.Fatalf("delete: %v", r.Status)
		}
		next++
	})
}

func TestResetKeepsMemory(t *testing.T) {
	puts, _ := manyCommands(100)
	var s kv.Store
	assertNoAllocs(t, "fill after Reset", func() {
		s.Reset(kv.Options{})
		for _, encoded := range puts {
			s.Apply(1, encoded)
		}
	})
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	for _, g := range goldenEncodings {
		assertNoAllocs(t, "decode "+g.command.Op.String(), func() {
			if _, err := kv.Decode(g.encoded); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestEncodeAllocatesOnce(t *testing.T) {
	for _, g := range goldenEncodings {
		if n := testing.AllocsPerRun(100, func() { sink = g.command.Encode() }); n != 1 {
			t.Errorf("encode %v: %v allocations, want 1", g.command.Op, n)
		}
	}
}

// sink keeps results alive, so that the compiler cannot drop the work that made them.
var sink string

func BenchmarkApply(b *testing.B) {
	var s kv.Store
	s.Apply(1, put("a", "value"))
	for _, bench := range []struct {
		name     string
		commands []string
	}{
		{"get", []string{get("a")}},
		{"put exists", []string{put("a", "other")}},
		{"delete missing", []string{del("b")}},
		{"put and delete", []string{put("c", "value"), del("c")}},
		{"malformed", []string{get("a") + "!"}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, encoded := range bench.commands {
					s.Apply(1, encoded)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	encoded := put("key", strings.Repeat("v", 1000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := kv.Decode(encoded); err != nil {
			b.Fatal(err)
		}
	}
}
