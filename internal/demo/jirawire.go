package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// doc is a JSON object.
type doc = map[string]any

// The custom fields of the site, of the kinds Jira Software brings.
const (
	fieldPoints = "customfield_10016"
	fieldSprint = "customfield_10020"
	fieldFlag   = "customfield_10021"
)

type categoryOf struct {
	id        int
	key, name string
}

func category(s stage) categoryOf {
	switch {
	case s == todo:
		return categoryOf{2, "new", "To Do"}
	case s.open():
		return categoryOf{4, "indeterminate", "In Progress"}
	}
	return categoryOf{3, "done", "Done"}
}

func resolution(s stage) string {
	if s == dropped {
		return "Won't Do"
	}
	return "Done"
}

// jiraTime is the form of Jira's times, without a colon in the offset.
func jiraTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }

// wire writes the organisation as Jira's REST API does. Whoever uses it holds
// the world's lock.
type wire struct {
	w       *World
	address *strings.Replacer
}

func (j wire) self(format string, args ...any) string {
	return j.address.Replace("{jira}/rest/api/2/" + fmt.Sprintf(format, args...))
}

func (j wire) user(p *person) any {
	if p == nil {
		return nil
	}
	return doc{
		"self": j.self("user?accountId=%s", p.jira), "accountId": p.jira, "accountType": "atlassian", "active": true,
		"displayName": p.name, "emailAddress": p.email, "timeZone": "Etc/UTC",
	}
}

func (j wire) status(s stage) doc {
	c := category(s)
	id := 10000 + int(min(s, done))
	return doc{
		"self": j.self("status/%d", id), "id": fmt.Sprint(id), "name": s.String(), "description": "",
		"statusCategory": doc{"self": j.self("statuscategory/%d", c.id), "id": c.id, "key": c.key, "name": c.name},
	}
}

func (j wire) priority(i int) doc {
	return doc{"self": j.self("priority/%d", i+1), "id": fmt.Sprint(i + 1), "name": priorities()[i]}
}

func (j wire) resolution(s stage) any {
	if s.open() {
		return nil
	}
	return doc{"self": j.self("resolution/%d", 10000+int(s)), "id": fmt.Sprint(10000 + int(s)), "name": resolution(s)}
}

func (j wire) issueType(k kind) doc {
	level := 0
	if k == epic {
		level = 1
	}
	return doc{"self": j.self("issuetype/%d", 10000+int(k)), "id": fmt.Sprint(10000 + int(k)), "name": k.String(), "subtask": false, "hierarchyLevel": level}
}

func (j wire) project(p *project) doc {
	return doc{"self": j.self("project/%d", p.id), "id": fmt.Sprint(p.id), "key": p.key, "name": p.name, "projectTypeKey": "software", "simplified": false, "style": "classic", "isPrivate": false}
}

func (j wire) linkType(t linkType) doc {
	p := t.phrase()
	return doc{"self": j.self("issueLinkType/%s", p.id), "id": p.id, "name": p.name, "inward": p.inward, "outward": p.outward}
}

// brief is how an issue shows inside another one's payload.
func (j wire) brief(it *item) doc {
	return doc{"id": fmt.Sprint(it.id), "key": it.key(), "self": j.self("issue/%d", it.id), "fields": doc{
		"summary": it.title, "status": j.status(it.stage), "priority": j.priority(it.priority), "issuetype": j.issueType(it.kind),
	}}
}

// issue is one issue with the fields asked for; nil means those of a list.
func (j wire) issue(it *item, fields []string) doc {
	out := doc{"id": fmt.Sprint(it.id), "key": it.key(), "self": j.self("issue/%d", it.id), "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"}
	all := len(fields) == 0 || slices.Contains(fields, "*all") || slices.Contains(fields, "*navigable")
	values := doc{}
	for name, value := range j.fields(it) {
		if all || slices.Contains(fields, name) {
			values[name] = value
		}
	}
	out["fields"] = values
	return out
}

func (j wire) fields(it *item) doc {
	f := doc{
		"summary": it.title, "description": j.address.Replace(it.body), "status": j.status(it.stage), "resolution": j.resolution(it.stage),
		"resolutiondate": nil, "created": jiraTime(it.created), "updated": jiraTime(it.updated), "duedate": nil,
		"issuetype": j.issueType(it.kind), "project": j.project(it.home), "priority": j.priority(it.priority), "labels": append([]string{}, it.labels...),
		"components": []any{}, "fixVersions": []any{}, "assignee": j.user(it.assignee), "reporter": j.user(it.author), "creator": j.user(it.author),
		"issuelinks": j.links(it), "subtasks": []any{}, "comment": j.comments(it), fieldPoints: nil, fieldSprint: nil, fieldFlag: nil,
	}
	if !it.closed.IsZero() {
		f["resolutiondate"] = jiraTime(it.closed)
	}
	if !it.due.IsZero() {
		f["duedate"] = date(it.due)
	}
	if it.parent != nil {
		f["parent"] = j.brief(it.parent)
	}
	if r := it.release; r != nil {
		f["fixVersions"] = []any{doc{"self": j.self("version/%d", r.id), "id": fmt.Sprint(r.id), "name": r.name, "archived": false, "released": r.end.Before(j.w.now), "releaseDate": date(r.end)}}
	}
	if it.points != 0 {
		f[fieldPoints] = it.points
	}
	if s := it.sprint; s != nil {
		f[fieldSprint] = []any{doc{"id": s.id, "name": s.name, "state": j.sprintState(s), "boardId": it.home.id, "goal": "", "startDate": s.start.UTC().Format("2006-01-02T15:04:05.000Z"), "endDate": s.end.UTC().Format("2006-01-02T15:04:05.000Z")}}
	}
	if it.flagged {
		f[fieldFlag] = []any{doc{"self": j.self("customFieldOption/10019"), "id": "10019", "value": "Impediment"}}
	}
	return f
}

