package main_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is how the import paths of this repository begin.
const module = "raftkv/"

// root is the top of the repository, seen from where these tests run.
const root = ".."

// A stranger is a package of the standard library that rooms in which all must repeat do without.
type stranger struct{ path, reason string }

var strangers = []stranger{
	{"math/rand", "chance has one door, sim/choice: what is drawn elsewhere no seed repeats"},
	{"math/rand/v2", "chance has one door, sim/choice: what is drawn elsewhere no seed repeats"},
	{"crypto/rand", "chance has one door, sim/choice: what is drawn elsewhere no seed repeats"},
	{"hash/maphash", "its seed is another in each process"},
	{"time", "the only clock is sim/vtime"},
	{"os", "a run is made of its scenario and seed, not of the machine it runs on"},
	{"os/exec", "a run is made of its scenario and seed, not of the machine it runs on"},
	{"os/signal", "what comes from outside comes at another moment each time"},
	{"net", "the only network is sim/network"},
	{"net/http", "the only network is sim/network"},
	{"syscall", "a run is made of its scenario and seed, not of the machine it runs on"},
	{"log", "it stamps what it writes with the time on the wall"},
	{"context", "its deadlines are those of the clock on the wall"},
	{"sync", "one thread runs the world; who needs a lock has another"},
	{"sync/atomic", "one thread runs the world; who needs an atomic has another"},
	{"runtime", "what it tells differs between machines and moments"},
	{"runtime/debug", "what it tells differs between machines and moments"},
	{"unsafe", "addresses and layouts differ between machines"},
	{"reflect", "it hides map ranges and channels from these tests"},
	{"C", "another compiler, another run"},
}

// invited are the strangers that one room may know after all.
var invited = []struct{ room, path, reason string }{
	{"sim/vtime", "time", "durations are written and read as Go writes and reads them"},
	{"sim/scenario", "os", "scenarios are files"},
}

// onlyEmbed is the room that needs one package and gets no other.
const onlyEmbed = "scenarios"

// deterministic tells whether all that a room does must be the same on each run: it is so for all
// but the command and the results, which meet the real world, the sweep, whose workers run worlds side
// by side and put them in order afterwards, the zoo, which starts the go tool and what it builds, and
// the scenarios, which do nothing.
func deterministic(room string) bool {
	return room != "sim" && room != "sim/results" && room != "sim/sweep" && room != "sim/zoo" &&
		room != onlyEmbed
}

func everywhere(string) bool { return true }

// A lint is a rule of this repository: where it holds, who breaks it there, why it is one.
type lint struct {
	name   string
	holds  func(room string) bool
	find   func(*room) []string // a line for each place that breaks it
	reason string
}

var lints = []lint{
	{"fence", everywhere, findFences,
		"who may import whom is the architecture; the rest is detail"},
	{"stranger", deterministic, findStrangers,
		"the same scenario and seed give the same run, bit for bit, on every machine"},
	{"machine", deterministic, findMachine,
		"the clock, the environment and the memory of this machine are no part of a run"},
	{"goroutine", deterministic, findGoroutines,
		"who runs first among goroutines is decided by chance that no seed governs"},
	{"map order", deterministic, findMapOrder,
		"maps are ranged over in another order each time; take slices.Sorted(maps.Keys(m))"},
	{"float", deterministic, findFloats,
		"compilers may fuse a multiplication with an addition: other bits on arm64 than on amd64"},
	{"variable", deterministic, findVariables,
		"what outlives a run changes the next: worlds side by side must not touch"},
	{"size", everywhere, findSizes,
		"what does not fit on a screen is not read, and not understood"},
	{"name", everywhere, findNames,
		"such a name says what could not be named; name the idea instead"},
	{"comment", everywhere, findUncommented,
		"what others use says what it is, in what units, and how it fails"},
}

// The repository keeps its own rules.
func TestRules(t *testing.T) {
	h := repository(t)
	for _, l := range lints {
		t.Run(l.name, func(t *testing.T) {
			for _, r := range h.sorted() {
				if !l.holds(r.path) {
					continue
				}
				for _, broken := range l.find(r) {
					t.Errorf("%s\n\twhy: %s", broken, l.reason)
				}
			}
		})
	}
}

// A lint that needs types sees nothing where there are none, so a room without types has not passed.
func TestRulesSeeAllTypes(t *testing.T) {
	for _, r := range repository(t).sorted() {
		if deterministic(r.path) && len(r.errs) > 0 {
			t.Errorf("%s does not type-check: %v", r.path, r.errs[0])
		}
	}
}

