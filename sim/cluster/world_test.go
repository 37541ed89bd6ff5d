package cluster

import (
	"hash/maphash"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/disk"
	"raftkv/sim/fault"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

const ms = vtime.Millisecond

func instant(after vtime.Duration) vtime.Time { return vtime.Time(0).Add(after) }

func between(min, max vtime.Duration) choice.Distribution {
	return choice.UniformBetween(int64(min), int64(max))
}

func constantly(d vtime.Duration) choice.Distribution { return choice.Constantly(int64(d)) }

// defaultWorld is the world of a scenario that says nothing, with what a test changes in it.
func defaultWorld(changes ...func(*Config)) *Config {
	config := &Config{
		Servers: 5,
		Clients: 3,
		Server: server.Config{
			Heartbeat:       50 * ms,
			ElectionTimeout: between(150*ms, 300*ms),
			Disk:            disk.Config{Fsync: constantly(ms), LoseUnsynced: true},
		},
		Network: network.Config{Link: network.Link{Latency: between(ms, 10*ms)}},
		Client: client.Config{
			Keys:     []string{"a", "b", "c", "d", "e"},
			Requests: 5,
			Timeout:  vtime.Second,
			Mix:      client.Mix{Put: 1, Get: 1, Delete: 1},
		},
		FirstLeader: 1,
		Duration:    60 * vtime.Second,
		MaxEvents:   1e6,
	}
	for _, change := range changes {
		change(config)
	}
	return config
}

func with(faults ...fault.Fault) func(*Config) {
	return func(c *Config) { c.Faults = append(c.Faults, faults...) }
}

// lasting makes the world one that runs on for that long, whatever its clients do.
func lasting(d vtime.Duration) func(*Config) {
	return func(c *Config) { c.Clients, c.Duration = 0, d }
}

// on is a fault that strikes a server by name, for a while; 0: until its counterpart.
func on(do record.Verb, id raft.ServerID, at, lasts vtime.Duration) fault.Fault {
	target := fault.On(id)
	return fault.Fault{At: instant(at), For: lasts, Do: do, Node: target}
}

// story is a run's records, in order.
type story []record.Record

// run runs a new world, holds it to the rules of the world, and returns its story.
func run(t rapid.TB, config *Config, seed uint64) (story, record.Ending) {
	t.Helper()
	return runIn(t, new(Cluster), config, seed)
}

func runIn(t rapid.TB, c *Cluster, config *Config, seed uint64) (story, record.Ending) {
	t.Helper()
	var records story
	rules := newRules(t, config)
	c.Reset(config, seed, func(r *record.Record) {
		records = append(records, *r)
		rules.observe(r)
	})
	ending := c.Run()
	last := records[len(records)-1]
	if last.Kind != record.Finished || last.Ending != ending || last.Text != ending.String() {
		t.Fatalf("the run ended %v, its last record is %+v", ending, last)
	}
	return records, ending
}

// of returns the records of these kinds, in their order; all records if none is named.
func (s story) of(kinds ...record.Kind) story {
	return s.where(func(r *record.Record) bool {
		for _, kind := range kinds {
			if r.Kind == kind {
				return true
			}
		}
		return false
	})
}

func (s story) where(holds func(r *record.Record) bool) (some story) {
	for i := range s {
		if holds(&s[i]) {
			some = append(some, s[i])
		}
	}
	return some
}

// happensAt returns what a server does itself: not what others send it.
func (s story) happensAt(id raft.ServerID) story {
	return s.where(func(r *record.Record) bool {
		return r.Server == id && ownKinds[r.Kind] || r.Peer == id && r.Kind == record.Delivered
	})
}

// between returns what happened at that time or after it, and before the other.
func (s story) between(from, to vtime.Duration) story {
	return s.where(func(r *record.Record) bool { return r.At >= instant(from) && r.At < instant(to) })
}

// kinds returns the kinds of the records, runs of one kind as one.
func (s story) kinds() (kinds []record.Kind) {
	for i := range s {
		if len(kinds) == 0 || kinds[len(kinds)-1] != s[i].Kind {
			kinds = append(kinds, s[i].Kind)
		}
	}
	return kinds
}

// wantOne fails unless there is exactly one record, and returns it.
func (s story) wantOne(t *testing.T, what string) record.Record {
	t.Helper()
	if len(s) != 1 {
		t.Fatalf("%s: %d records, want one: %+v", what, len(s), s)
	}
	return s[0]
}

// wantNone fails if there is any record.
func (s story) wantNone(t *testing.T, what string) {
	t.Helper()
	if len(s) > 0 {
		t.Fatalf("%s: %d records, the first %+v", what, len(s), s[0])
	}
}

// hasher takes in every field of every record, whatever fields there will be.
type hasher struct {
	sum     uint64
	records int
}

var hashSeed = maphash.MakeSeed()

func (h *hasher) observe(r *record.Record) {
	h.sum = maphash.Comparable(hashSeed, struct {
		before uint64
		record record.Record
	}{h.sum, *r})
	h.records++
}

// hashOf runs a world and returns the hash of its records, and of what its clients saw.
func hashOf(c *Cluster, config *Config, seed uint64) hasher {
	var h hasher
	c.Reset(config, seed, h.observe)
	c.Run()
	h.seeHistory(c)
	return h
}

func (h *hasher) seeHistory(c *Cluster) {
	for _, o := range c.History() {
		h.sum = h.sum*31 + maphash.Comparable(hashSeed, o)
	}
}
