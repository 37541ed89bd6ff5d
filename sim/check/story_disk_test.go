package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// diskNews is what a server's disk tells it when all is durable.
type diskNews struct {
	number uint64
	vote
	last     raft.Index
	lastTerm raft.Term
}

// saves: a server issues a write of its term and vote.
func (s *story) saves(id raft.ServerID, term raft.Term, candidate raft.ServerID) {
	d := &s.disks[id]
	d.number++
	d.vote = vote{term: term, candidate: candidate}
	s.put(record.Record{
		Kind: record.Written, Server: id, Number: d.number, Term: term, Peer: candidate,
	})
}

// stores: a server issues a write of the entries from that index on, in place of what was there.
func (s *story) stores(id raft.ServerID, from raft.Index, count uint32) {
	d := &s.disks[id]
	d.number++
	d.last = from + raft.Index(count) - 1
	d.lastTerm = s.termAt(id, d.last)
	s.put(record.Record{
		Kind: record.Written, Server: id, Number: d.number, Index: from, Count: count,
	})
}

// termAt returns the term of the entry that a server last took in at that index; 0 at 0.
func (s *story) termAt(id raft.ServerID, index raft.Index) raft.Term {
	for i := len(s.records) - 1; i >= 0 && index > 0; i-- {
		r := &s.records[i]
		taken := r.Kind == record.Appended || r.Kind == record.Recovered
		if taken && r.Server == id && r.Index == index {
			return r.EntryTerm
		}
	}
	return 0
}

// persists: all that the servers have written is durable, and they hear of it.
func (s *story) persists(ids ...raft.ServerID) {
	for _, id := range ids {
		d := &s.disks[id]
		s.put(record.Record{
			Kind: record.Persisted, Server: id, Number: d.number, Term: d.term, Peer: d.candidate,
			Index: d.last, EntryTerm: d.lastTerm,
		})
	}
}

// gives: a server restarts, and its disk gives back a term, a vote, and a log through last, which
// the story tells then.
func (s *story) gives(id raft.ServerID, term raft.Term, candidate raft.ServerID, last raft.Index) {
	s.terms[id] = term
	d := &s.disks[id]
	d.vote = vote{term: term, candidate: candidate}
	d.last, d.lastTerm = last, s.termAt(id, last)
	s.put(record.Record{
		Kind: record.Restarted, Server: id, Term: term, Peer: candidate, Index: last,
	})
}

// keeps: each of the servers takes in an entry, and has it on disk.
func (s *story) keeps(index raft.Index, term raft.Term, command string, ids ...raft.ServerID) {
	for _, id := range ids {
		s.appends(id, index, term, command)
		s.stores(id, index, 1)
		s.persists(id)
	}
}

// enters: a server hears of a term, and has it on disk with its vote.
func (s *story) enters(id raft.ServerID, term raft.Term, candidate raft.ServerID) {
	s.follows(id, term)
	s.saves(id, term, candidate)
	s.persists(id)
}

// stands: a server stands for election, and has its own vote on disk.
func (s *story) stands(id raft.ServerID, term raft.Term) {
	s.terms[id] = term
	s.add(record.Record{Kind: record.BecameCandidate, Server: id})
	s.saves(id, term, id)
	s.persists(id)
}

// message is a record of a message in the sender's present term, or that given.
func (s *story) message(
	kind record.Kind, what raft.MessageType, from, to raft.ServerID, rest record.Record,
) {
	rest.Kind, rest.Message, rest.Server, rest.Peer = kind, what, from, to
	rest.Success = what == raft.RequestVoteResponse || what == raft.AppendEntriesResponse
	s.add(rest)
}

// asks: a request for a vote leaves, and arrives. The log of who asks ends with that entry.
func (s *story) asks(from, to raft.ServerID, index raft.Index, term raft.Term) {
	last := record.Record{Index: index, EntryTerm: term}
	s.message(record.Sent, raft.RequestVote, from, to, last)
	s.message(record.Delivered, raft.RequestVote, from, to, last)
}

// grants: a vote of a term leaves.
func (s *story) grants(from, to raft.ServerID, term raft.Term) {
	s.message(record.Sent, raft.RequestVoteResponse, from, to, record.Record{Term: term})
}

// holdsGrant: a vote is given, and waits for the disk.
func (s *story) holdsGrant(from, to raft.ServerID, term raft.Term) {
	s.message(record.Held, raft.RequestVoteResponse, from, to, record.Record{Term: term})
}

// granted: a vote of a term arrives.
func (s *story) granted(from, to raft.ServerID, term raft.Term) {
	s.message(record.Delivered, raft.RequestVoteResponse, from, to, record.Record{Term: term})
}

// accepts: what attests an entry leaves, in a term.
func (s *story) accepts(
	from, to raft.ServerID, term raft.Term, index raft.Index, entryTerm raft.Term,
) {
	s.message(record.Sent, raft.AppendEntriesResponse, from, to,
		record.Record{Term: term, Index: index, EntryTerm: entryTerm})
}

// hears: an AppendEntries arrives, with the entries after previous through an index.
func (s *story) hears(id, leader raft.ServerID, previous, through, commit raft.Index) {
	s.message(record.Delivered, raft.AppendEntries, leader, id,
		record.Record{Index: previous, Count: uint32(through - previous), Commit: commit})
}

// elects: a server stands, the voters vote for it, and it leads. Its log ends with that entry.
func (s *story) elects(
	id raft.ServerID, term raft.Term, index raft.Index, entryTerm raft.Term, voters ...raft.ServerID,
) {
	s.stands(id, term)
	for _, v := range voters {
		s.asks(id, v, index, entryTerm)
		s.enters(v, term, id)
		s.grants(v, id, term)
		s.granted(v, id, term)
	}
	s.leads(id, term)
}

// opens is how the stories of lemmas begin: n1 is elected in term 1, and has committed its no-op,
// which three servers hold on disk.
func (s *story) opens() {
	s.starts(n1, n2, n3)
	s.elects(n1, 1, 0, 0, n2, n3)
	s.keeps(1, 1, "", n1, n2, n3)
	s.commits(1, n1)
}
