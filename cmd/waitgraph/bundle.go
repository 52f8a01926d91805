package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"
	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/model"
)

// maxPart bounds one part of a bundle, and what is read to count facts.
const maxPart = 512 << 20

func bundleCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("support-bundle", "Collect what a bug report needs from a running daemon: version, configuration without secrets and people, status, metrics, numbers of facts. No titles and texts.")
	file := configFlag(c)
	base := c.Flag("web.url", "Address of the daemon.").Default("http://127.0.0.1:9797").String()
	output := c.Flag("output", "The file to write, - for standard output.").Short('o').Default("waitgraph-support.tar.gz").String()
	return c.FullCommand(), func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
		b := bundle{at: time.Now(), base: strings.TrimRight(*base, "/")}
		b.part("version.txt", func() ([]byte, error) {
			return fmt.Appendf(nil, "%s\n%s/%s, %d CPUs\n", version.Print("waitgraph"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU()), nil
		})
		b.part("config.yml", func() ([]byte, error) { return redactedConfig(*file) })
		b.part("status.json", func() ([]byte, error) { return b.get(ctx, "/api/v1/status") })
		b.part("metrics.txt", func() ([]byte, error) { return b.get(ctx, "/metrics") })
		b.part("facts.json", func() ([]byte, error) {
			text, err := b.get(ctx, "/api/v1/facts")
			if err != nil {
				return nil, err
			}
			return countFacts(text)
		})
		if *output == "-" {
			return b.write(e.stdout)
		}
		f, err := os.OpenFile(*output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
		if err := errors.Join(b.write(f), f.Close()); err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
		fmt.Fprintf(e.stdout, "%s: %s. Look through it before you send it.\n", *output, strings.Join(b.names(), ", "))
		return nil
	}
}

// bundle is what was collected. A part that could not be had is the reason why.
type bundle struct {
	at    time.Time
	base  string
	parts []bundlePart
}

type bundlePart struct {
	name string
	text []byte
}

func (b *bundle) part(name string, collect func() ([]byte, error)) {
	text, err := collect()
	if err != nil {
		name, text = name+".error.txt", []byte(err.Error()+"\n")
	}
	b.parts = append(b.parts, bundlePart{name, text})
}

func (b *bundle) names() (names []string) {
	for _, p := range b.parts {
		names = append(names, p.name)
	}
	return names
}

func (b *bundle) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("ask the daemon: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the daemon: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxPart))
	if err != nil {
		return nil, fmt.Errorf("ask the daemon for %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the daemon for %s: %s", path, resp.Status)
	}
	return text, nil
}

func (b *bundle) write(w io.Writer) error {
	zip := gzip.NewWriter(w)
	out := tar.NewWriter(zip)
	for _, p := range b.parts {
		h := &tar.Header{Name: "waitgraph-support/" + p.name, Mode: 0o600, Size: int64(len(p.text)), ModTime: b.at}
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		if _, err := out.Write(p.text); err != nil {
			return err
		}
	}
	return errors.Join(out.Close(), zip.Close())
}

// redactedConfig is a configuration file without people, accounts, and whatever
// may be a secret. Secrets stand in files of their own; a file that is no
// configuration may hold one all the same, and is not collected.
func redactedConfig(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, errors.New("the configuration is not YAML: it is left out, for it may hold secrets in any place")
	}
	redact(&root)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	err = errors.Join(enc.Encode(&root), enc.Close())
	return b.Bytes(), err
}

// redact masks the values of keys that name people or may hold secrets, and drops comments.
func redact(n *yaml.Node) {
	private := []string{
		"email", "jira", "github", "lead", "manager", "members", "options", "command", "jql", "token", "password", "secret", "bearer_token",
		"private_key", "client_secret", "refresh_token", "key",
	}
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && slices.Contains(private, n.Content[i-1].Value) {
			n.Content[i] = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "<removed>"}
			continue
		}
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "url" {
			if _, host, ok := strings.Cut(child.Value, "@"); ok {
				child.Value = "<removed>@" + host
			}
		}
		redact(child)
	}
}

// countFacts counts recorded facts by what they are, without what they say.
func countFacts(text []byte) ([]byte, error) {
	var answer struct {
		model.Facts
		Inner *model.Facts `json:"facts"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	f := &answer.Facts
	if answer.Inner != nil {
		f = answer.Inner
	}
	counts := map[string]map[string]int{"records": {}, "types": {}, "states": {}, "claims": {}, "gone": {}}
	for _, r := range f.Records {
		t := r.Item.ID.Tracker.String()
		counts["records"][t]++
		counts["types"][t+" "+r.Item.Type.String()]++
		counts["states"][t+" "+r.Item.State.String()]++
		if r.Gone != 0 {
			counts["gone"][t+" "+r.Gone.String()]++
		}
		for i := range r.Claims {
			counts["claims"][t+" "+r.Claims[i].Kind.String()+" by "+r.Claims[i].Origin.String()]++
		}
	}
	return json.MarshalIndent(counts, "", "  ")
}
