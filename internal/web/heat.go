package web

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// shownTeams is how many teams a side of the heat map has.
const shownTeams = 14

// heatMap is the waiting matrix as a table: a row for every team that waits, a
// column for every team waited on.
type heatMap struct {
	Columns []heatHead
	Rows    []heatRow
	Hidden  int // pairs not shown
	ByName  string
	BySum   string
	Named   bool // in order of names
}

// heatHead is a team; Href arranges the map by its numbers, Sort as aria-sort has it.
type heatHead struct{ Team, Href, Sort, Page string }

type heatRow struct {
	heatHead
	Cells []heatCell
}

type heatCell struct {
	Items  int
	Heat   int // 0 for none to 5
	Self   bool
	Oldest moment
	Href   string
	Label  string
}

// arrangement is how the rows and columns of a heat map are sorted.
type arrangement struct {
	names    bool   // by name instead of by sum
	byColumn string // rows by their number in this column
	byRow    string // columns by their number in this row
}

// heat makes the table of the teams with the most waits; nil when nobody waits.
func heat(cells []model.Cell, by arrangement, now time.Time) *heatMap {
	if len(cells) == 0 {
		return nil
	}
	type pair struct{ team, on string }
	rowSum, columnSum, at, most := map[string]int{}, map[string]int{}, map[pair]*model.Cell{}, 0
	for i := range cells {
		c := &cells[i]
		rowSum[c.Team] += c.Items
		columnSum[c.OnTeam] += c.Items
		at[pair{c.Team, c.OnTeam}] = c
		most = max(most, c.Items)
	}
	items := func(team, on string) int {
		if c := at[pair{team, on}]; c != nil {
			return c.Items
		}
		return 0
	}
	rows, columns := busiest(rowSum), busiest(columnSum)
	switch {
	case by.names:
		slices.Sort(rows)
		slices.Sort(columns)
	case by.byColumn != "":
		slices.SortStableFunc(rows, func(a, b string) int { return cmp.Compare(items(b, by.byColumn), items(a, by.byColumn)) })
	case by.byRow != "":
		slices.SortStableFunc(columns, func(a, b string) int { return cmp.Compare(items(by.byRow, b), items(by.byRow, a)) })
	}
	h := &heatMap{Hidden: len(cells), Named: by.names, ByName: pageLink(".", "matrix", "names") + "#matrix", BySum: ".#matrix"}
	sorted := func(is bool) string {
		if is {
			return "descending"
		}
		return ""
	}
	for _, t := range columns {
		h.Columns = append(h.Columns, heatHead{clip(t, shownName), pageLink(".", "by_column", t) + "#matrix", sorted(t == by.byColumn), ""})
	}
	for _, t := range rows {
		row := heatRow{heatHead: heatHead{clip(t, shownName), pageLink(".", "by_row", t) + "#matrix", sorted(t == by.byRow), pageLink("team", "name", t)}}
		for _, on := range columns {
			cell := heatCell{Self: t == on}
			if c := at[pair{t, on}]; c != nil {
				h.Hidden--
				cell = heatCell{
					Items: c.Items, Heat: (5*c.Items + most - 1) / max(most, 1), Oldest: momentOf(c.Oldest.Time(), now),
					Href:  pageLink("blocked", "team", c.Team, "on_team", c.OnTeam),
					Label: count(c.Items, "item") + " of " + clip(t, shownName) + " waiting on " + clip(on, shownName),
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		h.Rows = append(h.Rows, row)
	}
	return h
}

// busiest are the names with the largest sums, largest first.
func busiest(sums map[string]int) []string {
	names := slices.SortedFunc(maps.Keys(sums), func(a, b string) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b))
	})
	return names[:min(shownTeams, len(names))]
}
