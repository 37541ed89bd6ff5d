package lab

// FormatText is the reference of the result, as [Result.JSON] and result.json have it, for people.
// A test holds it to the code.
const FormatText = `A result, as -json prints it and result.json holds it, is one JSON object:

    format      "raftkv-result"
    version     2; it grows with every change that an older program would misread
    status      "pass", "violation", "unmet" (an expectation), "undecided", "invalid" (flags or
                scenario), "nondeterministic", "internal" (a bug in the simulator)
    error       why there is no run; only where there is none
    unmet       the expectations that the run does not meet, in words
    scenario    the name of the scenario
    seed        the seed, decimal; a string, because it may exceed what JSON numbers keep exactly
    nodes       how many servers there are
    clients     how many clients there are
    ending      why the run ended, in words
    events      how many events of the event loop it had
    records     how many records
    messages    how many messages servers sent to each other
    sim_ns      how long it took in virtual time, in nanoseconds
    wall_ns     how long it took in real time, in nanoseconds: the one value that differs each time
    trace_hash  the hash of all records: it names the run
    elections   how many elections were won
    ops         requests by their outcome: total, ok, error (of the store), refused, unknown,
                pending
    faults      how many began, and how many of these struck_nobody
    marks       each mark with how often it occurred; sim help marks tells them
    in_vain     faults that waited to the end for what was to begin them, in words
    checks      each check with "ok", "violated", "undecided", "excused" or "off"
    violation   the first conviction: check, kind ("theorem", "lemma", or "run": of no protocol),
                event, time_ns, message, faults (in force then, as in a state); null if there is
                none
    violations  the first conviction by each check, in the order of their events, each with check,
                kind, event, time_ns and message
    excused     what would convict the run, but for something that no Raft need be right or live in,
                which the message names: check, kind, event, time_ns, message; it changes no status
`
