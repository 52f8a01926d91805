package demo

import (
	"fmt"
	"slices"
	"strings"
)

const nodePrefix = "kwDOHb"

func nodeID(it *item) string {
	kind := "I_"
	if it.kind == pull {
		kind = "PR_"
	}
	return fmt.Sprintf("%s%s%08d", kind, nodePrefix, it.id)
}

// item is an issue or a pull request, an object without fields for nil.
func (g graph) item(it *item) object {
	switch {
	case it == nil:
		return object{}
	case it.kind == pull:
		return object{"PullRequest", func(field string, a args) any { return g.pullField(it, field, a) }}
	}
	return object{"Issue", func(field string, a args) any { return g.issueField(it, field, a) }}
}

// shared are the fields issues and pull requests have in common.
func (g graph) shared(it *item, field string, a args) any {
	switch field {
	case "id":
		return nodeID(it)
	case "databaseId":
		return it.id
	case "number":
		return it.number
	case "title":
		return it.title
	case "body":
		return g.address.Replace(it.body)
	case "url":
		return g.address.Replace(it.url())
	case "closed":
		return !it.open()
	case "createdAt":
		return stamp(it.created)
	case "updatedAt":
		return stamp(it.updated)
	case "closedAt":
		return stamp(it.closed)
	case "author":
		return g.user(it.author)
	case "repository":
		return g.repository(it.home)
	case "assignees":
		var list []object
		if it.assignee != nil {
			list = append(list, g.user(it.assignee))
		}
		return connection("UserConnection", listed(list), false, a)
	case "labels":
		return g.labels(it.labels, a)
	case "milestone":
		return g.milestone(it.release)
	case "comments":
		var list []object
		for _, c := range it.comments {
			list = append(list, g.comment(it, c))
		}
		return connection("IssueCommentConnection", listed(list), false, a)
	}
	return nil
}

func (g graph) issueField(it *item, field string, a args) any {
	w := g.w
	switch field {
	case "state":
		if it.open() {
			return "OPEN"
		}
		return "CLOSED"
	case "stateReason":
		switch {
		case it.stage == dropped:
			return "NOT_PLANNED"
		case it.stage == done:
			return "COMPLETED"
		case slices.ContainsFunc(it.events, func(e event) bool { return e.what == onStage && e.stage >= done }):
			return "REOPENED"
		}
		return nil
	case "issueType":
		return named("IssueType", map[kind]string{story: "Feature", task: "Task", bug: "Bug", epic: "Feature"}[it.kind])
	case "parent":
		return g.item(it.parent)
	case "duplicateOf":
		return nil
	case "subIssues":
		return g.items("IssueConnection", w.all(func(o *item) bool { return o.parent == it }), a)
	case "blockedBy":
		return g.items("IssueConnection", w.dependencies(func(l *link) bool { return l.to == it }, false), a)
	case "blocking":
		return g.items("IssueConnection", w.dependencies(func(l *link) bool { return l.from == it }, true), a)
	case "issueDependenciesSummary":
		return g.summary(it)
	case "closedByPullRequestsReferences":
		return g.items("PullRequestConnection", w.all(func(o *item) bool {
			return slices.Contains(o.closes, it) && (o.stage != dropped || a["includeClosedPrs"] == true)
		}), a)
	case "timelineItems":
		return g.timeline("IssueTimelineItemsConnection", it, a)
	}
	return g.shared(it, field, a)
}

func (g graph) pullField(it *item, field string, a args) any {
	switch field {
	case "state":
		switch it.stage {
		case done:
			return "MERGED"
		case dropped:
			return "CLOSED"
		}
		return "OPEN"
	case "isDraft":
		return it.draft
	case "reviewDecision":
		switch {
		case it.draft:
			return nil
		case it.stage == done:
			return "APPROVED"
		}
		return "REVIEW_REQUIRED"
	case "timelineItems":
		return g.timeline("PullRequestTimelineItemsConnection", it, a)
	case "merged":
		return it.stage == done
	case "mergedAt":
		if it.stage != done {
			return nil
		}
		return stamp(it.closed)
	case "headRefName":
		return it.branch
	case "baseRefName":
		return "main"
	case "closingIssuesReferences":
		var list []*item
		for _, o := range it.closes {
			if o.home.github {
				list = append(list, o)
			}
		}
		return g.items("IssueConnection", list, a)
	}
	return g.shared(it, field, a)
}

