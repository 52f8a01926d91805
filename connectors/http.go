package connectors

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// HTTP is how a tracker is reached where the system's own settings do not do:
// the part of the configuration that connectors over HTTP share, under "http".
type HTTP struct {
	CAFile   string `yaml:"ca_file" jsonschema_description:"File with the certificates, in PEM form, of authorities to trust besides the system's. It is no secret. It is read when the tracker is configured: restart after its content changed."`
	ProxyURL string `yaml:"proxy_url" jsonschema_description:"Proxy of all requests: \"http://\", \"https://\", \"socks5://\" or \"socks5h://\", host and port. Credentials do not belong here: a proxy that asks for them is named in the variable \"HTTPS_PROXY\"." jsonschema_extras:"x-absent=from \"HTTPS_PROXY\"\\, \"HTTP_PROXY\" and \"NO_PROXY\""`
}

// Validate reports every problem, each as an error that names its key.
func (h HTTP) Validate() error {
	if _, err := h.proxy(); err != nil {
		return fmt.Errorf("http.proxy_url: %w", err)
	}
	return nil
}

// proxy is the parsed address, nil for none. Errors do not quote it: it may
// hold credentials.
func (h HTTP) proxy() (*url.URL, error) {
	if h.ProxyURL == "" {
		return nil, nil
	}
	u, err := url.Parse(h.ProxyURL)
	if err != nil {
		return nil, errors.New("not an address")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h": // what net/http can speak to a proxy
	default:
		return nil, errors.New("not an address that starts with http://, https://, socks5:// or socks5h://")
	}
	switch {
	case u.Hostname() == "":
		return nil, errors.New("has no host")
	case u.User != nil:
		return nil, errors.New("must not hold credentials: a proxy that asks for them is named in the variable HTTPS_PROXY")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("must end with the port")
	}
	return u, nil
}

// Transport is what carries a connector's requests: o.Transport if there is
// one, else one that does as configured; nil where nothing is. It reads CAFile
// the way o.Secret finds files.
func (h HTTP) Transport(o Options) (http.RoundTripper, error) {
	if o.Transport != nil || h == (HTTP{}) {
		return o.Transport, nil
	}
	proxy, err := h.proxy()
	if err != nil {
		return nil, fmt.Errorf("http.proxy_url: %w", err)
	}
	t := &http.Transport{}
	if d, ok := http.DefaultTransport.(*http.Transport); ok {
		t = d.Clone()
	}
	t.MaxIdleConnsPerHost = 10 // no connector has more requests in flight
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
	}
	if h.CAFile != "" {
		text, err := o.Secret(SecretRef{File: h.CAFile})
		if err != nil {
			return nil, fmt.Errorf("http.ca_file: %w", err)
		}
		trusted, err := Authorities([]byte(text.Reveal()))
		if err != nil {
			return nil, fmt.Errorf("http.ca_file: %w", err)
		}
		t.TLSClientConfig = &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}
	}
	return t, nil
}

// Authorities are the system's and those of a PEM text, which holds at least
// one certificate and none that cannot be read.
func Authorities(text []byte) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without any
	}
	n := 0
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		n++
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d cannot be read: %w", n, err)
		}
		pool.AddCert(c)
	}
	if n == 0 {
		return nil, errors.New("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
	}
	return pool, nil
}

// Distrust adds what to do about it to the error of a server whose certificate
// no trusted authority signed; other errors are returned as they are.
func Distrust(err error) error {
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) {
		return fmt.Errorf("%w: name the file of the authority that signed it under http.ca_file", err)
	}
	return err
}
