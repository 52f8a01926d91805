package refs_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/internal/refs"
	"github.com/waitgraph/waitgraph/model"
)

var wellFormed = regexp.MustCompile(`^(?:[A-Z][A-Z0-9_]+-[1-9]\d*|[\w][\w-]*/[\w.-]+#[1-9]\d*)$`)

// check reads a text twice and holds every finding to what Finding promises.
func check(t interface{ Fatalf(string, ...any) }, in refs.Text) []refs.Finding {
	found := refs.Read(in)
	if diff := cmp.Diff(found, refs.Read(in)); diff != "" {
		t.Fatalf("Read(%+v) differs when read again:\n%s", in, diff)
	}
	last := -1
	for _, f := range found {
		switch {
		case f.Offset <= last || f.Offset >= len(in.Text):
			t.Fatalf("Read(%+v): offset %d after %d in %d bytes", in, f.Offset, last, len(in.Text))
		case !wellFormed.MatchString(f.Target.Key):
			t.Fatalf("Read(%+v): key %q", in, f.Target.Key)
		case f.Target.Host != strings.ToLower(f.Target.Host) || strings.ContainsAny(f.Target.Host, " \n@?#"):
			t.Fatalf("Read(%+v): host %q", in, f.Target.Host)
		case f.Target.Host == "" && f.Target.Key == in.Self:
			t.Fatalf("Read(%+v): refers to itself", in)
		case f.Withdraws && (f.Kind != model.Relates || f.Reverse):
			t.Fatalf("Read(%+v): withdraws as %s", in, f.Kind)
		case f.Kind == model.Implements && !in.Pull:
			t.Fatalf("Read(%+v): an issue implements", in)
		}
		last = f.Offset
	}
	return found
}

// pieces are what grammars trip over; hostile texts are made of them.
var pieces = strings.Split("Blocked by|blocks|Depends-On:|part of|closes|no longer|not|unblocked from|this|is|and|or|so|since|note:|pull request|"+
	"#3|#12|acme/api#4|GH-5|PAY-6|PAY-6/PAY-7|UTF-8|https://github.com/acme/api/issues/7|https://x.example/j/browse/PAY-8|https://e.example/PAY-9|"+
	"[|](|]|(|)|{|}|||<|>|`|```|~~|~~~|~|-|--|- |* |1. |# |## |[ ] |> |    |\t|*|**|_|+|&|&amp;|;|,|.|?|!|:|\"|'s|\\|\\\\|=|@|/|%|"+
	"{code}|{code:java}|{noformat}|{quote}|{{|}}|{color:red}|bq. |h1. |[~|[^|!x.png!|||<!--|-->|<pre>|</pre>|<code>|</code>|<blockquote>|<br>|<del>|</del>|"+
	"<a href=\"https://github.com/acme/api/pull/1\">|</a>|\n|\n\n|\r\n|\r| |  |\u00a0|\u200b|\u00ad|é|修|，|：|＃|\x00|\x01|\x03|\xff|x|12|…|–", "|")

func texts() *rapid.Generator[refs.Text] {
	return rapid.Custom(func(t *rapid.T) refs.Text {
		in := rapid.SampledFrom([]refs.Text{issue, pull, title, branch, jira, {Markup: refs.Wiki, Place: refs.Title}}).Draw(t, "in")
		in.Text = strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
		return in
	})
}

func TestReadKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { check(t, texts().Draw(t, "text")) })
}

func TestSpaceAroundChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := texts().Draw(t, "text")
		if in.Place == refs.Branch {
			t.Skip("a branch has no space around it")
		}
		want := check(t, in)
		before := rapid.SampledFrom([]string{"\n", "\n\n", "  \n", "\r\n\t\r\n"}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"\n", "\n\n", "\r\n\t\r\n", "\n   "}).Draw(t, "after")
		around := in
		around.Text = before + in.Text + after
		got := check(t, around)
		for i := range got {
			got[i].Offset -= len(before)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("space around %q changes (-without +with):\n%s", in.Text, diff)
		}
	})
}

func TestLineEndsAreAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := texts().Draw(t, "text")
		in.Text = strings.ReplaceAll(in.Text, "\r", "")
		dos := in
		dos.Text = strings.ReplaceAll(in.Text, "\n", "\r\n")
		if diff := cmp.Diff(check(t, in), check(t, dos), cmpopts.IgnoreFields(refs.Finding{}, "Offset")); diff != "" {
			t.Fatalf("CRLF changes %q (-LF +CRLF):\n%s", in.Text, diff)
		}
	})
}

func TestCodeBlocksAreNotRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := texts().Draw(t, "text")
		in.Place = refs.Body
		open, closing := "````` go\n", "\n`````\n"
		if in.Markup == refs.Wiki {
			in.Text = strings.ReplaceAll(in.Text, "{code}", "")
			open, closing = "{code}\n", "\n{code}\n"
		}
		in.Text = open + in.Text + closing + "Blocked by acme/outside#1"
		if got := sayAll(check(t, in)); got != "blocked by acme/outside#1" {
			t.Fatalf("Read(%q):\n%s", in.Text, got)
		}
	})
}

// Long texts, up to a megabyte, are read to their end whatever they are made of: a reader
// that goes back over what it has read does not get there before the test times out.
func TestHostileTexts(t *testing.T) {
	read := func(in refs.Text, piece string, size int) {
		in.Text = strings.Repeat(piece, size/len(piece)) + " #1 PAY-1"
		last := -1
		for _, f := range refs.Read(in) {
			if f.Offset <= last || f.Offset >= len(in.Text) {
				t.Fatalf("%q: offset %d after %d in %d bytes", piece, f.Offset, last, len(in.Text))
			}
			last = f.Offset
		}
	}
	for _, piece := range hostile {
		read(pull, piece, 1<<15)
		read(jira, piece, 1<<15)
	}
	read(pull, strings.Join(hostile, ""), 1<<20)
	read(jira, strings.Join(hostile, "\n"), 1<<20)
	read(title, "[[a](`#1, it, so ", 1<<20)
	read(branch, "a_a-1-", 1<<20)
}

// hostile are texts that cost a careless reader the square of their length.
var hostile = []string{
	"[", "](", "[a](", "[[a]()", "[a|", "((", "(blocked by #1 ", "it, so ", "`", "` `` ", "~", "~~a ", "<!--", "<code>", "<b ", "<a href=", "{{a", "{code:", "{code} ",
	"!a", "-a ", "[~", "https://github.com/a/b/issues/1+", "http://", "www.a", "PAY-1/", "a/", "a_", "_", "#1, ", "#1 and ", "blocked by ", "fixes #1 ", "- ", "> ",
	"- \n", "Blocked by:\n", "PAY-1", "A-1-", "a_a-1-", "&amp", "? ", "(?) ", "\u200b", "\r\n", "\\", "'", "1", "    - a\n", "<blockquote>\n", "<pre>", "```\n", "* * ",
}

func FuzzRead(f *testing.F) {
	for _, piece := range pieces {
		f.Add(piece+" Blocked by #3, PAY-1", 0, 1, true)
		f.Add("Blocked by "+piece+" PAY-1\n- PAY-2", 1, 1, false)
	}
	f.Fuzz(func(t *testing.T, text string, markup, place int, pullRequest bool) {
		in := refs.Text{Markup: refs.Markup(markup & 1), Place: refs.Place(place & 3), Text: text, Pull: pullRequest, Self: "PAY-1"}
		if in.Markup == refs.Markdown {
			in.Repository = "acme/app"
		}
		check(t, in)
		if in.Place == refs.Branch || refs.May(text) {
			return
		}
		// Nothing is there to be found: nothing is when every line has to be read.
		for _, end := range []string{"\n", "\r"} {
			in.Text = strings.ReplaceAll(text, end, " ZZ-9"+end) + " ZZ-9"
			for _, f := range refs.Read(in) {
				if f.Target.Key != "ZZ-9" {
					t.Fatalf("Read(%q) finds %v", in.Text, f)
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	const prose = "The quote service rounds half a cent up when the currency has three digits, which the ledger does not expect.\n" +
		"See PAY-17 and https://github.com/acme/ledger/issues/7 for the **first** report; `Depends-On: #4` was tried.\n\n" +
		"- [ ] agree on the rule with *finance* (blocked by #12)\n- [x] write it down, 2 pages\n\n```\nBlocked by #1\n```\n\nBlocked by:\n- #3\n- #4\n\n"
	for _, c := range []struct {
		name string
		in   refs.Text
		unit string
	}{
		{"markdown", issue, prose},
		{"wiki", jira, prose},
		{"hostile/brackets", issue, "[[a]("},
		{"hostile/clauses", issue, "it, so (blocked by #1 "},
		{"hostile/references", issue, "https://github.com/a/b/issues/1+"},
		{"hostile/backticks", issue, "` `` ``` "},
		{"hostile/macros", jira, "{{a{code:-a !b "},
	} {
		for _, size := range []int{1 << 14, 1 << 20} {
			b.Run(c.name+map[bool]string{true: "/1MB", false: "/16kB"}[size == 1<<20], func(b *testing.B) {
				in := c.in
				in.Text = strings.Repeat(c.unit, size/len(c.unit)) + " PAY-1"
				b.SetBytes(int64(len(in.Text)))
				b.ReportAllocs()
				for b.Loop() {
					refs.Read(in)
				}
			})
		}
	}
}
