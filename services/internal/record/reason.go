package record

import (
	"fmt"
	"slices"
	"strings"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// ReasonName is what people see, such as wrong-instance.
func ReasonName(r orderwirev1.Reason) string {
	return strings.ReplaceAll(strings.ToLower(r.String()), "_", "-")
}

// ParseReason reads what ReasonName writes.
func ParseReason(name string) (orderwirev1.Reason, error) {
	n, ok := orderwirev1.Reason_value[strings.ReplaceAll(strings.ToUpper(name), "-", "_")]
	if r := orderwirev1.Reason(n); ok && n != 0 && ReasonName(r) == name {
		return r, nil
	}
	return 0, fmt.Errorf("reason %q is none. Try one of: %s", name, strings.Join(ReasonNames(), ", "))
}

// ReasonNames lists all, in the order of the contract: decisions, attempts, ends.
func ReasonNames() []string {
	var all []orderwirev1.Reason
	for n := range orderwirev1.Reason_name {
		if n != 0 {
			all = append(all, orderwirev1.Reason(n))
		}
	}
	slices.Sort(all)
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = ReasonName(r)
	}
	return names
}
