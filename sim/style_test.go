package main_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The sizes of what we write, at most. A tab is as wide as four spaces.
const (
	functionLines   = 70
	fileLines       = 500
	lineColumns     = 100
	testFileLines   = 700
	testLineColumns = 120
	tab             = "    "
)

// unnamed are the words that stand where nobody found the name of an idea.
var unnamed = []string{"util", "utils", "common", "helper", "helpers", "types"}

// topLevel is all there is to see for who opens the repository.
var topLevel = []string{
	".ci", ".gitattributes", ".gitignore", "README.md", "go.mod", "go.sum",
	"kv", "raft", "scenarios", "sim", "testdata",
}

// The top level is the first page of the repository: it stays short.
func TestTopLevel(t *testing.T) {
	for _, name := range tracked(t) {
		if !slices.Contains(topLevel, name) {
			t.Errorf("%s at the top level: move it into a room, or add it to the table here", name)
		}
	}
}

// tracked returns what git tracks at the top level; what else lies there is of one machine.
func tracked(t *testing.T) (names []string) {
	t.Helper()
	git := exec.Command("git", "ls-files")
	git.Dir = root
	out, err := git.Output()
	if err != nil {
		t.Skipf("git does not tell: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "/")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// findSizes finds long functions, long files and long lines, in tests only the latter two.
func findSizes(r *room) (broken []string) {
	for _, f := range r.files {
		lines, columns := fileLines, lineColumns
		if f.isTest() {
			lines, columns = testFileLines, testLineColumns
		}
		if n := strings.Count(f.text, "\n"); n > lines {
			broken = append(broken, r.at(f.syntax.Pos(), "%d lines in a file, want at most %d", n, lines))
		}
		start := r.fset.File(f.syntax.FileStart)
		for i, line := range strings.Split(f.text, "\n") {
			n := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", tab))
			if n > columns {
				broken = append(broken,
					r.at(start.LineStart(i+1), "%d columns in a line, want at most %d", n, columns))
			}
		}
	}
	r.inspect(func(n ast.Node) {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			lines := r.fset.Position(n.End()).Line - r.fset.Position(n.Pos()).Line + 1
			if f, ok := n.(*ast.FuncDecl); ok {
				lines = r.fset.Position(f.End()).Line - r.fset.Position(f.Type.Pos()).Line + 1
			}
			if lines > functionLines {
				broken = append(broken,
					r.at(n.Pos(), "%d lines in a function, want at most %d", lines, functionLines))
			}
		}
	})
	return broken
}

// findNames finds packages, files and functions whose name names no idea.
func findNames(r *room) (broken []string) {
	for _, f := range r.files {
		name := strings.TrimSuffix(f.syntax.Name.Name, "_test")
		if slices.ContainsFunc(unnamed, func(word string) bool { return strings.HasSuffix(name, word) }) {
			broken = append(broken, r.at(f.syntax.Name.Pos(), "a package %s", name))
		}
		for word := range strings.SplitSeq(strings.TrimSuffix(path.Base(f.name), ".go"), "_") {
			if slices.Contains(unnamed, word) {
				broken = append(broken, r.at(f.syntax.Pos(), "a file of %s", word))
			}
		}
		for _, d := range f.syntax.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && isHesitant(d.Name.Name) {
				broken = append(broken, r.at(d.Name.Pos(), "a function %s", d.Name.Name))
			}
		}
	}
	return broken
}

func isHesitant(function string) bool {
	return slices.Contains(unnamed, strings.ToLower(function)) ||
		strings.HasPrefix(function, "maybe") || strings.HasPrefix(function, "Maybe")
}

// findUncommented finds what a room exports without a word, and a room without one.
func findUncommented(r *room) (broken []string) {
	introduced := false
	for _, f := range r.own() {
		introduced = introduced || f.syntax.Doc.Text() != ""
		for _, d := range f.syntax.Decls {
			for _, name := range uncommented(d) {
				broken = append(broken, r.at(name.Pos(), "nothing says what %s is", name.Name))
			}
		}
	}
	if !introduced && len(r.own()) > 0 {
		broken = append(broken, r.path+": nothing says what this package is")
	}
	return broken
}

// uncommented is the exported names that d declares without a comment. A comment above a group is
// for all of it.
func uncommented(d ast.Decl) (names []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && onExported(d.Recv) && d.Doc.Text() == "" {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT || d.Doc.Text() != "" {
			return nil
		}
		for _, spec := range d.Specs {
			names = append(names, uncommentedIn(spec)...)
		}
	}
	return slices.DeleteFunc(names, func(name *ast.Ident) bool { return !name.IsExported() })
}

func uncommentedIn(spec ast.Spec) []*ast.Ident {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Doc.Text() == "" && s.Comment.Text() == "" {
			return []*ast.Ident{s.Name}
		}
	case *ast.ValueSpec:
		if s.Doc.Text() == "" && s.Comment.Text() == "" {
			return s.Names
		}
	}
	return nil
}

