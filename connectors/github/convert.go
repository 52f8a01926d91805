package github

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/internal/refs"
	"github.com/waitgraph/waitgraph/model"
)

// converter turns what the server says into observations. It is pure.
type converter struct {
	tracker string
	blocked map[string]bool // labels, lower case
	text    Text
	inScope func(repository string) bool
	// keeps are origins another loop reads.
	keeps  []model.Origin
	boards *boards
}

func newConverter(tracker string, c *Config, inScope func(string) bool) *converter {
	v := &converter{
		tracker: tracker,
		blocked: map[string]bool{"blocked": true},
		text:    c.Text,
		inScope: inScope,
	}
	for _, l := range c.Labels.Blocked {
		v.blocked[strings.ToLower(l)] = true
	}
	return v
}

// builder collects one batch.
type builder struct {
	*converter
	batch model.Batch
	place map[string]int // of the batch's items, by native id
	stubs []*node        // far items met, to be added unless they come themselves
	hosts []string       // where people see the items
}

func (v *converter) builder() *builder { return &builder{converter: v, place: map[string]int{}} }

// problem names something that could not be read.
func (b *builder) problem(where string, err error) {
	b.batch.Problems = append(b.batch.Problems, model.Problem{Where: where, What: err.Error()})
}

// add observes a whole item, or a stub if its repository is out of scope.
// aliases are names it was asked for by.
func (b *builder) add(n *node, aliases ...string) {
	if i, twice := b.place[n.ID]; twice {
		it := &b.batch.Items[i].Item
		it.Aliases = append(it.Aliases, aliases...)
		return
	}
	b.host(n.URL)
	o := model.Observation{Item: b.stub(n)}
	o.Item.Aliases = aliases
	if b.inScope(n.Repository.NameWithOwner) {
		b.whole(&o, n)
	}
	b.place[n.ID] = len(b.batch.Items)
	b.batch.Items = append(b.batch.Items, o)
}

// whole adds what only the item's own payload tells.
func (b *builder) whole(o *model.Observation, n *node) {
	it := &o.Item
	it.Stub = false
	if a := account(n.Author); a.ID != "" {
		it.Author = &a
	}
	for _, a := range n.Assignees.Nodes {
		it.Assignees = append(it.Assignees, account(a))
	}
	for _, l := range n.Labels.Nodes {
		it.Labels = append(it.Labels, l.Name)
		if b.blocked[strings.ToLower(l.Name)] {
			it.Signals = append(it.Signals, model.Signal{Kind: model.SignalLabel, Value: l.Name, At: model.At(n.labeled(l.Name))})
		}
	}
	it.History, it.HistoryKnown = history(n, it.State)
	if b.text.Comments && b.text.MaxComments > 0 {
		it.Attended = attended(n)
	}
	b.projected(it, n)
	b.native(o, n)
	b.texted(o, n)
}

// done returns the batch, with the far items that are not in it themselves.
func (b *builder) done() model.Batch {
	for _, n := range b.stubs {
		if _, there := b.place[n.ID]; !there {
			b.place[n.ID] = len(b.batch.Items)
			b.batch.Items = append(b.batch.Items, model.Observation{Item: b.stub(n)})
		}
	}
	b.stubs = nil
	return b.batch
}

// stub is what any payload tells of an item it embeds.
func (v *converter) stub(n *node) model.Item {
	it := model.Item{
		ID:      model.ID{Tracker: model.WordOf(v.tracker), Native: n.ID},
		Key:     n.key(),
		URL:     n.URL,
		Title:   n.Title,
		Type:    model.WordOf("Issue"),
		Pull:    n.pull(),
		Stub:    true,
		Project: model.WordOf(n.Repository.NameWithOwner),
		Created: model.At(n.CreatedAt),
		Updated: model.At(n.UpdatedAt),
		Closed:  model.At(n.ClosedAt),
	}
	switch {
	case it.Pull:
		it.Type = model.WordOf("Pull Request")
	case n.IssueType.Name != "":
		it.Type = model.WordOf(n.IssueType.Name)
	}
	state, status, resolution := stateOf(n)
	it.State, it.Status, it.Resolution = state, model.WordOf(status), model.WordOf(resolution)
	if n.Milestone.Title != "" {
		it.Milestone = &model.Span{Name: n.Milestone.Title, End: day(n.Milestone.DueOn)}
	}
	return it
}

// stateOf normalises the state. An open issue is still to do, whoever works on
// it: pull requests that implement it are weighed elsewhere.
func stateOf(n *node) (state model.State, status, resolution string) {
	switch n.PullState {
	case "OPEN":
		return model.Doing, n.review(), ""
	case "MERGED":
		return model.Done, "merged", ""
	case "CLOSED":
		return model.Dropped, "closed", ""
	}
	if n.State == "OPEN" {
		return model.Todo, "open", ""
	}
	return closedAs(n.StateReason), "closed", strings.ToLower(n.StateReason)
}

// review is how far an open pull request is.
func (n *node) review() string {
	switch {
	case n.IsDraft:
		return "draft"
	case n.ReviewDecision == "REVIEW_REQUIRED":
		return "review required"
	case n.ReviewDecision == "CHANGES_REQUESTED":
		return "changes requested"
	case n.ReviewDecision == "APPROVED":
		return "approved"
	}
	return "open"
}

