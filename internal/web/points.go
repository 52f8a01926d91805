package web

import "github.com/waitgraph/waitgraph/model"

// Points are sums of estimates. Where nothing is estimated they say so, for that is
// not the same as no work.

const notEstimated = "none estimated"

// points is a sum over open items.
func (c *call) points(sum float64) string {
	if sum == 0 && c.digest().totals().zeroes == 0 {
		return notEstimated
	}
	return decimal(sum)
}

// coveredPoints is a sum over the items given, with how many of them it rests on;
// href leads to those.
func (c *call) coveredPoints(sum float64, items []int32, href string) []linkText {
	estimated := 0
	for _, i := range items {
		if _, ok := c.Items[i].Estimate(); ok {
			estimated++
		}
	}
	switch estimated {
	case 0:
		return []linkText{{Text: notEstimated}}
	case len(items):
		return []linkText{{Text: decimal(sum) + " points"}}
	}
	return []linkText{{Text: decimal(sum) + " points,"}, counted(estimated, href), {Text: "estimated"}}
}

// estimates says how far points can be relied on.
func (c *call) estimates() []linkText {
	t := c.digest().totals()
	switch {
	case t.open.items == 0:
		return nil
	case t.estimated == 0:
		return []linkText{{Text: "Points: no open item is estimated."}}
	}
	return []linkText{
		{Text: "Points:"}, counted(t.estimated, openItems("estimated", "true")), {Text: "of"}, counted(t.open.items, openItems()), {Text: "open items estimated."},
	}
}

// openItems is the list of open items.
func openItems(more ...string) string {
	return pageLink("items", append(more, "state", model.Todo.String(), "state", model.Doing.String())...)
}
