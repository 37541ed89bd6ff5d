package mark

import (
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// joined is the event of a record that happens in the event before it.
const joined = ^uint64(0)

// stream numbers the events of records, one each but for those joined to the one before.
func stream(records ...record.Record) []record.Record {
	event := uint64(0)
	for i := range records {
		if records[i].Event != joined {
			event++
		}
		records[i].Event = event
		records[i].At = max(records[i].At, vtime.Time(event))
	}
	return records
}

func at(kind record.Kind, id raft.ServerID) record.Record {
	return record.Record{Kind: kind, Server: id}
}

// in is something of a server in a term.
func in(term raft.Term, kind record.Kind, id raft.ServerID) record.Record {
	return record.Record{Kind: kind, Server: id, Term: term}
}

func join(r record.Record) record.Record {
	r.Event = joined
	return r
}

// appended is an entry of the term that a server appends.
func appended(id raft.ServerID, index raft.Index, term raft.Term) record.Record {
	return record.Record{Kind: record.Appended, Server: id, Index: index, EntryTerm: term, Term: term}
}

func committed(id raft.ServerID, index raft.Index) record.Record {
	return record.Record{Kind: record.Committed, Server: id, Index: index}
}

func truncated(id raft.ServerID, index raft.Index) record.Record {
	return record.Record{Kind: record.Truncated, Server: id, Index: index}
}

// message is one from n1 to n2, of that number on their link.
func message(kind record.Kind, number uint64) record.Record {
	return record.Record{
		Kind: kind, Server: 1, Peer: 2, Number: number, Message: raft.AppendEntries, Term: 9,
	}
}

// reply is one from n2 to n1 that refuses, in a term.
func reply(what raft.MessageType, term raft.Term) record.Record {
	return record.Record{Kind: record.Sent, Server: 2, Peer: 1, Message: what, Term: term}
}

// asks is what n1 asks of n2 for itself, in a term, with the end of its log.
func asks(what raft.MessageType, term raft.Term, last raft.Index, of raft.Term) record.Record {
	return record.Record{
		Kind: record.Delivered, Server: 1, Peer: 2, Number: 1, Message: what, Term: term,
		Index: last, EntryTerm: of,
	}
}

// vote is n1's request to n2 for its vote.
func vote(kind record.Kind) record.Record {
	return record.Record{Kind: kind, Server: 1, Peer: 2, Number: 1, Message: raft.RequestVote}
}

func lost(from, to raft.ServerID, number uint64) record.Record {
	return record.Record{Kind: record.Lost, Server: from, Peer: to, Number: number}
}

// sendsInVain is a message that is lost at once.
func sendsInVain(from, to raft.ServerID) []record.Record {
	s := lost(from, to, 1)
	s.Kind = record.Sent
	return []record.Record{s, join(lost(from, to, 1))}
}

func written(id raft.ServerID, number uint64, term raft.Term, vote raft.ServerID) record.Record {
	return record.Record{Kind: record.Written, Server: id, Number: number, Term: term, Peer: vote}
}

func wroteEntry(id raft.ServerID, number uint64, index raft.Index) record.Record {
	return record.Record{Kind: record.Written, Server: id, Number: number, Index: index, Count: 1}
}

func numbered(kind record.Kind, id raft.ServerID, number uint64) record.Record {
	return record.Record{Kind: kind, Server: id, Number: number}
}

func restarted(id raft.ServerID, term raft.Term, vote raft.ServerID, last raft.Index) record.Record {
	return record.Record{Kind: record.Restarted, Server: id, Term: term, Peer: vote, Index: last}
}

func recovered(id raft.ServerID, index raft.Index, term raft.Term) record.Record {
	return record.Record{Kind: record.Recovered, Server: id, Index: index, EntryTerm: term}
}

func persisted(id raft.ServerID, number uint64, last raft.Index) record.Record {
	return record.Record{Kind: record.Persisted, Server: id, Number: number, Index: last}
}

func returned(o record.Outcome) record.Record {
	return record.Record{Kind: record.Returned, Server: 1, Client: 1, Outcome: o}
}

// three servers start.
func three(then ...record.Record) []record.Record {
	return append([]record.Record{
		at(record.Started, 1), at(record.Started, 2), at(record.Started, 3),
	}, then...)
}

const (
	follows = record.BecameFollower
	stands  = record.BecameCandidate
	leads   = record.BecameLeader
)

// A lesson is a stream whose last record makes a mark, the first to do so; and one that is nearly the
// same, and does not.
type lesson struct {
	mark        Mark
	makes, near []record.Record
}

var electionLessons = []lesson{
	{LeaderElected, three(in(1, leads, 1)), three(in(1, stands, 1))},
	{LeaderChanged, three(in(1, leads, 1), in(2, leads, 2)), three(in(1, leads, 1), in(2, leads, 1))},
	{LeaderReelected, three(in(1, leads, 1), in(2, leads, 2), in(3, leads, 1)),
		three(in(1, leads, 1), in(2, leads, 2), in(3, leads, 3))},
	{ElectedLate, three(in(2, leads, 2), in(1, leads, 1)), three(in(1, leads, 1), in(2, leads, 2))},
	{StoodAgain, three(in(1, stands, 1), in(2, stands, 1)),
		three(in(1, stands, 1), in(2, follows, 1), in(3, stands, 1))},
	{SplitVote, three(in(1, stands, 1), in(1, stands, 2), in(2, stands, 1)),
		three(in(1, stands, 1), in(2, stands, 1), in(3, stands, 1))}, // it is alone, cut off perhaps
	{SplitVote, three(in(4, stands, 1), in(4, stands, 2), in(5, follows, 1), in(6, stands, 2)),
		three(in(4, stands, 1), in(4, stands, 2), in(4, leads, 1), in(5, stands, 2))}, // one has won
	{CandidateYielded, three(in(1, stands, 1), in(1, follows, 1)), three(in(1, follows, 1))},
	{VoteRefused, three(reply(raft.RequestVoteResponse, 1)), three(reply(raft.RequestVote, 1))},
	{VoteRefusedOlderLog,
		three(appended(2, 1, 1), appended(2, 2, 1), asks(raft.RequestVote, 2, 1, 1),
			join(reply(raft.RequestVoteResponse, 2))),
		three(appended(2, 1, 1), appended(2, 2, 1), asks(raft.RequestVote, 2, 2, 1),
			join(reply(raft.RequestVoteResponse, 2)))}, // it has voted for another
	{VoteRefusedOlderLog,
		three(appended(2, 1, 2), asks(raft.RequestVote, 3, 9, 1),
			join(reply(raft.RequestVoteResponse, 3))),
		three(appended(2, 1, 2), asks(raft.RequestVote, 3, 9, 1),
			join(reply(raft.RequestVoteResponse, 4)))}, // it knows a higher term
	{LeaderDeposed, three(in(1, leads, 1), in(2, follows, 1)),
		three(in(1, leads, 1), in(1, follows, 1))},
	{DeposedUncommitted,
		three(in(1, leads, 1), appended(1, 1, 1), appended(1, 2, 1), committed(1, 1), in(2, follows, 1)),
		three(in(1, leads, 1), appended(1, 1, 1), appended(1, 2, 1), committed(1, 2), in(2, follows, 1))},
	{TwoLeaders, three(in(1, leads, 1), in(2, leads, 2)),
		three(in(1, leads, 1), at(record.Crashed, 1), in(2, leads, 2))},
	{LeaderCutOff,
		three(append([]record.Record{in(1, leads, 1)},
			append(sendsInVain(1, 2), joinAll(sendsInVain(1, 3))...)...)...),
		three(append([]record.Record{in(1, leads, 1)}, // in two events
			append(sendsInVain(1, 2), sendsInVain(1, 3)...)...)...)},
	{LeaderCutOff,
		three(append([]record.Record{in(1, leads, 1)},
			append(sendsInVain(1, 2), joinAll(sendsInVain(1, 3))...)...)...),
		three(append([]record.Record{in(1, stands, 1)},
			append(sendsInVain(1, 2), joinAll(sendsInVain(1, 3))...)...)...)},
}

func joinAll(records []record.Record) []record.Record {
	for i := range records {
		records[i] = join(records[i])
	}
	return records
}

// unequal is a leader's log with so many committed entries, and a follower that gets so many of them.
func unequal(leader, follower raft.Index) (records []record.Record) {
	records = three()
	for i := raft.Index(1); i <= leader; i++ {
		records = append(records, appended(1, i, 1))
	}
	records = append(records, committed(1, leader))
	for i := raft.Index(1); i <= follower; i++ {
		records = append(records, appended(2, i, 1))
	}
	return records
}

var logLessons = []lesson{
	{LogTruncated, three(truncated(1, 0)), three(appended(1, 1, 1))},
	{TruncatedSeveral, three(appended(1, 1, 1), appended(1, 2, 1), truncated(1, 0)),
		three(appended(1, 1, 1), appended(1, 2, 1), truncated(1, 1))},
	{TruncatedOldLeader, three(in(1, leads, 1), in(2, follows, 1), truncated(1, 0)),
		three(in(1, leads, 1), at(record.Crashed, 1), restarted(1, 1, 1, 1), in(2, follows, 1),
			truncated(1, 0))},
	{AppendRefused,
		three(asks(raft.AppendEntries, 2, 3, 1), join(reply(raft.AppendEntriesResponse, 2))),
		three(asks(raft.AppendEntries, 2, 3, 1), join(reply(raft.AppendEntriesResponse, 3)))},
	{CaughtUp, unequal(10, 10), unequal(9, 9)},
	{CaughtUp, unequal(10, 10), unequal(10, 9)},
	{CommittedOlderTerm, three(appended(1, 1, 1), in(2, leads, 1), appended(1, 2, 2), committed(1, 2)),
		three(appended(1, 1, 1), committed(2, 1), in(2, leads, 1), appended(1, 2, 2), committed(1, 2))},
	{CommittedOlderTerm, three(appended(1, 1, 1), in(2, leads, 1), appended(1, 2, 2), committed(1, 2)),
		three(appended(1, 1, 1), in(2, follows, 1), appended(1, 2, 2), committed(1, 2))},
	{CommittedSeveral, three(in(1, leads, 1), committed(1, 2)), three(in(1, leads, 1), committed(1, 1))},
	{CommittedSeveral, three(in(1, leads, 1), committed(1, 2)),
		three(committed(2, 1), in(1, leads, 1), committed(1, 2))},
}

var lifeLessons = []lesson{
	{CrashUnsynced, three(written(1, 1, 1, 1), at(record.Crashed, 1)),
		three(written(1, 1, 1, 1), numbered(record.Persisted, 1, 1), at(record.Crashed, 1))},
	{CrashUnsynced, three(written(1, 1, 1, 1), at(record.Crashed, 1)), // what a crash loses, it loses once
		three(written(2, 1, 1, 1), at(record.Paused, 2), at(record.Crashed, 2), restarted(2, 0, 0, 0),
			at(record.Crashed, 2))},
	{CrashUnsent,
		three(numbered(record.Held, 1, 1), persisted(1, 1, 0), at(record.Crashed, 1)),
		three(numbered(record.Held, 1, 1), at(record.Crashed, 1))},
	{CrashUnsent,
		three(numbered(record.Held, 1, 1), numbered(record.Held, 1, 1), persisted(1, 1, 0),
			join(vote(record.Sent)), at(record.Paused, 1), at(record.Crashed, 1)),
		three(numbered(record.Held, 1, 1), numbered(record.Held, 1, 1), persisted(1, 1, 0),
			join(vote(record.Sent)), at(record.Paused, 1), vote(record.Sent), at(record.Crashed, 1))},
	{RestartedUnsent,
		three(written(1, 1, 2, 1), numbered(record.Held, 1, 1), at(record.Crashed, 1), restarted(1, 2, 1, 0)),
		three(written(1, 1, 2, 1), numbered(record.Held, 1, 1), at(record.Crashed, 1), restarted(1, 1, 1, 0))},
	{RestartedUnsent,
		three(written(1, 1, 2, 1), numbered(record.Held, 1, 1), persisted(1, 1, 0),
			message(record.Sent, 1), at(record.Crashed, 1), restarted(1, 2, 1, 0)), // others wait for nothing
		three(written(1, 1, 2, 1), numbered(record.Held, 1, 1), persisted(1, 1, 0), vote(record.Sent),
			at(record.Crashed, 1), restarted(1, 2, 1, 0))}, // it left
	{RestartedUnsent,
		three(appended(1, 1, 2), wroteEntry(1, 1, 1), numbered(record.Held, 1, 1), at(record.Crashed, 1),
			restarted(1, 2, 1, 1)),
		three(wroteEntry(1, 1, 1), persisted(1, 1, 1), wroteEntry(1, 2, 1), numbered(record.Held, 1, 2),
			at(record.Crashed, 1), restarted(1, 2, 1, 1))}, // that may be the older entry
	{MajorityDown, three(at(record.Crashed, 1), at(record.Crashed, 2)),
		three(at(record.Crashed, 1), restarted(1, 0, 0, 0), at(record.Crashed, 2))},
	{AllDown, three(at(record.Crashed, 1), at(record.Crashed, 2), at(record.Crashed, 3)),
		three(at(record.Crashed, 1), at(record.Crashed, 2), at(record.Paused, 3))},
	{CoreHealed, three(record.Record{Kind: record.Healed, Servers: raft.SetOf(1, 3)}),
		three(record.Record{Kind: record.Healed, Servers: raft.SetOf(1, 2, 3)})},
	{RestartedWithLog, three(restarted(1, 1, 0, 1)), three(restarted(1, 1, 2, 0))},
	{RestartedWithVote, three(restarted(1, 1, 2, 0)), three(restarted(1, 1, 0, 1))},
	{OverdueTimer, three(at(record.Paused, 1), at(record.Resumed, 1), later(at(record.TimerFired, 1), 0)),
		three(at(record.Paused, 1), at(record.Resumed, 1), later(at(record.TimerFired, 1), 1))},
}

// later is a record that long after the fifth event.
func later(r record.Record, by vtime.Duration) record.Record {
	r.At = vtime.Time(5).Add(by)
	return join(r)
}

var messageLessons = []lesson{
	{MessageLost, three(message(record.Lost, 1)), three(message(record.Delivered, 1))},
	{LostToDown, three(at(record.Crashed, 2), message(record.Lost, 1)), three(message(record.Lost, 1))},
	{LostToDown, three(at(record.Crashed, 2), message(record.Lost, 1)),
		three(at(record.Crashed, 2), message(record.Sent, 1), join(message(record.Lost, 1)))}, // by the way
	{DeliveredTwice, three(message(record.Delivered, 1), message(record.Delivered, 2),
		message(record.Delivered, 1)), three(message(record.Delivered, 2), message(record.Delivered, 1))},
	{DeliveredTwice, three(message(record.Delivered, 1), message(record.Delivered, 64),
		message(record.Delivered, 1)), three(message(record.Delivered, 1), message(record.Delivered, 65),
		message(record.Delivered, 1))}, // too long ago to know
	{Overtaken, three(message(record.Delivered, 2), message(record.Delivered, 1)),
		three(message(record.Delivered, 1), message(record.Delivered, 2), message(record.Delivered, 1))},
	{MessageFast, takes(vtime.Millisecond, 0), takes(vtime.Millisecond+1, 0)},
	{MessageFast, takes(vtime.Millisecond, 63), takes(vtime.Millisecond, 64)}, // too long ago to know
	{MessageSlow, takes(10*vtime.Millisecond+1, 0), takes(10*vtime.Millisecond, 0)},
	{MessageSlow, takes(vtime.Second, 63), takes(vtime.Second, 64)},
	{MessageLate, takes(100*vtime.Millisecond+1, 0), takes(100*vtime.Millisecond, 0)},
	{MessageLate, takes(vtime.Second, 63), three(message(record.Delivered, 1))},
	{StaleMessage, three(in(10, follows, 2), message(record.Delivered, 1)),
		three(in(9, follows, 2), in(10, follows, 1), message(record.Delivered, 1))},
	{FromEarlierLife, three(message(record.Sent, 1), at(record.Crashed, 1), message(record.Delivered, 1)),
		three(message(record.Sent, 1), at(record.Crashed, 1), message(record.Sent, 2),
			message(record.Delivered, 2))},
	{ToLaterLife, three(message(record.Sent, 1), at(record.Crashed, 2), restarted(2, 0, 0, 0),
		message(record.Delivered, 1)),
		three(message(record.Sent, 1), at(record.Crashed, 1), message(record.Delivered, 1))},
}

// takes is a message that is on its way that long; so many others are sent meanwhile.
func takes(long vtime.Duration, others int) []record.Record {
	records := three(message(record.Sent, 5))
	for i := range others {
		records = append(records, message(record.Sent, uint64(6+i)))
	}
	records[3].At = 1000
	arrived := message(record.Delivered, 5)
	arrived.At = records[3].At.Add(long)
	return append(records, arrived)
}

var requestLessons = []lesson{
	{RequestOK, three(returned(record.OK)), three(returned(record.KeyExists))},
	{RequestKeyExists, three(returned(record.KeyExists)), three(returned(record.KeyMissing))},
	{RequestKeyMissing, three(returned(record.KeyMissing)), three(returned(record.OK))},
	{RequestRefused, three(returned(record.Rejected)), three(returned(record.Unknown))},
	{RequestUnknown, three(returned(record.Unknown)), three(returned(record.Rejected))},
	{RefusedByDeposed, three(in(1, leads, 1), in(2, follows, 1), at(record.Refused, 1)),
		three(in(1, leads, 1), in(2, follows, 1), at(record.Refused, 2))},
	{RefusedByDeposed, three(in(1, leads, 1), in(2, follows, 1), at(record.Refused, 1)),
		three(in(1, leads, 1), at(record.Crashed, 1), restarted(1, 1, 1, 0), at(record.Refused, 1))},
	{ProposedToOldLeader, three(in(1, leads, 1), in(2, leads, 2), at(record.Proposed, 1)),
		three(in(1, leads, 1), in(2, leads, 2), at(record.Proposed, 2))},
	{RetryRepeated, three(inSession(record.KeyExists, false)), three(inSession(record.KeyExists, true))},
	{RetryRepeated, three(inSession(record.OK, false)), three(at(record.Applied, 1))},
	{RetrySuperseded, three(inSession(record.Superseded, false)), three(inSession(record.NoSession, false))},
	{SessionGone, three(inSession(record.NoSession, false)), three(inSession(record.Superseded, false))},
}

// inSession is a request of a session that n1 applies.
func inSession(outcome record.Outcome, done bool) record.Record {
	return record.Record{Kind: record.Applied, Server: 1, Outcome: outcome, Success: done}
}

// What is known of a server changes with its lives, its log and its messages.
var memoryLessons = []lesson{
	{LeaderElected, three(in(1, leads, 63)), three(in(1, leads, 64))},
	{ElectedLate, three(in(2, leads, 2), in(1, leads, 1)), three(in(2, leads, 2), in(2, leads, 1))},
	{DeposedUncommitted,
		three(committed(1, 5), at(record.Crashed, 1), restarted(1, 1, 0, 3), in(2, leads, 1), in(3, follows, 1)),
		three(in(2, leads, 1), appended(1, 1, 2), at(record.Crashed, 1), restarted(1, 2, 0, 1),
			in(3, follows, 1))},
	{VoteRefusedOlderLog,
		three(restarted(2, 2, 0, 1), recovered(2, 1, 2), asks(raft.RequestVote, 3, 9, 1),
			join(reply(raft.RequestVoteResponse, 3))),
		three(restarted(2, 2, 0, 1), recovered(2, 1, 1), asks(raft.RequestVote, 3, 9, 1),
			join(reply(raft.RequestVoteResponse, 3)))},
	{TruncatedSeveral, three(restarted(1, 1, 0, 3), truncated(1, 1)),
		three(restarted(1, 1, 0, 3), truncated(1, 2), truncated(1, 1))},
	{CommittedSeveral, three(in(1, leads, 1), committed(1, 2)), three(in(1, stands, 1), committed(1, 2))},
	{CrashUnsynced, three(at(record.Paused, 1), at(record.Crashed, 1), restarted(1, 0, 0, 0),
		written(1, 1, 1, 1), at(record.Crashed, 1)),
		three(at(record.Paused, 1), written(1, 1, 1, 1), at(record.Crashed, 1))},
	{RestartedUnsent, // the write after the one that it waited for is lost
		three(written(1, 1, 2, 1), numbered(record.Held, 1, 1), written(1, 2, 3, 2), persisted(1, 1, 0),
			at(record.Crashed, 1), restarted(1, 2, 1, 0)),
		three(written(1, 1, 2, 1), written(1, 2, 3, 2), numbered(record.Held, 1, 2), persisted(1, 1, 0),
			at(record.Crashed, 1), restarted(1, 2, 1, 0))},
	{RestartedUnsent, // what is sent in a later step is another message
		three(persisted(1, 1, 0), at(record.TimerFired, 1), written(1, 2, 2, 1),
			numbered(record.Held, 1, 2), vote(record.Sent), at(record.Crashed, 1), restarted(1, 2, 1, 0)),
		three(written(1, 2, 2, 1), numbered(record.Held, 1, 2), persisted(1, 2, 0), vote(record.Sent),
			at(record.TimerFired, 1), vote(record.Sent), at(record.Crashed, 1), restarted(1, 2, 1, 0))},
	{RestartedUnsent,
		three(persisted(2, 1, 0), message(record.Delivered, 1), written(2, 2, 2, 1),
			numbered(record.Held, 2, 2), reply(raft.RequestVoteResponse, 2), at(record.Crashed, 2),
			restarted(2, 2, 1, 0)),
		three(written(2, 2, 2, 1), numbered(record.Held, 2, 2), persisted(2, 2, 0),
			reply(raft.RequestVoteResponse, 2), at(record.Crashed, 2), restarted(2, 2, 1, 0))},
	{RefusedByDeposed, three(in(1, leads, 1), in(2, follows, 1), at(record.Refused, 1)),
		three(in(1, leads, 1), in(2, follows, 1), at(record.Crashed, 1), restarted(1, 2, 0, 0),
			at(record.Refused, 1))},
	{LostToDown, three(message(record.Sent, 1), at(record.Crashed, 2), message(record.Lost, 1)),
		three(at(record.Crashed, 2), restarted(2, 0, 0, 0), message(record.Lost, 1))},
	{StaleMessage, three(restarted(2, 10, 0, 0), message(record.Delivered, 1)),
		three(restarted(2, 9, 0, 0), message(record.Delivered, 1))},
	{DeliveredTwice, three(message(record.Delivered, 1), message(record.Delivered, 1)),
		three(message(record.Delivered, 1), message(record.Delivered, 2))},
	{DeliveredTwice, three(message(record.Delivered, 2), message(record.Delivered, 1),
		message(record.Delivered, 1)), three(message(record.Delivered, 2), message(record.Delivered, 1))},
	{Overtaken, three(message(record.Delivered, 64), message(record.Delivered, 1)),
		three(message(record.Delivered, 65), message(record.Delivered, 1))},
}

// A server catches up once for each time that it was behind.
func TestAServerCatchesUpOnce(t *testing.T) {
	records := append(unequal(10, 10), appended(2, 11, 1), appended(2, 12, 1))
	if places := made(CaughtUp, stream(records...)); len(places) != 1 {
		t.Errorf("it catches up at %v, want once", places)
	}
}

func lessons() []lesson {
	return slices.Concat(electionLessons, logLessons, lifeLessons, messageLessons, requestLessons,
		memoryLessons, preVoteLessons, readLessons, transferLessons)
}

func TestEachMarkIsMadeByWhatItSaysAndNotByLess(t *testing.T) {
	taught := Set{}
	for i, l := range lessons() {
		taught = taught.With(l.mark)
		if places := made(l.mark, stream(l.makes...)); !slices.Equal(places, []int{len(l.makes) - 1}) {
			t.Errorf("lesson %d: %v is made at %v, want at %d", i, l.mark, places, len(l.makes)-1)
		}
		if places := made(l.mark, stream(l.near...)); places != nil {
			t.Errorf("lesson %d: %v is made at %v, want nowhere", i, l.mark, places)
		}
	}
	for _, m := range Combinations() {
		if m < verbs && !taught.Has(m) {
			t.Errorf("no lesson teaches %v", m)
		}
	}
}

// made returns the places of the records that make the mark.
func made(m Mark, records []record.Record) (places []int) {
	var w Watch
	for i := range records {
		set := w.Observe(&records[i])
		if set.Has(m) {
			places = append(places, i)
		}
	}
	if w.Counts()[m] != uint64(len(places)) {
		panic("mark: the counts and the sets differ")
	}
	return places
}

// A fault is a mark by its verb, and one more if it strikes a server that is up, by its role. Crashes
// and pauses are told of each server, as it crashes or stands still.
func TestFaultsAreMarksByVerbAndRole(t *testing.T) {
	for verb := record.Verb(1); verb < record.VerbCount; verb++ {
		for id := raft.ServerID(0); id <= 5; id++ { // as its role is, and n5 is down
			began := record.Record{Kind: record.FaultBegan, Verb: verb, Server: id, Success: true}
			want := Set{}.With(Mark(record.FaultBegan)).With(OfFault(verb))
			m := OfFaultOn(verb, raft.Role(id))
			if m != 0 && struckAt(verb) == record.FaultBegan {
				want = want.With(m)
			}
			then := three(in(1, stands, 2), in(1, leads, 3), in(1, asksFirst, 4),
				at(record.Crashed, 5), began)
			if got := last(then); got != want {
				t.Errorf("%v of n%d: %v, want %v", verb, id, got, want)
			}
			then[len(then)-1].Success = false
			if got := last(then); got != (Set{}.With(Mark(record.FaultBegan))) {
				t.Errorf("%v of nobody: %v", verb, got)
			}
			then[len(then)-1] = at(struckAt(verb), id)
			if got := last(then); struckAt(verb) != record.FaultBegan && m != 0 && !got.Has(m) {
				t.Errorf("%v at n%d is no %v", struckAt(verb), id, m)
			}
		}
	}
	for _, test := range []struct {
		mark Mark
		name string
	}{
		{OfFault(record.Partition), "fault_partition"}, {OfFaultOn(record.Crash, raft.Leader), "crash_leader"},
		{OfFaultOn(record.ClockJump, raft.Candidate), "clock_jump_candidate"},
		{OfFaultOn(record.Pause, raft.PreCandidate), "pause_pre_candidate"},
	} {
		if test.mark.String() != test.name {
			t.Errorf("%v, want %s", test.mark, test.name)
		}
	}
	if OfFault(0) != 0 || OfFault(record.VerbCount) != 0 || OfFaultOn(record.Crash, 0) != 0 ||
		OfFaultOn(record.Crash, raft.PreCandidate+1) != 0 || OfFaultOn(record.Heal, raft.Leader) != 0 {
		t.Error("there are marks of faults that there are not")
	}
}

// last returns the marks that the last record makes.
func last(records []record.Record) (set Set) {
	var w Watch
	for _, r := range stream(slices.Clone(records)...) {
		set = *w.Observe(&r)
	}
	return set
}
