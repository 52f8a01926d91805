package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/internal/brief"
	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

const (
	apiRoot      = "/api/v1"
	defaultLimit = 100
	maxLimit     = 1000
)

// endpoint is one GET of the API: a list of rows, one answer, or a stream.
type endpoint struct {
	path    string // as OpenAPI writes it
	summary string
	params  []param
	sample  any // of a row, or of the answer: its type is the schema
	// array names the rows of a list; list gives them.
	array string
	list  func(*call) (rows, error)
	// table is the list as a page, nil for lists without one.
	table *table
	// beside is a short list that goes with that, whole on every page of JSON.
	beside *beside
	one    func(*call) (any, error)
	// stream writes the answer itself; also are the types of text it can do so in beside JSON.
	stream func(*call, http.ResponseWriter) error
	also   []string
	// early endpoints answer before there is a graph.
	early bool
}

type beside struct {
	array  string
	sample any
	list   func(*call) any
}

// pattern is the path as the multiplexer takes it. The rest of the path is the
// ref, so that a slash in it may be escaped or not.
func (e *endpoint) pattern() string { return strings.Replace(e.path, "{ref}", "{ref...}", 1) }

// call is one request with all it reads, taken once so that no answer mixes two graphs.
type call struct {
	*http.Request
	view
	stamp
	server *server
	status model.Status
	query  query
}

func (s *server) serve(e endpoint) http.HandlerFunc {
	params := e.accepted()
	answer := func(w http.ResponseWriter, r *http.Request) error {
		g := s.Graph()
		if g == nil && !e.early {
			w.Header().Set("Retry-After", "5")
			return &problem{Status: http.StatusServiceUnavailable, Detail: "there is no graph yet, the first sync is under way: see " + apiRoot + "/status"}
		}
		q, err := parse(r.URL.RawQuery, params, g)
		if err != nil {
			return err
		}
		c := &call{Request: r, view: view{g}, server: s, status: s.Status(), query: q}
		c.Stale = stale(g, &c.status)
		if g != nil {
			c.AsOf = wire.At(g.AsOf)
		}
		switch {
		case e.list != nil:
			return e.serveList(w, c)
		case e.stream != nil:
			return e.stream(c, w)
		}
		return e.serveOne(w, c)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if err := answer(w, r); err != nil {
			p := problemOf(err)
			if p.Status == http.StatusInternalServerError {
				s.Logger.ErrorContext(r.Context(), "could not answer", "path", e.path, "err", err)
			}
			fail(w, r, p)
		}
	}
}

// accepted are all parameters of the endpoint: its own and those of lists.
func (e *endpoint) accepted() []param {
	params := slices.Clone(e.params)
	if e.table != nil {
		params = append(params, e.table.sorting("Order of a file, by a column of the page, descending with a minus before it; the list's own unless told. Goes with format, without limit and cursor."))
	}
	if e.list != nil {
		params = append(params, paging()...)
	}
	return params
}

// paging are the parameters of every list.
func paging() []param {
	return []param{
		{name: "limit", kind: number, min: 1, max: maxLimit, doc: fmt.Sprintf("Most rows of a page, %d unless told.", defaultLimit)},
		{name: "cursor", kind: free, max: 8192, doc: "next_cursor of the page before."},
		{name: "format", kind: choice, values: []string{"json", "csv"}, doc: "A file to keep, of all rows unless limit or cursor asks for a page; what the Accept header says, and a page, unless told."},
	}
}

