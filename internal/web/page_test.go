package web_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/model"
)

// walk follows the cursors of a list from page to page; between is called after each.
func walk(t testing.TB, s *site, target, array, field string, between func()) (seen []string) {
	t.Helper()
	next := ""
	for range 10000 {
		at := "/api/v1/" + target
		if next != "" {
			at += "&cursor=" + url.QueryEscape(next)
		}
		v := s.get(t, at, 200)
		seen = append(seen, refs(v, array, field)...)
		more, ok := v["next_cursor"].(string)
		if !ok {
			return seen
		}
		next = more
		between()
	}
	t.Fatal("the pages do not end")
	return nil
}

func TestPagesGiveEachRowOnce(t *testing.T) {
	s := newSite(organisation().graph())
	for path, row := range map[string][2]string{
		"items": {"items", "ref"}, "blocked": {"blocked", "ref"}, "dependencies": {"dependencies", "kind"}, "matrix": {"rows", "team"},
		"dangling": {"dangling", "target"}, "blockers": {"blockers", "ref"},
	} {
		whole := refs(s.get(t, "/api/v1/"+path, 200), row[0], row[1])
		if diff := cmp.Diff(whole, walk(t, s, path+"?limit=1", row[0], row[1], func() {})); diff != "" {
			t.Errorf("%s (-whole +paged)\n%s", path, diff)
		}
	}
	first := s.get(t, "/api/v1/cycles?limit=1", 200)
	second := s.get(t, "/api/v1/cycles?limit=1&cursor="+first["next_cursor"].(string), 200)
	if _, more := second["next_cursor"]; more || cmp.Equal(first["cycles"], second["cycles"]) {
		t.Errorf("the second page of cycles is %v", second)
	}
}

