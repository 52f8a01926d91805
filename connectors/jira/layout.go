package jira

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/waitgraph/waitgraph/internal/refs"
)

// layout decodes issues with the custom fields of one site.
type layout struct {
	custom map[string]int // places in wireIssue.Custom by id
}

func newLayout(custom []string) *layout {
	l := &layout{custom: make(map[string]int, len(custom))}
	for i, id := range custom {
		l.custom[id] = i
	}
	return l
}

// readIssue decodes one issue.
func (l *layout) readIssue(body []byte) (wireIssue, error) {
	s := newScanner(body)
	is, err := l.issue(s)
	return is, cmp.Or(err, s.end())
}

// issue takes an issue.
func (l *layout) issue(s *scanner) (wireIssue, error) {
	var is wireIssue
	s.object(func(name []byte) {
		switch string(name) {
		case "id":
			is.ID = s.string()
		case "key":
			is.Key = s.string()
		case "fields":
			is.Custom = make([]json.RawMessage, len(l.custom))
			is.Fields = maybe(s, func(f *wireFields) { l.fields(s, f, is.Custom) })
		default:
			s.skip()
		}
	})
	switch {
	case s.err != nil:
		return is, s.err
	case !validID(is.ID):
		return is, fmt.Errorf("id %q is not a number", short(is.ID, 40))
	case !validKey(is.Key):
		return is, fmt.Errorf("key %q is not one", short(is.Key, 40))
	case is.Fields == nil:
		return is, errors.New("no fields")
	}
	return is, nil
}

func (l *layout) fields(s *scanner, f *wireFields, custom []json.RawMessage) {
	s.object(func(name []byte) {
		switch string(name) {
		case "summary":
			f.Summary = s.string()
		case "description":
			f.Description = s.prose()
		case "status":
			f.Status = maybe(s, s.status)
		case "resolution":
			f.Resolution = maybe(s, s.named)
		case "resolutiondate":
			f.ResolutionDate = s.string()
		case "created":
			f.Created = s.string()
		case "updated":
			f.Updated = s.string()
		case "duedate":
			f.Due = s.string()
		case "issuetype":
			f.Type = maybe(s, s.issueType)
		case "project":
			f.Project = maybe(s, s.project)
		case "priority":
			f.Priority = maybe(s, s.named)
		case "labels":
			f.Labels = nil
			s.list(func() { f.Labels = append(f.Labels, s.word()) })
		case "components":
			f.Components = listOf(s, s.named)
		case "fixVersions":
			f.FixVersions = listOf(s, s.version)
		case "assignee":
			f.Assignee = maybe(s, s.user)
		case "reporter":
			f.Reporter = maybe(s, s.user)
		case "creator":
			f.Creator = maybe(s, s.user)
		case "issuelinks":
			f.Links = listOf(s, s.link)
		case "subtasks":
			f.Subtasks = listOf(s, s.brief)
		case "parent":
			f.Parent = maybe(s, s.brief)
		case "comment":
			f.Comment = wireComments{}
			s.comments(&f.Comment)
		default:
			i, ok := l.custom[string(name)]
			if raw := s.raw(); ok {
				custom[i] = bytes.Clone(raw)
			}
		}
	})
}

// maybe takes an object into a new value; it returns nil for null.
func maybe[T any](s *scanner, fill func(*T)) *T {
	if !s.kind('{', "an object") {
		return nil
	}
	v := new(T)
	fill(v)
	return v
}

// listOf takes a list of objects; those that are null are zero.
func listOf[T any](s *scanner, fill func(*T)) []T {
	var all []T
	s.list(func() {
		if all == nil {
			all = make([]T, 0, 4)
		}
		all = append(all, *new(T))
		fill(&all[len(all)-1])
	})
	return all
}

// prose takes a text that is read for references, "" if there can be none.
func (s *scanner) prose() string {
	if !s.kind('"', "a string") {
		return ""
	}
	content, escaped := s.quoted()
	if !escaped && !refs.May(content) {
		return ""
	}
	text := s.meaning(content, escaped) // what an escape stands for may part a reference from what is before it
	if escaped && !refs.May(text) {
		return ""
	}
	return text
}

