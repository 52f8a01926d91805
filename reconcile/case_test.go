package reconcile_test

import (
	"encoding"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// A case describes facts line by line. Times are dates or RFC 3339; key=value
// pairs follow in any order, commas part lists, "_" stands for a space.
//
//	now TIME
//	tracker NAME TYPE [synced=TIME|never] [projects=KEY[<FORMER]...] [named=KEY...] [hosts=H...] [closed=SCOPE...]
//	team NAME MATCHER [MATCHER...]        a matcher is key:glob[&key:glob]
//	member TEAM [name=] [jira=ID] [github=LOGIN] [email=E]
//	priority NAME WORD...
//	escalation NAME [after=DURATION] [priority=RANK] [conflict=KIND...]
//	program NAME [core=TEAM] [partners=TEAM...] [external=NAME...] MATCHER...
//	hygiene off FINDING...
//	hygiene only FINDING [teams=TEAM...] [programs=PROGRAM...]
//	zone NAME
//	answer TRACKER KEY gone|forbidden|NATIVE
//	item TRACKER:KEY STATE [id=NATIVE] [created=] [closed=] [opened=] [seen=] [updated=] [due=] [sprint=] [milestone=] [version=NAME[@DATE]...]
//	     [points=] [type=] [labels=] [components=] [assignee=] [epic=] [field=NAME:VALUE] [aliases=] [history=TIME:STATE...]
//	     [signal=KIND:VALUE[@TIME]] [priority=] [pull] [stub] [gone] [forbidden]
//	  ROLE TARGET ORIGIN [where=] [seq=] [at=] [seen=] [ended=] [unmapped=]    a claim of the item above
//
// TARGET is KEY, //HOST/KEY for a URL, or @NATIVE/KEY for an item embedded in the payload.
type scene struct {
	facts model.Facts
	rules model.Rules
	now   time.Time
}

var roles = map[string]struct {
	kind    model.Kind
	reverse bool
}{
	"blocks": {model.Blocks, false}, "blocked_by": {model.Blocks, true},
	"child_of": {model.Parent, false}, "parent_of": {model.Parent, true},
	"implements": {model.Implements, false}, "implemented_by": {model.Implements, true},
	"duplicates": {model.Duplicates, false}, "duplicated_by": {model.Duplicates, true},
	"mirrors": {model.Mirrors, false}, "relates": {model.Relates, false}, "withdraws": {model.Relates, false},
}

func parseScene(t *testing.T, text string) scene {
	t.Helper()
	s := scene{rules: model.Rules{StaleAfter: time.Hour}}
	p := &sceneParser{t: t}
	var item *model.Record
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		if at := strings.Index(line, " # "); at >= 0 {
			line = line[:at]
		}
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if strings.HasPrefix(line, " ") {
			item.Claims = append(item.Claims, p.claim(words, item))
			continue
		}
		switch words[0] {
		case "now":
			s.now = p.time(words[1])
		case "tracker":
			p.tracker(&s, words)
		case "team":
			team := model.Team{Name: words[1]}
			for _, w := range words[2:] {
				team.Owns = append(team.Owns, p.matcher(w))
			}
			s.rules.Teams = append(s.rules.Teams, team)
		case "member":
			o := p.options(words[2:])
			for i := range s.rules.Teams {
				if s.rules.Teams[i].Name == words[1] {
					s.rules.Teams[i].Members = append(s.rules.Teams[i].Members, model.Person{Name: o["name"], Jira: o["jira"], GitHub: o["github"], Email: o["email"]})
				}
			}
		case "priority":
			s.rules.Priorities = append(s.rules.Priorities, model.PriorityRank{Name: words[1], Words: words[2:]})
		case "escalation":
			p.escalation(&s, words)
		case "program":
			p.program(&s, words)
		case "hygiene":
			p.hygiene(&s, words)
		case "zone":
			loc, err := time.LoadLocation(words[1])
			if err != nil {
				p.fail("%v", err)
			}
			s.rules.Location = loc
		case "answer":
			p.answer(&s, words)
		case "item":
			item = p.item(words)
			s.facts.Records = append(s.facts.Records, item)
		default:
			p.fail("unknown word %q", words[0])
		}
	}
	return s
}

