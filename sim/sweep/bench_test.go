package sweep

import (
	"fmt"
	"testing"

	"raftkv/scenarios"
	"raftkv/sim/lab"
)

// BenchmarkSweep compares a sweep, its lines included, with a plain loop over the same seeds in one
// world. An operation is a seed.
func BenchmarkSweep(b *testing.B) {
	for _, name := range []string{"default", "leader-crash"} {
		data, _ := scenarios.Read(name)
		s := parse(b, name, string(data))
		b.Run(name+"/loop", func(b *testing.B) {
			world := new(lab.Lab)
			for i := range b.N {
				world.Run(s, uint64(i)+1, nil)
			}
		})
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/j=%d", name, workers), func(b *testing.B) {
				p := Plan{
					Build: "test", Seeds: seedsFor(b, fmt.Sprint("1-", b.N)), Shard: Whole,
					Subjects: []Subject{{Scenario: s, Argument: name}},
				}
				if err := New(p).Run(Options{Workers: workers, Write: func([]byte) error { return nil }}); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
