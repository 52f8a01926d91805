package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/httpx"
	"github.com/waitgraph/waitgraph/model"
)

// routeBulkLogs is Cloud's; it is not for anonymous visitors.
const routeBulkLogs = "rest/api/3/changelog/bulkfetch"

// changelogs are what a site answered, by issue id. Issues it did not answer for are absent.
type changelogs map[string]changelog

// changelog is the past of one issue.
type changelog struct {
	entries []entry // oldest first
	// whole tells that nothing is left out.
	whole bool
	// err is why it cannot be read.
	err error
}

// entry is what one person changed at one moment.
type entry struct {
	id     string
	at     model.Time
	author *wireUser
	items  []wireChange
}

type wireHistory struct {
	ID      string          `json:"id"`
	Author  *wireUser       `json:"author"`
	Created json.RawMessage `json:"created"` // a number or text
	Items   []wireChange    `json:"items"`
}

// wireChange is the change of one field. Links have the far issue's key as
// value; they and labels have neither value where there is none.
type wireChange struct {
	Field      string `json:"field"`
	FieldID    string `json:"fieldId"` // Cloud
	Type       string `json:"fieldtype"`
	From       string `json:"from"`
	FromString string `json:"fromString"`
	To         string `json:"to"`
	ToString   string `json:"toString"`
}

// of reports a change of a field every issue has. Custom fields may have its name.
func (ch *wireChange) of(field string) bool { return ch.Field == field && ch.Type != "custom" }

// ofCustom reports a change of one of some custom fields: Data Center tells the name only.
func (ch *wireChange) ofCustom(name string, ids []string) bool {
	if ch.FieldID != "" {
		return slices.Contains(ids, ch.FieldID)
	}
	return strings.EqualFold(ch.Field, name)
}

// askBulk reads whole changelogs from Cloud. Issues that have none, and those
// the account may not see, are both absent from its answers: the former are
// found by another question.
func (c *Connector) askBulk(ctx context.Context, s *site, ids []string) (changelogs, error) {
	// All fields: what changelogs call those of links is not documented, so a
	// choice of fields could leave links out.
	q := struct {
		IDs   []string `json:"issueIdsOrKeys"`
		Max   int      `json:"maxResults"`
		Token string   `json:"nextPageToken,omitempty"`
	}{IDs: ids, Max: 5000}
	raw := map[string][]json.RawMessage{}
	tokens := map[string]bool{"": true}
	for {
		body, err := c.post(ctx, routeBulkLogs, q)
		if err != nil {
			return nil, err
		}
		var page struct {
			Token string `json:"nextPageToken"`
			Logs  []struct {
				ID        string            `json:"issueId"`
				Histories []json.RawMessage `json:"changeHistories"`
			} `json:"issueChangeLogs"`
		}
		if err := decode("POST /"+routeBulkLogs, body, &page); err != nil {
			return nil, err
		}
		if page.Logs == nil {
			return nil, &connectors.AnswerError{Page: "POST /" + routeBulkLogs, Err: errors.New("no list of changelogs")}
		}
		for _, log := range page.Logs { // an issue's entries may go on in the next page
			raw[log.ID] = append(raw[log.ID], log.Histories...)
		}
		if page.Token == "" {
			break
		}
		if tokens[page.Token] {
			return nil, &connectors.AnswerError{Page: "POST /" + routeBulkLogs, Err: errors.New("the page token repeats")}
		}
		tokens[page.Token] = true
		q.Token = page.Token
	}
	logs := make(changelogs, len(ids))
	var silent []string
	for _, id := range ids {
		if histories, ok := raw[id]; ok {
			logs[id] = readLog(histories, true)
		} else {
			silent = append(silent, id)
		}
	}
	visible, err := c.visible(ctx, s, silent)
	for _, id := range visible {
		logs[id] = changelog{whole: true}
	}
	return logs, err
}

// visible are those of some issues that the account may see.
func (c *Connector) visible(ctx context.Context, s *site, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	seen, err := c.ids(ctx, s, "id in ("+strings.Join(ids, ", ")+") ORDER BY key ASC")
	if !refused(err) {
		return seen, err
	}
	// An id that vanished may spoil the query.
	for some := range slices.Chunk(ids, pageCloud) {
		issues, _, err := c.fetch(ctx, s, some, []string{"status"})
		if err != nil {
			return nil, err
		}
		for i := range issues {
			seen = append(seen, issues[i].ID)
		}
	}
	return seen, nil
}

