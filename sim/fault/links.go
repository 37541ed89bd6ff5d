package fault

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// Links is a set of links, each a direction between two servers: for each sender its addressees.
type Links [raft.MaxServers + 1]raft.ServerSet

func (l *Links) add(from, to raft.ServerID) { l[from] = l[from].With(to) }

// leave tells whether a link of the set has an end outside of the servers.
func (l *Links) leave(servers raft.ServerSet) bool {
	for from, to := range l {
		if to&^servers != 0 || to != 0 && !servers.Has(raft.ServerID(from)) {
			return true
		}
	}
	return false
}

// strikesLinks tells whether the fault is one of the network.
func (f *Fault) strikesLinks() bool {
	switch f.Do {
	case record.Partition, record.Isolate, record.Cut, record.SlowLink, record.Clog, record.Loss,
		record.Duplicate:
		return true
	}
	return false
}

// links returns the links among the members that the fault strikes: one, or both ways of one; all
// to and from each of the servers struck; all between servers that share no group.
//
// So a server in two groups is a bridge between them. Servers in no group are one more group.
func (f *Fault) links(struck, members raft.ServerSet) Links {
	var links Links
	switch {
	case f.Do == record.Partition:
		f.partition(&links, members)
	case f.From != raft.None:
		links.add(f.From, f.To)
		if f.Both {
			links.add(f.To, f.From)
		}
	default:
		for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
			links[id] = members & struck
			if struck.Has(id) {
				links[id] = members.Without(id)
			}
		}
	}
	return links
}

func (f *Fault) partition(links *Links, members raft.ServerSet) {
	rest := members
	for _, group := range f.Groups {
		rest &^= group
	}
	for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
		var within raft.ServerSet
		if rest.Has(id) {
			within = rest
		}
		for _, group := range f.Groups {
			if group.Has(id) {
				within |= group
			}
		}
		links[id] = members &^ within
	}
}
