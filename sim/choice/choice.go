// Package choice is the one door for chance. Whatever a run leaves to chance is a draw from here.
//
// A draw is a function, not a step of a generator: of the run's seed, of who draws (an
// [Identity]), of which of its events the draw is for (an ordinal, counted by who draws), and of
// what it decides (a [Purpose]). So no draw shifts another: a new question asked of chance, or a
// message removed from a run, leaves all other answers as they were. That is what makes it
// possible to shrink a failing run.
//
// All is integer arithmetic; what it gives is the same on every machine, and may never change:
// recorded seeds would tell another story.
package choice

// Stream is the chance of one identity in one run. It is a value without state: to draw again is
// to draw the same. Make it with [NewStream].
type Stream struct{ key uint64 }

// NewStream gives the stream of identity in the run of seed. It panics for the zero Identity.
func NewStream(seed uint64, identity Identity) Stream {
	if identity == 0 {
		panic("choice: a stream needs an identity")
	}
	// The seed is mixed before the identity comes in: seeds are 1, 2, 3 and identities are small
	// numbers too, and their plain sum would give one run's server the stream of another's.
	return Stream{key: mix(mix(seed+golden) + uint64(identity)*golden)}
}

// Draw gives 64 random bits for the ordinal-th event of the stream's identity and for one purpose.
// Use a draw once: two decisions taken from the same bits are one decision.
func (s Stream) Draw(ordinal uint64, purpose Purpose) uint64 {
	// The purpose enters between the rounds: added to the ordinal, purpose 2 of event 1 could
	// meet purpose 1 of event 2.
	return mix(mix(s.key+ordinal*golden) + uint64(purpose)*golden)
}

// golden is 2^64 divided by the golden ratio, odd: multiples of it are spread evenly, so that
// neighbours among ordinals enter the mixer far apart.
const golden = 0x9e3779b97f4a7c15

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014, constants by Stafford): a
// bijection in which each bit of the input flips each of the output with a chance near one half.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
