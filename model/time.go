package model

import (
	"math"
	"time"
)

// Time is a moment as facts hold it: microseconds since the beginning of year 1
// UTC, 0 for none. There are many of them in a record, and a time.Time takes three
// times the memory and a pointer for a zone that facts do not have. No tracker
// tells of less than a millisecond. Times compare as the numbers they are.
type Time int64

// Forever is after every other time.
const Forever Time = math.MaxInt64

// epoch is 1970 in seconds since the beginning of year 1.
const epoch = 62135596800

// At is the moment of t, without what is smaller than a microsecond; none if t is
// zero or before year 1. What is after year 9999 cannot be written as RFC 3339 and
// is taken for its last second.
func At(t time.Time) Time {
	const last = 253402300799 // of year 9999
	return Time(max(0, (min(t.Unix(), last)+epoch)*1e6+int64(t.Nanosecond()/1e3)))
}

// Time is the moment in UTC, zero for none.
func (t Time) Time() time.Time {
	if t == 0 {
		return time.Time{}
	}
	seconds := int64(t / 1e6)
	return time.Unix(seconds-epoch, int64(t%1e6)*1e3).UTC()
}

// IsZero reports whether it is none.
func (t Time) IsZero() bool { return t == 0 }

// Sub is how long before t another moment was, negative if it is later, as far as a
// duration can tell: 292 years.
func (t Time) Sub(from Time) time.Duration {
	const most = math.MaxInt64 / int64(time.Microsecond)
	return time.Duration(max(-most, min(most, int64(t-from)))) * time.Microsecond
}

// Add is the moment d later.
func (t Time) Add(d time.Duration) Time { return t + Time(d/time.Microsecond) }

// String is RFC 3339 in UTC, "" for none.
func (t Time) String() string {
	if t == 0 {
		return ""
	}
	return t.Time().Format(time.RFC3339Nano)
}

// MarshalText gives RFC 3339 in UTC, year 1 for none.
func (t Time) MarshalText() ([]byte, error) { return t.Time().MarshalText() }

// UnmarshalText takes RFC 3339.
func (t *Time) UnmarshalText(text []byte) error {
	var at time.Time
	if err := at.UnmarshalText(text); err != nil {
		return err
	}
	*t = At(at)
	return nil
}
