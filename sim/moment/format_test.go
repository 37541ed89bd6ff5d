package moment

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestFormatTextTellsEveryField: of a World and of all that is in it.
func TestFormatTextTellsEveryField(t *testing.T) {
	words := map[string]bool{}
	for _, word := range regexp.MustCompile(`[a-z_]+`).FindAllString(FormatText, -1) {
		words[word] = true
	}
	var expect func(of reflect.Type)
	expect = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice:
			expect(of.Elem())
		case reflect.Struct:
			for i := range of.NumField() {
				f := of.Field(i)
				if name := f.Tag.Get("json"); !words[name] && !f.Anonymous {
					t.Errorf("the text does not tell of %s.%s", of.Name(), name)
				}
				expect(f.Type)
			}
		}
	}
	expect(reflect.TypeFor[World]())
	for line := range strings.Lines(FormatText) {
		if len(line) > sheetWidth+1 {
			t.Errorf("%q is wider than %d columns", line, sheetWidth)
		}
	}
}