// A fence around nothing is a rename that forgot the table.
func TestEachFenceHasItsRoom(t *testing.T) {
	h := repository(t)
	for _, f := range fences {
		if h.rooms[f.room] == nil {
			t.Errorf("there is no room %s, but a fence around it", f.room)
		}
	}
}

// findFences finds imports from rooms and modules that the importing room may not know.
func findFences(r *room) (broken []string) {
	at := slices.IndexFunc(fences, func(f fence) bool { return f.room == r.path })
	if at < 0 {
		return []string{r.path + ": no fence is around this room: add it to the table, with its reason"}
	}
	for _, imported := range r.imports() {
		if fences[at].allows(imported.path) {
			continue
		}
		broken = append(broken, r.at(imported.pos, "%s may not import %s: %s",
			r.path, imported.path, fences[at].reason))
	}
	return broken
}

func (f fence) allows(path string) bool {
	if f.room == onlyEmbed {
		return path == "embed"
	}
	if inStandardLibrary(path) {
		return true
	}
	return slices.ContainsFunc(f.may, func(may string) bool {
		if strings.HasPrefix(may, module) {
			return path == may
		}
		return path == may || strings.HasPrefix(path, may+"/")
	})
}

// inStandardLibrary tells it as the go command does: paths of other modules begin with a host.
func inStandardLibrary(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && first+"/" != module
}

// findStrangers finds imports of packages that no deterministic room may know.
func findStrangers(r *room) (broken []string) {
	for _, imported := range r.imports() {
		for _, s := range strangers {
			if s.path != imported.path || invitedTo(r.path, s.path) {
				continue
			}
			broken = append(broken, r.at(imported.pos, "%s may not import %s: %s",
				r.path, s.path, s.reason))
		}
	}
	return broken
}

func invitedTo(room, path string) bool {
	for _, i := range invited {
		if i.room == room && i.path == path {
			return true
		}
	}
	return false
}

// ofThisMachine are the doors to the machine in packages that some rooms may know.
var ofThisMachine = []string{
	"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc", "time.Tick",
	"time.NewTimer", "time.NewTicker", "time.Local", "time.LoadLocation",
	"os.Args", "os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "os.Hostname", "os.Getpid",
	"os.UserHomeDir", "os.TempDir", "os.CreateTemp", "os.MkdirTemp",
}

var (
	directives   = regexp.MustCompile(`^//(go:build|go:linkname| \+build)\b`)
	platformFile = regexp.MustCompile(`_(386|amd64|arm|arm64|wasm|linux|darwin|windows|unix)\.go$`)
)

// findMachine finds clocks, the environment, addresses, and source for one platform only.
func findMachine(r *room) (broken []string) {
	for _, f := range r.own() {
		if platformFile.MatchString(f.name) {
			broken = append(broken, f.name+": source for one platform")
		}
		for _, group := range f.syntax.Comments {
			for _, c := range group.List {
				if directives.MatchString(c.Text) {
					broken = append(broken, r.at(c.Pos(), "%s", c.Text))
				}
			}
		}
	}
	r.inspect(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Ident:
			if used := r.global(n); slices.Contains(ofThisMachine, used) {
				broken = append(broken, r.at(n.Pos(), "%s", used))
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING && strings.Contains(n.Value, "%p") {
				broken = append(broken, r.at(n.Pos(), "%%p prints an address"))
			}
		}
	})
	return broken
}

// findGoroutines finds what starts them and what they talk through.
func findGoroutines(r *room) (broken []string) {
	r.inspect(func(n ast.Node) {
		switch n.(type) {
		case *ast.GoStmt:
			broken = append(broken, r.at(n.Pos(), "go statement"))
		case *ast.ChanType:
			broken = append(broken, r.at(n.Pos(), "channel"))
		case *ast.SelectStmt:
			broken = append(broken, r.at(n.Pos(), "select statement"))
		}
	})
	return broken
}

