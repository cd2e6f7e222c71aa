package lane

import (
	"container/list"
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// Message is a delivery in memory.
type Message struct {
	// Seq is its sequence in DELIVERIES, Stored the server's time of storing it.
	Seq    uint64
	Stored time.Time
	// Delivery is nil when the message cannot be decoded.
	Delivery *orderwirev1.Delivery
	// read is when it came into memory.
	read instant
}

// Head is what stays in memory of a delivery without its message.
type Head struct {
	Seq       uint64
	Cause     uint64
	Reference string
	stored    instant
}

// HeadOf keeps the essentials of a message.
func HeadOf(m *Message) Head {
	return Head{Seq: m.Seq, Cause: m.Delivery.GetCause(), Reference: m.Delivery.GetReference(), stored: at(m.Stored)}
}

// instant is a time in nanoseconds since 1970: a third of a time.Time's size, of which there are several per lane. 0 means none.
type instant int64

func at(t time.Time) instant {
	if t.IsZero() {
		return 0
	}
	return instant(t.UnixNano())
}

func (i instant) time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(i)).UTC()
}

func (i instant) add(d time.Duration) instant { return i + instant(d) }

// state is where a lane stands. From sending on, it is busy: nothing of it may be started.
type state uint8

const (
	// idle: it has nothing to send.
	idle state = iota
	// waiting: it is in its destination's queue, or in the queue of letters.
	waiting
	// sending: an attempt, or the storing of a letter, is under way.
	sending
	// storing: an outcome is there and not yet stored in OUTCOMES.
	storing
	// committing: what follows is applied, and the commit that holds it is not yet durable.
	committing
)

// Lane is one order at one destination.
type Lane struct {
	dest  *destination
	order orderKey

	state state
	// parked: a record covers head to newest, and no message is in memory.
	parked bool
	// recorded: STATE has, or may have, a record of this lane.
	recorded bool
	// dirty: the record must be written, or deleted, by the next commit.
	dirty bool
	// hasLast: the record holds an answer to an attempt of the head.
	hasLast bool

	// head is the oldest undelivered delivery of a parked lane, newest the last one seen.
	head   Head
	newest uint64
	// following is the delivery after head, where it is known.
	following *Head
	// vacant: the stream was found to hold nothing of the lane behind head up to here.
	vacant uint64

	attempts uint32
	// due is when the lane may be served; it decides the order in which lanes are.
	due    instant
	notYet instant
	// dead is why the head is dead; 0 while it is not.
	dead orderwirev1.Reason
	// tries counts the failed tries to store the letter.
	tries uint8
	// answered is a hash of the last answer, to tell a changed one.
	answered uint64
	// pending is the last attempt, until the record that holds it is on its way.
	pending *orderwirev1.Attempt

	// earlier are deliveries before head that came while the lane was busy: it goes back to them as soon as it is not.
	earlier []*Message

	// messages of a live lane, oldest first. The first one may be under way.
	messages []*Message
	// covered are the entries that the next record covers: they are settled with it.
	covered []uint64

	inDue, inExpiry int32
	live            *list.Element
}

// orderKey names a lane within its destination.
type orderKey struct{ shop, order string }

func (l *Lane) busy() bool { return l.state >= sending }

// oldest is the sequence of the lane's head, live or parked.
func (l *Lane) oldest() uint64 {
	if !l.parked && len(l.messages) > 0 {
		return l.messages[0].Seq
	}
	return l.head.Seq
}

// stored is when the head was stored.
func (l *Lane) stored() instant {
	if !l.parked && len(l.messages) > 0 {
		return at(l.messages[0].Stored)
	}
	return l.head.stored
}

// reset forgets what was known of a head that is over.
func (l *Lane) reset() {
	l.attempts, l.notYet, l.dead, l.tries = 0, 0, 0, 0
	l.hasLast, l.answered, l.pending = false, 0, nil
	l.following, l.vacant = nil, 0
}