func (s *scanner) named(v *wireNamed) {
	s.object(func(name []byte) {
		switch string(name) {
		case "name":
			v.Name = s.word()
		default:
			s.skip()
		}
	})
}

func (s *scanner) status(v *wireStatus) {
	s.object(func(name []byte) {
		switch string(name) {
		case "name":
			v.Name = s.word()
		case "statusCategory":
			s.object(func(name []byte) {
				switch string(name) {
				case "key":
					v.Category.Key = s.word()
				default:
					s.skip()
				}
			})
		default:
			s.skip()
		}
	})
}

func (s *scanner) issueType(v *wireType) {
	s.object(func(name []byte) {
		switch string(name) {
		case "name":
			v.Name = s.word()
		case "subtask":
			v.Subtask = s.bool()
		case "hierarchyLevel":
			v.Level = s.int()
		default:
			s.skip()
		}
	})
}

func (s *scanner) project(v *wireProject) {
	s.object(func(name []byte) {
		switch string(name) {
		case "key":
			v.Key = s.word()
		default:
			s.skip()
		}
	})
}

func (s *scanner) version(v *wireVersion) {
	s.object(func(name []byte) {
		switch string(name) {
		case "name":
			v.Name = s.word()
		case "releaseDate":
			v.ReleaseDate = s.word()
		default:
			s.skip()
		}
	})
}

func (s *scanner) user(v *wireUser) {
	s.object(func(name []byte) {
		switch string(name) {
		case "accountId":
			v.AccountID = s.word()
		case "key":
			v.Key = s.word()
		case "name":
			v.Name = s.word()
		case "displayName":
			v.Display = s.word()
		case "emailAddress":
			v.Email = s.word()
		default:
			s.skip()
		}
	})
}

func (s *scanner) brief(v *wireBrief) {
	s.object(func(name []byte) {
		switch string(name) {
		case "id":
			v.ID = s.string()
		case "key":
			v.Key = s.string()
		case "fields":
			s.object(func(name []byte) {
				switch f := &v.Fields; string(name) {
				case "summary":
					f.Summary = s.string()
				case "status":
					f.Status = maybe(s, s.status)
				case "resolution":
					f.Resolution = maybe(s, s.named)
				case "priority":
					f.Priority = maybe(s, s.named)
				case "issuetype":
					f.Type = maybe(s, s.issueType)
				default:
					s.skip()
				}
			})
		default:
			s.skip()
		}
	})
}

func (s *scanner) link(v *wireLink) {
	s.object(func(name []byte) {
		switch string(name) {
		case "id":
			v.ID = s.string()
		case "type":
			s.object(func(name []byte) {
				switch string(name) {
				case "inward":
					v.Type.Inward = s.word()
				case "outward":
					v.Type.Outward = s.word()
				default:
					s.skip()
				}
			})
		case "inwardIssue":
			v.Inward = maybe(s, s.brief)
		case "outwardIssue":
			v.Outward = maybe(s, s.brief)
		default:
			s.skip()
		}
	})
}

func (s *scanner) comments(v *wireComments) {
	s.object(func(name []byte) {
		switch string(name) {
		case "total":
			v.Total = s.int()
		case "comments":
			v.Comments = listOf(s, s.comment)
		default:
			s.skip()
		}
	})
}

func (s *scanner) comment(v *wireComment) {
	var author []byte
	s.object(func(name []byte) {
		switch string(name) {
		case "id":
			v.ID = s.string()
		case "author":
			author = s.raw()
		case "body":
			v.Body = s.prose()
		case "created":
			v.Created = s.string()
		default:
			s.skip()
		}
	})
	if v.Body == "" || author == nil {
		return // nobody asks who wrote it
	}
	who := newScanner(author)
	who.words = s.words
	v.Author = maybe(who, who.user)
	if who.err != nil {
		s.fail(who.err)
	}
}
