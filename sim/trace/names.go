package trace

import (
	"fmt"
	"strconv"
	"strings"

	"raftkv/raft"
	"raftkv/sim/spelling"
)

// enumeration is a type whose values, from 1, have names.
type enumeration interface {
	~uint8
	fmt.Stringer
}

// named returns the value of that name, of 1 through last; 0 if none has it.
func named[E enumeration](name string, last E) E {
	for value := E(1); value <= last; value++ {
		if value.String() == name {
			return value
		}
	}
	return 0
}

// namesOf lists the names of 1 through last.
func namesOf[E enumeration](last E) []string {
	var all []string
	for value := E(1); value <= last; value++ {
		all = append(all, value.String())
	}
	return all
}

// nameOf returns the name of a value, "" for zero.
func nameOf[E enumeration](value E) string {
	if value == 0 {
		return ""
	}
	return value.String()
}

// serverNamed returns the server of that name, n1 to n63; [raft.None] if it names none.
func serverNamed(name string) raft.ServerID {
	digits, is := strings.CutPrefix(name, "n")
	number, err := strconv.ParseUint(digits, 10, 8)
	id := raft.ServerID(number)
	if !is || err != nil || id > raft.MaxServers || id.String() != name {
		return raft.None
	}
	return id
}

// didYouMean returns the end of a sentence about a word: the known word that resembles it most, or
// "" if none does.
func didYouMean(word string, known []string) string {
	if best := spelling.Nearest(word, known); best != "" {
		return fmt.Sprintf(", did you mean %q?", best)
	}
	return ""
}
