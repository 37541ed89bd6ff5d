package kv_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/kv"
)

var openSession = kv.Command{Op: kv.OpenSession}.Encode()

// inSession returns the command as a request of a session.
func inSession(session, sequence uint64, c kv.Command) string {
	c.Session, c.Sequence = session, sequence
	return c.Encode()
}

func putIn(session, sequence uint64, key, value string) string {
	return inSession(session, sequence, kv.Command{Op: kv.Put, Key: key, Value: value})
}

func getIn(session, sequence uint64, key string) string {
	return inSession(session, sequence, kv.Command{Op: kv.Get, Key: key})
}

// replay applies a log from index 1 on and returns the results.
func replay(s *kv.Store, log ...string) (results []kv.Result) {
	for i, encoded := range log {
		results = append(results, s.Apply(uint64(i+1), encoded))
	}
	return results
}

func TestSessions(t *testing.T) {
	ok := kv.Result{Status: kv.OK}
	again := func(r kv.Result) kv.Result { r.Repeated = true; return r }
	none, superseded := kv.Result{Status: kv.NoSession}, kv.Result{Status: kv.Superseded}
	missing := kv.Result{Status: kv.KeyMissing}
	for _, test := range []struct {
		name string
		room int
		log  []string
		want []kv.Result
		keys []string
	}{
		{"a repetition does nothing", 0,
			[]string{openSession, putIn(1, 1, "a", "1"), del("a"), putIn(1, 1, "a", "1")},
			[]kv.Result{ok, ok, ok, again(ok)}, nil},
		{"a repetition has the old answer, whatever has changed", 0,
			[]string{openSession, getIn(1, 1, "a"), put("a", "1"), getIn(1, 1, "a"), getIn(1, 2, "a"),
				del("a"), getIn(1, 2, "a")},
			[]kv.Result{ok, missing, ok, again(missing), {Status: kv.OK, Value: "1"}, ok,
				again(kv.Result{Status: kv.OK, Value: "1"})}, nil},
		{"a lower sequence is refused", 0,
			[]string{openSession, putIn(1, 2, "a", "1"), putIn(1, 1, "b", "1")},
			[]kv.Result{ok, ok, superseded}, []string{"a"}},
		{"gaps are legal", 0,
			[]string{openSession, putIn(1, 3, "a", "1"), putIn(1, 9, "b", "1")},
			[]kv.Result{ok, ok, ok}, []string{"a", "b"}},
		{"who has no session is refused", 0,
			[]string{putIn(1, 1, "a", "1"), openSession, putIn(1, 1, "a", "1"), putIn(3, 1, "a", "1")},
			[]kv.Result{none, ok, none, none}, nil},
		{"a session is not open before its entry", 0,
			[]string{putIn(2, 1, "a", "1"), openSession, putIn(2, 1, "a", "1")},
			[]kv.Result{none, ok, ok}, []string{"a"}},
		{"the least recently used session ends", 2,
			[]string{openSession, openSession, putIn(1, 1, "a", "1"), openSession,
				putIn(2, 1, "b", "1"), putIn(1, 1, "a", "1"), putIn(4, 1, "c", "1")},
			[]kv.Result{ok, ok, ok, ok, none, again(ok), ok}, []string{"a", "c"}},
		{"a repetition and a refusal are uses", 2,
			[]string{openSession, putIn(1, 5, "a", "1"), openSession, putIn(1, 4, "b", "1"), openSession,
				putIn(3, 1, "c", "1"), putIn(1, 5, "a", "1"), openSession, putIn(5, 1, "d", "1"),
				putIn(1, 6, "e", "1")},
			[]kv.Result{ok, ok, ok, superseded, ok, none, again(ok), ok, none, ok},
			[]string{"a", "e"}},
		{"who is refused brings nothing back", 1,
			[]string{openSession, openSession, putIn(1, 1, "a", "1"), putIn(1, 1, "a", "1"),
				putIn(2, 1, "b", "1")},
			[]kv.Result{ok, ok, none, none, ok}, []string{"b"}},
		{"sessions do not know each other's sequences", 0,
			[]string{openSession, openSession, putIn(1, 1, "a", "1"), putIn(2, 1, "b", "1")},
			[]kv.Result{ok, ok, ok, ok}, []string{"a", "b"}},
	} {
		var s kv.Store
		s.Reset(kv.Options{SessionsMax: test.room})
		if got := replay(&s, test.log...); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%+v, want\n%+v", test.name, got, test.want)
		}
		if got := s.Keys(); !slices.Equal(got, test.keys) {
			t.Errorf("%s: keys %q, want %q", test.name, got, test.keys)
		}
	}
}

