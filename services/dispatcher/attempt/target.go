package attempt

import (
	"fmt"
	"net/url"
	"strings"
)

// maxTargets bounds the parsed URLs that are kept of a destination; payloads have one or two paths, unless they put an id into it.
const maxTargets = 64

// target is the parsed URL of one path at one destination. It is never changed.
type target struct {
	url *url.URL
	// path is the whole path on the wire, suffix the part after the destination's base URL; "/" where nothing is left.
	path, suffix string
}

// target joins the base URL and the request's path with exactly one slash.
func (e *endpoint) target(path string) (*target, error) {
	e.mu.RLock()
	t := e.targets[path]
	e.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	t, err := newTarget(e.base, path)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.targets) < maxTargets {
		e.targets[path] = t
	}
	return t, nil
}

func newTarget(base, path string) (*target, error) {
	if path != "" {
		path = "/" + strings.TrimLeft(path, "/")
	}
	b, err := url.Parse(base)
	if err != nil {
		return nil, &faultError{"read url of the destination: not a URL (try https://api.example.com/base)"}
	}
	u, err := url.Parse(base + path)
	if err != nil || u.Host != b.Host {
		return nil, &unsendableError{fmt.Sprintf("make request: path %.100q does not belong in a URL", path)}
	}
	u.Fragment, u.RawFragment = "", ""
	t := &target{url: u, path: u.EscapedPath()}
	t.suffix = strings.TrimPrefix(t.path, strings.TrimRight(b.EscapedPath(), "/"))
	if t.path == "" {
		t.path = "/"
	}
	if t.suffix == "" {
		t.suffix = "/"
	}
	return t, nil
}
