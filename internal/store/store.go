// Package store is where observed facts outlive the process. What they mean is
// never stored: it is reconciled anew from the facts.
package store

import (
	"context"

	"github.com/waitgraph/waitgraph/model"
)

// Store keeps the facts of every tracker. Its methods may be called from any
// goroutine. One process at a time has a store open for writing.
type Store interface {
	// Load gives everything recorded, trackers sorted by name and records by
	// ID. A row that cannot be read is an error that names it: facts are never
	// silently incomplete.
	Load(ctx context.Context) (*model.Facts, error)

	// Record writes one step whole or, when it returns an error, not at all;
	// what it acknowledged survives the death of the process at any moment.
	// Recording the same step again changes nothing.
	//
	// The tracker and every record replace what was stored under the same name
	// and ID. With Drop the tracker's records are removed first, and the
	// tracker itself too unless the step brings records: it starts anew then.
	// Every record is an item of the step's tracker, else nothing is written.
	//
	// ctx is heeded until writing begins. Text that is not valid UTF-8 is
	// stored with replacement characters.
	Record(ctx context.Context, d model.Delta) error

	// Keep replaces the bytes a tracker's connector keeps, such as a token the
	// tracker rotated. They are secrets: no part of the facts, and refused where
	// others could read them or where they would not outlive the process. What
	// it acknowledged survives a power cut. They go when the tracker is dropped
	// without bringing records.
	Keep(ctx context.Context, tracker string, data []byte) error

	// Kept gives the bytes kept last, nil if there are none.
	Kept(ctx context.Context, tracker string) ([]byte, error)

	// LoadHistory gives everything recorded of the past: intervals by Seq, totals
	// by team, and the flow of steps that no chapter counted yet, in the order of
	// time, item and kind. Nothing recorded is the zero chapter.
	LoadHistory(ctx context.Context) (*model.Chapter, error)

	// RecordHistory writes one chapter whole or, when it returns an error, not at
	// all; its moments, and its intervals and totals, replace those known. The
	// flow it counted is kept no longer. History stays when a tracker is dropped.
	// Recording the same chapter again changes nothing.
	RecordHistory(ctx context.Context, c model.Chapter) error

	// Close releases the store; no other method is called after it.
	Close() error
}
