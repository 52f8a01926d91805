package jira_test

import (
	"compress/gzip"
	"io"
	"os"
	"testing"

	"github.com/waitgraph/waitgraph/connectors/jira"
)

// realPage is a page of real issues as Data Center answers.
func realPage(t testing.TB) []byte {
	t.Helper()
	file, err := os.Open("testdata/page.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// BenchmarkReadPage decodes and converts a page of real issues.
func BenchmarkReadPage(b *testing.B) {
	body := realPage(b)
	r := jira.NewReading(jira.NewConfig().(*jira.Config))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, problems, err := r.Page(body); err != nil || len(problems) > 0 {
			b.Fatal(problems, err)
		}
	}
}
