package model_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"PAY", "pay", true},
		{"PAY", "PAYX", false},
		{"", "", true},
		{"*", "", true},
		{"*", "acme", true},
		{"*", "acme/app", false},
		{"acme/*", "acme/app", true},
		{"acme/pay-*", "Acme/Pay-api", true},
		{"acme/pay-*", "acme/app", false},
		{"*/*", "acme/app", true},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "axxbyy", false},
		{"v?.1", "v2.1", true},
		{"v?", "v", false},
		{"?", "/", false},
		{"?", "\u00e9", true},
		{"[Type] Bug", "[type] bug", true},
		{"[ab]", "a", false},
		{"*ab", "aab", true},
	} {
		if got := model.Glob(c.pattern, c.text); got != c.want {
			t.Errorf("Glob(%q, %q) = %t", c.pattern, c.text, got)
		}
	}
	// Many stars do not make it slow: the time is bounded by the product of the lengths.
	if model.Glob(strings.Repeat("a*", 200)+"b", strings.Repeat("a", 5000)) {
		t.Error("matched without a b")
	}
}

func TestKeyFold(t *testing.T) {
	for key, want := range map[string]string{
		"PAY-12": "PAY-12", "pay-12": "PAY-12", "Acme/App#3": "acme/app#3", "acme/app": "acme/app", "": "", "7": "7", "\u00e9-1": "\u00c9-1",
	} {
		if got := model.KeyFold(key); got != want {
			t.Errorf("KeyFold(%q) = %q, want %q", key, got, want)
		}
		if again := model.KeyFold(model.KeyFold(key)); again != want {
			t.Errorf("folding %q twice gives %q", key, again)
		}
	}
}

func TestSplitKey(t *testing.T) {
	for _, c := range []struct {
		key, project string
		number       int64
	}{
		{"PAY-12", "PAY", 12},
		{"acme/my-app#45", "acme/my-app", 45},
		{"PAY", "PAY", 0},
		{"PAY-", "PAY-", 0},
		{"-7", "", 7},
		{"12", "12", 0},
		{"PAY12", "PAY12", 0},
		{"PAY-99999999999999999999999", "PAY-99999999999999999999999", 0},
	} {
		if project, number := model.SplitKey(c.key); project != c.project || number != c.number {
			t.Errorf("SplitKey(%q) = %q, %d", c.key, project, number)
		}
	}
}

func TestSortRecords(t *testing.T) {
	want := []string{"github:acme/app#9", "github:acme/app#10", "jira:PAY-2", "jira:PAY-10", "jira:PAYX-1"}
	var records []*model.Record
	for _, ref := range want {
		tracker, key, _ := strings.Cut(ref, ":")
		records = append(records, &model.Record{Item: model.Item{ID: model.ID{Tracker: model.WordOf(tracker), Native: key}, Key: key}})
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		model.SortRecords(records)
		var got []string
		for _, x := range records {
			got = append(got, x.Item.Ref())
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v", got)
		}
	}
}

func TestDateEnds(t *testing.T) {
	tokyo := time.FixedZone("Tokyo", 9*3600)
	day := model.Date{Time: model.At(time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)), Day: true}
	if got, want := day.End(tokyo), time.Date(2026, 3, 10, 15, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("the day ends at %s, want %s", got, want)
	}
	if got := day.String(); got != "2026-03-10" {
		t.Errorf("shown as %s", got)
	}
	instant := model.Date{Time: model.At(time.Date(2026, 3, 10, 8, 0, 0, 0, tokyo))}
	if got := instant.End(time.UTC); !got.Equal(instant.Time.Time()) {
		t.Errorf("an instant ends at %s", got)
	}
	if got := instant.String(); got != "2026-03-09T23:00:00Z" {
		t.Errorf("shown as %s", got)
	}
	if none := (model.Date{}); !none.IsZero() || none.String() != "" || !none.End(tokyo).IsZero() {
		t.Error("no date is something")
	}
}
