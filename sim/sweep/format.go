package sweep

// FormatText is the reference of a file of a sweep and of the report on it, for people. A test
// holds it to the code.
const FormatText = `The lines of a sweep, as -jsonl writes them, are one JSON object each. The
first is the header:

    format        "raftkv-sweep"
    version       3; it grows with every change that an older program would misread
    build         the program that ran the seeds, by its revision and a hash of its file: other
                  programs do not mix, not even of one revision
    seeds         of the whole sweep, such as "1-100,500-600"
    shard         "2/7": of every seven of these seeds in ascending order the second; "1/1" for all
    max_failures  the failure with which the sweep ends; 0 for none
    canary        the run that must fail: scenario, seed, checks (all that convict it), silent
                  (those that must, and do not), trace_hash
    scenarios     each with name, hash (of its text), argument and set (how the command line named
                  it), text (the whole scenario, as a file has it)

Each further line is a run; no run has two. The order of a sweep is all seeds of the first scenario,
ascending, then those of the next, but the lines stand in the order in which their runs have ended,
so that it differs from one sweep to the next. A file from merge has the order of the sweep. Lines
of runs beyond the last failure that max_failures allows may be there, and do not count. A line that
does not end was torn when the program was killed, and does not count either; nor does one that is
damaged, which resume and merge tell.

    scenario      the name of the scenario
    seed          the seed, decimal; a string, because it may exceed what JSON numbers keep exactly
    status        "pass", "violation", "unmet" or "undecided"
    trace_hash    the hash of all records: it names the run
    events        how many events of the event loop it had
    records       how many records
    messages      how many messages servers sent to each other
    sim_ns        how long it took in virtual time, in nanoseconds
    violation     the first conviction: check, kind (of the record that convicts), event, time_ns,
                  message; null if there is none
    violated      the names of all checks that the run violates
    idle          those of the checks that are on, and had nothing to judge in it
    excused       the names of those that it would violate, but for what no Raft need be right or
                  live in
    unmet         the expectations that the run does not meet, in words
    undecided     what was not decided; only where the status says so
    marks         how often each mark occurred; those that did not are left out
    patterns      the patterns that the run has shown: three records in a row at a server, as a
                  hash of 16 bits; of 8 patterns one is looked at

A report, as sweep and merge print it with -json, is one JSON object:

    format        "raftkv-sweep-report"
    version       3
    status        the gravest of the scenarios': "pass", "undecided", "unmet", "violation",
                  "nondeterministic"; while runs are missing nothing passes; "void" if there is no
                  violation and no judge convicts the canary. Where there is no report it is
                  "invalid" (flags or scenarios), "nondeterministic" (two outcomes of one run in the
                  files) or "internal" (a bug in the simulator), and format, version, status and
    error         (why there is none) are all there is
    build, seeds, shard, max_failures, canary
                  as in the header
    planned       how many runs the sweep has, and
    runs          how many of them are in the report
    complete      whether none is missing, but for those after the last failure that is allowed
    failures      how many runs are violations or unmet
    scenarios     of each scenario: name, hash, status
        runs, passed, violated, unmet, undecided
                      how many runs, and of which status
        missing       how many seeds were not run
        events, sim_ns
                      of all runs together
        trace_hash    of the traces of all runs in their order: it names this part of the sweep
        fewer_than_per_million
                      without a failure, and unless no check had anything to judge: how rare
                      failures are at least, at 95 %; of all decided runs
        failing_percent
                      with failures: how many of the decided runs have failed (seen), between which
                      rates that of all seeds lies at 95 % (low and high, by Wilson's interval), and
                      whether these are biased upwards, as the last failure has ended the sweep
                      (biased)
        checks_off    the checks that the scenario does without
        checks_idle   those that are on, and had nothing to judge in any run
        excused       how many runs pass by an excuse of some check, and
        checks_excused
                      of which: check, count (of such runs)
        marks         each mark with seeds (that showed it) and times (in all)
        lacking       marks of expect.sometimes that no run showed, of all runs; while any is
                      missing, or another shard's, they are
        not_yet       those that no run has shown so far
        patterns      how many of the patterns that are looked at some run has shown, and
        patterns_seen_once
                      how many of them one run only: what the next run shows of new ones is about
                      8 times this, divided by the number of runs
        groups        failures by what they have in common: status, signature, count, seeds (the
                      first few), violated (each check that a run of them violates, with the count
                      of such runs), shortest (the line of the run with the fewest events), repeats
                      (whether that run was the same when it ran again), advice (lines to paste)
        ungrouped     how many runs were beyond the number of groups
`
