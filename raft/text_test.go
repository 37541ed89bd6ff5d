package raft_test

import (
	"fmt"
	"strings"

	"raftkv/raft"
)

// The tests write and read everything as one does on a whiteboard. An entry is index:term and what
// is in it; messages name the fields of Figure 2:
//
//	n1->n2 RequestVote term=2 last=3:1
//	n2->n1 RequestVoteResponse term=2 granted
//	n1->n2 AppendEntries term=2 prev=3:1 commit=2 entries=[4:2 noop, 5:2 x]
//	n2->n1 AppendEntriesResponse term=2 prev=3 accepted match=5:2
//	n2->n1 AppendEntriesResponse term=2 prev=3 refused conflict=3:0
//
// A round of 0, before the first, is left out.

func messageText(m raft.Message) string {
	head := fmt.Sprintf("%v->%v %v term=%d", m.From, m.To, m.Type, m.Term)
	switch m.Type {
	case raft.RequestVote, raft.PreVote:
		text := fmt.Sprintf("%s last=%d:%d", head, m.LastLogIndex, m.LastLogTerm)
		if m.Transfer {
			text += " transfer"
		}
		return text
	case raft.RequestVoteResponse, raft.PreVoteResponse:
		return head + " " + answer(m.VoteGranted, "granted")
	case raft.TimeoutNow:
		return head
	case raft.AppendEntries:
		return fmt.Sprintf("%s prev=%d:%d commit=%d%s entries=[%s]", head, m.PrevLogIndex,
			m.PrevLogTerm, m.LeaderCommit, roundText(m), entriesText(m.PrevLogIndex+1, m.Entries))
	case raft.InstallSnapshot:
		return fmt.Sprintf("%s included=%d:%d offset=%d%s%s data=[%s]", head, m.LastIncluded.Index,
			m.LastIncluded.Term, m.Offset, roundText(m), done(m), m.Data)
	case raft.InstallSnapshotResponse:
		text := fmt.Sprintf("%s included=%d:%d offset=%d%s%s", head, m.LastIncluded.Index,
			m.LastIncluded.Term, m.Offset, roundText(m), done(m))
		if m.Done {
			text += fmt.Sprintf(" match=%d:%d", m.MatchIndex, m.MatchTerm)
		}
		return text
	}
	head = fmt.Sprintf("%s prev=%d%s %s",
		head, m.PrevLogIndex, roundText(m), answer(m.Success, "accepted"))
	if m.Success {
		return fmt.Sprintf("%s match=%d:%d", head, m.MatchIndex, m.MatchTerm)
	}
	if m.ConflictIndex == 0 {
		return head
	}
	return fmt.Sprintf("%s conflict=%d:%d", head, m.ConflictIndex, m.ConflictTerm)
}

// roundText names the round, once there has been one.
func roundText(m raft.Message) string {
	if m.Round == 0 {
		return ""
	}
	return fmt.Sprintf(" round=%d", m.Round)
}

func done(m raft.Message) string {
	if m.Done {
		return " done"
	}
	return ""
}

func answer(yes bool, word string) string {
	if yes {
		return word
	}
	return "refused"
}

func entriesText(first raft.Index, entries []raft.Entry) string {
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = entryText(first+raft.Index(i), e)
	}
	return strings.Join(texts, ", ")
}

func entryText(index raft.Index, e raft.Entry) string {
	text := e.Command
	if e.Kind == raft.NoOp {
		text = "noop"
	}
	return strings.TrimSpace(fmt.Sprintf("%d:%d %s", index, e.Term, text))
}

func hardStateText(h raft.HardState) string {
	return fmt.Sprintf("term=%d vote=%v", h.CurrentTerm, h.VotedFor)
}

// stateText shows what a node is, without its log.
func stateText(n *raft.Node) string {
	return fmt.Sprintf("%v %s leader=%v commit=%d",
		n.Role(), hardStateText(n.Hard()), n.Leader(), n.CommitIndex())
}

// logTerms shows a log as the paper's figures do: by the terms of its entries.
func logTerms(n *raft.Node) string {
	var terms []string
	if first := n.FirstIndex(); first > 1 {
		terms = append(terms, fmt.Sprintf("(snapshot through %d)", n.Snapshot().Index))
		if first <= n.Snapshot().Index {
			terms = append(terms, fmt.Sprintf("(from %d)", first))
		}
	}
	for i := n.FirstIndex(); i <= n.LastIndex(); i++ {
		terms = append(terms, fmt.Sprint(n.Entry(i).Term))
	}
	return strings.Join(terms, " ")
}

