package connectors

import (
	"errors"
	"time"
)

// Day is a calendar day in a configuration: 2027-01-31. The zero Day is none.
type Day struct{ start time.Time }

// UnmarshalText reads the written form.
func (d *Day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return errors.New("want a day such as 2027-01-31")
	}
	d.start = t
	return nil
}

// MarshalText gives the written form.
func (d Day) MarshalText() ([]byte, error) {
	if d.start.IsZero() {
		return nil, nil
	}
	return []byte(d.start.Format(time.DateOnly)), nil
}

// Start is when the day begins in UTC; the zero time for none.
func (d Day) Start() time.Time { return d.start }