func choices[T any](values ...T) (out []string) {
	for _, v := range values {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

func teamsOf(g *model.Graph) (names []string) {
	for i := range g.Teams {
		names = append(names, g.Teams[i].Name)
	}
	return append(names, model.Unowned)
}

func trackersOf(g *model.Graph) (names []string) {
	for _, t := range g.Trackers {
		names = append(names, t.Name)
	}
	return names
}

// endpoints is the API.
func endpoints() []endpoint {
	team := func(name, doc string) param { return param{name: name, kind: choice, names: teamsOf, doc: doc} }
	program := func(doc string) param { return param{name: "program", kind: choice, names: programsOf, doc: doc} }
	search := param{name: "q", kind: free, max: 200, doc: "Text that ref or title contains, without regard to case."}
	ends := param{name: "q", kind: free, max: 200, doc: "Text that ref or title of either end contains, or an end as found, without regard to case."}
	named := param{name: "q", kind: free, max: 200, doc: "Text that the team's name contains, without regard to case."}
	kinds, conflicts, findings := model.Kinds(), model.ConflictKinds(), model.FindingKinds()
	states := []model.DependencyState{model.Active, model.Satisfied, model.Abandoned, model.Moot, model.Unknown}
	return []endpoint{
		{
			path: apiRoot + "/items", summary: "Items, stubs included", array: "items", sample: itemRow{}, list: listItems, table: itemsTable(),
			params: []param{
				{name: "tracker", kind: choice, names: trackersOf, doc: "Items of this tracker."},
				team("team", "Items this team owns."),
				program("Items of this program."),
				{name: "state", kind: choice, values: choices(model.Todo, model.Doing, model.Done, model.Dropped), doc: "Items in this state."},
				{name: "blocked", kind: flag, doc: "Whether the item is blocked."},
				{name: "blocking", kind: flag, doc: "Whether the item holds up another."},
				{name: "assignee", kind: free, linked: true, max: 300, doc: "Open items of whoever has this account, as tracker:account of /people and /unmatched."},
				{name: "stub", kind: flag, doc: "Whether the item is known only from another item's payload."},
				{name: "gap", kind: choice, values: gapNames(), doc: "Items behind this number of resource gaps."},
				team("gap_of", "With gap: the team whose number it is; any unless told."),
				{name: "gap_by", kind: free, linked: true, max: maxRef, doc: "With gap overloaded, behind_overloaded, concentration or skills: the person or skill whose number it is; any unless told."},
				{name: "estimated", kind: flag, linked: true, doc: "Whether the item has an estimate that can be meant."},
				{name: "cycle_of", kind: free, linked: true, max: maxRef, doc: "Items of the cycle this item is in, by its ref."},
				{name: "awaited_by", kind: choice, linked: true, names: programsOf, doc: "Open items outside this program that it waits on."},
				search,
			},
		},
		{
			path: apiRoot + "/items/{ref}", summary: "One item with its claims, dependencies, causes, blast radius, stakeholders and what closing it frees", sample: itemAnswer{}, one: oneItem,
			params: []param{{name: "slip_days", kind: number, min: 0, max: 3650, doc: "Tell which dates break if the item finishes so many days later."}},
		},
		{
			path: apiRoot + "/blocked", summary: "Open items that cannot go on, and why", array: "blocked", sample: blockedRow{}, list: listBlocked, table: blockedTable(),
			params: []param{
				team("team", "Blocked items of this team."),
				team("on_team", "Items that wait directly on an item of this team."),
				{name: "root", kind: free, linked: true, max: 500, doc: "Items that transitively wait on this root blocker, by its ref."},
				{name: "behind", kind: free, max: 500, doc: "Items that transitively wait on this item, root blocker or not, by its ref."},
				program("Blocked items of this program."),
				{name: "cross_team", kind: flag, doc: "Whether the item waits directly on an item of another team, with on_team of that one."},
				{name: "estimated", kind: flag, linked: true, doc: "Whether the item has an estimate that can be meant."},
				search,
			},
		},
		{
			path: apiRoot + "/dependencies", summary: "What is claimed about pairs of items, with the evidence", array: "dependencies", sample: dependencyRow{}, list: listDependencies, table: dependenciesTable(),
			params: []param{
				{name: "kind", kind: choice, values: choices(kinds[:]...), doc: "Dependencies of this kind."},
				{name: "state", kind: choice, values: choices(states...), doc: "Dependencies of kind blocks in this state."},
				{name: "cross_team", kind: flag, doc: "Whether the ends belong to different teams."},
				{name: "item", kind: free, max: 500, doc: "Dependencies this item is an end of, by its ref."},
				team("team", "Dependencies whose blocked end this team owns; of the other kinds those with either end."),
				team("on_team", "Dependencies whose blocker this team owns; of the other kinds those with either end."),
				{name: "of_team", kind: choice, linked: true, names: teamsOf, doc: "Dependencies of which this team owns an end."},
				{name: "phrase", kind: free, linked: true, max: maxRef, doc: "Dependencies read from a link phrase that nothing maps, as tracker:phrase."},
				ends,
			},
		},
		{
			path: apiRoot + "/matrix", summary: "Which team waits on which", array: "rows", sample: cellRow{}, list: listMatrix, table: matrixTable(),
			params: []param{team("team", "What this team waits on."), team("on_team", "Who waits on this team.")},
		},
		{
			path: apiRoot + "/blockers", summary: "Root blockers by blast radius, the largest first", array: "blockers", sample: blockerRow{}, list: listBlockers, table: blockersTable(),
			params: []param{
				{name: "top", kind: number, min: 1, max: 1_000_000, doc: "Only the first so many."},
				team("team", "Root blockers this team owns."),
				search,
			},
		},
		{path: apiRoot + "/cycles", summary: "Items that all wait on each other, and where to cut", array: "cycles", sample: cycleRow{}, list: listCycles, table: cyclesTable()},
		{
			path: apiRoot + "/conflicts", summary: "What the ends of active dependencies, and mirrored items, disagree about", array: "conflicts", sample: conflictRow{}, list: listConflicts, table: conflictsTable(),
			params: []param{
				{name: "kind", kind: choice, values: choices(conflicts[:]...), doc: "Conflicts of this kind."},
				team("team", "Conflicts of this team where it waits."),
				team("on_team", "Conflicts with this team where it is waited on."),
				{name: "item", kind: free, linked: true, max: maxRef, doc: "Conflicts this item is an end of, by its ref."},
				ends,
			},
		},
		{
			path: apiRoot + "/hygiene", summary: "What teams leave undone in their dependencies, and how far they adopt the process", array: "findings", sample: findingRow{}, list: listFindings, table: hygieneTable(),
			beside: &beside{"adoption", []adoptionRow{}, adoption},
			params: []param{
				team("team", "Findings of this team, and its adoption."),
				{name: "finding", kind: choice, values: choices(findings[:]...), doc: "Findings of this kind."},
				{name: "q", kind: free, max: 200, doc: "Text that ref or title of the item, or of an end of the dependency, contains, without regard to case."},
			},
		},
		{path: apiRoot + "/teams", summary: "The teams as configured, with numbers", array: "teams", sample: teamRow{}, list: listTeams, table: teamsTable(), params: []param{named}},
		{path: apiRoot + "/programs", summary: "The programs as configured, with numbers", array: "programs", sample: programRow{}, list: listPrograms, table: programsTable()},
		{
			path: apiRoot + "/people", summary: "People, their accounts and what they have to do", array: "people", sample: personRow{}, list: listPeople,
			params: []param{team("team", "Members of this team.")},
		},
		{
			path: apiRoot + "/unmatched", summary: "Accounts with open items that belong to no member, the one with the most first", array: "accounts", sample: unmatchedRow{}, list: listUnmatched,
			params: []param{{name: "tracker", kind: choice, names: trackersOf, doc: "Accounts of this tracker."}},
		},
		{path: apiRoot + "/dangling", summary: "Claims whose target is no known item", array: "dangling", sample: danglingRow{}, list: listDangling, table: danglingTable(), params: []param{
			team("team", "Claims of items this team owns."),
			{name: "reason", kind: choice, values: choices(model.Unseen, model.Ambiguous, model.Gone, model.Forbidden), doc: "Targets missing for this reason."},
			{name: "q", kind: free, max: 200, doc: "Text that ref or title of the item, or the target as found, contains, without regard to case."},
		}},
		{
			path: apiRoot + "/gaps", summary: "What each team lacks, so that work waits", array: "gaps", sample: gapsRow{}, list: listGaps, table: gapsTable(),
			params: []param{team("team", "Gaps of this team."), named},
		},
		{
			path: apiRoot + "/waits", summary: "Blocked time between teams over a period", array: "waits", sample: waitRow{}, list: listWaits,
			params: []param{
				team("team", "Time this team waited."),
				team("on_team", "Time waited on this team."),
				{name: "from", kind: free, max: 64, doc: "Start of the period: a day in the configured time zone, or a time with its zone; 90 days before its end unless told."},
				{name: "to", kind: free, max: 64, doc: "End of the period: the end of a day, or a time; as_of unless told, and at most."},
			},
		},
		{
			path: apiRoot + "/brief", summary: "What two teams need to know of each other at one table", sample: brief.Brief{}, stream: writeBrief, also: []string{typeMarkdown},
			params: []param{
				{name: "team", kind: single, required: true, names: teamsOf, doc: "The team."},
				{name: "with", kind: single, names: teamsOf, doc: "The other team; all others unless given."},
				{name: "since", kind: free, max: 64, doc: "Since when to tell what was resolved: a day in the configured time zone, or a time with its zone; 30 days back unless told."},
				{name: "format", kind: single, values: []string{"json", "markdown"}, doc: "What to answer with, for links; the Accept header unless told."},
			},
		},
		{
			path: apiRoot + "/graph", summary: "Items and what they wait on, or teams, as Grafana's node graph takes them", sample: graphAnswer{}, one: oneGraph,
			params: graphParams(maxNodes),
		},
		{path: apiRoot + "/status", summary: "How the daemon and its trackers are doing", sample: statusAnswer{}, one: oneStatus, early: true},
		{path: apiRoot + "/facts", summary: "The recorded facts, for replay", sample: factsAnswer{}, stream: streamFacts, early: true},
	}
}
