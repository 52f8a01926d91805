package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// output is what a daemon prints, readable while it runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-end:
			t.Fatalf("%s: not within 20 s", what)
		case <-tick.C:
		}
	}
}

const idleConfig = "poll: {interval: 1h, frontier: 1h, stale_after: 2h}\ntrackers: [{name: sheet, type: exec, command: [\"true\"]}]\n"

// startDaemon runs the daemon on a port of its own until the test ends, and
// returns its address, its log and what ends it with its exit code.
func startDaemon(t *testing.T, flags ...string) (address string, log *output, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	log = &output{}
	code := make(chan int, 1)
	args := append([]string{"run", "--storage=memory:", "--web.listen-address=127.0.0.1:0"}, flags...)
	go func() { code <- execute(ctx, args, env{log, log, func(string) string { return "" }}) }()
	end = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { end() })
	listening := regexp.MustCompile(`msg="Listening on" address=(\S+)`)
	eventually(t, "listening", func() bool {
		m := listening.FindStringSubmatch(log.String())
		if m != nil {
			address = m[1]
		}
		return m != nil
	})
	return address, log, end
}

func ask(t *testing.T, client *http.Client, method, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ana", "correct horse")
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A reload is asked for by a signal, by a changed file and over HTTP; a bad file
// changes nothing but what is said of it.
func TestReloads(t *testing.T) {
	file := filepath.Join(t.TempDir(), "waitgraph.yml")
	writeFile(t, file, idleConfig)
	address, _, end := startDaemon(t, "--config.file="+file, "--web.enable-lifecycle", "--config.poll=20ms")
	metric := func(name string) string {
		_, text := ask(t, http.DefaultClient, http.MethodGet, "http://"+address+"/metrics")
		for line := range strings.Lines(text) {
			if value, ok := strings.CutPrefix(line, "waitgraph_"+name+" "); ok {
				return strings.TrimSpace(value)
			}
		}
		return ""
	}
	const loaded, ok = "config_last_reload_success_timestamp_seconds", "config_last_reload_successful"
	before := metric(loaded)
	writeFile(t, file, idleConfig+"metrics: {top: 5}\n")
	eventually(t, "reload of the changed file", func() bool { return metric(loaded) != before })
	writeFile(t, file, "nonsense: true\n")
	eventually(t, "notice of the bad file", func() bool { return metric(ok) == "0" })
	if code, text := ask(t, http.DefaultClient, http.MethodPost, "http://"+address+"/-/reload"); code != http.StatusInternalServerError || !strings.Contains(text, "the running configuration stays") {
		t.Errorf("reload of a bad file: %d %s", code, text)
	}
	writeFile(t, file, idleConfig)
	eventually(t, "reload of the mended file", func() bool { return metric(ok) == "1" })
	before = metric(loaded)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "reload by a signal", func() bool { return metric(loaded) != before })
	if code := end(); code != 0 {
		t.Errorf("the daemon ended with %d", code)
	}
}

func TestLogLevel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "waitgraph.yml")
	writeFile(t, file, idleConfig)
	address, _, _ := startDaemon(t, "--config.file="+file, "--web.enable-lifecycle")
	url := "http://" + address + "/-/log-level"
	for _, tt := range []struct {
		method, query string
		code          int
		text          string
	}{
		{http.MethodGet, "", 200, "info"},
		{http.MethodPost, "?level=debug", 200, "debug"},
		{http.MethodGet, "", 200, "debug"},
		{http.MethodPost, "?level=loud", 400, "give level=debug, info, warn or error"},
		{http.MethodPost, "", 400, "give level="},
		{http.MethodGet, "", 200, "debug"},
	} {
		if code, text := ask(t, http.DefaultClient, tt.method, url+tt.query); code != tt.code || !strings.Contains(text, tt.text) {
			t.Errorf("%s %s: %d %s, want %d %s", tt.method, tt.query, code, text, tt.code, tt.text)
		}
	}
	quiet, _, _ := startDaemon(t, "--config.file="+file)
	for path, want := range map[string]int{"/-/log-level?level=debug": 403, "/-/reload": 403} {
		if code, _ := ask(t, http.DefaultClient, http.MethodPost, "http://"+quiet+path); code != want {
			t.Errorf("POST %s without --web.enable-lifecycle: %d", path, code)
		}
	}
	if code, _ := ask(t, http.DefaultClient, http.MethodGet, "http://"+quiet+"/debug/pprof/"); code != 404 {
		t.Errorf("/debug/pprof/ without --web.enable-pprof: %d", code)
	}
	profiled, _, _ := startDaemon(t, "--config.file="+file, "--web.enable-pprof")
	if code, text := ask(t, http.DefaultClient, http.MethodGet, "http://"+profiled+"/debug/pprof/"); code != 200 || !strings.Contains(text, "goroutine") {
		t.Errorf("/debug/pprof/: %d", code)
	}
}

