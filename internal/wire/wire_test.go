package wire_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

func TestJSON(t *testing.T) {
	madrid := time.FixedZone("", 3600)
	at := time.Date(2026, 3, 10, 1, 2, 3, 4_000_000, madrid)
	for _, c := range []struct {
		value any
		want  string
	}{
		{wire.At(time.Time{}), "null"},
		{wire.At(at), `"2026-03-10T00:02:03.004Z"`},
		{wire.On(model.Date{}), "null"},
		{wire.On(model.Date{Time: model.At(time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)), Day: true}), `"2026-03-10"`},
		{wire.On(model.Date{Time: model.At(at)}), `"2026-03-10T00:02:03Z"`},
	} {
		if got, err := json.Marshal(c.value); err != nil || string(got) != c.want {
			t.Errorf("%#v is %s, %v, want %s", c.value, got, err, c.want)
		}
	}
	if got := wire.At(at).String(); got != "2026-03-10T00:02:03.004Z" || wire.At(time.Time{}).String() != "" {
		t.Errorf("as a text it is %q", got)
	}
}
