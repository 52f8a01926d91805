package config_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/model"
)

// What is said of two overlapping globs is so, and nothing is kept quiet: with
// words of few letters, a word both match is found wherever there is one.
func TestOverlappingGlobs(t *testing.T) {
	globs := rapid.StringMatching(`[ab*?]{0,2}[ab][ab*?]{0,2}`).Filter(func(s string) bool { return !strings.Contains(s, "**") })
	var words []string
	for _, n := range []int{1, 2, 4, 8, 16, 32, 64} {
		for i := range n {
			words = append(words, strings.NewReplacer("0", "a", "1", "b").Replace(fmt.Sprintf("%b", n+i)[1:]))
		}
	}
	said := regexp.MustCompile(`both match label "([^"]*)"`)
	rapid.Check(t, func(t *rapid.T) {
		first, second := globs.Draw(t, "first"), globs.Draw(t, "second")
		text := fmt.Sprintf("%steams:\n  - {name: one, owns: [{label: %q}]}\n  - {name: two, owns: [{label: %q}]}\n", minimal, first, second)
		_, warnings, err := config.Parse("w.yml", []byte(text), registry())
		both, only2 := "", ""
		for _, w := range words {
			switch in1, in2 := model.Glob(first, w), model.Glob(second, w); {
			case in1 && in2:
				both = w
			case in2:
				only2 = w
			}
		}
		switch {
		case err != nil && only2 != "":
			t.Fatalf("%s matches %s alone: %v", second, only2, err)
		case len(warnings) > 0:
			if m := said.FindStringSubmatch(warnings[0].Message); m == nil || !model.Glob(first, m[1]) || !model.Glob(second, m[1]) {
				t.Fatalf("%s and %s: %v", first, second, warnings)
			}
		case err == nil && both != "":
			for _, w := range words { // silence means that the second is the wider one
				if model.Glob(first, w) && !model.Glob(second, w) {
					t.Fatalf("%s and %s both match %s, and nothing is said", first, second, both)
				}
			}
		}
	})
}
