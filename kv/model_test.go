package kv_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/kv"
)

// model is a Store written down a second time, from the contract, with nothing shared but Command.
type model struct {
	store   kv.Store
	content map[string]string
}

func TestStoreFollowsAPlainMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{content: map[string]string{}}
		t.Repeat(map[string]func(*rapid.T){
			"put":       m.put,
			"get":       m.get,
			"delete":    m.delete,
			"noop":      m.noop,
			"malformed": m.malformed,
			"reset":     m.reset,
			"":          m.check,
		})
	})
}

// anyKey has few keys, so that commands meet, and one that is a prefix of another.
func anyKey(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "a", "ab", "b", "\x00"}).Draw(t, "key")
}

func (m *model) apply(t *rapid.T, c kv.Command, want kv.Result) {
	t.Helper()
	if got := m.store.Apply(1, c.Encode()); got != want {
		t.Fatalf("%v %q: result %+v, want %+v", c.Op, c.Key, got, want)
	}
}

func (m *model) put(t *rapid.T) {
	key, value := anyKey(t), rapid.SampledFrom([]string{"", "1", "2", "b1"}).Draw(t, "value")
	want := kv.Result{Status: kv.KeyExists}
	if _, exists := m.content[key]; !exists {
		m.content[key] = value
		want.Status = kv.OK
	}
	m.apply(t, kv.Command{Op: kv.Put, Key: key, Value: value}, want)
}

func (m *model) get(t *rapid.T) {
	key := anyKey(t)
	want := kv.Result{Status: kv.KeyMissing}
	if value, exists := m.content[key]; exists {
		want = kv.Result{Status: kv.OK, Value: value}
	}
	m.apply(t, kv.Command{Op: kv.Get, Key: key}, want)
}

func (m *model) delete(t *rapid.T) {
	key := anyKey(t)
	want := kv.Result{Status: kv.KeyMissing}
	if _, exists := m.content[key]; exists {
		delete(m.content, key)
		want.Status = kv.OK
	}
	m.apply(t, kv.Command{Op: kv.Delete, Key: key}, want)
}

func (m *model) noop(t *rapid.T) {
	m.apply(t, kv.Command{Op: kv.Noop}, kv.Result{Status: kv.OK})
}

func (m *model) malformed(t *rapid.T) {
	encoded := kv.Command{Op: kv.Put, Key: anyKey(t), Value: "1"}.Encode()
	cut := rapid.IntRange(0, len(encoded)-1).Draw(t, "cut")
	if got := m.store.Apply(1, encoded[:cut]); got != (kv.Result{Status: kv.Malformed}) {
		t.Fatalf("%q: result %+v", encoded[:cut], got)
	}
}

func (m *model) reset(*rapid.T) {
	m.store.Reset(kv.Options{})
	clear(m.content)
}

func (m *model) check(t *rapid.T) {
	keys := slices.Sorted(maps.Keys(m.content))
	if got := m.store.Keys(); !slices.Equal(got, keys) || m.store.Len() != len(keys) {
		t.Fatalf("keys %q, length %d, want %q", got, m.store.Len(), keys)
	}
	for key, want := range m.content {
		if got, exists := m.store.Lookup(key); !exists || got != want {
			t.Fatalf("%q is %q (exists: %v), want %q", key, got, exists, want)
		}
	}
	if want := referenceDigest(m.content); m.store.Digest() != want {
		t.Fatalf("digest %#x, want %#x", m.store.Digest(), want)
	}
}
