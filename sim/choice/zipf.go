package choice

import (
	"fmt"
	"sort"
)

// Zipf is a distribution of ranks, of which a few have most: rank k comes with a probability in
// proportion to 1/k^s. It never changes once it is made, by [ZipfOf].
type Zipf struct {
	skew uint32   // s, in thousandths
	sums []uint64 // of the weights of the ranks from 1: sums[k-1] through rank k
}

// MaxRanks is how many ranks a Zipf may have, MaxSkew the greatest skew, in thousandths.
const (
	MaxRanks = 100_000
	MaxSkew  = 10_000
)

// weightOfFirst is the weight of rank 1: 2^44, so that the weights of all ranks sum to less than
// 2^61, and that of the last, with a skew of 1, is off by less than a part in 2^28.
const weightOfFirst = 1 << 44

// ZipfOf gives the distribution over the ranks 1 to count with that skew, in thousandths: 0 makes
// all equally likely, 1000 the tenth rank a tenth as likely as the first. A rank that would come
// less than once in 2^45 draws never comes. It panics for a count of 0 or above [MaxRanks], and for
// a skew above [MaxSkew].
func ZipfOf(count, skew uint32) *Zipf {
	if count == 0 || count > MaxRanks || skew > MaxSkew {
		panic(fmt.Sprintf("choice: zipf of %d ranks, skew %d/1000", count, skew))
	}
	z := &Zipf{skew: skew, sums: make([]uint64, count)}
	var sum uint64
	for i := range z.sums {
		exponent := proportion(log2(uint64(i+1)), uint64(skew), 1000)
		sum += uint64(timesPower(weightOfFirst, -exponent))
		z.sums[i] = sum
	}
	return z
}

// Draw turns a draw into a rank, from 1. A greater draw gives a greater rank, or the same.
func (z *Zipf) Draw(draw uint64) uint32 {
	below := Below(draw, z.sums[len(z.sums)-1])
	return uint32(sort.Search(len(z.sums), func(i int) bool { return z.sums[i] > below })) + 1
}

// Skew returns the skew, in thousandths.
func (z *Zipf) Skew() uint32 { return z.skew }
