package moment

import (
	"cmp"
	"slices"

	"raftkv/raft"
	"raftkv/sim/cluster"
)

// rival is one of the entries that servers have at one index, and who has it.
type rival struct {
	entry             raft.Entry
	durable, volatile raft.ServerSet
}

// addUncertain adds the entries that not every server that runs knows to be committed. It looks at
// the whole logs: of what is cut, nobody could say who has it.
func (s *World) addUncertain(w *cluster.Cluster, members raft.ServerSet) {
	longest := uint64(0)
	logs := make([]wholeLog, len(s.Servers)) // in the order of the servers
	for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
		log := logOf(w.Server(id))
		logs[id-1] = log
		longest = max(longest, uint64(log.last))
	}
	for i := min(s.sure(), longest) + 1; i <= longest; i++ {
		for _, r := range s.rivals(raft.Index(i), logs) {
			if len(s.Uncertain) == uncertainMax {
				s.UncertainOmitted++
				continue
			}
			s.Uncertain = append(s.Uncertain, Uncertain{
				Entry:   entryOf(raft.Index(i), r.entry),
				Durable: serverNames(r.durable), Volatile: serverNames(r.volatile),
			})
		}
	}
}

// rivals returns the entries at one index, in the order of their terms.
func (s *World) rivals(i raft.Index, logs []wholeLog) (rivals []rival) {
	for j, log := range logs {
		if log.last < i {
			continue
		}
		e := log.entry(i)
		at := slices.IndexFunc(rivals, func(r rival) bool { return r.entry == e })
		if at < 0 {
			rivals, at = append(rivals, rival{entry: e}), len(rivals)
		}
		r, id := &rivals[at], raft.ServerID(j+1)
		if s.Servers[j].keeps(uint64(i)) {
			r.durable = r.durable.With(id)
		} else {
			r.volatile = r.volatile.With(id)
		}
	}
	slices.SortStableFunc(rivals, func(a, b rival) int {
		return cmp.Compare(a.entry.Term, b.entry.Term)
	})
	return rivals
}

// sure returns through which entry every server that runs knows the log to be committed. Where none
// runs nobody is unsure.
func (s *World) sure() uint64 {
	sure := ^uint64(0)
	for i := range s.Servers {
		if v := &s.Servers[i]; v.Role != "" {
			sure = min(sure, v.Commit)
		}
	}
	return sure
}
