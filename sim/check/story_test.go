package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// story is a run made by hand: each method adds the record of its verb. A command is a word, and
// no word at all is a no-op.
type story struct {
	records []record.Record
	terms   [raft.MaxServers + 1]raft.Term
	disks   [raft.MaxServers + 1]diskNews
	waited  vtime.Duration
}

const (
	n1 raft.ServerID = iota + 1
	n2
	n3
	n4
	n5
)

func tell(tale func(*story)) []record.Record {
	var s story
	tale(&s)
	return s.records
}

func (s *story) add(r record.Record) {
	if r.Server != raft.None && r.Term == 0 {
		r.Term = s.terms[r.Server]
	}
	s.put(r)
}

// put adds a record as it is.
func (s *story) put(r record.Record) {
	r.Event = uint64(len(s.records) + 1)
	r.At = (vtime.Time(r.Event) * vtime.Time(vtime.Millisecond)).Add(s.waited)
	s.records = append(s.records, r)
}

func entryRecord(
	kind record.Kind, id raft.ServerID, index raft.Index, term raft.Term, command string,
) record.Record {
	r := record.Record{
		Kind: kind, Server: id, Index: index, EntryTerm: term,
		Entry: raft.NoOp, Digest: record.Digest(command),
	}
	if command != "" {
		r.Entry = raft.Command
	}
	return r
}

func (s *story) starts(ids ...raft.ServerID) {
	for _, id := range ids {
		s.add(record.Record{Kind: record.Started, Server: id})
	}
}

// takesToRead: a leader takes a request that needs no entry.
func (s *story) takesToRead(id raft.ServerID, client, number uint32) {
	s.add(record.Record{
		Kind: record.TakenToRead, Server: id, Client: client, Operation: number,
	})
}

// answersRead: it answers that the key is missing in its store, which has applied the log through
// index; and the client hears of it.
func (s *story) answersRead(id raft.ServerID, client, number uint32, index raft.Index) {
	for _, kind := range []record.Kind{record.Answered, record.Returned} {
		s.put(record.Record{
			Kind: kind, Server: id, Client: client, Operation: number, Index: index,
			Outcome: record.KeyMissing,
		})
	}
}

func (s *story) crashes(id raft.ServerID) {
	s.add(record.Record{Kind: record.Crashed, Server: id})
}

func (s *story) restarts(id raft.ServerID) {
	s.add(record.Record{Kind: record.Restarted, Server: id})
}

func (s *story) pauses(id raft.ServerID) {
	s.add(record.Record{Kind: record.Paused, Server: id})
}

func (s *story) recovers(id raft.ServerID, index raft.Index, term raft.Term, command string) {
	s.add(entryRecord(record.Recovered, id, index, term, command))
}

func (s *story) leads(id raft.ServerID, term raft.Term) {
	s.terms[id] = term
	s.add(record.Record{Kind: record.BecameLeader, Server: id})
}

func (s *story) follows(id raft.ServerID, term raft.Term) {
	s.terms[id] = term
	s.add(record.Record{Kind: record.BecameFollower, Server: id})
}

func (s *story) appends(id raft.ServerID, index raft.Index, term raft.Term, command string) {
	s.add(entryRecord(record.Appended, id, index, term, command))
}

// appendAll is appends on each of the servers.
func (s *story) appendAll(index raft.Index, term raft.Term, command string, ids ...raft.ServerID) {
	for _, id := range ids {
		s.appends(id, index, term, command)
	}
}

func (s *story) truncates(id raft.ServerID, index raft.Index) {
	s.add(record.Record{Kind: record.Truncated, Server: id, Index: index})
}

func (s *story) commits(index raft.Index, ids ...raft.ServerID) {
	for _, id := range ids {
		s.add(record.Record{Kind: record.Committed, Server: id, Index: index})
	}
}

func (s *story) applies(
	id raft.ServerID, index raft.Index, term raft.Term, command string, state uint64,
) {
	r := entryRecord(record.Applied, id, index, term, command)
	r.State = state
	s.add(r)
}

// applyAll is applies on each of the servers.
func (s *story) applyAll(
	index raft.Index, term raft.Term, command string, state uint64, ids ...raft.ServerID,
) {
	for _, id := range ids {
		s.applies(id, index, term, command, state)
	}
}

func (s *story) proposes(id raft.ServerID, client, operation uint32) {
	s.add(record.Record{Kind: record.Proposed, Server: id, Client: client, Operation: operation})
}

// makes: a server makes an entry of a request.
func (s *story) makes(id raft.ServerID, client, operation uint32, index raft.Index) {
	s.add(record.Record{
		Kind: record.Proposed, Server: id, Client: client, Operation: operation,
		Index: index, EntryTerm: 1,
	})
}

func (s *story) refuses(id raft.ServerID, client, operation uint32) {
	s.add(record.Record{Kind: record.Refused, Server: id, Client: client, Operation: operation})
}

func (s *story) rejects(client, operation uint32) {
	s.add(record.Record{
		Kind: record.Returned, Client: client, Operation: operation, Outcome: record.Rejected,
	})
}

// tells: a client is told that its request was done by the entry.
func (s *story) tells(client, operation uint32, index raft.Index, term raft.Term, command string) {
	r := entryRecord(record.Returned, raft.None, index, term, command)
	r.Entry = 0 // a Returned has none
	r.Client, r.Operation, r.Outcome = client, operation, record.OK
	s.add(r)
}

func (s *story) ends(how record.Ending, open uint32) {
	s.add(record.Record{Kind: record.Finished, Ending: how, Count: open, Text: how.String()})
}

func (s *story) settles() { s.ends(record.Settled, 0) }

func (s *story) panics(id raft.ServerID, text string) {
	s.add(record.Record{Kind: record.Panicked, Server: id, Text: text})
}

// begins is how most stories begin: n1 leads term 1 and has committed its no-op on three servers.
func (s *story) begins() {
	s.starts(n1, n2, n3)
	s.leads(n1, 1)
	s.appendAll(1, 1, "", n1, n2, n3)
	s.commits(1, n1, n2, n3)
	s.applyAll(1, 1, "", 0, n1, n2, n3)
}
