package zoo

import (
	"fmt"
	"strings"
)

// TableRow is a bug and how it was caught.
type TableRow struct {
	Bug   *Bug
	Catch Catch
}

// Table returns what the README says of the bugs, in Markdown. The seeds are as many as the hunt
// took.
func Table(rows []TableRow) string {
	var b strings.Builder
	b.WriteString("| bug | what goes wrong | convicted by | seeds |\n|---|---|---|---|\n")
	for _, r := range rows {
		judge := r.Catch.Judge
		fmt.Fprintf(&b, "| [%s](%s) | %s | `%v`, %v | %d |\n", r.Bug.Name, r.Bug.file(),
			r.Bug.About, judge, judge.Kind(), r.Catch.Runs)
	}
	return b.String()
}