// dependencies lists the far ends of GitHub's native dependencies, the newest first.
func (w *World) dependencies(holds func(*link) bool, blocked bool) []*item {
	var list []*item
	for _, l := range w.links {
		if l.via != native || !l.from.home.github || !holds(l) {
			continue
		}
		if blocked {
			list = append(list, l.to)
		} else {
			list = append(list, l.from)
		}
	}
	slices.Reverse(list)
	return list
}

func (g graph) summary(it *item) object {
	by := g.w.dependencies(func(l *link) bool { return l.to == it }, false)
	of := g.w.dependencies(func(l *link) bool { return l.from == it }, true)
	open := func(list []*item) int {
		n := 0
		for _, o := range list {
			if o.open() {
				n++
			}
		}
		return n
	}
	return object{"IssueDependenciesSummary", func(field string, _ args) any {
		return map[string]int{"blockedBy": open(by), "blocking": open(of), "totalBlockedBy": len(by), "totalBlocking": len(of)}[field]
	}}
}

// items is a connection in the order given.
func (g graph) items(typ string, list []*item, a args) any {
	objects := make([]object, len(list))
	for i, it := range list {
		objects[i] = g.item(it)
	}
	return connection(typ, listed(objects), false, a)
}

// timeline is an item's history, of the types asked for.
func (g graph) timeline(connected string, it *item, a args) any {
	wanted, filtered := a["itemTypes"].([]any)
	var list []object
	for _, e := range it.events {
		typ, name, value := g.event(e)
		if it.kind == pull && typ == "ClosedEvent" {
			value = nil // reasons are of issues
			if e.stage == done {
				typ = "MergedEvent"
			}
		}
		if typ == "" || filtered && !slices.Contains(wanted, any(enum(typ))) {
			continue
		}
		list = append(list, object{typ, func(field string, _ args) any {
			switch field {
			case "id":
				return fmt.Sprintf("EV_%s%08d", nodePrefix, e.id)
			case "actor":
				return g.user(e.by)
			case "createdAt":
				return stamp(e.at)
			case name:
				return value
			}
			return nil
		}})
	}
	return connection(connected, listed(list), false, a)
}

// enum is a type's name as GitHub's enumerations write it: ClosedEvent as CLOSED_EVENT.
func enum(typ string) string {
	var b strings.Builder
	for i, r := range typ {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}

// event is the GitHub type of an event, and the field that tells what it is about; "" for
// what GitHub does not record.
func (g graph) event(e event) (typ, field string, value any) {
	other := g.item(g.w.byID(e.other))
	switch e.what {
	case onStage:
		switch {
		case e.stage == done:
			return "ClosedEvent", "stateReason", "COMPLETED"
		case e.stage == dropped:
			return "ClosedEvent", "stateReason", "NOT_PLANNED"
		case e.reopened:
			return "ReopenedEvent", "", nil
		}
	case onLabel:
		if e.to != "" {
			return "LabeledEvent", "label", named("Label", e.to)
		}
		return "UnlabeledEvent", "label", named("Label", e.from)
	case onAssignee:
		if e.to != "" {
			return "AssignedEvent", "assignee", g.user(g.w.person(e.to))
		}
		return "UnassignedEvent", "assignee", g.user(g.w.person(e.from))
	case onLink, onUnlink:
		typ := map[what]map[bool]string{
			onLink:   {true: "BlockedByAddedEvent", false: "BlockingAddedEvent"},
			onUnlink: {true: "BlockedByRemovedEvent", false: "BlockingRemovedEvent"},
		}[e.what][e.blocker]
		if e.blocker {
			return typ, "blockingIssue", other
		}
		return typ, "blockedIssue", other
	}
	return "", "", nil
}

func (g graph) comment(it *item, c comment) object {
	return object{"IssueComment", func(field string, _ args) any {
		switch field {
		case "id":
			return fmt.Sprintf("IC_%s%08d", nodePrefix, c.id)
		case "databaseId":
			return c.id
		case "author":
			return g.user(c.by)
		case "url":
			return g.address.Replace(fmt.Sprintf("%s#issuecomment-%d", it.url(), c.id))
		case "createdAt", "updatedAt":
			return stamp(c.at)
		}
		return g.address.Replace(c.text)
	}}
}
