package kv

// Digest returns a fingerprint of the whole content: equal stores have equal digests, whatever
// commands in whatever order led to them, on every platform and in every release. The empty store
// has 0. It is kept up to date by each put and delete, at the cost of hashing that one pair, and
// reading it is free.
//
// Different stores share a digest with a chance of about 2^-64. That guards against accidents (a
// command lost, doubled or applied out of order), not against an adversary, who can construct
// stores that collide.
func (s *Store) Digest() uint64 { return s.digest }

// FNV-1a, 64 bits.
const (
	fnvOffset = 0xcbf29ce484222325
	fnvPrime  = 0x100000001b3
)

// digestPair is the part of the digest that one pair contributes: FNV-1a over the key and the
// value, each after its length, and then mix. Without the lengths ("ab", "c") and ("a", "bc")
// would be one pair.
func digestPair(key, value string) uint64 {
	return mix(hashField(hashField(fnvOffset, key), value))
}

// hashField takes in the length as four bytes, little-endian (MaxValue fits), then the field.
func hashField(h uint64, field string) uint64 {
	length := uint32(len(field))
	for shift := 0; shift < 32; shift += 8 {
		h = (h ^ uint64(byte(length>>shift))) * fnvPrime
	}
	for i := range len(field) {
		h = (h ^ uint64(field[i])) * fnvPrime
	}
	return h
}

// mix is the finalizer of SplitMix64, a bijection. FNV-1a alone would not do under a sum: its last
// step is (h ^ byte) * prime, so when two keys swap values that differ in the last byte, the
// differences cancel out as often as the low bits of their h agree.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
