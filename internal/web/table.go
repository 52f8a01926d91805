package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// table is a list of the API as a page: the same rows under the same filters,
// with columns people read.
type table struct {
	path, title, about string
	empty              string // said when there is no row at all
	// remark is said behind about, by what there is now; nil for nothing.
	remark  func(*call) []linkText
	columns []column
	// sorted is the column the list is in by itself, "-" before it when descending; "" for the API's order.
	sorted string
	cells  func(c *call, i int) []cell
}

// column is one column of a table; those with an order can be sorted by.
type column struct {
	name, head string
	class      string
	compare    func(c *call) func(a, b int) int
	// blank tells of rows that come last in both directions.
	blank func(c *call) func(i int) bool
}

// cell is what stands in a column. The template shows what is set.
type cell struct {
	Class  string
	Item   *itemCell
	Text   string
	Href   string
	Tag    string // a state, shown with its mark
	Note   string
	When   moment
	AtBest bool // the time is only from when it was observed
	List   []linkText
	More   int
	MoreTo string
}

type linkText struct{ Href, Text, Note string }

// itemCell names an item: its page here, its page in the tracker, its title.
type itemCell struct{ Ref, Href, Title, Team, URL, State string }

const (
	defaultRows = 50
	maxRows     = 200
	maxPage     = 1_000_000
)

// tablePage is what the template shows.
type tablePage struct {
	frame
	About, Empty string
	Filters      []filterField
	Hidden       []hiddenField
	Chips        []chip
	Clear        string
	Total        int
	First, Last  int
	Heads        []head
	Rows         [][]cell
	Prev, Next   string
	PageNo, Of   int
	CSV, JSON    string
	Remark       []linkText // behind About
}

type filterField struct {
	Name, Label, Value string
	Options            []option // none: a text
}

type option struct {
	Value, Label string
	Selected     bool
}

type hiddenField struct{ Name, Value string }

// chip is a filter that holds, with the page without it.
type chip struct{ Label, Value, Without string }

type head struct {
	Text, Href, Sort, Class string // Sort as aria-sort has it
}

// page makes the page of a table over its list.
func (t *table) page(e endpoint) uiPage {
	params := append(slices.Clone(e.params),
		t.sorting("Column to sort by."),
		param{name: "page", kind: number, min: 1, max: maxPage, doc: "Page."},
		param{name: "rows", kind: number, min: 1, max: maxRows, doc: "Rows of a page."})
	return uiPage{path: t.path, title: t.title, file: "table.html", params: params, data: func(c *call, f frame) (any, error) {
		return t.data(c, f, &e)
	}}
}

// sorting is the parameter that says in which order the rows come.
func (t *table) sorting(doc string) param {
	p := param{name: "sort", kind: single, doc: doc}
	for _, col := range t.columns {
		if col.compare != nil {
			p.values = append(p.values, col.name, "-"+col.name)
		}
	}
	return p
}

func (t *table) data(c *call, f frame, e *endpoint) (*tablePage, error) {
	rs, err := e.list(c)
	if err != nil {
		return nil, err
	}
	if !c.filtered(e) {
		rs.match = nil
	}
	p := &tablePage{frame: f, About: t.about, Empty: t.empty, PageNo: c.query.number("page", 1)}
	if t.remark != nil {
		p.Remark = t.remark(c)
	}
	rows := c.query.number("rows", defaultRows)
	sorted := c.query.text("sort")
	if sorted == "" {
		sorted = t.sorted
	}
	start := (p.PageNo - 1) * rows
	var picked []int
	picked, p.Total = t.window(c, &rs, sorted, start, rows)
	p.Of = max(1, (p.Total+rows-1)/rows)
	if p.PageNo > p.Of {
		return nil, &problem{Status: http.StatusNotFound, Detail: "There is no page " + group(p.PageNo) + ": the list has " + count(p.Of, "page") + "."}
	}
	p.First, p.Last = min(start+1, p.Total), start+len(picked)
	for _, i := range picked {
		p.Rows = append(p.Rows, t.cells(c, i))
	}
	t.links(c, p, e, sorted)
	return p, nil
}

