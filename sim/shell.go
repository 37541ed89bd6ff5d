package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/term"

	"raftkv/sim/spelling"
)

// shell is where the command runs: what it writes to, the environment, the terminal if it has one.
type shell struct {
	stdout, stderr io.Writer
	environment    []string // as os.Environ has it

	width  int // columns of the terminal that stdout is, 0 if it is none
	colour bool
	paints bool // stderr is a terminal on which a line can be painted over

	args     []string
	mirrored map[string]bool // flags that a variable of the environment has set
}

// here is the shell that this process was started in.
func here() *shell {
	// A pipe that nobody reads is an error of a write, and not the end of everything: what goes to
	// files is wanted all the same.
	signal.Ignore(syscall.SIGPIPE)
	sh := &shell{stdout: os.Stdout, stderr: os.Stderr, environment: os.Environ()}
	sh.paints = term.IsTerminal(int(os.Stderr.Fd())) && sh.variable("TERM") != "dumb"
	fd := int(os.Stdout.Fd())
	if !term.IsTerminal(fd) {
		return sh
	}
	if width, _, err := term.GetSize(fd); err == nil {
		sh.width = width
	}
	sh.colour = sh.wantsColour()
	return sh
}

// wantsColour tells whether a terminal is to be coloured.
func (sh *shell) wantsColour() bool {
	return sh.variable("NO_COLOR") == "" && sh.variable("TERM") != "dumb"
}

// variable returns the value of a variable of the environment, "" if there is none.
func (sh *shell) variable(name string) string {
	for _, v := range sh.environment {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// flagSet returns an empty set of flags of a command.
func flagSet(command string) *flag.FlagSet {
	f := flag.NewFlagSet(command, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

// errHelp is returned where help is asked for.
var errHelp = flag.ErrHelp

// parse reads the arguments of a command, flags and operands in any order. A flag that is not among
// them has its value from the environment: SIM_SEED is -seed. The error is a sentence for the user.
func (sh *shell) parse(f *flag.FlagSet, args []string) (operands []string, err error) {
	for {
		if err := f.Parse(args); err != nil {
			return nil, explainFlag(f, err)
		}
		if f.NArg() == 0 {
			break
		}
		operands = append(operands, f.Arg(0))
		args = f.Args()[1:]
	}
	given := map[string]bool{}
	f.Visit(func(fl *flag.Flag) { given[fl.Name] = true })
	f.VisitAll(func(fl *flag.Flag) {
		value := sh.variable(variableOf(fl.Name))
		if _, many := fl.Value.(*settings); many || given[fl.Name] || value == "" || err != nil {
			return
		}
		if sh.mirrored == nil {
			sh.mirrored = map[string]bool{}
		}
		sh.mirrored[fl.Name] = true
		if wrong := f.Set(fl.Name, value); wrong != nil {
			what := strings.Replace(wrong.Error(), "parse error", "want true or false", 1)
			err = fmt.Errorf("sim: %s=%s: %s, see sim help %s",
				variableOf(fl.Name), value, what, f.Name())
		}
	})
	return operands, err
}

// suspect tells of variables that look like ours, but stand in for no flag.
func (sh *shell) suspect() {
	var known []string
	for _, u := range usages {
		for word := range strings.FieldsSeq(u.text) {
			if name, ok := strings.CutPrefix(strings.Trim(word, ".,;:()"), "-"); ok && name != "" {
				known = append(known, strings.ToLower(variableOf(name)))
			}
		}
	}
	for _, v := range sh.environment {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "SIM_") || slices.Contains(known, strings.ToLower(name)) {
			continue
		}
		if near := spelling.Nearest(name, known); near != "" {
			fmt.Fprintf(sh.stderr, "sim: %s stands in for no flag, did you mean %s?\n",
				name, strings.ToUpper(near))
		}
	}
}

// variableOf is the variable that stands for a flag.
func variableOf(flag string) string {
	return "SIM_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// explainFlag says what is wrong with the flags, and which one was perhaps meant.
func explainFlag(f *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return errHelp
	}
	text := unwrapped(err.Error())
	name, unknown := strings.CutPrefix(text, "flag provided but not defined: -")
	if !unknown {
		return fmt.Errorf("sim: %s, see sim help %s", text, f.Name())
	}
	var names []string
	f.VisitAll(func(fl *flag.Flag) { names = append(names, "-"+fl.Name) })
	if len(names) == 0 {
		return fmt.Errorf("sim: there is no flag -%s, %s has none", name, f.Name())
	}
	return fmt.Errorf("sim: there is no flag -%s%s, want %s; see sim help %s",
		name, didYouMean("-"+name, names), strings.Join(names, ", "), f.Name())
}

var (
	wrongBoolean = regexp.MustCompile(`^invalid boolean value "(.*)" for -(.*): parse error$`)
	wrongValue   = regexp.MustCompile(`^invalid value ".*" for flag -set: (.*)$`)
	wrongFormat  = regexp.MustCompile(
		`^invalid value "(.*)" for flag -(.*): (parse error|value out of range)$`)
)

// unwrapped returns what the flag package says of a value, in words for people.
func unwrapped(text string) string {
	text = wrongBoolean.ReplaceAllString(text, "-$2=$1, want true or false")
	if m := wrongFormat.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("-%s %s, want %s", m[2], m[1], exampleOf(m[2]))
	}
	return wrongValue.ReplaceAllString(text, "$1")
}

// exampleOf is what a flag wants that takes numbers or durations.
func exampleOf(name string) string {
	if name == "budget" {
		return "a duration such as 10m"
	}
	return "a whole number such as 10"
}

// wantsJSON tells whether JSON is asked for, even by arguments that cannot be read.
func (sh *shell) wantsJSON() bool {
	return slices.Contains(sh.args, "-json") || slices.Contains(sh.args, "--json") ||
		slices.Contains([]string{"1", "t", "true"}, strings.ToLower(sh.variable("SIM_JSON")))
}

// refuse tells what is wrong with the arguments or with what they name; help is no mistake.
func (sh *shell) refuse(command string, err error) int {
	if errors.Is(err, errHelp) {
		_, err := fmt.Fprint(sh.stdout, usageOf(command))
		return sh.end(exitPass, err)
	}
	fmt.Fprintln(sh.stderr, err)
	return exitInvalid
}

// end returns the exit code of a command that has written its output. Who reads no further, as head
// does, has seen what they wanted.
func (sh *shell) end(code int, err error) int {
	switch {
	case err == nil:
		return code
	case readNoFurther(err) && code == exitOutput:
		return exitPass
	case readNoFurther(err):
		return code
	}
	// The same error may have met several writes.
	text, _, _ := strings.Cut(err.Error(), "\n")
	fmt.Fprintf(sh.stderr, "sim: %s\n", text)
	return exitOutput
}

// readNoFurther tells whether an error is that of a pipe whose reader has left.
func readNoFurther(err error) bool { return errors.Is(err, syscall.EPIPE) }
