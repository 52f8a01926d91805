package web

import (
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// statusData is how the daemon and its trackers are doing.
type statusData struct {
	frame
	Started, Loaded moment
	ConfigOK        bool
	Config          string
	Details         []trackerDetail
	Unmapped        []phraseLine
	Accounts        []accountLine
	MoreAccounts    int
	Unowned         int
	UnownedTo       string
	Series          *seriesLine
}

type seriesLine struct{ Used, Max, Percent int }

type accountLine struct {
	Tracker, Name string
	Items         int
	Href          string
}

// phraseLine is a link phrase that nothing maps, with the dependencies read from it.
type phraseLine struct {
	Tracker, Phrase string
	Dependencies    int
	Href            string
}

type trackerDetail struct {
	trackerChip
	Type, Product string
	Error, Remedy string
	Since         moment
	Scopes        []scopeRow
	Unreadable    int
	MoreScopes    int
	Notes         []string
	NotMapped     []string
	Problems      []skippedRow
	Skipped       int
	Budget        []budgetLine
	Expires       moment
	Loops         []loopLine
	Estimate      string
}

type budgetLine struct {
	Resource         string
	Limit, Remaining int
	Reset            moment
}

type loopLine struct {
	Name       string
	Last, Next moment
	Took       string
	Error      string
}

const shownScopes = 40

func statusPage() uiPage {
	return uiPage{path: "status", title: "Status", file: "status.html", data: statusOf, early: true}
}

func statusOf(c *call, f frame) (any, error) {
	st, now := &c.status, c.server.Now()
	d := &statusData{frame: f, Started: momentOf(st.Started, now), Loaded: momentOf(st.Loaded, now), ConfigOK: st.ConfigOK}
	if c.server.Config != nil {
		d.Config = c.server.Config()
	}
	if c.server.Series != nil {
		if used, most := c.server.Series(); most > 0 {
			d.Series = &seriesLine{used, most, 100 * used / most}
		}
	}
	for i := range st.Trackers {
		d.Details = append(d.Details, detailOf(&st.Trackers[i], f.Trackers[i], st.Started, now))
	}
	if c.Graph == nil {
		return d, nil
	}
	for _, u := range c.Unmapped {
		said := phrase{u.Tracker, u.Phrase}
		d.Unmapped = append(d.Unmapped, phraseLine{clip(u.Tracker, shownName), clip(u.Phrase, shownTitle), c.digest().phrases()[said], pageLink("dependencies", "phrase", said.String())})
	}
	for i := range c.Unmatched[:min(shownPeople, len(c.Unmatched))] {
		u := &c.Unmatched[i]
		d.Accounts = append(d.Accounts, accountLine{clip(u.Tracker, shownName), clip(u.Label(), shownName), len(u.Items), assignedLink(u.PersonAccount)})
	}
	if t := c.digest().totals().teams[model.Unowned]; t != nil {
		d.Unowned, d.UnownedTo = t.open, openItems("team", model.Unowned)
	}
	d.MoreAccounts = max(0, len(c.Unmatched)-shownPeople)
	return d, nil
}

func detailOf(t *model.TrackerStatus, chip trackerChip, started, now time.Time) trackerDetail {
	d := trackerDetail{
		trackerChip: chip, Type: t.Type, Product: clip(t.Product, shownName), Error: clip(t.Error, 2*shownError), Remedy: remedy(t.Error),
		Since: momentOf(t.Since, now), Skipped: t.Skipped, Expires: momentOf(t.CredentialExpiry, now),
	}
	if !t.Complete && t.Total > t.Done && t.Done > 0 {
		left := time.Duration(float64(now.Sub(started)) * float64(t.Total-t.Done) / float64(t.Done))
		d.Estimate = span(left) + " left"
		if left >= time.Minute {
			d.Estimate = "about " + d.Estimate
		}
	}
	// What cannot be read first.
	for _, readable := range []bool{false, true} {
		for _, s := range t.Scopes {
			if s.Readable != readable {
				continue
			}
			if !readable {
				d.Unreadable++
			}
			if len(d.Scopes) == shownScopes {
				d.MoreScopes++
				continue
			}
			d.Scopes = append(d.Scopes, scopeRow{clip(s.Name, shownName), s.Readable, clip(s.Error, shownError)})
		}
	}
	for _, u := range t.Unmapped {
		d.NotMapped = append(d.NotMapped, clip(u, shownError))
	}
	for _, n := range t.Notes {
		d.Notes = append(d.Notes, clip(n, shownError))
	}
	for _, p := range t.Problems {
		d.Problems = append(d.Problems, skippedRow{clip(p.Where, shownName), clip(p.What, shownError)})
	}
	for _, b := range t.Budget {
		d.Budget = append(d.Budget, budgetLine{clip(b.Resource, shownName), b.Limit, b.Remaining, momentOf(b.Reset, now)})
	}
	for _, l := range t.Loops {
		took := ""
		if l.Took > 0 {
			took = l.Took.Round(time.Millisecond).String()
		}
		d.Loops = append(d.Loops, loopLine{l.Name, momentOf(l.LastRun, now), momentOf(l.NextRun, now), took, clip(l.Error, shownError)})
	}
	return d
}

// remedy says what to do about an error of a tracker, "" when there is no more to say than the error does.
func remedy(problem string) string {
	s := strings.ToLower(problem)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(s, w) {
				return true
			}
		}
		return false
	}
	switch {
	case s == "":
		return ""
	case has("401", "credential", "unauthorized"):
		return "Check the token: is it expired, or its file empty? A new one is read at once, without a restart."
	case has("403", "forbidden", "permission"):
		return "The account may not see this. Ask the tracker's administrator for read access, or take the project out of the configuration."
	case has("429", "rate limit", "budget"):
		return "The tracker asks for patience. Polling goes on by itself; a longer poll.interval asks less."
	case has("no such host", "connection refused", "timeout", "deadline", "unreachable", "reset by peer"):
		return "The tracker cannot be reached. Check its address, the proxy and the network; polling tries again by itself."
	case has("404", "not found"):
		return "The address or a project may be wrong: run waitgraph check-config --live."
	case has("status 5"):
		return "The tracker itself has trouble. Polling tries again by itself."
	}
	return "Run waitgraph check-config --live to see what the tracker says."
}

// apiData lists what programs can read.
type apiData struct {
	frame
	Endpoints []endpointLine
}

type endpointLine struct{ Path, Href, Summary string }

func apiPage(endpoints []endpoint) uiPage {
	return uiPage{path: "api", title: "For programs", file: "api.html", early: true, data: func(_ *call, f frame) (any, error) {
		d := &apiData{frame: f}
		for i := range endpoints {
			line := endpointLine{Path: endpoints[i].path, Summary: endpoints[i].summary}
			required := func(p param) bool { return p.required }
			if !strings.Contains(line.Path, "{") && !slices.ContainsFunc(endpoints[i].params, required) {
				line.Href = line.Path[1:]
			}
			d.Endpoints = append(d.Endpoints, line)
		}
		return d, nil
	}}
}
