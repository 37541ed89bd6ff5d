package trace

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// lineMax is the longest line of a file, in bytes, without its end.
const lineMax = 1 << 20

// recordLine is a record as a trace file has it: FormatText says what the fields mean.
type recordLine struct {
	Event     uint64 `json:"event"`
	AtNS      int64  `json:"at_ns"`
	Kind      string `json:"kind"`
	Server    string `json:"server,omitempty"`
	Peer      string `json:"peer,omitempty"`
	Term      uint64 `json:"term,omitempty"`
	Message   string `json:"message,omitempty"`
	Index     uint64 `json:"index,omitempty"`
	EntryTerm uint64 `json:"entry_term,omitempty"`
	Entry     string `json:"entry,omitempty"`
	Count     uint32 `json:"count,omitempty"`
	Commit    uint64 `json:"commit,omitempty"`
	Success   bool   `json:"success,omitempty"`
	Client    uint32 `json:"client,omitempty"`
	Operation uint32 `json:"operation,omitempty"`
	Outcome   string `json:"outcome,omitempty"`
	Ending    string `json:"ending,omitempty"`
	Action    string `json:"action,omitempty"`
	Verb      string `json:"verb,omitempty"`
	Key       string `json:"key,omitempty"`
	Value     string `json:"value,omitempty"`
	Number    uint64 `json:"number,omitempty"`
	Digest    string `json:"digest,omitempty"`
	State     string `json:"state,omitempty"`
	Text      string `json:"text,omitempty"`
	Servers   string `json:"servers,omitempty"`
	BoundNS   int64  `json:"bound_ns,omitempty"`
}

// gapLine stands for records that are left out.
type gapLine struct {
	Skipped uint64 `json:"skipped"`
	Before  string `json:"before"`
	Hash    string `json:"hash"`
}

// endLine is the last of a complete trace.
type endLine struct {
	End     bool   `json:"end"`
	Records uint64 `json:"records"`
	Hash    string `json:"hash"`
}

// anyLine is any line after the header, as it is read.
type anyLine struct {
	recordLine
	Skipped uint64 `json:"skipped"`
	Before  string `json:"before"`
	End     bool   `json:"end"`
	Records uint64 `json:"records"`
	Hash    string `json:"hash"`
}

// lineOf returns the record as a line. A record that could not be read back as it was is an error:
// one with a value that has no name, or a text that JSON would alter.
func lineOf(r *record.Record) (recordLine, error) {
	line := recordLine{
		Event: r.Event, AtNS: int64(r.At), Kind: r.Kind.String(),
		Server: serverName(r.Server), Peer: serverName(r.Peer),
		Term: uint64(r.Term), Message: nameOf(r.Message),
		Index: uint64(r.Index), EntryTerm: uint64(r.EntryTerm), Entry: nameOf(r.Entry),
		Count: r.Count, Commit: uint64(r.Commit), Success: r.Success,
		Client: r.Client, Operation: r.Operation,
		Outcome: nameOf(r.Outcome), Ending: nameOf(r.Ending), Action: nameOf(r.Action),
		Verb: nameOf(r.Verb),
		Key:  r.Key, Value: r.Value, Number: r.Number,
		Digest: digest(r.Digest), State: digest(r.State), Text: r.Text,
		Servers: r.Servers.String(), BoundNS: int64(r.Bound),
	}
	switch {
	case r.Kind == 0 || r.Kind >= record.KindCount || r.Message >= raft.MessageTypeCount ||
		r.Entry > raft.Command || r.Outcome > record.Superseded || r.Ending > record.Stuck ||
		r.Action > record.OpenSession || r.Verb >= record.VerbCount ||
		r.Server > raft.MaxServers || r.Peer > raft.MaxServers || r.Servers.Has(raft.None):
		return line, fmt.Errorf("it has a value that has no name: %+v", line)
	case !utf8.ValidString(r.Key) || !utf8.ValidString(r.Value) || !utf8.ValidString(r.Text):
		return line, fmt.Errorf("a text in it is not UTF-8: %q %q %q", r.Key, r.Value, r.Text)
	}
	return line, nil
}

// into makes the record of the line, or returns what is wrong with it, in a sentence.
func (l *recordLine) into(r *record.Record) (mistake string) {
	*r = record.Record{
		Event: l.Event, At: vtime.Time(l.AtNS),
		Kind:   parse(&mistake, "kind", l.Kind, record.KindCount-1, "kind of record"),
		Server: parseServer(&mistake, "server", l.Server),
		Peer:   parseServer(&mistake, "peer", l.Peer),
		Term:   raft.Term(l.Term),
		Message: parse(&mistake, "message", l.Message, raft.MessageTypeCount-1,
			"type of message"),
		Index: raft.Index(l.Index), EntryTerm: raft.Term(l.EntryTerm),
		Entry: parse(&mistake, "entry", l.Entry, raft.Command, "kind of entry"),
		Count: l.Count, Commit: raft.Index(l.Commit), Success: l.Success,
		Client: l.Client, Operation: l.Operation,
		Outcome: parse(&mistake, "outcome", l.Outcome, record.Superseded, "outcome"),
		Ending:  parse(&mistake, "ending", l.Ending, record.Stuck, "end of a run"),
		Action:  parse(&mistake, "action", l.Action, record.OpenSession, "action"),
		Verb:    parse(&mistake, "verb", l.Verb, record.VerbCount-1, "verb of a fault"),
		Key:     l.Key, Value: l.Value, Number: l.Number,
		Digest: parseDigest(&mistake, "digest", l.Digest),
		State:  parseDigest(&mistake, "state", l.State), Text: l.Text,
		Servers: parseServers(&mistake, "servers", l.Servers), Bound: vtime.Duration(l.BoundNS),
	}
	if mistake == "" && r.Kind == 0 {
		return "kind is missing"
	}
	return mistake
}

// parse returns the value that a field names, zero if the field is not there. Of several mistakes
// the first is kept.
func parse[E enumeration](mistake *string, field, name string, last E, what string) E {
	value := named(name, last)
	if value == 0 && name != "" && *mistake == "" {
		*mistake = fmt.Sprintf("%s = %s is no %s%s", field, quoted(name), what,
			didYouMean(name, namesOf(last)))
	}
	return value
}

func parseServer(mistake *string, field, name string) raft.ServerID {
	id := serverNamed(name)
	if id == raft.None && name != "" && *mistake == "" {
		*mistake = fmt.Sprintf("%s = %s is no server, want \"n1\" to \"n%d\"", field, quoted(name),
			raft.MaxServers)
	}
	return id
}

// parseServers reads a set of servers: their names, with blanks between them.
func parseServers(mistake *string, field, list string) (set raft.ServerSet) {
	for _, name := range strings.Fields(list) {
		set = set.With(parseServer(mistake, field, name))
	}
	return set.Without(raft.None)
}

// hashDigits is how many digits a hash or a digest has.
const hashDigits = 16

func parseDigest(mistake *string, field, digits string) uint64 {
	if digits == "" {
		return 0
	}
	value, err := strconv.ParseUint(digits, 16, 64)
	if (err != nil || len(digits) != hashDigits) && *mistake == "" {
		*mistake = fmt.Sprintf("%s = %s, want %d hexadecimal digits", field, quoted(digits),
			hashDigits)
	}
	return value
}

// quoteMax is how many bytes of a file a sentence quotes.
const quoteMax = 60

// quoted returns what stands in a file as a sentence quotes it: on one line, and not too much.
func quoted(text string) string {
	return `"` + clipped(text[:min(len(text), quoteMax+1)], quoteMax) + `"`
}
