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
	opts.AsyncErrorCB = AsyncErrors(log)
}

// AsyncErrors gives a connection's handler of errors that no call returns: it says them in an operator's words. Connect sets it; it is for connections that are made
// otherwise, where the client would print to standard error.
func AsyncErrors(log *slog.Logger) nats.ErrHandler {
	// A refused subject is refused thousands of times; five lines and then one each ten seconds say as much.
	sometimes := &rate.Sometimes{First: 5, Interval: 10 * time.Second}
	// How often this one comes is up to whoever publishes.
	seldom := &rate.Sometimes{Interval: time.Minute}
	return func(_ *nats.Conn, sub *nats.Subscription, err error) {
		if errors.Is(err, nats.ErrBadHeaderMsg) {
			seldom.Do(func() { log.Warn("a publisher sent headers that cannot be read; the message is taken without them") })
			return
		}
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