type sceneParser struct {
	t    *testing.T
	line int
}

func (p *sceneParser) fail(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("line %d: %s", p.line, fmt.Sprintf(format, args...))
}

func (p *sceneParser) time(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	p.fail("bad time %q", s)
	return time.Time{}
}

func (p *sceneParser) options(words []string) map[string]string {
	o := map[string]string{}
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		o[k] = strings.ReplaceAll(v, "_", " ")
	}
	return o
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func (p *sceneParser) tracker(s *scene, words []string) {
	o := p.options(words[3:])
	t := model.Tracker{Name: words[1], Type: words[2], LastSync: s.now, FirstSync: s.now, Site: model.Site{Hosts: list(o["hosts"])}}
	if v, ok := o["synced"]; ok {
		t.LastSync = time.Time{}
		if v != "never" {
			t.LastSync = p.time(v)
		}
	}
	t.Site.Priorities = list(o["priorities"])
	for _, k := range list(o["projects"]) {
		names := strings.Split(k, "<")
		t.Site.Projects = append(t.Site.Projects, model.Project{Key: names[0], Former: names[1:]})
	}
	for _, name := range list(o["closed"]) {
		t.Site.Scopes = append(t.Site.Scopes, model.Scope{Name: name})
	}
	s.facts.Trackers = append(s.facts.Trackers, t)
	s.rules.Trackers = append(s.rules.Trackers, model.TrackerRules{Name: t.Name, Type: t.Type, Projects: list(o["named"])})
}

func (p *sceneParser) matcher(w string) model.Matcher {
	var m model.Matcher
	for _, part := range strings.Split(w, "&") {
		k, v, _ := strings.Cut(part, ":")
		switch k {
		case "tracker":
			m.Tracker = v
		case "project":
			m.Project = v
		case "component":
			m.Component = v
		case "label":
			m.Label = v
		case "repository":
			m.Repository = v
		case "type":
			m.Type = v
		case "epic":
			m.Epic = v
		case "fix_version":
			m.FixVersion = v
		case "milestone":
			m.Milestone = v
		case "assignee_team":
			m.AssigneeTeam = v
		case "field":
			name, value, _ := strings.Cut(v, "=")
			m.Field = map[string]string{name: value}
		default:
			p.fail("unknown matcher key %q", k)
		}
	}
	return m
}

// word reads one of the words that are stored as numbers.
func (p *sceneParser) word(into encoding.TextUnmarshaler, text string) {
	if err := into.UnmarshalText([]byte(text)); err != nil {
		p.fail("%v", err)
	}
}

func (p *sceneParser) answer(s *scene, words []string) {
	a := model.Answer{Key: words[2]}
	switch words[3] {
	case "gone", "forbidden":
		p.word(&a.Reason, words[3])
	default:
		a.Found = model.ID{Tracker: model.WordOf(words[1]), Native: words[3]}
	}
	for i := range s.facts.Trackers {
		if s.facts.Trackers[i].Name == words[1] {
			s.facts.Trackers[i].Answers = append(s.facts.Trackers[i].Answers, a)
		}
	}
}

