package raft

import (
	"fmt"
	"math/bits"
	"strings"
)

// ServerID names a server, 1 to [MaxServers]. It is never used twice in the life of a cluster.
type ServerID uint8

const (
	// None is the absence of a server: no vote, no known leader.
	None ServerID = 0
	// MaxServers is the most identities a cluster can have over its life.
	MaxServers = 63
)

// String returns the name by which people call the server: n1, n2, ...; "none" for None.
func (id ServerID) String() string {
	if id == None {
		return "none"
	}
	return fmt.Sprintf("n%d", uint8(id))
}

// ServerSet is a set of servers, a bit each. The zero value is the empty set.
type ServerSet uint64

// Servers returns the set of n1 to the given count, which must not exceed [MaxServers].
func Servers(count int) ServerSet {
	if count < 0 || count > MaxServers {
		panic(fmt.Sprintf("raft: %d servers, want 0 to %d", count, MaxServers))
	}
	return ServerSet(1)<<(count+1) - 2
}

// SetOf returns the set of the given servers.
func SetOf(ids ...ServerID) ServerSet {
	var s ServerSet
	for _, id := range ids {
		s = s.With(id)
	}
	return s
}

// With returns the set with id in it.
func (s ServerSet) With(id ServerID) ServerSet { return s | 1<<id }

// Without returns the set with id not in it.
func (s ServerSet) Without(id ServerID) ServerSet { return s &^ (1 << id) }

// Has tells whether id is in the set.
func (s ServerSet) Has(id ServerID) bool { return s>>id&1 == 1 }

// Len returns the number of servers in the set.
func (s ServerSet) Len() int { return bits.OnesCount64(uint64(s)) }

// Next returns the lowest server of the set above id, or None. The idiom
//
//	for id := s.Next(None); id != None; id = s.Next(id)
//
// visits the set in order.
func (s ServerSet) Next(id ServerID) ServerID {
	rest := s &^ (ServerSet(1)<<(id+1) - 1)
	if rest == 0 {
		return None
	}
	return ServerID(bits.TrailingZeros64(uint64(rest)))
}

// String returns the names of the servers: n1 n2; "" for none.
func (s ServerSet) String() string {
	var names []string
	for id := s.Next(None); id != None; id = s.Next(id) {
		names = append(names, id.String())
	}
	return strings.Join(names, " ")
}

// Membership is a cluster's configuration (thesis §4): who votes.
type Membership struct {
	Voters ServerSet
}

// HasMajority tells whether the servers of s are a majority of the configuration. Servers outside
// the configuration count for nothing.
func (m Membership) HasMajority(s ServerSet) bool {
	return 2*(s&m.Voters).Len() > m.Voters.Len()
}
