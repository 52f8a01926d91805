package model

// ProgramState is a program and how it stands. Lists are of indices into
// Graph.Items, ascending.
type ProgramState struct {
	Name     string
	Core     string   // the team that answers for it, "" if none does
	Partners []string // as configured
	// WaitsOn are the teams besides Core, sorted, that own what its open items
	// transitively wait on, in the program or not: its derived partners.
	WaitsOn  []string
	External []string
	// Items are those it selects; Open and Blocked those of them that are.
	Items, Open, Blocked []int32
	// Waits are the open items outside the program that its own transitively wait on.
	Waits []int32
	// Critical is the chain that ends latest: of the chains of waiting that begin
	// in the program the one with the latest date, the waiting item first. Empty
	// when nothing in the program is open.
	Critical []int32
	// EndFrom is the item of Critical with the latest date, -1 if none has one.
	EndFrom int32
}

// Program finds a program by its name, nil if there is none.
func (g *Graph) Program(name string) *ProgramState {
	for i := range g.Programs {
		if g.Programs[i].Name == name {
			return &g.Programs[i]
		}
	}
	return nil
}

// LatestDate is the item of a chain with the latest date, -1 if none has one.
// Of equal dates the one furthest down the chain counts: it holds up the others.
func (g *Graph) LatestDate(chain []int32) int32 {
	latest := int32(-1)
	for _, i := range chain {
		d := g.Items[i].Date()
		if !d.IsZero() && (latest < 0 || !d.End(g.Location).Before(g.Items[latest].Date().End(g.Location))) {
			latest = i
		}
	}
	return latest
}
