package kv_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/kv"
)

func snapshot(s *kv.Store) string { return string(s.AppendSnapshot(nil)) }

// goldenSnapshots may not change: disks and recordings hold these bytes.
var goldenSnapshots = []struct {
	room     int
	log      []string
	snapshot string
}{
	{0, nil, "\x01\xe8\x07\x00\x00"},
	{3, []string{put("b", "22"), put("a\xff", "1"), put("", "")},
		"\x01\x03\x03\x00\x00\x02a\xff\x011\x01b\x0222\x00"},
	{300, []string{openSession}, "\x01\xac\x02\x00\x01\x01\x00"},
	// The answers: ok without a value, key missing, ok with a value, key exists; 4 has none.
	{5, []string{openSession, openSession, openSession, openSession, openSession,
		putIn(1, 1, "a", "1"), getIn(2, 300, "b"), getIn(3, 2, "a"), putIn(5, 7, "a", "2")},
		"\x01\x05\x01\x01a\x011\x05\x04\x00\x01\x01\x06\x01\x00\x02\xac\x02\x07\x03" +
			"\x03\x02\x08\x01\x011\x05\x07\x09\x02"},
	// A repetition and a refusal are uses, but no other answers; the first session ended.
	{2, []string{openSession, openSession, openSession, getIn(2, 5, "a"), getIn(3, 1, "a"),
		getIn(2, 5, "a"), getIn(3, 1, "b"), getIn(2, 4, "a")},
		"\x01\x02\x00\x02\x03\x01\x07\x03\x02\x05\x08\x03"},
}

func TestGoldenSnapshots(t *testing.T) {
	for _, g := range goldenSnapshots {
		var s, restored kv.Store
		s.Reset(kv.Options{SessionsMax: g.room})
		replay(&s, g.log...)
		if got := snapshot(&s); got != g.snapshot {
			t.Errorf("%q: snapshot %q, want %q", g.log, got, g.snapshot)
		}
		if err := restored.Restore(g.snapshot); err != nil {
			t.Errorf("%q: %v", g.snapshot, err)
		}
		if restored.Digest() != s.Digest() || snapshot(&restored) != g.snapshot {
			t.Errorf("%q restored: digest %#x, want %#x", g.snapshot, restored.Digest(), s.Digest())
		}
	}
}

func TestAppendSnapshotAppends(t *testing.T) {
	s := storeOf(t, "a", "1")
	if got := string(s.AppendSnapshot([]byte("before"))); got != "before"+snapshot(s) {
		t.Errorf("appended %q", got)
	}
}

// malformedSnapshots is one string for each way not to be a snapshot.
var malformedSnapshots = []struct{ snapshot, reason string }{
	{"", "byte 0: format is cut off"},
	{"\x00\x01\x00\x00", "byte 0: format 0, want 1"},
	{"\x02\x01\x00\x00", "byte 0: format 2, want 1"},
	{"\x81\x00\x01\x00\x00", "byte 0: format is not in its shortest form"},
	{"\x01", "byte 1: room for sessions is cut off"},
	{"\x01\x00\x00\x00", fmt.Sprintf("byte 1: room for 0 sessions, want 1 to %d", 1<<(intSize-1)-1)},
	{"\x01" + huge + "\x00\x00",
		fmt.Sprintf("byte 1: room for 18446744073709551615 sessions, want 1 to %d", 1<<(intSize-1)-1)},
	{"\x01\x01", "byte 2: number of keys is cut off"},
	{"\x01\x01\x01", "byte 3: key: length is cut off"},
	{"\x01\x01" + huge, "byte 12: key: length is cut off"},
	{"\x01\x01\x80\x80\x80\x80\x10\x00\x00", "byte 9: key: length is cut off"},
	{"\x01\x01\x01\x02a", "byte 3: key: 2 bytes announced, 1 left"},
	{"\x01\x01\x01" + huge + "a", "byte 3: key: 18446744073709551615 bytes, want at most 1024"},
	{"\x01\x01\x01\x01a", "byte 5: value: length is cut off"},
	{"\x01\x01\x01\x00\x81\x80\x40", "byte 4: value: 1048577 bytes, want at most 1048576"},
	{"\x01\x01\x02\x01b\x00\x01a\x00\x00", `byte 6: key "a" after "b", want them ascending`},
	{"\x01\x01\x02\x01a\x00\x01a\x00\x00", `byte 6: key "a" after "a", want them ascending`},
	{"\x01\x01\x02\x00\x00\x00\x00\x00", `byte 5: key "" after "", want them ascending`},
	{"\x01\x01\x00", "byte 3: number of sessions is cut off"},
	{"\x01\x01\x00\x02\x01\x00\x02\x00", "byte 3: 2 sessions, room for 1"},
	{"\x01\x01\x00" + huge, "byte 3: 18446744073709551615 sessions, room for 1"},
	{"\x01\xff\xff\xff\xff\x07\x00\xff\xff\xff\xff\x07", "byte 12: session is cut off"},
	{"\x01\x02\x00\x02\x01\x00\x01\x00", "byte 6: session 1 is there already"},
	{"\x01\x01\x00\x01\x01", "byte 5: sequence is cut off"},
	{"\x01\x01\x00\x01\x01\x01", "byte 6: last use is cut off"},
	{"\x01\x01\x00\x01\x01\x01\x02", "byte 7: status is cut off"},
	{"\x01\x01\x00\x01\x01\x01\x02\x00", "byte 7: status 0 of a request that was carried out"},
	{"\x01\x01\x00\x01\x01\x01\x02\x04", "byte 7: status 4 of a request that was carried out"},
	{"\x01\x01\x00\x01\x01\x01\x02\x06", "byte 7: status 6 of a request that was carried out"},
	// 257 is OK in eight bits.
	{"\x01\x01\x00\x01\x01\x01\x02\x81\x02\x00", "byte 7: status 257 of a request that was carried out"},
	{"\x01\x01\x00\x01\x01\x01\x02\x01", "byte 8: answer: length is cut off"},
	{"\x01\x01\x00\x01\x01\x01\x02\x01\x81\x80\x40", "byte 8: answer: 1048577 bytes, want at most 1048576"},
	{"\x01\x01\x00\x01\x01\x01\x02\x03\x00", "byte 8: 1 bytes after the end"},
	{"\x01\x01\x00\x00\x00", "byte 4: 1 bytes after the end"},
}