func (p *sceneParser) item(words []string) *model.Record {
	tracker, key, ok := strings.Cut(words[1], ":")
	if !ok {
		p.fail("bad ref %q", words[1])
	}
	o := p.options(words[3:])
	span := func(text string) *model.Span {
		if text == "" {
			return nil
		}
		n, end, ok := strings.Cut(text, "@")
		s := model.Span{Name: n}
		if ok {
			s.End = model.Date{Time: model.At(p.time(end)), Day: true}
		}
		return &s
	}
	when := func(name string) time.Time {
		if o[name] == "" {
			return time.Time{}
		}
		return p.time(o[name])
	}
	_, pull := o["pull"]
	_, stub := o["stub"]
	_, gone := o["gone"]
	_, forbidden := o["forbidden"]
	it := model.Item{
		ID: model.ID{Tracker: model.WordOf(tracker), Native: o["id"]}, Key: key, Aliases: list(o["aliases"]), Type: model.WordOf(o["type"]), Pull: pull, Stub: stub,
		Labels: list(o["labels"]), Components: list(o["components"]), Epic: o["epic"],
		Milestone: span(o["milestone"]), Sprint: span(o["sprint"]), Created: model.At(when("created")), Updated: model.At(when("updated")), Closed: model.At(when("closed")), Priority: model.WordOf(o["priority"]),
	}
	p.word(&it.State, words[2])
	if it.ID.Native == "" {
		it.ID.Native = key
	}
	if i := strings.LastIndexAny(key, "-#"); i > 0 {
		it.Project = model.WordOf(key[:i])
	}
	for _, v := range list(o["version"]) {
		it.FixVersions = append(it.FixVersions, *span(v))
	}
	if o["due"] != "" {
		it.Due = model.Date{Time: model.At(p.time(o["due"])), Day: !strings.Contains(o["due"], "T")}
	}
	if o["points"] != "" {
		v, err := strconv.ParseFloat(o["points"], 64)
		if err != nil {
			p.fail("%v", err)
		}
		it.Points = &v
	}
	for _, a := range list(o["assignee"]) {
		acc := model.Account{ID: a}
		if strings.Contains(a, "@") && !strings.HasPrefix(a, "id-of-") { // an account may show its e-mail on one item only
			acc = model.Account{ID: "id-of-" + a, Email: a}
		}
		it.Assignees = append(it.Assignees, acc)
	}
	if name, value, ok := strings.Cut(o["field"], ":"); ok {
		it.Fields = map[string]string{name: value}
	}
	for _, h := range list(o["history"]) {
		i := strings.LastIndex(h, ":")
		turn := model.Transition{At: model.At(p.time(h[:i]))}
		p.word(&turn.State, h[i+1:])
		it.History = append(it.History, turn)
		it.HistoryKnown = true
	}
	if what, at, ok := strings.Cut(o["attended"], "@"); ok {
		it.Attended, it.HistoryAsOf, it.Commented = model.Attention{At: model.At(p.time(at))}, model.At(when("asof")), model.At(when("commented"))
		p.word(&it.Attended.What, what)
	}
	for _, sig := range list(o["signal"]) {
		kind, value, _ := strings.Cut(sig, ":")
		value, at, ok := strings.Cut(value, "@")
		g := model.Signal{Kind: model.SignalKind(kind), Value: value, FirstSeen: model.At(when("seen"))}
		if ok {
			g.At = model.At(p.time(at))
		}
		it.Signals = append(it.Signals, g)
	}
	r := &model.Record{Item: it, FirstSeen: model.At(when("seen")), Opened: model.At(when("opened")), Confirmed: model.At(when("confirmed"))}
	if gone {
		r.Gone = model.Gone
	}
	if forbidden {
		r.Gone = model.Forbidden
	}
	return r
}

func (p *sceneParser) claim(words []string, item *model.Record) model.Claim {
	role, ok := roles[words[0]]
	if !ok || len(words) < 3 {
		p.fail("bad claim %q", strings.Join(words, " "))
	}
	c := model.Claim{Kind: role.kind, Reverse: role.reverse, Withdraws: words[0] == "withdraws"}
	p.word(&c.Origin, words[2])
	switch target := words[1]; {
	case strings.HasPrefix(target, "//"):
		c.Target.Host, c.Target.Key, _ = strings.Cut(target[2:], "/")
	case strings.HasPrefix(target, "@"):
		c.Target.Tracker = item.Item.ID.Tracker
		c.Target.Native, c.Target.Key, _ = strings.Cut(target[1:], "/")
	default:
		c.Target.Key = target
	}
	o := p.options(words[3:])
	c.Where, c.Unmapped = o["where"], model.WordOf(o["unmapped"])
	for name, at := range map[string]*model.Time{"at": &c.At, "seen": &c.FirstSeen, "ended": &c.Ended} {
		if o[name] != "" {
			*at = model.At(p.time(o[name]))
		}
	}
	if o["seq"] != "" {
		n, err := strconv.Atoi(o["seq"])
		if err != nil {
			p.fail("%v", err)
		}
		c.Seq = int32(n)
	}
	return c
}
