package network

import "raftkv/raft"

// differ gives each link, and each way between clients and servers, the profile that it has after
// all differences.
func (n *Network) differ(members raft.ServerSet) {
	var at [servers]station
	clients := n.clients.stations
	for id := range at {
		at[id].server = raft.ServerID(id)
	}
	for i := range n.config.Places {
		switch p := &n.config.Places[i]; {
		case p.Server != raft.None:
			at[p.Server].region = p.Region
		case int(p.Client) < len(clients):
			clients[p.Client].region = p.Region
		}
	}
	for from := members.Next(raft.None); from != raft.None; from = members.Next(from) {
		for to := members.Next(raft.None); to != raft.None; to = members.Next(to) {
			n.links[from][to].profile = n.profileOf(&at[from], &at[to])
		}
		for i := range clients {
			client, server := uint32(i), &at[from]
			n.clients.wayTo(from, client).profile = n.profileOf(&clients[i], server)
			n.clients.wayFrom(from, client).profile = n.profileOf(server, &clients[i])
		}
	}
}

// profileOf adds the profile of a way that is different, and returns which one it is.
func (n *Network) profileOf(from, to *station) uint32 {
	var which uint32
	for i := range n.config.Differences {
		d := &n.config.Differences[i]
		if !d.concerns(from, to) {
			continue
		}
		if which == 0 {
			which = uint32(len(n.profiles))
			n.profiles = append(n.profiles, n.config.Link)
		}
		d.change(&n.profiles[which])
	}
	return which
}
