package jira

import (
	"slices"
	"strconv"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// transitions are the states an issue went through, from its creation on; not
// ok if the log leaves a doubt: a status the site no longer has, a step that
// does not begin where the one before ended, another end than the present.
func (t *teller) transitions(it *model.Item, log []entry) (all []model.Transition, ok bool) {
	if it.Created.IsZero() {
		return nil, false
	}
	status, resolution, moved := t.beginning(it, log)
	if !moved {
		return []model.Transition{{At: it.Created, State: it.State}}, true
	}
	if status == nil {
		return nil, false
	}
	state := t.reader.state(status, resolution)
	all = []model.Transition{{At: it.Created, State: state}}
	for _, e := range log {
		before := resolution
		for i := range e.items {
			switch ch := &e.items[i]; {
			case ch.of("resolution"):
				resolution = named(ch.ToString)
			case ch.of("status"):
				from, knownFrom := t.statuses[ch.From]
				to, knownTo := t.statuses[ch.To]
				if !knownFrom || !knownTo || t.reader.state(&from, before) != t.reader.state(status, before) {
					return nil, false
				}
				status = &to
			}
		}
		if now := t.reader.state(status, resolution); now != state {
			state = now
			all = append(all, model.Transition{At: max(e.at, all[len(all)-1].At), State: state})
		}
	}
	return all, state == it.State
}

// beginning is the status and resolution an issue was created with: what its
// first changes changed, or else what it still has. The status is nil if the
// site does not know it; moved tells whether anything ever changed.
func (t *teller) beginning(it *model.Item, log []entry) (status *wireStatus, resolution *wireNamed, moved bool) {
	resolution = named(it.Resolution.String())
	var first, resolved *wireChange
	for i := range log {
		for j := range log[i].items {
			switch ch := &log[i].items[j]; {
			case ch.of("status") && first == nil:
				first = ch
			case ch.of("resolution") && resolved == nil:
				resolved = ch
			}
		}
	}
	if first != nil {
		if st, ok := t.statuses[first.From]; ok {
			status = &st
		}
	} else {
		for _, id := range sortedKeys(t.statuses) {
			st := t.statuses[id]
			if fold(st.Name) == fold(it.Status.String()) && t.reader.state(&st, resolution) == it.State {
				status = &st
				break
			}
		}
	}
	if resolved != nil {
		resolution = named(resolved.FromString)
	}
	return status, resolution, first != nil || resolved != nil
}

// attended is the last change of an issue itself.
func (t *teller) attended(it *model.Item, log []entry) model.Attention {
	last := model.Attention{At: it.Created, What: model.AttendedCreation}
	for _, e := range log {
		what := model.Aspect(0)
		for i := range e.items {
			if w := t.attends(&e.items[i]); what == 0 || what == model.AttendedOther && w != 0 {
				what = w
			}
		}
		if what != 0 {
			last = model.Attention{At: max(e.at, last.At), What: what}
		}
	}
	return last
}

// attends is what of its issue a change attends to; nothing, if it is another
// issue that was linked to this one or put below it.
func (t *teller) attends(ch *wireChange) model.Aspect {
	fields := t.site.fields
	switch {
	case ch.of("Link"), ch.relinks(), strings.EqualFold(ch.Field, "Epic Child"):
		return 0
	case ch.of("assignee"):
		return model.AttendedAssignee
	case ch.ofCustom("Sprint", fields.sprint):
		return model.AttendedSprint
	case ch.of("duedate"), ch.of("Fix Version"):
		return model.AttendedDate
	case ch.of("status"), ch.of("resolution"):
		return model.AttendedStatus
	}
	return model.AttendedOther
}

// named is a resolution of a name, nil for none.
func named(name string) *wireNamed {
	if name == "" {
		return nil
	}
	return &wireNamed{Name: name}
}

// since is when what holds now last came to hold; zero if the log does not end
// with it. What no change tells of has held since the creation.
func since(created model.Time, log []entry, change func(*wireChange) (before, after, told bool)) model.Time {
	at := created
	for _, e := range log {
		for i := range e.items {
			switch before, after, told := change(&e.items[i]); {
			case told && !after:
				at = 0
			case told && !before:
				at = max(e.at, created)
			}
		}
	}
	return at
}

// hasWord reports whether a list separated by spaces has a word.
func hasWord(list, word string) bool { return slices.Contains(strings.Fields(list), word) }

// made is a link as it was made: "This issue blocks PAY-2".
type made struct {
	key, text string // text is folded
	at        model.Time
	by        string
}

// standing are the links made and not removed since, oldest first.
func standing(log []entry) []made {
	var links []made
	for _, e := range log {
		for i := range e.items {
			ch := &e.items[i]
			if !ch.of("Link") {
				continue
			}
			if ch.From != "" {
				text := fold(ch.FromString)
				same := func(l made) bool { return l.key == ch.From && l.text == text }
				if !slices.ContainsFunc(links, same) {
					// Its words have changed: whichever of the links to that issue it was.
					same = func(l made) bool { return l.key == ch.From }
				}
				links = slices.DeleteFunc(links, same)
			}
			if ch.To != "" {
				links = append(links, made{key: ch.To, text: fold(ch.ToString), at: e.at, by: account(e.author).Name})
			}
		}
	}
	return links
}

// linked tells of claims from links when and by whom the links were made.
func (t *teller) linked(claims []model.Claim, log []entry) {
	links := standing(log)
	if len(links) == 0 {
		return
	}
	targets := map[string]int{}
	for i := range claims {
		if claims[i].Origin == model.IssueLink {
			targets[claims[i].Target.Native]++
		}
	}
	for i := range claims {
		claim := &claims[i]
		if claim.Origin != model.IssueLink {
			continue
		}
		if l, ok := t.link(claim, links, targets[claim.Target.Native] == 1); ok {
			claim.At, claim.Author = l.at, l.by
		}
	}
}

// link is the latest link on a claim's target that reads like the claim, or the
// only one if the claim is too: phrases may have been renamed.
func (t *teller) link(claim *model.Claim, links []made, only bool) (made, bool) {
	keys := map[string]bool{claim.Target.Key: true}
	for _, key := range t.former[claim.Target.Native] {
		keys[key] = true
	}
	var found []made
	for _, l := range links {
		if keys[l.key] || keys[t.site.currentKey(l.key)] {
			found = append(found, l)
		}
	}
	slices.Reverse(found)
	if phrase := fold(phraseOf(claim)); phrase != "" {
		for _, like := range []func(l made) bool{
			func(l made) bool { return l.text == "this issue "+phrase+" "+fold(l.key) },
			func(l made) bool { return strings.Contains(" "+l.text+" ", " "+phrase+" ") },
		} {
			if i := slices.IndexFunc(found, like); i >= 0 {
				return found[i], true
			}
		}
	}
	if only && len(found) == 1 {
		return found[0], true
	}
	return made{}, false
}

// phraseOf is the phrase of a claim from a link, see relations.
func phraseOf(claim *model.Claim) string {
	_, quoted, _ := strings.Cut(claim.Where, `"`)
	phrase, err := strconv.Unquote(`"` + quoted)
	if err != nil {
		return ""
	}
	return phrase
}

// currentKey is a key under its project's present name.
func (s *site) currentKey(key string) string {
	project, number, ok := cutKey(key)
	if !ok {
		return key
	}
	return s.current(project) + "-" + number
}
