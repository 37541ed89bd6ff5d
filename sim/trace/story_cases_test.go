package trace_test

import (
	"slices"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/trace"
)

// at is a record of what happens at a server in a term.
func at(kind record.Kind, id raft.ServerID, term raft.Term, index raft.Index) record.Record {
	return record.Record{Kind: kind, Server: id, Term: term, Index: index, EntryTerm: term}
}

// lost is the two records of a message that is lost as it is sent.
func lost(m raft.Message, why string) []record.Record {
	r := sent(record.Lost, m)
	r.Text = why
	return []record.Record{sent(record.Sent, m), r}
}

// onLink gives the records of a message its number on the link.
func onLink(number uint64, records []record.Record) []record.Record {
	for i := range records {
		records[i].Number = number
	}
	return records
}

// entries is an AppendEntries of term 1 from n1, with the entries from..to.
func entries(to raft.ServerID, from, last raft.Index) raft.Message {
	return raft.Message{
		Type: raft.AppendEntries, From: 1, To: to, Term: 1, PrevLogIndex: from - 1, PrevLogTerm: 1,
		Entries: make([]raft.Entry, last-from+1),
	}
}

func asks(kind record.Kind, client uint32, index raft.Index) record.Record {
	return record.Record{
		Kind: kind, Client: client, Operation: 1, Server: 1, Action: record.Get, Key: "a",
		Index: index, EntryTerm: 1, Outcome: record.Unknown, Text: "the server is down",
	}
}

// A story case is a few events of three servers, and what their story must say, or not say.
type storyCase struct {
	name   string
	events []event
	want   []string
	never  []string
}

