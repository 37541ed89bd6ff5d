package raft_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cockroachdb/datadriven"

	"raftkv/raft"
)

// named returns the servers that the arguments name, or all if they name none.
func (tr *transcript) named(d *datadriven.TestData) []*server {
	var some []*server
	for _, arg := range d.CmdArgs {
		if strings.HasPrefix(arg.Key, "n") && arg.Key != "n" {
			some = append(some, tr.server(serverNamed(arg.Key)))
		}
	}
	if some == nil {
		return tr.servers
	}
	return some
}

func serverNamed(name string) raft.ServerID {
	id, err := strconv.ParseUint(strings.TrimPrefix(name, "n"), 10, 8)
	if err != nil {
		panic(fmt.Sprintf("%q names no server", name))
	}
	return raft.ServerID(id)
}

func sidesOf(d *datadriven.TestData) []raft.ServerSet {
	var sides []raft.ServerSet
	for _, arg := range d.CmdArgs {
		var side raft.ServerSet
		for name := range strings.SplitSeq(arg.Key, ",") {
			side = side.With(serverNamed(name))
		}
		sides = append(sides, side)
	}
	return sides
}

// linksOf reads n1->n2, one way, and n1-n2, both.
func linksOf(d *datadriven.TestData) []link {
	var links []link
	for _, arg := range d.CmdArgs {
		from, to, oneWay := strings.Cut(arg.Key, "->")
		if !oneWay {
			from, to, _ = strings.Cut(arg.Key, "-")
			links = append(links, link{serverNamed(to), serverNamed(from)})
		}
		links = append(links, link{serverNamed(from), serverNamed(to)})
	}
	return links
}

func optionsOf(d *datadriven.TestData) raft.Options {
	return raft.Options{
		BatchMax:        number(d, "batch"),
		InflightMax:     number(d, "inflight"),
		InflightBytes:   number(d, "bytes"),
		ProposalsMax:    number(d, "proposals"),
		SnapshotChunk:   number(d, "chunk"),
		TrailingEntries: number(d, "trailing"),
		PreVote:         d.HasArg("pre_vote"),
		CheckQuorum:     d.HasArg("check_quorum"),
		LeaseReads:      d.HasArg("lease"),
	}
}

func timerNamed(name string) raft.Timer {
	for timer := raft.ElectionTimer; timer < raft.TimerCount; timer++ {
		if strings.HasPrefix(timer.String(), name) {
			return timer
		}
	}
	panic(fmt.Sprintf("there is no timer %q", name))
}

func termsOf(values []string) []raft.Term {
	terms := make([]raft.Term, len(values))
	for i, value := range values {
		if _, err := fmt.Sscan(value, &terms[i]); err != nil {
			panic(fmt.Sprintf("%q is no term", value))
		}
	}
	return terms
}

// fits tells whether all arguments of the form name=value fit a message, and its number is among
// those given, if any are.
func fits(d *datadriven.TestData, e envelope) bool {
	numbered, named := false, false
	for _, arg := range d.CmdArgs {
		if strings.HasPrefix(arg.Key, "#") {
			numbered = true
			named = named || arg.Key == "#"+strconv.Itoa(e.number)
			continue
		}
		field := map[string]string{
			"from": e.From.String(), "to": e.To.String(), "type": e.Type.String(),
		}[arg.Key]
		if field != arg.Vals[0] {
			return false
		}
	}
	return named || !numbered
}

// number returns the value of name=value, 0 without.
func number(d *datadriven.TestData, name string) int {
	arg, ok := d.Arg(name)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(arg.Vals[0])
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	return n
}