// findMapOrder finds ranges over maps, and iterators over maps that nothing sorts.
func findMapOrder(r *room) (broken []string) {
	sorted := map[*ast.Ident]bool{}
	r.inspect(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if t := r.info.TypeOf(n.X); t != nil && mayBeMap(t) {
				broken = append(broken, r.at(n.Pos(), "range over a map"))
			}
		case *ast.CallExpr:
			// The call is seen before its arguments are.
			if strings.HasPrefix(r.global(lastName(n.Fun)), "slices.Sorted") {
				if keys, ok := n.Args[0].(*ast.CallExpr); ok {
					sorted[lastName(keys.Fun)] = true
				}
			}
		case *ast.Ident:
			switch used := r.global(n); used {
			case "maps.Keys", "maps.Values", "maps.All":
				if !sorted[n] {
					broken = append(broken, r.at(n.Pos(), "%s, and nothing sorts it", used))
				}
			}
		}
	})
	return broken
}

// mayBeMap tells whether t is a map, or a type parameter that a map may stand for.
func mayBeMap(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Map:
		return true
	case *types.Interface:
		for embedded := range t.EmbeddedTypes() {
			if mayBeMap(embedded) {
				return true
			}
		}
	case *types.Union:
		for term := range t.Terms() {
			if mayBeMap(term.Type()) {
				return true
			}
		}
	}
	return false
}

// mayFloat are the places where a user's fraction becomes an exact number. A name without a function
// is a whole room.
var mayFloat = []struct{ name, reason string }{
	{"sim/scenario", "fractions in a file are floats until they are ratios"},
	{"sim/choice.RatioOf", "the door through which a fraction comes in, rounded once"},
}

// findFloats finds lines with a value or a type that is a float.
func findFloats(r *room) (broken []string) {
	if maysFloat(r.path) {
		return nil
	}
	lines := map[string]bool{}
	see := func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok && maysFloat(r.path+"."+f.Name.Name) {
			return false
		}
		e, ok := n.(ast.Expr)
		if !ok || !isFloat(r.info.TypeOf(e)) {
			return true
		}
		p := r.fset.Position(e.Pos())
		p.Column = 0
		if !lines[p.String()] {
			lines[p.String()] = true
			broken = append(broken, p.String()+": a float")
		}
		return true
	}
	for _, f := range r.own() {
		ast.Inspect(f.syntax, see)
	}
	return broken
}

func maysFloat(name string) bool {
	for _, m := range mayFloat {
		if m.name == name {
			return true
		}
	}
	return false
}

func isFloat(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}

// findVariables finds variables of packages that may change, and where one is changed. Errors to
// compare with are none, nor are tables: arrays, slices, structs and functions that nobody writes to.
// Raft and the store do without tables too: what they know is in their state or in their text.
func findVariables(r *room) (broken []string) {
	for _, f := range r.own() {
		for _, d := range f.syntax.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				broken = append(broken, r.changeable(g)...)
			}
		}
	}
	written := func(e ast.Expr, how string) {
		if v := r.rootVariable(e); v != nil {
			broken = append(broken, r.at(e.Pos(), "%s the variable %s", how, v.Name()))
		}
	}
	r.inspect(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				written(left, "writes to")
			}
		case *ast.IncDecStmt:
			written(n.X, "writes to")
		case *ast.RangeStmt:
			written(n.Key, "writes to")
			written(n.Value, "writes to")
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				written(n.X, "takes the address of")
			}
		}
	})
	return broken
}

func (r *room) changeable(g *ast.GenDecl) (broken []string) {
	for _, spec := range g.Specs {
		for _, name := range spec.(*ast.ValueSpec).Names {
			v := r.info.Defs[name]
			if name.Name == "_" || v == nil || types.Identical(v.Type(), types.Universe.Lookup("error").Type()) {
				continue
			}
			switch v.Type().Underlying().(type) {
			case *types.Array, *types.Slice, *types.Struct, *types.Signature:
				if r.path != "raft" && r.path != "kv" {
					continue
				}
			}
			if v.Type().String() == "*regexp.Regexp" {
				continue // it never changes
			}
			broken = append(broken, r.at(name.Pos(), "the variable %s of the package", name.Name))
		}
	}
	return broken
}

// rootVariable is the variable of a package in which e is a place, nil if there is none.
func (r *room) rootVariable(e ast.Expr) types.Object {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			if r.global(x.Sel) != "" {
				e = x.Sel
			} else {
				e = x.X
			}
		case *ast.Ident:
			if v, ok := r.info.Uses[x].(*types.Var); ok && r.global(x) != "" {
				return v
			}
			return nil
		default:
			return nil
		}
	}
}

// A house is the repository's source, type-checked but for the tests.
type house struct {
	fset  *token.FileSet
	rooms map[string]*room // by path
	std   types.Importer   // of what is not ours
}

