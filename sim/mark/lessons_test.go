package mark

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

const asksFirst = record.BecamePreCandidate

// timer is a timer of n1 that fires.
func timer(t raft.Timer) record.Record {
	return record.Record{Kind: record.TimerFired, Server: 1, Number: uint64(t)}
}

// toldToStand is n2, told by n1 to stand for election, in a term.
func toldToStand(term raft.Term) []record.Record {
	return []record.Record{
		asks(raft.TimeoutNow, term-1, 0, 0), join(in(term, stands, 2)),
	}
}

var preVoteLessons = []lesson{
	{VoteRefusedLoyal,
		three(in(3, follows, 2), asks(raft.RequestVote, 4, 9, 1),
			join(reply(raft.RequestVoteResponse, 3))),
		three(in(3, follows, 2), asks(raft.RequestVote, 3, 9, 1),
			join(reply(raft.RequestVoteResponse, 3)))}, // it has voted for another
	{VoteRefusedLoyal,
		three(asks(raft.RequestVote, 4, 9, 1), join(reply(raft.RequestVoteResponse, 3))),
		three(asks(raft.RequestVote, 4, 9, 1), reply(raft.RequestVoteResponse, 3))}, // to another
	{PreVoteRefused, three(reply(raft.PreVoteResponse, 1)), three(granted(raft.PreVoteResponse, 1))},
	{PreVoteRefusedLoyal,
		three(appended(2, 1, 1), asks(raft.PreVote, 2, 1, 1), join(reply(raft.PreVoteResponse, 1))),
		three(appended(2, 1, 1), asks(raft.PreVote, 2, 0, 0), join(reply(raft.PreVoteResponse, 1)))},
	{PreVoteRefusedLoyal,
		three(asks(raft.PreVote, 2, 1, 1), join(reply(raft.PreVoteResponse, 1))),
		three(asks(raft.PreVote, 2, 1, 1), join(reply(raft.PreVoteResponse, 2)))}, // its term is higher
	{PreVoteWon, three(in(1, asksFirst, 1), in(2, stands, 1)),
		three(in(1, asksFirst, 1), in(1, follows, 1), in(2, stands, 1))}, // it is told to, perhaps
	{PreVoteLost, three(in(1, asksFirst, 1), in(2, follows, 1)),
		three(in(1, asksFirst, 1), in(2, stands, 1), in(2, follows, 1))},
	{AskedAgain, three(in(1, asksFirst, 1), timer(raft.ElectionTimer)),
		three(in(1, asksFirst, 1), timer(raft.HeartbeatTimer))},
	{AskedAgain, three(in(1, asksFirst, 1), timer(raft.ElectionTimer)),
		three(in(1, stands, 1), timer(raft.ElectionTimer))},
	{QuorumLost, three(in(1, leads, 1), in(1, follows, 1)), three(in(1, leads, 1), in(2, follows, 1))},

	// To ask whether it could win is no end of an election that a server has not won.
	{StoodAgain, three(in(1, stands, 1), in(1, asksFirst, 1), in(2, stands, 1)),
		three(in(1, stands, 1), in(1, follows, 1), in(1, asksFirst, 1), in(2, stands, 1))},
	{SplitVote, three(in(1, stands, 1), in(1, stands, 2), in(1, asksFirst, 1), in(2, stands, 1)),
		three(in(1, stands, 1), in(1, leads, 2), in(1, asksFirst, 1), in(2, stands, 1))},
	{StoodAgain, three(in(1, stands, 1), in(2, stands, 1)),
		three(in(1, stands, 1), at(record.Crashed, 1), restarted(1, 1, 1, 0), in(2, stands, 1))},
	{DeposedUncommitted, three(in(1, leads, 1), appended(1, 1, 1), in(1, follows, 1)),
		three(in(1, leads, 1), appended(1, 1, 1), committed(1, 1), in(1, follows, 1))},
}

// granted is a reply from n2 to n1 that does not refuse.
func granted(what raft.MessageType, term raft.Term) record.Record {
	r := reply(what, term)
	r.Success = true
	return r
}

