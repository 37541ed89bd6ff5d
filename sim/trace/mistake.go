package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// jsonMistake tells in a sentence what is wrong with a line that does not decode. known is the
// names of the fields that the line may have.
func jsonMistake(err error, known []string) string {
	var syntax *json.SyntaxError
	var value *json.UnmarshalTypeError
	switch {
	case errors.As(err, &value):
		return valueMistake(value)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it breaks off in the middle of a JSON object"
	case errors.Is(err, io.EOF):
		return "it is empty, want a JSON object"
	case errors.As(err, &syntax):
		return "it is no JSON object: " + printable(syntax.Error())
	}
	if _, name, found := strings.Cut(err.Error(), "unknown field "); found {
		if text, err := strconv.Unquote(name); err == nil {
			return fmt.Sprintf("%s is no field%s", quoted(text), didYouMean(text, known))
		}
	}
	return "it is no line of this format"
}

// printable puts question marks in place of what may not stand in a line of ours.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, text)
}

// valueMistake tells of a value that is not of its field's type.
func valueMistake(e *json.UnmarshalTypeError) string {
	kind, number, _ := strings.Cut(e.Value, " ")
	is := "is " + article(kind)
	if number != "" {
		is = "= " + clipped(number, quoteMax)
	}
	if e.Field == "" {
		return fmt.Sprintf("it %s, want a JSON object", is)
	}
	name := e.Field[strings.LastIndexByte(e.Field, '.')+1:]
	return fmt.Sprintf("%s %s, want %s", name, is, wanted(e.Type.String()))
}

// article returns a kind of JSON value as it stands in a sentence.
func article(kind string) string {
	switch kind {
	case "array", "object":
		return "an " + kind
	case "bool":
		return "true or false"
	}
	return "a " + kind
}

// wanted says what a field takes, by the name of its type.
func wanted(of string) string {
	switch of {
	case "string", "*string":
		return "a string"
	case "bool":
		return "true or false"
	case "uint32":
		return "a whole number below 2^32"
	case "uint64":
		return "a whole number below 2^64"
	}
	return "a whole number"
}

// lineFields is the names of all fields of the lines after the header.
func lineFields() []string {
	names := []string{"skipped", "before", "end", "records", "hash"}
	for _, f := range recordFields {
		names = append(names, f.name)
	}
	return names
}
