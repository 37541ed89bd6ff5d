package check

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/sim/history"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// The requests of hand-made histories, all for key a: what was asked, and what was told.

func put(value string, o record.Outcome) history.Operation {
	return history.Operation{Action: record.Put, Value: value, Outcome: o}
}

func get(value string) history.Operation {
	return history.Operation{Action: record.Get, Outcome: record.OK, Read: value}
}

func getNone() history.Operation {
	return history.Operation{Action: record.Get, Outcome: record.KeyMissing}
}

func remove(o record.Outcome) history.Operation {
	return history.Operation{Action: record.Delete, Outcome: o}
}

// from places a request of a client in the run. What stays open returns at 0.
func from(client uint32, invoked, returned uint64, o history.Operation) history.Operation {
	o.Client, o.Number, o.Key = client, uint32(invoked), "a"
	o.Invoked, o.Returned = invoked, returned
	o.Event = returned
	o.InvokedAt = vtime.Time(invoked) * vtime.Time(vtime.Millisecond)
	o.ReturnedAt = vtime.Time(returned) * vtime.Time(vtime.Millisecond)
	return o
}

const (
	ok      = record.OK
	exists  = record.KeyExists
	missing = record.KeyMissing
	unknown = record.Unknown
)

var histories = []struct {
	name       string
	good, bad  []history.Operation
	message    string
	returnedAt uint64
}{
	{
		name: "stale read",
		good: []history.Operation{
			from(1, 1, 2, put("x", ok)), from(1, 3, 6, remove(ok)), from(2, 4, 5, get("x")),
		},
		bad: []history.Operation{
			from(1, 1, 2, put("x", ok)), from(1, 3, 4, remove(ok)), from(2, 5, 6, get("x")),
		},
		message: `no order of the requests for key "a" explains that c2's get (request 5, at 0.005000s) read ` +
			`"x"; while it was open, the key can only have been missing; before it began, at last ` +
			`c1's delete (request 3, at 0.003000s) succeeded; nothing ran beside it`,
		returnedAt: 6,
	},
	{
		name: "lost update",
		good: []history.Operation{from(1, 1, 2, put("x", ok)), from(1, 3, 4, get("x"))},
		bad:  []history.Operation{from(1, 1, 2, put("x", ok)), from(1, 3, 4, getNone())},
		message: `no order of the requests for key "a" explains that c1's get (request 3, at 0.003000s) found ` +
			`no key; while it was open, the key can only have been "x"; before it began, at last ` +
			`c1's put of "x" (request 1, at 0.001000s) succeeded; nothing ran beside it`,
		returnedAt: 4,
	},
	{
		name: "two puts succeed",
		good: []history.Operation{from(1, 1, 3, put("x", exists)), from(2, 2, 4, put("y", ok))},
		bad:  []history.Operation{from(1, 1, 3, put("x", ok)), from(2, 2, 4, put("y", ok))},
		message: `no order of the requests for key "a" explains that c2's put of "y" (request 2, at 0.002000s) ` +
			`succeeded; while it was open, the key can only have been missing or "x"; beside it ` +
			`ran c1's put of "x" (request 1, at 0.001000s) succeeded`,
		returnedAt: 4,
	},
	{
		name: "a delete misses what is there",
		good: []history.Operation{from(1, 1, 2, put("x", ok)), from(2, 3, 4, remove(ok))},
		bad:  []history.Operation{from(1, 1, 2, put("x", ok)), from(2, 3, 4, remove(missing))},
		message: `no order of the requests for key "a" explains that c2's delete (request 3, at 0.003000s) ` +
			`found no key; while it was open, the key can only have been "x"; before it began, at ` +
			`last c1's put of "x" (request 1, at 0.001000s) succeeded; nothing ran beside it`,
		returnedAt: 4,
	},
	{
		name: "a put whose outcome nobody knows",
		good: []history.Operation{
			from(1, 1, 2, put("x", unknown)), from(2, 3, 4, getNone()), from(2, 5, 6, get("x")),
		},
		bad: []history.Operation{
			from(1, 1, 2, put("x", unknown)), from(2, 3, 4, get("x")), from(2, 5, 6, getNone()),
		},
		message: `no order of the requests for key "a" explains that c2's get (request 5, at 0.005000s) found ` +
			`no key; while it was open, the key can only have been "x"; before it began, at last ` +
			`c2's get (request 3, at 0.003000s) read "x"; beside it ran c1's put of "x" (request 1, at 0.001000s) ` +
			`had no known outcome`,
		returnedAt: 6,
	},
	{
		name: "a put that was refused",
		good: []history.Operation{from(1, 1, 0, put("x", 0)), from(2, 3, 4, get("x"))},
		bad:  []history.Operation{from(1, 1, 2, put("x", record.Rejected)), from(2, 3, 4, get("x"))},
		message: `no order of the requests for key "a" explains that c2's get (request 3, at 0.003000s) read ` +
			`"x"; while it was open, the key can only have been missing; nothing ran beside it`,
		returnedAt: 4,
	},
	{
		name: "a put is read before it is made",
		good: []history.Operation{from(1, 1, 3, get("x")), from(2, 2, 4, put("x", ok))},
		bad:  []history.Operation{from(1, 1, 2, get("x")), from(2, 3, 4, put("x", ok))},
		message: `no order of the requests for key "a" explains that c1's get (request 1, at 0.001000s) read ` +
			`"x"; while it was open, the key can only have been missing; nothing ran beside it`,
		returnedAt: 2,
	},
	{
		name: "too many to name",
		good: []history.Operation{
			from(1, 1, 0, put("x", 0)), from(2, 2, 0, put("y", 0)), from(3, 3, 0, remove(0)),
			from(4, 4, 0, put("z", 0)), from(5, 5, 0, remove(0)), from(6, 6, 7, get("z")),
		},
		bad: []history.Operation{
			from(1, 1, 0, put("x", 0)), from(2, 2, 0, put("y", 0)), from(3, 3, 0, remove(0)),
			from(4, 4, 0, put("z", 0)), from(5, 5, 0, remove(0)), from(6, 6, 7, get("w")),
		},
		message: `no order of the requests for key "a" explains that c6's get (request 6, at 0.006000s) read ` +
			`"w"; while it was open, the key can only have been missing or "z" or "y" or "x"; ` +
			`beside it ran c5's delete (request 5, at 0.005000s) had no known outcome, c4's put of ` +
			`"z" (request 4, at 0.004000s) had no known outcome, c3's delete (request 3, at 0.003000s) had no known ` +
			`outcome, c2's put of "y" (request 2, at 0.002000s) had no known outcome and 1 more`,
		returnedAt: 7,
	},
}

