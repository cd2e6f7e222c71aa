package config

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

func TestTarget(t *testing.T) {
	shop := &Shop{Statuses: map[string]uint32{"awaiting_pickup": 17}}
	all := []Mapping{
		{Kind: ByLogable, Status: "flag:logable", Target: "logable"},
		{Kind: ByInvoice, Status: "flag:invoice", Target: "invoice"},
		{Kind: ByPaid, Status: "flag:paid", Target: "paid"},
		{Kind: ByDelivery, Status: "flag:delivery", Target: "delivery"},
		{Kind: ByShipped, Status: "flag:shipped", Target: "shipped"},
		{Kind: ByKey, Status: "PS_OS_SHIPPING", Target: "key"},
		{Kind: ByID, Status: "17", ID: 17, Target: "id"},
		{Kind: ByName, Status: "awaiting_pickup", Target: "name"},
	}
	full := &orderwirev1.Status{Id: 17, Key: "PS_OS_SHIPPING", Name: "Sent", Paid: true, Shipped: true, Delivery: true, Invoice: true, Logable: true}
	for name, c := range map[string]struct {
		statuses []Mapping
		status   *orderwirev1.Status
		shop     *Shop
		want     string
		unmapped bool
	}{
		"name first":               {all, full, shop, "name", false},
		"a shop without names":     {all, full, nil, "id", false},
		"another status":           {all, &orderwirev1.Status{Id: 18, Key: "PS_OS_SHIPPING", Shipped: true}, shop, "key", false},
		"shipped before the rest":  {all, &orderwirev1.Status{Id: 18, Shipped: true, Delivery: true, Paid: true, Invoice: true, Logable: true}, shop, "shipped", false},
		"delivery before paid":     {all, &orderwirev1.Status{Id: 18, Delivery: true, Paid: true, Invoice: true, Logable: true}, shop, "delivery", false},
		"paid before invoice":      {all, &orderwirev1.Status{Id: 18, Paid: true, Invoice: true, Logable: true}, shop, "paid", false},
		"invoice before logable":   {all, &orderwirev1.Status{Id: 18, Invoice: true, Logable: true}, shop, "invoice", false},
		"logable":                  {all, &orderwirev1.Status{Id: 18, Logable: true}, shop, "logable", false},
		"nothing fits":             {all, &orderwirev1.Status{Id: 18, Key: "PS_OS_CHEQUE"}, shop, "", true},
		"no key is no match":       {[]Mapping{{Kind: ByKey, Status: "PS_OS_ERROR", Target: "x"}}, &orderwirev1.Status{Id: 1}, shop, "", true},
		"no status":                {all, nil, shop, "", true},
		"every status: key":        {nil, full, shop, "PS_OS_SHIPPING", false},
		"every status: name":       {nil, &orderwirev1.Status{Id: 17, Name: "Attend"}, shop, "awaiting_pickup", false},
		"every status: id":         {nil, &orderwirev1.Status{Id: 18, Name: "Attend"}, shop, "18", false},
		"every status: id, no one": {nil, &orderwirev1.Status{Id: 18}, nil, "18", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := (&Route{Statuses: c.statuses}).Target(c.status, c.shop)
			require.Equal(t, c.want, got)
			require.Equal(t, c.unmapped, !ok)
		})
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		shops   []string
		idShops []uint32
		shop    string
		idShop  uint32
		want    bool
	}{
		{[]string{"*"}, nil, "acme-fr", 1, true},
		{[]string{"acme-*"}, nil, "acme-fr", 1, true},
		{[]string{"acme-*"}, nil, "acme", 1, false},
		{[]string{"other", "acme-??"}, nil, "acme-fr", 9, true},
		{[]string{"acme-??"}, nil, "acme-fra", 9, false},
		{[]string{"acme-fr"}, []uint32{2, 3}, "acme-fr", 3, true},
		{[]string{"acme-fr"}, []uint32{2, 3}, "acme-fr", 1, false},
	} {
		require.Equal(t, c.want, (&Route{Shops: c.shops, IDShop: c.idShops}).Matches(c.shop, c.idShop), "%+v", c)
	}
}

func TestFirstRouteOfEachDestinationDecides(t *testing.T) {
	c := &Config{Routes: []*Route{
		{Name: "multistore", Shops: []string{"acme-*"}, IDShop: []uint32{2}, To: "erp"},
		{Name: "acme", Shops: []string{"acme-*"}, To: "erp"},
		{Name: "wms", Shops: []string{"*"}, To: "wms"},
		{Name: "rest", Shops: []string{"*"}, To: "erp"},
	}}
	names := func(list []*Route) (names []string) {
		for _, r := range list {
			names = append(names, r.Name)
		}
		return names
	}
	require.Equal(t, []string{"multistore", "wms"}, names(c.Match("acme-fr", 2)))
	require.Equal(t, []string{"acme", "wms"}, names(c.Match("acme-fr", 1)))
	require.Equal(t, []string{"wms", "rest"}, names(c.Match("other", 2)))
	require.Equal(t, []string{"multistore", "acme", "rest"}, names(c.RoutesFor("erp")))
	require.Empty(t, (&Config{}).Match("other", 1))
}

func TestDestinationKey(t *testing.T) {
	c := &Config{Destinations: map[string]*Destination{"one": {Name: "one"}, "each": {Name: "each", PerShop: true}}}
	for key, want := range map[string][2]string{
		"one": {"one", ""}, "each@acme-fr": {"each", "acme-fr"},
		"each": {}, "one@acme-fr": {}, "each@": {}, "each@A": {}, "each@a@b": {}, "": {}, "gone": {}, "gone@acme": {},
	} {
		d, shop, ok := c.Destination(key)
		require.Equal(t, want[0] != "", ok, key)
		if ok {
			require.Equal(t, want, [2]string{d.Name, shop})
			require.Equal(t, key, d.Key(shop))
		}
	}
	require.Equal(t, "one", c.Destinations["one"].Key("acme-fr"), "the shop does not matter to a destination that is one for all")
}

func TestCoveringPatternMatchesAllThatTheOtherDoes(t *testing.T) {
	require.True(t, globCovers("*", "a*"))
	require.True(t, globCovers("a*", "a-*"))
	require.True(t, globCovers("a?", "ab"))
	require.False(t, globCovers("a*", "*"))
	require.False(t, globCovers("a?", "a*"))
	pattern, text := rapid.StringMatching(`[ab*?]{1,4}`), rapid.StringMatching(`[ab]{0,5}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, s := pattern.Draw(t, "a"), pattern.Draw(t, "b"), text.Draw(t, "s")
		if globCovers(a, b) && globMatch(b, s) && !globMatch(a, s) {
			t.Fatalf("%s covers %s, but not %q", a, b, s)
		}
	})
}
