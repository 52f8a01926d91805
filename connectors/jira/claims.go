package jira

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/internal/refs"
	"github.com/waitgraph/waitgraph/model"
)

// relations reads links, parents and children, and the stubs they embed.
func (rd *reader) relations(r *reading, is *wireIssue, v view) {
	f := is.Fields
	for i := range f.Links {
		l := &f.Links[i]
		// On this issue, outwardIssue reads "this <outward phrase> that" and
		// inwardIssue "this <inward phrase> that".
		far, phrase := l.Outward, l.Type.Outward
		if far == nil {
			far, phrase = l.Inward, l.Type.Inward
		}
		if far == nil {
			continue // the account may not see the far issue
		}
		phrase = strings.TrimSpace(phrase)
		rel, known := rd.phrases.read(phrase)
		claim := model.Claim{
			Kind: rel.kind, Reverse: rel.reverse,
			Origin: model.IssueLink, Where: fmt.Sprintf("link %s %q", l.ID, phrase),
		}
		if !known {
			claim.Unmapped = model.WordOf(phrase)
		}
		rd.embed(r, far, claim, v)
	}
	if f.Parent != nil {
		rd.embed(r, f.Parent, model.Claim{Kind: model.Parent, Origin: model.ParentField, Where: "parent"}, v)
		if isEpic(f.Parent.Fields.Type) {
			r.Item.Epic = f.Parent.Key
		}
	}
	for i := range f.Subtasks {
		rd.embed(r, &f.Subtasks[i], model.Claim{Kind: model.Parent, Reverse: true, Origin: model.ParentField, Where: "subtask"}, v)
	}
	// Where epics and portfolio parents have fields of their own, these hold
	// keys. Cloud fills them beside the parent.
	for _, field := range []struct {
		where string
		slots slots
	}{{"epic link", v.fields.epic}, {"parent link", v.fields.parent}} {
		key := keyIn(field.slots.of(is))
		if !validKey(key) {
			continue
		}
		if field.where == "epic link" {
			r.Item.Epic = key
		}
		if f.Parent == nil || f.Parent.Key != key {
			r.Claims = append(r.Claims, model.Claim{
				Kind: model.Parent, Target: model.Target{Key: key}, Origin: model.ParentField, Where: field.where,
			})
		}
	}
}

// isEpic holds for an epic or what stands above epics.
func isEpic(t *wireType) bool {
	return t != nil && (t.Level > 0 || strings.EqualFold(t.Name, "Epic"))
}

// keyIn is an issue's key in a field that holds it by itself or inside an object.
func keyIn(raw json.RawMessage) string {
	if isNull(raw) {
		return ""
	}
	var key string
	if json.Unmarshal(raw, &key) == nil {
		return key
	}
	var object struct {
		Key  string `json:"key"`
		Data struct {
			Key string `json:"key"`
		} `json:"data"`
	}
	_ = json.Unmarshal(raw, &object) // no key then
	if object.Key != "" {
		return object.Key
	}
	return object.Data.Key
}

// embed adds a claim on an issue the payload holds, and that issue as a stub.
func (rd *reader) embed(r *reading, far *wireBrief, claim model.Claim, v view) {
	if !validID(far.ID) || !validKey(far.Key) {
		r.problem(claim.Where, fmt.Errorf("no issue with id %q and key %q", short(far.ID, 40), short(far.Key, 40)))
		return
	}
	claim.Target = model.Target{Tracker: model.WordOf(rd.tracker), Native: far.ID, Key: far.Key}
	r.Claims = append(r.Claims, claim)
	if stub, ok := rd.stub(far, v); ok && far.ID != r.Item.ID.Native {
		r.stubs = append(r.stubs, stub)
	}
}

