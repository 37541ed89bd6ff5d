package lab

import (
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"raftkv/scenarios"
	"raftkv/sim/trace"
)

var update = flag.Bool("update", false, "write the golden hashes anew")

const goldenFile = "../../testdata/golden/hashes.txt"

// goldenSeeds are the seeds whose hashes are kept, of every built-in scenario.
var goldenSeeds = []uint64{1, 2, 3, 42, 1<<64 - 1}

// hashes returns a line for each built-in scenario and golden seed.
func hashes(t testing.TB) string {
	var b strings.Builder
	var l Lab
	for _, name := range scenarios.Names() {
		s := builtIn(t, name)
		for _, seed := range goldenSeeds {
			r := l.Run(s, seed, nil)
			fmt.Fprintf(&b, "%s %d %v\n", name, seed, r.Hash)
		}
	}
	return b.String()
}

// TestGoldenHashes: a change of these is a change of every recorded seed. Write them anew (-update)
// only with the reason in the commit.
func TestGoldenHashes(t *testing.T) {
	got := hashes(t)
	if *update {
		if err := os.WriteFile(goldenFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, got, string(want))
}

func compareLines(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	if len(g) != len(w) {
		t.Errorf("%d hashes, want %d", len(g), len(w))
	}
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Errorf("got %s, want %s", g[i], w[i])
		}
	}
}

// TestDeterministicInOtherProcesses compares with runs in fresh processes: the seeds of Go's maps,
// the addresses, the garbage collector and the threads are other ones there.
func TestDeterministicInOtherProcesses(t *testing.T) {
	const child = "RAFTKV_PRINT_HASHES"
	if os.Getenv(child) != "" {
		fmt.Printf("hashes:\n%s:end\n", hashes(t))
		return
	}
	if runtime.GOOS == "js" {
		t.Skip("no processes here")
	}
	want := hashes(t)
	for _, environment := range []string{"GOMAXPROCS=1", "GOMAXPROCS=8", "GOGC=1", "GOGC=off"} {
		command := exec.Command(os.Args[0], "-test.run=^TestDeterministicInOtherProcesses$")
		command.Env = append(os.Environ(), child+"=1", environment)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", environment, err, out)
		}
		_, rest, _ := strings.Cut(string(out), "hashes:\n")
		got, _, _ := strings.Cut(rest, ":end")
		compareLines(t, got, want)
	}
}

// TestDeterministicOnOtherPlatforms builds the command for other processors and runs it there: 386
// runs on amd64 as it is, arm64 where an emulator is.
func TestDeterministicOnOtherPlatforms(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the command twice")
	}
	for _, platform := range []struct{ arch, emulator string }{
		{"386", ""},
		{"arm64", "qemu-aarch64-static"},
	} {
		t.Run(platform.arch, func(t *testing.T) { comparePlatform(t, platform.arch, platform.emulator) })
	}
}

func comparePlatform(t *testing.T, arch, emulator string) {
	if arch == runtime.GOARCH {
		t.Skip("the tests themselves run there")
	}
	var run []string
	if emulator != "" {
		path, err := exec.LookPath(emulator)
		if err != nil {
			t.Skipf("no %s here", emulator)
		}
		run = append(run, path)
	} else if runtime.GOARCH != "amd64" || runtime.GOOS != "linux" {
		t.Skipf("%s does not run here", arch)
	}
	binary := filepath.Join(t.TempDir(), "sim")
	build := exec.Command("go", "build", "-o", binary, "..")
	build.Env = append(os.Environ(), "GOARCH="+arch, "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run = append(run, binary)
	var l Lab
	for _, name := range scenarios.Names() {
		for _, seed := range goldenSeeds[:2] {
			want := l.Run(builtIn(t, name), seed, nil).Hash
			args := append(run[1:], "-json", "-scenario", name, "-seed", fmt.Sprint(seed))
			out, err := exec.Command(run[0], args...).Output()
			if err != nil {
				t.Errorf("%s, seed %d: %v", name, seed, err)
			}
			if !strings.Contains(string(out), fmt.Sprintf(`"trace_hash":"%v"`, want)) {
				t.Errorf("%s, seed %d: want %v, got %s", name, seed, want, out)
			}
		}
	}
}

// TestUsedLabEqualsNewOne: a world that has run other scenarios and seeds, in any order, gives what
// a new world gives.
func TestUsedLabEqualsNewOne(t *testing.T) {
	const seeds = 1000
	names := scenarios.Names()
	order := rand.New(rand.NewSource(1)).Perm(seeds)
	var used Lab
	for _, i := range order {
		s := builtIn(t, names[i%len(names)])
		if i%3 == 0 {
			s = parse(t, "hostile", fmt.Sprintf(hostile, 1+i%7, i%5))
		}
		seed := uint64(i)
		got := used.Run(s, seed, nil)
		want := new(Lab).Run(s, seed, nil)
		if got.Hash != want.Hash || got.Status != want.Status || got.Ops != want.Ops {
			t.Fatalf("%s, seed %d: a used lab gives %v %v, a new one %v %v",
				s.Name, seed, got.Status, got.Hash, want.Status, want.Hash)
		}
	}
}

// hostile is a scenario of a few servers and clients, in which everything goes wrong at once.
const hostile = `
num_nodes = %d
num_clients = %d
duration = "10s"
[network]
latency = {dist = "uniform", min = "0s", max = "80ms"}
loss = 0.05
duplicate = 0.1
[storage]
fsync = {dist = "uniform", min = "0s", max = "30ms"}
[[fault]]
at = "300ms"
do = "crash"
node = "random"
for = "500ms"
[[fault]]
at = "400ms"
do = "pause"
node = "leader"
for = "700ms"
[[fault]]
at = "600ms"
do = "isolate"
node = "follower"
for = "1s"
[[fault]]
at = "900ms"
do = "crash"
node = "n1"
for = "400ms"
`

// TestSeedsDiffer: a hash that never changes would pass all of the above.
func TestSeedsDiffer(t *testing.T) {
	s := builtIn(t, "default")
	seen := make(map[trace.Hash]uint64)
	var l Lab
	for seed := range uint64(1000) {
		r := l.Run(s, seed, nil)
		if other, ok := seen[r.Hash]; ok {
			t.Errorf("seeds %d and %d have the same hash", other, seed)
		}
		seen[r.Hash] = seed
	}
}

func TestVerifyFindsNoDifference(t *testing.T) {
	for _, name := range scenarios.Names() {
		r, difference := Verify(builtIn(t, name), 42, nil)
		if difference != nil || r.Records == 0 {
			t.Errorf("%s: %d records, %+v", name, r.Records, difference)
		}
	}
}
