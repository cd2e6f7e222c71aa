package event

import (
	"fmt"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// eventRules checks what depends on the kind of event: only a TEST may lack the order, the status, and how it was captured.
func eventRules(ev *orderwirev1.OrderStatusChanged) error {
	if ev.GetKind() == orderwirev1.OrderStatusChanged_TEST {
		return nil
	}
	switch cur := ev.GetCurrent(); {
	case ev.GetCapturedBy() == orderwirev1.OrderStatusChanged_CAPTURED_BY_UNSPECIFIED:
		return &Error{Field: "capturedBy", Problem: "missing"}
	case ev.GetOrder() == nil:
		return &Error{Field: "order", Problem: "missing"}
	case cur == nil:
		return &Error{Field: "current", Problem: "missing"}
	case cur.GetId() == 0 && cur.GetKey() == "":
		return &Error{Field: "current", Problem: "has neither an id nor a key"}
	}
	return nil
}

func commandRules(cmd *orderwirev1.Command) error {
	if cmd.GetAction() == nil {
		return &Error{Problem: "names no action"}
	}
	return nil
}

// Validate compares a decoded event with the shop and order tokens of its subject, taken as they are. The error is an *Error.
func Validate(ev *orderwirev1.OrderStatusChanged, shopToken, orderToken string) error {
	if err := same("shop", ev.GetShop(), shopToken); err != nil {
		return err
	}
	if ev.GetOrder() != nil {
		return same("order.id", ev.GetOrder().GetId(), orderToken)
	}
	// Only a TEST gets here: Decode refuses others.
	if orderToken != topology.TestOrder {
		return &Error{Field: "order", Problem: fmt.Sprintf("missing; without it the subject's order token is %q, not %s", topology.TestOrder, quote(orderToken))}
	}
	return nil
}

// ValidateCommand compares a decoded command with the shop and order tokens of its subject. All that concern a whole shop stand on one subject, so
// that the log has them in order. The error is an *Error.
func ValidateCommand(cmd *orderwirev1.Command, shopToken, orderToken string) error {
	if err := same("shop", cmd.GetShop(), shopToken); err != nil {
		return err
	}
	if orderToken != topology.NoOrder {
		return &Error{Problem: fmt.Sprintf("it concerns the whole shop; the subject's order token is %q then, not %s", topology.NoOrder, quote(orderToken))}
	}
	return nil
}

func same(field, body, token string) error {
	if body != token {
		return &Error{Field: field, Problem: fmt.Sprintf("%s in the body, %s in the subject", quote(body), quote(token))}
	}
	return nil
}
