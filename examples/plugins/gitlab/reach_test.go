package main

import (
	"encoding/base64"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// secured is a lab behind TLS, with a certificate of an authority of its own;
// the file holds that.
func secured(t *testing.T) (u *under, authority string) {
	u = lab(t, nil)
	h := httptest.NewUnstartedServer(u.fake)
	h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	h.StartTLS()
	t.Cleanup(h.Close)
	u.url = h.URL
	authority = filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw})
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	return u, authority
}

// TestPrivateAuthority: SSL_CERT_FILE reaches the plugin as README.md tells, and
// without it the error says what is missing.
func TestPrivateAuthority(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("the system's own store decides here")
	}
	u, authority := secured(t)
	for _, try := range []struct {
		name string
		env  map[string]string
		says string
	}{
		{"without", nil, "SSL_CERT_FILE"},
		{"with", map[string]string{"SSL_CERT_FILE": authority}, ""},
	} {
		t.Run(try.name, func(t *testing.T) {
			u.env = try.env
			c, err := u.connector(t, secret, nil)
			if err != nil {
				t.Fatal(err)
			}
			items, _, err := read(t, c)
			switch {
			case try.says == "" && (err != nil || items["acme/app#3"].Item.Key == ""):
				t.Errorf("read %d items, error %v", len(items), err)
			case try.says != "" && (err == nil || len(items) > 0 || !strings.Contains(err.Error(), try.says)):
				t.Errorf("read %d items, error %v, want %q", len(items), err, try.says)
			}
		})
	}
}

// tunnels is a proxy that wants credentials and leads to one address, whatever
// it is asked for.
type tunnels struct {
	to string

	mu    sync.Mutex
	asked []string
}

const proxyUser, proxyPassword = "bot", "proxy-test-password"

func (p *tunnels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.mu.Unlock()
	if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(proxyUser+":"+proxyPassword)) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	there, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	w.WriteHeader(http.StatusOK)
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	go func() {
		_, _ = io.Copy(there, here)
		there.Close()
	}()
	_, _ = io.Copy(here, there)
}

// TestProxy: HTTPS_PROXY reaches the plugin, with its credentials, which nothing
// shows. Only the proxy knows the name of the GitLab.
func TestProxy(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("the system's own store of authorities decides here")
	}
	u, authority := secured(t)
	p := &tunnels{to: strings.TrimPrefix(u.url, "https://")}
	proxy := httptest.NewServer(p)
	t.Cleanup(proxy.Close)
	u.url = "https://gitlab.example.com" // the certificate is for it, too
	address := strings.TrimPrefix(proxy.URL, "http://")
	for _, try := range []struct {
		name, proxy string
		works       bool
	}{
		{"with credentials", "http://" + proxyUser + ":" + proxyPassword + "@" + address, true},
		{"with others", "http://" + proxyUser + ":wrong-test-password@" + address, false},
	} {
		t.Run(try.name, func(t *testing.T) {
			u.env = map[string]string{"SSL_CERT_FILE": authority, "HTTPS_PROXY": try.proxy}
			p.mu.Lock()
			p.asked = nil
			p.mu.Unlock()
			c, err := u.connector(t, secret, nil)
			if err != nil {
				t.Fatal(err)
			}
			items, _, err := read(t, c)
			if works := err == nil && items["acme/app#3"].Item.Key != ""; works != try.works {
				t.Errorf("read %d items, error %v", len(items), err)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.asked) == 0 {
				t.Error("nobody asked the proxy")
			}
			for _, asked := range p.asked {
				if asked != "CONNECT gitlab.example.com:443" {
					t.Errorf("the proxy was asked for %q", asked)
				}
			}
			for _, text := range []string{u.log.String(), errText(err)} {
				if strings.Contains(text, "-test-password") {
					t.Errorf("the proxy's password is told: %s", text)
				}
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
