package trace

// FormatText is the reference of the files that this package writes and reads, for people. Tests
// hold it to the code.
const FormatText = `A trace file, trace.jsonl, is all that happened in a run: UTF-8 text, a JSON
object a line, no line longer than 1 MiB. The first line is the header:

    format      "raftkv-trace"
    version     1; it grows with every change that an older program would misread
    scenario    the name of the scenario
    seed        the seed, decimal; a string, because it may exceed what JSON numbers keep exactly
    nodes       how many servers there are: n1, n2, ...
    clients     how many clients there are: 1, 2, ...
    digest      of all that the scenario says of the world, 16 hexadecimal digits: with the seed it
                tells whether two runs must be the same

Then a line for each record, in the order in which it happened. A record has event, at_ns and kind,
and of the other fields those that are not zero:

    event       the number of the step of the event loop, from 1; several records may share it
    at_ns       the moment, in nanoseconds of virtual time since the start
    kind        what happened, one of the words below
    server      where it happened, as "n1"; of a message, who sends it
    peer        the other server concerned: addressee, leader, or whom the vote is for
    term        the server's current term; of a message, the term it carries: of a PreVote and what
                grants it, the next one
    message     its type, as Figure 2 of the Raft paper or the thesis names it: "RequestVote",
                "RequestVoteResponse", "AppendEntries", "AppendEntriesResponse", "PreVote",
                "PreVoteResponse", "TimeoutNow", "InstallSnapshot",
                "InstallSnapshotResponse"
    index       of the log entry concerned, from 1; of a request, the entry that opened its session;
                of an answer to one that needed no entry, the last that its store had applied
    entry_term  the term of that entry; none where a request needed no entry
    entry       the kind of that entry, "noop" or "command"
    count       how many entries a message or a write has; at the end, how many requests are open;
                of a request that a server took or refused, which copy of the attempt, 0 for the
                original
    commit      the leaderCommit that a message carries, an index
    success     true: the vote is granted, the entries are accepted; a request in a session is
                carried out, and not answered a second time or refused; a fault finds somebody to
                strike; a leader is about to hand over; the servers that do not heal are cut off
    client      the number of the client, from 1
    operation   the number of the client's request, from 1; to open a session is one too
    outcome     "ok", "key exists", "key missing", "refused" or "unknown"; for its session it can be
                refused as of "no such session" or as "superseded"
    ending      why the run ended, in words
    action      what is asked: "put", "get", "delete" or "open session"
    verb        what a fault does, as scenarios write it: "crash"
    key         the key asked for
    value       to be put, or read
    number      of a write, a message on its link, a fault, a timer, a request in its session, an
                attempt, a read of the server's life or the reason of a refusal, depending on the
                kind
    digest      of a command, 64 bits in 16 hexadecimal digits
    state       the digest of a server's store after it applied an entry, in 16 hexadecimal digits
    text        for people: a fault or a reason
    servers     the names of the servers that heal, as "n1 n2 n3"
    bound_ns    how long the healed cluster has to settle, in nanoseconds

The kinds:

    a server's life      started, crashed, restarted, recovered (an entry, from disk), paused,
                         resumed, panicked
    its term and role    timer_fired, became_follower, became_pre_candidate (it asks whether it
                         could win), became_candidate, became_leader, learned_leader,
                         transfer_asked (of it, to hand over to peer)
    its log              truncated, appended, committed, applied
    its disk             written, persisted
    messages             held (until a write is durable), sent, lost, delivered
    clients              invoked, retried, proposed, taken_to_read (no entry is made of it),
                         refused, answered, missed, returned
    the run              fault_began, fault_ended, healed, finished

The hash of a run is a running one, over every field of every record. In a very long trace one line
may stand for records that are left out:

    skipped     how many records
    before      the running hash before them, 16 hexadecimal digits
    hash        the running hash after them

The last line tells that nothing is missing:

    end         true
    records     how many records the run has, those left out among them
    hash        the running hash after the last, which names the run

A history file, history.jsonl, is what the clients saw. Its header is that of a trace, but for:

    format      "raftkv-history"
    version     1
    operations  how many lines follow
    omitted     how many earlier requests are left out; only where some are

Then a line for each request, in the order in which they were made:

    client           the number of the client, from 1
    number           the number of the client's request, from 1
    action           what is asked: "put", "get" or "delete"
    key              the key asked for
    value            to be put; only of a put
    invoked_ns       the moment of the request, in nanoseconds of virtual time
    invoked_record   the same moment as a number of records: it orders what shares a nanosecond
    outcome          "ok", "key exists", "key missing", "refused", "unknown", "no such session",
                     "superseded"; "pending" if open
    returned_ns      the moment of the outcome, in nanoseconds; this and the rest only where it is
    returned_record  the same moment as a number of records
    event            the event in which it returned
    read             what a get read
    entry_index      the index of the log entry whose application answered it
    entry_term       the term of that entry
`