func (j wire) sprintState(s *span) string {
	switch {
	case s.end.Before(j.w.now):
		return "closed"
	case s.start.After(j.w.now):
		return "future"
	}
	return "active"
}

func (j wire) links(it *item) []any {
	list := []any{}
	for _, l := range j.w.links {
		if l.via != native || l.from != it && l.to != it {
			continue
		}
		entry := doc{"id": fmt.Sprint(l.id), "self": j.self("issueLink/%d", l.id), "type": j.linkType(l.typ)}
		if it == l.source() {
			entry["outwardIssue"] = j.brief(l.destination())
		} else {
			entry["inwardIssue"] = j.brief(l.source())
		}
		list = append(list, entry)
	}
	return list
}

func (j wire) comments(it *item) doc {
	list := []any{}
	for _, c := range it.comments {
		list = append(list, doc{
			"self": j.self("issue/%d/comment/%d", it.id, c.id), "id": fmt.Sprint(c.id), "author": j.user(c.by), "updateAuthor": j.user(c.by),
			"body": j.address.Replace(c.text), "created": jiraTime(c.at), "updated": jiraTime(c.at), "jsdPublic": true,
		})
	}
	return doc{"comments": list, "self": j.self("issue/%d/comment", it.id), "maxResults": len(list), "total": len(list), "startAt": 0}
}

func (j wire) remotes(it *item) []any {
	list := []any{}
	for _, r := range it.remotes {
		list = append(list, doc{
			"id": r.id, "self": j.self("issue/%s/remotelink/%d", it.key(), r.id), "application": doc{}, "relationship": r.relationship,
			"object": doc{"url": j.address.Replace(r.to.url()), "title": r.to.key(), "summary": r.to.title, "icon": doc{}, "status": doc{"resolved": !r.to.open(), "icon": doc{}}},
		})
	}
	return list
}

// history is an issue's changelog, oldest first, of the fields asked for; nil means all.
func (j wire) history(it *item, fields []string) []any {
	list := []any{}
	for _, e := range it.events {
		items := j.changed(e)
		items = slices.DeleteFunc(items, func(i any) bool { return len(fields) > 0 && !slices.Contains(fields, i.(doc)["fieldId"].(string)) })
		if len(items) > 0 {
			list = append(list, doc{"id": fmt.Sprint(e.id), "author": j.user(e.by), "created": jiraTime(e.at), "items": items})
		}
	}
	return list
}

// changed are the entries of a changelog that one event makes.
func (j wire) changed(e event) []any {
	one := func(field, id, typ string, from, fromString, to, toString any) any {
		return doc{"field": field, "fieldId": id, "fieldtype": typ, "from": from, "fromString": fromString, "to": to, "toString": toString}
	}
	text := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	person := func(name string) any {
		if p := j.w.person(name); p != nil {
			return p.jira
		}
		return nil
	}
	from, to := text(e.from), text(e.to)
	switch e.what {
	case onStage:
		list := []any{one("status", "status", "jira", e.from, e.from, e.to, e.to)}
		for i := todo; i <= done; i++ {
			entry := list[0].(doc)
			if i.String() == e.from {
				entry["from"] = fmt.Sprint(10000 + int(i))
			}
			if i.String() == e.to {
				entry["to"] = fmt.Sprint(10000 + int(i))
			}
		}
		switch {
		case !e.stage.open():
			list = append(list, one("resolution", "resolution", "jira", nil, nil, fmt.Sprint(10000+int(e.stage)), resolution(e.stage)))
		case e.reopened:
			list = append(list, one("resolution", "resolution", "jira", "10004", "Done", nil, nil))
		}
		return list
	case onFlag:
		return []any{one("Flagged", fieldFlag, "custom", nil, from, nil, to)}
	case onLabel:
		return []any{one("labels", "labels", "jira", nil, e.from, nil, e.to)}
	case onDue:
		return []any{one("duedate", "duedate", "jira", from, from, to, to)}
	case onPriority:
		return []any{one("priority", "priority", "jira", nil, from, nil, to)}
	case onAssignee:
		return []any{one("assignee", "assignee", "jira", person(e.from), from, person(e.to), to)}
	case onPoints:
		return []any{one("Story point estimate", fieldPoints, "custom", nil, from, nil, to)}
	case onSprint:
		return []any{one("Sprint", fieldSprint, "custom", nil, from, nil, to)}
	case onKey:
		return []any{one("Key", "issuekey", "jira", nil, from, nil, to)}
	case onLink:
		return []any{one("Link", "issuelinks", "jira", nil, nil, e.key, e.to)}
	case onUnlink:
		return []any{one("Link", "issuelinks", "jira", e.key, e.to, nil, nil)}
	}
	return nil
}
