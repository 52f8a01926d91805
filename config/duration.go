package config

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Duration is a length of time as the configuration writes it: a whole number
// and a unit, or several with the larger unit first. The units are ms, s, m
// (minutes), h, d (24 hours) and w (7 days): 90s, 2m, 1h30m, 3d, 2w.
type Duration time.Duration

type unit struct {
	name   string
	length time.Duration
}

func units() []unit {
	return []unit{
		{"w", 7 * 24 * time.Hour},
		{"d", 24 * time.Hour},
		{"h", time.Hour},
		{"m", time.Minute},
		{"s", time.Second},
		{"ms", time.Millisecond},
	}
}

// UnmarshalText reads the written form. A duration is never negative.
func (d *Duration) UnmarshalText(text []byte) error {
	const digits = "0123456789"
	rest := string(text)
	sum, left := time.Duration(0), units()
	for first := true; first || rest != ""; first = false {
		n := len(rest) - len(strings.TrimLeft(rest, digits))
		if n == 0 {
			return errors.New("want a duration such as 90s, 2m, 24h, 3d or 2w")
		}
		number := rest[:n]
		rest = rest[n:]
		name := rest[:len(rest)-len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZµ"))]
		rest = rest[len(name):]
		if name == "" && rest != "" {
			return errors.New("want a duration such as 90s, 2m, 24h, 3d or 2w, without spaces and signs")
		}
		if name == "" {
			return errors.New("a duration needs a unit: write it as 90s, 2m, 24h, 3d or 2w")
		}
		i := 0
		for i < len(left) && left[i].name != name {
			i++
		}
		if i == len(left) {
			for _, u := range units() {
				if u.name == name {
					return fmt.Errorf("unit %s is out of order: the larger unit comes first, each once", quote(name))
				}
			}
			return fmt.Errorf("unknown unit %s: use ms, s, m (minutes), h, d or w", quote(name))
		}
		length := left[i].length
		left = left[i+1:]
		count := int64(0)
		for _, c := range number {
			if count > (math.MaxInt64/10-9)/int64(length) {
				return errors.New("duration is too long: at most 15000w")
			}
			count = count*10 + int64(c-'0')
		}
		if sum > math.MaxInt64-time.Duration(count)*length {
			return errors.New("duration is too long: at most 15000w")
		}
		sum += time.Duration(count) * length
	}
	*d = Duration(sum)
	return nil
}

// String is the shortest written form: 90s is 1m30s, 14d is 2w.
func (d Duration) String() string {
	var b strings.Builder
	rest := time.Duration(d)
	for _, u := range units() {
		if n := rest / u.length; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			rest -= n * u.length
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}

// JSONSchema describes the written form.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:        "string",
		Pattern:     `^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$`,
		MinLength:   ptr(uint64(2)),
		Description: "A length of time: whole numbers with the units w, d, h, m (minutes), s and ms, the larger first.",
		Examples:    []any{"90s", "2m", "24h", "3d", "2w"},
	}
}

func ptr[T any](v T) *T { return &v }
