// Package client is the clients: what each asks for next, of which server, and what it makes of the
// answer. A client does one request at a time and repeats none.
package client

import (
	"strconv"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/history"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Client is one client. It must be initialised with Reset.
type Client struct {
	number uint32
	config *Config
	stream choice.Stream
	begun  uint32 // requests so far; the number of the open one
	open   bool

	// Server is whom it asks. It keeps to it until it is refused or gets no answer; None: it wants
	// to be told.
	Server raft.ServerID
}

// Reset makes c the client of that number, in the run of seed.
func (c *Client) Reset(number uint32, config *Config, seed uint64) {
	*c = Client{
		number: number,
		config: config,
		stream: choice.NewStream(seed, choice.Client(number)),
	}
}

// Request is what a client asks for: as the history tells it, and as the store reads it.
type Request struct {
	Operation history.Operation
	Command   string
}

// Left returns how many requests the client has still to begin.
func (c *Client) Left() uint32 { return c.config.Requests - c.begun }

// Open tells whether the client waits for an answer to the request of that number.
func (c *Client) Open(number uint32) bool { return c.open && c.begun == number }

// Think returns how long the client waits before its next request.
func (c *Client) Think() vtime.Duration {
	draw := c.stream.Draw(uint64(c.begun), choice.ThinkTime)
	return vtime.Duration(c.config.ThinkTime.Draw(draw))
}

// Begin draws the client's next request, of which there must be one.
func (c *Client) Begin() Request {
	if c.Left() == 0 {
		panic("client: no request is left to begin")
	}
	c.begun++
	c.open = true
	n := uint64(c.begun)
	operation := history.Operation{
		Client: c.number,
		Number: c.begun,
		Action: c.action(c.stream.Draw(n, choice.Operation)),
		Key:    c.key(c.stream.Draw(n, choice.Key)),
	}
	if operation.Action == record.Put {
		operation.Value = c.value()
	}
	return Request{Operation: operation, Command: encode(&operation)}
}

func (c *Client) action(draw uint64) record.Action {
	m := c.config.Mix
	weights := [...]uint64{m.Put, m.Get, m.Delete}
	actions := [...]record.Action{record.Put, record.Get, record.Delete}
	return actions[choice.WeightedIndex(draw, weights[:])]
}

func (c *Client) key(draw uint64) string {
	return c.config.Keys[choice.Below(draw, uint64(len(c.config.Keys)))]
}

// value returns a value that nobody else ever puts, so that who reads it knows whose it is.
func (c *Client) value() string {
	text := append(make([]byte, 0, 24), 'c')
	text = strconv.AppendUint(text, uint64(c.number), 10)
	text = append(text, '-')
	return string(strconv.AppendUint(text, uint64(c.begun), 10))
}

func encode(o *history.Operation) string {
	command := kv.Command{Key: o.Key, Value: o.Value}
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

// End ends the open request. A client that was refused, or left without an answer, no longer
// believes that it asks the leader.
func (c *Client) End(outcome record.Outcome) {
	c.open = false
	if !outcome.Answered() {
		c.Server = raft.None
	}
}
