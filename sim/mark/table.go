package mark

import (
	"fmt"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
)

// entry is what is known of a mark.
type entry struct {
	name      string
	about     string      // what it is, in a few words
	at        record.Kind // with what record it occurs, and so to whom
	essential bool        // see [Essential]
}

// table has every mark.
var table = func() (t [markCount]entry) {
	for kind := record.Kind(1); kind < record.KindCount; kind++ {
		t[kind] = entry{kind.String(), kinds[kind].about, kind, false}
	}
	for _, c := range combinations {
		t[c.Mark] = c.entry
	}
	for _, verb := range record.Verbs() {
		t[OfFault(verb)] = entry{"fault_" + verb.String(),
			"a fault begins: " + verb.String(), record.FaultBegan, false}
	}
	for _, verb := range strikes {
		for role := raft.Follower; Mark(role) <= roles; role++ {
			name := strings.ReplaceAll(role.String(), "-", "_")
			t[OfFaultOn(verb, role)] = entry{fmt.Sprintf("%v_%s", verb, name),
				fmt.Sprintf("%v strikes a %v%s", verb, role, alone(verb)), struckAt(verb), false}
		}
	}
	return t
}()

// alone says that a fault of the verb is told of a role only where it strikes one server.
func alone(verb record.Verb) string {
	if struckAt(verb) == record.FaultBegan {
		return ", and nobody else"
	}
	return ""
}

// subject tells whom a kind of record can concern.
type subject uint8

const (
	nobody  subject = iota + 1
	servers         // a server
	clients         // a client, and a server
)

// subject tells whom the mark can concern.
func (m Mark) subject() subject { return kinds[m.At()].of }

// struckAt is the record with which a fault strikes a server.
func struckAt(verb record.Verb) record.Kind {
	switch verb {
	case record.Crash:
		return record.Crashed
	case record.Pause:
		return record.Paused
	}
	return record.FaultBegan
}

// kinds are the kinds of records.
var kinds = [record.KindCount]struct {
	about string
	of    subject
}{
	record.Started:            {"a server starts for the first time", servers},
	record.Crashed:            {"a server crashes", servers},
	record.Restarted:          {"a crashed server starts again", servers},
	record.Recovered:          {"its disk gives back an entry", servers},
	record.Paused:             {"a server stands still", servers},
	record.Resumed:            {"and goes on", servers},
	record.TimerFired:         {"a timer of a server fires", servers},
	record.BecameFollower:     {"a server follows, in a new term or after another role", servers},
	record.BecameCandidate:    {"a server stands for election", servers},
	record.BecameLeader:       {"a server leads", servers},
	record.LearnedLeader:      {"a follower hears of the leader of its term", servers},
	record.Truncated:          {"a server drops entries from the end of its log", servers},
	record.Appended:           {"a server puts an entry into its log", servers},
	record.Committed:          {"a server learns that entries are committed", servers},
	record.Applied:            {"a server applies an entry to its store", servers},
	record.Written:            {"a server writes to its disk", servers},
	record.Persisted:          {"a server learns that what it wrote is durable", servers},
	record.Held:               {"a message waits for the disk", servers},
	record.Sent:               {"a server sends a message", servers},
	record.Lost:               {"a message is lost", servers},
	record.Delivered:          {"a message arrives: it concerns the addressee", servers},
	record.Invoked:            {"a client asks", clients},
	record.Proposed:           {"a leader makes an entry of a request", clients},
	record.Refused:            {"a server refuses a request", clients},
	record.Answered:           {"a server answers a request", clients},
	record.Missed:             {"a request or its answer is lost", clients},
	record.Returned:           {"a client knows what became of a request, or gives it up", clients},
	record.Panicked:           {"a server's protocol code panics", servers},
	record.FaultBegan:         {"a fault begins: it concerns whom it strikes", servers},
	record.FaultEnded:         {"a fault ends", nobody},
	record.Finished:           {"the run ends", nobody},
	record.Retried:            {"a client asks again for what it has asked for", clients},
	record.TakenToRead:        {"a leader takes a request that needs no entry (§6.4)", clients},
	record.BecamePreCandidate: {"a server asks if it could win an election (§9.6)", servers},
	record.TransferAsked:      {"a server is asked to hand over to another (§3.10)", servers},
	record.Healed:             {"the cluster heals, or a core of it", nobody},
}

