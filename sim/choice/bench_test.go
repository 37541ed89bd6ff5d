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
