package dispatcher

import "context"

// reload makes the workers take over each configuration that comes.
func (d *Dispatcher) reload(ctx context.Context) {
	for {
		changed := d.cfg.Configuration.Changed()
		d.client.Keep(func(key string) bool {
			_, _, ok := d.cfg.Configuration.Current().Destination(key)
			return ok
		})
		for _, w := range d.all() {
			w.Configure()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
