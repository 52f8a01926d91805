package web_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The served document is valid and describes the answers that are given: every
// path of it is there, and every answer, good or bad, is of the described type.
func TestOpenAPI(t *testing.T) {
	s := newSite(process().graph())
	doc, err := openapi3.NewLoader().LoadFromData(s.do(t, http.MethodGet, "/api/v1/openapi.json").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path := range doc.Paths.Map() {
		if w := s.do(t, http.MethodGet, strings.ReplaceAll(path, "{ref}", "PAY-10")+required(path)); path != "/-/reload" && w.Code != 200 {
			t.Errorf("%s is described and answers %d", path, w.Code)
		}
	}

	before := newSite(nil)
	before.facts = nil
	tests := []struct {
		site   *site
		path   string
		target string
		accept string
	}{
		{s, "/items", "/items", ""},
		{s, "/items", "/items?limit=1", ""},
		{s, "/items", "/items?nonsense=1", ""},
		{s, "/items", "/items?team=nobody", ""},
		{s, "/items", "/items", "text/csv"},
		{s, "/items", "/items", "image/png"},
		{before, "/items", "/items", ""},
		{s, "/items/{ref}", "/items/PAY-10", ""},
		{s, "/items/{ref}", "/items/PAY-9", ""},
		{s, "/items/{ref}", "/items/acme%2Fapi%2345", ""},
		{s, "/items/{ref}", "/items/PAY-99", ""},
		{s, "/blocked", "/blocked", ""},
		{s, "/dependencies", "/dependencies", ""},
		{s, "/matrix", "/matrix", ""},
		{s, "/blockers", "/blockers", ""},
		{s, "/cycles", "/cycles", ""},
		{s, "/dangling", "/dangling", ""},
		{s, "/conflicts", "/conflicts", ""},
		{s, "/hygiene", "/hygiene", ""},
		{s, "/hygiene", "/hygiene", "text/csv"},
		{s, "/teams", "/teams", ""},
		{s, "/programs", "/programs", ""},
		{s, "/people", "/people", ""},
		{s, "/unmatched", "/unmatched", ""},
		{s, "/items/{ref}", "/items/acme%2Fapi%2345?slip_days=30", ""},
		{s, "/brief", "/brief?team=pay", ""},
		{s, "/brief", "/brief?team=pay&with=plat&since=2026-01-01", ""},
		{s, "/brief", "/brief?team=pay", "text/markdown"},
		{s, "/brief", "/brief?team=pay&with=pay", ""},
		{s, "/brief", "/brief?team=pay&since=tomorrow", ""},
		{s, "/brief", "/brief", ""},
		{s, "/status", "/status", ""},
		{before, "/status", "/status", ""},
		{s, "/facts", "/facts", ""},
		{before, "/facts", "/facts", ""},
	}
	for _, tt := range tests {
		w := tt.site.do(t, http.MethodGet, "/api/v1"+tt.target, "Accept", tt.accept)
		response := doc.Paths.Find("/api/v1" + tt.path).Get.Responses.Status(w.Code)
		if response == nil {
			t.Errorf("%s as %q: status %d is not described", tt.target, tt.accept, w.Code)
			continue
		}
		contentType, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		media := response.Value.Content[contentType]
		if media == nil {
			t.Errorf("%s: status %d of type %s is not described", tt.target, w.Code, contentType)
			continue
		}
		if contentType == "text/csv" || contentType == "text/markdown" {
			continue
		}
		var answer any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if err := media.Schema.Value.VisitJSON(answer, openapi3.MultiErrors(), openapi3.EnableFormatValidation()); err != nil {
			t.Errorf("%s: %v", tt.target, err)
		}
	}
}

// required are the parameters without which a path has no answer.
func required(path string) string {
	if path == "/api/v1/brief" {
		return "?team=pay"
	}
	return ""
}

// Every parameter described is taken, and only those.
func TestOpenAPIParameters(t *testing.T) {
	s := newSite(process().graph())
	doc, err := openapi3.NewLoader().LoadFromData(s.do(t, http.MethodGet, "/api/v1/openapi.json").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		if item.Get == nil {
			continue
		}
		for _, p := range item.Get.Parameters {
			if p.Value.In != "query" {
				continue
			}
			query := cmp.Or(required(path), "?"+p.Value.Name+"=")
			if !p.Value.Required && required(path) != "" {
				query += "&" + p.Value.Name + "="
			}
			if w := s.do(t, http.MethodGet, strings.ReplaceAll(path, "{ref}", "PAY-9")+query); w.Code != 200 {
				t.Errorf("%s does not take %s: %s", path, p.Value.Name, w.Body)
			}
			if p.Value.Description == "" {
				t.Errorf("%s says nothing of %s", path, p.Value.Name)
			}
		}
	}
	if bytes.Contains(s.do(t, http.MethodGet, "/api/v1/openapi.json").Body.Bytes(), []byte(`"null"`)) {
		t.Error("the document has a null type, which OpenAPI 3.0 does not know")
	}
}
