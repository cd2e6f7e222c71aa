package receiver

import (
	"sync"
	"sync/atomic"
)

// keyed counts by name.
type keyed struct{ m sync.Map }

func (k *keyed) add(name string) {
	n, ok := k.m.Load(name)
	if !ok {
		n, _ = k.m.LoadOrStore(name, new(atomic.Int64))
	}
	n.(*atomic.Int64).Add(1)
}

func (k *keyed) all() map[string]int64 {
	all := map[string]int64{}
	k.m.Range(func(name, n any) bool {
		all[name.(string)] = n.(*atomic.Int64).Load()
		return true
	})
	return all
}
