package topology

import (
	"fmt"
	"strconv"
	"strings"
)

// The subjects, first tokens. See the table of streams for who writes what.
const (
	eventRoot    = "orders"
	commandRoot  = "command"
	deliveryRoot = "deliver"
	laneRoot     = "dispatch.lane"
	outcomeRoot  = "outcome"
	deadRoot     = "dead"

	// NoDestination is the destination token of a dead letter that the mapper refused before any destination was chosen.
	NoDestination = "_"
	// NoOrder is the order token of a command that concerns the whole shop.
	NoOrder = "_"
	// TestOrder is the order token of a TEST event without an order.
	TestOrder = "test"
)

// EventSubject is where a shop publishes the events of an order: orders.<shop>.<order>.
func EventSubject(shop, order string) string {
	return eventRoot + "." + Token(shop) + "." + Token(order)
}

// CommandSubject is where an operator publishes a command: command.<shop>.<order>.
func CommandSubject(shop, order string) string {
	return commandRoot + "." + Token(shop) + "." + Token(order)
}

// EntryFilters are the stored subjects of ORDERS that belong to the partitions. The untransformed subjects that a publisher can make by
// writing a wildcard as text (orders.<shop>.*) belong to partition 0.
func EntryFilters(count int, partitions []int) []string {
	if len(partitions) == count {
		return []string{eventRoot + ".>", commandRoot + ".>"}
	}
	var f []string
	for _, p := range partitions {
		n := strconv.Itoa(p)
		f = append(f, eventRoot+"."+n+".*.*", commandRoot+"."+n+".*.*")
		if p == 0 {
			f = append(f, eventRoot+".*.*", commandRoot+".*.*")
		}
	}
	return f
}

// DeliverySubject is deliver.<p>.<destination>.<shop>.<order>.
func DeliverySubject(p int, destination, shop, order string) string {
	return deliveryRoot + "." + strconv.Itoa(p) + "." + Token(destination) + "." + Token(shop) + "." + Token(order)
}

// DeliveryFilters are the subjects of DELIVERIES that belong to the partitions.
func DeliveryFilters(count int, partitions []int) []string {
	if len(partitions) == count {
		return []string{deliveryRoot + ".>"}
	}
	f := make([]string, len(partitions))
	for i, p := range partitions {
		f[i] = deliveryRoot + "." + strconv.Itoa(p) + ".>"
	}
	return f
}

// MapperCursor is mapper.cursor.<p>.
func MapperCursor(p int) string { return "mapper.cursor." + strconv.Itoa(p) }

// ShopPin is mapper.shop.<shop>.
func ShopPin(shop string) string { return "mapper.shop." + Token(shop) }

// DispatchCursor is dispatch.cursor.<p>.
func DispatchCursor(p int) string { return "dispatch.cursor." + strconv.Itoa(p) }

// LaneSubject is dispatch.lane.<p>.<destination>.<shop>.<order>.
func LaneSubject(p int, destination, shop, order string) string {
	return laneRoot + "." + strconv.Itoa(p) + "." + Token(destination) + "." + Token(shop) + "." + Token(order)
}

// LaneFilter covers the lane records of a partition.
func LaneFilter(p int) string { return laneRoot + "." + strconv.Itoa(p) + ".>" }

// OutcomeSubject is outcome.<shop>.<order>.<reference>.
func OutcomeSubject(shop, order, reference string) string {
	return outcomeRoot + "." + Token(shop) + "." + Token(order) + "." + Token(reference)
}

// OutcomeFilter covers the records of one order, whatever its reference; an empty order means all orders of the shop.
func OutcomeFilter(shop, order string) string {
	if order == "" {
		return outcomeRoot + "." + Token(shop) + ".>"
	}
	return outcomeRoot + "." + Token(shop) + "." + Token(order) + ".*"
}

// DeadSubject is dead.<destination>.<shop>.<order>.<n>: n is the sequence in DELIVERIES, or, with an empty destination (refused by the mapper), in ORDERS.
func DeadSubject(destination, shop, order string, n uint64) string {
	if destination == "" {
		destination = NoDestination
	}
	return deadRoot + "." + Token(destination) + "." + Token(shop) + "." + Token(order) + "." + strconv.FormatUint(n, 10)
}

// DeadFilter covers the dead letters of a destination ("" for those of the mapper) and shop.
func DeadFilter(destination, shop string) string {
	if destination == "" {
		destination = NoDestination
	}
	return deadRoot + "." + Token(destination) + "." + Token(shop) + ".>"
}

// Key is what the subject of a delivery or of a lane says, unescaped.
type Key struct {
	P                        int
	Destination, Shop, Order string
}

// ParseDelivery reads deliver.<p>.<destination>.<shop>.<order>.
func ParseDelivery(subject string) (Key, error) { return parseKey(deliveryRoot+".", subject) }

// ParseLane reads dispatch.lane.<p>.<destination>.<shop>.<order>.
func ParseLane(subject string) (Key, error) { return parseKey(laneRoot+".", subject) }

func parseKey(root, subject string) (k Key, err error) {
	rest, ok := strings.CutPrefix(subject, root)
	t := strings.Split(rest, ".")
	if !ok || len(t) != 4 {
		return k, fmt.Errorf("subject %q is not %s<p>.<destination>.<shop>.<order>", subject, root)
	}
	if k.P, err = strconv.Atoi(t[0]); err != nil || k.P < 0 {
		return k, fmt.Errorf("subject %q: partition %q is not a number", subject, t[0])
	}
	for i, to := range []*string{&k.Destination, &k.Shop, &k.Order} {
		if *to, err = Untoken(t[i+1]); err != nil {
			return k, fmt.Errorf("subject %q: %w", subject, err)
		}
	}
	return k, nil
}

// EntryKind tells the entries of ORDERS apart.
type EntryKind int

// Kinds of entries.
const (
	EntryEvent EntryKind = iota
	EntryCommand
)

// Entry is what the stored subject of an entry of ORDERS says.
type Entry struct {
	P    int
	Kind EntryKind
	// Shop and Order are the tokens as they came: checked by whoever uses them, and escaped before they become part of another subject.
	Shop, Order string
	// Literal is set for an entry that was stored without a partition, since its subject held a wildcard as text. It is never an event.
	Literal bool
}

// ParseEntry reads orders.<p>.<shop>.<order>, command.<p>.<shop>.<order>, or either without the partition.
func ParseEntry(subject string) (e Entry, err error) {
	t := strings.Split(subject, ".")
	switch t[0] {
	case eventRoot:
		e.Kind = EntryEvent
	case commandRoot:
		e.Kind = EntryCommand
	default:
		return e, fmt.Errorf("subject %q is no entry of %s", subject, Orders)
	}
	switch len(t) {
	case 3:
		e.Literal, e.Shop, e.Order = true, t[1], t[2]
		return e, nil
	case 4:
		if e.P, err = strconv.Atoi(t[1]); err != nil || e.P < 0 {
			return e, fmt.Errorf("subject %q: partition %q is not a number", subject, t[1])
		}
		e.Shop, e.Order = t[2], t[3]
		return e, nil
	}
	return e, fmt.Errorf("subject %q has %d tokens; an entry of %s has 3 or 4", subject, len(t), Orders)
}
