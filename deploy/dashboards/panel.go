package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/nodegraph"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// panel is one panel before it is built and has a place.
type panel struct {
	kind               kind
	title, description string
	unit               string
	width, height      uint32
	queries            []query
	links              []link
	// columns gives the columns of a table their links, and hides what has the name "".
	columns map[string]link
	steps   []step // of colours; none is neutral
	from    *float64
	to      *float64
	words   map[string]string // values and what they mean
	stacked bool
	// matrix makes a table of rows by one label and columns by another.
	matrix [2]string
	hidden []string // columns of a table nobody needs
	names  map[string]string
}

type kind int

const (
	number kind = iota
	lines
	bars
	list
	network
)

// query is one question to Prometheus, or to waitgraph's API by Infinity.
type query struct {
	expr, legend string
	items        *request
}

// request is one GET of waitgraph's API.
type request struct {
	path, root, format string
	params             [][2]string
	columns            [][3]string // selector, text, type
}

type link struct{ title, url string }

type step struct {
	from   float64
	colour string
}

// builder is what the builders of all kinds of panels share.
type builder[B any] interface {
	Id(uint32) B
	Title(string) B
	Description(string) B
	GridPos(dashboard.GridPos) B
	Datasource(common.DataSourceRef) B
	Targets([]cog.Builder[variants.Dataquery]) B
	Unit(string) B
	Min(float64) B
	Max(float64) B
	NoValue(string) B
	Thresholds(cog.Builder[dashboard.ThresholdsConfig]) B
	Mappings([]dashboard.ValueMapping) B
	DataLinks([]cog.Builder[dashboard.DashboardLink]) B
	WithTransformation(dashboard.DataTransformerConfig) B
	OverrideByName(string, []dashboard.DynamicConfigValue) B
	Build() (dashboard.Panel, error)
}

func (p panel) build(id uint32, at dashboard.GridPos) (dashboard.Panel, error) {
	last := common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})
	switch p.kind {
	case number:
		return finish(stat.NewPanelBuilder().ReduceOptions(last).ColorMode(common.BigValueColorModeValue).GraphMode(common.BigValueGraphModeArea), p, id, at)
	case lines:
		b := timeseries.NewPanelBuilder().LineWidth(1.5).FillOpacity(10).ShowPoints(common.VisibilityModeNever).
			SpanNulls(common.BoolOrFloat64{Bool: cog.ToPtr(false)}).
			Legend(common.NewVizLegendOptionsBuilder().DisplayMode(common.LegendDisplayModeTable).Placement(common.LegendPlacementBottom).ShowLegend(true).Calcs([]string{"lastNotNull"})).
			Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
		if p.stacked {
			b.Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal)).FillOpacity(40)
		}
		return finish(b, p, id, at)
	case bars:
		return finish(bargauge.NewPanelBuilder().ReduceOptions(last).DisplayMode(common.BarGaugeDisplayModeBasic).
			Orientation(common.VizOrientationHorizontal).ShowUnfilled(false).Min(0), p, id, at)
	case list:
		b := table.NewPanelBuilder().ShowHeader(true).CellHeight(common.TableCellHeightSm).Filterable(true).
			Footer(common.NewTableFooterOptionsBuilder().Show(false).Reducer([]string{"sum"}))
		if p.matrix[0] != "" {
			b.CellOptions(common.TableCellOptions{TableColoredBackgroundCellOptions: &common.TableColoredBackgroundCellOptions{
				Type: "color-background", Mode: cog.ToPtr(common.TableCellBackgroundDisplayModeBasic),
			}})
		}
		return finish(b, p, id, at)
	case network:
		return finish(nodegraph.NewPanelBuilder().ZoomMode(nodegraph.ZoomModeCooperative), p, id, at)
	}
	return dashboard.Panel{}, fmt.Errorf("unknown kind %d", p.kind)
}