// wireLog is the changelog embedded in an issue.
type wireLog struct {
	Total     int               `json:"total"`
	Histories []json.RawMessage `json:"histories"`
}

// askSearch reads changelogs from Data Center, which has them only embedded.
// It is known to embed them whole; where the count says otherwise they are not.
func (c *Connector) askSearch(ctx context.Context, s *site, ids []string) (changelogs, error) {
	lenient := false
	q := struct {
		query
		Expand []string `json:"expand"`
	}{query{
		JQL: "id in (" + strings.Join(ids, ", ") + ") ORDER BY key ASC", Fields: []string{"status"}, Max: pageDC, Validate: &lenient,
	}, []string{"changelog"}}
	logs := make(changelogs, len(ids))
	for {
		body, err := c.post(ctx, routeSearch, q)
		if err != nil {
			return nil, err
		}
		var page struct {
			wireHead
			Issues []struct {
				ID  string   `json:"id"`
				Log *wireLog `json:"changelog"`
			} `json:"issues"`
		}
		if err := decode("POST /"+routeSearch, body, &page); err != nil {
			return nil, err
		}
		if page.Issues == nil {
			return nil, &connectors.AnswerError{Page: "POST /" + routeSearch, Err: errNoIssues}
		}
		for _, is := range page.Issues {
			if is.Log != nil {
				logs[is.ID] = readLog(is.Log.Histories, is.Log.Histories != nil && is.Log.Total <= len(is.Log.Histories))
			}
		}
		// An administrator may have set pages shorter than was asked for.
		if q.Start += len(page.Issues); len(page.Issues) == 0 || q.Start >= page.Total {
			return logs, nil
		}
	}
}

// readLog decodes the entries of one issue, each once, and orders them by time.
func readLog(histories []json.RawMessage, whole bool) changelog {
	log := changelog{whole: whole}
	seen := map[string]bool{}
	for _, raw := range histories {
		var w wireHistory
		if log.err = json.Unmarshal(raw, &w); log.err != nil {
			return changelog{err: log.err}
		}
		e := entry{id: w.ID, author: w.Author, items: w.Items}
		if e.at, log.err = parseStamp(w.Created); log.err != nil {
			return changelog{err: log.err}
		}
		if e.id != "" && seen[e.id] {
			continue
		}
		seen[e.id] = true
		log.entries = append(log.entries, e)
	}
	slices.SortStableFunc(log.entries, func(a, b entry) int {
		// Of the same moment the smaller id came first.
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(len(a.id), len(b.id)), cmp.Compare(a.id, b.id))
	})
	return log
}

// parseStamp reads a time that is text, seconds or milliseconds.
func parseStamp(raw json.RawMessage) (model.Time, error) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
		const lastSecond = 100_000_000_000 // in the year 5138; as milliseconds in 1973
		if n < lastSecond {
			return model.At(time.Unix(n, 0)), nil
		}
		return model.At(time.UnixMilli(n)), nil
	}
	at, err := momentOf(text)
	if err == nil && at.IsZero() {
		err = errors.New("no time of a change")
	}
	return at, err
}

// denied reports that the site gives this account no changelogs: a token may
// lack the scope for them. It is no reason to do without all the rest.
func denied(err error) bool {
	var auth *connectors.AuthError
	switch statusOf(err) {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return true
	}
	return errors.As(err, &auth)
}

// tooLong reports an answer of more bytes than are held.
func tooLong(err error) bool {
	var size *httpx.BodyError
	return errors.As(err, &size)
}

// statuses are all statuses of the site by id, asked for once.
func (c *Connector) statuses(ctx context.Context, s *site) (map[string]wireStatus, error) {
	if s.statuses != nil {
		return s.statuses, nil
	}
	const route = "rest/api/2/status"
	var listed []struct {
		ID string `json:"id"`
		wireStatus
	}
	if err := c.get(ctx, route, route, &listed); err != nil {
		return nil, err
	}
	statuses := make(map[string]wireStatus, len(listed))
	for _, st := range listed {
		statuses[st.ID] = st.wireStatus
	}
	s.statuses = statuses
	return statuses, nil
}
