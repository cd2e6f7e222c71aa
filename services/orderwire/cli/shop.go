package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/orderwire/shop"
)

type shopCommand struct {
	Accept shopAcceptCommand `cmd:"" help:"Let one instance of a shop speak for it: after a move, or for the right one of two that claim to be it."`
}

type shopAcceptCommand struct {
	connection
	Shop     string        `arg:"" help:"Id of the shop."`
	Instance string        `required:"" placeholder:"ID" help:"The instance, as its events have it."`
	Reason   string        `required:"" placeholder:"TEXT" help:"Why, for the record."`
	New      bool          `help:"Also for a shop of which no event was accepted yet: before it publishes its first."`
	Timeout  time.Duration `default:"10s" help:"How long to wait for the mapper to carry it out."`
	JSON     bool          `help:"Print JSON."`
}

func (shopAcceptCommand) Help() string {
	return "Events that were refused before, as of a wrong instance, stay in DEAD_LETTERS.\n\n" + examples(`orderwire shop accept acme-fr --instance 8xKq3vN0 --reason "moved to a new server"`)
}

// acceptance is the answer of --json.
type acceptance struct {
	Shop     string `json:"shop"`
	Instance string `json:"instance"`
	Accepted bool   `json:"accepted"`
	Entry    uint64 `json:"entry"`
	Detail   string `json:"detail,omitempty"`
}

func (c shopAcceptCommand) Run(ctx context.Context, t *terminal) error {
	nc, js, err := c.connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	p, err := shop.New(nc, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	o, err := shop.Accept{NC: nc, JS: js, Shop: c.Shop, Instance: c.Instance, New: c.New, Operator: operator(), Reason: c.Reason}.Do(ctx, p)
	if errors.Is(err, shop.ErrNotCarriedOut) {
		return fmt.Errorf("%w within %s; it stays in the log, and is carried out when the mapper comes to it. Try: does the mapper run?", err, c.Timeout)
	}
	if errors.Is(err, shop.ErrUnknownShop) {
		return &failure{err: err, code: exitNothing, try: "the id as the shop's events have it, or --new for a shop that is to publish its first"}
	}
	if err != nil {
		return err
	}
	a := acceptance{Shop: c.Shop, Instance: c.Instance, Accepted: o.GetReason() == orderwirev1.Reason_COMMAND_DONE, Entry: o.GetCause(), Detail: o.GetDetail()}
	if c.JSON {
		if err := t.json(a); err != nil {
			return err
		}
	}
	if !a.Accepted {
		return fmt.Errorf("the mapper refused: %s", a.Detail)
	}
	if c.JSON {
		return nil
	}
	return t.line(fmt.Sprintf("instance %s speaks for shop %s from entry %d on; events that were refused before stay in DEAD_LETTERS", a.Instance, a.Shop, a.Entry))
}
