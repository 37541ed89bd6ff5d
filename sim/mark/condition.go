package mark

import (
	"fmt"
	"strconv"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
)

// Condition is what a fault can wait for: the n-th time that a mark occurs, anywhere or to one
// server or client.
type Condition struct {
	What   Mark
	Server raft.ServerID // to whom; None for any
	Client uint32        // of a record of clients, to whom; 0 for any. Not both.
	Nth    uint32        // from 1
}

// NthMax is the highest number of a condition.
const NthMax = 1_000_000_000

// ConditionPattern is a regular expression for the texts that [ParseCondition] takes, and for some
// more: names that there are not, and subjects that a mark does not have.
const ConditionPattern = `^\s*[a-z_]+(\s+[nc][1-9][0-9]*)?\s*(#[1-9][0-9]*)?$`

// ConditionError says what is wrong with the text of a condition.
type ConditionError struct {
	Wrong string // in words, with what would be right
	// Word is what was perhaps misspelt, and Among the names that may have been meant; "" and nil
	// where it is something else.
	Word  string
	Among []string
}

// Error returns what is wrong.
func (e *ConditionError) Error() string { return e.Wrong }

func wrong(format string, args ...any) *ConditionError {
	return &ConditionError{Wrong: fmt.Sprintf(format, args...)}
}

// ParseCondition reads a condition: a mark, whom it concerns, and which in order.
//
//	became_leader
//	leader_elected #2
//	persisted n3 #7
//	returned c2
//
// Whom it concerns is where it happens: of Delivered the addressee, of a fault whom it strikes. A
// record of a client concerns the client and the server. The order counts what the condition
// matches, from 1, which it is where nothing is said. The error is a [*ConditionError].
func ParseCondition(text string) (Condition, error) {
	before, number, numbered := strings.Cut(text, "#")
	words := strings.Fields(before)
	switch {
	case len(words) == 0:
		return Condition{}, wrong(`it names nothing, want for example "leader_elected #2"`)
	case len(words) > 2:
		return Condition{}, wrong(`%q is too much, want for example "persisted n3 #7"`,
			words[2])
	}
	c := Condition{Nth: 1}
	var known bool
	if c.What, known = Named(words[0]); !known {
		e := wrong("there is no mark %q", words[0])
		e.Word, e.Among = words[0], Names(All())
		return Condition{}, e
	}
	if len(words) == 2 {
		if err := c.parseSubject(words[1]); err != nil {
			return Condition{}, err
		}
	}
	if numbered {
		if c.Nth, known = parseNumber(number, NthMax); !known {
			return Condition{}, wrong("%q is no number in order, want #1 to #%d",
				"#"+number, NthMax)
		}
	}
	return c, nil
}

func (c *Condition) parseSubject(word string) error {
	of := c.What.subject()
	server, isServer := parseNumber(strings.TrimPrefix(word, "n"), raft.MaxServers)
	client, isClient := parseNumber(strings.TrimPrefix(word, "c"), 1<<32-1)
	switch {
	case of == nobody:
		return wrong("%v concerns nobody, want it without %q", c.What, word)
	case word[0] == 'n' && isServer:
		c.Server = raft.ServerID(server)
	case word[0] == 'c' && isClient && of == clients:
		c.Client = client
	case of == clients:
		return wrong("%q is no server and no client, want n1 to n%d, or c1, c2, ...",
			word, raft.MaxServers)
	default:
		return wrong("%q is no server, whom %v concerns, want n1 to n%d",
			word, c.What, raft.MaxServers)
	}
	return nil
}

// parseNumber reads a number from 1 to most, in the one way in which it can be written.
func parseNumber(digits string, most uint64) (uint32, bool) {
	v, err := strconv.ParseUint(digits, 10, 32)
	return uint32(v), err == nil && digits[0] >= '1' && digits[0] <= '9' && v <= most
}

// String returns the text of the condition, as short as it can be.
func (c Condition) String() string {
	text := c.What.String()
	if c.Server != raft.None {
		text += " " + c.Server.String()
	}
	if c.Client != 0 {
		text += fmt.Sprintf(" c%d", c.Client)
	}
	if c.Nth != 1 {
		text += fmt.Sprintf(" #%d", c.Nth)
	}
	return text
}

// Where returns the server to which the record happens: of a message that arrives, the addressee;
// of a fault, whom it strikes.
func Where(r *record.Record) raft.ServerID {
	if r.Kind == record.Delivered {
		return r.Peer
	}
	return r.Server
}

// matches tells whether what happens with the record concerns whom the condition names.
func (c *Condition) matches(r *record.Record) bool {
	at := Where(r)
	return (c.Server == raft.None || c.Server == at) && (c.Client == 0 || c.Client == r.Client)
}
