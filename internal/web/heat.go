package web

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// heatMap is the waiting matrix as a table: a row for every team that waits, a
// column for every team waited on.
type heatMap struct {
	Columns []string
	Rows    []heatRow
	Hidden  int // pairs not shown
}

type heatRow struct {
	Team  string
	Cells []heatCell
}

type heatCell struct {
	Items  int
	Heat   int // 0 for none to 5
	Oldest moment
	Href   string
}

// heat makes the table of the teams with the most waits; nil when nobody waits.
func heat(cells []model.Cell, now time.Time) *heatMap {
	if len(cells) == 0 {
		return nil
	}
	rowSum, columnSum, most := map[string]int{}, map[string]int{}, 0
	for _, c := range cells {
		rowSum[c.Team] += c.Items
		columnSum[c.OnTeam] += c.Items
		most = max(most, c.Items)
	}
	rows, columns := busiest(rowSum), busiest(columnSum)
	h := &heatMap{Hidden: len(cells)}
	for _, t := range columns {
		h.Columns = append(h.Columns, clip(t, shownName))
	}
	for _, t := range rows {
		h.Rows = append(h.Rows, heatRow{clip(t, shownName), make([]heatCell, len(columns))})
	}
	for _, c := range cells {
		i, j := slices.Index(rows, c.Team), slices.Index(columns, c.OnTeam)
		if i < 0 || j < 0 {
			continue
		}
		h.Hidden--
		h.Rows[i].Cells[j] = heatCell{
			c.Items, (5*c.Items + most - 1) / max(most, 1), momentOf(c.Oldest, now),
			apiLink("blocked", "team", c.Team, "on_team", c.OnTeam),
		}
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
