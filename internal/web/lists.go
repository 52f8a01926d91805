package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// The lists of the API: which rows there are, and which of them were asked for.

func listItems(c *call) (rows, error) {
	q, found, program := c.query, c.search(), c.inProgram()
	inGap, err := c.inGap()
	if err != nil {
		return rows{}, err
	}
	assigned, err := c.assigned()
	if err != nil {
		return rows{}, err
	}
	blocking, anyBlocking := q.is("blocking"), q.text("blocking") == ""
	tracker, team, state, blocked, stub := q.among("tracker"), q.among("team"), q.among("state"), q.is("blocked"), q.is("stub")
	anyTracker, anyStub := q.text("tracker") == "", q.text("stub") == "" // what stands in the item itself costs a look at far memory
	return rows{
		n: len(c.Items),
		match: func(i int) bool {
			n := &c.Items[i]
			return team(n.Team) && state(string(n.State)) && blocked(n.Blocked >= 0) && program(int32(i)) && inGap(int32(i)) && assigned(int32(i)) && found(int32(i)) &&
				(anyBlocking || blocking(c.digest().blocking()[i])) &&
				(anyTracker || tracker(n.ID.Tracker)) && (anyStub || stub(n.Stub))
		},
		key: func(i int) string { return c.itemKey(int32(i)) },
		row: func(i int) any { return c.item(int32(i)) },
	}, nil
}

// assigned tells of items whether they are open and assigned to whoever has the account asked for.
func (c *call) assigned() (func(item int32) bool, error) {
	account := c.query.text("assignee")
	if account == "" {
		return func(int32) bool { return true }, nil
	}
	is := func(a *model.PersonAccount) bool { return a.Tracker+":"+a.ID == account }
	var open []int32
	known := false
	for i := range c.People {
		if p := &c.People[i]; slices.ContainsFunc(p.Accounts, func(a model.PersonAccount) bool { return is(&a) }) {
			open, known = p.Open, true
		}
	}
	for i := range c.Unmatched {
		if u := &c.Unmatched[i]; is(&u.PersonAccount) {
			open, known = u.Items, true
		}
	}
	if !known {
		return nil, refuse(invalid{Parameter: "assignee", Value: clip(account, 200), Detail: "no account of this name has open items: /people and /unmatched list them as tracker:account"})
	}
	return func(item int32) bool {
		_, found := slices.BinarySearch(open, item)
		return found
	}, nil
}

func listBlocked(c *call) (rows, error) {
	behind, err := c.behindRoot()
	if err != nil {
		return rows{}, err
	}
	team, onTeam := c.query.among("team"), c.query.among("on_team")
	anyTeam, found, program := c.query.text("on_team") == "", c.search(), c.inProgram()
	return rows{
		n: len(c.Blocked),
		match: func(i int) bool {
			b := &c.Blocked[i]
			return team(c.Items[b.Item].Team) && behind(b.Item) && found(b.Item) && program(b.Item) &&
				(anyTeam || slices.ContainsFunc(b.Blockers, func(i int32) bool { return onTeam(c.Items[i].Team) }))
		},
		key: func(i int) string { return c.itemKey(c.Blocked[i].Item) },
		row: func(i int) any { return c.blocked(&c.Blocked[i]) },
	}, nil
}

// behindRoot tells of items whether they wait on the root blocker asked for,
// and on the item asked for. Nothing has an item as its root that is none.
func (c *call) behindRoot() (func(item int32) bool, error) {
	behind := func(int32) bool { return true }
	for _, name := range []string{"root", "behind"} {
		ref := c.query.text(name)
		if ref == "" {
			continue
		}
		at, ok := c.Find(ref)
		if !ok {
			return nil, c.noSuchItem(name, ref)
		}
		var waiting []int32
		if _, root := c.digest().roots()[at]; root || name == "behind" {
			waiting = c.Radius(at).Waiting
		}
		others := behind
		behind = func(item int32) bool {
			_, found := slices.BinarySearch(waiting, item)
			return found && others(item)
		}
	}
	return behind, nil
}

func (c *call) noSuchItem(parameter, ref string) error {
	return refuse(invalid{Parameter: parameter, Value: clip(ref, 200), Detail: "no item of this name is known", Hints: c.nearRefs(ref)})
}

// inProgram tells of items whether they are of a program asked for.
func (c *call) inProgram() func(item int32) bool {
	names := c.query["program"]
	if len(names) == 0 {
		return func(int32) bool { return true }
	}
	return func(item int32) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			_, found := slices.BinarySearch(c.programItems(name), item)
			return found
		})
	}
}