func judgeHistory(operations []history.Operation) *Judges {
	var j Judges
	j.Reset(0)
	j.Finish(operations)
	return &j
}

func TestHistories(t *testing.T) {
	for _, h := range histories {
		t.Run(h.name, func(t *testing.T) {
			good := judgeHistory(h.good)
			if s := good.Status(Linearizability); s != OK {
				t.Errorf("the good twin is %v: %+v", s, good.First())
			}
			bad := judgeHistory(h.bad)
			want := Violation{
				Check:   Linearizability,
				Event:   h.returnedAt,
				At:      vtime.Time(h.returnedAt) * vtime.Time(vtime.Millisecond),
				Record:  record.Finished,
				Message: h.message,
			}
			if first := bad.First(); first == nil || *first != want {
				t.Errorf("violation\n%+v, want\n%+v", first, want)
			}
			if s := bad.Status(Linearizability); s != Violated {
				t.Errorf("the bad twin is %v", s)
			}
		})
	}
}

// What comes later does not change who is to blame, even if it is wrong too.
func TestTheFirstImpossibleAnswerIsNamed(t *testing.T) {
	operations := []history.Operation{
		from(1, 1, 2, put("x", ok)), from(1, 3, 4, get("x")), from(1, 5, 8, remove(ok)),
		from(2, 6, 7, get("y")), from(2, 9, 10, get("x")), from(2, 11, 12, put("z", ok)),
	}
	j := judgeHistory(operations)
	if first := j.First(); first == nil || !strings.Contains(first.Message, `(request 6, at 0.006000s) read "y"`) {
		t.Errorf("%+v", first)
	}
}

