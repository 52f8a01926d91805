package metrics

import (
	"cmp"
	"maps"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// pairs holds each label once, for most series share theirs with others.
type pairs map[[2]string]*dto.LabelPair

func (p pairs) of(name, value string) *dto.LabelPair {
	key := [2]string{name, value}
	l := p[key]
	if l == nil {
		l = &dto.LabelPair{Name: &key[0], Value: &key[1]}
		p[key] = l
	}
	return l
}

// shape is a family without series.
func (f *family) shape() *dto.MetricFamily {
	types := map[string]dto.MetricType{"gauge": dto.MetricType_GAUGE, "counter": dto.MetricType_COUNTER, "histogram": dto.MetricType_HISTOGRAM}
	return &dto.MetricFamily{Name: &f.about.Name, Help: &f.about.Help, Type: types[f.about.Type].Enum()}
}

// sorted are the labels of the series in the order in which they are sent.
func (f *family) sorted() []labels {
	return slices.SortedFunc(maps.Keys(f.series), func(a, b labels) int { return slices.Compare(a[:], b[:]) })
}

// label makes the labels of a series, sorted by name as Prometheus wants them.
func (f *family) label(l labels, p pairs) []*dto.LabelPair {
	list := make([]*dto.LabelPair, len(f.about.Labels))
	for i, name := range f.about.Labels {
		list[i] = p.of(name, l[i])
	}
	slices.SortFunc(list, func(a, b *dto.LabelPair) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return list
}

// encode makes the series of gauges and counters.
func (f *family) encode(p pairs) *dto.MetricFamily {
	out := f.shape()
	out.Metric = make([]*dto.Metric, 0, len(f.series))
	for _, l := range f.sorted() {
		v := f.series[l].value
		m := &dto.Metric{Label: f.label(l, p)}
		if f.about.Type == "counter" {
			m.Counter = &dto.Counter{Value: &v}
		} else {
			m.Gauge = &dto.Gauge{Value: &v}
		}
		out.Metric = append(out.Metric, m)
	}
	return out
}

// histograms makes the series of ages as they are now, from the times since when.
func (f *family) histograms(now time.Time) *dto.MetricFamily {
	out := f.shape()
	bounds := ageBuckets()
	upper := make([]float64, len(bounds))
	for i, b := range bounds {
		upper[i] = b.Seconds()
	}
	p := pairs{}
	for _, l := range f.sorted() {
		counts := make([]uint64, len(bounds)+1)
		count, whole, rest := uint64(0), time.Duration(0), time.Duration(0) // in seconds and below, so that their order does not matter
		for _, since := range f.series[l].since {
			age := max(now.Sub(since), 0)
			i, _ := slices.BinarySearch(bounds, age)
			counts[i]++
			count++
			whole, rest = whole+age/time.Second, rest+age%time.Second
		}
		sum := float64(whole) + rest.Seconds()
		h := &dto.Histogram{SampleCount: &count, SampleSum: &sum, Bucket: make([]*dto.Bucket, len(bounds))}
		buckets := make([]dto.Bucket, len(bounds))
		below := uint64(0)
		for i := range bounds {
			below += counts[i]
			counts[i] = below
			buckets[i].UpperBound, buckets[i].CumulativeCount = &upper[i], &counts[i]
			h.Bucket[i] = &buckets[i]
		}
		out.Metric = append(out.Metric, &dto.Metric{Label: f.label(l, p), Histogram: h})
	}
	return out
}
