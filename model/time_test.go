package model_test

import (
	"encoding"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/model"
)

// A time of facts is the time it was made of, to the microsecond, and is written
// as that is.
func TestTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(what string) time.Time {
			at := time.Unix(rapid.Int64Range(-62135596799, 253402300799).Draw(t, what), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
			return at.UTC().Truncate(time.Microsecond)
		}
		a, b := draw("a"), draw("b")
		x, y := model.At(a.In(time.FixedZone("", rapid.IntRange(-12*60, 14*60).Draw(t, "zone")*60))), model.At(b)
		if !x.Time().Equal(a) || x.IsZero() {
			t.Fatalf("%s became %s", a, x.Time())
		}
		if (x < y) != a.Before(b) || (x == y) != a.Equal(b) {
			t.Fatalf("%s and %s are in another order", x, y)
		}
		if got, want := x.Sub(y), a.Sub(b).Truncate(time.Microsecond); got != want {
			t.Fatalf("%s - %s is %s, want %s", x, y, got, want)
		}
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != string(want) {
			t.Fatalf("written as %s, want %s", text, want)
		}
		var back model.Time
		if err := json.Unmarshal(text, &back); err != nil || back != x {
			t.Fatalf("read as %s, want %s: %v", back, x, err)
		}
	})
	var none model.Time
	if !none.IsZero() || !none.Time().IsZero() || model.At(time.Time{}) != none || none.String() != "" {
		t.Errorf("no time is %d, %s", none, none.Time())
	}
	if got := model.At(time.UnixMilli(1 << 62)).String(); got != "9999-12-31T23:59:59.904Z" {
		t.Errorf("the far future is %s", got)
	}
	if err := none.UnmarshalText([]byte("yesterday")); err == nil {
		t.Error("took yesterday for a time")
	}
}

// What is stored as a number is written as a word and read from nothing else.
func TestWords(t *testing.T) {
	type word interface {
		encoding.TextMarshaler
		fmt.Stringer
	}
	for _, w := range []struct {
		say   word
		read  encoding.TextUnmarshaler
		wants string
	}{
		{model.Doing, new(model.State), "doing"},
		{model.Dropped, new(model.State), "dropped"},
		{model.Relates, new(model.Kind), "relates"},
		{model.ConfigRule, new(model.Origin), "rule"},
		{model.Gone, new(model.Reason), "gone"},
		{model.AttendedOther, new(model.Aspect), "other"},
		{model.Observed, new(model.Known), "observed"},
	} {
		text, err := w.say.MarshalText()
		if err != nil || string(text) != w.wants || w.say.String() != w.wants {
			t.Errorf("%s is written as %q: %v", w.wants, text, err)
		}
		if err := w.read.UnmarshalText(text); err != nil || fmt.Sprint(w.read.(fmt.Stringer)) != w.wants {
			t.Errorf("%s is read as %v: %v", w.wants, w.read, err)
		}
		if err := w.read.UnmarshalText([]byte("nonsense")); err == nil {
			t.Errorf("%T took nonsense", w.read)
		}
	}
}
