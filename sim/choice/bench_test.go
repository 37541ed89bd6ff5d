package choice

import "testing"

// sink keeps the compiler from dropping what a benchmark computes.
var sink uint64

func BenchmarkDraw(b *testing.B) {
	stream := NewStream(42, Link(1, 2))
	var sum uint64
	for ordinal := range uint64(b.N) {
		sum += stream.Draw(ordinal, Latency)
	}
	sink = sum
}

func BenchmarkDrawEachWaitingForTheLast(b *testing.B) {
	stream := NewStream(42, Link(1, 2))
	var last uint64
	for range b.N {
		last = stream.Draw(last, Latency)
	}
	sink = last
}

func BenchmarkUniform(b *testing.B) {
	stream := NewStream(42, Link(1, 2))
	latency := UniformBetween(1_000_000, 10_000_000)
	var sum int64
	for ordinal := range uint64(b.N) {
		sum += latency.Draw(stream.Draw(ordinal, Latency))
	}
	sink = uint64(sum)
}

// A draw from a stream, which takes as long for each kind, and the number it becomes.
func BenchmarkDistribution(b *testing.B) {
	for _, c := range []struct {
		name         string
		distribution Distribution
	}{
		{"constant", Constantly(7)},
		{"uniform", UniformBetween(1_000_000, 10_000_000)},
		{"exponential", ExponentialOf(3_000_000)},
		{"shifted exponential", ShiftedExponentialOf(1_000_000, 3_000_000)},
		{"lognormal", LognormalOf(3_000_000, 40_000_000)},
		{"pareto", ParetoOf(1_000_000, 40_000_000)},
		{"empirical", EmpiricalOf([]int64{1_000_000, 2_000_000, 5_000_000, 90_000_000})},
	} {
		b.Run(c.name, func(b *testing.B) {
			stream := NewStream(42, Link(1, 2))
			var sum int64
			for ordinal := range uint64(b.N) {
				sum += c.distribution.Draw(stream.Draw(ordinal, Latency))
			}
			sink = uint64(sum)
		})
	}
}

func BenchmarkLognormalOf(b *testing.B) {
	for range b.N {
		d := LognormalOf(3_000_000, 40_000_000)
		sink = uint64(d.Max)
	}
}

func BenchmarkParetoOf(b *testing.B) {
	for range b.N {
		d := ParetoOf(1_000_000, 40_000_000)
		sink = uint64(d.Max)
	}
}
