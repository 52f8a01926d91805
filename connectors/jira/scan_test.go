package jira_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// FuzzScan holds the scanner to package json: what is a JSON text, and what its
// strings and numbers mean.
func FuzzScan(f *testing.F) {
	for _, text := range []string{
		"", " ", "null", "nul", "true", "false", "falsey", "[]", "[ ]", "[1,]", "[,1]", "[1 2]", "[1", "{}", `{"a":1}`, `{"a" : [ {} , null ] }`, `{"a":1,}`, `{"a"}`, `{a:1}`, `{1:1}`, `{} {}`, "]", "{]", "[}",
		"0", "-0", "01", "-", "1.", ".1", "1.5", "1e5", "1E+05", "1e", "1e+", "--1", "+1", "12345678901234567890", "\x00", "1\x00", "\ufeff1",
		`""`, `"a`, `"a\"`, `"\`, `"\u`, `"\u12`, `"\u123g"`, `"\u+123"`, `"\x"`, `"a\nb"`, `"\"\\\/\b\f\n\r\t"`, `"\u00e9\ud83d\ude00 \ud83d"`, "\"a\nb\"", "\"\x1f\"", "\"\x7f\"", "\"\x80\"", "\"\xe2\x82\"", "\"\\n\xff\"", `"é"`, `"eight678"`, `"eight67\"`, `"seventeen bytes \"."`,
		`{"a\u0062":"c"}`, "[\"\t\"]", "\t\r\n 1 \t\r\n", "\v1",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if strings.Count(string(text), "[")+strings.Count(string(text), "{") > 900 {
			return // it may be too deep
		}
		before := slices.Clone(text)
		if err := jira.Skip(text); (err == nil) != json.Valid(text) {
			t.Errorf("%q: %v, to package json it is valid: %v", text, err, json.Valid(text))
		}
		var want *string
		if json.Unmarshal(text, &want) == nil && want != nil {
			got, err := jira.String(text)
			if err != nil || got != *want {
				t.Errorf("%q is %q, %v, want %q", text, got, err, *want)
			}
			first, second, err := jira.Word(text)
			if err != nil || first != *want || second != *want {
				t.Errorf("%q is %q and then %q, %v, want %q", text, first, second, err, *want)
			}
		}
		var number int
		if got, err := jira.Int(text); (err == nil) != (json.Unmarshal(text, &number) == nil) || err == nil && got != number {
			t.Errorf("%q is %d, %v, want %d", text, got, err, number)
		}
		if string(text) != string(before) {
			t.Errorf("%q was changed to %q", before, text)
		}
	})
}

func TestNestedTooDeep(t *testing.T) {
	if err := jira.Skip([]byte(strings.Repeat(`[{"a":`, 6000) + "1" + strings.Repeat("}]", 6000))); err == nil {
		t.Error("twelve thousand levels were walked down")
	}
}

const issue = `{"id":"1","key":"PAY-1","fields":{"status":{"name":"Open"},"updated":"2026-01-01T00:00:00.000+0000",%s}}`

func page(members string) []byte {
	return []byte(`{"issues":[` + strings.Replace(issue, "%s", members, 1) + `],"total":1}`)
}

// A reference is found however its characters are written.
func TestEscapedTexts(t *testing.T) {
	body := page(`"description":"blocked by PLAT\u002d7","comment":{"total":3,"comments":[
		{"id":"1","created":"2026-01-01T00:00:00.000+0000","body":"see PLAT-\u0038"},
		{"id":"2","created":"2026-01-01T00:00:00.000+0000","body":"https:\/\/jira.example\/browse\/PLAT-9\r\nand so on"},
		{"id":"3","created":"2026-01-01T00:00:00.000+0000","body":"nothing\nto\tsee"}]}`)
	read, problems, err := jira.NewReading(jira.NewConfig().(*jira.Config)).Page(body)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var found []string
	for _, c := range read[0].Claims {
		found = append(found, c.Target.Key)
	}
	if want := []string{"PLAT-7", "PLAT-8", "PLAT-9"}; !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
}

// What a text refers to does not depend on which of its characters are escaped.
func TestEscapesChangeNothing(t *testing.T) {
	parts := []string{"PLAT-7", "plat-8", "GH-3", "#4", "acme/api#5", "https://jira.example/browse/PLAT-6", "blocked by", "see", " ", "\n", "\r\n", "\t", "\"", "\\", "/", "é", ".", "n", "u", "*", "{code}"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 1, 12).Draw(t, "text"), "")
		short, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		long := `"`
		for _, c := range utf16.Encode([]rune(text)) {
			long += fmt.Sprintf(`\u%04x`, c)
		}
		claims := func(text string) []model.Claim {
			read, problems, err := jira.NewReading(jira.NewConfig().(*jira.Config)).Page(page(
				`"description":` + text + `,"comment":{"total":1,"comments":[{"id":"1","created":"2026-01-01T00:00:00.000+0000","author":{"accountId":"a1","displayName":"Ana"},"body":` + text + `}]}`))
			if err != nil || len(problems) > 0 {
				t.Fatal(problems, err)
			}
			return read[0].Claims
		}
		if diff := cmp.Diff(claims(long+`"`), claims(string(short))); diff != "" {
			t.Errorf("%s (-all escaped +as usual):\n%s", short, diff)
		}
	})
}

// A page that is broken where nothing is read of it is of no use either.
func TestBrokenWhereNotRead(t *testing.T) {
	r := jira.NewReading(jira.NewConfig().(*jira.Config))
	if _, _, err := r.Page(page(`"other":{"a":[1,{"b":nul}]}`)); err == nil || !strings.Contains(err.Error(), "no JSON") {
		t.Errorf("error %v", err)
	}
	if _, _, err := r.Page(page(`"other":{"a":[1,{"b":null}]}`)); err != nil {
		t.Error(err)
	}
}

// FuzzTime holds the reading of times to package time.
func FuzzTime(f *testing.F) {
	for _, s := range []string{
		"2026-03-10T12:00:00.000+0000", "2026-03-10T12:59:59.999-1130", "1969-12-31T23:00:00.001+0100", "0000-01-01T00:00:00.000+0000", "0001-01-01T00:00:00.000+0001", "9999-12-28T23:59:59.999-2359",
		"2026-02-29T00:00:00.000+0000", "2024-02-29T00:00:00.000+0000", "2026-04-31T00:00:00.000+0000", "2026-13-10T12:00:00.000+0000", "2026-00-10T12:00:00.000+0000", "2026-03-00T12:00:00.000+0000",
		"2026-03-10T24:00:00.000+0000", "2026-03-10T12:60:00.000+0000", "2026-03-10T12:00:60.000+0000", "2026-03-10T12:00:00.000+2400", "2026-03-10T12:00:00.000+0060", "2026-03-10T12:00:00.000 0000",
		"2026-03-10T12:00:00,000+0000", "2026-03-10t12:00:00.000+0000", "2026-03-10T12:00:00.00a+0000", "2026-03-10T12:00:00.000+00:0", "2026-03-10T12:00:00.0000+000", "2026-03-10T12:00:00.000Z", "+026-03-10T12:00:00.000+0000",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want time.Time
		wrong := errors.New("no time")
		for _, layout := range []string{"2006-01-02T15:04:05Z0700", time.RFC3339, "2006-01-02T15:04Z0700"} {
			if wrong != nil {
				want, wrong = time.Parse(layout, s)
			}
		}
		got, err := jira.ParseTime(s)
		if none := s == "" || s == "<null>"; (err == nil) != (wrong == nil || none) || wrong == nil && !got.Equal(want) {
			t.Errorf("%q is %v, %v, want %v, %v", s, got, err, want, wrong)
		}
	})
}

// Who wrote a comment is read where it says something, wherever it stands.
func TestCommentAuthors(t *testing.T) {
	r := jira.NewReading(jira.NewConfig().(*jira.Config))
	comment := func(members string) []byte {
		return page(`"comment":{"total":1,"comments":[{"id":"1",` + members + `}]}`)
	}
	const ana, when = `"author" : {"accountId":"a1","displayName":"Ana"}`, `"created":"2026-01-01T00:00:00.000+0000"`
	for _, members := range []string{ana + `,"body":"see PLAT-7",` + when, `"body":"see PLAT-7",` + when + "," + ana} {
		read, problems, err := r.Page(comment(members))
		if err != nil || len(problems) > 0 || len(read[0].Claims) != 1 {
			t.Fatal(read, problems, err)
		}
		if got := read[0].Claims[0].Author; got != "Ana" {
			t.Errorf("%s: written by %q", members, got)
		}
	}
	if _, problems, err := r.Page(comment(`"author":[1],"body":"see PLAT-7",` + when)); err != nil || len(problems) != 1 || problems[0].Where != "PAY-1" {
		t.Errorf("problems %v, %v", problems, err)
	}
}
