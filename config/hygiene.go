package config

import (
	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/model"
)

// hygiene reads where findings are raised; each is named at most once.
func (o *org) hygiene(h fileHygiene) model.HygieneRules {
	var rules model.HygieneRules
	root := at(o.root, "hygiene")
	names := unique{d: o.decoder, what: "finding"}
	for i, word := range h.Off {
		n := at(root, "off", i)
		if kind := o.finding(n, &names, word); kind != 0 {
			rules.Off = append(rules.Off, kind)
		}
	}
	for i, s := range h.Only {
		n := at(root, "only", i)
		o.required(n, "finding")
		if len(s.Teams)+len(s.Programs) == 0 {
			o.lack(n, "finding %s is limited to nothing: give it teams or programs, or put it into off", quote(s.Finding))
		}
		for j, team := range s.Teams {
			o.oneOf(at(n, "teams", j), "team", team, append(o.teamNames[:len(o.teamNames):len(o.teamNames)], model.Unowned))
		}
		for j, program := range s.Programs {
			o.oneOf(at(n, "programs", j), "program", program, o.programNames)
		}
		kind := o.finding(at(n, "finding"), &names, s.Finding)
		rules.Only = append(rules.Only, model.FindingScope{Finding: kind, Teams: s.Teams, Programs: s.Programs})
	}
	return rules
}

// finding reads a kind of finding, 0 if there is none of that word.
func (o *org) finding(n *yaml.Node, names *unique, word string) model.FindingKind {
	if n == nil {
		return 0
	}
	var known []string
	for _, k := range model.FindingKinds() {
		if k.String() == word {
			names.add(n, word)
			return k
		}
		known = append(known, k.String())
	}
	o.oneOf(n, "finding", word, known)
	return 0
}
