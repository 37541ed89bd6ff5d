package moment

import (
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
// It shows no more than the listed end of the longest log reaches back, and so of every other log
// too, whose end is no later. Columns for which there is no room go on below.
func (s *World) tellLogs(p *sheet) {
	width := s.cellWidth()
	perLine := func(columns int) int { return max(1, (columns-labelWidth)/(width+1)) }
	all := s.span(min(entriesMax, perLine(max(p.width, sheetWidth))))
	if all.last == 0 {
		return
	}
	p.line("")
	head := ""
	for i := range all.last - all.first + 1 {
		head += fmt.Sprintf("%*s  ", width-1, decimal(all.first+i))
	}
	rows := s.logRows(all, width)
	step := perLine(p.width) * (width + 1)
	for at := 0; at < len(head); at += step {
		title := "logs"
		if at > 0 {
			title = ""
		}
		p.line(fmt.Sprintf("%-*s%s", labelWidth, title, part(head, at, step)))
		for _, row := range rows {
			label := row.label(s.names())
			p.line(fmt.Sprintf("  %-*s%s", labelWidth-2, label, part(row.cells, at, step)))
		}
	}
	p.words("  ", "(the term of each entry; | after what the server knows to be committed; "+
		"(n) not on its disk)")
}

// part returns so much of a text, or what there is of it.
func part(text string, at, length int) string {
	at = min(at, len(text))
	return text[at:min(at+length, len(text))]
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
	if 0 < v.Last.Index && v.Last.Index < all.first {
		return "..." // it ends before
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

// tellEntries tells what the entries are that are still to be committed or lost, or whose commit
// some server has not heard of, and how far each has come.
func (s *World) tellEntries(p *sheet) {
	const most = 10
	if len(s.Uncertain) == 0 {
		return
	}
	p.line("")
	p.line("entries not known to be committed by all")
	rows := [][]string{}
	told := min(len(s.Uncertain), most) // the first: who is behind needs them first
	for _, e := range s.Uncertain[:told] {
		where := "on " + or(joined(e.Durable, s.names()), "no disk")
		if len(e.Volatile) > 0 {
			where += ", not yet on disk of " + joined(e.Volatile, s.names())
		}
		rows = append(rows, []string{
			fmt.Sprintf("  %d/%d", e.Index, e.Term), plain(or(e.Command, e.Kind)), where,
		})
	}
	p.table("l", rows)
	if more := len(s.Uncertain) - told + s.UncertainOmitted; more > 0 {
		p.line(fmt.Sprintf("  and %d later ones", more))
	}
}