// read is what becomes of a request to n1 for which no entry is made.
func read(kind record.Kind) record.Record {
	return record.Record{Kind: kind, Server: 1, Client: 1, Index: 7}
}

// confirms is an answer of n2 to n1's heartbeat.
var confirms = record.Record{
	Kind: record.Delivered, Server: 2, Peer: 1, Number: 1, Message: raft.AppendEntriesResponse,
	Success: true,
}

func refused(why raft.Refusal) record.Record {
	return record.Record{Kind: record.Refused, Server: 1, Client: 1, Number: 3, Text: why.String()}
}

var readLessons = []lesson{
	{ReadAnswered, three(read(record.Answered)),
		three(record.Record{Kind: record.Answered, Server: 1, Client: 1, Index: 7, EntryTerm: 1})},
	{ReadAfterRound, three(read(record.TakenToRead), confirms, join(read(record.Answered))),
		three(read(record.TakenToRead), read(record.Answered))}, // it was at something else meanwhile
	{ReadAfterRound, three(read(record.TakenToRead), confirms, join(read(record.Answered))),
		three(read(record.TakenToRead), join(read(record.Answered)))},
	{ReadUnderLease, three(read(record.TakenToRead), join(read(record.Answered))),
		three(read(record.TakenToRead), confirms, join(read(record.Answered)))},
	{ReadUnderLease, three(read(record.TakenToRead), join(read(record.Answered))),
		[]record.Record{at(record.Started, 1), read(record.TakenToRead),
			join(read(record.Answered))}}, // who is alone asks nobody
	{ReadDropped,
		three(in(1, leads, 1), read(record.TakenToRead), in(1, follows, 1), refused(raft.NotLeader)),
		three(in(1, leads, 1), read(record.TakenToRead), confirms, join(read(record.Answered)),
			in(1, follows, 1), refused(raft.NotLeader))},
	{ReadDropped,
		three(in(1, leads, 1), read(record.TakenToRead), in(1, follows, 1), refused(raft.NotLeader)),
		three(in(1, leads, 1), read(record.TakenToRead), at(record.Crashed, 1), restarted(1, 1, 1, 0),
			in(2, leads, 1), in(2, follows, 1), refused(raft.NotLeader))},
	{RefusedTransferring, three(refused(raft.Transferring)), three(refused(raft.NotLeader))},
	{RefusedTooMany, three(refused(raft.TooManyProposals)), three(refused(raft.Transferring))},
}

// asked is n1, asked to hand over to n2, which it does or not.
func asked(success bool) record.Record {
	return record.Record{Kind: record.TransferAsked, Server: 1, Peer: 2, Success: success}
}

var transferLessons = []lesson{
	{HandedOver, three(record.Record{Kind: record.Sent, Server: 1, Peer: 2, Message: raft.TimeoutNow}),
		three(message(record.Sent, 1))},
	{TransferDone, three(append(toldToStand(2), in(2, leads, 2))...),
		three(append(toldToStand(2), in(3, stands, 2), in(3, leads, 2))...)}, // by itself, at last
	{TransferDone, three(append(toldToStand(2), in(2, leads, 2))...),
		three(asks(raft.TimeoutNow, 1, 0, 0), in(2, stands, 2), in(2, leads, 2))},
	{TransferDone, three(append(toldToStand(2), in(2, leads, 2))...),
		three(asks(raft.PreVoteResponse, 2, 0, 0), join(in(2, stands, 2)), in(2, leads, 2))},
	{TransferAborted, three(in(1, leads, 1), asked(true), timer(raft.TransferTimer)),
		three(in(1, leads, 1), asked(false), timer(raft.TransferTimer))},
	{TransferAborted, three(in(1, leads, 1), asked(true), timer(raft.TransferTimer)),
		three(in(1, leads, 1), asked(true), in(2, follows, 1), in(3, leads, 1),
			timer(raft.TransferTimer))}, // of an earlier reign
	{TransferAborted, three(in(1, leads, 1), asked(true), timer(raft.TransferTimer)),
		three(in(1, leads, 1), asked(true), timer(raft.HeartbeatTimer))},
	{TransferRefused, three(asked(false)), three(asked(true))},
}
