// Package wire has how moments and dates are written to JSON, alike in every answer.
package wire

import (
	"encoding/json"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// Time is a moment: in JSON RFC 3339 in UTC, null when it is not known.
type Time struct{ time.Time }

// At is a moment to be written.
func At(t time.Time) Time { return Time{t} }

// MarshalJSON gives null for the zero time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.UTC().MarshalJSON()
}

// String is the text in JSON, empty when the moment is not known.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Date is a date people agreed on: in JSON an ISO day, or a time where the tracker
// has one, null when there is none.
type Date struct{ model.Date }

// On is a date to be written.
func On(d model.Date) Date { return Date{d} }

// MarshalJSON gives null for no date.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(d.String())
}
