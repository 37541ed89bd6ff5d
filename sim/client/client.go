// Package client is the clients: what each asks for next, of which server, and what it makes of the
// answer.
//
// A [Client] knows what it asks for. It asks on a [Lane], which knows whom to ask and whether to
// ask again, and has one request open at a time: a client that waits for each answer has one lane,
// one whose requests come whatever is answered has as many as it needs.
package client

import (
	"strconv"
	"strings"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/history"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Client is one client. It must be initialised with Reset.
//
// Requests are drawn by their place among the client's requests, begun, and named by number: that
// counts what opens sessions too, and how often one is opened depends on the run.
type Client struct {
	number   uint32
	config   *Config
	stream   choice.Stream
	requests uint32 // to be made in all
	begun    uint32 // requests so far
	numbered uint32 // requests so far, and those that open sessions
	arrived  uint32 // of an open loop: requests that have come so far
	taken    uint32 // and that a lane has taken
	searches uint64 // how often it chose a server by chance
	next     int    // of a script: the place of the next request of this client
}

// Reset makes c the client of that number, in the run of seed.
func (c *Client) Reset(number uint32, config *Config, seed uint64) {
	*c = Client{
		number:   number,
		config:   config,
		stream:   choice.NewStream(seed, choice.Client(number)),
		requests: config.RequestsOf(number),
	}
	c.seekScript()
}

// Request is what a client asks for: as the history tells it, and as the store reads it.
type Request struct {
	Operation history.Operation
	Command   string
	Session   raft.Index // that it is made in, by the entry that opened it; 0 for none
	Sequence  uint64     // of the request in its session, from 1
}

// Opens tells whether the request is to open a session.
func (r *Request) Opens() bool { return r.Operation.Action == record.OpenSession }

// Left returns how many requests the client has still to begin.
func (c *Client) Left() uint32 { return c.requests - c.begun }

// Think returns how long the client waits before its next request; a script says when that is due.
func (c *Client) Think(now vtime.Time) vtime.Duration {
	if s := c.scripted(); s != nil {
		return max(0, s.At.Sub(now))
	}
	draw := c.stream.Draw(uint64(c.begun), choice.ThinkTime)
	return vtime.Duration(c.config.ThinkTime.Draw(draw))
}

// Open loop: requests come by themselves, wait in line, and are taken by lanes.

// IsOpenLoop tells whether requests come whatever is answered.
func (c *Client) IsOpenLoop() bool {
	return c.config.Arrivals.Rate > 0 && len(c.config.Script) == 0
}

// Gap returns how long after the last request, or the start of the run, the next one comes; false
// if none does.
func (c *Client) Gap() (gap vtime.Duration, any bool) {
	draw := c.stream.Draw(uint64(c.arrived), choice.Arrival)
	return vtime.Duration(c.config.Arrivals.Gap.Draw(draw)), c.arrived < c.requests
}

// Arrive lets the next request come.
func (c *Client) Arrive() { c.arrived++ }

// InLine returns how many requests have come that no lane has taken yet.
func (c *Client) InLine() uint32 { return c.arrived - c.taken }

// Take takes a request out of the line, for a lane to begin.
func (c *Client) Take() { c.taken++ }

// Begin begins the lane's next request, of which there must be one: it opens a session, if one is
// needed and the lane has none.
func (c *Client) Begin(l *Lane) *Request {
	if c.Left() == 0 {
		panic("client: no request is left to begin")
	}
	c.numbered++
	l.request = Request{Operation: history.Operation{Client: c.number, Number: c.numbered}}
	if c.config.sessions() && l.session == 0 {
		l.request.Operation.Action = record.OpenSession
		l.request.Command = kv.Command{Op: kv.OpenSession}.Encode()
	} else {
		c.compose(l)
	}
	l.begin()
	return &l.request
}

// compose says what the lane's next request is.
func (c *Client) compose(l *Lane) {
	c.begun++
	o := &l.request.Operation
	if s := c.scripted(); s != nil {
		o.Action, o.Key, o.Value = s.Action, s.Key, s.Value
		c.next++
		c.seekScript()
	} else {
		c.draw(o)
	}
	if c.config.sessions() {
		l.sequence++
		l.request.Session, l.request.Sequence = l.session, l.sequence
	}
	l.request.Command = encode(&l.request)
}

func (c *Client) draw(o *history.Operation) {
	n := uint64(c.begun)
	o.Action = c.action(c.stream.Draw(n, choice.Operation))
	o.Key = c.key(c.stream.Draw(n, choice.Key))
	if o.Action == record.Put {
		o.Value = c.value(o.Number)
	}
}

func (c *Client) action(draw uint64) record.Action {
	m := c.config.Mix
	weights := [...]uint64{m.Put, m.Get, m.Delete}
	actions := [...]record.Action{record.Put, record.Get, record.Delete}
	return actions[choice.WeightedIndex(draw, weights[:])]
}

func (c *Client) key(draw uint64) string {
	if len(c.config.Keys) > 0 {
		return c.config.Keys[choice.Below(draw, uint64(len(c.config.Keys)))]
	}
	rank := choice.Below(draw, uint64(c.config.KeyCount)) + 1
	if c.config.Skew != nil {
		rank = uint64(c.config.Skew.Draw(draw))
	}
	return string(strconv.AppendUint([]byte("k"), rank, 10))
}

// value returns a value that nobody else ever puts, so that who reads it knows whose it is. What it
// lacks to its size is dots.
func (c *Client) value(number uint32) string {
	text := append(make([]byte, 0, 24), 'c')
	text = strconv.AppendUint(text, uint64(c.number), 10)
	text = append(text, '-')
	text = strconv.AppendUint(text, uint64(number), 10)
	size := c.config.ValueSize.Draw(c.stream.Draw(uint64(c.begun), choice.ValueSize))
	if lacks := int(size) - len(text); lacks > 0 {
		return string(text) + strings.Repeat(".", lacks)
	}
	return string(text)
}

func encode(r *Request) string {
	o := &r.Operation
	command := kv.Command{
		Key: o.Key, Value: o.Value, Session: uint64(r.Session), Sequence: r.Sequence,
	}
	switch o.Action {
	case record.Put:
		command.Op = kv.Put
	case record.Get:
		command.Op = kv.Get
	case record.Delete:
		command.Op = kv.Delete
	}
	return command.Encode()
}

// scripted returns the client's next request of the script; nil if it has none.
func (c *Client) scripted() *Scripted {
	if c.next < len(c.config.Script) {
		return &c.config.Script[c.next]
	}
	return nil
}

// seekScript goes on to the next request of the script that is the client's.
func (c *Client) seekScript() {
	for c.next < len(c.config.Script) && c.config.Script[c.next].Client != c.number {
		c.next++
	}
}

// Choose lets a lane that asks nobody find a server by itself, if its route or its next request
// says how; else it has to be told the leader.
func (c *Client) Choose(l *Lane, servers int) {
	if s := c.scripted(); s != nil && s.Via != raft.None && c.begins(l) {
		l.Server = s.Via
	}
	if l.Server != raft.None || c.config.Route != Discover {
		return
	}
	c.searches++
	others := uint64(servers)
	if l.asked != raft.None && servers > 1 {
		others--
	}
	draw := c.stream.Draw(c.searches, choice.Route)
	l.Server = raft.ServerID(choice.Below(draw, others) + 1)
	if l.asked != raft.None && servers > 1 && l.Server >= l.asked {
		l.Server++ // another than the one that was of no use
	}
}

// begins tells whether the lane is about to begin a request, and not to open a session for it.
func (c *Client) begins(l *Lane) bool {
	return l.Open() == 0 && (l.session != 0 || !c.config.sessions())
}