// finish gives a panel what all kinds have.
func finish[B builder[B]](b B, p panel, id uint32, at dashboard.GridPos) (dashboard.Panel, error) {
	source := prometheusSource()
	var targets []cog.Builder[variants.Dataquery]
	for i, q := range p.queries {
		if q.items != nil {
			source = infinitySource()
		}
		targets = append(targets, q.target(string(rune('A'+i)), p.kind == lines || p.kind == number, p.kind == list))
	}
	b = b.Id(id).Title(p.title).Description(p.description).GridPos(at).Datasource(source).Targets(targets).Unit(p.unit).NoValue("no data")
	if p.from != nil {
		b = b.Min(*p.from)
	}
	if p.to != nil {
		b = b.Max(*p.to)
	}
	steps := dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute)
	colours := []dashboard.Threshold{{Color: "text"}}
	for _, s := range p.steps {
		if s.from <= 0 {
			colours[0].Color = s.colour
			continue
		}
		colours = append(colours, dashboard.Threshold{Value: cog.ToPtr(s.from), Color: s.colour})
	}
	b = b.Thresholds(steps.Steps(colours))
	if len(p.words) > 0 {
		m := dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: map[string]dashboard.ValueMappingResult{}}
		for value, word := range p.words {
			m.Options[value] = dashboard.ValueMappingResult{Text: cog.ToPtr(word)}
		}
		b = b.Mappings([]dashboard.ValueMapping{{ValueMap: &m}})
	}
	if len(p.links) > 0 {
		var links []cog.Builder[dashboard.DashboardLink]
		for _, l := range p.links {
			links = append(links, l.builder())
		}
		b = b.DataLinks(links)
	}
	if p.matrix[0] != "" {
		b = b.WithTransformation(dashboard.DataTransformerConfig{Id: "groupingToMatrix", Options: map[string]any{
			"rowField": p.matrix[0], "columnField": p.matrix[1], "valueField": "Value", "emptyValue": "empty",
		}})
	} else if p.kind == list && p.queries[0].items == nil {
		hide := map[string]any{"Time": true}
		for _, name := range p.hidden {
			hide[name] = true
		}
		names := map[string]any{}
		for from, to := range p.names {
			names[from] = to
		}
		b = b.WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
			"excludeByName": hide, "renameByName": names, "indexByName": map[string]any{},
		}})
	}
	for _, column := range slices.Sorted(maps.Keys(p.columns)) {
		l := p.columns[column]
		b = b.OverrideByName(column, []dashboard.DynamicConfigValue{{Id: "links", Value: []map[string]any{{"title": l.title, "url": l.url, "targetBlank": true}}}})
	}
	return b.Build()
}

func (l link) builder() cog.Builder[dashboard.DashboardLink] {
	return dashboard.NewDashboardLinkBuilder(l.title).Url(l.url).TargetBlank(true)
}

// target builds a query: over the range for what shows time, at its end for the rest.
func (q query) target(ref string, ranged, table bool) cog.Builder[variants.Dataquery] {
	if q.items != nil {
		return variants.NewUnknownDataqueryBuilderFromObject(q.items.dataquery(ref))
	}
	b := prometheus.NewDataqueryBuilder().RefId(ref).Datasource(prometheusSource()).Expr(q.expr).LegendFormat(q.legend)
	if table {
		b.Format(prometheus.PromQueryFormatTable)
	}
	if ranged {
		return b.Range()
	}
	return b.Instant()
}

// dataquery is the request as the Infinity data source wants it.
func (r *request) dataquery(ref string) variants.UnknownDataquery {
	columns := []map[string]any{}
	for _, c := range r.columns {
		columns = append(columns, map[string]any{"selector": c[0], "text": c[1], "type": c[2]})
	}
	params := []map[string]any{}
	for _, p := range r.params {
		params = append(params, map[string]any{"key": p[0], "value": p[1]})
	}
	return variants.UnknownDataquery{
		"refId": ref, "datasource": map[string]any{"type": infinityType, "uid": "${infinity}"},
		"type": "json", "parser": "backend", "source": "url", "format": r.format,
		"url": r.path, "url_options": map[string]any{"method": "GET", "data": "", "params": params},
		"root_selector": r.root, "columns": columns, "filters": []any{}, "computed_columns": []any{},
	}
}
