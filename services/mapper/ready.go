package mapper

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Ready is nil when all partitions of this process are read; otherwise it says which are not, and why.
func (m *Mapper) Ready(context.Context) error {
	read := m.reading.Load()
	var missing []string
	status := m.cfg.Assigner.Status()
	for _, s := range status {
		switch {
		case read != nil && read.by[s.Partition] != nil:
		case s.Err != nil:
			missing = append(missing, fmt.Sprintf("partition %d is %s: %v", s.Partition, s.State, s.Err))
		default:
			missing = append(missing, fmt.Sprintf("partition %d is not read yet", s.Partition))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return errors.New(strings.Join(missing, "; "))
}