const intSize = 32 << (^uint(0) >> 63)

// huge is the number 2^64 - 1.
var huge = strings.Repeat("\xff", 9) + "\x01"

func TestRestoreSaysWhatIsWrong(t *testing.T) {
	for _, m := range malformedSnapshots {
		s := usedStore()
		err := s.Restore(m.snapshot)
		if want := "kv: malformed snapshot: " + m.reason; err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", m.snapshot, err, want)
		}
		assertRefused(t, s, err)
	}
}

// usedStore returns a store with keys, and with all the sessions that it has room for.
func usedStore() *kv.Store {
	s := new(kv.Store)
	s.Reset(kv.Options{SessionsMax: usedRoom})
	replay(s, put("b", "old"), put("z", "old"), openSession, getIn(3, 1, "z"), openSession)
	return s
}

const usedRoom = 2

// assertRefused wants a used store to be as after a Reset with its own Options.
func assertRefused(t rapid.TB, s *kv.Store, err error) {
	t.Helper()
	if !errors.Is(err, kv.ErrMalformedSnapshot) {
		t.Errorf("%v does not wrap ErrMalformedSnapshot", err)
	}
	var empty kv.Store
	empty.Reset(kv.Options{SessionsMax: usedRoom})
	if s.Digest() != 0 || s.Len() != 0 || snapshot(s) != snapshot(&empty) {
		t.Errorf("%v, yet a store: %q", err, snapshot(s))
	}
}

func TestAPrefixOfASnapshotIsMalformed(t *testing.T) {
	for _, g := range goldenSnapshots {
		for n := range len(g.snapshot) {
			s := usedStore()
			if err := s.Restore(g.snapshot[:n]); err == nil {
				t.Errorf("%d bytes of %q restore %q", n, g.snapshot, s.Keys())
			} else {
				assertRefused(t, s, err)
			}
		}
	}
}

// A store restored from a snapshot of another, at any point, is from then on that other: both do
// what the oracle does, which no snapshot touches, and have the same digest and the same bytes.
func TestARestoredStoreGoesOnAsTheOther(t *testing.T) {
	repeated, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		o := &oracle{room: rapid.IntRange(1, 4).Draw(t, "room"), content: map[string]string{}}
		one, other := new(kv.Store), usedStore()
		one.Reset(kv.Options{SessionsMax: o.room})
		restored := false
		for index := range rapid.Uint64Range(1, 60).Draw(t, "commands") {
			if rapid.IntRange(0, 7).Draw(t, "restore") == 0 {
				if restored { // it is ahead, then
					other.Apply(index+1, openSession)
					other.Apply(index+1, put("b", "ahead"))
				}
				restored = true
				assertRestores(t, other, one)
				// And the other way round: a snapshot of a store that was itself restored.
				one.Apply(index+1, openSession)
				assertRestores(t, one, other)
			}
			c := anyCommand(t, index)
			want := o.apply(index+1, c)
			if got := one.Apply(index+1, c.Encode()); got != want {
				t.Fatalf("entry %d, %+v: %+v, want %+v", index+1, c, got, want)
			}
			if !restored {
				continue
			}
			if got := other.Apply(index+1, c.Encode()); got != want {
				t.Fatalf("entry %d, %+v: %+v from the other, want %+v", index+1, c, got, want)
			}
			assertEqual(t, other, one)
			repeated += count(want.Repeated)
			refused += count(want.Refused())
		}
	})
	if repeated == 0 || refused == 0 {
		t.Errorf("%d repeated and %d refused after a snapshot: the property was never tried",
			repeated, refused)
	}
}

