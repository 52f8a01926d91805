package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// What Kubernetes is given are the rules and dashboards of this folder, whole:
// the chart links to them, kustomize lists the dashboards and has the rules again.
func TestKubernetes(t *testing.T) {
	for link, folder := range map[string]string{"rules": "../rules", "dashboards": "json"} {
		got, err := filepath.EvalSymlinks("../helm/waitgraph/files/" + link)
		want, err2 := filepath.EvalSymlinks(folder)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if a, _ := filepath.Abs(got); a != must(filepath.Abs(want)) {
			t.Errorf("files/%s of the chart leads to %s", link, got)
		}
	}

	var k struct {
		ConfigMapGenerator []struct{ Files []string } `yaml:"configMapGenerator"`
	}
	if err := yaml.Unmarshal(read(t, "../kustomization.yaml"), &k); err != nil {
		t.Fatal(err)
	}
	var boards []string
	for _, name := range must(filepath.Glob("json/*.json")) {
		boards = append(boards, "dashboards/"+filepath.ToSlash(name))
	}
	if len(k.ConfigMapGenerator) != 1 || !reflect.DeepEqual(k.ConfigMapGenerator[0].Files, boards) {
		t.Errorf("kustomization.yaml has %v, want the dashboards %v", k.ConfigMapGenerator, boards)
	}

	given := map[string]any{}
	for dec := yaml.NewDecoder(bytes.NewReader(read(t, "../kubernetes/monitoring.yaml"))); ; {
		var o struct {
			Kind     string
			Metadata struct{ Name string }
			Spec     any
		}
		if err := dec.Decode(&o); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if o.Kind == "PrometheusRule" {
			given[o.Metadata.Name] = o.Spec
		}
	}
	files := must(filepath.Glob("../rules/*.yml"))
	if len(files) == 0 || len(files) != len(given) {
		t.Errorf("%d files of rules, %d PrometheusRules", len(files), len(given))
	}
	for _, file := range files {
		var want any
		if err := yaml.Unmarshal(read(t, file), &want); err != nil {
			t.Fatal(err)
		}
		if name := strings.TrimSuffix(filepath.Base(file), ".yml"); !reflect.DeepEqual(given[name], want) {
			t.Errorf("PrometheusRule %s is not what %s says: run deploy/kubernetes/generate.sh", name, file)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
