package github

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// timeline is what happened to an item, oldest first, of the kinds asked for.
// The newest hundred events come with the item.
type timeline struct {
	PageInfo struct {
		HasPreviousPage bool   `json:"hasPreviousPage"`
		StartCursor     string `json:"startCursor"`
	} `json:"pageInfo"`
	Nodes []event `json:"nodes"`
}

type event struct {
	Typename      string    `json:"__typename"`
	CreatedAt     time.Time `json:"createdAt"`
	StateReason   string    `json:"stateReason"`
	Label         label     `json:"label"`
	Actor         user      `json:"actor"`
	BlockingIssue endpoint  `json:"blockingIssue"`
	BlockedIssue  endpoint  `json:"blockedIssue"`
}

// endpoint is the far issue of a dependency's event.
type endpoint struct {
	ID         string `json:"id"`
	Number     int    `json:"number"`
	Repository struct {
		NameWithOwner string `json:"nameWithOwner"`
	} `json:"repository"`
}

func (e *endpoint) key() string { return keyIn(e.Repository.NameWithOwner, e.Number) }

// timelineField asks for a timeline; dependencies tells that there may be
// events of dependencies in it.
func timelineField(pull, dependencies bool, args string) string {
	types, fields := "CLOSED_EVENT, REOPENED_EVENT, LABELED_EVENT", ""
	if !pull {
		for _, e := range attentions {
			types += ", " + e.kind
			fields += fmt.Sprintf(`
      ... on %s { createdAt }`, e.name)
		}
	}
	if pull {
		types, fields = types+", MERGED_EVENT", `
      ... on MergedEvent { createdAt }`
	}
	if dependencies {
		types += ", BLOCKED_BY_ADDED_EVENT, BLOCKED_BY_REMOVED_EVENT, BLOCKING_ADDED_EVENT, BLOCKING_REMOVED_EVENT"
		for _, e := range []struct{ name, far string }{
			{"BlockedByAddedEvent", "blockingIssue"},
			{"BlockedByRemovedEvent", "blockingIssue"},
			{"BlockingAddedEvent", "blockedIssue"},
			{"BlockingRemovedEvent", "blockedIssue"},
		} {
			fields += fmt.Sprintf(`
      ... on %s { createdAt actor { login } %s { id number repository { nameWithOwner } } }`, e.name, e.far)
		}
	}
	return fmt.Sprintf(`timelineItems(last: 100%s, itemTypes: [%s]) {
    pageInfo { hasPreviousPage startCursor }
    nodes {
      __typename
      ... on ClosedEvent { createdAt stateReason }
      ... on ReopenedEvent { createdAt }
      ... on LabeledEvent { createdAt label { name } }%s
    }
  }`, args, types, fields)
}

// attentions are the events, besides those of its history and labels, that show
// somebody attending to an issue.
var attentions = []struct {
	kind, name string
	what       model.Aspect
}{
	{"ASSIGNED_EVENT", "AssignedEvent", model.AttendedAssignee},
	{"UNASSIGNED_EVENT", "UnassignedEvent", model.AttendedAssignee},
	{"MILESTONED_EVENT", "MilestonedEvent", model.AttendedDate},
	{"DEMILESTONED_EVENT", "DemilestonedEvent", model.AttendedDate},
	{"UNLABELED_EVENT", "UnlabeledEvent", model.AttendedOther},
	{"RENAMED_TITLE_EVENT", "RenamedTitleEvent", model.AttendedOther},
}

// attended is the last change of an issue itself: being mentioned elsewhere
// moves its stamp as well. It is known in part only of pull requests, whose
// commits and reviews are not read.
func attended(n *node) model.Attention {
	if n.Timeline.Nodes == nil || n.pull() {
		return model.Attention{}
	}
	last := model.Attention{At: model.At(n.CreatedAt), What: model.AttendedCreation}
	see := func(at time.Time, what model.Aspect) {
		if at := model.At(at); at > last.At {
			last = model.Attention{At: at, What: what}
		}
	}
	for i := range n.Timeline.Nodes {
		e := &n.Timeline.Nodes[i]
		switch e.Typename {
		case "ClosedEvent", "ReopenedEvent":
			see(e.CreatedAt, model.AttendedStatus)
		case "LabeledEvent":
			see(e.CreatedAt, model.AttendedOther)
		}
		for _, a := range attentions {
			if a.name == e.Typename {
				see(e.CreatedAt, a.what)
			}
		}
	}
	see(n.LastEditedAt, model.AttendedOther)
	return last
}

// earlier asks for the part of an item's timeline before a place.
func (q *queries) earlier(pull bool) string {
	on, dependencies := "Issue", q.dependencyEvents
	if pull {
		on, dependencies = "PullRequest", false
	}
	return fmt.Sprintf(`query ($id: ID!, $before: String!) {
  node(id: $id) { ... on %s { %s } }
}`, on, timelineField(pull, dependencies, ", before: $before"))
}

