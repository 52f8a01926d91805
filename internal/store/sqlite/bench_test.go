package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// facts makes records of the size real ones have: about one kilobyte.
func facts(lo, n int) model.Delta {
	at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	d := model.Delta{Tracker: model.Tracker{Name: "acme-jira", Type: "jira", Cursor: "1773144000000"}}
	for i := lo; i < lo+n; i++ {
		key := fmt.Sprint("PAY-", i)
		d.Records = append(d.Records, &model.Record{
			Item: model.Item{
				ID: model.ID{Tracker: model.WordOf("acme-jira"), Native: fmt.Sprint(100000 + i)}, Key: key, URL: "https://acme.atlassian.example/browse/" + key,
				Title: "Settlement file is written twice when the bank answers late", Type: model.WordOf("Bug"), Project: model.WordOf("PAY"), State: model.Doing, Status: model.WordOf("In Progress"),
				Priority: model.WordOf("High"), Components: []string{"settlement"}, Labels: []string{"team/payments", "checkout"}, Sprint: &model.Span{Name: "Sprint 42"},
				Author: &model.Account{ID: "5b10ac8d", Name: "Ana Silva"}, Assignees: []model.Account{{ID: "5b10ac8e", Name: "Joe Ito"}},
				Created: model.At(at), Updated: model.At(at), HistoryKnown: true, History: []model.Transition{{At: model.At(at), State: model.Todo}, {At: model.At(at), State: model.Doing}},
			},
			Claims: []model.Claim{
				{Kind: model.Blocks, Reverse: true, Target: model.Target{Tracker: model.WordOf("acme-jira"), Native: fmt.Sprint(100000 + i/2), Key: fmt.Sprint("PAY-", i/2)}, Origin: model.IssueLink, Where: "10010 is blocked by", At: model.At(at), FirstSeen: model.At(at)},
				{Kind: model.Relates, Target: model.Target{Key: "PLAT-7"}, Origin: model.Text, Where: "body", Seq: 1, FirstSeen: model.At(at)},
			},
			FirstSeen: model.At(at), Confirmed: model.At(at),
		})
	}
	return d
}

func BenchmarkRecord1000(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "s.db"))
	defer func() { _ = s.Close() }()
	var steps []model.Delta
	for i := range 50 { // first inserts, then replaces
		steps = append(steps, facts(1000*i, 1000))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s.Record(b.Context(), steps[i%len(steps)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad100000(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "s.db"))
	defer func() { _ = s.Close() }()
	for i := range 100 {
		if err := s.Record(b.Context(), facts(1000*i, 1000)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		got, err := s.Load(b.Context())
		if err != nil || len(got.Records) != 100_000 {
			b.Fatal(len(got.Records), err)
		}
	}
}
