package vtime

import (
	"fmt"
	"testing"
)

// spread gives spans that differ as those of messages do, without a generator to pay for.
func spread(ordinal uint64) Time { return Time(ordinal*0x9e3779b97f4a7c15>>44) + 1 }

func filledQueue(pending int) *Queue {
	q := &Queue{}
	for i := range pending {
		q.Push(Event{Key: MakeKey(spread(uint64(i)), ClassMessage, 2, uint64(i))})
	}
	q.Push(Event{})
	q.Pop() // there was room for one more
	return q
}

func popPush(q *Queue, ordinal *uint64) {
	*ordinal++
	event, _ := q.Pop()
	q.Push(Event{Key: MakeKey(event.At+spread(*ordinal), ClassMessage, 1, *ordinal)})
}

func BenchmarkPopPush(b *testing.B) {
	for _, pending := range []int{50, 500} {
		b.Run(fmt.Sprintf("pending=%d", pending), func(b *testing.B) {
			q := filledQueue(pending)
			var ordinal uint64
			b.ReportAllocs()
			for b.Loop() {
				popPush(q, &ordinal)
			}
		})
	}
}

func BenchmarkRearm(b *testing.B) {
	q := filledQueue(50)
	var timer Timer
	deadline := Time(Second)
	b.ReportAllocs()
	for b.Loop() {
		deadline++
		timer.Arm(q, 1, 9, deadline)
	}
}
