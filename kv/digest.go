package kv

// Digest returns a fingerprint of the whole content, sessions and the order of their use included:
// equal stores have equal digests, whatever commands in whatever order led to them, on every
// platform and in every release. The empty store has 0. It is kept up to date by each command, at
// the cost of hashing the one pair and the one session that it concerns, and reading it is free.
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

// digestSession is the part of the digest that one session contributes: its numbers in eight bytes
// each and what it was answered, from another start than a pair, so that none looks like one.
func digestSession(c *session) uint64 {
	h := hashNumber(mix(fnvOffset), c.id)
	h = hashNumber(h, c.sequence)
	h = hashNumber(h, c.used)
	h = hashNumber(h, uint64(c.result.Status))
	return mix(hashField(h, c.result.Value))
}

// hashNumber takes in the eight bytes of a number, little-endian.
func hashNumber(h, number uint64) uint64 {
	for shift := 0; shift < 64; shift += 8 {
		h = (h ^ number>>shift&0xff) * fnvPrime
	}
	return h
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
