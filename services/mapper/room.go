package mapper

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/orderwire/orderwire/services/internal/topology"
)

const (
	// stopAt is how full DELIVERIES may become. What is left is for those who make room: the last per cent of a full disk helps nobody.
	stopAt = 0.95
	// lookEvery is how often the streams are looked at.
	lookEvery = 2 * time.Second
)

// room says whether DELIVERIES has some. While it has none nothing is stored there and no position moves; the shops' events wait in ORDERS.
type room struct {
	logger *slog.Logger

	mu   sync.Mutex
	open chan struct{} // closed when there is room again; nil while there is
	// refusing is set while the server refuses for want of room, whatever the measure says.
	refusing bool
}

// wait returns when there is room, or ctx has ended.
func (r *room) wait(ctx context.Context) error {
	for {
		r.mu.Lock()
		open := r.open
		r.mu.Unlock()
		if open == nil {
			return nil
		}
		select {
		case <-open:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// measured takes how full the stream is: bytes or messages against their limit, whichever is worse.
func (r *room) measured(fill float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case fill >= stopAt && r.open == nil:
		r.open = make(chan struct{})
		r.logger.Error(topology.Deliveries+" is full: nothing is mapped until there is room. Try: a larger max_bytes, or bring the destination back that holds the backlog", "fill", fill)
	case fill < stopAt && r.open != nil:
		close(r.open)
		r.open = nil
		r.logger.Info(topology.Deliveries+" has room again", "fill", fill)
	}
}

// refused notes that the server had no room for a delivery.
func (r *room) refused(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.refusing {
		r.refusing = true
		r.logger.Error("the server has no room for a delivery: trying until it has. Try: a larger max_bytes of "+topology.Deliveries+", or free disk space", "err", err)
	}
}

// accepted notes that it took one.
func (r *room) accepted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusing = false
}
