package partition

import (
	"strings"

	"github.com/orderwire/orderwire/services/internal/topology"
)

// The services that work by partition.
const (
	Mapper     = "mapper"
	Dispatcher = "dispatcher"
)

// service says where a service keeps its cursors, what it reads, and what follows from it.
type service struct {
	name string
	// log is the stream that is read; output the one that is written, "" for the dispatcher.
	log, output string
	cursor      func(p int) string
}

var services = map[string]service{
	Mapper:     {name: Mapper, log: topology.Orders, output: topology.Deliveries, cursor: topology.MapperCursor},
	Dispatcher: {name: Dispatcher, log: topology.Deliveries, cursor: topology.DispatchCursor},
}

// cursors covers the cursors of all partitions.
func (s service) cursors() string { return strings.TrimSuffix(s.cursor(0), "0") + "*" }
