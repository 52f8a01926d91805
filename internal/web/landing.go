package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

//go:embed templates static
var files embed.FS

// asset is a file that is served as it is.
func asset(name string) []byte {
	b, err := files.ReadFile("static/" + name)
	if err != nil { // embedded: cannot be
		panic(err)
	}
	return b
}

// The bounds of what one page shows; the API has the rest.
const (
	shownRows   = 10
	shownTeams  = 12
	shownTitle  = 120
	shownName   = 60
	shownError  = 300
	shownBlocks = 3
)

// landingPage is what the template shows; every text of a tracker in it is clipped.
type landingPage struct {
	Version   string
	AsOf      moment
	Ready     bool // there is a graph
	Syncing   bool // a first sync is under way
	Trackers  []trackerChip
	Alarms    []alarm
	Numbers   []keyNumber
	Matrix    *heatMap
	Blockers  []blockerLine
	Waiting   []waitLine
	Endpoints []endpointLine
}

// moment is a time as people read it, empty when unknown.
type moment struct{ ISO, Day, Ago string }

type trackerChip struct {
	Name, Class, State string
	Sync               moment
	Items              string
	// of a first sync under way
	Syncing     bool
	Progress    string
	Done, Total int
}

type alarm struct {
	Tracker, Error string
	Since          moment
}

type keyNumber struct {
	Label, Value, Note, Href string
	Alert                    bool
}

type itemCell struct{ Ref, Title, Team, URL, Why string }

type blockerLine struct {
	Item   itemCell
	Items  int
	Teams  []string
	Points string
	Due    string
	Behind string // the API's list of what waits
}

type waitLine struct {
	Item     itemCell
	Since    moment
	Observed bool
	Blockers []string
	More     int
	Signal   string
}

type endpointLine struct{ Path, Href, Summary string }

// landing serves the page for people.
func (s *server) landing() http.HandlerFunc {
	page := template.Must(template.ParseFS(files, "templates/landing.html"))
	return func(w http.ResponseWriter, r *http.Request) {
		st := s.Status()
		p := s.overview(s.Graph(), &st)
		var b bytes.Buffer
		if err := page.Execute(&b, p); err != nil {
			s.Logger.ErrorContext(r.Context(), "could not render page", "err", err)
			fail(w, r, &problem{Status: http.StatusInternalServerError, Detail: "the page could not be made"})
			return
		}
		finish(w, r, http.StatusOK, typeHTML, b.Bytes())
	}
}

func (s *server) overview(g *model.Graph, st *model.Status) *landingPage {
	now := s.Now()
	p := &landingPage{Version: st.Version, Ready: g != nil}
	for _, e := range s.endpoints {
		if !strings.Contains(e.path, "{") {
			p.Endpoints = append(p.Endpoints, endpointLine{e.path, e.path[1:], e.summary})
		}
	}
	for i := range st.Trackers {
		p.addTracker(&st.Trackers[i], now)
	}
	if g == nil {
		p.Syncing = true
		return p
	}
	v := view{g}
	p.AsOf = momentOf(g.AsOf, now)
	longest := v.longest()
	p.Numbers = v.numbers(longest, now)
	p.Matrix = heat(g.Matrix, now)
	for i := range g.Blockers[:min(shownRows, len(g.Blockers))] {
		r := &g.Blockers[i]
		teams := make([]string, 0, len(r.Teams))
		for _, t := range r.Teams {
			teams = append(teams, clip(t, shownName))
		}
		p.Blockers = append(p.Blockers, blockerLine{
			Item: v.cell(r.Item), Items: r.Items, Teams: teams, Points: strconv.FormatFloat(r.Points, 'f', -1, 64), Due: r.EarliestDue.String(),
			Behind: apiLink("blocked", "root", v.Ref(r.Item)),
		})
	}
	for _, b := range longest[:min(shownRows, len(longest))] {
		p.Waiting = append(p.Waiting, v.wait(b, now))
	}
	return p
}

func momentOf(t, now time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	u := t.UTC()
	return moment{u.Format(time.RFC3339), u.Format(time.DateOnly), span(now.Sub(t)) + " ago"}
}

func (p *landingPage) addTracker(t *model.TrackerStatus, now time.Time) {
	name := clip(t.Name, shownName)
	c := trackerChip{
		Name: name, Class: "fresh", State: "fresh", Sync: momentOf(t.LastSync, now), Syncing: !t.Complete,
		Done: t.Done, Total: t.Total, Items: count(t.Items, "item"),
	}
	c.Progress = count(t.Done, "item")
	if t.Total > 0 {
		c.Progress = strconv.Itoa(t.Done) + " of " + count(t.Total, "item")
	}
	c.Progress += ", " + count(t.Pages, "page")
	switch {
	case t.Complete && !t.Fresh:
		c.Class, c.State = "stale", "stale"
	case !t.Complete:
		c.Class, c.State = "new", "first sync"
	}
	if !t.Fresh && (p.Ready || t.Error != "") { // before there is anything to doubt, the progress says enough
		p.Alarms = append(p.Alarms, alarm{name, clip(t.Error, shownError), c.Sync})
	}
	p.Syncing = p.Syncing || c.Syncing
	p.Trackers = append(p.Trackers, c)
}

