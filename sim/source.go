package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"raftkv/scenarios"
	"raftkv/sim/results"
	"raftkv/sim/scenario"
	"raftkv/sim/spelling"
)

// source is the flags that say which scenario is to run, and with which seed.
type source struct {
	scenario string
	seed     *string // nil if not given
	set      settings
	all      []scenario.Assignment // those of the environment too, but for the seed
}

// settings is the values of -set. There can be many; SIM_SET does not stand in for them, but comes
// before them.
type settings []scenario.Assignment

// Set takes one more.
func (s *settings) Set(text string) error {
	a, err := scenario.ParseAssignment(text, "-set")
	*s = append(*s, a)
	return err
}

// String is for the flag package, which would tell the default.
func (s *settings) String() string { return "" }

// define adds the flags.
func (s *source) define(f *flag.FlagSet) {
	f.StringVar(&s.scenario, "scenario", "default", "")
	s.defineValues(f)
}

// defineValues adds the flags that change what a scenario says.
func (s *source) defineValues(f *flag.FlagSet) {
	f.Func("seed", "", func(text string) error { s.seed = &text; return nil })
	f.Var(&s.set, "set", "")
}

// assignments returns what is set besides the file: first by the environment, then by flags.
func (s *source) assignments(sh *shell) ([]scenario.Assignment, error) {
	s.all = nil
	for line := range strings.Lines(sh.variable("SIM_SET")) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		a, err := scenario.ParseAssignment(strings.TrimSpace(line), "SIM_SET")
		if err != nil {
			return nil, fmt.Errorf("sim: %w", err)
		}
		a.Origin = "environment (SIM_SET)"
		s.all = append(s.all, a)
	}
	s.all = append(s.all, s.set...)
	if s.seed == nil {
		return s.all, nil
	}
	a := seedAssignment(*s.seed, "-seed", "-seed "+quoted(*s.seed))
	if sh.mirrored["seed"] {
		a.Origin, a.Said = "environment (SIM_SEED)", "SIM_SEED="+*s.seed
	}
	return append(slices.Clone(s.all), a), nil
}

// seedAssignment sets the seed, which is a text here: a TOML integer has a sign.
func seedAssignment(seed, origin, said string) scenario.Assignment {
	return scenario.Assignment{
		Key: "seed", Value: strconv.Quote(seed), Origin: origin, Said: said,
	}
}

// load reads the scenario.
func (s *source) load(sh *shell) (scenario.Resolved, error) {
	set, err := s.assignments(sh)
	if err != nil {
		return scenario.Resolved{}, err
	}
	return load(s.scenario, set)
}

// load reads a scenario: the file of that path, or the built-in one of that name.
func load(name string, set []scenario.Assignment) (scenario.Resolved, error) {
	data, builtIn := scenarios.Read(builtInName(name))
	folder := results.Is(name)
	if !folder {
		s, err := scenario.Load(name, set...)
		if !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
	}
	switch {
	case builtIn:
		return scenario.Read(scenario.Input{
			Name: builtInName(name) + ".toml", Data: data, Set: set, Open: os.ReadFile,
		})
	case folder:
		return scenario.Resolved{}, fmt.Errorf("sim: %s is a folder, want a scenario file; "+
			"a folder of results runs again by sim replay %s", name, quoted(name))
	}
	return scenario.Resolved{}, fmt.Errorf("sim: there is no file %s, and no built-in scenario of "+
		"that name%s (there are %s)", name, meant(name), strings.Join(scenarios.Names(), ", "))
}

// builtInName returns the name that a built-in scenario has, if it is one: scenarios/default.toml,
// as the repository has it, is default anywhere.
func builtInName(name string) string {
	if file, ok := strings.CutPrefix(name, "scenarios/"); ok {
		return strings.TrimSuffix(file, ".toml")
	}
	return name
}

// meant tells which file or built-in scenario a name was perhaps meant to be.
func meant(name string) string {
	candidates := scenarios.Names()
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*.toml"))
	candidates = append(candidates, files...)
	if near := spelling.Nearest(filepath.Clean(name), candidates); near != "" {
		return fmt.Sprintf(", did you mean %s?", near)
	}
	base := strings.TrimSuffix(filepath.Base(name), ".toml")
	if near := spelling.Nearest(base, scenarios.Names()); near != "" {
		return fmt.Sprintf(", did you mean %s?", near)
	}
	return ""
}

// chooseSeed returns the seed of the scenario, which the flags have set, or a fresh one.
func chooseSeed(s *scenario.Scenario) (seed uint64, fresh bool) {
	if s.Seed != nil {
		return *s.Seed, false
	}
	return rand.Uint64(), true
}

// words are the arguments that name the source, with a seed, whatever the environment says.
func (s *source) words(seed uint64) string {
	return wordsOf(s.scenario, seed, assigned(s.all))
}

// assigned returns what is set, as -set has it.
func assigned(all []scenario.Assignment) []string {
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = a.Key + "=" + a.Value
	}
	return texts
}

// wordsOf are the arguments that name a scenario, a seed, and what is set.
func wordsOf(name string, seed uint64, set []string) string {
	text := fmt.Sprintf("%s -seed %d", quoted(name), seed)
	for _, one := range set {
		text += " -set " + quoted(one)
	}
	return text
}

// quoted returns a text as a shell reads it as one word.
func quoted(text string) string {
	if text != "" && !strings.ContainsAny(text, " \t\n'\"\\$`&;|<>()*?[]{}~#!") {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
