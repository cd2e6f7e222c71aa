package record

import (
	"strconv"
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// DecisionID is the id of what was decided on a log entry for a destination; the destination is empty when none was chosen. Deciding again gives it again.
func DecisionID(cause uint64, destination string) string {
	id := "d" + strconv.FormatUint(cause, 10)
	if destination != "" {
		id += "/" + destination
	}
	return id
}

// AttemptID is the id of one attempt: of a delivery (its sequence in DELIVERIES), its number, and when it began. An attempt that is made again, since its
// outcome could not be stored or since it costs none, is another one, and on record, too.
func AttemptID(delivery uint64, number uint32, began time.Time) string {
	return "a" + strconv.FormatUint(delivery, 10) + "/" + strconv.FormatUint(uint64(number), 10) + "/" + strconv.FormatInt(began.UnixMicro(), 36)
}

// EndID is the id of the end of a delivery that was not delivered. A new owner that finishes the work of another gives it again.
func EndID(delivery uint64, reason orderwirev1.Reason) string {
	return "e" + strconv.FormatUint(delivery, 10) + "/" + ReasonName(reason)
}
