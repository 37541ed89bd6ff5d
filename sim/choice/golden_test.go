package choice

import (
	"math"
	"slices"
	"testing"
)

// goldenDraws are the least draw, p1, p10, p50, p90, p99, p99.9, p99.99 and the greatest draw.
var goldenDraws = []uint64{
	0, math.MaxUint64 / 100, math.MaxUint64 / 10, math.MaxUint64 / 2, math.MaxUint64 / 10 * 9,
	math.MaxUint64 / 100 * 99, math.MaxUint64 / 1000 * 999, math.MaxUint64 / 10_000 * 9_999, math.MaxUint64,
}

// hash is of draws all over the grid: in each octave, also those beyond the table, at the points
// and between them.
func hash(d Distribution) uint64 {
	var h uint64
	for bit := range 63 {
		for within := range uint64(64) {
			tail := 1<<bit | within<<58>>(63-bit)
			for side := range 2 {
				h = mix(h + uint64(d.Draw(drawAt(side, tail))))
			}
		}
	}
	return h
}

// What a distribution gives may never change, nor be another on another machine: it is as much part
// of a recorded run as the draws are.
func TestDistributionsNeverChange(t *testing.T) {
	const ms = 1_000_000
	for i, c := range []struct {
		distribution Distribution
		numbers      []int64
		hash         uint64
	}{
		{Constantly(7), []int64{
			7, 7, 7, 7, 7, 7, 7, 7, 7,
		}, 0x2043e1e627a30556},
		{UniformBetween(1*ms, 10*ms), []int64{
			1000000, 1090000, 1900000, 5500000, 9100000, 9910000, 9991000, 9999100, 10000000,
		}, 0xb13af28ce3c9af2f},
		{ExponentialOf(1), []int64{
			0, 0, 0, 1, 2, 5, 7, 9, 22,
		}, 0x262099b9e827ef73},
		{ExponentialOf(3 * ms), []int64{
			0, 30151, 316088, 2079442, 6908308, 13816402, 20724576, 27631383, 66542129,
		}, 0x7e021436ed83068d},
		{ExponentialOf(MaxNumber), []int64{
			0, 46349133343091451, 485900035947107993, 3196577161300663872, 4611686018427387904,
			4611686018427387904, 4611686018427387904, 4611686018427387904, 4611686018427387904,
		}, 0x86a8efb4f28671e3},
		{ShiftedExponentialOf(0, 3*ms), []int64{
			0, 30151, 316088, 2079442, 6908308, 13816402, 20724576, 27631383, 66542129,
		}, 0x7e021436ed83068d},
		{ShiftedExponentialOf(1*ms, 3*ms), []int64{
			1000000, 1020101, 1210725, 2386294, 5605538, 10210935, 14816384, 19420922, 45361420,
		}, 0xe9c33ba44f60c816},
		{ShiftedExponentialOf(MaxNumber-1, MaxNumber), []int64{
			4611686018427387903, 4611686018427387903, 4611686018427387903, 4611686018427387904,
			4611686018427387904, 4611686018427387904, 4611686018427387904, 4611686018427387904,
			4611686018427387904,
		}, 0xa8751dd75df82d58},
		{LognormalOf(1, 2), []int64{
			0, 0, 1, 1, 1, 2, 3, 3, 6,
		}, 0xd54c3667f85d06df},
		{LognormalOf(3*ms, 40*ms), []int64{
			2913, 224987, 720118, 3000000, 12499801, 40006410, 93653804, 188591787, 3089246175,
		}, 0x01e6f7ee9ff446ba},
		{LognormalOf(10*ms, 11*ms), []int64{
			7747205, 9090873, 9488467, 10000000, 10539113, 11000045, 11349759, 11645897, 12907881,
		}, 0x638dc73ef31e9d41},
		{LognormalOf(1*ms, 30_000*ms), []int64{
			0, 33, 3419, 1000000, 293117834, 30037575410, 886732244922, 14370464971131, 977932999441550496,
		}, 0xfc08a0545b99c6c7},
		{LognormalOf(1, MaxNumber), []int64{
			0, 0, 0, 1, 19557543499, 4258037358638432809, 4611686018427387904, 4611686018427387904,
			4611686018427387904,
		}, 0x314ecd97815a2ec7},
		{LognormalOf(MaxNumber-1, MaxNumber), []int64{
			4611686018427387814, 4611686018427387880, 4611686018427387903, 4611686018427387903,
			4611686018427387903, 4611686018427387904, 4611686018427387904, 4611686018427387904,
			4611686018427387904,
		}, 0x2bc638c6ff6467aa},
		{ParetoOf(1, 2), []int64{
			1, 1, 1, 1, 1, 2, 3, 4, 28,
		}, 0x039d6e8fff78c26f},
		{ParetoOf(1*ms, 40*ms), []int64{
			1000000, 1008083, 1088064, 1742345, 6326239, 40017148, 253141044, 1600277303, 52034309509278,
		}, 0x4fd3bed129f2824c},
		{ParetoOf(10*ms, 11*ms), []int64{
			10000000, 10002080, 10021830, 10144490, 10488130, 11000069, 11537004, 12100031, 15825850,
		}, 0x5854e1ed193f3ba6},
		{ParetoOf(1*ms, 30_000*ms), []int64{
			1000000, 1022753, 1266013, 4719260, 173437727, 30064606643, 5212450165423, 900776024162274,
			4611686018427387904,
		}, 0xb225bf1a4b647b70},
		{ParetoOf(1, MaxNumber), []int64{
			1, 1, 3, 644, 2186711636, 4149868124560896047, 4611686018427387904, 4611686018427387904,
			4611686018427387904,
		}, 0x5173637e5c9eb2fe},
		{ParetoOf(MaxNumber-1, MaxNumber), []int64{
			4611686018427387903, 4611686018427387903, 4611686018427387903, 4611686018427387903,
			4611686018427387903, 4611686018427387904, 4611686018427387904, 4611686018427387904,
			4611686018427387904,
		}, 0xf30598779ab814e8},
		{EmpiricalOf([]int64{5}), []int64{
			5, 5, 5, 5, 5, 5, 5, 5, 5,
		}, 0xcbbad09901455c0e},
		{EmpiricalOf([]int64{9 * ms, 0, 1 * ms, MaxNumber, 1 * ms}), []int64{
			0, 0, 0, 1000000, 4611686018427387904, 4611686018427387904, 4611686018427387904,
			4611686018427387904, 4611686018427387904,
		}, 0x31486d066badb358},
	} {
		var numbers []int64
		for _, draw := range goldenDraws {
			numbers = append(numbers, c.distribution.Draw(draw))
		}
		if !slices.Equal(numbers, c.numbers) {
			t.Errorf("row %d, %v: it gives %d,\nwant %d", i, c.distribution.Kind, numbers, c.numbers)
		}
		if got := hash(c.distribution); got != c.hash {
			t.Errorf("row %d, %v: the hash is %#016x, want %#016x", i, c.distribution.Kind, got, c.hash)
		}
	}
}