func TestAStoreHasRoomForManySessions(t *testing.T) {
	var s kv.Store
	for i := range uint64(kv.DefaultSessionsMax + 1) {
		s.Apply(i+1, openSession)
	}
	if s.Sessions() != kv.DefaultSessionsMax {
		t.Errorf("%d sessions, want %d", s.Sessions(), kv.DefaultSessionsMax)
	}
	if r := s.Apply(5000, getIn(1, 1, "a")); r.Status != kv.NoSession || !r.Refused() {
		t.Errorf("the first session: %v", r.Status)
	}
	if r := s.Apply(5001, getIn(2, 1, "a")); r.Status != kv.KeyMissing || r.Refused() {
		t.Errorf("the second session: %v", r.Status)
	}
}

func TestResetEndsSessions(t *testing.T) {
	var s kv.Store
	replay(&s, openSession, putIn(1, 1, "a", "1"))
	s.Reset(kv.Options{SessionsMax: 3})
	if s.Digest() != 0 || s.Sessions() != 0 {
		t.Errorf("digest %#x, %d sessions after Reset", s.Digest(), s.Sessions())
	}
	if r := s.Apply(1, putIn(1, 1, "a", "1")); r.Status != kv.NoSession {
		t.Errorf("a session of before Reset: %v", r.Status)
	}
}

// An index applied twice is somebody else's mistake; the store goes on from it alike everywhere.
func TestASessionThatIsOpenedAgainBeginsAnew(t *testing.T) {
	var s kv.Store
	s.Apply(1, openSession)
	s.Apply(2, getIn(1, 4, "a"))
	s.Apply(1, openSession)
	if r := s.Apply(3, getIn(1, 1, "a")); r.Status != kv.KeyMissing || s.Sessions() != 1 {
		t.Errorf("%v, %d sessions", r.Status, s.Sessions())
	}
}

// The golden digests may not change: recordings hold them. They were computed outside Go.
func TestGoldenDigestsOfSessions(t *testing.T) {
	for _, test := range []struct {
		log  []string
		want uint64
	}{
		{[]string{openSession}, 0xa38536cf79d17d5a},
		{[]string{openSession, getIn(1, 1, "a")}, 0x76a79312b58fccba},
		{[]string{openSession, putIn(1, 300, "a", "1"), getIn(1, 301, "a")}, 0xc287847b4fcb1649},
	} {
		var s kv.Store
		replay(&s, test.log...)
		if s.Digest() != test.want {
			t.Errorf("%q: digest %#x, want %#x", test.log, s.Digest(), test.want)
		}
	}
}

// Stores whose keys are the same, and whose sessions are not, have different digests.
func TestStoresWithOtherSessionsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	for name, log := range map[string][]string{
		"none":         {},
		"one":          {openSession},
		"another":      {get("a"), openSession},
		"two":          {openSession, openSession},
		"used":         {openSession, getIn(1, 1, "a")},
		"used on":      {openSession, getIn(1, 2, "a")},
		"answered ok":  {openSession, putIn(1, 1, "a", ""), del("a")},
		"first used":   {openSession, openSession, getIn(1, 1, "a"), getIn(2, 1, "a")},
		"second used":  {openSession, openSession, getIn(2, 1, "a"), getIn(1, 1, "a")},
		"read 1":       {openSession, put("a", "1"), getIn(1, 1, "a"), del("a")},
		"read 2":       {openSession, put("a", "2"), getIn(1, 1, "a"), del("a")},
		"was repeated": {openSession, getIn(1, 1, "a"), getIn(1, 1, "a")},
		"was refused":  {openSession, getIn(1, 2, "a"), get("a"), getIn(1, 1, "a")},
	} {
		var s kv.Store
		replay(&s, log...)
		if s.Len() != 0 {
			t.Fatalf("%s: keys %q", name, s.Keys())
		}
		if other, collides := seen[s.Digest()]; collides {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[s.Digest()] = name
	}
}

// oracle is the store written down from its contract, with a list of sessions in which everything is
// sought from one end to the other.
type oracle struct {
	room     int
	content  map[string]string
	sessions []oracleSession // the least recently used first
}

type oracleSession struct {
	id, sequence uint64
	last         kv.Result
}

