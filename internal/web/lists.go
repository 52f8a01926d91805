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
	cycle, err := c.inCycle()
	if err != nil {
		return rows{}, err
	}
	blocking, anyBlocking, awaited, estimated := q.is("blocking"), q.text("blocking") == "", c.awaited(), c.estimated()
	tracker, team, state, blocked, stub := q.among("tracker"), q.among("team"), q.among("state"), q.is("blocked"), q.is("stub")
	anyTracker, anyStub := q.text("tracker") == "", q.text("stub") == "" // what stands in the item itself costs a look at far memory
	return rows{
		n: len(c.Items),
		match: func(i int) bool {
			n := &c.Items[i]
			return team(n.Team.String()) && state(n.State.String()) && blocked(n.Blocked >= 0) && program(int32(i)) && inGap(int32(i)) && assigned(int32(i)) && found(int32(i)) &&
				awaited(int32(i)) && estimated(int32(i)) && cycle(int32(i)) &&
				(anyBlocking || blocking(c.digest().blocking()[i])) &&
				(anyTracker || tracker(n.ID.Tracker.String())) && (anyStub || stub(n.Stub))
		},
		key: func(i int) string { return c.itemKey(int32(i)) },
		row: func(i int) any { return c.item(int32(i)) },
	}, nil
}

func listBlocked(c *call) (rows, error) {
	behind, err := c.behindRoot()
	if err != nil {
		return rows{}, err
	}
	team, onTeam := c.query.among("team"), c.query.among("on_team")
	anyTeam, found, program := c.query.text("on_team") == "", c.search(), c.inProgram()
	crossTeam, anyCross, estimated := c.query.is("cross_team"), c.query.text("cross_team") == "", c.estimated()
	return rows{
		n: len(c.Blocked),
		match: func(i int) bool {
			b := &c.Blocked[i]
			return team(c.Items[b.Item].Team.String()) && behind(b.Item) && found(b.Item) && program(b.Item) && estimated(b.Item) &&
				(anyCross || crossTeam(c.waitsOutside(b, onTeam))) &&
				(anyTeam || slices.ContainsFunc(b.Blockers, func(i int32) bool { return onTeam(c.Items[i].Team.String()) }))
		},
		key: func(i int) string { return c.itemKey(c.Blocked[i].Item) },
		row: func(i int) any { return c.blocked(&c.Blocked[i]) },
	}, nil
}

func listDependencies(c *call) (rows, error) {
	kind, state, crossTeam := c.query.among("kind"), c.query.among("state"), c.query.is("cross_team")
	team, onTeam, found := c.teamEnd("team", false), c.teamEnd("on_team", true), c.foundAt()
	of, err := c.ofItem()
	if err != nil {
		return rows{}, err
	}
	phrase, anyTeam, ofTeam := c.phrased(), c.query.text("of_team") == "", c.query.among("of_team")
	owned := func(e model.End) bool { return e.Resolved() && ofTeam(c.Items[e.Item()].Team.String()) }
	return rows{
		n: len(c.Dependencies),
		match: func(i int) bool {
			d := &c.Dependencies[i]
			return kind(d.Kind.String()) && state(d.State.String()) && crossTeam(d.CrossTeam) && team(d) && onTeam(d) && found(int32(i)) && of(int32(i)) && phrase(d) &&
				(anyTeam || owned(d.From) || owned(d.To))
		},
		key: func(i int) string { return c.dependencyKey(int32(i)) },
		row: func(i int) any { return c.dependency(int32(i)) },
	}, nil
}

func listMatrix(c *call) (rows, error) {
	team, onTeam := c.query.among("team"), c.query.among("on_team")
	return rows{
		n:     len(c.Matrix),
		match: func(i int) bool { return team(c.Matrix[i].Team) && onTeam(c.Matrix[i].OnTeam) },
		key:   func(i int) string { return c.Matrix[i].Team + "\x00" + c.Matrix[i].OnTeam },
		row: func(i int) any {
			m := &c.Matrix[i]
			return cellRow{m.Team, m.OnTeam, m.Items, wire.At(m.Oldest.Time()), m.OldestKnown.String(), m.Points}
		},
	}, nil
}

func listBlockers(c *call) (rows, error) {
	team, found := c.query.among("team"), c.search()
	return rows{
		match: func(i int) bool { return team(c.Items[c.Blockers[i].Item].Team.String()) && found(c.Blockers[i].Item) },
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
	team, reason, found, text := c.query.among("team"), c.query.among("reason"), c.search(), strings.ToLower(c.query.text("q"))
	return rows{
		match: func(i int) bool {
			d := &c.Dangling[i]
			return team(c.Items[d.From].Team.String()) && reason(d.Reason.String()) && (found(d.From) || strings.Contains(strings.ToLower(d.Target), text))
		},
		n: len(c.Dangling),
		key: func(i int) string {
			d := &c.Dangling[i]
			return strings.Join([]string{c.itemKey(d.From), d.Kind.String(), d.Target}, "\x00")
		},
		row: func(i int) any {
			d := &c.Dangling[i]
			return danglingRow{c.Ref(d.From), c.Items[d.From].Team.String(), d.Kind.String(), d.Target, d.Reason.String()}
		},
	}, nil
}

// filtered tells whether a list of the endpoint is asked for in part.
func (c *call) filtered(e *endpoint) bool {
	return slices.ContainsFunc(e.params, func(p param) bool { return len(c.query[p.name]) > 0 })
}
