package lives

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/proto/testdata"
)

func TestTableNamesEachFileAndEachFileIsThere(t *testing.T) {
	raw, err := testdata.Files.ReadFile("decisions.json")
	require.NoError(t, err)
	require.NoError(t, fs.WalkDir(testdata.Files, ".", func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if !d.IsDir() && path != "decisions.json" {
			require.Contains(t, string(raw), `"`+path+`"`)
		}
		return nil
	}))
	_, err = readTable()
	require.NoError(t, err)
}

func TestRowsAreComplete(t *testing.T) {
	var names, orders []string
	for _, l := range All() {
		require.NotContains(t, names, l.Name)
		names = append(names, l.Name)
		require.NotEmpty(t, l.About)
		require.NotEmpty(t, l.Events, l.Name)
		require.False(t, l.Recorded && l.Hostile)
		var mine []string
		for _, e := range l.Events {
			reason := strings.ToUpper(strings.ReplaceAll(e.Expect.Decision, "-", "_"))
			require.Contains(t, orderwirev1.Reason_value, reason, l.Name)
			require.Equal(t, reason == "MAPPED", e.Expect.Body != nil, l.Name)
			require.False(t, e.Expect.FieldKnown && reason != "MALFORMED", l.Name)
			if e.Expect.Decision == "malformed" {
				require.True(t, l.Hostile, l.Name)
			} else {
				mine = append(mine, e.Shop+"/"+e.Order)
			}
		}
		slices.Sort(mine)
		mine = slices.Compact(mine)
		for _, order := range mine {
			require.NotContains(t, orders, order, "two lives share an order")
		}
		orders = append(orders, mine...)
	}
	require.Equal(t, "created-paid", Named("created-paid").Name)
	require.PanicsWithValue(t, "lives: there is no life \"x\"; there are "+strings.Join(names, ", "), func() { Named("x") })
}

// Shops: each has one instance, and gives each event an id of its own and its orders rising sequences.
func TestEventsAreThoseOfShops(t *testing.T) {
	instances, ids, sequences := map[string]string{}, map[string][]byte{}, map[string]int64{}
	for _, l := range All() {
		for n, e := range l.Events {
			d := e.Expect.Decision
			if d == "malformed" || d == "wrong-instance" {
				continue
			}
			m, err := decode(e.Data)
			require.NoError(t, err, "%s %d", l.Name, n+1)
			if known, ok := instances[e.Shop]; ok {
				require.Equal(t, known, m.GetInstance(), l.Name)
			}
			instances[e.Shop] = m.GetInstance()
			if other, ok := ids[e.Shop+m.GetId()]; ok {
				require.Equal(t, string(other), string(e.Data), "%s: id %s", l.Name, m.GetId())
			}
			ids[e.Shop+m.GetId()] = e.Data
			order := e.Shop + "/" + e.Order
			if d == "stale" {
				require.LessOrEqual(t, m.GetSequence(), sequences[order], l.Name)
			} else if d != "clock" {
				require.Greater(t, m.GetSequence(), sequences[order], l.Name)
				sequences[order] = m.GetSequence()
			}
		}
	}
	require.Len(t, instances, 4)
}