// apiLink is a relative link into the API.
func apiLink(list string, nameValues ...string) string {
	q := url.Values{}
	for i := 0; i < len(nameValues); i += 2 {
		q.Add(nameValues[i], nameValues[i+1])
	}
	if len(q) == 0 {
		return apiRoot[1:] + "/" + list
	}
	return apiRoot[1:] + "/" + list + "?" + q.Encode()
}

// numbers are the key figures, each with the list it counts.
func (v view) numbers(longest []*model.Blocked, now time.Time) []keyNumber {
	var open, blocked tally
	for i := range v.Items {
		if n := &v.Items[i]; n.State.Open() {
			open.add(n.Twin)
		}
	}
	for i := range v.Blocked {
		blocked.add(v.Items[v.Blocked[i].Item].Twin)
	}
	waits := 0
	for i := range v.Dependencies {
		if d := &v.Dependencies[i]; d.Kind == model.Blocks && d.State == model.Active && d.CrossTeam {
			waits++
		}
	}
	oldest := keyNumber{Label: "oldest wait", Value: "none", Href: apiLink("blocked")}
	if len(longest) > 0 && !longest[0].Since.IsZero() {
		ref := v.Ref(longest[0].Item)
		oldest.Value, oldest.Note, oldest.Href = span(now.Sub(longest[0].Since)), clip(ref, shownName), itemLink(ref)
	}
	return []keyNumber{
		{Label: "open items", Value: open.pieces(), Note: open.note(), Href: apiLink("items", "state", string(model.Todo), "state", string(model.Doing))},
		{Label: "blocked now", Value: blocked.pieces(), Note: blocked.note(), Href: apiLink("blocked"), Alert: len(v.Blocked) > 0},
		{Label: "cross-team waits", Value: strconv.Itoa(waits), Href: apiLink("dependencies", "kind", string(model.Blocks), "state", model.Active.String(), "cross_team", "true")},
		oldest,
		{Label: "cycles", Value: strconv.Itoa(len(v.Cycles)), Href: apiLink("cycles"), Alert: len(v.Cycles) > 0},
		{Label: "dangling", Value: strconv.Itoa(len(v.Dangling)), Href: apiLink("dangling")},
	}
}

// tally counts items, and the pieces of work they are: mirrored ones are one.
type tally struct {
	items int
	works map[int32]bool
}

func (t *tally) add(work int32) {
	if t.works == nil {
		t.works = map[int32]bool{}
	}
	t.items++
	t.works[work] = true
}

func (t *tally) pieces() string { return strconv.Itoa(len(t.works)) }

func (t *tally) note() string {
	if t.items == len(t.works) {
		return ""
	}
	return strconv.Itoa(t.items) + " items, mirrored ones counted once"
}

func itemLink(ref string) string { return apiLink("items/" + url.PathEscape(ref)) }

func (v view) cell(i int32) itemCell {
	n := &v.Items[i]
	return itemCell{clip(n.Ref(), shownName), clip(n.Title, shownTitle), clip(n.Team, shownName), link(n.URL), itemLink(n.Ref())}
}

// longest orders the blocked items by how long they have been, unknown last.
func (v view) longest() []*model.Blocked {
	all := make([]*model.Blocked, len(v.Blocked))
	for i := range v.Blocked {
		all[i] = &v.Blocked[i]
	}
	slices.SortStableFunc(all, func(a, b *model.Blocked) int {
		switch {
		case a.Since.IsZero() && b.Since.IsZero():
			return 0
		case a.Since.IsZero():
			return 1
		case b.Since.IsZero():
			return -1
		}
		return a.Since.Compare(b.Since)
	})
	return all
}

func (v view) wait(b *model.Blocked, now time.Time) waitLine {
	w := waitLine{Item: v.cell(b.Item), Since: momentOf(b.Since, now), Observed: b.SinceKnown == model.Observed}
	for i, blocker := range b.Blockers {
		if i == shownBlocks {
			w.More = len(b.Blockers) - shownBlocks
			break
		}
		w.Blockers = append(w.Blockers, clip(v.Ref(blocker), shownName))
	}
	if len(b.Blockers) == 0 {
		for _, c := range b.Causes {
			if c.Signal != nil {
				w.Signal = string(c.Signal.Kind) + ": " + clip(c.Signal.Value, shownName)
				break
			}
		}
	}
	return w
}
