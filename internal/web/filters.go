package web

import (
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// The filters of the API that more than one word of a row decides.

// assigned tells of items whether they are open and assigned to whoever has the account asked for.
func (c *call) assigned() (func(item int32) bool, error) {
	account := c.query.text("assignee")
	if account == "" {
		return func(int32) bool { return true }, nil
	}
	is := func(a *model.PersonAccount) bool { return a.Tracker+":"+a.ID == account }
	var open []int32
	known := false
	for i := range c.People {
		if p := &c.People[i]; slices.ContainsFunc(p.Accounts, func(a model.PersonAccount) bool { return is(&a) }) {
			open, known = p.Open, true
		}
	}
	for i := range c.Unmatched {
		if u := &c.Unmatched[i]; is(&u.PersonAccount) {
			open, known = u.Items, true
		}
	}
	if !known {
		return nil, refuse(invalid{Parameter: "assignee", Value: clip(account, 200), Detail: "no account of this name has open items: /people and /unmatched list them as tracker:account"})
	}
	return func(item int32) bool {
		_, found := slices.BinarySearch(open, item)
		return found
	}, nil
}

// behindRoot tells of items whether they wait on the root blocker asked for,
// and on the item asked for. Nothing has an item as its root that is none.
func (c *call) behindRoot() (func(item int32) bool, error) {
	behind := func(int32) bool { return true }
	for _, name := range []string{"root", "behind"} {
		ref := c.query.text(name)
		if ref == "" {
			continue
		}
		at, ok := c.Find(ref)
		if !ok {
			return nil, c.noSuchItem(name, ref)
		}
		var waiting []int32
		if _, root := c.digest().roots()[at]; root || name == "behind" {
			waiting = c.Radius(at).Waiting
		}
		others := behind
		behind = func(item int32) bool {
			_, found := slices.BinarySearch(waiting, item)
			return found && others(item)
		}
	}
	return behind, nil
}

func (c *call) noSuchItem(parameter, ref string) error {
	return refuse(invalid{Parameter: parameter, Value: clip(ref, 200), Detail: "no item of this name is known", Hints: c.nearRefs(ref)})
}

// inProgram tells of items whether they are of a program asked for.
func (c *call) inProgram() func(item int32) bool {
	names := c.query["program"]
	if len(names) == 0 {
		return func(int32) bool { return true }
	}
	return func(item int32) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			_, found := slices.BinarySearch(c.programItems(name), item)
			return found
		})
	}
}

// search tells of items whether ref or title contains the text asked for.
func (c *call) search() func(item int32) bool {
	needle := strings.ToLower(c.query.text("q"))
	if needle == "" {
		return func(int32) bool { return true }
	}
	texts := c.digest().haystacks()
	return func(item int32) bool { return strings.Contains(texts[item], needle) }
}

// foundAt tells of dependencies whether the text asked for is in what an end is called,
// or in its title.
func (c *call) foundAt() func(dependency int32) bool {
	needle := strings.ToLower(c.query.text("q"))
	if needle == "" {
		return func(int32) bool { return true }
	}
	found := c.search()
	at := func(e model.End) bool {
		if e.Resolved() {
			return found(e.Item())
		}
		return strings.Contains(strings.ToLower(c.Name(e)), needle)
	}
	return func(i int32) bool { d := &c.Dependencies[i]; return at(d.From) || at(d.To) }
}

// called tells of names whether they contain the text asked for.
func (c *call) called() func(name string) bool {
	needle := strings.ToLower(c.query.text("q"))
	return func(name string) bool { return strings.Contains(strings.ToLower(name), needle) }
}

