package topology

import (
	"fmt"
	"reflect"

	"github.com/nats-io/nats.go/jetstream"
)

// Drift is one way in which a stream differs from the table.
type Drift struct {
	Stream, Field string
	Want, Have    string
	// Cure says what to do about it.
	Cure string
}

func (d Drift) String() string {
	return fmt.Sprintf("stream %s: %s is %s, expected %s. Try: %s", d.Stream, d.Field, d.Have, d.Want, d.Cure)
}

// drift compares what the table says with what is there. Size and replicas are an operator's choice and can be edited; a stream with another
// retention, subjects or options loses or refuses messages, and says so.
func drift(want, have jetstream.StreamConfig) []Drift {
	var out []Drift
	add := func(field string, w, h any, cure string) {
		if !reflect.DeepEqual(w, h) {
			out = append(out, Drift{Stream: want.Name, Field: field, Want: fmt.Sprint(w), Have: fmt.Sprint(h), Cure: cure})
		}
	}
	edit := func(flag string) string { return fmt.Sprintf("nats stream edit %s %s", want.Name, flag) }
	recreate := "stop the services and ask: this cannot be edited without re-creating the stream"
	add("max_bytes", want.MaxBytes, have.MaxBytes, edit(fmt.Sprintf("--max-bytes=%d", want.MaxBytes))+", or configure the size it has")
	add("num_replicas", want.Replicas, have.Replicas, edit(fmt.Sprintf("--replicas=%d", want.Replicas))+", or configure the replicas it has")
	add("max_age", want.MaxAge, have.MaxAge, edit(fmt.Sprintf("--max-age=%s", want.MaxAge)))
	add("max_msg_size", max(want.MaxMsgSize, 0), max(have.MaxMsgSize, 0), edit(fmt.Sprintf("--max-msg-size=%d", want.MaxMsgSize)))
	add("duplicate_window", want.Duplicates, have.Duplicates, edit(fmt.Sprintf("--dupe-window=%s", want.Duplicates)))
	add("discard", want.Discard, have.Discard, edit("--discard=new|old"))
	add("max_msgs_per_subject", max(want.MaxMsgsPerSubject, 0), max(have.MaxMsgsPerSubject, 0), edit(fmt.Sprintf("--max-msgs-per-subject=%d", want.MaxMsgsPerSubject)))
	add("subjects", want.Subjects, have.Subjects, edit("--subjects=..."))
	add("allow_direct", want.AllowDirect, have.AllowDirect, edit("--allow-direct"))
	add("allow_atomic", want.AllowAtomicPublish, have.AllowAtomicPublish, edit("--allow-batch"))
	add("allow_msg_ttl", want.AllowMsgTTL, have.AllowMsgTTL, edit("--allow-msg-ttl"))
	add("discard_new_per_subject", want.DiscardNewPerSubject, have.DiscardNewPerSubject, edit("--discard-per-subject"))
	add("max_msgs", int64(0), max(have.MaxMsgs, 0), edit("--max-msgs=-1"))
	add("retention", want.Retention, have.Retention, recreate)
	add("storage", want.Storage, have.Storage, recreate)
	add("subject_transform", transformOf(want), transformOf(have), recreate)
	return out
}

func transformOf(c jetstream.StreamConfig) string {
	if c.SubjectTransform == nil {
		return "none"
	}
	return c.SubjectTransform.Source + " -> " + c.SubjectTransform.Destination
}
