package moment

// FormatText is the reference of [World.JSON], for people. A test holds it to the code.
const FormatText = `A state, as replay prints it with -json, is the world at one moment, one JSON
object. Times are in nanoseconds of virtual time since the start; -1 is never, or not known. Servers
are "n1", clients "c1"; "" is nobody. Lists may be cut short: a number of what is omitted stands
beside them.

    format      "raftkv-state"
    version     3; it grows when a field changes its meaning
    scenario    the name of the scenario
    seed        the seed, decimal; a string, because it may exceed what JSON numbers keep exactly
    event       the last event that has happened
    time_ns     when
    healed      the servers that have healed, and stay well until the end; none before that
    ending      why the run has ended, in words; "" while it has not
    violation   the first conviction so far: check, kind, event, time_ns, message; null if there is
                none

    servers     each with
      name, state           "running", "paused", "down", or "panicked", which ends a run
      role                  "follower", "pre-candidate", "candidate" or "leader"
      term, vote, leader
      loyal                 whether it grants no pre-vote: it knows of a leader, or leads
      last                  index and term of its last entry
      commit, applied       commitIndex and lastApplied of Figure 2
      votes                 of a candidate; of a leader, those that elected it; of a pre-candidate,
                            those that it would have
      peers                 of a leader, what it knows of each log: name, next, match, replicating
                            (or it probes), in_flight (requests with entries on their way)
      lease                 of a leader: whether it answers reads at once
      round                 of a leader, the last heartbeats by which it makes sure that nobody else
                            leads: number, in its reign; open; commit, when it began; confirmed,
                            by whom
      reads                 requests that it is to answer from its store: client, operation, number,
                            confirmed, entry (that the store must have applied); reads_omitted
      transferee            to whom it hands over
      log                   its end: index, term, kind, command (in words); log_omitted
      disk                  term, vote, last: what is durable; kept: through which entry it holds
                            the server's own log; durable: the number of the last write that is;
                            pending: how many later ones are not; sync_ns: when the sync under way
                            is done
      held                  messages that wait for the disk: to, type, term, text, write (the number
                            of the write that they wait for); held_omitted
      timers                name, due_ns (-1 for one that ran out during a pause), heeded (whether
                            the server, as it is, does something then)
      waiting               requests that wait for an entry to be applied: client, operation, entry;
                            waiting_omitted
      store                 key, value; store_omitted

    uncertain   entries that not every server that runs knows to be committed, the first of them by
                index and term, whole logs considered: index, term, kind, command; durable: servers
                that have it on disk; volatile: servers that have it, but not on disk yet;
                uncertain_omitted: how many later ones there are

    messages    under way, in the order of arrival; messages_omitted; each with
      at_ns, waits          when it arrives; whether it has arrived, at a server that is paused
      from, to, type, text  what it says, in words
      number                on its link
      term, index, entry_term, entries, commit, success
                            of one between servers; they mean what they mean in records

    clients     each with name; asks (a server); idle (it waits to be told a leader); left (requests
                still to begin); next_ns (when it asks next); open (the request that it waits for;
                null if it waits for none); clients_omitted; and, where requests come whatever is
                answered, more (further requests that are open), more_omitted, in_line (how many
                have come and wait to be asked for). A request has
      operation, text, since_ns, until_ns
      asks, attempt         whom, and how often it was asked for
      pauses                it waits for no answer now, but to be asked for again
      session               that it is in, the index of the entry that opened it; 0 for none
    faults      in force: number, text, struck, since_ns, until_ns; faults_omitted
    cuts        from, to: the servers to which the messages of one do not get through
`
