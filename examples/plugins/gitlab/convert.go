package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gitlab.com/gitlab-org/api/client-go/v2"
)

// issue decodes one issue of a list; another one that is broken does not matter to it.
func (p *plugin) issue(raw json.RawMessage) (*gitlab.Issue, error) {
	var i gitlab.Issue
	if err := json.Unmarshal(raw, &i); err != nil {
		return nil, fmt.Errorf("an issue is not what it should be")
	}
	if i.ID <= 0 || i.References == nil || keyProject(i.References.Full) == "" || i.UpdatedAt == nil || i.CreatedAt == nil {
		return nil, fmt.Errorf("an issue has no id, no full reference or no dates")
	}
	return &i, nil
}

// keyProject is the project's path in group/project#12, "" if it is no such key.
func keyProject(key string) string {
	path, number, ok := strings.Cut(key, "#")
	if n, err := strconv.ParseInt(number, 10, 64); !ok || err != nil || n <= 0 || !strings.Contains(path, "/") {
		return ""
	}
	return path
}

// item is an issue as the protocol writes it, without its links.
func (p *plugin) item(i *gitlab.Issue) item {
	out := item{
		ID: strconv.FormatInt(i.ID, 10), Key: i.References.Full, URL: i.WebURL, Title: shorten(i.Title, 2000), Project: keyProject(i.References.Full),
		Status: i.State, Created: stamp(i.CreatedAt), Updated: stamp(i.UpdatedAt), Due: day(i.DueDate),
	}
	out.State, out.Resolution = p.state(i.State, i.Labels)
	if i.MovedToID != 0 {
		out.State, out.Resolution = "dropped", "moved"
		out.Fields = map[string]string{"moved_to_id": strconv.FormatInt(i.MovedToID, 10)}
	}
	if i.IssueType != nil {
		out.Type = *i.IssueType
	}
	if out.State == "done" || out.State == "dropped" {
		out.Closed = stamp(i.ClosedAt)
	}
	for _, label := range i.Labels {
		label = shorten(label, 500)
		out.Labels = append(out.Labels, label)
		if name, ok := strings.CutPrefix(label, p.options.PriorityPrefix); ok && out.Priority == "" && p.options.PriorityPrefix != "" {
			out.Priority = name
		}
		if hasFold(p.options.BlockedLabels, label) {
			out.Signals = append(out.Signals, sign{Kind: "label", Value: label})
		}
	}
	if i.Weight > 0 { // the library does not tell a weight of 0 from none
		weight := float64(i.Weight)
		out.Points = &weight
	}
	if m := i.Milestone; m != nil {
		out.Milestone = &span{shorten(m.Title, 500), day(m.DueDate)}
	}
	if it := i.Iteration; it != nil {
		name := it.Title
		if name == "" { // those of a cadence have only dates
			name = strings.TrimSpace(day(it.StartDate) + " to " + day(it.DueDate))
		}
		out.Sprint = &span{shorten(name, 500), day(it.DueDate)}
	}
	if i.Epic != nil && i.Epic.IID > 0 {
		out.Epic = fmt.Sprintf("&%d of group %d", i.Epic.IID, i.Epic.GroupID)
	}
	if i.Author != nil && i.Author.Username != "" {
		out.Author = &account{i.Author.Username, shorten(i.Author.Name, 500)}
	}
	for _, a := range i.Assignees {
		if a != nil && a.Username != "" {
			out.Assignees = append(out.Assignees, account{a.Username, shorten(a.Name, 500)})
		}
	}
	return out
}

// state is what GitLab's two states and a project's labels amount to.
func (p *plugin) state(state string, labels []string) (normal, resolution string) {
	has := func(names []string) string {
		if at := slices.IndexFunc(labels, func(l string) bool { return hasFold(names, l) }); at >= 0 {
			return labels[at]
		}
		return ""
	}
	switch {
	case state != "closed" && has(p.options.DoingLabels) != "":
		return "doing", ""
	case state != "closed":
		return "todo", ""
	case has(p.options.DroppedLabels) != "":
		return "dropped", has(p.options.DroppedLabels)
	}
	return "done", ""
}

// relations are the claims of an issue's links, and stubs of the far ends that
// are outside of what is read.
func (p *plugin) relations(list []*gitlab.IssueRelation) (claims []claim, stubs []item) {
	claims = []claim{}
	for _, r := range list {
		if r == nil || r.ID <= 0 || relatedKey(r) == "" {
			continue
		}
		far := target{ID: strconv.FormatInt(r.ID, 10), Key: relatedKey(r)}
		c := claim{Target: far, Where: "link " + strconv.FormatInt(r.IssueLinkID, 10), At: stamp(r.LinkCreatedAt)}
		switch r.LinkType {
		case "blocks":
			c.Says = "blocks"
		case "is_blocked_by":
			c.Says = "blocked_by"
		case "relates_to":
			c.Says = "relates"
		default:
			c.Says, c.Unmapped = "relates", shorten(r.LinkType, 500)
		}
		claims = append(claims, c)
		if path := keyProject(far.Key); !p.reads(path) {
			stub := item{ID: far.ID, Key: far.Key, Stub: true, Project: path, URL: r.WebURL, Title: shorten(r.Title, 2000), Status: r.State}
			stub.State, stub.Resolution = p.state(r.State, r.Labels)
			stubs = append(stubs, stub)
		}
	}
	return claims, stubs
}

// relatedKey is group/project#12; older servers tell it only by the address.
func relatedKey(r *gitlab.IssueRelation) string {
	if r.References != nil && keyProject(r.References.Full) != "" {
		return r.References.Full
	}
	u, err := url.Parse(r.WebURL)
	if err != nil {
		return ""
	}
	path, number, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/-/issues/")
	if key := path + "#" + number; keyProject(key) != "" {
		return key
	}
	return ""
}

func hasFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, s) })
}

// stamp is a time with the precision GitLab tells.
func stamp(t *time.Time) string {
	if t == nil || t.Year() < 1900 {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func day(d *gitlab.ISOTime) string {
	if d == nil || time.Time(*d).Year() < 1900 {
		return ""
	}
	return time.Time(*d).Format(time.DateOnly)
}

// shorten makes a text fit, between characters, and on one line.
func shorten(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
