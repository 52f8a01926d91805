package exec

import (
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// meaning is what a word of a claim says in the model.
func meaning(says string) (kind model.Kind, reverse, ok bool) {
	switch says {
	case "blocks":
		return model.Blocks, false, true
	case "blocked_by":
		return model.Blocks, true, true
	case "child_of":
		return model.Parent, false, true
	case "parent_of":
		return model.Parent, true, true
	case "implements":
		return model.Implements, false, true
	case "implemented_by":
		return model.Implements, true, true
	case "duplicates":
		return model.Duplicates, false, true
	case "duplicated_by":
		return model.Duplicates, true, true
	case "mirrors":
		return model.Mirrors, false, true
	case "relates":
		return model.Relates, false, true
	}
	return 0, false, false
}

// claims converts an item's claims. only, unless zero, is the one origin they may have.
func (c *converter) claims(k *checker, list []wireClaim, only model.Origin) []model.Claim {
	return each(k, "claims", list, mostClaims, func(w wireClaim) model.Claim {
		claim := model.Claim{
			Origin: k.origin("claims", w.Origin), Target: c.target(k, w.Target),
			Where: k.text("claims", w.Where, longestWord), Unmapped: model.WordOf(k.text("claims", w.Unmapped, longestWord)),
			Withdraws: w.Withdraws, Seq: w.Seq, Author: k.text("claims", w.Author, longestWord), At: k.instant("claims", w.At),
		}
		if only != 0 && w.Origin == "" {
			claim.Origin = only
		}
		ok := false
		claim.Kind, claim.Reverse, ok = meaning(w.Says)
		switch {
		case !ok:
			k.bad("claims", "has a claim that says none of the words of the protocol")
		case only != 0 && claim.Origin != only:
			k.bad("claims", "has a claim of another origin than its set")
		case claim.Withdraws && claim.Origin != model.Text:
			k.bad("claims", "withdraws what no text claims")
		case !claim.Unmapped.IsZero() && claim.Kind != model.Relates:
			k.bad("claims", "has an unmapped phrase that is not relates")
		}
		return claim
	})
}

func (c *converter) target(k *checker, w wireTarget) model.Target {
	t := model.Target{Key: k.name("claims", w.Key)}
	switch {
	case w.ID != "" && w.Host != "":
		k.bad("claims", "has a target with both id and host")
	case w.ID != "":
		t.Tracker, t.Native = model.WordOf(c.tracker), k.name("claims", w.ID)
	case w.Host != "":
		if strings.ContainsAny(w.Host, "/@ ") {
			k.bad("claims", "has a target whose host is not a name with a port")
		}
		t.Host = strings.ToLower(k.name("claims", w.Host))
	}
	return t
}
