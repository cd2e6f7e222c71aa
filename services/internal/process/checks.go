package process

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// checkTimeout bounds all checks of one question together.
const checkTimeout = 2 * time.Second

// Checks are the named conditions under which a process is ready. Safe for concurrent use.
type Checks struct {
	mu    sync.Mutex
	names []string // in the order they were added
	by    map[string]func(context.Context) error
}

// CheckResult is the answer of one check. Reason is empty when OK.
type CheckResult struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason,omitempty"`
}

// Add adds a check, or replaces the one of that name. The function answers at once, from what the process knows; its error is the reason
// for the operator.
func (c *Checks) Add(name string, check func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]func(context.Context) error{}
	}
	if _, have := c.by[name]; !have {
		c.names = append(c.names, name)
	}
	c.by[name] = check
}

// Run asks all checks and reports whether all of them are OK. Without any check a process is not ready: it has not come that far.
func (c *Checks) Run(ctx context.Context) (ready bool, results []CheckResult) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	c.mu.Lock()
	names := slices.Clone(c.names)
	checks := make([]func(context.Context) error, len(names))
	for i, name := range names {
		checks[i] = c.by[name]
	}
	c.mu.Unlock()
	ready = len(names) > 0
	for i, check := range checks {
		result := CheckResult{Name: names[i], OK: true}
		if err := check(ctx); err != nil {
			result.OK, result.Reason = false, Redact(err.Error())
			ready = false
		}
		results = append(results, result)
	}
	return ready, results
}

// errStarting and errStopping are the states of the check "process".
var (
	errStarting = errors.New("starting")
	errStopping = errors.New("stopping: work under way is being finished")
)