// links are the addresses of what is near: sorted otherwise, filtered otherwise,
// the next page, the same as data.
func (t *table) links(c *call, p *tablePage, e *endpoint, sorted string) {
	with := func(change func(url.Values)) string {
		q := url.Values{}
		for name, values := range c.query {
			if len(values) > 0 && name != "page" {
				q[name] = slices.Clone(values)
			}
		}
		change(q)
		if len(q) == 0 {
			return t.path
		}
		return t.path + "?" + q.Encode()
	}
	for _, col := range t.columns {
		h := head{Text: col.head, Class: col.class}
		if col.compare != nil {
			to := col.name
			switch sorted {
			case col.name:
				h.Sort, to = "ascending", "-"+col.name
			case "-" + col.name:
				h.Sort = "descending"
			default:
				if strings.Contains(col.class, "n") { // of numbers the largest first
					to = "-" + col.name
				}
			}
			h.Href = with(func(q url.Values) { q.Set("sort", to) })
		}
		p.Heads = append(p.Heads, h)
	}
	if p.PageNo > 1 {
		p.Prev = with(func(q url.Values) { q.Set("page", strconv.Itoa(p.PageNo-1)) })
	}
	if p.PageNo < p.Of {
		p.Next = with(func(q url.Values) { q.Set("page", strconv.Itoa(p.PageNo+1)) })
	}
	api := []string{}
	for _, prm := range e.params {
		values := c.query[prm.name]
		for _, v := range values {
			api = append(api, prm.name, v)
			p.Chips = append(p.Chips, chip{label(prm.name), prm.shown(v), with(func(q url.Values) {
				q[prm.name] = slices.DeleteFunc(q[prm.name], func(w string) bool { return w == v })
				if len(q[prm.name]) == 0 {
					q.Del(prm.name)
				}
			})})
		}
		field := filterField{Name: prm.name, Label: label(prm.name), Value: c.query.text(prm.name)}
		switch {
		case prm.kind == number || prm.linked || prm.name == "gap_of" && c.query.text("gap") == "" || len(values) > 1:
			for _, v := range values {
				p.Hidden = append(p.Hidden, hiddenField{prm.name, v})
			}
			continue
		case prm.kind == free:
			field.Options = nil
		default:
			allowed := prm.allowed(c.Graph)
			if prm.kind == flag {
				allowed = []string{"true", "false"}
			}
			field.Options = append(field.Options, option{"", "any", field.Value == ""})
			for _, v := range allowed {
				field.Options = append(field.Options, option{v, prm.shown(v), v == field.Value})
			}
		}
		p.Filters = append(p.Filters, field)
	}
	for _, name := range []string{"sort", "rows"} {
		if v := c.query.text(name); v != "" {
			p.Hidden = append(p.Hidden, hiddenField{name, v})
		}
	}
	if len(p.Chips) > 0 {
		p.Clear = t.path
	}
	if sorted != "" {
		api = append(api, "sort", sorted)
	}
	list := strings.TrimPrefix(e.path, apiRoot+"/")
	p.JSON, p.CSV = apiLink(list, append(api, "format", "json")...), apiLink(list, append(api, "format", "csv")...)
}

// shown is a value of the parameter for people: flags and our own words in plain ones,
// names as they are.
func (p *param) shown(value string) string {
	switch {
	case p.kind == flag:
		return map[string]string{"true": "yes", "false": "no"}[value]
	case p.kind == choice && p.names == nil:
		return strings.ReplaceAll(value, "_", " ")
	}
	return clip(value, shownName)
}

// label is a parameter's name for people.
func label(name string) string {
	switch name {
	case "q":
		return "search"
	case "on_team":
		return "waits on team"
	}
	return strings.ReplaceAll(name, "_", " ")
}

// The ways to compare rows.

func by[T cmp.Ordered](of func(i int) T) func(a, b int) int {
	return func(a, b int) int { return cmp.Compare(of(a), of(b)) }
}

// now is the moment the graph is true for, which ages and lateness are told by.
func (c *call) now() time.Time { return c.Graph.AsOf }

// item names an item in a cell.
func (c *call) itemCell(i int32) *itemCell {
	n := &c.Items[i]
	ref := n.Ref()
	return &itemCell{
		clip(ref, shownName), itemLink(ref), clip(n.Title, shownTitle), clip(n.Team.String(), shownName), tracked(n.URL, c.digest().hosts()), n.State.String(),
	}
}

// shortItem links to an item by its ref alone.
func (c *call) shortItem(i int32) linkText {
	ref := c.Ref(i)
	return linkText{itemLink(ref), clip(ref, shownName), clip(c.Items[i].Team.String(), shownName)}
}

// end names an end of a dependency, known item or not.
func (c *call) endCell(e model.End) cell {
	if e.Resolved() {
		return cell{Class: "item", Item: c.itemCell(e.Item())}
	}
	return cell{Class: "item", Text: clip(c.Name(e), shownName), Note: c.Reason(e).String()}
}

func teamCell(name string) cell {
	return cell{Text: clip(name, shownName), Href: pageLink("team", "name", name)}
}

// counted is a number with the list of what it counts; of nothing there is no list.
func counted(n int, href string) linkText {
	l := linkText{Text: group(n)}
	if n > 0 {
		l.Href = href
	}
	return l
}

func number0(n int, href string) cell {
	l := counted(n, href)
	return cell{Class: "n", Text: l.Text, Href: l.Href}
}

// shortList names the first few items of a list.
func (c *call) shortList(items []int32, more string) cell {
	const most = 3
	out := cell{Class: "list", MoreTo: more}
	for _, i := range items[:min(most, len(items))] {
		out.List = append(out.List, c.shortItem(i))
	}
	out.More = max(0, len(items)-most)
	return out
}
