package jira_test

import (
	"os"
	"testing"

	"github.com/waitgraph/waitgraph/connectors/jira"
)

func BenchmarkReadPage(b *testing.B) {
	body, err := os.ReadFile("/tmp/jira/pages/dc3.json")
	if err != nil {
		b.Fatal(err)
	}
	r := jira.NewReading(jira.NewConfig().(*jira.Config))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := r.Page(body); err != nil {
			b.Fatal(err)
		}
	}
}
