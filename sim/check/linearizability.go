package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/anishathalye/porcupine"

	"raftkv/sim/history"
	"raftkv/sim/record"
)

// stepBudget is how many steps of the model the search for an order of one key's requests may take.
// Each may put some 200 bytes into Porcupine's memory of where it has been.
const stepBudget = 2_000_000

// forever is when a request returns of which nobody heard.
const forever = math.MaxInt64

// Finish judges the history of the run, which must hold each request that the clients made. It does
// not keep operations.
//
// Keys do not depend on each other, so that each is judged alone (locality: Herlihy and Wing,
// "Linearizability", §3.1), in the order of their bytes. The first that cannot be ordered convicts.
func (j *Judges) Finish(operations []history.Operation) {
	if j.off.Has(Linearizability) {
		return
	}
	j.undecided = j.undecided.Without(Linearizability)
	all := judged(operations)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Key == all[0].Key {
			n++
		}
		if !j.judgeKey(all[:n]) {
			return
		}
		all = all[n:]
	}
}

// judged returns the operations that say something, by key, then by the moment of their invocation.
// What was refused was never done. A get that nobody heard of changed nothing and said nothing.
func judged(operations []history.Operation) []*history.Operation {
	all := make([]*history.Operation, 0, len(operations))
	for i := range operations {
		o := &operations[i]
		if o.Action < record.Put || o.Action > record.Delete {
			panic(fmt.Sprintf("check: operation of unknown action %d", o.Action))
		}
		if !o.Outcome.NotDone() && (o.Action != record.Get || returned(o)) {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b *history.Operation) int {
		return cmp.Or(
			cmp.Compare(a.Key, b.Key), cmp.Compare(a.Invoked, b.Invoked),
			cmp.Compare(a.Client, b.Client), cmp.Compare(a.Number, b.Number),
		)
	})
	return all
}

// returned tells whether the client knows the answer of the store.
func returned(o *history.Operation) bool { return o.Returned != 0 && o.Outcome.Answered() }

// judgeKey judges the requests for one key. It returns false if it convicts.
func (j *Judges) judgeKey(requests []*history.Operation) bool {
	answers := make([]*history.Operation, 0, len(requests))
	for _, o := range requests {
		if returned(o) {
			answers = append(answers, o)
		}
	}
	if len(answers) == 0 {
		return true // whatever was done, nobody saw it
	}
	j.exercised[Linearizability] += uint64(len(answers))
	if j.witnessed(requests) {
		return true
	}
	switch j.order(requests, math.MaxUint64) {
	case found:
		return true
	case abandoned:
		j.undecided = j.undecided.With(Linearizability)
		return true
	}
	slices.SortFunc(answers, func(a, b *history.Operation) int {
		return cmp.Or(cmp.Compare(a.Returned, b.Returned), cmp.Compare(a.Client, b.Client))
	})
	culprit := answers[j.firstImpossible(requests, answers)]
	j.event, j.at, j.kind = culprit.Event, culprit.ReturnedAt, record.Finished
	j.convict(Linearizability, "%s", explain(culprit, requests, j.possible(culprit, requests)))
	return false
}

// firstImpossible returns the place in answers, which are in the order in which they returned, of
// the first that cannot be explained together with those before it. What is linearizable is so at
// every moment before its end, so that a binary search finds it. A moment that is too long to judge
// counts as explained: then an answer later than the first may be named, never an innocent history.
func (j *Judges) firstImpossible(requests, answers []*history.Operation) int {
	return sort.Search(len(answers)-1, func(i int) bool {
		return j.order(requests, answers[i].Returned) == impossible
	})
}

// finding is what a search for an order of requests came to.
type finding uint8

const (
	found finding = iota + 1
	impossible
	abandoned // past the budget
)

// order looks for an order of the requests that explains what clients knew at that moment, the
// answer that came at the moment included.
//
// A request without an answer may have been done at any time after it was made, or not at all. One
// branch of the search has both: it returns never and says nothing, so that it can be put after
// everything else, where whether it is done makes no difference. A request made after the moment
// can only stand there.
func (j *Judges) order(requests []*history.Operation, moment uint64) finding {
	calls := make([]porcupine.Operation, 0, len(requests))
	for _, o := range requests {
		known := returned(o) && o.Returned <= moment
		if o.Action == record.Get && !known {
			continue
		}
		call := porcupine.Operation{
			Input: o, Output: known, Call: instant(o.Invoked), Return: forever,
		}
		if known {
			call.Return = max(call.Call, instant(o.Returned))
		}
		calls = append(calls, call)
	}
	s := search{budget: j.budget}
	return s.run(calls)
}

// instant is a moment as Porcupine wants it, earlier than forever.
func instant(moment uint64) int64 { return int64(min(moment, forever-1)) }

// search is one run of Porcupine. It is bounded by its own steps, not by time, so that its finding
// is the same on every machine.
type search struct {
	steps, budget uint64
}

func (s *search) run(calls []porcupine.Operation) finding {
	model := porcupine.Model{
		Init: func() any { return cell{} },
		Step: s.step,
	}
	const noTimeout = 0
	if porcupine.CheckOperationsTimeout(model, calls, noTimeout) == porcupine.Ok {
		return found
	}
	// Past the budget every step is refused, which soon ends the search, with no order found. That
	// is no proof that there is none, for steps were refused that could have been taken. (Had there
	// been one found it would be true: it is made of steps from within the budget.)
	if s.steps > s.budget {
		return abandoned
	}
	return impossible
}

func (s *search) step(state, input, output any) (bool, any) {
	if s.steps++; s.steps > s.budget {
		return false, state
	}
	after, as := state.(cell).answers(input.(*history.Operation))
	known := output.(bool)
	return as || !known, after
}