var storyCases = []storyCase{
	{
		// A client that hears nothing knows nothing, but the records tell what came of its request.
		name: "what a client cannot know",
		events: []event{
			{at(record.BecameLeader, 1, 1, 0)},
			{asks(record.Invoked, 1, 0)}, {asks(record.Invoked, 2, 0)},
			{asks(record.Invoked, 3, 0)}, {asks(record.Invoked, 4, 0)},
			{append1(1, 1, 1), asks(record.Proposed, 1, 1)},
			{append1(1, 2, 1), asks(record.Proposed, 2, 2)},
			{append1(1, 3, 1), asks(record.Proposed, 3, 3)},
			{asks(record.Missed, 4, 0)},
			{at(record.Committed, 1, 1, 1)},
			{append1(2, 1, 1), append1(2, 2, 2), at(record.Committed, 2, 2, 2)},
			{asks(record.Returned, 1, 0)}, {asks(record.Returned, 2, 0)},
			{asks(record.Returned, 3, 0)}, {asks(record.Returned, 4, 0)},
		},
		want: []string{
			"c4   get a: never reaches n1 (the server is down)\n",
			"c1 cannot know that it was done, as entry 1\n",
			"c2 cannot know that it was never done: another entry 2 is committed\n",
			"nobody knows yet whether it will be done, as entry 3 of term 1\n",
			"c4 cannot know that it never arrived\n",
		},
	},
	{
		name: "who waits when the log of its server is truncated",
		events: []event{
			{at(record.BecameLeader, 1, 1, 0)},
			{append1(1, 1, 1), asks(record.Proposed, 1, 1)},
			{append1(1, 2, 1), asks(record.Proposed, 2, 2)},
			{at(record.Truncated, 1, 2, 1)},
		},
		want:  []string{"n1   drops entry 2 of term 1"},
		never: []string{"c1 waits"},
	},
	{
		// Others were faster: nothing to tell of n3, which missed nothing.
		name: "late, and committed already",
		events: []event{
			{append1(1, 1, 1)},
			{append1(2, 1, 1), at(record.Committed, 2, 1, 1)},
			{append1(3, 1, 1)},
		},
		never: []string{"n3   "},
	},
	{
		name: "catching up with what was lost",
		events: []event{
			lost(entries(3, 1, 2), "lost on the way"),
			{append1(2, 1, 1), append1(2, 2, 1), at(record.Committed, 2, 1, 2)},
			{sent(record.Delivered, entries(3, 1, 2)), append1(3, 1, 1), append1(3, 2, 1)},
		},
		want: []string{"n3   catches up: appends entries 1-2 from n1\n"},
	},
	{
		name: "one message, two reasons",
		events: []event{
			{at(record.BecameLeader, 1, 1, 0)},
			append(append(event{append1(1, 1, 1)}, lost(entries(2, 1, 1), "the link is cut")...),
				lost(entries(3, 1, 1), "lost on the way")...),
		},
		want: []string{
			"sends it to n2 n3, in vain (the link is cut, or lost on the way)\n",
			"1 message from n1 to n2 never arrives (the link is cut)\n",
		},
	},
	{
		name: "a vote lost, and given again",
		events: []event{
			lost(raft.Message{Type: raft.RequestVoteResponse, From: 3, To: 2, VoteGranted: true},
				"lost on the way"),
			{sent(record.Sent, raft.Message{
				Type: raft.RequestVoteResponse, From: 3, To: 2, VoteGranted: true,
			})},
			lost(raft.Message{Type: raft.RequestVoteResponse, From: 3, To: 2, VoteGranted: true},
				"lost on the way"),
		},
		want: []string{
			"votes for n2 in term 0, in vain (lost on the way)\n", "votes for n2 in term 0\n",
			"2 messages from n3 to n2 never arrive, since 0.000000s (lost on the way)\n",
		},
		never: []string{"0.002000s  ...  n3"},
	},
	{
		// A request came twice, and both answers waited for the same write.
		name: "of two votes one is lost",
		events: []event{append(event{sent(record.Sent, raft.Message{
			Type: raft.RequestVoteResponse, From: 3, To: 2, VoteGranted: true,
		})}, onLink(2, lost(raft.Message{
			Type: raft.RequestVoteResponse, From: 3, To: 2, VoteGranted: true,
		}, "lost on the way"))...)},
		want:  []string{"votes for n2 in term 0\n"},
		never: []string{"in vain"},
	},
	{
		name: "votes asked for too late",
		events: []event{
			{at(record.BecameCandidate, 1, 1, 0)},
			{at(record.BecameFollower, 1, 2, 0)},
			{sent(record.Sent, raft.Message{Type: raft.RequestVote, From: 1, To: 2, Term: 1})},
		},
		want: []string{"asks n2 for its vote in term 1, too late: it stands there no more\n"},
	},
	{
		name: "a candidate whom nobody hears",
		events: []event{
			{at(record.BecameCandidate, 1, 1, 0)},
			lost(raft.Message{Type: raft.RequestVote, From: 1, To: 2, Term: 1}, "the link is cut"),
			{at(record.BecameCandidate, 1, 2, 0)},
			lost(raft.Message{Type: raft.RequestVote, From: 1, To: 2, Term: 2}, "the link is cut"),
			{at(record.BecameCandidate, 1, 3, 0)},
			{sent(record.Sent, raft.Message{Type: raft.RequestVote, From: 1, To: 2, Term: 3})},
		},
		want: []string{
			"asks n2 for its vote, in vain (the link is cut)\n",
			"has only its own vote: stands again and again, 2 times, up to term 3\n",
			"asks n2 for its vote\n",
		},
		never: []string{"in term 2"},
	},
	{
		// A crash is the moment at which it counts who has what.
		name: "what disks hold when the leader crashes",
		events: []event{
			{at(record.BecameLeader, 1, 1, 0), append1(1, 1, 1)},
			{at(record.Persisted, 1, 1, 1)},
			{append1(2, 1, 1)},
			{at(record.Persisted, 2, 1, 1)},
			{{Kind: record.Crashed, Server: 1}},
		},
		want: []string{"...  n1 n2 have entry 1 of term 1 on disk, not known to be committed\n"},
	},
	{
		// A client whose requests come whatever is answered has several open: each has its time.
		name: "two open requests of one client",
		events: []event{
			{asks(record.Invoked, 1, 0)},
			{{Kind: record.Invoked, Client: 1, Operation: 2, Server: 2, Action: record.Get, Key: "b"}},
			{{Kind: record.Returned, Client: 1, Operation: 1, Server: 1, Outcome: record.KeyMissing}},
			{{Kind: record.Retried, Client: 1, Operation: 2, Server: 3, Number: 2}},
			{{Kind: record.Returned, Client: 1, Operation: 2, Server: 3, Outcome: record.NoSession}},
		},
		want: []string{
			"c1   get a: key missing, after ",
			"c1   asks again, now n3: get b (attempt 2)\n",
			"c1   get b: refused by n3, no such session\n",
		},
	},
	{
		name: "a session, and a request without one",
		events: []event{
			{{Kind: record.Invoked, Client: 1, Operation: 1, Server: 1, Action: record.OpenSession}},
			{{Kind: record.Returned, Client: 1, Operation: 1, Server: 1, Outcome: record.OK, Index: 7}},
			{{Kind: record.Invoked, Client: 1, Operation: 2, Server: 2, Action: record.Get, Key: "b"}},
			{{Kind: record.Retried, Client: 1, Operation: 2, Server: 3, Number: 2}},
			{{Kind: record.Returned, Client: 1, Operation: 2, Server: 3, Outcome: record.Unknown, Index: 9}},
		},
		want: []string{
			"c1   asks n1: open a session\n", "c1   open a session: session 7, after ",
			"c1   get b: refused by n3, as its session has ended, after ",
			"c1 cannot know whether it was done\n",
		},
	},
	{
		name: "a panic, and durations in a fault",
		events: []event{
			{{Kind: record.FaultBegan, Number: 1, Text: "slow n1 by 300\u00b5s"}},
			{append1(2, 1, 1), {Kind: record.Panicked, Server: 2, Text: "raft: no such entry\n1"}},
		},
		want: []string{"=== fault 1: slow n1 by 300us ===\n", `n2   panics: raft: no such entry\n1` + "\n"},
	},
}

