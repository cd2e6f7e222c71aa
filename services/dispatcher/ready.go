package dispatcher

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/orderwire/orderwire/services/internal/partition"
)

// Ready is nil when all partitions of this process are claimed and loaded; otherwise it says which are not, and why.
func (d *Dispatcher) Ready(context.Context) error {
	status := d.cfg.Assigner.Status()
	d.mu.Lock()
	defer d.mu.Unlock()
	var missing []string
	for _, s := range status {
		switch {
		case d.workers[s.Partition] != nil:
		case s.Err != nil && s.State != partition.Working:
			missing = append(missing, fmt.Sprintf("partition %d is %s: %v", s.Partition, s.State, s.Err))
		default:
			missing = append(missing, fmt.Sprintf("partition %d is not loaded yet", s.Partition))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("%d of %d partitions are missing: %s", len(missing), len(status), strings.Join(missing, "; "))
}