func listDependencies(c *call) (rows, error) {
	kind, state, crossTeam := c.query.among("kind"), c.query.among("state"), c.query.is("cross_team")
	team, onTeam, found := c.teamEnd("team", false), c.teamEnd("on_team", true), c.search()
	anyText := c.query.text("q") == ""
	of := func(int) bool { return true }
	if ref := c.query.text("item"); ref != "" {
		item, ok := c.Find(ref)
		if !ok {
			return rows{}, c.noSuchItem("item", ref)
		}
		of = func(i int) bool {
			_, found := slices.BinarySearch(c.DependenciesOf(item), int32(i))
			return found
		}
	}
	either := func(d *model.Dependency) bool {
		return anyText || d.From.Resolved() && found(d.From.Item()) || d.To.Resolved() && found(d.To.Item())
	}
	return rows{
		n: len(c.Dependencies),
		match: func(i int) bool {
			d := &c.Dependencies[i]
			return kind(string(d.Kind)) && state(d.State.String()) && crossTeam(d.CrossTeam) && team(d) && onTeam(d) && either(d) && of(i)
		},
		key: func(i int) string { return c.dependencyKey(int32(i)) },
		row: func(i int) any { return c.dependency(int32(i)) },
	}, nil
}

func listMatrix(c *call) (rows, error) {
	return rows{
		n:   len(c.Matrix),
		key: func(i int) string { return c.Matrix[i].Team + "\x00" + c.Matrix[i].OnTeam },
		row: func(i int) any {
			m := &c.Matrix[i]
			return cellRow{m.Team, m.OnTeam, m.Items, wire.At(m.Oldest), m.OldestKnown.String(), m.Points}
		},
	}, nil
}

func listBlockers(c *call) (rows, error) {
	team, found := c.query.among("team"), c.search()
	return rows{
		match: func(i int) bool { return team(c.Items[c.Blockers[i].Item].Team) && found(c.Blockers[i].Item) },
		n:     min(c.query.number("top", len(c.Blockers)), len(c.Blockers)),
		key: func(i int) string {
			r := &c.Blockers[i]
			return fmt.Sprintf("%010d", 1<<32-r.Items) + c.itemKey(r.Item)
		},
		row: func(i int) any { return c.blocker(&c.Blockers[i]) },
	}, nil
}

func listCycles(c *call) (rows, error) {
	return rows{
		n: len(c.Cycles),
		key: func(i int) string {
			m := c.Cycles[i].Members
			return c.itemKey(m[0]) + fmt.Sprintf("%010d", len(m))
		},
		row: func(i int) any { return c.cycle(&c.Cycles[i]) },
	}, nil
}

func listDangling(c *call) (rows, error) {
	team, reason := c.query.among("team"), c.query.among("reason")
	return rows{
		match: func(i int) bool {
			return team(c.Items[c.Dangling[i].From].Team) && reason(string(c.Dangling[i].Reason))
		},
		n: len(c.Dangling),
		key: func(i int) string {
			d := &c.Dangling[i]
			return strings.Join([]string{c.itemKey(d.From), string(d.Kind), d.Target}, "\x00")
		},
		row: func(i int) any {
			d := &c.Dangling[i]
			return danglingRow{c.Ref(d.From), string(d.Kind), d.Target, string(d.Reason)}
		},
	}, nil
}

// filtered tells whether a list of the endpoint is asked for in part.
func (c *call) filtered(e *endpoint) bool {
	return slices.ContainsFunc(e.params, func(p param) bool { return len(c.query[p.name]) > 0 })
}

// search tells of items whether ref or title contains the text asked for.
func (c *call) search() func(item int32) bool {
	needle := strings.ToLower(c.query.text("q"))
	if needle == "" {
		return func(int32) bool { return true }
	}
	texts := c.digest().haystacks()
	return func(item int32) bool { return strings.Contains(texts[item], needle) }
}

// teamEnd tells of dependencies whether the team asked for owns the end: the
// blocker or what is blocked, either end where neither blocks.
func (c *call) teamEnd(name string, blocker bool) func(*model.Dependency) bool {
	if c.query.text(name) == "" {
		return func(*model.Dependency) bool { return true }
	}
	team := c.query.among(name)
	owns := func(e model.End) bool { return e.Resolved() && team(c.Items[e.Item()].Team) }
	return func(d *model.Dependency) bool {
		switch {
		case d.Kind != model.Blocks:
			return owns(d.From) || owns(d.To)
		case blocker:
			return owns(d.From)
		}
		return owns(d.To)
	}
}