// asksAgain is an election timeout of n1, which asks n2 and n3 about term 2 then.
func asksAgain(first bool) event {
	e := event{{Kind: record.TimerFired, Server: 1, Number: uint64(raft.ElectionTimer), Term: 1}}
	if first {
		e = append(e, at(record.BecamePreCandidate, 1, 1, 0))
	}
	for _, to := range []raft.ServerID{2, 3} {
		e = append(e, sent(record.Sent, raft.Message{Type: raft.PreVote, From: 1, To: to, Term: 2}))
	}
	return e
}

// wouldVote is a server's answer to n1 that it would vote for it in a term.
func wouldVote(id raft.ServerID, term raft.Term) event {
	return event{sent(record.Delivered, raft.Message{
		Type: raft.PreVoteResponse, From: id, To: 1, Term: term, VoteGranted: true,
	})}
}

// refusal is n3's answer to n1's question about a term, in which n1's log ends with entry 1 of term 1.
func refusal(of raft.MessageType, of3, asked raft.Term) event {
	answer := map[raft.MessageType]raft.MessageType{
		raft.PreVote: raft.PreVoteResponse, raft.RequestVote: raft.RequestVoteResponse,
	}
	return event{
		sent(record.Delivered, raft.Message{
			Type: of, From: 1, To: 3, Term: asked, LastLogIndex: 1, LastLogTerm: 1,
		}),
		sent(record.Sent, raft.Message{Type: answer[of], From: 3, To: 1, Term: of3}),
	}
}

// transfer is what a leader, n1, makes of the wish that it hand over.
func transfer(to raft.ServerID, why raft.Refusal) record.Record {
	r := record.Record{Kind: record.TransferAsked, Server: 1, Peer: to, Term: 1, Success: why == 0}
	if why != 0 {
		r.Number, r.Text = uint64(why), why.String()
	}
	return r
}

var tellsToStand = sent(record.Sent, raft.Message{Type: raft.TimeoutNow, From: 1, To: 2, Term: 1})

// toRead is what becomes of a request to n1 that needs no entry.
func toRead(kind record.Kind) record.Record {
	r := asks(kind, 1, 7)
	r.EntryTerm = 0
	return r
}