// stub is what a brief tells of an issue; ok is false if that is too little.
func (rd *reader) stub(b *wireBrief, v view) (stub model.Observation, ok bool) {
	if b.Fields.Status == nil {
		return model.Observation{}, false
	}
	project, _, _ := cutKey(b.Key)
	it := model.Item{
		ID:      model.ID{Tracker: model.WordOf(rd.tracker), Native: b.ID},
		Key:     b.Key,
		URL:     v.base + "/browse/" + b.Key,
		Title:   b.Fields.Summary,
		Type:    model.WordOf(typeName(b.Fields.Type)),
		Stub:    true,
		Project: model.WordOf(project),
		State:   rd.state(b.Fields.Status, b.Fields.Resolution),
		Status:  model.WordOf(b.Fields.Status.Name),
	}
	if b.Fields.Resolution == nil && !it.State.Open() {
		if s, known := v.closed[b.ID]; known {
			it.State = s
		}
	}
	if b.Fields.Priority != nil {
		it.Priority = model.WordOf(b.Fields.Priority.Name)
	}
	return model.Observation{Item: it}, true
}

// brief is the part of an issue that stubs have.
func (is *wireIssue) brief() *wireBrief {
	b := &wireBrief{ID: is.ID, Key: is.Key}
	b.Fields.Summary = is.Fields.Summary
	b.Fields.Status = is.Fields.Status
	b.Fields.Resolution = is.Fields.Resolution
	b.Fields.Priority = is.Fields.Priority
	b.Fields.Type = is.Fields.Type
	return b
}

// mostTextClaims bounds what one issue's texts can make of themselves.
const mostTextClaims = 1000

// texts reads title, description and the newest comments, in the order in
// which a reader meets them.
func (rd *reader) texts(r *reading, is *wireIssue) {
	f := is.Fields
	var claims []model.Claim
	place := map[model.Claim]int{} // the last place of a statement among claims
	seq := 0
	read := func(where refs.Place, text string, like model.Claim) {
		if text == "" || seq >= mostTextClaims {
			return
		}
		for _, found := range refs.Read(refs.Text{Markup: refs.Wiki, Place: where, Text: text, Self: is.Key}) {
			if seq++; seq > mostTextClaims {
				r.problem("texts", fmt.Errorf("more than %d references, the rest is left out", mostTextClaims))
				return
			}
			c := like
			c.Kind, c.Reverse, c.Target, c.Withdraws = found.Kind, found.Reverse, found.Target, found.Withdraws
			c.Origin = model.Text
			// Of the same statement made twice in one text the last counts: a
			// withdrawal may stand between them.
			if i, ok := place[c]; ok {
				claims[i].Seq = int32(seq)
				continue
			}
			place[c] = len(claims)
			c.Seq = int32(seq)
			claims = append(claims, c)
		}
	}
	if rd.text.Title {
		read(refs.Title, f.Summary, model.Claim{Where: "title"})
	}
	if rd.text.Description {
		read(refs.Body, string(f.Description), model.Claim{Where: "body"})
	}
	if rd.text.Comments {
		for _, c := range rd.newest(r, f.Comment.Comments) {
			r.Item.Commented = c.at
			if c.Body != "" {
				read(refs.Comment, string(c.Body), model.Claim{Where: "comment " + c.ID, Author: account(c.Author).Name, At: c.at})
			}
		}
	}
	r.Claims = append(r.Claims, claims...)
}

// datedComment is a comment and when it was written.
type datedComment struct {
	*wireComment
	at model.Time
}

// newest are the newest comments, the oldest of them first.
func (rd *reader) newest(r *reading, all []wireComment) []datedComment {
	dated := make([]datedComment, len(all))
	for i := range all {
		at, err := momentOf(all[i].Created)
		r.problem("comment "+short(all[i].ID, 40), err)
		dated[i] = datedComment{&all[i], at}
	}
	slices.SortStableFunc(dated, func(a, b datedComment) int { return cmp.Compare(a.at, b.at) })
	return dated[max(0, len(dated)-rd.text.MaxComments):]
}
