package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// The lines of a scene that are about findings, and the views of them.

func (p *sceneParser) escalation(s *scene, words []string) {
	o := p.options(words[2:])
	l := model.EscalationLevel{Name: words[1], Priority: o["priority"], Conflicts: list(o["conflict"])}
	for i := range l.Conflicts {
		l.Conflicts[i] = strings.ReplaceAll(l.Conflicts[i], " ", "_")
	}
	if o["after"] != "" {
		d, err := time.ParseDuration(o["after"])
		if err != nil {
			p.fail("%v", err)
		}
		l.After = d
	}
	s.rules.Escalation = append(s.rules.Escalation, l)
}

func (p *sceneParser) program(s *scene, words []string) {
	r := model.Program{Name: words[1]}
	for _, w := range words[2:] {
		switch key, value, ok := strings.Cut(w, "="); {
		case ok && key == "core":
			r.Core = value
		case ok && key == "partners":
			r.Partners = list(value)
		case ok && key == "external":
			r.External = list(value)
		default:
			r.Select = append(r.Select, p.matcher(w))
		}
	}
	s.rules.Programs = append(s.rules.Programs, r)
}

func (p *sceneParser) hygiene(s *scene, words []string) {
	kind := func(word string) model.FindingKind {
		for _, k := range model.FindingKinds() {
			if k.String() == word {
				return k
			}
		}
		p.fail("no finding %q", word)
		return 0
	}
	if words[1] == "off" {
		for _, w := range words[2:] {
			s.rules.Hygiene.Off = append(s.rules.Hygiene.Off, kind(w))
		}
		return
	}
	o := p.options(words[3:])
	s.rules.Hygiene.Only = append(s.rules.Hygiene.Only, model.FindingScope{Finding: kind(words[2]), Teams: list(o["teams"]), Programs: list(o["programs"])})
}

func showConflicts(g *model.Graph) string {
	return lines(g.Conflicts, func(c model.Conflict) string {
		team, onTeam := g.ConflictTeams(&c)
		blocker, blocked := g.ConflictValues(&c)
		s := fmt.Sprintf("%s %s -> %s %s on %s: %q, %q", c.Kind, g.Ref(c.Blocker), g.Ref(c.Blocked), team, onTeam, blocker, blocked)
		if c.NeededByFrom >= 0 {
			s += fmt.Sprintf(" needed by %s", g.Ref(c.NeededByFrom))
		}
		if c.SlackDays != 0 {
			s += fmt.Sprintf(" slack %dd", c.SlackDays)
		}
		return s
	})
}

func showFindings(g *model.Graph) string {
	return lines(g.Findings, func(f model.Finding) string {
		s := fmt.Sprintf("%s %s %s", f.Kind, g.FindingTeam(&f), g.Ref(f.Item))
		if f.Dependency >= 0 {
			d := g.Dependencies[f.Dependency]
			s += fmt.Sprintf(" (%s -> %s)", endOf(g, d.From), endOf(g, d.To))
		}
		return s + " since " + stamp(f.Since.Time())
	})
}

func showAdoption(g *model.Graph) string {
	return lines(g.Adoption, func(a model.Adoption) string {
		s := fmt.Sprintf("%s %d/%d", a.Team, a.Clean, a.Dependencies)
		if r, ok := a.Ratio(); ok {
			s += fmt.Sprintf(" = %.2f", r)
		}
		return s
	})
}

func showEscalations(g *model.Graph) string {
	return lines(g.Escalations, func(e model.Escalation) string {
		d := g.Dependencies[e.Dependency]
		s := fmt.Sprintf("%s -> %s %s:", endOf(g, d.From), endOf(g, d.To), g.LevelName(&e))
		for i, at := range e.Reached {
			if !at.IsZero() {
				s += fmt.Sprintf(" %s@%s", g.Levels[i].Name, stamp(at.Time()))
			}
		}
		b := &g.Blocked[g.Items[d.To].Blocked]
		return s + fmt.Sprintf(" (%s: %s)", g.Ref(b.Item), g.LevelName(g.Escalated(b)))
	})
}

