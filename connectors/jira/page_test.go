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

// What is wrong with a page, or with an issue of it, is told with where that is;
// the other issues are read.
func TestBrokenPages(t *testing.T) {
	const sound = `{"id":"9","key":"PAY-9","fields":{"status":{"name":"Open"},"updated":"2026-01-01T00:00:00.000+0000"}}`
	for _, c := range []struct{ page, problem, err string }{
		{page: ``, err: "no JSON: jsontext: unexpected EOF"},
		{page: `[]`, err: "unexpected list"},
		{page: `"x"`, err: "unexpected string"},
		{page: `null`, err: "no list of issues"},
		{page: `{"total":1}`, err: "no list of issues"},
		{page: `{"issues":null}`, err: "no list of issues"},
		{page: `{"issues":5}`, err: "/issues: a list of issues is expected"},
		{page: `{"total":"a","issues":[]}`, err: "/total: unexpected string"},
		{page: `{"issues":[` + sound + `]} x`, err: "no JSON: jsontext: invalid character 'x' after top-level value after offset 115"},
		{page: `{"issues":[` + sound, err: `no JSON: jsontext: unexpected EOF within "/issues" after offset 112`},
		{page: `{"issues":[{"key":"PAY-1","fields":` + strings.Repeat(`[{"a":`, 6000) + "1" + strings.Repeat("}]", 6000) + `}]}`, err: "no JSON: jsontext: exceeded max depth"},
		{page: `{"issues":[5,` + sound + `]}`, problem: "issue 1 of a page: /issues/0: unexpected number"},
		{page: `{"issues":[` + sound + `,null]}`, problem: `issue 2 of a page: id "" is not a number`},
		{page: `{"issues":[[1,[2]],` + sound + `]}`, problem: "issue 1 of a page: /issues/0: unexpected list"},
		{page: `{"issues":[{"id":"7","key":"PAY-7"},` + sound + `]}`, problem: "PAY-7: no fields"},
		{page: `{"issues":[{"id":"7","fields":{"summary":[1,{"a":2}],"x":[3]},"key":"PAY-7"},` + sound + `]}`, problem: "PAY-7: /issues/0/fields/summary: unexpected list"},
		{page: `{"issues":[{"id":"7","fields":{"labels":["a",2,"b"]}},` + sound + `]}`, problem: "7: /issues/0/fields/labels/1: unexpected number"},
		{page: `{"issues":[{"fields":{"status":{"name":{}}},"key":"PAY-7"},` + sound + `]}`, problem: "PAY-7: /issues/0/fields/status/name: unexpected object"},
		{page: `{"issues":[{"key":"PAY-7","fields":{"description":{"type":"doc","content":[]}}},` + sound + `]}`, problem: "PAY-7: /issues/0/fields/description: a string is expected"},
		{page: `{"issues":[{"key":"PAY-7","fields":{"issuetype":{"hierarchyLevel":1.5}}},` + sound + `]}`, problem: "PAY-7: /issues/0/fields/issuetype/hierarchyLevel: 1.5: invalid syntax"},
	} {
		read, problems, err := jira.NewReading(jira.NewConfig().(*jira.Config)).Page([]byte(c.page))
		if c.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("%.80s: error %v, want %s", c.page, err, c.err)
			}
			continue
		}
		if err != nil || len(problems) != 1 || problems[0].Where+": "+problems[0].What != c.problem {
			t.Errorf("%.80s: problems %v, error %v, want %s", c.page, problems, err, c.problem)
		}
		if len(read) != 1 || read[0].Item.Key != "PAY-9" {
			t.Errorf("%.80s: read %v", c.page, read)
		}
	}
}

// FuzzPage reads anything as a page: what is none of JSON is an error.
func FuzzPage(f *testing.F) {
	for _, members := range []string{
		`"summary":null,"labels":[],"assignee":{"name":"a","x":[{}]},"parent":null`, `"comment":{"total":1,"comments":[{"id":"1","body":"see PAY-2","author":null}]}`,
		`"issuelinks":[{"id":"1","type":{"inward":"is blocked by"},"inwardIssue":{"id":"2","key":"PAY-2","fields":{}}},null]`, `"description":"\ud83d PAY-7\n"`, `"summary":1`, `"status":[]`, `"summary":"` + "\xff" + `"`,
	} {
		f.Add(page(members))
	}
	f.Add([]byte(`{"issues":[1,null,{}],"isLast":true,"nextPageToken":"x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		before := slices.Clone(text)
		_, _, err := jira.NewReading(jira.NewConfig().(*jira.Config)).Page(text)
		if err == nil && !json.Valid(text) {
			t.Errorf("%q was read, and is no JSON", text)
		}
		if string(text) != string(before) {
			t.Errorf("%q was changed to %q", before, text)
		}
	})
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