func TestKeysAreJudgedApart(t *testing.T) {
	a := []history.Operation{from(1, 1, 2, put("x", ok)), from(1, 5, 6, get("x"))}
	b := []history.Operation{from(2, 3, 4, put("y", ok)), from(2, 7, 8, get("y"))}
	for i := range b {
		b[i].Key = "b"
	}
	mixed := []history.Operation{b[1], a[0], b[0], a[1]}
	if j := judgeHistory(mixed); j.First() != nil || j.Exercised(Linearizability) != 4 {
		t.Errorf("%+v, %d answers compared", j.First(), j.Exercised(Linearizability))
	}
	mixed[0].Read, mixed[3].Read = "-", "-"
	j := judgeHistory(mixed)
	if first := j.First(); first == nil || !strings.Contains(first.Message, `key "a"`) {
		t.Errorf("%+v, want the violation of the first key", first)
	}
}

func TestALongSearchIsUndecided(t *testing.T) {
	var operations []history.Operation
	for i := range uint64(12) {
		operations = append(operations, from(uint32(i+1), i+1, 0, put(fmt.Sprint(i), unknown)),
			from(uint32(i+101), i+1, 0, remove(unknown)))
	}
	last := len(operations)
	operations = append(operations, from(50, 50, 51, get("")))
	for _, test := range []struct {
		read string
		off  Set
		want Status
	}{
		{"never put", 0, Undecided},
		{"7", 0, OK},
		{"never put", SetOf(Linearizability), Off},
	} {
		operations[last].Read = test.read
		var j Judges
		j.Reset(test.off)
		j.budget = 5000
		j.Finish(operations)
		if s := j.Status(Linearizability); s != test.want || j.First() != nil {
			t.Errorf("%q is read: %v, %+v, want %v", test.read, s, j.First(), test.want)
		}
	}
}

// orderable is the definition of linearizability, word for word: it tries every order, and for each
// request without an answer also that it was never done. It takes the store for a map.
func orderable(operations []history.Operation) bool {
	return tryNext(operations, 0, map[string]string{})
}

func tryNext(operations []history.Operation, done uint, store map[string]string) bool {
	finished := true
	for i := range operations {
		o := &operations[i]
		if done>>i&1 == 1 {
			continue
		}
		finished = finished && !o.Outcome.Answered()
		if o.Outcome == record.Rejected || !mayBeNext(operations, done, o) {
			continue
		}
		after := make(map[string]string, 1)
		for k, v := range store {
			after[k] = v
		}
		if outcome, read := naive(after, o); o.Outcome.Answered() &&
			(outcome != o.Outcome || read != o.Read) {
			continue
		}
		if tryNext(operations, done|1<<i, after) {
			return true
		}
	}
	return finished // the rest was never done
}

// mayBeNext: no other that is still to be done had returned before o was made.
func mayBeNext(operations []history.Operation, done uint, o *history.Operation) bool {
	for i := range operations {
		other := &operations[i]
		if done>>i&1 == 0 && other.Outcome.Answered() && other.Returned < o.Invoked {
			return false
		}
	}
	return true
}

func naive(store map[string]string, o *history.Operation) (record.Outcome, string) {
	value, present := store[o.Key]
	switch o.Action {
	case record.Put:
		if present {
			return exists, ""
		}
		store[o.Key] = o.Value
		return ok, ""
	case record.Get:
		if present {
			return ok, value
		}
		return missing, ""
	case record.Delete:
		if present {
			delete(store, o.Key)
			return ok, ""
		}
	}
	return missing, ""
}

