// Package reconcile says what recorded facts mean: it resolves what items claim
// about each other, merges the claims into dependencies, and judges who waits
// for whom, since when and behind what.
//
// It is pure. The same facts, rules and moment give the same graph, whatever
// the order in which trackers, records and claims come; it has no clock, no log
// and no I/O, so that every answer somebody disputes can be replayed from a
// saved facts file. The cases in testdata are its executable specification.
//
// The steps, one file each:
//
//	items.go    records -> nodes in the order of their keys
//	row.go      what later steps ask of an item, read while its record is at hand
//	again.go    what one run leaves to the next, and how that is used
//	touch.go    fetching records before they are visited
//	flow.go     what of an item depends on the moment
//	labels.go   the label globs that match an item
//	own.go      node -> team, by the first ownership rule that matches
//	names.go    key -> item
//	resolve.go  target as found -> item, or the reason why not
//	merge.go    claims -> dependencies with their evidence
//	judge.go    dependency states, signals, blocked items
//	since.go    the start of an item's current unbroken stretch of causes
//	closure.go  who waits transitively: cycles, roots, depth
//	radius.go   blast radii, many at once
//	plan.go     the dates of what waits: needed by when, and the chain that ends latest
//	conflict.go what the ends of a dependency disagree about
//	escalate.go the level of escalation a dependency is at
//	hygiene.go  what teams leave undone, and the adoption of the process
//	select.go   the items of programs, and those that need a skill
//	program.go  how programs stand, and whom they wait on
//	roster.go   the people open items are assigned to
//	gaps.go     what each team lacks, so that work waits
//	summary.go  the lists made of it: cycles with their cut, matrix, ranked root blockers
//
// Steps that visit every item or claim are cut into parts that are worked on at
// a time (parts.go); the graph does not depend on how.
package reconcile
