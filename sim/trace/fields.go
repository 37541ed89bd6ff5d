package trace

import (
	"strconv"

	"raftkv/raft"
	"raftkv/sim/record"
)

// field is one field of a record: what files and people call it, and its value in words.
type field struct {
	name  string
	quote int                         // of a text: how many bytes of it a line quotes; else 0
	value func(*record.Record) string // "" where the field is zero
}

// Event, time and kind come first; they have columns of their own where records are set in columns.
const columnFields = 3

var recordFields = [...]field{
	{"event", 0, func(r *record.Record) string { return decimal(r.Event) }},
	{"at_ns", 0, func(r *record.Record) string { return strconv.FormatInt(int64(r.At), 10) }},
	{"kind", 0, func(r *record.Record) string { return r.Kind.String() }},
	{"server", 0, func(r *record.Record) string { return serverName(r.Server) }},
	{"peer", 0, func(r *record.Record) string { return serverName(r.Peer) }},
	{"term", 0, func(r *record.Record) string { return decimal(uint64(r.Term)) }},
	{"message", 0, func(r *record.Record) string { return nameOf(r.Message) }},
	{"index", 0, func(r *record.Record) string { return decimal(uint64(r.Index)) }},
	{"entry_term", 0, func(r *record.Record) string { return decimal(uint64(r.EntryTerm)) }},
	{"entry", 0, func(r *record.Record) string { return nameOf(r.Entry) }},
	{"count", 0, func(r *record.Record) string { return decimal(uint64(r.Count)) }},
	{"commit", 0, func(r *record.Record) string { return decimal(uint64(r.Commit)) }},
	{"success", 0, func(r *record.Record) string { return pick(r.Success, "true", "") }},
	{"client", 0, func(r *record.Record) string { return clientNameOrNone(r.Client) }},
	{"operation", 0, func(r *record.Record) string { return decimal(uint64(r.Operation)) }},
	{"outcome", wordMax, func(r *record.Record) string { return nameOf(r.Outcome) }},
	{"ending", wordMax, func(r *record.Record) string { return nameOf(r.Ending) }},
	{"action", 0, func(r *record.Record) string { return nameOf(r.Action) }},
	{"verb", 0, func(r *record.Record) string { return nameOf(r.Verb) }},
	{"key", wordMax, func(r *record.Record) string { return r.Key }},
	{"value", wordMax, func(r *record.Record) string { return r.Value }},
	{"number", 0, func(r *record.Record) string { return decimal(r.Number) }},
	{"digest", 0, func(r *record.Record) string { return digest(r.Digest) }},
	{"state", 0, func(r *record.Record) string { return digest(r.State) }},
	{"text", 60, func(r *record.Record) string { return r.Text }},
	{"servers", 0, func(r *record.Record) string { return r.Servers.String() }},
	{"bound_ns", 0, func(r *record.Record) string { return decimal(uint64(r.Bound)) }},
}

func decimal(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

// digest returns the 16 hexadecimal digits of a digest, "" for none.
func digest(d uint64) string {
	if d == 0 {
		return ""
	}
	return Hash(d).String()
}

func clientNameOrNone(number uint32) string {
	if number == 0 {
		return ""
	}
	return clientName(number)
}

func serverName(id raft.ServerID) string {
	if id == raft.None {
		return ""
	}
	return id.String()
}
