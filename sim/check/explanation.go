package check

import (
	"fmt"
	"slices"
	"strings"

	"raftkv/sim/history"
	"raftkv/sim/record"
)

// namedMax is how many concurrent requests an explanation names; valueMax how much of a key or a
// value, in characters. Messages stay short whatever clients write.
const (
	namedMax = 4
	valueMax = 40
)

// explain says in words that no order of the requests, all for one key, explains the answer that
// culprit got, although those that returned before it can be ordered.
func explain(culprit *history.Operation, requests []*history.Operation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "no order of the requests for key %.*q explains that %s",
		valueMax, culprit.Key, sentence(culprit))
	before, beside := neighbours(culprit, requests)
	if before != nil {
		fmt.Fprintf(&b, "; before it began, at last %s", sentence(before))
	}
	if len(beside) == 0 {
		b.WriteString("; nothing ran beside it")
		return b.String()
	}
	named := beside[:min(len(beside), namedMax)]
	separator := "; beside it ran "
	for _, o := range named {
		b.WriteString(separator + sentence(o))
		separator = ", "
	}
	if more := len(beside) - len(named); more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

// neighbours returns the last request that had been answered before o was made, if any, and those
// that may have been done between the two moments of o, the latest first.
func neighbours(o *history.Operation, requests []*history.Operation) (
	before *history.Operation, beside []*history.Operation,
) {
	for _, other := range slices.Backward(requests) {
		switch {
		case other == o || other.Invoked > o.Returned:
		case !returned(other) || other.Returned > o.Invoked:
			beside = append(beside, other)
		case before == nil || other.Returned > before.Returned:
			before = other
		}
	}
	return before, beside
}

// sentence says what a client asked and what it was told.
func sentence(o *history.Operation) string {
	asked := fmt.Sprintf("%v", o.Action)
	if o.Action == record.Put {
		asked = fmt.Sprintf("put of %.*q", valueMax, o.Value)
	}
	return fmt.Sprintf("client %d's %s (request %d) %s", o.Client, asked, o.Number, told(o))
}

func told(o *history.Operation) string {
	switch {
	case !returned(o):
		return "had no known outcome"
	case o.Outcome == record.KeyExists:
		return "found the key present"
	case o.Outcome == record.KeyMissing:
		return "found no key"
	case o.Action == record.Get:
		return fmt.Sprintf("read %.*q", valueMax, o.Read)
	}
	return "succeeded"
}