// combinations are the marks that take more than one record, or part of one.
var combinations = [...]struct {
	Mark
	entry
}{
	{LeaderElected, entry{"leader_elected", "a candidate wins an election",
		record.BecameLeader, false}},
	{LeaderChanged, entry{"leader_changed", "another server is elected than the last time",
		record.BecameLeader, true}},
	{LeaderReelected, entry{"leader_reelected", "a server is elected that has led before",
		record.BecameLeader, false}},
	{ElectedLate, entry{"elected_late", "a leader is elected when a higher term has had one",
		record.BecameLeader, false}},
	{StoodAgain, entry{"stood_again", "a candidate stands again, having neither won nor lost",
		record.BecameCandidate, false}},
	{SplitVote, entry{"split_vote", "it does, others stood in its term, and nobody won it (§5.2)",
		record.BecameCandidate, true}},
	{CandidateYielded, entry{"candidate_yielded", "a candidate gives up and follows",
		record.BecameFollower, false}},
	{VoteRefused, entry{"vote_refused", "a server refuses its vote",
		record.Sent, false}},
	{VoteRefusedOlderLog, entry{"vote_refused_older_log",
		"it does, to a candidate whose log is behind its own (§5.4.1)",
		record.Sent, false}},
	{VoteRefusedLoyal, entry{"vote_refused_loyal",
		"it does, and keeps its term, as it hears of a leader (§4.2.3)",
		record.Sent, false}},
	{PreVoteRefused, entry{"pre_vote_refused", "a server would refuse its vote (§9.6)",
		record.Sent, true}},
	{PreVoteRefusedLoyal, entry{"pre_vote_refused_loyal", "it would, as it hears of a leader",
		record.Sent, false}},
	{PreVoteWon, entry{"pre_vote_won", "a majority would vote for a server, and so it stands",
		record.BecameCandidate, false}},
	{PreVoteLost, entry{"pre_vote_lost", "a server that asks if it could win gives up and follows",
		record.BecameFollower, false}},
	{AskedAgain, entry{"asked_again", "a server asks again if it could win, with no majority yet",
		record.TimerFired, false}},
	{LeaderDeposed, entry{"leader_deposed", "a leader hears of a higher term and follows",
		record.BecameFollower, true}},
	{QuorumLost, entry{"quorum_lost", "a leader follows, as no majority answers it (§6.2)",
		record.BecameFollower, true}},
	{DeposedUncommitted, entry{"deposed_uncommitted",
		"a leader follows, with entries that it never learned were committed",
		record.BecameFollower, false}},
	{TwoLeaders, entry{"two_leaders", "a leader is elected while one of another term goes on",
		record.BecameLeader, true}},
	{LeaderCutOff, entry{"leader_cut_off", "what a leader sends in one event reaches no majority",
		record.Lost, false}},

	{LogTruncated, entry{"log_truncated", "a server drops entries from the end of its log (§5.3)",
		record.Truncated, true}},
	{TruncatedSeveral, entry{"truncated_several", "a server drops several entries at once",
		record.Truncated, false}},
	{TruncatedOldLeader, entry{"truncated_old_leader",
		"a server that led in this life drops entries",
		record.Truncated, false}},
	{AppendRefused, entry{"append_refused",
		"a follower lacks the entry before those that its leader sends (§5.3)",
		record.Sent, false}},
	{CaughtUp, entry{"caught_up", "a server that lacked 10 committed entries has them all",
		record.Appended, false}},
	{CommittedOlderTerm, entry{"committed_older_term",
		"a leader commits entries of earlier terms, by one of its own (§5.4.2)",
		record.Committed, true}},
	{CommittedSeveral, entry{"committed_several", "a leader commits several entries at once",
		record.Committed, false}},

	{CrashUnsynced, entry{"crash_unsynced", "a crash comes between a write and its sync",
		record.Crashed, true}},
	{CrashUnsent, entry{"crash_unsent",
		"a crash comes between a sync and a message that waited for it",
		record.Crashed, false}},
	{MajorityDown, entry{"majority_down", "a crash leaves less than a majority up",
		record.Crashed, false}},
	{AllDown, entry{"all_down", "a crash leaves no server up",
		record.Crashed, false}},
	{CoreHealed, entry{"core_healed", "a majority heals, and the rest stays as broken as it is",
		record.Healed, false}},
	{RestartedWithLog, entry{"restarted_with_log", "a server restarts with entries in its log",
		record.Restarted, false}},
	{RestartedWithVote, entry{"restarted_with_vote",
		"a server restarts having voted in its term",
		record.Restarted, true}},
	{RestartedUnsent, entry{"restarted_unsent",
		"a restart finds durable what a message waited for that never left",
		record.Restarted, false}},
	{OverdueTimer, entry{"overdue_timer", "a timer fires late, as a pause is over",
		record.TimerFired, false}},

	{MessageLost, entry{"message_lost", "a message between servers is lost",
		record.Lost, true}},
	{LostToDown, entry{"lost_to_down", "a message arrives at a server that is down",
		record.Lost, false}},
	{DeliveredTwice, entry{"delivered_twice", "a message arrives that arrived before",
		record.Delivered, true}},
	{Overtaken, entry{"overtaken", "a message arrives after one sent later on its link",
		record.Delivered, true}},
	{MessageFast, entry{"message_fast", "a message arrives within 1 ms of being sent",
		record.Delivered, false}},
	{MessageSlow, entry{"message_slow", "a message arrives more than 10 ms after it was sent",
		record.Delivered, false}},
	{MessageLate, entry{"message_late", "a message arrives more than 100 ms after it was sent",
		record.Delivered, false}},
	{StaleMessage, entry{"stale_message", "a message arrives of a lower term than the server's",
		record.Delivered, false}},
	{FromEarlierLife, entry{"from_earlier_life", "a message arrives whose sender crashed since",
		record.Delivered, false}},
	{ToLaterLife, entry{"to_later_life",
		"a message arrives at a server that crashed since it was sent",
		record.Delivered, false}},

	{RequestOK, entry{"request_ok", "a client hears that a request is done",
		record.Returned, false}},
	{RequestKeyExists, entry{"request_key_exists", "a client hears that a key exists",
		record.Returned, false}},
	{RequestKeyMissing, entry{"request_key_missing", "a client hears that a key does not exist",
		record.Returned, false}},
	{RequestRefused, entry{"request_refused", "a client hears that a request was refused",
		record.Returned, false}},
	{RequestUnknown, entry{"request_unknown", "a client gives up a request, which may be done yet",
		record.Returned, true}},
	{RefusedByDeposed, entry{"refused_by_deposed",
		"a server that led in this life refuses a request",
		record.Refused, false}},
	{RefusedTransferring, entry{"refused_transferring",
		"a leader refuses a request, as it hands over (§3.10)",
		record.Refused, false}},
	{RefusedTooMany, entry{"refused_too_many",
		"a leader refuses a request, as too many wait to be committed",
		record.Refused, false}},
	{ProposedToOldLeader, entry{"proposed_to_old_leader",
		"a leader takes a request when a higher term has had a leader",
		record.Proposed, false}},
	{RetryRepeated, entry{"retry_repeated",
		"a server applies what its session has had before: nothing is done",
		record.Applied, false}},
	{RetrySuperseded, entry{"retry_superseded",
		"a server refuses a request that its session has gone on from",
		record.Applied, false}},
	{SessionGone, entry{"session_gone",
		"a server refuses a request whose session has ended",
		record.Applied, false}},

	{ReadAnswered, entry{"read_answered", "a leader answers a request that needed no entry (§6.4)",
		record.Answered, true}},
	{ReadAfterRound, entry{"read_after_round", "it does, when a majority has answered its round",
		record.Answered, false}},
	{ReadUnderLease, entry{"read_under_lease", "it does, at once, by its lease (§6.4.1)",
		record.Answered, false}},
	{ReadDropped, entry{"read_dropped",
		"a server that leads no more refuses such a request, which it had taken",
		record.Refused, false}},

	{HandedOver, entry{"handed_over", "a leader tells another server to stand (§3.10)",
		record.Sent, false}},
	{TransferDone, entry{"transfer_done", "a server is elected that was told to stand",
		record.BecameLeader, false}},
	{TransferAborted, entry{"transfer_aborted",
		"a leader goes on, as its successor is not elected in time",
		record.TimerFired, false}},
	{TransferRefused, entry{"transfer_refused", "a server refuses to hand over",
		record.TransferAsked, false}},
}

// struck are the verbs that can strike a server.
type struck [12]record.Verb

var strikes = struck{
	record.Crash, record.Pause, record.Isolate, record.SlowLink, record.Clog, record.Loss,
	record.Duplicate, record.SlowDisk, record.StallDisk, record.SlowCPU, record.ClockDrift,
	record.ClockJump,
}

// String returns the name by which scenarios and results know the mark. It does not change.
func (m Mark) String() string {
	if m > 0 && m < markCount {
		return table[m].name
	}
	return fmt.Sprintf("Mark(%d)", uint8(m))
}

// About returns what the mark is, in a few words; "" if there is no such mark.
func (m Mark) About() string {
	if m < markCount {
		return table[m].about
	}
	return ""
}

// At returns the kind of record with which the mark occurs, 0 if there is no such mark.
func (m Mark) At() record.Kind {
	if m < markCount {
		return table[m].at
	}
	return 0
}
