package process

import (
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/time/rate"
)

// observe logs what happens to a connection while it lives.
func (c ConnectConfig) observe(opts *nats.Options) {
	log := c.Logger
	opts.DisconnectedErrCB = func(_ *nats.Conn, err error) {
		if err != nil { // nil: we closed it
			log.Warn("connection to NATS lost, reconnecting", "err", err)
		}
	}
	opts.ReconnectedCB = func(nc *nats.Conn) {
		log.Info("connection to NATS is back", "url", nc.ConnectedUrlRedacted(), "server", nc.ConnectedServerName(), "reconnects", nc.Stats().Reconnects)
	}
	opts.ReconnectErrCB = func(_ *nats.Conn, err error) {
		fault := explain(err)
		log.Warn("cannot reconnect to NATS: "+fault.what, "servers", c.Servers, "try", fault.try)
	}
	opts.LameDuckModeHandler = func(nc *nats.Conn) {
		log.Info("the NATS server is about to stop, moving to another", "url", nc.ConnectedUrlRedacted())
	}
	// A refused subject is refused thousands of times; five lines and then one each ten seconds say as much.
	sometimes := &rate.Sometimes{First: 5, Interval: 10 * time.Second}
	opts.AsyncErrorCB = func(_ *nats.Conn, sub *nats.Subscription, err error) {
		sometimes.Do(func() { logAsync(log, sub, err) })
	}
}

var violation = regexp.MustCompile(`(?i)permissions violation for (publish|subscription) to "([^"]+)"`)

func logAsync(log *slog.Logger, sub *nats.Subscription, err error) {
	switch found := violation.FindStringSubmatch(err.Error()); {
	case len(found) == 3 && strings.EqualFold(found[1], "publish"):
		log.Error("NATS refuses to let this user publish", "subject", found[2], "try", "add the subject to the user's publish permissions in the configuration of NATS")
	case len(found) == 3:
		log.Error("NATS refuses to let this user subscribe", "subject", found[2], "try", "add the subject to the user's subscribe permissions in the configuration of NATS; for an inbox, set ORDERWIRE_NATS_INBOX_PREFIX")
	case errors.Is(err, nats.ErrSlowConsumer) && sub != nil:
		dropped, _ := sub.Dropped()
		log.Error("messages came faster than they were taken, some were dropped", "subject", sub.Subject, "dropped", dropped)
	default:
		fault := explain(err)
		log.Error("error on the connection to NATS: "+fault.what, "try", fault.try)
	}
}