// closedAs is the state of an issue closed for a reason; issues closed before
// there were reasons were completed.
func closedAs(reason string) model.State {
	if reason == "NOT_PLANNED" || reason == "DUPLICATE" {
		return model.Dropped
	}
	return model.Done
}

// day reads a milestone's due date. People choose a day; the time of day in the
// API's answer is not theirs.
func day(t time.Time) model.Date {
	if t.IsZero() {
		return model.Date{}
	}
	return model.Date{Time: model.At(t.UTC().Truncate(24 * time.Hour)), Day: true}
}

func account(u user) model.Account { return model.Account{ID: u.Login, Name: u.Name} }

// native adds the claims of dependencies, sub-issues and references.
func (b *builder) native(o *model.Observation, n *node) {
	o.Keeps = slices.Concat(b.keeps, n.keeps)
	b.links(o, n, &n.BlockedBy, dependency(true))
	b.links(o, n, &n.Blocking, dependency(false))
	b.past(o, n)
	b.links(o, n, single(n.Parent), model.Claim{Kind: model.Parent, Origin: model.SubIssue, Where: "parent"})
	if n.parentKey != "" {
		o.Claims = append(o.Claims, model.Claim{
			Kind: model.Parent, Origin: model.SubIssue, Where: "parent",
			Target: model.Target{Tracker: model.WordOf(b.tracker), Key: n.parentKey},
		})
	}
	b.links(o, n, &n.SubIssues, model.Claim{Kind: model.Parent, Reverse: true, Origin: model.SubIssue, Where: "sub-issue"})
	b.links(o, n, single(n.DuplicateOf), model.Claim{Kind: model.Duplicates, Origin: model.ClosingReference, Where: "duplicate of"})
	b.links(o, n, &n.ClosedBy, model.Claim{Kind: model.Implements, Reverse: true, Origin: model.ClosingReference, Where: "closed by"})
	b.links(o, n, &n.Closing, model.Claim{Kind: model.Implements, Origin: model.ClosingReference, Where: "closes"})
}

// dependency is a native dependency to be completed: the target blocks the item
// that says it, or is blocked by it.
func dependency(blockedBy bool) model.Claim {
	c := model.Claim{Kind: model.Blocks, Reverse: blockedBy, Origin: model.NativeDependency, Where: "blocking"}
	if blockedBy {
		c.Where = "blocked by"
	}
	return c
}

// single is a list of at most one.
func single(n *node) *connection {
	if n == nil {
		return &connection{}
	}
	return &connection{Nodes: []listed{{node: *n, err: n.check()}}}
}

// links adds one claim for each far item of a list, made after the pattern.
func (b *builder) links(o *model.Observation, n *node, list *connection, pattern model.Claim) {
	for i := range list.Nodes {
		far := &list.Nodes[i]
		if far.err != nil {
			// What cannot be read is not gone: the claims of this origin stand.
			b.problem(fmt.Sprintf("%s %s", n.key(), far.name(pattern.Where, i)), far.err)
			if !slices.Contains(o.Keeps, pattern.Origin) {
				o.Keeps = append(o.Keeps, pattern.Origin)
			}
			continue
		}
		c := pattern
		c.Target = model.Target{Tracker: model.WordOf(b.tracker), Native: far.ID, Key: far.key()}
		if c.Origin == model.NativeDependency {
			c.At, c.Author = established(n, far.ID, c.Reverse)
		}
		o.Claims = append(o.Claims, c)
		b.stubs = append(b.stubs, &far.node)
	}
}

// texted adds the claims of the item's texts in the order a reader meets them.
func (b *builder) texted(o *model.Observation, n *node) {
	seq := 0
	read := func(place refs.Place, where, author string, at time.Time, text string) {
		for _, f := range refs.Read(refs.Text{
			Markup: refs.Markdown, Place: place, Text: text, Pull: n.pull(),
			Repository: n.Repository.NameWithOwner, Self: o.Item.Key,
		}) {
			seq++
			o.Claims = append(o.Claims, model.Claim{
				Kind: f.Kind, Reverse: f.Reverse, Target: f.Target, Origin: model.Text, Where: where,
				Withdraws: f.Withdraws, Seq: int32(seq), Author: author, At: model.At(at),
			})
		}
	}
	if b.text.Title {
		read(refs.Title, "title", n.Author.Login, time.Time{}, n.Title)
	}
	if b.text.Branch && n.HeadRefName != "" {
		read(refs.Branch, "branch", n.Author.Login, time.Time{}, n.HeadRefName)
	}
	if b.text.Body {
		read(refs.Body, "body", n.Author.Login, time.Time{}, n.Body)
	}
	if !b.text.Comments {
		return
	}
	comments := n.Comments.Nodes
	if !slices.IsSortedFunc(comments, byCreation) {
		comments = slices.SortedFunc(slices.Values(comments), byCreation)
	}
	for i := range comments {
		c := &comments[i]
		o.Item.Commented = model.At(c.CreatedAt)
		read(refs.Comment, fmt.Sprintf("comment %d", c.DatabaseID), c.Author.Login, c.CreatedAt, c.Body)
	}
}

func byCreation(a, b comment) int {
	if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
		return c
	}
	return int(a.DatabaseID - b.DatabaseID)
}

// host learns from an item's address where people see items.
func (b *builder) host(address string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return
	}
	if h := strings.ToLower(u.Host); !slices.Contains(b.hosts, h) {
		b.hosts = append(b.hosts, h)
	}
}