// A room is one folder of source.
type room struct {
	path  string // from the root, with slashes
	fset  *token.FileSet
	files []*file
	pkg   *types.Package
	info  *types.Info // nil until the type checker comes
	errs  []error     // of the type checker
}

// A file is one file of Go source.
type file struct {
	name   string // from the root, with slashes
	text   string
	syntax *ast.File
}

func (f *file) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// repository is the source of this repository, read once.
func repository(t *testing.T) *house {
	t.Helper()
	h, err := readRepository()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

var readRepository = sync.OnceValues(func() (*house, error) {
	fset := token.NewFileSet()
	h := &house{fset, map[string]*room{}, importer.ForCompiler(fset, "source", nil)}
	for _, top := range []string{"raft", "kv", "sim", "scenarios"} {
		if err := filepath.WalkDir(filepath.Join(root, top), h.visit); err != nil {
			return nil, err
		}
	}
	for _, r := range h.sorted() {
		if deterministic(r.path) { // no rule asks for the types of the others
			h.check(r)
		}
	}
	return h, nil
})

func (h *house) visit(name string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	if entry.IsDir() && entry.Name() == "testdata" {
		return fs.SkipDir
	}
	if entry.IsDir() || filepath.Ext(name) != ".go" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	name, err = filepath.Rel(root, name)
	if err != nil {
		return err
	}
	f, err := h.parse(filepath.ToSlash(name), string(text))
	if err != nil {
		return err
	}
	folder := path.Dir(f.name)
	if h.rooms[folder] == nil {
		h.rooms[folder] = &room{path: folder, fset: h.fset}
	}
	h.rooms[folder].files = append(h.rooms[folder].files, f)
	return nil
}

func (h *house) parse(name, text string) (*file, error) {
	syntax, err := parser.ParseFile(h.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return &file{name, text, syntax}, err
}

func (h *house) sorted() []*room {
	rooms := make([]*room, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	slices.SortFunc(rooms, func(a, b *room) int { return strings.Compare(a.path, b.path) })
	return rooms
}

// check gives a room its types. What is wrong with them is kept in errs.
func (h *house) check(r *room) {
	if r.info != nil {
		return
	}
	r.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}
	config := types.Config{Importer: h, Error: func(err error) { r.errs = append(r.errs, err) }}
	var syntax []*ast.File
	for _, f := range r.own() {
		syntax = append(syntax, f.syntax)
	}
	r.pkg, _ = config.Check(module+r.path, h.fset, syntax, r.info) // errors went to Error
}

// Import makes a house an importer for its own rooms.
func (h *house) Import(path string) (*types.Package, error) {
	name, isOurs := strings.CutPrefix(path, module)
	if !isOurs {
		return h.std.Import(path)
	}
	r := h.rooms[name]
	if r == nil {
		return nil, fmt.Errorf("there is no room %s", name)
	}
	h.check(r)
	if r.pkg == nil {
		return nil, fmt.Errorf("%s imports itself", name)
	}
	return r.pkg, nil
}

// own is the files of a room without its tests.
func (r *room) own() []*file {
	return slices.DeleteFunc(slices.Clone(r.files), (*file).isTest)
}

// inspect shows the nodes of a room without its tests, each before what it holds.
func (r *room) inspect(see func(ast.Node)) {
	for _, f := range r.own() {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if n != nil {
				see(n)
			}
			return true
		})
	}
}

// at is a line about a place.
func (r *room) at(pos token.Pos, format string, args ...any) string {
	return r.fset.Position(pos).String() + ": " + fmt.Sprintf(format, args...)
}

type imported struct {
	path string
	pos  token.Pos
}

func (r *room) imports() (all []imported) {
	for _, f := range r.own() {
		for _, i := range f.syntax.Imports {
			all = append(all, imported{strings.Trim(i.Path.Value, "\"`"), i.Pos()})
		}
	}
	return all
}

// global is what name means as "package.Name", empty unless that is declared at the top of a package.
func (r *room) global(name *ast.Ident) string {
	o := r.info.Uses[name]
	if o == nil || o.Pkg() == nil || o.Parent() != o.Pkg().Scope() {
		return ""
	}
	return o.Pkg().Path() + "." + o.Name()
}

// lastName is the name at the end of what a call calls: Keys of maps.Keys[K].
func lastName(called ast.Expr) *ast.Ident {
	switch e := called.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	case *ast.IndexExpr:
		return lastName(e.X)
	case *ast.IndexListExpr:
		return lastName(e.X)
	}
	return nil
}
