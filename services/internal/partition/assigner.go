package partition

import (
	"context"
	"time"
)

// Assigner hands partitions out to a process.
type Assigner interface {
	// Run calls work for each partition that this process is to have, each in a goroutine of its own, and returns when ctx has ended and every work has
	// returned (nil), or earlier when the process cannot go on.
	//
	// The ctx of a work ends when its partition is to be given up: work then finishes what is under way, releases, and returns. A work that returns an
	// error before that is started again, after a wait; one that returns a *StoppedError is asked again now and then, until Recover has helped.
	Run(ctx context.Context, work func(ctx context.Context, p int) error) error
	// Status says how the partitions of this process are, by number. It may be called at any time.
	Status() []Status
}

// State of a partition in this process.
type State int

// The states.
const (
	// Idle partitions have no work yet, or none any more.
	Idle State = iota
	// Working partitions are claimed, or about to be.
	Working
	// Waiting partitions failed, and are tried again.
	Waiting
	// Stopped partitions need a person: Err is a *StoppedError.
	Stopped
)

func (s State) String() string { return [...]string{"idle", "working", "waiting", "stopped"}[s] }

// Status of one partition.
type Status struct {
	Partition int
	State     State
	Since     time.Time
	// Err is why it waits or is stopped.
	Err error
}
