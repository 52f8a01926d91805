package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

const infinityType = "yesoreyeram-infinity-datasource"

type variable = cog.Builder[dashboard.VariableModel]

func prometheusSource() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("${datasource}")}
}

func infinitySource() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr(infinityType), Uid: cog.ToPtr("${infinity}")}
}

func labelValues(name, label, description, query string) *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder(name).Label(label).Description(description).Datasource(prometheusSource()).
		Query(dashboard.StringOrMap{Map: map[string]any{"query": query, "refId": "variable-" + name}}).Definition(query).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortAlphabeticalAsc)
}

func jobVariable() variable {
	return labelValues("job", "Job", "The scrape job of waitgraph.", "label_values(waitgraph_build_info, job)")
}

// urlVariable is the address of waitgraph's pages, for the data links.
func urlVariable() variable {
	return labelValues("url", "Pages", "Where waitgraph's own pages are, as it says itself.", `label_values(waitgraph_web_info{job="$job"}, external_url)`).
		Hide(dashboard.VariableHideHideVariable)
}

func teamVariable() *dashboard.QueryVariableBuilder {
	return labelValues("team", "Team", "Teams as configured; unowned is what no rule of ownership matches.", `label_values(waitgraph_blocking_items{job="$job"}, team)`).
		Multi(true).IncludeAll(true).AllValue(".*")
}

// text is a variable to be typed, or set by a link that leads here; empty means any.
func text(name, label, description string) variable {
	return dashboard.NewTextBoxVariableBuilder(name).Label(label).Description(description).
		DefaultValue(dashboard.StringOrMap{String: cog.ToPtr("")})
}

// changes marks when the number of a team's blocked items grew or fell.
func changes(name, title, colour, than string) cog.Builder[dashboard.AnnotationQuery] {
	const now = `sum by (team) (max by (team, cause) (waitgraph_blocked_items{job="$job"}))`
	const before = `sum by (team) (max by (team, cause) (waitgraph_blocked_items{job="$job"} offset 10m))`
	expr := "abs((" + now + " - " + before + ") " + than + " 0)"
	return dashboard.NewAnnotationQueryBuilder().Name(name).Datasource(prometheusSource()).Enable(true).IconColor(colour).
		Expr(expr).Step("10m").TitleFormat(title + ": {{team}}").TagKeys("team").
		Target(prometheus.NewDataqueryBuilder().RefId("Anno").Datasource(prometheusSource()).Expr(expr).Interval("10m").Range())
}