func TestNextLink(t *testing.T) {
	s := newSite(organisation().graph())
	w := s.do(t, http.MethodGet, "/api/v1/items?limit=2&tracker=jira&q=")
	link := w.Header().Get("Link")
	query, ok := strings.CutPrefix(link, "<")
	query, _, _ = strings.Cut(query, ">")
	if !ok || !strings.HasSuffix(link, `rel="next"`) {
		t.Fatalf("link %q", link)
	}
	if diff := cmp.Diff([]string{"PAY-10", "PLAT-2"}, refs(s.get(t, "/api/v1/items"+query, 200), "items", "key")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// While items come and go between the pages, what stays is given exactly once,
// and everything in the order of the graph.
func TestPagesHoldWhileTheGraphChanges(t *testing.T) {
	make := func(numbers []int) *model.Graph {
		b := newBuilder("jira")
		for _, n := range numbers {
			b.item("jira", fmt.Sprintf("PAY-%d", n), "x", model.Todo)
		}
		return b.graph()
	}
	rapid.Check(t, func(rt *rapid.T) {
		set := func(name string) []int {
			s := rapid.SliceOfDistinct(rapid.IntRange(1, 120), rapid.ID[int]).Draw(rt, name)
			slices.Sort(s)
			return s
		}
		lasting := set("lasting")
		with := func(passing []int) []int {
			all := append(slices.Clone(lasting), passing...)
			slices.Sort(all)
			return slices.Compact(all)
		}
		s := newSite(make(with(set("first"))))
		limit := rapid.IntRange(1, 40).Draw(rt, "limit")
		var numbers []int
		for _, ref := range walk(t, s, fmt.Sprintf("items?limit=%d", limit), "items", "ref", func() { s.graph = make(with(set("next"))) }) {
			var n int
			if _, err := fmt.Sscanf(ref, "jira:PAY-%d", &n); err != nil {
				rt.Fatal(err)
			}
			numbers = append(numbers, n)
		}
		if !slices.IsSorted(numbers) || len(slices.Compact(slices.Clone(numbers))) != len(numbers) {
			rt.Fatalf("rows out of order or twice: %v", numbers)
		}
		for _, n := range lasting {
			if _, found := slices.BinarySearch(numbers, n); !found {
				rt.Fatalf("PAY-%d was always there and never given: %v", n, numbers)
			}
		}
	})
}

// Items that show the same key are told apart by their native id.
func TestPagesOfEqualRefs(t *testing.T) {
	b := newBuilder("jira")
	for i := range 5 {
		b.item("jira", "PAY-1", "x", model.Todo, func(it *model.Item) { it.ID.Native = fmt.Sprint(i) })
	}
	got := walk(t, newSite(b.graph()), "items?limit=2", "items", "native_id", func() {})
	if diff := cmp.Diff([]string{"0", "1", "2", "3", "4"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCSV(t *testing.T) {
	s := newSite(process().graph())
	read := func(target string) [][]string {
		w := s.do(t, http.MethodGet, "/api/v1/"+target, "Accept", "text/csv")
		if w.Code != 200 || w.Header().Get("Waitgraph-As-Of") != "2026-03-10T11:59:50Z" || w.Header().Get("Waitgraph-Stale") != "false" {
			t.Fatalf("%s answers %d, headers %v", target, w.Code, w.Header())
		}
		records, err := csv.NewReader(w.Body).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return records
	}
	want := [][]string{
		{
			"ref", "native_id", "tracker", "key", "url", "title", "type", "state", "status", "priority", "team", "assignees", "points", "due", "created", "updated",
			"stub", "blocked", "stale",
		},
		{
			"jira:PAY-10", "id-PAY-10", "jira", "PAY-10", "https://jira.example/browse/PAY-10", "Title of PAY-10", "Story", "doing", "In Progress", "High", "pay",
			"Ana Silva;joe", "3.5", "2026-03-20", "2026-01-02T03:04:05Z", "", "false", "true", "false",
		},
	}
	if diff := cmp.Diff(want, read("items?q=PAY-10")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if title := read("items?tracker=github")[1][5]; title != "'=Payments <script>alert(1)</script>" {
		t.Errorf("a title that begins like a formula is %q", title)
	}
	for target, columns := range map[string]int{"blocked": 15, "dependencies": 20, "conflicts": 9, "hygiene": 7, "matrix": 6, "blockers": 9, "cycles": 2, "dangling": 5} {
		if records := read(target); len(records) < 2 || len(records[0]) != columns {
			t.Errorf("%s: %d records of %d columns", target, len(records), len(records[0]))
		}
	}
}

// A file to keep has all rows that match; a page of one only if it is asked for.
func TestFilesAreWhole(t *testing.T) {
	build := newBuilder("jira")
	for i := range 1300 {
		build.item("jira", fmt.Sprintf("PAY-%d", i+1), []string{"pay", "plat"}[i%2], model.Todo, points(3))
	}
	s := newSite(build.graph())
	for target, want := range map[string]int{
		"items?format=csv": 1300, "items?format=json": 1300, "items?format=csv&q=pay-12": 111, "items?format=json&limit=1000": 1000, "items?format=csv&limit=2": 2,
		"items?format=csv&q=nothing+like+it": 0,
	} {
		for _, encoding := range []string{"", "gzip"} {
			w := s.do(t, http.MethodGet, "/api/v1/"+target, "Accept-Encoding", encoding)
			body := io.Reader(w.Body)
			if encoding != "" && w.Header().Get("Content-Encoding") == encoding {
				z, err := gzip.NewReader(w.Body)
				if err != nil {
					t.Fatal(err)
				}
				body = z
			}
			rows, total := 0, want
			if strings.Contains(target, "csv") {
				records, err := csv.NewReader(body).ReadAll()
				if err != nil {
					t.Fatalf("%s: %v", target, err)
				}
				rows = len(records) - 1
			} else {
				var answer struct {
					Total int
					Items []struct{ Ref string }
				}
				if err := json.NewDecoder(body).Decode(&answer); err != nil {
					t.Fatalf("%s: %v", target, err)
				}
				rows, total = len(answer.Items), answer.Total
			}
			if rows != want || total < want {
				t.Errorf("%s has %d rows of %d, want %d", target, rows, total, want)
			}
		}
	}
	if w := s.do(t, http.MethodGet, "/api/v1/items", "Accept", "text/csv"); strings.Count(w.Body.String(), "\n") != 101 || w.Header().Get("Link") == "" {
		t.Errorf("a page of CSV has %d lines, link %q", strings.Count(w.Body.String(), "\n"), w.Header().Get("Link"))
	}
	if w := s.do(t, http.MethodHead, "/api/v1/items?format=csv"); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Disposition") == "" {
		t.Errorf("HEAD answers %d with %d bytes, headers %v", w.Code, w.Body.Len(), w.Header())
	}
}

func BenchmarkItemsPage(b *testing.B) {
	build := newBuilder("jira")
	for i := range 100_000 {
		build.item("jira", fmt.Sprintf("PAY-%d", i+1), "team", model.Todo, points(3))
	}
	s := newSite(build.graph())
	for name, target := range map[string]string{
		"first100":   "/api/v1/items",
		"first1000":  "/api/v1/items?limit=1000",
		"middle1000": "/api/v1/items?limit=1000&cursor=" + url.QueryEscape(cursorAt(b, s, 50)),
		"search":     "/api/v1/items?q=PAY-9999",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w := s.do(b, http.MethodGet, target); w.Code != 200 {
					b.Fatal(w.Body)
				}
			}
		})
	}
}

// cursorAt is the cursor after n pages of a thousand.
func cursorAt(t testing.TB, s *site, n int) (next string) {
	for range n {
		next = s.get(t, "/api/v1/items?limit=1000&cursor="+url.QueryEscape(next), 200)["next_cursor"].(string)
	}
	return next
}
