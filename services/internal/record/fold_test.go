package record

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

func TestFold(t *testing.T) {
	const mapped, unmapped, unchanged = orderwirev1.Reason_MAPPED, orderwirev1.Reason_UNMAPPED, orderwirev1.Reason_UNCHANGED
	for _, c := range []struct{ stored, want []orderwirev1.Reason }{
		{[]orderwirev1.Reason{unchanged, mapped}, []orderwirev1.Reason{mapped}},
		{[]orderwirev1.Reason{mapped, unchanged}, []orderwirev1.Reason{mapped}},
		{[]orderwirev1.Reason{unchanged, unmapped}, []orderwirev1.Reason{unmapped}},
	} {
		var all []found
		for i, r := range c.stored {
			data, err := proto.Marshal(&orderwirev1.Outcome{Id: "d7/openapp", Reason: r})
			require.NoError(t, err)
			other, err := proto.Marshal(&orderwirev1.Outcome{Id: "d8/openapp", Reason: unchanged})
			require.NoError(t, err)
			all = append(all, found{seq: uint64(2 * i), data: data}, found{seq: uint64(2*i + 1), data: other})
		}
		got, err := fold(all)
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.Equal(t, "d7/openapp", got[0].GetId(), "in the place of the first")
		require.Equal(t, c.want[0], got[0].GetReason())
	}
}