func assertRestores(t *rapid.T, s, from *kv.Store) {
	t.Helper()
	if err := s.Restore(snapshot(from)); err != nil {
		t.Fatalf("%q: %v", snapshot(from), err)
	}
	assertEqual(t, s, from)
}

func assertEqual(t *rapid.T, one, other *kv.Store) {
	t.Helper()
	if a, b := snapshot(one), snapshot(other); a != b || one.Digest() != other.Digest() {
		t.Fatalf("%q and %q, digests %#x and %#x", a, b, one.Digest(), other.Digest())
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// sessionState is a session as it ends up: opened at id, and last used at used, by a get of key.
type sessionState struct {
	id, sequence, used uint64
	key                string
}

// Stores that come to one state by different ways have one snapshot.
func TestASnapshotDoesNotTellTheWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.MapOf(rapid.StringN(0, 3, -1), rapid.StringN(0, 3, -1)).Draw(t, "content")
		var sessions []sessionState
		for i := range rapid.Uint64Range(0, 4).Draw(t, "sessions") {
			sessions = append(sessions, sessionState{
				id:       10 + i,
				sequence: rapid.Uint64Range(1, 3).Draw(t, "sequence"),
				used:     20 + i,
				key:      rapid.SampledFrom([]string{"", "a"}).Draw(t, "key"),
			})
		}
		room := rapid.IntRange(max(1, len(sessions)), 6).Draw(t, "room")
		one, other := walk(t, room, content, sessions), walk(t, room, content, sessions)
		if one != other {
			t.Fatalf("snapshots %q and %q", one, other)
		}
	})
}

// walk leads a store to that state by a way of its own, and returns its snapshot.
func walk(t *rapid.T, room int, content map[string]string, sessions []sessionState) string {
	var s kv.Store
	s.Reset(kv.Options{SessionsMax: room})
	for range rapid.IntRange(0, 3).Draw(t, "sessions that end") {
		s.Apply(rapid.Uint64Range(1, 9).Draw(t, "index"), openSession)
	}
	detour := rapid.IntRange(0, 2).Draw(t, "detour")
	keys := slices.Sorted(maps.Keys(content))
	for _, key := range rapid.Permutation(keys).Draw(t, "order") {
		for range detour {
			s.Apply(1, put(key, "detour"))
			s.Apply(1, del(key))
		}
		s.Apply(1, put(key, content[key]))
	}
	for _, c := range rapid.Permutation(sessions).Draw(t, "opened") {
		s.Apply(c.id, openSession)
	}
	for i := range uint64(room - len(sessions)) {
		s.Apply(15+i, openSession) // the last of those that were to end
	}
	if detour > 0 {
		for _, c := range sessions {
			s.Apply(19, putIn(c.id, 1, "detour", ""))
			s.Apply(19, del("detour"))
		}
	}
	for _, c := range sessions {
		s.Apply(c.used, getIn(c.id, c.sequence+1, c.key))
	}
	return snapshot(&s)
}

func TestEveryAcceptedSnapshotIsCanonical(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		golden := rapid.SampledFrom(goldenSnapshots).Draw(t, "golden").snapshot
		accepted += count(restores(t, spoil(t, golden, len(golden))))
	})
	if accepted == 0 {
		t.Error("nothing was accepted: the property was never tried")
	}
}

// restores tells whether a used store takes what it is given, and wants it to be the snapshot of
// that store then.
func restores(t rapid.TB, given string) bool {
	t.Helper()
	s := usedStore()
	if err := s.Restore(given); err != nil {
		assertRefused(t, s, err)
		return false
	}
	if again := snapshot(s); again != given {
		t.Errorf("%q restores a store whose snapshot is %q", given, again)
	}
	return true
}

func FuzzRestore(f *testing.F) {
	for _, g := range goldenSnapshots {
		f.Add(g.snapshot)
	}
	for _, m := range malformedSnapshots {
		f.Add(m.snapshot)
	}
	f.Fuzz(func(t *testing.T, given string) { restores(t, given) })
}
