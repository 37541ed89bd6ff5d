package kv_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"testing"
)

// referenceDigest computes the digest from the content alone, in whatever order the map gives it,
// with the standard library's FNV.
func referenceDigest(content map[string]string) uint64 {
	var sum uint64
	for key, value := range content {
		h := fnv.New64a()
		for _, field := range []string{key, value} {
			h.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(field))))
			h.Write([]byte(field))
		}
		z := h.Sum64()
		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
		z = (z ^ (z >> 27)) * 0x94d049bb133111eb
		sum += z ^ (z >> 31)
	}
	return sum
}

// The golden digests may not change: recordings hold them. They were computed outside Go.
func TestGoldenDigests(t *testing.T) {
	for _, test := range []struct {
		pairs []string
		want  uint64
	}{
		{nil, 0},
		{[]string{"", ""}, 0x813f0174a2367c13},
		{[]string{"a", "1"}, 0xbb10125f2aa24dd9},
		{[]string{"a", "1", "b", "2"}, 0x7b9766dfbe052484},
		{[]string{"b", "2", "a", "1"}, 0x7b9766dfbe052484},
		{[]string{"a", "2", "b", "1"}, 0x715355e35dca83e5},
		{[]string{"ab", "c"}, 0x09048e2287f8ab1b},
		{[]string{"a", "bc"}, 0x7686bf77ff140ced},
		{[]string{"\x00\xff", fmt.Sprintf("%0300d", 0)}, 0xad7d20552513ebfe},
	} {
		if got := storeOf(t, test.pairs...).Digest(); got != test.want {
			t.Errorf("%q: digest %#x, want %#x", test.pairs, got, test.want)
		}
	}
}

// Every store over these keys and values has its own digest: what a lost, doubled or swapped
// command leaves behind looks like a neighbour in this set.
func TestNeighbouringStoresDiffer(t *testing.T) {
	keys := []string{"", "a", "b", "c", "aa"}
	values := []string{"", "1", "2", "a", "11"}
	seen := map[uint64]string{}
	for code := range 6 * 6 * 6 * 6 * 6 {
		var pairs []string
		for rest, i := code, 0; i < len(keys); rest, i = rest/6, i+1 {
			if choice := rest % 6; choice > 0 {
				pairs = append(pairs, keys[i], values[choice-1])
			}
		}
		digest, name := storeOf(t, pairs...).Digest(), fmt.Sprintf("%q", pairs)
		if other, collides := seen[digest]; collides {
			t.Fatalf("%s and %s both have digest %#x", name, other, digest)
		}
		seen[digest] = name
	}
}

func TestDigestReturnsToZero(t *testing.T) {
	s := storeOf(t, "a", "1", "b", "2", "c", "3")
	for _, key := range []string{"b", "c", "a"} {
		if s.Digest() == 0 {
			t.Errorf("digest 0 with keys %q", s.Keys())
		}
		s.Apply(1, del(key))
	}
	if s.Digest() != 0 {
		t.Errorf("digest %#x of a store that is empty again", s.Digest())
	}
}
