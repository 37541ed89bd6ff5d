package scenario

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"raftkv/scenarios"
)

var update = flag.Bool("update", false, "write scenarios/schema.json anew")

const schemaFile = "../../scenarios/schema.json"

// TestJSONSchemaIsWritten: the file that editors read is made of the tables by which files are read.
func TestJSONSchemaIsWritten(t *testing.T) {
	if *update {
		if err := os.WriteFile(schemaFile, JSONSchema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, JSONSchema()) {
		t.Errorf("%s is not what sim help schema prints: write it anew with "+
			"go test ./sim/scenario -run JSONSchema -update", schemaFile)
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate tells what the schema has against a file.
func validate(t interface{ Fatalf(string, ...any) }, s *jsonschema.Schema, data []byte) error {
	var decoded map[string]any
	if err := toml.Unmarshal(data, &decoded); err != nil {
		t.Fatalf("%v", err)
	}
	text, err := json.Marshal(decoded)
	if err != nil {
		t.Fatalf("%v", err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s.Validate(instance)
}

// An editor has nothing against a file that can be read.
func TestJSONSchemaTakesWhatCanBeRead(t *testing.T) {
	s := compiled(t)
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Read(name)
		if err := validate(t, s, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := validate(t, s, []byte(everything)); err != nil {
		t.Error(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		w := anyScenario(t)
		resolved := w.want.TOML()
		for _, data := range []string{w.text.String(), string(resolved)} {
			if err := validate(t, s, []byte(data)); err != nil {
				t.Fatalf("%s\n%v", data, err)
			}
		}
	})
}

// And it sees what a single value tells.
func TestJSONSchemaRefusesWhatItCanSee(t *testing.T) {
	s := compiled(t)
	for _, data := range []string{
		"num_node = 5", "num_nodes = 0", "num_nodes = 64", "num_nodes = 2.5", "num_nodes = '5'",
		"network.loss = 1.1", "network.latency = '10'", "network.latency = '-1s'", "network = 1",
		"network.latency.dist = 'uniform'", "network.latency = {dist = 'normal', mean = '1s'}",
		"raft.first_leader = 'n64'", "raft.heartbeat = 'never'", "workload.keys = []",
		"workload.mix = {put = -1}", "fault = [{at = '1s'}]", "fault = [{do = 'kill', at = '1s'}]",
		"fault = [{do = 'cut', link = {from = 'n1'}}]", "checks.agreement = 'off'",
		"expect.check = 'everything'", "seed = '5dea028'", "seed = -1", "name = ''",
		"duration = '0s'", "duration = '0.0ms'", "workload.timeout = '0h0m'", `name = "x\ty"`,
		`name = "\u0085"`, "workload.mix = {put = 0, get = 0, delete = 0}", "workload.mix = {}",
		"workload.mix = {get = 0}", "raft.election_timeout = {min = '0s', max = '1s'}",
		"network.tail = '10ms'", "network.tail = {rate = 0.1}", "network.bandwidth = 0",
		"network.bandwidth = '1mb'", "network.fifo = 1", "network.link = [{between = ['n1']}]",
		"network.link = [{from = 'n1', to = 'n2', los = 1}]", "network.link = {from = 'n1'}",
		"regions.n64 = 'us'", "regions.c1001 = 'us'", "regions.c0 = 'us'", "regions.n1 = ''",
		"storage.lie_sync = 2",
	} {
		if validate(t, s, []byte(data)) == nil {
			t.Errorf("the schema has nothing against %s", data)
		}
		if _, err := Parse("f", []byte(data)); err == nil {
			t.Errorf("%s can be read", data)
		}
	}
}

// Every key that editors know, people are told of too.
func TestReferenceTellsEveryKey(t *testing.T) {
	text := Reference()
	var expect func(members []member)
	expect = func(members []member) {
		for _, m := range members {
			if !strings.Contains(text, m.name) {
				t.Errorf("the reference does not tell of %s", m.name)
			}
			if m.about == "" {
				t.Errorf("nothing says what %s is", m.name)
			}
			if m.preset == "" {
				expect(m.form.members)
			}
		}
	}
	expect(formOf(schema).members)
	for line := range strings.Lines(text) {
		if len([]rune(line)) > referenceWidth+1 {
			t.Errorf("%q is wider than %d columns", line, referenceWidth)
		}
	}
}
