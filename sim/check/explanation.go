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
func explain(
	culprit *history.Operation, requests []*history.Operation, possible []cell,
) string {
	var b strings.Builder
	fmt.Fprintf(&b, "no order of the requests for key %.*q explains that %s",
		valueMax, culprit.Key, sentence(culprit))
	if len(possible) > 0 {
		fmt.Fprintf(&b, "; while it was open, the key can only have been %s", states(possible))
	}
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

// probesMax is how many values an explanation tries.
const probesMax = 8

// possible returns what the key can have held at some moment between those of culprit, going by all
// other requests and by what their clients knew when it was answered; none where that is too much
// to find out. A get that saw it would have to fit into an order of them.
func (j *Judges) possible(culprit *history.Operation, requests []*history.Operation) []cell {
	others := make([]*history.Operation, 0, len(requests))
	candidates := []cell{{}}
	for _, o := range slices.Backward(requests) {
		if o == culprit {
			continue
		}
		others = append(others, o)
		if o.Action == record.Put && o.Invoked < culprit.Returned {
			candidates = append(candidates, cell{present: true, value: o.Value})
		}
	}
	slices.Reverse(others)
	if len(candidates) > probesMax {
		return nil
	}
	var possible []cell
	for _, c := range candidates {
		probe := *culprit
		probe.Action, probe.Outcome, probe.Read = record.Get, record.KeyMissing, ""
		if c.present {
			probe.Outcome, probe.Read = record.OK, c.value
		}
		switch j.order(append(others[:len(others):len(others)], &probe), culprit.Returned) {
		case found:
			possible = append(possible, c)
		case abandoned:
			return nil
		}
	}
	return possible
}

// states tells what a key held: missing or "c2-1".
func states(cells []cell) string {
	var texts []string
	for _, c := range cells {
		if c.present {
			texts = append(texts, fmt.Sprintf("%.*q", valueMax, c.value))
		} else {
			texts = append(texts, "missing")
		}
	}
	return strings.Join(texts, " or ")
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

// sentence says what a client asked, when, as the story has it, and what it was told.
func sentence(o *history.Operation) string {
	asked := fmt.Sprintf("%v", o.Action)
	if o.Action == record.Put {
		asked = fmt.Sprintf("put of %.*q", valueMax, o.Value)
	}
	return fmt.Sprintf("c%d's %s (request %d, at %v) %s", o.Client, asked, o.Number, o.InvokedAt,
		told(o))
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
