package kv_test

import (
	"errors"
	"slices"
	"testing"

	"raftkv/kv"
)

func put(key, value string) string {
	return kv.Command{Op: kv.Put, Key: key, Value: value}.Encode()
}

func get(key string) string { return kv.Command{Op: kv.Get, Key: key}.Encode() }

func del(key string) string { return kv.Command{Op: kv.Delete, Key: key}.Encode() }

// storeOf returns a store with the given keys and values, put in that order.
func storeOf(t *testing.T, pairs ...string) *kv.Store {
	t.Helper()
	s := new(kv.Store)
	for i := 0; i < len(pairs); i += 2 {
		if r := s.Apply(1, put(pairs[i], pairs[i+1])); r.Status != kv.OK {
			t.Fatalf("put %q: %v", pairs[i], r.Status)
		}
	}
	return s
}

func TestApply(t *testing.T) {
	for _, test := range []struct {
		name    string
		before  []string
		command string
		want    kv.Result
		after   []string
	}{
		{"put", nil, put("a", "1"), kv.Result{Status: kv.OK}, []string{"a", "1"}},
		{"put of an existing key", []string{"a", "1"}, put("a", "2"),
			kv.Result{Status: kv.KeyExists}, []string{"a", "1"}},
		{"put of the same value", []string{"a", "1"}, put("a", "1"),
			kv.Result{Status: kv.KeyExists}, []string{"a", "1"}},
		{"get", []string{"a", "1"}, get("a"),
			kv.Result{Status: kv.OK, Value: "1"}, []string{"a", "1"}},
		{"get of a missing key", []string{"a", "1"}, get("b"),
			kv.Result{Status: kv.KeyMissing}, []string{"a", "1"}},
		{"delete", []string{"a", "1", "b", "2"}, del("a"),
			kv.Result{Status: kv.OK}, []string{"b", "2"}},
		{"delete of a missing key", []string{"a", "1"}, del("b"),
			kv.Result{Status: kv.KeyMissing}, []string{"a", "1"}},
		{"get from a zero store", nil, get("a"), kv.Result{Status: kv.KeyMissing}, nil},
		{"delete from a zero store", nil, del("a"), kv.Result{Status: kv.KeyMissing}, nil},
		{"noop", []string{"a", "1"}, kv.Command{Op: kv.Noop}.Encode(),
			kv.Result{Status: kv.OK}, []string{"a", "1"}},
		{"an empty value is a value", []string{"", ""}, get(""),
			kv.Result{Status: kv.OK}, []string{"", ""}},
		{"malformed", []string{"a", "1"}, del("a") + "!",
			kv.Result{Status: kv.Malformed}, []string{"a", "1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := storeOf(t, test.before...)
			if got := s.Apply(1, test.command); got != test.want {
				t.Errorf("result %+v, want %+v", got, test.want)
			}
			assertContent(t, s, test.after)
		})
	}
}

// assertContent wants pairs in ascending order of their keys.
func assertContent(t *testing.T, s *kv.Store, pairs []string) {
	t.Helper()
	var got []string
	for _, key := range s.Keys() {
		value, exists := s.Lookup(key)
		if !exists {
			t.Errorf("Keys has %q, Lookup does not", key)
		}
		got = append(got, key, value)
	}
	if !slices.Equal(got, pairs) || s.Len() != len(pairs)/2 {
		t.Errorf("content %q, length %d, want %q", got, s.Len(), pairs)
	}
	if want := storeOf(t, pairs...).Digest(); s.Digest() != want {
		t.Errorf("digest %#x, want %#x", s.Digest(), want)
	}
}

func TestAKeyCanBePutAgainOnceDeleted(t *testing.T) {
	s := storeOf(t, "a", "1")
	s.Apply(1, del("a"))
	s.Apply(1, put("a", "2"))
	assertContent(t, s, []string{"a", "2"})
}

func TestAMalformedCommandChangesNothing(t *testing.T) {
	s := storeOf(t, "a", "1")
	for _, m := range malformed {
		if r := s.Apply(1, m.encoded); r != (kv.Result{Status: kv.Malformed}) {
			t.Errorf("%q: result %+v", m.encoded, r)
		}
	}
	assertContent(t, s, []string{"a", "1"})
}

func TestResetEmptiesTheStore(t *testing.T) {
	s := storeOf(t, "a", "1", "b", "2")
	s.Reset(kv.Options{})
	assertContent(t, s, nil)
	s.Apply(1, put("a", "3"))
	assertContent(t, s, []string{"a", "3"})

	zero := new(kv.Store)
	zero.Reset(kv.Options{})
	assertContent(t, zero, nil)
}

func TestStatusNamesAndErrors(t *testing.T) {
	for _, test := range []struct {
		status kv.Status
		name   string
		err    error
	}{
		{kv.OK, "ok", nil},
		{kv.KeyExists, "key exists", kv.ErrKeyExists},
		{kv.KeyMissing, "key missing", kv.ErrKeyMissing},
		{kv.Malformed, "malformed command", kv.ErrMalformed},
		{kv.NoSession, "no such session", kv.ErrNoSession},
		{kv.Superseded, "superseded", kv.ErrSuperseded},
	} {
		if test.status.String() != test.name {
			t.Errorf("%d is named %q, want %q", uint8(test.status), test.status, test.name)
		}
		if err := (kv.Result{Status: test.status}).Err(); !errors.Is(err, test.err) {
			t.Errorf("%v: error %v, want %v", test.status, err, test.err)
		}
	}
	if got := kv.Status(7).String(); got != "Status(7)" {
		t.Errorf("an unknown status is named %q", got)
	}
	if panicOf(func() { _ = kv.Result{}.Err() }) == nil {
		t.Error("a result that no Apply returned passes for an answer")
	}
}