// thesisCases are about what the thesis adds to the paper.
var thesisCases = []storyCase{
	{
		name: "why nobody would vote",
		events: []event{
			{at(record.BecameFollower, 3, 5, 0), append1(3, 1, 1)},
			refusal(raft.PreVote, 5, 4),
			{{Kind: record.LearnedLeader, Server: 3, Term: 5, Peer: 2}},
			refusal(raft.PreVote, 5, 6),
			refusal(raft.PreVote, 5, 6), // it says so once
			refusal(raft.RequestVote, 5, 6),
			{append1(3, 2, 1)},
			refusal(raft.PreVote, 5, 7),
			{at(record.Truncated, 3, 5, 1), at(record.Crashed, 3, 0, 0)},
			{{Kind: record.Restarted, Server: 3, Term: 5, Index: 1},
				{Kind: record.Recovered, Server: 3, Index: 1, EntryTerm: 1}},
			refusal(raft.PreVote, 5, 8),
		},
		want: []string{
			"n3   would not vote for n1 in term 4: it is in term 5 already\n",
			"n3   would not vote for n1 in term 6: it hears of n2, leader of term 5\n",
			"n3   refuses n1 its vote in term 6: it hears of n2, leader of term 5\n",
			"n3   would not vote for n1 in term 7: its own log is more up to date, " +
				"it ends with entry 2 of term 1\n",
			"n3   would not vote for n1 in term 8: a leader may be alive\n",
		},
		never: []string{"0.004000s  ...  n3   would"},
	},
	{
		name: "asking in vain, with a friend at last",
		events: []event{
			{at(record.BecameFollower, 1, 1, 0)},
			asksAgain(true), asksAgain(false), asksAgain(false),
			wouldVote(3, 2), asksAgain(false),
			{at(record.Crashed, 1, 0, 0)},
		},
		want: []string{
			"n1   hears of no leader: asks n2 n3 whether it could win term 2\n",
			"n1   would have only the votes of n1 n3 in term 2: asks again and again, 3 times\n",
		},
	},
	{
		// What was granted before it asked anew, or for another term, counts for nothing.
		name: "asking anew",
		events: []event{
			{at(record.BecameFollower, 1, 1, 0)},
			asksAgain(true), wouldVote(3, 2), asksAgain(false), wouldVote(3, 3), asksAgain(false),
			{at(record.Crashed, 1, 0, 0)},
		},
		want: []string{
			"n1   finds nobody to vote for it in term 2: asks again and again, 2 times\n",
		},
	},
	{
		name: "handing over",
		events: []event{
			{at(record.BecameLeader, 1, 1, 0)},
			{transfer(1, raft.NoSuccessor)},
			{transfer(2, 0)}, {transfer(2, 0)},
			{tellsToStand}, {tellsToStand},
			{{Kind: record.TimerFired, Server: 1, Number: uint64(raft.TransferTimer), Term: 1}},
			{{Kind: record.TimerFired, Server: 1, Number: uint64(raft.TransferTimer), Term: 1}},
			{sent(record.Delivered, raft.Message{Type: raft.TimeoutNow, From: 1, To: 2, Term: 1}),
				at(record.BecameCandidate, 2, 2, 0)},
		},
		want: []string{
			"n1   is asked to hand over to n1, and does not: not a voter that could lead instead\n",
			"n1   is asked to hand over to n2, waits until that has its whole log\n",
			"n1   is asked to hand over to n2, which it is about to do\n",
			"n1   knows that n2 has its whole log: tells it to stand at once\n",
			"n1   gives up handing over to n2, which is not elected in time\n",
			"n2   is told by n1 to stand: stands in term 2, votes for itself\n",
		},
		never: []string{"0.005000s", "0.007000s"},
	},
	{
		// An answer may leave after a pause; whoever waits for a read waits no more when it crashes.
		name: "reads that are interrupted",
		events: []event{
			{at(record.BecameLeader, 1, 1, 0), append1(1, 1, 1), at(record.Committed, 1, 1, 1)},
			{toRead(record.Invoked)}, {toRead(record.TakenToRead)}, {toRead(record.Answered)},
			{toRead(record.Answered), toRead(record.Missed)},
			{toRead(record.TakenToRead)}, {at(record.Crashed, 1, 0, 0)},
		},
		want: []string{
			"n1   takes c1's get a, which waits for the next round\n",
			"n1   answers c1 from its store through entry 7\n",
			"c1   get a: the answer of n1 never arrives (the server is down)\n",
			"n1   crashes, leader of term 1; entry 1 may not be on its disk yet; c1 waits in vain\n",
		},
	},
	{
		name: "a leader that refuses",
		events: []event{
			{at(record.BecameLeader, 1, 1, 0)},
			{{Kind: record.Refused, Server: 1, Peer: 1, Client: 1, Operation: 1,
				Number: uint64(raft.TooManyProposals), Text: raft.TooManyProposals.String()}},
		},
		want: []string{"refuses c1's request 1: too many proposals wait to be committed\n"},
	},
}

func TestStoriesOfCases(t *testing.T) {
	for _, c := range slices.Concat(storyCases, thesisCases) {
		text := told(t, trace.StoryOptions{Servers: 3, Clients: 4, Width: 200}, stream(c.events))
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, text)
			}
		}
		for _, never := range c.never {
			if strings.Contains(text, never) {
				t.Errorf("%s: %q in\n%s", c.name, never, text)
			}
		}
	}
}
