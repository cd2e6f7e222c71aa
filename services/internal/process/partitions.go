package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PartitionSet is a choice of partitions: all of them, or a list. The zero value is all.
type PartitionSet struct{ chosen []int }

// maxPartitions bounds what a range may expand to.
const maxPartitions = 1 << 16

// Decode reads "all", or numbers and ranges such as "0-7,12".
func (s *PartitionSet) Decode(value string) error {
	s.chosen = nil
	if strings.TrimSpace(value) == "all" {
		return nil
	}
	for part := range strings.SplitSeq(value, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		low, errLow := strconv.Atoi(first)
		high, errHigh := strconv.Atoi(last)
		if errLow != nil || errHigh != nil || low < 0 || high < low || high >= maxPartitions {
			return &valueError{fmt.Sprintf("%q is neither a number nor a range", strings.TrimSpace(part)), "all, or a list such as 0-7,12"}
		}
		for p := low; p <= high; p++ {
			s.chosen = append(s.chosen, p)
		}
	}
	slices.Sort(s.chosen)
	s.chosen = slices.Compact(s.chosen)
	return nil
}

func (s PartitionSet) String() string {
	if s.chosen == nil {
		return "all"
	}
	var parts []string
	for i := 0; i < len(s.chosen); {
		end := i
		for end+1 < len(s.chosen) && s.chosen[end+1] == s.chosen[end]+1 {
			end++
		}
		part := strconv.Itoa(s.chosen[i])
		if end > i {
			part += "-" + strconv.Itoa(s.chosen[end])
		}
		parts = append(parts, part)
		i = end + 1
	}
	return strings.Join(parts, ",")
}

func (s PartitionSet) of(count int) []int {
	if s.chosen != nil {
		return slices.Clone(s.chosen)
	}
	all := make([]int, count)
	for p := range all {
		all[p] = p
	}
	return all
}

// max is the highest number chosen, -1 for all.
func (s PartitionSet) max() int {
	if s.chosen == nil {
		return -1
	}
	return slices.Max(s.chosen)
}
