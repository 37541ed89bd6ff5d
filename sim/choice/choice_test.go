package choice

import (
	"math"
	"math/bits"
	"testing"
)

// The outputs published for SplitMix64 from seed 0: the mixer is the one it says it is.
func TestMixIsSplitMix64(t *testing.T) {
	for i, want := range []uint64{
		0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec,
	} {
		if got := mix(uint64(i+1) * golden); got != want {
			t.Errorf("output %d is %#016x, want %#016x", i+1, got, want)
		}
	}
}

// These outputs may never change: each recorded seed, each scenario kept because of what happened
// in it, would tell another story. A test that fails here is right, and the change is wrong.
func TestDrawsNeverChange(t *testing.T) {
	for _, c := range []struct {
		seed     uint64
		identity Identity
		ordinal  uint64
		purpose  Purpose
		want     uint64
	}{
		{0, Nemesis(), 0, Target, 0x9aa5856a14c90275},
		{0, Server(1), 0, ElectionWait, 0x43f0ca8ca3d7d58c},
		{1, Server(1), 0, ElectionWait, 0x49b2eaa347f44635},
		{42, Server(1), 0, ElectionWait, 0x2936c498c25b7013},
		{42, Server(1), 1, ElectionWait, 0x2bb80748e41cdfa5},
		{42, Server(1), 1, SyncLatency, 0x2afc37c8700be2e1},
		{42, Server(63), 1 << 40, SyncLatency, 0x0a97a019a6678b9a},
		{42, Link(2, 4), 7, Latency, 0xaea15cede0a0d9c5},
		{42, Link(4, 2), 7, Latency, 0x8d3f40005e28d745},
		{42, Link(2, 4), 7, Loss, 0x68baca78ecb505c4},
		{42, Client(1), 3, Operation, 0x5936064d21d3716a},
		{42, Client(1), 3, Key, 0x23bfb0039a394f8e},
		{42, ClientLink(1), 3, Latency, 0xb6c81f2d81c0926e},
		{42, Fault(0), 0, Target, 0xb929c0997b91f0fa},
		{math.MaxUint64, Fault(math.MaxUint32), math.MaxUint64, Value, 0xea11d2dff26538f1},
	} {
		got := NewStream(c.seed, c.identity).Draw(c.ordinal, c.purpose)
		if got != c.want {
			t.Errorf("seed %d, identity %#x, ordinal %d, purpose %d: %#016x, want %#016x",
				c.seed, uint64(c.identity), c.ordinal, c.purpose, got, c.want)
		}
	}
}

// The numbers behind the names are as much part of a recorded run as the generator.
func TestNumbersNeverChange(t *testing.T) {
	for _, c := range []struct {
		what      string
		got, want uint64
	}{
		{"Nemesis()", uint64(Nemesis()), 0x1_0000_0000},
		{"Server(0)", uint64(Server(0)), 0x2_0000_0000},
		{"Server(255)", uint64(Server(255)), 0x2_0000_00ff},
		{"Link(0, 1)", uint64(Link(0, 1)), 0x3_0000_0001},
		{"Link(1, 0)", uint64(Link(1, 0)), 0x3_0000_0100},
		{"Link(255, 255)", uint64(Link(255, 255)), 0x3_0000_ffff},
		{"Client(7)", uint64(Client(7)), 0x4_0000_0007},
		{"Client(max)", uint64(Client(math.MaxUint32)), 0x4_ffff_ffff},
		{"ClientLink(7)", uint64(ClientLink(7)), 0x5_0000_0007},
		{"ClientLink(max)", uint64(ClientLink(math.MaxUint32)), 0x5_ffff_ffff},
		{"Fault(0)", uint64(Fault(0)), 0x6_0000_0000},
		{"Fault(max)", uint64(Fault(math.MaxUint32)), 0x6_ffff_ffff},
		{"Latency", uint64(Latency), 1},
		{"Loss", uint64(Loss), 2},
		{"Duplicate", uint64(Duplicate), 3},
		{"CopyLatency", uint64(CopyLatency), 4},
		{"ElectionWait", uint64(ElectionWait), 5},
		{"SyncLatency", uint64(SyncLatency), 6},
		{"Operation", uint64(Operation), 7},
		{"Key", uint64(Key), 8},
		{"ThinkTime", uint64(ThinkTime), 9},
		{"Target", uint64(Target), 10},
		{"Value", uint64(Value), 11},
	} {
		if c.got != c.want {
			t.Errorf("%s is %#x, want %#x", c.what, c.got, c.want)
		}
	}
}

func TestIdentitiesAreDisjoint(t *testing.T) {
	seen := map[Identity]bool{Nemesis(): true}
	add := func(identity Identity) {
		if seen[identity] {
			t.Errorf("identity %#x is used twice", uint64(identity))
		}
		seen[identity] = true
	}
	for a := range 256 {
		add(Server(uint8(a)))
		for b := range 256 {
			add(Link(uint8(a), uint8(b)))
		}
	}
	for _, number := range []uint32{0, 1, 255, 1<<16 - 1, 1 << 16, math.MaxUint32} {
		add(Client(number))
		add(ClientLink(number))
		add(Fault(number))
	}
}

