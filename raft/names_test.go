package raft_test

import (
	"fmt"
	"testing"

	"raftkv/raft"
)

// Every value of an enumeration has a name that people know, and what is none says what it is not.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		value fmt.Stringer
		want  string
	}{
		{raft.Follower, "follower"}, {raft.Candidate, "candidate"}, {raft.Leader, "leader"},
		{raft.PreCandidate, "pre-candidate"}, {raft.Role(0), "Role(0)"},
		{raft.NoOp, "noop"}, {raft.Command, "command"}, {raft.EntryKind(0), "EntryKind(0)"},
		{raft.RequestVote, "RequestVote"}, {raft.RequestVoteResponse, "RequestVoteResponse"},
		{raft.AppendEntries, "AppendEntries"},
		{raft.AppendEntriesResponse, "AppendEntriesResponse"},
		{raft.PreVote, "PreVote"}, {raft.PreVoteResponse, "PreVoteResponse"},
		{raft.TimeoutNow, "TimeoutNow"}, {raft.MessageType(0), "MessageType(0)"},
		{raft.MessageTypeCount, fmt.Sprintf("MessageType(%d)", uint8(raft.MessageTypeCount))},
		{raft.ElectionTimer, "election"}, {raft.HeartbeatTimer, "heartbeat"},
		{raft.MinElectionTimer, "minimum election"}, {raft.LeaseTimer, "lease"},
		{raft.TransferTimer, "transfer"}, {raft.Timer(0), "Timer(0)"},
		{raft.TimerCount, fmt.Sprintf("Timer(%d)", uint8(raft.TimerCount))},
		{raft.NotLeader, "not the leader"}, {raft.Transferring, "the leader is handing over"},
		{raft.TooManyProposals, "too many proposals wait to be committed"},
		{raft.NoSuccessor, "not a voter that could lead instead"},
		{raft.Refusal(0), "Refusal(0)"},
		{raft.None, "none"}, {raft.ServerID(63), "n63"},
	} {
		same(t, "name", c.value.String(), c.want)
	}
}
