package web

import (
	"fmt"
	"slices"

	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// The lists about how people work together: what disagrees, what is left
// undone, and who is concerned.

type conflictRow struct {
	Kind         string `json:"kind" enum:"due_date,no_date,priority,release,direction,state"`
	Blocker      string `json:"blocker" doc:"Of mirrored items the one that sorts first."`
	Blocked      string `json:"blocked"`
	Team         string `json:"team" doc:"The team that waits."`
	OnTeam       string `json:"on_team" doc:"The team it waits on; may be the same."`
	BlockerValue string `json:"blocker_value" doc:"What the blocker says: a date, a priority, a release, a claim or a state."`
	BlockedValue string `json:"blocked_value" doc:"What the blocked end says; for due_date and no_date the date of needed_by_from."`
	SlackDays    *int   `json:"slack_days" doc:"For due_date, how many days the blocker's date leaves: less than 0."`
	NeededByFrom string `json:"needed_by_from" doc:"For due_date and no_date, the item whose date the blocker is needed by: of the blocked one and all that waits on it the one with the earliest."`
}

func (v view) conflict(c *model.Conflict) conflictRow {
	row := conflictRow{Kind: c.Kind.String(), Blocker: v.Ref(c.Blocker), Blocked: v.Ref(c.Blocked)}
	row.Team, row.OnTeam = v.ConflictTeams(c)
	row.BlockerValue, row.BlockedValue = v.ConflictValues(c)
	if c.Kind == model.ConflictDueDate {
		days := int(c.SlackDays)
		row.SlackDays = &days
	}
	if c.NeededByFrom >= 0 {
		row.NeededByFrom = v.Ref(c.NeededByFrom)
	}
	return row
}

// dependencyKey is the place of a dependency in the order of the graph.
func (v view) dependencyKey(i int32) string {
	d := &v.Dependencies[i]
	return kindKey(d.Kind) + v.endKey(d.From) + "\x00" + v.endKey(d.To)
}

func listConflicts(c *call) (rows, error) {
	kind, team, onTeam := c.query.among("kind"), c.query.among("team"), c.query.among("on_team")
	of, err := c.ofItem()
	if err != nil {
		return rows{}, err
	}
	found := c.foundAt()
	return rows{
		n: len(c.Conflicts),
		match: func(i int) bool {
			waits, on := c.ConflictTeams(&c.Conflicts[i])
			return kind(c.Conflicts[i].Kind.String()) && team(waits) && onTeam(on) && of(c.Conflicts[i].Dependency) && found(c.Conflicts[i].Dependency)
		},
		key: func(i int) string {
			return c.dependencyKey(c.Conflicts[i].Dependency) + "\x00" + string(rune('a'+c.Conflicts[i].Kind))
		},
		row: func(i int) any { return c.conflict(&c.Conflicts[i]) },
	}, nil
}

type findingRow struct {
	Finding string    `json:"finding" enum:"one_sided,text_only,unexplained,stale_signal,dangling,unowned,unassigned_blocker,no_estimate,no_due_date,unacknowledged"`
	Team    string    `json:"team" doc:"The team that can mend it."`
	Ref     string    `json:"ref" doc:"The item it is about; of a finding about a dependency the item by which the team has it."`
	Kind    string    `json:"kind" doc:"For a finding about a dependency, its kind; else empty." enum:",blocks,parent,implements,duplicates,mirrors"`
	Blocker string    `json:"blocker" doc:"For a finding about a dependency of kind blocks; else empty."`
	Blocked string    `json:"blocked" doc:"For a finding about a dependency of kind blocks; else empty."`
	Since   wire.Time `json:"since" doc:"Since when it holds, as far as is known."`
}

type adoptionRow struct {
	Team         string   `json:"team"`
	Ratio        *float64 `json:"ratio" doc:"The clean share; null without cross-team dependencies."`
	Dependencies int      `json:"dependencies" doc:"Active cross-team dependencies the team is an end of."`
	Clean        int      `json:"clean" doc:"Those of them free of findings of the team, about them or about its item at their end."`
}

func (v view) finding(f *model.Finding) findingRow {
	row := findingRow{Finding: f.Kind.String(), Team: v.FindingTeam(f), Ref: v.Ref(f.Item), Since: wire.At(f.Since.Time())}
	if f.Dependency >= 0 {
		d := &v.Dependencies[f.Dependency]
		if row.Kind = d.Kind.String(); d.Kind == model.Blocks {
			row.Blocker, row.Blocked = v.Name(d.From), v.Name(d.To)
		}
	}
	return row
}

func listFindings(c *call) (rows, error) {
	team, finding, found, foundAt := c.query.among("team"), c.query.among("finding"), c.search(), c.foundAt()
	return rows{
		n: len(c.Findings),
		match: func(i int) bool {
			f := &c.Findings[i]
			return team(c.FindingTeam(f)) && finding(f.Kind.String()) && (found(f.Item) || f.Dependency >= 0 && foundAt(f.Dependency))
		},
		key: func(i int) string {
			f := &c.Findings[i]
			kind := string(rune('a' + f.Kind))
			if f.Dependency >= 0 {
				return kind + c.dependencyKey(f.Dependency)
			}
			return kind + c.itemKey(f.Item)
		},
		row: func(i int) any { return c.finding(&c.Findings[i]) },
	}, nil
}

// adoption is of the teams asked for.
func adoption(c *call) any {
	team, out := c.query.among("team"), []adoptionRow{}
	for _, a := range c.Adoption {
		if !team(a.Team) {
			continue
		}
		out = append(out, adoptionRow{a.Team, maybe(a.Ratio()), a.Dependencies, a.Clean})
	}
	return out
}

type teamRow struct {
	Team     string    `json:"team" doc:"A team of the config; unowned for items no team owns."`
	Lead     string    `json:"lead"`
	Manager  string    `json:"manager"`
	Channel  string    `json:"channel"`
	Members  []string  `json:"members"`
	Items    int       `json:"items" doc:"Items it owns, closed ones too."`
	Todo     int       `json:"todo"`
	Doing    int       `json:"doing"`
	Blocked  int       `json:"blocked"`
	Waits    int       `json:"waits" doc:"Active dependencies by which it waits on other teams."`
	Waited   int       `json:"waited" doc:"Active dependencies by which others wait on it."`
	Oldest   wire.Time `json:"oldest_since" doc:"Since when its longest blocked item has been."`
	Findings int       `json:"findings" doc:"Findings it can mend."`
	Adoption *float64  `json:"adoption" doc:"The clean share of its cross-team dependencies; null without any."`
}

// listTeams counts anew: it is asked for rarely, and the items are few enough.
func listTeams(c *call) (rows, error) {
	list, at := []teamRow{}, map[string]int{}
	add := func(row teamRow) { at[row.Team] = len(list); list = append(list, row) }
	for i := range c.Teams {
		t := &c.Teams[i]
		row := teamRow{Team: t.Name, Lead: t.Lead, Manager: t.Manager, Channel: t.Channel, Members: []string{}}
		for _, m := range t.Members {
			row.Members = append(row.Members, m.Name)
		}
		add(row)
	}
	add(teamRow{Team: model.Unowned, Members: []string{}})
	for i := range c.Items {
		n := &c.Items[i]
		row := &list[at[n.Team.String()]]
		row.Items++
		switch n.State {
		case model.Todo:
			row.Todo++
		case model.Doing:
			row.Doing++
		}
		if n.Blocked >= 0 {
			row.Blocked++
		}
	}
	for i := range c.Findings {
		list[at[c.FindingTeam(&c.Findings[i])]].Findings++
	}
	for _, a := range c.Adoption {
		list[at[a.Team]].Adoption = maybe(a.Ratio())
	}
	for name, t := range c.digest().totals().teams {
		row := &list[at[name]]
		row.Waits, row.Waited, row.Oldest = t.waitsOn, t.waitedOn, wire.At(c.oldest(t).Time())
	}
	called := c.called()
	return rows{
		n: len(list), match: func(i int) bool { return called(list[i].Team) },
		key: func(i int) string { return fmt.Sprintf("%06d", i) }, row: func(i int) any { return list[i] },
	}, nil
}

type programRow struct {
	Name     string    `json:"name"`
	Core     string    `json:"core" doc:"The team that answers for it."`
	Partners []string  `json:"partners" doc:"As configured."`
	WaitsOn  []string  `json:"waits_on" doc:"Teams besides the core one that own what its open items transitively wait on."`
	External []string  `json:"external"`
	Items    int       `json:"items" doc:"Items it selects, closed ones too: /items?program="`
	Open     int       `json:"open"`
	Blocked  int       `json:"blocked"`
	Waits    []string  `json:"waits" doc:"Open items outside the program that its own transitively wait on."`
	Critical []string  `json:"critical" doc:"The chain that ends latest, the waiting item first."`
	End      wire.Date `json:"end" doc:"The latest date in that chain; null if none has one."`
	EndFrom  string    `json:"end_from" doc:"The item with that date."`
}

func listPrograms(c *call) (rows, error) {
	return rows{
		n:   len(c.Programs),
		key: func(i int) string { return fmt.Sprintf("%06d", i) },
		row: func(i int) any { return c.program(&c.Programs[i]) },
	}, nil
}

func (v view) program(p *model.ProgramState) programRow {
	row := programRow{
		Name: p.Name, Core: p.Core, Partners: list(p.Partners), WaitsOn: list(p.WaitsOn), External: list(p.External),
		Items: len(p.Items), Open: len(p.Open), Blocked: len(p.Blocked), Waits: v.refs(p.Waits), Critical: v.refs(p.Critical),
	}
	if p.EndFrom >= 0 {
		row.End, row.EndFrom = wire.On(v.Items[p.EndFrom].Date()), v.Ref(p.EndFrom)
	}
	return row
}

type personRow struct {
	Name     string   `json:"name"`
	Teams    []string `json:"teams" doc:"Those the person is a member of; none for somebody the config does not know."`
	Accounts []string `json:"accounts" doc:"Accounts met as assignees of open items, as tracker:account."`
	Open     int      `json:"open" doc:"Open items assigned to the person."`
	Doing    int      `json:"doing"`
	Blocking int      `json:"blocking" doc:"Those that hold up another."`
	Items    []string `json:"items" doc:"The open items."`
}

func listPeople(c *call) (rows, error) {
	team := c.query.among("team")
	all := c.query.text("team") == ""
	return rows{
		n:     len(c.People),
		match: func(i int) bool { return all || slices.ContainsFunc(c.People[i].Teams, team) },
		key:   func(i int) string { return fmt.Sprintf("%08d", i) },
		row: func(i int) any {
			p := &c.People[i]
			row := personRow{p.Name, list(p.Teams), []string{}, len(p.Open), len(p.Doing), len(p.Blocking), c.refs(p.Open)}
			for _, a := range p.Accounts {
				row.Accounts = append(row.Accounts, a.Tracker+":"+a.ID)
			}
			return row
		},
	}, nil
}

type unmatchedRow struct {
	Tracker string   `json:"tracker"`
	Account string   `json:"account" doc:"As the config's members name it."`
	Name    string   `json:"name"`
	Open    int      `json:"open" doc:"Open items assigned to it."`
	Items   []string `json:"items" doc:"The items."`
}

func listUnmatched(c *call) (rows, error) {
	tracker := c.query.among("tracker")
	return rows{
		n:     len(c.Unmatched),
		match: func(i int) bool { return tracker(c.Unmatched[i].Tracker) },
		key: func(i int) string {
			u := &c.Unmatched[i]
			return fmt.Sprintf("%010d\x00%s\x00%s", 1<<32-len(u.Items), u.Tracker, u.ID)
		},
		row: func(i int) any {
			u := &c.Unmatched[i]
			return unmatchedRow{u.Tracker, u.ID, u.Name, len(u.Items), c.refs(u.Items)}
		},
	}, nil
}
