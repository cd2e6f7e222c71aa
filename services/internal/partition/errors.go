package partition

import (
	"errors"
	"fmt"
)

// ErrFenced says that a later cursor of another owner is stored. The chain is over. Whether its last commit was stored before that is not known.
var ErrFenced = errors.New("another owner has the partition")

// ErrForgotten says that the server no longer has a cursor that it acknowledged: STATE was rolled back, purged or re-created. The chain is over; a new
// claim finds out what is left.
var ErrForgotten = errors.New("the server lost a cursor that it had acknowledged")

// errReleased is what a chain says that is used after Release.
var errReleased = errors.New("the partition was released")

// fencedError is ErrFenced with who it was.
type fencedError struct{ owner string }

func (e *fencedError) Error() string {
	if e.owner == "" {
		return ErrFenced.Error() + " (it was released or recovered since)"
	}
	return fmt.Sprintf("%s: %s", ErrFenced, e.owner)
}

func (e *fencedError) Unwrap() error { return ErrFenced }

// Fenced is ErrFenced by the owner that a later cursor names; without one, the partition was released or recovered.
func Fenced(owner string) error { return &fencedError{owner: owner} }

// StoppedError says that a partition has no position that can be trusted. It stays stopped until a person chooses one.
type StoppedError struct {
	Service   string
	Partition int
	// What is wrong, such as "stream DELIVERIES was re-created".
	What string
	// Why that is known.
	Why string
	// Cure is the command that helps.
	Cure string
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("partition %d of the %s is stopped: %s: %s. Try: %s", e.Partition, e.Service, e.What, e.Why, e.Cure)
}

func stopped(service string, p int, what, why string, args ...any) *StoppedError {
	return &StoppedError{
		Service: service, Partition: p, What: what, Why: fmt.Sprintf(why, args...),
		Cure: fmt.Sprintf("orderwire recover --service %s --partition %d, which shows the choices; then again with --position current|beginning|end|SEQUENCE --apply", service, p),
	}
}
