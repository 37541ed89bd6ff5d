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

// fullStore returns a store with as many keys and sessions as that, each with an answer.
func fullStore(size int) *kv.Store {
	s := new(kv.Store)
	puts, _ := manyCommands(size)
	for i, encoded := range puts {
		id := uint64(i + 1)
		s.Apply(id, encoded)
		s.Apply(id, openSession)
		s.Apply(id, getIn(id, 1, fmt.Sprintf("key %d", i)))
	}
	return s
}

func TestRestoreKeepsMemory(t *testing.T) {
	encoded := snapshot(fullStore(100))
	var s kv.Store
	assertNoAllocs(t, "restore", func() {
		if err := s.Restore(encoded); err != nil || s.Len() != 100 || s.Sessions() != 100 {
			t.Fatalf("%v, %d keys, %d sessions", err, s.Len(), s.Sessions())
		}
	})
}

func TestAppendSnapshotAllocatesItsKeysOnly(t *testing.T) {
	s := fullStore(100)
	buf, keys := s.AppendSnapshot(nil), 0
	want := testing.AllocsPerRun(100, func() { keys = len(s.Keys()) })
	got := testing.AllocsPerRun(100, func() { buf = s.AppendSnapshot(buf[:0]) })
	if got != want || keys != 100 {
		t.Errorf("%v allocations, want %v for %d keys", got, want, keys)
	}
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

func BenchmarkSnapshot(b *testing.B) {
	for _, size := range []int{5, 1000} {
		s := fullStore(size)
		encoded := snapshot(s)
		b.Run(fmt.Sprint("append ", size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(encoded)))
			var buf []byte
			for b.Loop() {
				buf = s.AppendSnapshot(buf[:0])
			}
		})
		b.Run(fmt.Sprint("restore ", size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(encoded)))
			var restored kv.Store
			for b.Loop() {
				if err := restored.Restore(encoded); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
