package web

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

// coveredPoints is a sum over the items given, with how many of them it rests on.
func (c *call) coveredPoints(sum float64, items []int32) string {
	estimated := 0
	for _, i := range items {
		if _, ok := c.Items[i].Estimate(); ok {
			estimated++
		}
	}
	switch estimated {
	case 0:
		return notEstimated
	case len(items):
		return decimal(sum) + " points"
	}
	return decimal(sum) + " points (" + group(estimated) + " of " + group(len(items)) + " estimated)"
}

// estimates says how far points can be relied on.
func (c *call) estimates() string {
	t := c.digest().totals()
	switch {
	case t.open.items == 0:
		return ""
	case t.estimated == 0:
		return "Points: no open item is estimated."
	}
	return "Points: " + group(t.estimated) + " of " + count(t.open.items, "open item") + " estimated."
}
