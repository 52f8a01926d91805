package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	sheetHeader = "id,key,project,title,state,created,updated,closed,blocked_by\n"
	sheetBefore = sheetHeader +
		"1,PAY-1,PAY,Refunds,todo,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,PLAT-1\n" +
		"2,PAY-2,PAY,Transfers,todo,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,PLAT-2\n" +
		"3,PLAT-1,PLAT,Ledger,doing,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,\n" +
		"4,PLAT-2,PLAT,Limits,doing,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,\n"
	sheetAfter = sheetHeader +
		"1,PAY-1,PAY,Refunds,todo,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,PLAT-1\n" +
		"2,PAY-2,PAY,Transfers,todo,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,PLAT-2\n" +
		"3,PLAT-1,PLAT,Ledger,done,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,,\n" +
		"4,PLAT-2,PLAT,Limits,doing,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,,\n"
)

// What a daemon answers, replay says too from the facts it saved: of the recorded
// past, with a wait that ended and one that lasts, and of the present.
func TestReplayIsTheDaemon(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 for the plugin")
	}
	plugin, err := filepath.Abs("../../examples/plugins/csv/waitgraph_csv.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sheet, file, saved := filepath.Join(dir, "work.csv"), filepath.Join(dir, "waitgraph.yml"), filepath.Join(dir, "facts.json")
	writeFile(t, sheet, sheetBefore)
	writeFile(t, file, `
poll: {interval: 1s, frontier: 1h, stale_after: 1h}
trackers: [{name: sheet, type: exec, command: [`+python+`, `+plugin+`], options: {file: `+sheet+`}, projects: [PAY, PLAT]}]
teams: [{name: payments, owns: [{project: PAY}]}, {name: platform, owns: [{project: PLAT}]}]
`)
	address, _, _ := startDaemon(t, "--config.file="+file)
	get := func(path string) (text string, answer map[string]any) {
		_, text = ask(t, http.DefaultClient, http.MethodGet, "http://"+address+"/api/v1/"+path)
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatalf("%s: %v in %s", path, err, text)
		}
		return text, answer
	}
	blocked := func() float64 {
		_, answer := get("blocked")
		n, _ := answer["total"].(float64)
		return n
	}
	eventually(t, "two items are blocked", func() bool { return blocked() == 2 })
	writeFile(t, sheet, sheetAfter)
	eventually(t, "one is free", func() bool { return blocked() == 1 })

	lists := map[string]string{"waits": "waits", "matrix": "rows", "blocked": "blocked", "dependencies": "dependencies"}
	want := map[string]any{}
	var facts map[string]any
	eventually(t, "answers of one graph", func() bool {
		_, facts = get("facts")
		moments := map[any]bool{}
		for path, array := range lists {
			_, answer := get(path)
			want[path] = answer[array]
			moments[answer["as_of"]] = true
			facts["as_of"] = answer["as_of"] // the graph's moment, a little before the request
		}
		return len(moments) == 1
	})
	text, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, saved, string(text))

	out, log := &bytes.Buffer{}, &bytes.Buffer{}
	if code := execute(t.Context(), []string{"replay", saved, "--config.file=" + file, "--format=json"}, env{out, log, func(string) string { return "" }}); code != 0 {
		t.Fatalf("replay ended with %d: %s", code, log)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for path := range lists {
		if d := cmp.Diff(want[path], got[path]); d != "" {
			t.Errorf("%s (-daemon +replay):\n%s", path, d)
		}
	}
	waits := want["waits"].([]any)
	if len(waits) != 1 || len(waits[0].(map[string]any)["intervals"].([]any)) != 2 {
		t.Errorf("not two waits: %v", waits)
	}
}
