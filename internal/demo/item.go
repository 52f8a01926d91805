package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// kind is a type of work.
type kind int

const (
	story kind = iota
	task
	bug
	epic
	pull
)

func (k kind) String() string {
	return [...]string{"Story", "Task", "Bug", "Epic", "Pull Request"}[k]
}

// stage is how far an item has come. Of a pull request: doing while open, then
// done (merged) or dropped (closed unmerged).
type stage int

const (
	todo stage = iota
	doing
	review
	stuck
	done
	dropped
)

func (s stage) open() bool { return s < done }

func (s stage) String() string {
	return [...]string{"To Do", "In Progress", "In Review", "Blocked", "Done", "Done"}[s]
}

// priorities are the site's own words, the most urgent first.
func priorities() []string { return []string{"Highest", "High", "Medium", "Low", "Lowest"} }

// item is one piece of work in either tracker.
type item struct {
	id       int // never reused
	home     *project
	number   int
	former   []string // keys from before it was moved
	kind     kind
	title    string
	body     string // {jira} and {github} stand for the trackers' addresses
	stage    stage
	priority int // index into priorities
	points   float64
	author   *person
	assignee *person
	labels   []string
	goal     string // the programme it belongs to, also one of its labels
	flagged  bool
	due      time.Time
	sprint   *span
	release  *span
	parent   *item
	created  time.Time
	updated  time.Time
	closed   time.Time
	comments []comment
	events   []event
	remotes  []remote
	// mentions are the items its title, body or branch name.
	mentions []*item
	pinned   bool // never finished or deleted
	// of a pull request
	branch string
	closes []*item
	draft  bool
}

type comment struct {
	id    int
	by    *person
	at    time.Time
	text  string
	about *item // the item it names
}

// remote is a Jira issue's link to an item on GitHub.
type remote struct {
	id           int
	to           *item
	relationship string
}

// what is the subject of an event.
type what int

const (
	onStage what = iota
	onFlag
	onLabel
	onDue
	onPriority
	onAssignee
	onPoints
	onSprint
	onKey
	onLink
	onUnlink
	onParent
	onDraft
)

// event is one entry of an item's history: a Jira changelog item, a GitHub
// timeline event.
type event struct {
	id       int
	at       time.Time
	by       *person
	what     what
	from, to string
	// stage is the one reached, of onStage; reopened tells that it was closed before.
	stage    stage
	reopened bool
	// other and key are the far end of onLink, onUnlink and onParent, by id and
	// by its key then; blocker tells that the far end is the blocker.
	other   int
	key     string
	blocker bool
}

func (it *item) key() string {
	if it.home.github {
		return fmt.Sprintf("%s#%d", it.home.key, it.number)
	}
	return fmt.Sprintf("%s-%d", it.home.key, it.number)
}

// names reports whether the item's own words or remote links name other.
func (it *item) names(other *item) bool {
	return slices.Contains(it.mentions, other) ||
		slices.ContainsFunc(it.comments, func(c comment) bool { return c.about == other }) ||
		slices.ContainsFunc(it.remotes, func(r remote) bool { return r.to == other })
}

func (it *item) open() bool { return it.stage.open() }

// owner is the first team that has the item's project or whose label it bears,
// as the configuration has it; nil is nobody.
func (it *item) owner(w *World) *team {
	for _, t := range w.teams {
		if it.home.team == t || slices.Contains(it.labels, t.label) {
			return t
		}
	}
	return nil
}

// url is the page people see, behind a placeholder for the tracker's address.
func (it *item) url() string {
	switch {
	case !it.home.github:
		return "{jira}/browse/" + it.key()
	case it.kind == pull:
		return fmt.Sprintf("{github}/%s/pull/%d", it.home.key, it.number)
	}
	return fmt.Sprintf("{github}/%s/issues/%d", it.home.key, it.number)
}

// mention is how a text of it names other.
func (it *item) mention(other *item, asURL bool) string {
	switch {
	case asURL:
		return other.url()
	case it.home.github && it.home == other.home:
		return fmt.Sprintf("#%d", other.number)
	}
	return other.key()
}

// slug is the title as it stands in branch names.
func slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words[:min(4, len(words))], "-")
}

// via is where a statement between two items stands.
type via int

const (
	native via = iota // a Jira link, a GitHub dependency
	byRemote
	byText
)

// linkType is a Jira link type; each statement on GitHub is a dependency.
type linkType int

const (
	blocks linkType = iota
	depends
	gates
	relates
	duplicates
)

// phrase is one link type's wording from either end.
type phrase struct{ id, name, outward, inward string }

func (t linkType) phrase() phrase {
	return [...]phrase{
		{"10000", "Blocks", "blocks", "is blocked by"},
		{"10001", "Dependency", "depends on", "is required by"},
		{"10002", "Gate", "gates", "is gated by"},
		{"10003", "Relates", "relates to", "relates to"},
		{"10004", "Duplicate", "duplicates", "is duplicated by"},
	}[t]
}

// orders reports whether the type says which item comes first.
func (t linkType) orders() bool { return t <= gates }

// link is one standing statement between two items. When it orders them, from
// is the blocker and to the blocked item, whatever the wording.
type link struct {
	id       int
	via      via
	typ      linkType
	from, to *item
	at       time.Time
	by       *person
}

// source and destination are the ends of a Jira link as its outward phrase reads.
func (l *link) source() *item {
	if l.typ == depends {
		return l.to
	}
	return l.from
}

func (l *link) destination() *item {
	if l.typ == depends {
		return l.from
	}
	return l.to
}

func (l *link) active() bool { return l.typ.orders() && l.from.open() && l.to.open() }
