package choice

import (
	"fmt"
	"math/bits"
)

// Below turns a draw into a number from 0 to n-1. It panics for n = 0.
//
// A number's chance differs from 1/n by less than 2^-64; over all numbers together the bias is
// below n/2^64. That buys one draw a decision: to reject and draw again would need more ordinals.
func Below(draw, n uint64) uint64 {
	if n == 0 {
		panic("choice: a number below 0")
	}
	number, _ := bits.Mul64(draw, n)
	return number
}

// Between turns a draw into a number from min to max, both included. It panics if max < min.
func Between(draw uint64, min, max int64) int64 {
	if max < min {
		panic(fmt.Sprintf("choice: a number between %d and %d", min, max))
	}
	span := uint64(max) - uint64(min)
	if span+1 == 0 {
		return int64(draw) // every int64 there is
	}
	return int64(uint64(min) + Below(draw, span+1))
}

// WeightedIndex turns a draw into an index of weights; each has a chance in proportion to its
// weight, one of weight 0 none. It panics if all are 0, or if they sum to 2^64 or more.
func WeightedIndex(draw uint64, weights []uint64) int {
	var total uint64
	for _, weight := range weights {
		sum, carry := bits.Add64(total, weight, 0)
		if carry != 0 {
			panic("choice: the weights sum to 2^64 or more")
		}
		total = sum
	}
	if total == 0 {
		panic("choice: no weight above 0")
	}
	rest := Below(draw, total)
	index := 0
	for rest >= weights[index] {
		rest -= weights[index]
		index++
	}
	return index
}