// onExported tells whether a receiver is none or of an exported type: the methods of other types are
// there for an interface, and the interface says what they do.
func onExported(receiver *ast.FieldList) bool {
	if receiver == nil {
		return true
	}
	t := receiver.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	name := lastName(t)
	return name != nil && name.IsExported()
}

// A snippet is source that breaks one rule once, or, with nothing to say about it, keeps it.
type snippet struct {
	lint string
	file string
	text string // after the package clause
	want string // part of what is found, or empty
}

var snippets = []snippet{
	{"fence", "raft/a.go", `import _ "raftkv/kv"`, "raft may not import raftkv/kv"},
	{"fence", "kv/a.go", `import _ "raftkv/raft"`, "kv may not import raftkv/raft"},
	{"fence", "sim/check/a.go", `import _ "raftkv/kv"`, "shares its bugs"},
	{"fence", "sim/check/a.go", `import _ "raftkv/sim/recorder"`, "may not import raftkv/sim/recorder"},
	{"fence", "sim/check/a.go", `import _ "` + porcupine + `"`, ""},
	{"fence", "sim/disk/a.go", `import _ "` + porcupine + `"`, "may not import " + porcupine},
	{"fence", "sim/scenario/a.go", `import _ "` + toml + `/unstable"`, ""},
	{"fence", "sim/attic/a.go", ``, "add it to the table"},
	{"fence", "scenarios/a.go", `import _ "embed"`, ""},
	{"fence", "scenarios/a.go", `import _ "strings"`, "scenarios may not import strings"},
	{"fence", "sim/a.go", `import _ "raftkv/sim/cluster"`, "sim may not import raftkv/sim/cluster"},
	{"fence", "raft/a_test.go", `import _ "raftkv/kv"`, ""},

	{"stranger", "raft/a.go", `import _ "math/rand/v2"`, "chance has one door"},
	{"stranger", "sim/vtime/a.go", `import _ "time"`, ""},
	{"stranger", "sim/lab/a.go", `import _ "time"`, "sim/lab may not import time"},
	{"stranger", "sim/scenario/a.go", `import _ "os"`, ""},
	{"stranger", "sim/trace/a.go", "import _ `os`", "sim/trace may not import os"},
	{"stranger", "sim/disk/a.go", `import _ "sync"`, "one thread"},

	{"machine", "sim/vtime/a.go", "import \"time\"\nvar now = time.Now", "time.Now"},
	{"machine", "sim/vtime/a.go", "import . \"time\"\nfunc f() { Sleep(1) }", "time.Sleep"},
	{"machine", "sim/vtime/a.go", "import \"time\"\nfunc f(t time.Time) bool { return t.After(t) }", ""},
	{"machine", "sim/scenario/a.go", "import env \"os\"\nfunc f() { env.Getenv(\"\") }", "os.Getenv"},
	{"machine", "raft/a.go", "//go:linkname f runtime.f\nfunc f()", "go:linkname"},
	{"machine", "raft/a_arm64.go", "", "one platform"},
	{"machine", "sim/trace/a.go", `const verb = "at %p"`, "address"},

	{"goroutine", "raft/a.go", `func f() { go f() }`, "go statement"},
	{"goroutine", "raft/a.go", `func f() { select {} }`, "select statement"},
	{"goroutine", "raft/a.go", `type t chan int`, "channel"},
	{"goroutine", "raft/a_test.go", `type t chan int`, ""},

	{"map order", "kv/a.go", `func f(m map[int]int) { for range m { } }`, "range over a map"},
	{"map order", "kv/a.go", "type m map[int]int\ntype s struct{ m }\nfunc f(v s) { for range v.m { } }",
		"range over a map"},
	{"map order", "kv/a.go", "func f[M ~map[int]int](m M) { for range m { } }", "range over a map"},
	{"map order", "kv/a.go", "func f[S ~[]int](s S) { for range s { } }", ""},
	{"map order", "kv/a.go", "import \"maps\"\nfunc f(m map[int]int) { for range maps.Keys(m) { } }",
		"maps.Keys, and nothing sorts it"},
	{"map order", "kv/a.go", "import (\"maps\"; \"slices\")\n" +
		"func f(m map[int]int) []int { return slices.Collect(maps.Values(m)) }", "maps.Values"},
	{"map order", "kv/a.go", "import (\"maps\"; \"slices\")\n" +
		"func f(m map[int]int) []int { return slices.Sorted(maps.Keys(m)) }", ""},
	{"map order", "kv/a.go", "import (\"maps\"; \"slices\")\n" +
		"func f(m map[int]int) { for range slices.Sorted(maps.Keys(m)) { } }", ""},

	{"float", "sim/disk/a.go", `type t struct{ loss float64 }`, "a float"},
	{"float", "sim/disk/a.go", `func f(n int) int { return int(0.5 * float32(n)) }`, "a float"},
	{"float", "sim/choice/a.go", `func ratio(f float64) {}`, "a float"},
	{"float", "sim/choice/a.go", `func RatioOf(f float64) float64 { return 2 * f }`, ""},
	{"float", "sim/scenario/a.go", `var loss float64`, ""},
	{"float", "sim/vtime/a.go", `const second int64 = 1e9`, ""},

	{"variable", "raft/a.go", `var names = [...]string{"a"}`, "variable names"},
	{"variable", "raft/a.go", "import \"errors\"\nvar errA = errors.New(\"a\")\nvar _ error = errA", ""},
	{"variable", "sim/fault/a.go", `var names = [...]string{"a"}`, ""},
	{"variable", "sim/fault/a.go", `var count int`, "variable count"},
	{"variable", "sim/fault/a.go", `var known = map[string]int{}`, "variable known"},
	{"variable", "sim/fault/a.go", "var names = []string{\"a\"}\nfunc f() { names[0] = \"b\" }", "writes to"},
	{"variable", "sim/fault/a.go", "var rows = []struct{ n int }{{1}}\nfunc f() { rows[0].n++ }", "writes to"},
	{"variable", "sim/fault/a.go", "var rows [2]int\nfunc f() { g(&rows[1]) }\nfunc g(*int) {}", "address"},
	{"variable", "sim/fault/a.go", "var rows [2]int\nfunc f() { rows := rows; rows[0] = 1 }", ""},
	{"variable", "sim/fault/a.go", `var row = struct{ n int }{1}`, ""},
	{"variable", "sim/fault/a.go", "var row = struct{ n int }{1}\nfunc f() { row.n = 2 }", "writes to"},
	{"variable", "sim/fault/a.go", "var row = &struct{ n int }{1}", "variable row"},
	{"variable", "sim/fault/a.go", "import \"regexp\"\nvar word = regexp.MustCompile(`a`)", ""},

	{"size", "raft/a.go", function(functionLines), ""},
	{"size", "raft/a.go", function(functionLines + 1), "71 lines in a function"},
	{"size", "raft/a.go", "var f = " + strings.Replace(function(functionLines+1), "f()", "()", 1),
		"71 lines in a function"},
	{"size", "raft/a_test.go", function(functionLines + 1), ""},
	{"size", "raft/a.go", strings.Repeat("\n", fileLines-3), ""},
	{"size", "raft/a.go", strings.Repeat("\n", fileLines-2), "501 lines in a file"},
	{"size", "raft/a_test.go", strings.Repeat("\n", testFileLines-3), ""},
	{"size", "raft/a_test.go", strings.Repeat("\n", testFileLines-2), "701 lines in a file"},
	{"size", "raft/a.go", "//\t\u2192" + strings.Repeat("a", lineColumns-7), ""},
	{"size", "raft/a.go", "//\t\u2192" + strings.Repeat("a", lineColumns-6), "101 columns"},
	{"size", "raft/a_test.go", "//" + strings.Repeat("a", testLineColumns-2), ""},
	{"size", "raft/a_test.go", "//" + strings.Repeat("a", testLineColumns-1), "121 columns"},

	{"name", "sim/kvutil/a.go", ``, "a package kvutil"},
	{"name", "raft/common.go", ``, "a file of common"},
	{"name", "raft/helpers_test.go", ``, "a file of helpers"},
	{"name", "raft/a.go", `func maybeVote() {}`, "a function maybeVote"},
	{"name", "raft/a.go", `func commonPrefix() {}`, ""},

	{"comment", "raft/a.go", "func F() {}", "what F is"},
	{"comment", "raft/a.go", "// F is.\nfunc F() {}", ""},
	{"comment", "raft/a.go", "//go:noinline\nfunc F() {}", "what F is"},
	{"comment", "raft/a.go", "// T is.\ntype T int\n\nfunc (*T) M() {}", "what M is"},
	{"comment", "raft/a.go", "type t int\nfunc (t) String() string { return \"\" }", ""},
	{"comment", "raft/a.go", "type T int", "what T is"},
	{"comment", "raft/a.go", "const (\n\tA = 1 // is\n\tB = 2\n)", "what B is"},
	{"comment", "raft/a.go", "// The letters.\nconst (\n\tA = 1\n\tB = 2\n)", ""},
	{"comment", "raft/a_test.go", "func F() {}", ""},
}