// What the service manager is told, in this order.
func TestNotify(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", name)
	t.Setenv("WATCHDOG_USEC", "40000")
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
	next := func(want string) {
		t.Helper()
		b := make([]byte, 100)
		if err := socket.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		for {
			n, err := socket.Read(b)
			if err != nil {
				t.Fatalf("%s: %v", want, err)
			}
			if got := string(b[:n]); got == want {
				return
			} else if got != "WATCHDOG=1" {
				t.Fatalf("told %s, want %s", got, want)
			}
		}
	}
	file := filepath.Join(dir, "waitgraph.yml")
	writeFile(t, file, idleConfig)
	_, _, end := startDaemon(t, "--config.file="+file)
	next("READY=1")
	next("WATCHDOG=1")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	next("RELOADING=1")
	next("READY=1")
	next("WATCHDOG=1")
	go end()
	next("STOPPING=1")
}

// certificate writes a certificate that signs itself, and its key.
func certificate(t *testing.T, dir, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	crt := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	secret := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})
	writeFile(t, filepath.Join(dir, name+".crt"), string(crt))
	writeFile(t, filepath.Join(dir, name+".key"), string(secret))
	pair, err := tls.X509KeyPair(crt, secret)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// The web configuration: TLS, client certificates and passwords.
func TestWebConfig(t *testing.T) {
	dir := t.TempDir()
	server, client := certificate(t, dir, "server"), certificate(t, dir, "client")
	roots := x509.NewCertPool()
	roots.AddCert(server.Leaf)
	file, web := filepath.Join(dir, "waitgraph.yml"), filepath.Join(dir, "web.yml")
	writeFile(t, file, idleConfig)
	writeFile(t, web, fmt.Sprintf(`
tls_server_config: {cert_file: server.crt, key_file: server.key, client_auth_type: RequireAndVerifyClientCert, client_ca_file: client.crt}
basic_auth_users: {ana: %s}
`, bcryptOf(t, "correct horse")))
	address, _, _ := startDaemon(t, "--config.file="+file, "--web.config.file="+web)
	known := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{client}}}}
	stranger := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	if code, text := ask(t, known, http.MethodGet, "https://"+address+"/metrics"); code != 200 {
		t.Errorf("with certificate and password: %d %s", code, text)
	}
	resp, err := known.Get("https://" + address + "/metrics")
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a password: %v %v", resp, err)
	} else {
		resp.Body.Close()
	}
	if code, text := ask(t, stranger, http.MethodGet, "https://"+address+"/metrics"); code != 0 || !strings.Contains(text, "certificate required") {
		t.Errorf("without a certificate: %d %s", code, text)
	}
	if code, _ := ask(t, http.DefaultClient, http.MethodGet, "http://"+address+"/metrics"); code != http.StatusBadRequest {
		t.Errorf("without TLS: %d", code)
	}
}

func TestMemoryLimit(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"none":        {nil, 0},
		"a container": {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1048576\n"}, 1048576},
		"unlimited":   {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 0},
		"a service within a slice": {map[string]string{
			"proc/self/cgroup": "0::/system.slice/waitgraph.service\n", "sys/fs/cgroup/system.slice/waitgraph.service/memory.max": "max\n",
			"sys/fs/cgroup/system.slice/memory.max": "4096\n", "sys/fs/cgroup/memory.max": "8192\n",
		}, 4096},
		"version 1": {map[string]string{"proc/self/cgroup": "5:memory:/x\n"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{}
			for f, text := range tt.files {
				root[f] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := memoryLimit(root); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}

func TestSupportBundle(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "waitgraph.yml")
	writeFile(t, file, idleConfig+`
# ask Zoe
teams:
  - {name: pay, lead: Zoe Private, owns: [{project: PAY}], members: [{name: Zoe Private, email: zoe@example.com}]}
`)
	address, _, _ := startDaemon(t, "--config.file="+file)
	bundled := filepath.Join(dir, "bundle.tar.gz")
	log := &output{}
	args := []string{"support-bundle", "--config.file=" + file, "--web.url=http://" + address, "--output=" + bundled}
	if code := execute(t.Context(), args, env{log, log, func(string) string { return "" }}); code != 0 {
		t.Fatalf("exit code %d: %s", code, log)
	}
	if code := execute(t.Context(), args, env{log, log, func(string) string { return "" }}); code != exitFailure {
		t.Errorf("writing over a bundle: exit code %d", code)
	}
	b, err := os.ReadFile(bundled)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	parts, r := map[string]string{}, tar.NewReader(zip)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[strings.TrimPrefix(h.Name, "waitgraph-support/")] = string(text)
	}
	for name, holds := range map[string]string{
		"version.txt": "waitgraph, version", "config.yml": "<removed>", "status.json": `"trackers"`, "metrics.txt": "waitgraph_build_info", "facts.json": `"records"`,
	} {
		if !strings.Contains(parts[name], holds) {
			t.Errorf("%s holds %q, want %s", name, parts[name], holds)
		}
	}
	if all := fmt.Sprint(parts); strings.Contains(strings.ToLower(all), "zoe") {
		t.Errorf("a person is in the bundle: %s", parts["config.yml"])
	}
}

func bcryptOf(t *testing.T, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}