func TestStreamNeedsAnIdentity(t *testing.T) {
	mustPanic(t, "a stream of nobody", func() { NewStream(1, 0) })
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

// sequences are the ways in which draws of a run are neighbours: each gives the i-th of them.
var sequences = []struct {
	name string
	draw func(i uint64) uint64
}{
	{"ordinals", func(i uint64) uint64 { return NewStream(42, Link(1, 2)).Draw(i, Latency) }},
	{"ordinals from 0 of seed 0", func(i uint64) uint64 {
		return NewStream(0, Nemesis()).Draw(i, Latency)
	}},
	{"purposes", func(i uint64) uint64 { return NewStream(42, Server(1)).Draw(7, Purpose(i)) }},
	{"ordinals by purposes", func(i uint64) uint64 {
		return NewStream(42, Server(1)).Draw(i/8, Purpose(i%8))
	}},
	{"clients", func(i uint64) uint64 { return NewStream(42, Client(uint32(i))).Draw(3, Key) }},
	{"links", func(i uint64) uint64 {
		return NewStream(42, Link(uint8(i>>8), uint8(i))).Draw(i>>16, Latency)
	}},
	{"seeds", func(i uint64) uint64 { return NewStream(i, Server(1)).Draw(0, ElectionWait) }},
	{"seeds by servers", func(i uint64) uint64 {
		return NewStream(i/8, Server(uint8(i%8))).Draw(0, ElectionWait)
	}},
	{"ordinals a high bit apart", func(i uint64) uint64 {
		return NewStream(42, Server(1)).Draw(i<<44, Latency)
	}},
}

const samples = 1 << 16

// The bounds of a chi-square statistic of 256 cells: expected 255, standard deviation 22.6. They
// are five and a half deviations wide: no fair generator fails by bad luck, and an unfair one is
// far outside at 65,536 samples.
const chiSquareMin, chiSquareMax = 131, 380

func chiSquare(cells *[256]int) float64 {
	const expected = samples / 256
	sum := 0.0
	for _, count := range cells {
		difference := float64(count - expected)
		sum += difference * difference / expected
	}
	return sum
}

func TestBytesAreUniform(t *testing.T) {
	for _, sequence := range sequences {
		var cells [8][256]int
		for i := range uint64(samples) {
			draw := sequence.draw(i)
			for position := range cells {
				cells[position][byte(draw>>(8*position))]++
			}
		}
		for position := range cells {
			got := chiSquare(&cells[position])
			if got < chiSquareMin || got > chiSquareMax {
				t.Errorf("%s: byte %d has chi-square %.0f, want %d to %d",
					sequence.name, position, got, chiSquareMin, chiSquareMax)
			}
		}
	}
}

// Two neighbours are independent if their nibbles, taken together, are uniform.
func TestNeighboursAreIndependent(t *testing.T) {
	for _, sequence := range sequences {
		for _, lag := range []uint64{1, 2, 8, 256} {
			var cells [16][256]int
			for i := range uint64(samples) {
				a, b := sequence.draw(i), sequence.draw(i+lag)
				for position := range cells {
					nibbles := a>>(4*position)&15<<4 | b>>(4*position)&15
					cells[position][nibbles]++
				}
			}
			for position := range cells {
				got := chiSquare(&cells[position])
				if got < chiSquareMin || got > chiSquareMax {
					t.Errorf("%s, %d apart: nibble %d has chi-square %.0f, want %d to %d",
						sequence.name, lag, position, got, chiSquareMin, chiSquareMax)
				}
			}
		}
	}
}

func TestNeighboursDifferInHalfTheirBits(t *testing.T) {
	// The sum of samples binomials of 64 fair bits has the deviation 4*sqrt(samples) = 1024.
	const want, tolerance = 32 * samples, 5 * 1024
	for _, sequence := range sequences {
		sum := 0
		for i := range uint64(samples) {
			sum += bits.OnesCount64(sequence.draw(i) ^ sequence.draw(i+1))
		}
		if sum < want-tolerance || sum > want+tolerance {
			t.Errorf("%s: neighbours differ in %d bits, want %d within %d",
				sequence.name, sum, want, tolerance)
		}
	}
}

// Avalanche: a flip of any bit of what goes in flips each bit of the draw half of the time.
func TestEachBitChangesEachOther(t *testing.T) {
	draw := func(in *[4]uint64) uint64 {
		return NewStream(in[0], Identity(in[1])).Draw(in[2], Purpose(in[3]))
	}
	for part, name := range []string{"seed", "identity", "ordinal", "purpose"} {
		for bit := range 64 {
			var flips [64]int
			for i := range uint64(avalancheSamples) {
				in := [4]uint64{i, uint64(Server(1)) + i, i, i % 16}
				before := draw(&in)
				in[part] ^= 1 << bit
				after := draw(&in)
				for changed := before ^ after; changed != 0; changed &= changed - 1 {
					flips[bits.TrailingZeros64(changed)]++
				}
			}
			for out, count := range flips {
				if count < avalancheMin || count > avalancheMax {
					t.Errorf("bit %d of the %s flips bit %d of the draw %d times of %d",
						bit, name, out, count, avalancheSamples)
				}
			}
		}
	}
}

// Of 1024 fair flips 512 are expected, with the deviation 16; over 16,384 pairs of bits the worst
// is four deviations off. Seven leave room, and a bit that does not mix is 32 off.
const avalancheSamples, avalancheMin, avalancheMax = 1024, 512 - 112, 512 + 112

func TestDrawingDoesNotAllocate(t *testing.T) {
	latency := UniformBetween(1, 10)
	weights := []uint64{3, 1, 2}
	var ordinal uint64
	if n := testing.AllocsPerRun(1000, func() {
		ordinal++
		stream := NewStream(42, Link(1, 2))
		sink += uint64(latency.Draw(stream.Draw(ordinal, Latency)))
		sink += uint64(WeightedIndex(stream.Draw(ordinal, Target), weights))
		if (One / 2).Hit(stream.Draw(ordinal, Loss)) {
			sink++
		}
	}); n != 0 {
		t.Errorf("drawing allocates %v times, want 0", n)
	}
}
