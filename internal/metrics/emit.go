package metrics

import "github.com/prometheus/client_golang/prometheus"

// emitter sends families while there is room for their series.
type emitter struct {
	descs   map[string]*prometheus.Desc
	ch      chan<- prometheus.Metric
	room    int // lines that may still be sent
	dropped *family
}

// fit sends what there is room for, and notes what there is not.
func (e *emitter) fit(f *family) {
	e.dropped.set(float64(f.trim(e.room)), Prefix+f.name)
	e.always(f)
}

// always sends a family whole, whatever the budget.
func (e *emitter) always(f *family) {
	for l, p := range f.series {
		e.ch <- e.metric(f, l, p)
	}
	e.room -= len(f.series) * f.lines
}

func (e *emitter) metric(f *family, l labels, p point) (m prometheus.Metric) {
	desc, err := e.descs[Prefix+f.name], error(nil)
	if p.ages != nil {
		m, err = prometheus.NewConstHistogram(desc, p.ages.count, p.ages.seconds, p.ages.cumulative(), l[:f.width]...)
	} else {
		m, err = prometheus.NewConstMetric(desc, prometheus.GaugeValue, p.value, l[:f.width]...)
	}
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return m
}
