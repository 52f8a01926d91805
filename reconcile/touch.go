package reconcile

import "github.com/waitgraph/waitgraph/model"

// Records, their texts and their claims lie scattered in memory, and to fetch
// something from there takes longer than most of what is done with it. The
// functions here read a little of all that the next few steps of a loop will look
// at. As nothing they read depends on what they read before, the processor
// fetches it all at a time, where the loop itself would wait for one after the
// other. Their results mean nothing; they keep the compiler from leaving the
// reading out, for which the functions must not be inlined either.

// ahead is how many records are touched at once before they are visited.
const ahead = 32

// touchRecords is for reading rows.
//
//go:noinline
func touchRecords(records []*model.Record) (sum int) {
	for _, r := range records { // a field of each stretch of memory that is looked at
		it := &r.Item
		sum += len(it.ID.Native) + int(it.Created) + len(it.Assignees) + len(it.Epic) + len(it.History) + len(r.Claims) + int(r.Opened)
	}
	for _, r := range records {
		it := &r.Item
		if it.Key != "" {
			sum += int(it.Key[0])
		}
		if len(it.Labels) > 0 {
			sum += len(it.Labels[0])
		}
		if len(it.Assignees) > 0 {
			sum += len(it.Assignees[0].ID)
		}
		if len(it.History) > 0 {
			sum += int(it.History[0].State)
		}
		if len(it.FixVersions) > 0 {
			sum += len(it.FixVersions[0].Name)
		}
		if it.Points != nil {
			sum += int(*it.Points)
		}
		if it.Sprint != nil {
			sum += len(it.Sprint.Name)
		}
	}
	for _, r := range records {
		it := &r.Item
		if len(it.Labels) > 0 && it.Labels[0] != "" {
			sum += int(it.Labels[0][0])
		}
		if len(it.Assignees) > 0 && it.Assignees[0].ID != "" {
			sum += int(it.Assignees[0].ID[0])
		}
	}
	return sum
}

// touchClaims is for resolving what records claim.
//
//go:noinline
func touchClaims(records []*model.Record) (sum int) {
	for _, r := range records {
		for i := range r.Claims {
			c := &r.Claims[i]
			sum += int(c.Kind) + len(c.Target.Native) + int(c.At+c.Ended)
		}
	}
	for _, r := range records {
		for i := range r.Claims {
			if k := r.Claims[i].Target.Key; k != "" {
				sum += int(k[0])
			}
		}
	}
	return sum
}

// touchLeads is for finding items by their keys. It is given the buckets of these
// and leaves the first item of each.
//
//go:noinline
func (rec *reconciler) touchLeads(leads []int32) (sum int) {
	for i, bucket := range leads {
		leads[i] = rec.names.buckets[bucket]
	}
	for _, i := range leads {
		sum += int(rec.names.numbers[i]) + len(rec.natives[i])
	}
	return sum
}

// touchBlockers is for finding what blocks items.
//
//go:noinline
func (j *judge) touchBlockers(items []int32) (sum int) {
	j.leads = j.leads[:0]
	for _, i := range items {
		j.leads = append(j.leads, j.g.DependenciesOf(i)...)
	}
	for k, dep := range j.leads {
		j.leads[k] = j.g.Dependencies[dep].From.Item()
	}
	for _, from := range j.leads {
		if from >= 0 {
			sum += int(j.rows[from].state)
		}
	}
	return sum
}

// touchDates is for telling the dates of items.
//
//go:noinline
func (c *closure) touchDates(items []int32) (sum int) {
	for _, i := range items {
		if i >= 0 {
			sum += int(c.items[i].Due.Time)
		}
	}
	return sum
}

// touchEvidence is for weighing claims.
//
//go:noinline
func (rec *reconciler) touchEvidence(claims []sorted) (sum int) {
	for _, s := range claims {
		c := &rec.standing[s.claim()]
		sum += int(c.at) + int(c.by) + int(rec.g.Claims[s.claim()].Dependency)
	}
	for _, s := range claims {
		if to := s.to(); to < len(rec.rows) {
			sum += int(rec.rows[to].team)
		}
	}
	return sum
}