// teamEnd tells of dependencies whether the team asked for owns the end: the
// blocker or what is blocked, either end where neither blocks.
func (c *call) teamEnd(name string, blocker bool) func(*model.Dependency) bool {
	if c.query.text(name) == "" {
		return func(*model.Dependency) bool { return true }
	}
	team := c.query.among(name)
	owns := func(e model.End) bool { return e.Resolved() && team(c.Items[e.Item()].Team.String()) }
	return func(d *model.Dependency) bool {
		switch {
		case d.Kind != model.Blocks:
			return owns(d.From) || owns(d.To)
		case blocker:
			return owns(d.From)
		}
		return owns(d.To)
	}
}

// named reads a parameter that names an item; given is false when there is none.
func (c *call) named(parameter string) (item int32, given bool, err error) {
	ref := c.query.text(parameter)
	if ref == "" {
		return 0, false, nil
	}
	item, ok := c.Find(ref)
	if !ok {
		return 0, false, c.noSuchItem(parameter, ref)
	}
	return item, true, nil
}

// ofItem tells of dependencies whether the item asked for is an end.
func (c *call) ofItem() (func(dependency int32) bool, error) {
	item, given, err := c.named("item")
	if !given {
		return func(int32) bool { return true }, err
	}
	return func(i int32) bool {
		_, found := slices.BinarySearch(c.DependenciesOf(item), i)
		return found
	}, nil
}

// inCycle tells of items whether they are in the cycle of the item asked for.
func (c *call) inCycle() (func(item int32) bool, error) {
	item, given, err := c.named("cycle_of")
	if !given {
		return func(int32) bool { return true }, err
	}
	at := c.digest().cycles()
	cycle, in := at[item]
	return func(i int32) bool {
		other, too := at[i]
		return in && too && other == cycle
	}, nil
}

// awaited tells of items whether the program asked for waits on them from outside.
func (c *call) awaited() func(item int32) bool {
	names := c.query["awaited_by"]
	if len(names) == 0 {
		return func(int32) bool { return true }
	}
	return func(item int32) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(c.Program(name).Waits, item) })
	}
}

// estimated tells of items whether they have an estimate, as asked for.
func (c *call) estimated() func(item int32) bool {
	if c.query.text("estimated") == "" {
		return func(int32) bool { return true }
	}
	is := c.query.is("estimated")
	return func(item int32) bool {
		_, ok := c.Items[item].Estimate()
		return is(ok)
	}
}

// waitsOutside tells whether a blocked item waits directly on another team, of those wanted.
func (v view) waitsOutside(b *model.Blocked, wanted func(team string) bool) bool {
	return slices.ContainsFunc(b.Blockers, func(i int32) bool { return v.Items[i].Team != v.Items[b.Item].Team && wanted(v.Items[i].Team.String()) })
}

// phrase is a link phrase of a tracker.
type phrase struct{ tracker, text string }

func (p phrase) String() string { return p.tracker + ":" + p.text }

// unmapped is the phrase of a claim if nothing maps it.
func (v view) unmapped(claim int32) (p phrase, ok bool) {
	k := v.Claim(claim)
	return phrase{v.Items[k.ClaimedBy].ID.Tracker.String(), k.Unmapped.String()}, !k.Unmapped.IsZero()
}

// phrased tells of dependencies whether the link phrase asked for says them.
func (c *call) phrased() func(*model.Dependency) bool {
	wanted := c.query.text("phrase")
	return func(d *model.Dependency) bool {
		return wanted == "" || slices.ContainsFunc(c.EvidenceOf(d), func(claim int32) bool {
			p, ok := c.unmapped(claim)
			return ok && p.String() == wanted
		})
	}
}

// phrases counts the dependencies that each phrase says.
func (v view) phrases() map[phrase]int {
	counts := map[phrase]int{}
	if len(v.Unmapped) == 0 {
		return counts
	}
	for i := range v.Dependencies {
		var met []phrase
		for _, claim := range v.EvidenceOf(&v.Dependencies[i]) {
			if p, ok := v.unmapped(claim); ok && !slices.Contains(met, p) {
				met = append(met, p)
				counts[p]++
			}
		}
	}
	return counts
}
