package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	healthcheckTimeout = 3 * time.Second
	maxReadiness       = 64 << 10 // bytes of an answer that are read
)

// Healthcheck asks the process whose admin server listens on addr whether it is ready. It is the health check of containers that have no
// other client: nil means ready, and the error gives the reasons.
func Healthcheck(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	switch {
	case err != nil:
		return fmt.Errorf("address %q of the admin server: %w. Try: host:port", addr, err)
	case port == "0":
		return errors.New("ask for readiness: port 0 means that a free one was taken at start, nobody knows which. Try: a port of your own in ORDERWIRE_ADMIN_LISTEN")
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost" // listening everywhere includes here
	}
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", http.NoBody)
	if err != nil {
		return fmt.Errorf("ask for readiness: %w", err)
	}
	// Its own transport: a proxy of the environment must not answer for the process beside us.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask for readiness: %w. Try: is the process running, with the same ORDERWIRE_ADMIN_LISTEN?", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReadiness))
	if err != nil {
		return fmt.Errorf("read the answer about readiness: %w", err)
	}
	return readiness(resp.StatusCode, body)
}

func readiness(status int, body []byte) error {
	if status == http.StatusOK {
		return nil
	}
	var answer Readiness
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("not ready: status %d", status)
	}
	var reasons []string
	for _, check := range answer.Checks {
		if !check.OK {
			reasons = append(reasons, check.Name+": "+check.Reason)
		}
	}
	return fmt.Errorf("not ready: %s", strings.Join(reasons, "; "))
}