func (o *oracle) apply(index uint64, c kv.Command) kv.Result {
	if c.Op == kv.OpenSession {
		if len(o.sessions) == o.room {
			o.sessions = o.sessions[1:]
		}
		o.sessions = append(slices.Clone(o.sessions), oracleSession{id: index})
		return kv.Result{Status: kv.OK}
	}
	if c.Session == 0 {
		return o.do(c)
	}
	at := slices.IndexFunc(o.sessions, func(s oracleSession) bool { return s.id == c.Session })
	if at < 0 {
		return kv.Result{Status: kv.NoSession}
	}
	of := o.sessions[at]
	result := kv.Result{Status: kv.Superseded}
	if c.Sequence > of.sequence {
		result = o.do(c)
		of.sequence, of.last = c.Sequence, result
	} else if c.Sequence == of.sequence {
		result = of.last
		result.Repeated = true
	}
	o.sessions = append(slices.Delete(slices.Clone(o.sessions), at, at+1), of)
	return result
}

func (o *oracle) do(c kv.Command) kv.Result {
	value, exists := o.content[c.Key]
	switch {
	case c.Op == kv.Put && exists:
		return kv.Result{Status: kv.KeyExists}
	case c.Op == kv.Put:
		o.content[c.Key] = c.Value
	case !exists:
		return kv.Result{Status: kv.KeyMissing}
	case c.Op == kv.Get:
		return kv.Result{Status: kv.OK, Value: value}
	default:
		delete(o.content, c.Key)
	}
	return kv.Result{Status: kv.OK}
}

func anyCommand(t *rapid.T, index uint64) kv.Command {
	if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
		return kv.Command{Op: kv.OpenSession}
	}
	ops := []kv.Op{kv.Put, kv.Get, kv.Delete}
	c := kv.Command{
		Op:  rapid.SampledFrom(ops).Draw(t, "op"),
		Key: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key"),
	}
	if c.Op == kv.Put {
		c.Value = fmt.Sprint(index)
	}
	if rapid.IntRange(0, 4).Draw(t, "in a session") > 0 {
		c.Session = rapid.Uint64Range(1, max(1, index)).Draw(t, "session")
		c.Sequence = rapid.Uint64Range(1, 3).Draw(t, "sequence")
	}
	return c
}

// Two stores do what the oracle does, and agree in their digests all the while.
func TestStoreFollowsAListOfSessions(t *testing.T) {
	statuses := map[kv.Result]int{}
	rapid.Check(t, func(t *rapid.T) {
		o := &oracle{room: rapid.IntRange(1, 4).Draw(t, "room"), content: map[string]string{}}
		var one, other kv.Store
		other.Apply(1, openSession)
		for _, s := range []*kv.Store{&one, &other} {
			s.Reset(kv.Options{SessionsMax: o.room})
		}
		for index := range rapid.Uint64Range(1, 40).Draw(t, "commands") {
			c := anyCommand(t, index)
			want := o.apply(index+1, c)
			statuses[kv.Result{Status: want.Status, Repeated: want.Repeated}]++
			if got := one.Apply(index+1, c.Encode()); got != want {
				t.Fatalf("entry %d, %+v: %+v, want %+v", index+1, c, got, want)
			}
			if other.Apply(index+1, c.Encode()); one.Digest() != other.Digest() {
				t.Fatalf("digests %#x and %#x after entry %d", one.Digest(), other.Digest(), index+1)
			}
			if one.Sessions() != len(o.sessions) {
				t.Fatalf("%d sessions, want %d", one.Sessions(), len(o.sessions))
			}
		}
	})
	for _, status := range []kv.Status{kv.NoSession, kv.Superseded} {
		if statuses[kv.Result{Status: status}] == 0 {
			t.Errorf("nothing was answered %v", status)
		}
	}
	if statuses[kv.Result{Status: kv.OK, Repeated: true}] == 0 {
		t.Error("nothing was repeated")
	}
}

func TestRequestsOfASessionDoNotAllocate(t *testing.T) {
	var s kv.Store
	replay(&s, openSession, put("a", "1"))
	index, sequence := uint64(2), uint64(0)
	encoded := make([]string, 300) // more than AllocsPerRun runs
	for i := range encoded {
		encoded[i] = getIn(1, uint64(i+1), "a")
	}
	assertNoAllocs(t, "get and its repetition", func() {
		first := s.Apply(index+1, encoded[sequence])
		second := s.Apply(index+2, encoded[sequence])
		index, sequence = index+2, sequence+1
		if first.Value != "1" || first.Repeated || second.Value != "1" || !second.Repeated {
			t.Fatalf("%+v, then %+v", first, second)
		}
	})
}

// A full table of sessions costs what an empty one does: no list is searched.
func BenchmarkSessions(b *testing.B) {
	for _, room := range []int{10, 100_000} {
		b.Run(fmt.Sprint(room), func(b *testing.B) {
			var s kv.Store
			s.Reset(kv.Options{SessionsMax: room})
			index := uint64(0)
			for b.Loop() {
				index++
				s.Apply(index, openSession)
			}
		})
	}
}
