package moment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// span is the part of the logs that is worth looking at: from a little before where some server is
// not sure, to the end of the longest.
type span struct{ first, last uint64 }

// before is how many entries are shown that everybody knows to be committed.
const before = 2

func (s *World) span(limit int) span {
	all := span{first: 1}
	sure := s.sure()
	for i := range s.Servers {
		v := &s.Servers[i]
		all.last = max(all.last, v.Last.Index)
		sure = min(sure, v.Last.Index)
	}
	if sure > before {
		all.first = sure - before + 1
	}
	if all.last >= uint64(limit) {
		all.first = max(all.first, all.last-uint64(limit)+1)
	}
	return all
}

// tellLogs shows the ends of the logs side by side, as Figures 6 to 8 do: the term of each entry.
func (s *World) tellLogs(p *sheet) {
	width := s.cellWidth()
	all := s.span(min(entriesMax, (sheetWidth-labelWidth)/(width+1)))
	if all.last == 0 {
		return
	}
	p.line("")
	head := fmt.Sprintf("%-*s", labelWidth, "logs")
	for i := range all.last - all.first + 1 {
		head += fmt.Sprintf("%*s  ", width-1, decimal(all.first+i))
	}
	p.line(head)
	for _, row := range s.logRows(all, width) {
		p.line(fmt.Sprintf("  %-*s%s", labelWidth-2, row.label(s.names()), row.cells))
	}
	p.line("  (the term of each entry; | after what the server knows to be committed; " +
		"(n) not on its disk)")
}

// labelWidth is the width of the first column of the logs.
const labelWidth = 8

func (s *World) cellWidth() int {
	widest := 1
	for i := range s.Servers {
		v := &s.Servers[i]
		widest = max(widest, len(decimal(v.Last.Index))-1, len(decimal(v.Term)))
	}
	return widest + 2
}

// logRow is the end of a log, and who has it.
type logRow struct {
	servers []string
	cells   string
}

func (r *logRow) label(all []string) string {
	text := joined(r.servers, all)
	if len(text) > labelWidth-3 {
		return fmt.Sprintf("%s +%d", r.servers[0], len(r.servers)-1)
	}
	return text
}

// crowdMin is the number of servers from which on those with the same log share a row.
const crowdMin = 10

func (s *World) logRows(all span, width int) (rows []logRow) {
	for i := range s.Servers {
		v := &s.Servers[i]
		cells := v.cells(all, width)
		at := -1
		if len(s.Servers) >= crowdMin {
			at = slices.IndexFunc(rows, func(r logRow) bool { return r.cells == cells })
		}
		if at < 0 {
			rows, at = append(rows, logRow{cells: cells}), len(rows)
		}
		rows[at].servers = append(rows[at].servers, v.Name)
	}
	return rows
}

func (v *Server) cells(all span, width int) string {
	if v.Last.Index < all.first {
		return "..."
	}
	var b strings.Builder
	for _, e := range v.Log {
		if e.Index < all.first {
			continue
		}
		cell := " " + decimal(e.Term) + " "
		if !v.keeps(e.Index) {
			cell = "(" + decimal(e.Term) + ")"
		}
		mark := " "
		if e.Index == v.Commit {
			mark = "|"
		}
		fmt.Fprintf(&b, "%*s%s", width, cell, mark)
	}
	return b.String()
}

func (v *Server) keeps(index uint64) bool { return index <= v.Disk.Kept }

// uncertain is an entry that not every server that runs knows to be committed, and who has it.
type uncertain struct {
	Entry
	durable, volatile []string
}

// tellEntries tells what the entries are that are still to be committed or lost, or whose commit
// some server has not heard of, and how far each has come.
func (s *World) tellEntries(p *sheet) {
	const most = 10
	entries := s.uncertain()
	if len(entries) == 0 {
		return
	}
	p.line("")
	p.line("entries not known to be committed by all")
	rows := [][]string{}
	for _, e := range entries[:min(len(entries), most)] { // where logs part, they do at the first
		where := "on " + or(joined(e.durable, s.names()), "no disk")
		if len(e.volatile) > 0 {
			where += ", not yet on disk of " + joined(e.volatile, s.names())
		}
		rows = append(rows, []string{
			fmt.Sprintf("  %d/%d", e.Index, e.Term), plain(or(e.Command, e.Kind)), where,
		})
	}
	p.table("l", rows)
	if more := len(entries) - most; more > 0 {
		p.line(fmt.Sprintf("  and %d later ones", more))
	}
}

func (s *World) uncertain() (entries []uncertain) {
	sure := s.sure()
	for i := range s.Servers {
		v := &s.Servers[i]
		for _, e := range v.Log {
			if e.Index <= sure {
				continue
			}
			at := slices.IndexFunc(entries, func(u uncertain) bool {
				return u.Index == e.Index && u.Term == e.Term
			})
			if at < 0 {
				entries, at = append(entries, uncertain{Entry: e}), len(entries)
			}
			if u := &entries[at]; v.keeps(e.Index) {
				u.durable = append(u.durable, v.Name)
			} else {
				u.volatile = append(u.volatile, v.Name)
			}
		}
	}
	slices.SortFunc(entries, func(a, b uncertain) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Term, b.Term))
	})
	return entries
}

// sure returns through which entry every server that runs knows the log to be committed.
func (s *World) sure() uint64 {
	sure := ^uint64(0)
	for i := range s.Servers {
		if v := &s.Servers[i]; v.Role != "" {
			sure = min(sure, v.Commit)
		}
	}
	return sure
}