// drawn is a history that is linearizable by construction: the requests are done one after the
// other on a store, and each was made some time before and returns some time after, so that about
// overlap of them are under way together. Of some nobody hears; some of those are never done.
func drawn(random *rand.Rand, count, overlap int) []history.Operation {
	operations := make([]history.Operation, count)
	store := map[string]string{}
	for i := range operations {
		point := uint64(10 * (i + overlap))
		reach := func() uint64 { return uint64(random.IntN(5 * overlap)) }
		o := history.Operation{
			Action: record.Action(1 + random.IntN(3)),
			Value:  fmt.Sprintf("v%d", random.IntN(3)),
		}
		operations[i] = from(uint32(i+1), point-reach(), point+reach(), o)
		resolve(random, store, &operations[i])
	}
	random.Shuffle(count, func(i, k int) {
		operations[i], operations[k] = operations[k], operations[i]
	})
	return operations
}

func resolve(random *rand.Rand, store map[string]string, o *history.Operation) {
	if o.Action != record.Put {
		o.Value = ""
	}
	switch random.IntN(8) {
	case 0: // never done, and nobody knows
		o.Outcome = unknown
	case 1: // done, and nobody knows
		naive(store, o)
		o.Outcome = unknown
	case 2: // the same, and still open at the end
		naive(store, o)
		o.Outcome = record.Unknown
		o.Returned, o.ReturnedAt = 0, 0
	case 3:
		o.Outcome = record.Rejected
	default:
		o.Outcome, o.Read = naive(store, o)
	}
}

// mutate changes one answer to another that the store could give.
func mutate(random *rand.Rand, operations []history.Operation) {
	o := &operations[random.IntN(len(operations))]
	if !o.Outcome.Answered() {
		return
	}
	o.Read = ""
	switch o.Action {
	case record.Put:
		o.Outcome = []record.Outcome{ok, exists}[random.IntN(2)]
	case record.Get:
		if o.Outcome = []record.Outcome{ok, missing}[random.IntN(2)]; o.Outcome == ok {
			o.Read = fmt.Sprintf("v%d", random.IntN(3))
		}
	case record.Delete:
		o.Outcome = []record.Outcome{ok, missing}[random.IntN(2)]
	}
}

func drawnRandom(t *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
}

func TestWhatIsLinearizableIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := drawnRandom(t)
		operations := drawn(random, rapid.IntRange(1, 100).Draw(t, "count"), 4)
		if j := judgeHistory(operations); j.Status(Linearizability) != OK {
			t.Fatalf("%v: %+v\n%+v", j.Status(Linearizability), j.First(), operations)
		}
	})
}

// The judge agrees with the definition, both when it accepts and when it convicts; and the answer
// it names is the first that the definition has trouble with.
func TestTheJudgeAgreesWithTheDefinition(t *testing.T) {
	accepted, refused := 0, 0
	for seed := range uint64(4000) {
		random := rand.New(rand.NewPCG(seed, 0))
		operations := drawn(random, 1+random.IntN(6), 4)
		for range random.IntN(4) {
			mutate(random, operations)
		}
		want := orderable(operations)
		j := judgeHistory(operations)
		if got := j.Status(Linearizability) == OK; got != want {
			t.Fatalf("seed %d: the judge says %v, the definition %v:\n%+v", seed, got, want, operations)
		}
		if want {
			accepted++
			continue
		}
		refused++
		last := uint64(j.First().At / vtime.Time(vtime.Millisecond))
		if !orderable(knownBefore(operations, last-1)) || orderable(knownBefore(operations, last)) {
			t.Fatalf("seed %d: %s: not the first:\n%+v", seed, j.First().Message, operations)
		}
	}
	if accepted < 500 || refused < 500 {
		t.Errorf("%d accepted, %d refused: the test tests little", accepted, refused)
	}
}

// knownBefore is what clients knew at the moment. What was rejected is left out by then already.
func knownBefore(operations []history.Operation, moment uint64) []history.Operation {
	var known []history.Operation
	for _, o := range operations {
		if o.Invoked > moment {
			continue
		}
		if o.Returned > moment && o.Outcome != record.Rejected {
			o.Outcome, o.Returned, o.Read = 0, 0, ""
		}
		known = append(known, o)
	}
	return known
}