func showPrograms(g *model.Graph) string {
	return lines(g.Programs, func(p model.ProgramState) string {
		s := fmt.Sprintf("%s core=%s partners=%s waits_on=%s external=%s items=%s open=%s blocked=%s waits=%s critical=%s", p.Name, p.Core,
			strings.Join(p.Partners, ","), strings.Join(p.WaitsOn, ","), strings.Join(p.External, ","),
			refs(g, p.Items), refs(g, p.Open), refs(g, p.Blocked), refs(g, p.Waits), refs(g, p.Critical))
		if p.EndFrom >= 0 {
			s += fmt.Sprintf(" end=%s by %s", g.Items[p.EndFrom].Date(), g.Ref(p.EndFrom))
		}
		return s
	})
}

func showPeople(g *model.Graph) string {
	return lines(g.People, func(p model.PersonState) string {
		return fmt.Sprintf("%s teams=%s accounts=%s open=%s doing=%s blocking=%s", p.Name, strings.Join(p.Teams, ","), accounts(p.Accounts), refs(g, p.Open), refs(g, p.Doing), refs(g, p.Blocking))
	})
}

func accounts(list []model.PersonAccount) string {
	var names []string
	for _, a := range list {
		names = append(names, a.Tracker+":"+a.ID)
	}
	return strings.Join(names, ",")
}

func showUnmatched(g *model.Graph) string {
	return lines(g.Unmatched, func(u model.UnmatchedAccount) string {
		return fmt.Sprintf("%s:%s %s", u.Tracker, u.ID, refs(g, u.Items))
	})
}

func showCritical(g *model.Graph) string {
	return perItem(g, func(i int32) string {
		chain := g.Critical(i)
		s := fmt.Sprintf("%s chain=%s", g.Ref(i), refs(g, chain))
		if end := g.LatestDate(chain); end >= 0 {
			s += fmt.Sprintf(" end=%s by %s", g.Items[end].Date(), g.Ref(end))
		}
		if w := g.WantedBy(i); w >= 0 {
			s += fmt.Sprintf(" wanted=%s by %s", g.Items[w].Date(), g.Ref(w))
		}
		return s
	})
}

func showClosing(g *model.Graph) string {
	return perItem(g, func(i int32) string {
		c := g.Close(i)
		if len(c.Freed)+len(c.Still) == 0 {
			return ""
		}
		return fmt.Sprintf("%s frees=%s still=%s", g.Ref(i), refs(g, c.Freed), refs(g, c.Still))
	})
}

// showSlipping shows what breaks when each item slips by a day and by thirty.
func showSlipping(g *model.Graph) string {
	return perItem(g, func(i int32) string {
		var out []string
		for _, days := range []int{1, 30} {
			slip := g.Slip(i, days)
			if len(slip.Breaks) == 0 {
				continue
			}
			s := fmt.Sprintf("%s +%dd to %s", g.Ref(i), days, stamp(slip.To))
			if slip.Assumed {
				s += " from now"
			}
			for _, b := range slip.Breaks {
				s += fmt.Sprintf(" %s(%s, %dd late", g.Ref(b.Item), b.Date, b.Days)
				if b.Already {
					s += ", already"
				}
				s += ")"
			}
			out = append(out, s)
		}
		return strings.Join(out, "\n")
	})
}

// perItem shows every open item, but those of which there is nothing to show.
func perItem(g *model.Graph, show func(i int32) string) string {
	var open []int32
	for i := range g.Items {
		if g.Items[i].State.Open() {
			open = append(open, int32(i))
		}
	}
	shown := slices.DeleteFunc(strings.Split(lines(open, show), "\n"), func(s string) bool { return s == "" })
	return lines(shown, func(s string) string { return s })
}
