package raft_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"raftkv/raft"
)

// TestTranscripts runs the stories in ../testdata/raft. Each line of a story is one thing that
// happens; below it stands what every server then did and owed. Messages have numbers in the order
// in which they left, writes of one server in the order in which they were issued; what a promise
// waits for is held back. (The notation of messages is in text_test.go.)
//
//	nodes n=5 [options] [timers]   a new cluster of servers with these options; tell of timers too
//	options n2 .. [options]        servers with other options than the rest
//	given n2 log=(1,1,4) term=5 vote=n1   what the disk of n2 holds before the story begins
//	timeout n1 [heartbeat]         a timer runs out: election, heartbeat, minimum, lease, transfer
//	propose n1 x                   a client asks n1 for the command x
//	read n1, transfer n1 n2        a client asks n1 to read, somebody to hand over to n2
//	snapshot n1 ..                 servers begin to save their state machines
//	wait 6                         ticks pass, where there are leases (see clock_test.go)
//	deliver [#3 ..] [from=n1] [to=n2] [type=RequestVote]   in the order in which they were sent;
//	drop, duplicate                all of those in flight that fit, unless numbers say which
//	inject                         puts messages, one a line, into the network
//	persist [n1 ..] [writes=1]     disks do what is pending, or the oldest of it
//	crash n1 .., restart n1 ..     loses what is not on disk
//	partition n1,n2 n3,n4,n5       loses what goes from one side to another, until heal
//	cut n1->n2 n2-n3 ..            loses what goes this way, or both ways, until heal
//	stabilize [quietly]            persists and delivers until nothing is left to do
//	state [n1 ..], log [n1 ..]     what servers are; the terms of their entries
//	progress n1                    what n1, who leads, knows of the others
//	network                        what is in flight
//	check                          what must hold in each server, and Figure 3
//
// Options are batch=1, inflight=2, bytes=3, proposals=4, chunk=20, trailing=2, pre_vote, check_quorum and lease.
//
// With -rewrite the account is recorded anew: read every line of the difference.
func TestTranscripts(t *testing.T) {
	stories, err := filepath.Glob("../testdata/raft/*.txt")
	if err != nil || len(stories) == 0 {
		t.Fatalf("found no stories: %v", err)
	}
	for _, story := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(story), ".txt"), func(t *testing.T) {
			var told transcript
			datadriven.RunTest(t, story, told.run)
		})
	}
}

// transcript is a story being told.
type transcript struct {
	*cluster
}

func (tr *transcript) run(t *testing.T, d *datadriven.TestData) string {
	if tr.cluster == nil && d.Cmd != "nodes" {
		d.Fatalf(t, "a story begins with nodes")
	}
	said, err := tr.tell(d)
	account := ""
	if tr.cluster != nil {
		account = tr.account.take()
	}
	if err != nil {
		d.Fatalf(t, "%v, after\n%s", err, account)
	}
	return strings.TrimLeft(account+"\n"+said, "\n")
}

// tell lets the thing happen; it returns what it says beyond the account of the cluster.
func (tr *transcript) tell(d *datadriven.TestData) (string, error) {
	switch d.Cmd {
	case "nodes":
		return "", tr.nodes(d)
	case "options":
		return "", tr.options(d)
	case "given":
		return "", tr.given(d)
	case "timeout":
		return "", tr.timeoutOf(d)
	case "propose":
		return "", tr.propose(serverNamed(d.CmdArgs[0].Key), d.CmdArgs[1].Key)
	case "read":
		return "", tr.read(serverNamed(d.CmdArgs[0].Key))
	case "transfer":
		return "", tr.transfer(serverNamed(d.CmdArgs[0].Key), serverNamed(d.CmdArgs[1].Key))
	case "snapshot":
		return "", tr.eachServer(d, tr.snapshot)
	case "wait":
		return "", tr.waitFor(d)
	case "persist":
		return "", tr.persistNamed(d)
	case "crash":
		return "", tr.eachServer(d, tr.crash)
	case "restart":
		return "", tr.eachServer(d, tr.restart)
	}
	return tr.convey(d)
}

// convey does what concerns the network.
func (tr *transcript) convey(d *datadriven.TestData) (string, error) {
	switch d.Cmd {
	case "deliver":
		return "", tr.eachMessage(d, tr.deliver)
	case "drop":
		return "", tr.eachMessage(d, tr.drop)
	case "duplicate":
		return "", tr.eachMessage(d, tr.duplicate)
	case "inject":
		return "", tr.inject(d.Input)
	case "partition":
		tr.partition(sidesOf(d))
		return "", nil
	case "cut":
		tr.cut(linksOf(d))
		return "", nil
	case "heal":
		tr.cut(nil)
		tr.partition(nil)
		return "", nil
	}
	return tr.look(d)
}

// look does what changes nothing of its own.
func (tr *transcript) look(d *datadriven.TestData) (string, error) {
	switch d.Cmd {
	case "stabilize":
		return tr.stabilized(d)
	case "state":
		return tr.show(d, showState)
	case "log":
		return tr.show(d, showLog)
	case "progress":
		return showProgress(tr.server(serverNamed(d.CmdArgs[0].Key))), nil
	case "network":
		return tr.showNetwork()
	case "check":
		return "ok", tr.check()
	}
	return "", fmt.Errorf("there is no command %s", d.Cmd)
}

