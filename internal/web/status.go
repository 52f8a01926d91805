package web

import (
	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// statusAnswer is how the daemon is doing now, so as_of is the time of the request.
type statusAnswer struct {
	stamp
	Version  string        `json:"version"`
	Started  wire.Time     `json:"started"`
	Config   configRow     `json:"config"`
	Trackers []trackerRow  `json:"trackers"`
	Unmapped []unmappedRow `json:"unmapped" doc:"Link phrases read as relates because neither config nor defaults know them."`
	Accounts int           `json:"unmatched_accounts" doc:"Accounts with open items that belong to no member: /unmatched lists them."`
}

type configRow struct {
	Loaded wire.Time `json:"loaded" doc:"When the running configuration was loaded."`
	OK     bool      `json:"ok" doc:"Whether the last attempt to load one succeeded."`
}

type trackerRow struct {
	Name         string       `json:"name"`
	Type         string       `json:"type"`
	Product      string       `json:"product" doc:"Deployment and version as detected."`
	Fresh        bool         `json:"fresh" doc:"False until the first sync is whole, and when the last one is too long ago."`
	LastSync     wire.Time    `json:"last_sync" doc:"When it was last read whole."`
	Progress     progressRow  `json:"progress"`
	Scopes       []scopeRow   `json:"scopes"`
	Budget       []budgetRow  `json:"budget" doc:"Requests the tracker still allows."`
	Error        string       `json:"error" doc:"Why the last pass failed."`
	FailingSince wire.Time    `json:"failing_since"`
	Notes        []string     `json:"notes" doc:"What the tracker cannot do."`
	Unmapped     []string     `json:"unmapped" doc:"What of the tracker has no meaning until the configuration gives it one: statuses, fields."`
	Skipped      int          `json:"skipped" doc:"Items or parts the last pass could not read."`
	Problems     []skippedRow `json:"problems" doc:"The first of them."`
	Loops        []loopRow    `json:"loops"`
}

type progressRow struct {
	Items int  `json:"items" doc:"Items recorded."`
	Pages int  `json:"pages" doc:"Pages read by the current or last pass."`
	Read  int  `json:"read" doc:"Items read by the current or last pass."`
	Total *int `json:"total" doc:"Items the pass has to read; null when unknown."`
	Done  bool `json:"done" doc:"Whether the first sync is whole."`
}

type scopeRow struct {
	Scope    string `json:"scope"`
	Readable bool   `json:"readable"`
	Error    string `json:"error"`
}

type budgetRow struct {
	Resource  string    `json:"resource"`
	Limit     int       `json:"limit"`
	Remaining int       `json:"remaining"`
	Reset     wire.Time `json:"reset"`
}

type skippedRow struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

type loopRow struct {
	Name        string    `json:"name"`
	LastRun     wire.Time `json:"last_run"`
	NextRun     wire.Time `json:"next_run"`
	TookSeconds float64   `json:"took_seconds"`
	Error       string    `json:"error"`
}

type unmappedRow struct {
	Tracker string `json:"tracker"`
	Phrase  string `json:"phrase"`
	Claims  int    `json:"claims"`
}

func oneStatus(c *call) (any, error) {
	st := &c.status
	a := statusAnswer{
		stamp: stamp{wire.At(c.server.Now()), c.Stale}, Version: st.Version, Started: wire.At(st.Started),
		Config: configRow{wire.At(st.Loaded), st.ConfigOK}, Trackers: []trackerRow{}, Unmapped: []unmappedRow{},
	}
	for i := range st.Trackers {
		a.Trackers = append(a.Trackers, trackerOf(&st.Trackers[i]))
	}
	if c.Graph != nil {
		for _, u := range c.Unmapped {
			a.Unmapped = append(a.Unmapped, unmappedRow(u))
		}
		a.Accounts = len(c.Unmatched)
	}
	return a, nil
}

func trackerOf(t *model.TrackerStatus) trackerRow {
	row := trackerRow{
		Name: t.Name, Type: t.Type, Product: t.Product, Fresh: t.Fresh, LastSync: wire.At(t.LastSync),
		Progress: progressRow{Items: t.Items, Pages: t.Pages, Read: t.Done, Done: t.Complete},
		Error:    t.Error, FailingSince: wire.At(t.Since), Notes: list(t.Notes), Unmapped: list(t.Unmapped), Skipped: t.Skipped,
		Scopes: []scopeRow{}, Budget: []budgetRow{}, Problems: []skippedRow{}, Loops: []loopRow{},
	}
	if t.Total > 0 {
		row.Progress.Total = &t.Total
	}
	for _, s := range t.Scopes {
		row.Scopes = append(row.Scopes, scopeRow{s.Name, s.Readable, s.Error})
	}
	for _, b := range t.Budget {
		row.Budget = append(row.Budget, budgetRow{b.Resource, b.Limit, b.Remaining, wire.At(b.Reset)})
	}
	for _, p := range t.Problems {
		row.Problems = append(row.Problems, skippedRow(p))
	}
	for _, l := range t.Loops {
		row.Loops = append(row.Loops, loopRow{l.Name, wire.At(l.LastRun), wire.At(l.NextRun), l.Took.Seconds(), l.Error})
	}
	return row
}
