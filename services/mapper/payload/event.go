package payload

import (
	"net/http"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// wholeEvent is the event as it came. The headers are made of the event and not taken from the message, so that they are there and true whatever the
// shop sent. They are CloudEvents' own, in lower case.
func wholeEvent(in Input) *orderwirev1.Request {
	headers := map[string]string{}
	for name, values := range event.Headers(in.Event) {
		if name != topology.HeaderContentType { // has a field of its own
			headers[name] = values[0]
		}
	}
	return &orderwirev1.Request{Method: http.MethodPost, ContentType: topology.ContentJSON, Body: in.Raw, Headers: headers}
}