func (tr *transcript) nodes(d *datadriven.TestData) error {
	tr.cluster = newCluster(number(d, "n"), optionsOf(d))
	tr.account.timers = d.HasArg("timers")
	if tr.account.timers {
		tr.account.say("each server starts")
		tr.account.armed(tr.servers[0])
	}
	return nil
}

func (tr *transcript) options(d *datadriven.TestData) error {
	return tr.eachServer(d, func(id raft.ServerID) error {
		tr.give(id, optionsOf(d))
		return nil
	})
}

// given puts an earlier life on a server's disk.
func (tr *transcript) given(d *datadriven.TestData) error {
	var durable raft.Durable
	for _, arg := range d.CmdArgs[1:] {
		switch arg.Key {
		case "log":
			durable.Entries = logOf(termsOf(arg.Vals)...)
		case "term":
			durable.CurrentTerm = termsOf(arg.Vals)[0]
		case "vote":
			durable.VotedFor = serverNamed(arg.Vals[0])
		}
	}
	id := serverNamed(d.CmdArgs[0].Key)
	s := tr.server(id)
	s.disk.durable = durable
	s.down = true
	return tr.restart(id)
}

func (tr *transcript) timeoutOf(d *datadriven.TestData) error {
	timer := raft.ElectionTimer
	if len(d.CmdArgs) > 1 {
		timer = timerNamed(d.CmdArgs[1].Key)
	}
	return tr.timeout(serverNamed(d.CmdArgs[0].Key), timer)
}

func (tr *transcript) waitFor(d *datadriven.TestData) error {
	ticks, err := strconv.Atoi(d.CmdArgs[0].Key)
	if err != nil || !tr.timed {
		return fmt.Errorf("no time to wait for: %v", err)
	}
	return tr.wait(ticks)
}

// eachMessage does something to the messages in flight that the arguments select.
func (tr *transcript) eachMessage(d *datadriven.TestData, do func(i int) error) error {
	var chosen []int
	for _, e := range tr.inFlight {
		if fits(d, e) {
			chosen = append(chosen, e.number)
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no such message is in flight")
	}
	for _, number := range chosen {
		if err := do(tr.positionOf(number)); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) positionOf(number int) int {
	for i, e := range c.inFlight {
		if e.number == number {
			return i
		}
	}
	panic(fmt.Sprintf("message %d is not in flight", number))
}

func (tr *transcript) inject(lines string) error {
	for line := range strings.Lines(lines) {
		m, err := parseMessage(strings.TrimSpace(line))
		if err != nil {
			return err
		}
		tr.sent++
		e := envelope{number: tr.sent, Message: m}
		tr.inFlight = append(tr.inFlight, e)
		tr.account.say("injected: %v", e)
	}
	return nil
}

func (tr *transcript) persistNamed(d *datadriven.TestData) error {
	limit := number(d, "writes")
	for _, s := range tr.named(d) {
		writes := len(s.disk.pending)
		if limit != 0 {
			writes = min(writes, limit)
		}
		if writes == 0 || s.down {
			continue
		}
		if err := tr.persist(s.ID(), writes); err != nil {
			return err
		}
	}
	return nil
}

func (tr *transcript) eachServer(d *datadriven.TestData, do func(raft.ServerID) error) error {
	for _, s := range tr.named(d) {
		if err := do(s.ID()); err != nil {
			return err
		}
	}
	return nil
}

func (tr *transcript) stabilized(d *datadriven.TestData) (string, error) {
	before := tr.sent
	err := tr.stabilize()
	if !d.HasArg("quietly") {
		return "", err
	}
	tr.account.take()
	return fmt.Sprintf("quiet after %d messages", tr.sent-before), err
}

func (tr *transcript) show(d *datadriven.TestData, one func(*server) string) (string, error) {
	var lines []string
	for _, s := range tr.named(d) {
		text := "down"
		if !s.down {
			text = one(s)
		}
		lines = append(lines, fmt.Sprintf("%v: %s", s.ID(), text))
	}
	return strings.Join(lines, "\n"), nil
}

func showState(s *server) string {
	text := stateText(&s.Node)
	if s.HasLease() {
		text += ", has a lease"
	}
	if s.Transferee() != raft.None {
		text += fmt.Sprintf(", hands over to %v", s.Transferee())
	}
	if len(s.disk.pending) > 0 {
		text += fmt.Sprintf(", %d writes pending", len(s.disk.pending))
	}
	return text
}

func showLog(s *server) string { return logTerms(&s.Node) }

func showProgress(s *server) string {
	var lines []string
	voters := s.Membership().Voters.Without(s.ID())
	for id := voters.Next(raft.None); id != raft.None; id = voters.Next(id) {
		p := s.Progress(id)
		state := "probing"
		if p.Replicating {
			state = fmt.Sprintf("replicating, %d in flight, %d bytes", p.Inflight, p.InflightBytes)
		}
		lines = append(lines, fmt.Sprintf("%v: match=%d next=%d %s",
			id, p.MatchIndex, p.NextIndex, state))
	}
	return strings.Join(lines, "\n")
}

func (tr *transcript) showNetwork() (string, error) {
	lines := []string{fmt.Sprintf("in flight: %d", len(tr.inFlight))}
	for _, e := range tr.inFlight {
		lines = append(lines, e.String())
	}
	return strings.Join(lines, "\n"), nil
}
