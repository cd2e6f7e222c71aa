package event_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/orderwire/orderwire/proto/lives"
	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
)

// whole is an event in which everything is set.
func whole(tb testing.TB) []byte {
	tb.Helper()
	return lives.Named("whole-life").Events[3].Data
}

// TestTextsAndLists fills each text and list of an event to its limit, and then one beyond. That each has a limit is certain: without one the package
// panics when it is loaded.
func TestTextsAndLists(t *testing.T) {
	full := func() *orderwirev1.OrderStatusChanged {
		ev, err := event.Decode(whole(t), 1<<16)
		require.NoError(t, err)
		return ev
	}
	most := map[string]int{ // the contract's promise, repeated here so that a slip in the table shows
		"id": 64, "shop": 40, "instance": 64, "platform.name": 64, "platform.version": 64, "platform.moduleVersion": 64,
		"order.id": 64, "order.reference": 64, "order.paymentModule": 255, "order.payments": 100, "order.lines": 500,
		"order.payments[0].transactionId": 254, "order.payments[0].method": 255, "order.carrier.name": 255, "order.carrier.trackingNumber": 255,
		"order.carrier.trackingUrl": 2048, "order.lines[0].sku": 255, "order.lines[0].name": 1024,
		"previous.key": 254, "previous.name": 255, "current.key": 254, "current.name": 255,
	}
	form := map[string]string{ // fields whose form leaves no room for their length
		"order.currency": "EU1", "order.totalPaid": "1.0000000000", "order.totalProducts": strings.Repeat("1", 21), "order.totalShipping": "1.", "order.payments[0].amount": "+1",
		"order.lines[0].unitPrice": ".5",
	}
	seen := 0
	walk(full().ProtoReflect(), "", func(path string, _ protoreflect.FieldDescriptor) {
		seen++
		if value, ok := form[path]; ok {
			require.ErrorContains(t, refill(t, full(), path, value, 0), fmt.Sprintf("%s: %q is not", path, value))
			return
		}
		n, ok := most[path]
		require.True(t, ok, "the test says nothing of %s", path)
		require.NoError(t, refill(t, full(), path, strings.Repeat("x", n), n))
		require.EqualError(t, refill(t, full(), path, strings.Repeat("x", n+1), n+1), fmt.Sprintf("%s: %d %s; at most %d are allowed", path, n+1, unit(path), n))
	})
	require.Equal(t, len(most)+len(form), seen)
}

func unit(path string) string {
	if path == "order.payments" || path == "order.lines" {
		return "items"
	}
	return "characters"
}

// walk visits each text and list of a message, in lists those of the first item.
func walk(m protoreflect.Message, path string, visit func(path string, fd protoreflect.FieldDescriptor)) {
	for i := range m.Descriptor().Fields().Len() {
		fd := m.Descriptor().Fields().Get(i)
		at := strings.TrimPrefix(path+"."+fd.JSONName(), ".")
		switch {
		case fd.IsList():
			visit(at, fd)
			walk(m.Get(fd).List().Get(0).Message(), at+"[0]", visit)
		case fd.Kind() == protoreflect.StringKind:
			visit(at, fd)
		case fd.Message() != nil && m.Has(fd) && fd.Message().ParentFile().Package() == "orderwire.v1":
			walk(m.Get(fd).Message(), at, visit)
		}
	}
}

// refill sets the text at a path, or fills the list there with n empty items, and decodes what comes of it.
func refill(t *testing.T, ev *orderwirev1.OrderStatusChanged, path, text string, n int) error {
	t.Helper()
	m := ev.ProtoReflect()
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		field, inList := strings.CutSuffix(name, "[0]")
		v := m.Mutable(m.Descriptor().Fields().ByJSONName(field))
		if inList {
			m = v.List().Get(0).Message()
		} else {
			m = v.Message()
		}
	}
	fd := m.Descriptor().Fields().ByJSONName(names[len(names)-1])
	if fd.IsList() {
		list := m.Mutable(fd).List()
		list.Truncate(0)
		for range n {
			list.AppendMutable()
		}
	} else {
		m.Set(fd, protoreflect.ValueOfString(text))
	}
	data, err := protojson.Marshal(proto.Message(ev))
	require.NoError(t, err)
	_, err = event.Decode(data, 1<<20)
	return err
}
