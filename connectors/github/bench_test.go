package github_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/github"
)

// BenchmarkPage decodes and converts one full page of 100 issues and 100 pull
// requests with bodies, comments and dependencies.
func BenchmarkPage(b *testing.B) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	body := strings.Repeat("The balance is read twice, which is slow under load; see the numbers below.\n\n", 12) + "Depends on #3 and PAY-7.\n\n```\ncode\n```\n"
	var issues, pulls []object
	for i := range 100 {
		it := item("acme/api", i+1, at)
		it["body"] = body
		var comments []any
		for j := range 5 {
			comments = append(comments, object{"databaseId": i*10 + j, "createdAt": at, "author": object{"login": "ben"}, "body": body[:300]})
		}
		it["comments"] = object{"nodes": comments}
		it["blockedBy"] = object{"nodes": []any{item("acme/web", i+1, at)}, "pageInfo": object{}}
		issues = append(issues, it)
		pull := asPull(item("acme/api", i+101, at))
		pull["body"] = body
		pulls = append(pulls, pull)
	}
	answer, err := json.Marshal(object{"data": object{"repository": object{
		"id": "R", "nameWithOwner": "acme/api", "url": "u", "issues": window(issues, 100, nil), "pullRequests": window(pulls, 100, nil),
	}}})
	if err != nil {
		b.Fatal(err)
	}
	text := string(answer)
	config := configure(github.DefaultURL, "secret", "acme/api")
	next := transport(func(query string, _ object) string {
		if strings.Contains(query, "__type(") {
			return `{"data":{"issue":{"fields":[]}}}`
		}
		return text
	})
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		c, err := config.New(connectors.Options{
			Name: "gh", Transport: next,
			Secret: func(connectors.SecretRef) (connectors.Secret, error) { return connectors.NewSecret("secret"), nil },
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		items := 0
		for batch, err := range c.Changes(b.Context(), "") {
			if err != nil {
				b.Fatal(err)
			}
			items += len(batch.Items)
		}
		if items != 300 {
			b.Fatal(fmt.Sprint(items, " items"))
		}
	}
}
