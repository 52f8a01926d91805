// Command dashboards writes waitgraph's Grafana dashboards, as Classic JSON that
// Grafana 11.6 to 13 load, into the folder json beside it.
//
//	go run . [FOLDER]
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	folder := "json"
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	for _, d := range all() {
		text, err := d.marshal()
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, d.uid+".json"), text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// board is one dashboard before it is built.
type board struct {
	uid, title, description string
	variables               []variable
	infinity                bool // shows items, by the Infinity data source
	panels                  []panel
}

// all are the dashboards, in the order in which they are read.
func all() []board {
	return []board{overview(), teams(), program(), gaps(), items(), graph(), itself()}
}

// build lays the panels out in rows of 24 columns and adds what all dashboards have.
func (b board) build() (dashboard.Dashboard, error) {
	d := dashboard.NewDashboardBuilder(b.title).Uid(b.uid).Description(b.description).Tags([]string{"waitgraph"}).
		Timezone("browser").Time("now-30d", "now").Refresh("5m").Tooltip(dashboard.DashboardCursorSyncCrosshair).Editable()
	d.WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Prometheus").Type("prometheus").
		Description("The Prometheus that scrapes waitgraph."))
	if b.infinity {
		d.WithVariable(dashboard.NewDatasourceVariableBuilder("infinity").Label("Infinity").Type(infinityType).
			Description("An Infinity data source whose base URL is waitgraph's."))
	}
	for _, v := range append([]variable{jobVariable(), urlVariable()}, b.variables...) {
		d.WithVariable(v)
	}
	d.Annotation(changes("Blocked", "More blocked", "red", ">")).Annotation(changes("Freed", "Fewer blocked", "green", "<"))
	d.Link(dashboard.NewDashboardLinkBuilder("waitgraph").Type("dashboards").Tags([]string{"waitgraph"}).AsDropdown(true).KeepTime(true).
		Tooltip("The other dashboards of waitgraph"))
	x, y, rowHeight := uint32(0), uint32(0), uint32(0)
	for i, p := range b.panels {
		if x+p.width > 24 {
			x, y, rowHeight = 0, y+rowHeight, 0
		}
		built, err := p.build(uint32(i+1), dashboard.GridPos{X: x, Y: y, W: p.width, H: p.height})
		if err != nil {
			return dashboard.Dashboard{}, fmt.Errorf("dashboard %s, panel %s: %w", b.uid, p.title, err)
		}
		x, rowHeight = x+p.width, max(rowHeight, p.height)
		d.WithPanel(ready(built))
	}
	built, err := d.Build()
	if err != nil {
		return dashboard.Dashboard{}, fmt.Errorf("dashboard %s: %w", b.uid, err)
	}
	return built, nil
}

func (b board) marshal() ([]byte, error) {
	d, err := b.build()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", b.uid, err)
	}
	return out.Bytes(), nil
}

// ready is a panel that is built already.
type ready dashboard.Panel

// Build returns it.
func (r ready) Build() (dashboard.Panel, error) { return dashboard.Panel(r), nil }
