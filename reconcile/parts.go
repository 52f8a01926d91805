package reconcile

import "sync"

// parts is into how many parts the steps that visit every item are cut; several
// are worked on at a time. Each part writes only what is its own, and what they
// found is joined in their order, so that the result does not depend on it.
const parts = 8

// inParts runs do on each part of 0..n and returns when all are done.
func inParts(n int, do func(part, lo, hi int)) {
	var running sync.WaitGroup
	for part := range parts {
		running.Go(func() { do(part, n*part/parts, n*(part+1)/parts) })
	}
	running.Wait()
}

// together runs steps that need nothing of each other, at a time, and returns
// when all are done.
func together(steps ...func()) {
	var running sync.WaitGroup
	for _, step := range steps {
		running.Go(step)
	}
	running.Wait()
}
