package mark

import (
	"fmt"
	"strings"
)

// Reference returns all marks and the grammar of when, for people.
func Reference() string {
	var b strings.Builder
	b.WriteString(grammar)
	b.WriteString("\nThe kinds of records:\n\n")
	all := All()
	kinds := len(all) - len(Combinations())
	writeTable(&b, all[:kinds])
	b.WriteString("\nWhat a run is measured by; a verdict names those with a * that it lacks:\n\n")
	writeTable(&b, all[kinds:])
	return b.String()
}

const grammar = `A mark is something that happens in a run and has a name.
It is one of the kinds of records, as a file of records names them, or one of their combinations.
"marks" in a result counts all of them. In a scenario,

    [expect]
    sometimes = ["split_vote", "truncated"]

wants each of them in some run of a sweep; a single run passes without. And

    when = "persisted n3 #7"

is when n3 learns for the seventh time that what it wrote is durable: a mark, perhaps whom it
concerns (a server n1, n2, ... or a client c1, c2, ...), perhaps which in order, from 1. What
becomes of a message concerns its sender, but one that is delivered concerns the addressee.

A fault that waits for a mark strikes in the same instant, before anything else that is owed. A step
of a server is one: what it is told (a timer_fired, a message delivered, writes persisted) and what
it makes of that; of several records of one step, the fault comes after the last. What the server
then carries out (written, sent, applied, answered) it does one by one, and a fault can strike
between any two.
`

func writeTable(b *strings.Builder, marks []Mark) {
	for _, m := range marks {
		star := ' '
		if table[m].essential {
			star = '*'
		}
		fmt.Fprintf(b, "  %c %-25s %s\n", star, m, m.About())
	}
}
