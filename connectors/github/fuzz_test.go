package github_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/github"
)

// FuzzAnswer reads whatever a server may answer: it ends, does not panic, and
// every item it gives has an identity.
func FuzzAnswer(f *testing.F) {
	page := testdata(f, "page.json")
	f.Add(page)
	f.Add(strings.Replace(page, `{"data"`, `{"errors":[{"type":"FORBIDDEN","path":["repository","issues","nodes",1e300,"parent"]}],"data"`, 1))
	f.Add(strings.Replace(page, `{"data"`, `{"errors":[{"type":"NOT_FOUND","path":["repository","issues","nodes",0,"duplicateOf"],"message":"x"}],"data"`, 1))
	f.Add(strings.Replace(page, `"body"`, `"projectItems":{"pageInfo":{"hasNextPage":true},"nodes":[null,{},{"project":{"id":"PVT_7"},"f0":{"number":1e9}},{"project":3,"f0":[]}]},"body"`, 1))
	f.Add(`{"data":{"repository":{"nameWithOwner":"a/b","issues":{"nodes":[null,{}]},"pullRequests":{"pageInfo":{"hasNextPage":true,"endCursor":"x"}}}}}`)
	f.Fuzz(func(t *testing.T, answer string) {
		if !json.Valid([]byte(answer)) {
			t.Skip()
		}
		requests := 0
		config := configure(github.DefaultURL, "secret", "acme/api")
		c, err := config.New(connectors.Options{
			Name:   "gh",
			Secret: func(connectors.SecretRef) (connectors.Secret, error) { return connectors.NewSecret("secret"), nil },
			Transport: transport(func(query string, _ object) string {
				if requests++; requests > 200 {
					t.Fatal("the connector does not end")
				}
				if strings.Contains(query, "__type(") {
					return `{"data":{"issue":{"fields":[]}}}`
				}
				return answer
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		for b, err := range c.Changes(t.Context(), "") {
			if err != nil {
				return
			}
			for _, o := range b.Items {
				if o.Item.ID.Native == "" || o.Item.Key == "" || o.Item.State == 0 {
					t.Fatalf("item without identity: %+v", o.Item)
				}
			}
		}
	})
}