func timersText(out *raft.Output) string {
	var texts []string
	for timer := raft.ElectionTimer; timer < raft.TimerCount; timer++ {
		if out.Draw.Has(timer) {
			texts = append(texts, timer.String()+" anew")
		} else if out.Arm.Has(timer) {
			texts = append(texts, timer.String())
		}
	}
	return strings.Join(texts, ", ")
}

// parseMessage reads what messageText writes.
func parseMessage(text string) (raft.Message, error) {
	text, data, _ := strings.Cut(text, " data=[")
	head, entries, _ := strings.Cut(text, " entries=[")
	fields := strings.Fields(head)
	if len(fields) < 3 {
		return raft.Message{}, fmt.Errorf("%q is no message", text)
	}
	m := raft.Message{Type: typeNamed(fields[1]), Data: strings.TrimSuffix(data, "]")}
	if _, err := fmt.Sscanf(fields[0], "n%d->n%d", &m.From, &m.To); err != nil {
		return m, fmt.Errorf("%q names no sender and receiver: %w", text, err)
	}
	for _, field := range fields[2:] {
		if err := parseField(&m, field); err != nil {
			return m, fmt.Errorf("%q in %q: %w", field, text, err)
		}
	}
	var err error
	m.Entries, err = parseEntries(strings.TrimSuffix(entries, "]"))
	return m, err
}

func typeNamed(name string) raft.MessageType {
	for t := raft.RequestVote; t < raft.MessageTypeCount; t++ {
		if t.String() == name {
			return t
		}
	}
	return 0
}

func parseField(m *raft.Message, field string) error {
	name, value, _ := strings.Cut(field, "=")
	var err error
	switch name {
	case "term":
		_, err = fmt.Sscanf(value, "%d", &m.Term)
	case "last":
		_, err = fmt.Sscanf(value, "%d:%d", &m.LastLogIndex, &m.LastLogTerm)
	case "prev":
		err = parsePrevious(m, value)
	case "commit":
		_, err = fmt.Sscanf(value, "%d", &m.LeaderCommit)
	case "match":
		_, err = fmt.Sscanf(value, "%d:%d", &m.MatchIndex, &m.MatchTerm)
	case "conflict":
		_, err = fmt.Sscanf(value, "%d:%d", &m.ConflictIndex, &m.ConflictTerm)
	case "round":
		_, err = fmt.Sscanf(value, "%d", &m.Round)
	case "included":
		_, err = fmt.Sscanf(value, "%d:%d", &m.LastIncluded.Index, &m.LastIncluded.Term)
	case "offset":
		_, err = fmt.Sscanf(value, "%d", &m.Offset)
	case "done":
		m.Done = true
	case "transfer":
		m.Transfer = true
	case "granted":
		m.VoteGranted = true
	case "accepted":
		m.Success = true
	case "refused": // is what a zero response says
	default:
		err = fmt.Errorf("no such field")
	}
	return err
}

func parsePrevious(m *raft.Message, value string) error {
	if m.Type == raft.AppendEntriesResponse {
		_, err := fmt.Sscanf(value, "%d", &m.PrevLogIndex)
		return err
	}
	_, err := fmt.Sscanf(value, "%d:%d", &m.PrevLogIndex, &m.PrevLogTerm)
	return err
}

func parseEntries(list string) ([]raft.Entry, error) {
	if list == "" {
		return nil, nil
	}
	var entries []raft.Entry
	for text := range strings.SplitSeq(list, ", ") {
		place, command, _ := strings.Cut(text, " ")
		e := raft.Entry{Kind: raft.Command, Command: command}
		var index raft.Index // said for the reader; the position tells it
		if _, err := fmt.Sscanf(place, "%d:%d", &index, &e.Term); err != nil {
			return nil, fmt.Errorf("%q is no entry: %w", text, err)
		}
		if command == "noop" {
			e.Kind, e.Command = raft.NoOp, ""
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// logOf returns a log of entries with the given terms, as the paper's figures draw it.
func logOf(terms ...raft.Term) []raft.Entry {
	entries := make([]raft.Entry, len(terms))
	for i, term := range terms {
		entries[i] = raft.Entry{Term: term, Kind: raft.Command}
	}
	return entries
}