// earlier reads an open item's timeline back to its beginning. That of a closed
// one, which holds nothing up, is left as it came.
func (g *graphReader) earlier(ctx context.Context, n *node) error {
	if n.State != "OPEN" && n.PullState != "OPEN" {
		return nil
	}
	where := n.key() + " timeline"
	seen := map[string]bool{}
	for n.Timeline.PageInfo.HasPreviousPage {
		before := n.Timeline.PageInfo.StartCursor
		if before == "" || seen[before] {
			return &connectors.AnswerError{Page: where, Err: errors.New("the page before is one that was read")}
		}
		seen[before] = true
		var answer struct {
			Node *struct {
				Timeline *timeline `json:"timelineItems"`
			} `json:"node"`
		}
		errs, err := g.client.query(ctx, where, g.queries.earlier(n.pull()), map[string]any{"id": n.ID, "before": before}, &answer)
		if err != nil {
			return err
		}
		if answer.Node == nil || answer.Node.Timeline == nil {
			return errs.fail(where)
		}
		n.Timeline.Nodes = append(answer.Node.Timeline.Nodes, n.Timeline.Nodes...)
		n.Timeline.PageInfo = answer.Node.Timeline.PageInfo
	}
	return nil
}

// history is how an item's state changed, if its events tell all of it.
func history(n *node, now model.State) ([]model.Transition, bool) {
	if n.Timeline.Nodes == nil || n.Timeline.PageInfo.HasPreviousPage {
		return nil, false
	}
	open := model.Todo
	if n.pull() {
		open = model.Doing
	}
	ts := []model.Transition{{At: model.At(n.CreatedAt), State: open}}
	move := func(at time.Time, to model.State) {
		last := ts[len(ts)-1]
		if last.State.Open() == to.Open() {
			return
		}
		ts = append(ts, model.Transition{At: max(model.At(at), last.At), State: to})
	}
	for i := range n.Timeline.Nodes {
		switch e := &n.Timeline.Nodes[i]; e.Typename {
		case "MergedEvent": // and then closed, which says no more
			move(e.CreatedAt, model.Done)
		case "ClosedEvent":
			state := closedAs(e.StateReason)
			if n.pull() {
				state = model.Dropped
			}
			move(e.CreatedAt, state)
		case "ReopenedEvent":
			move(e.CreatedAt, open)
		}
	}
	last := &ts[len(ts)-1]
	if last.State.Open() != now.Open() {
		return nil, false
	}
	// The event does not tell a duplicate, nor a reason that was changed later.
	last.State = now
	return ts, true
}

// labeled is when a label was last set; zero if no event tells.
func (n *node) labeled(name string) time.Time {
	for i := len(n.Timeline.Nodes) - 1; i >= 0; i-- {
		if e := &n.Timeline.Nodes[i]; e.Typename == "LabeledEvent" && strings.EqualFold(e.Label.Name, name) {
			return e.CreatedAt
		}
	}
	return time.Time{}
}

// established is when a dependency was last made, and by whom.
func established(n *node, far string, blockedBy bool) (at model.Time, author string) {
	for i := range n.Timeline.Nodes {
		e := &n.Timeline.Nodes[i]
		if end, added := e.dependency(blockedBy); added && end.ID == far && model.At(e.CreatedAt) >= at {
			at, author = model.At(e.CreatedAt), e.Actor.Login
		}
	}
	return at, author
}

// dependency is the far end of an event about a dependency of one direction,
// and whether the event made it; the end is empty for other events.
func (e *event) dependency(blockedBy bool) (end endpoint, added bool) {
	switch e.Typename {
	case "BlockedByAddedEvent", "BlockedByRemovedEvent":
		if blockedBy {
			return e.BlockingIssue, e.Typename == "BlockedByAddedEvent"
		}
	case "BlockingAddedEvent", "BlockingRemovedEvent":
		if !blockedBy {
			return e.BlockedIssue, e.Typename == "BlockingAddedEvent"
		}
	}
	return endpoint{}, false
}

// past adds the dependencies the item once had, with the times they were made
// and removed.
func (b *builder) past(o *model.Observation, n *node) {
	for _, pattern := range []model.Claim{dependency(true), dependency(false)} {
		made := map[string]*event{}
		for i := range n.Timeline.Nodes {
			e := &n.Timeline.Nodes[i]
			end, added := e.dependency(pattern.Reverse)
			switch start := made[end.ID]; {
			case end.ID == "" || end.Number == 0:
			case added:
				made[end.ID] = e
			case start != nil && e.CreatedAt.After(start.CreatedAt):
				c := pattern
				c.Target = model.Target{Tracker: model.WordOf(b.tracker), Native: end.ID, Key: end.key()}
				c.At, c.Author, c.Ended = model.At(start.CreatedAt), start.Actor.Login, model.At(e.CreatedAt)
				o.Claims = append(o.Claims, c)
				delete(made, end.ID)
			}
		}
	}
}
