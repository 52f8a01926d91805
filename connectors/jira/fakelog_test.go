package jira_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// statuses are those of the site, by the ids changelogs have.
func (f *fake) statuses() []any {
	var all []any
	for id, st := range map[string]map[string]any{
		"1": status("Open", "new"), "2": status("Parked", "undefined"), "3": status("In Progress", "indeterminate"),
		"4": status("Blocked", "indeterminate"), "5": status("Done", "done"),
	} {
		st["id"] = id
		all = append(all, st)
	}
	return all
}

// change is one changed field of a changelog entry.
func change(field, from, fromText, to, toText string) map[string]any {
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	ids := map[string]string{"Link": "issuelinks", "Flagged": "customfield_10021"}
	id, ok := ids[field]
	if !ok {
		id = field
	}
	kind := "jira"
	if field == "Flagged" {
		kind = "custom"
	}
	return map[string]any{
		"field": field, "fieldId": id, "fieldtype": kind,
		"from": null(from), "fromString": null(fromText), "to": null(to), "toString": null(toText),
	}
}

// moved is a change of the status between two of the site's.
func moved(from, to string) map[string]any { return change("status", from, "was", to, "is") }

// logged adds an entry so long before the start.
func (i *fakeIssue) logged(ago time.Duration, changes ...any) {
	i.log = append(i.log, map[string]any{
		"id": fmt.Sprint(len(i.log) + 8), "author": map[string]any{"displayName": "Ana", "accountId": "a1"},
		"created": jiraTime(start.Add(-ago).UnixMilli()), "items": changes,
	})
}

func (f *fake) bulkLogs(body []byte) (int, any) {
	var q struct {
		IssueIdsOrKeys, FieldIds []string
		NextPageToken            string
	}
	if err := json.Unmarshal(body, &q); err != nil || len(q.IssueIdsOrKeys) == 0 || len(q.IssueIdsOrKeys) > 1000 || len(q.FieldIds) > 10 {
		return 400, refusal("bad bulk")
	}
	type row struct {
		id    string
		entry any
	}
	var rows []row
	for _, id := range q.IssueIdsOrKeys {
		if i := f.find(id); i != nil {
			for _, e := range i.log {
				rows = append(rows, row{id, e})
			}
		}
	}
	at, _ := strconv.Atoi(q.NextPageToken)
	end := min(len(rows), at+f.mostLogs)
	logs := []any{}
	for _, r := range rows[at:end] {
		logs = append(logs, map[string]any{"issueId": r.id, "changeHistories": []any{r.entry}})
	}
	answer := map[string]any{"issueChangeLogs": logs}
	if end < len(rows) {
		answer["nextPageToken"] = strconv.Itoa(end)
	}
	return 200, answer
}

// log is an issue's changelog asked for by itself.
func (f *fake) log(i *fakeIssue, q url.Values) any {
	at, _ := strconv.Atoi(q.Get("startAt"))
	end := min(len(i.log), at+f.mostLogs)
	return map[string]any{"startAt": at, "total": len(i.log), "isLast": end == len(i.log), "values": slices.Concat([]any{}, i.log[at:end])}
}

// embedded is an issue's changelog as a search shows it. Data Center names no field ids.
func (f *fake) embedded(i *fakeIssue) any {
	shown := []any{}
	for _, e := range i.log[min(f.cut, len(i.log)):] {
		entry := map[string]any{}
		for k, v := range e.(map[string]any) {
			entry[k] = v
		}
		var items []any
		for _, ch := range entry["items"].([]any) {
			item := map[string]any{}
			for k, v := range ch.(map[string]any) {
				if k != "fieldId" {
					item[k] = v
				}
			}
			items = append(items, item)
		}
		entry["items"] = items
		shown = append(shown, entry)
	}
	return map[string]any{"startAt": 0, "maxResults": len(shown), "total": len(i.log), "histories": shown}
}