// function is a function of that many lines.
func function(lines int) string {
	return "func f() {\n" + strings.Repeat("\t_ = 0\n", lines-2) + "}\n"
}

// A lint that finds nothing proves something only if it could have found it.
func TestLintsConvict(t *testing.T) {
	h := repository(t)
	for _, l := range lints {
		convicted, acquitted := 0, 0
		for _, s := range snippets {
			if s.lint != l.name {
				continue
			}
			if s.want == "" {
				acquitted++
			} else {
				convicted++
			}
			if wrong := s.judge(t, h, l); wrong != "" {
				t.Errorf("%s: %s: %.80q: %s", l.name, s.file, s.text, wrong)
			}
		}
		if convicted == 0 || acquitted == 0 {
			t.Errorf("%s: %d snippets break it and %d keep it, want some of both", l.name, convicted, acquitted)
		}
	}
}

// judge makes the snippet a room, lets l look at it, and tells what l got wrong.
func (s snippet) judge(t *testing.T, h *house, l lint) string {
	t.Helper()
	folder := path.Dir(s.file)
	if !l.holds(folder) {
		t.Fatalf("%s does not hold in %s", l.name, folder)
	}
	f, err := h.parse(s.file, "// Package p is.\npackage "+path.Base(folder)+"\n"+s.text+"\n")
	if err != nil {
		t.Fatal(err)
	}
	r := &room{path: folder, fset: h.fset, files: []*file{f}}
	h.check(r)
	broken := l.find(r)
	if s.want == "" && len(broken) > 0 {
		return fmt.Sprintf("found %q, want nothing", broken)
	}
	if s.want != "" && (len(broken) != 1 || !strings.Contains(broken[0], s.want)) {
		return fmt.Sprintf("found %q, want one with %q", broken, s.want)
	}
	if s.want == "" && len(r.errs) > 0 && !s.importsOnly() {
		return fmt.Sprintf("it does not type-check: %v", r.errs[0])
	}
	return ""
}

// importsOnly tells whether no type matters to the verdict on s.
func (s snippet) importsOnly() bool { return s.lint == "fence" || s.lint == "stranger" }
