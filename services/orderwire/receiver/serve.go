package receiver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// drain is how long requests under way get to finish.
const drain = 5 * time.Second

// Serve answers on a listener until ctx ends, and closes it.
func (r *Receiver) Serve(ctx context.Context, l net.Listener) error {
	return serve(ctx, rawListener{l}, &http.Server{Handler: r, ConnContext: withRaw, ReadHeaderTimeout: 10 * time.Second})
}

// ServeAdmin answers on a listener of its own, so that no path of it can collide with the API's: GET /stats, GET /accepted,
// GET /violations, and GET and PUT /faults.
func (r *Receiver) ServeAdmin(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) { write(w, r.Stats()) })
	mux.HandleFunc("GET /accepted", func(w http.ResponseWriter, _ *http.Request) { write(w, r.Accepted()) })
	mux.HandleFunc("GET /violations", func(w http.ResponseWriter, _ *http.Request) { write(w, r.Violations()) })
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { write(w, r.Faults()) })
	mux.HandleFunc("PUT /faults", func(w http.ResponseWriter, req *http.Request) {
		var f Faults
		d := json.NewDecoder(http.MaxBytesReader(w, req.Body, MaxBody))
		d.DisallowUnknownFields()
		err := d.Decode(&f)
		if err == nil {
			err = r.SetFaults(f)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		write(w, r.Faults())
	})
	return serve(ctx, l, &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second})
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
}

func serve(ctx context.Context, l net.Listener, s *http.Server) error {
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := s.Shutdown(stop)
	if err != nil { // a slow answer is under way: cut it
		err = s.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), served)
	}
	return err
}
