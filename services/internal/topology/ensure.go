package topology

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Report is what Ensure found and did.
type Report struct {
	Created []string
	Drift   []Drift
}

// codeNoStorage is the server's answer when the streams' max_bytes do not fit into what it may use (JSInsufficientResourcesErr, JSStorageResourcesExceededErr).
var codeNoStorage = map[jetstream.ErrorCode]bool{10023: true, 10047: true}

// Ensure creates the streams that are missing, and reports where existing ones differ from the table.
func Ensure(ctx context.Context, js jetstream.JetStream, cfg Config) (Report, error) {
	var report Report
	cfg = cfg.WithDefaults()
	if err := cfg.Validate(); err != nil {
		return report, err
	}
	if err := checkVersion(js.Conn()); err != nil {
		return report, err
	}
	for _, want := range cfg.Streams() {
		have, err := info(ctx, js, want.Name)
		if err != nil {
			return report, err
		}
		if have == nil {
			if err := create(ctx, js, want); err != nil {
				return report, err
			}
			report.Created = append(report.Created, want.Name)
			continue
		}
		if err := checkPartitions(have, cfg.Partitions); err != nil {
			return report, err
		}
		report.Drift = append(report.Drift, drift(want, have.Config)...)
	}
	return report, nil
}

// Check is what a service asks before it starts: is the server new enough, do the streams exist, were they made for this many partitions.
func Check(ctx context.Context, js jetstream.JetStream, partitions int) error {
	if err := checkVersion(js.Conn()); err != nil {
		return err
	}
	for _, name := range Names {
		have, err := info(ctx, js, name)
		if err != nil {
			return err
		}
		if have == nil {
			return fmt.Errorf("stream %s does not exist. Try: orderwire stream ensure", name)
		}
		if err := checkPartitions(have, partitions); err != nil {
			return err
		}
	}
	return nil
}

// info is nil when there is no such stream.
func info(ctx context.Context, js jetstream.JetStream, name string) (*jetstream.StreamInfo, error) {
	s, err := js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil //nolint:nilnil // absence is an answer here
	}
	if err != nil {
		return nil, fmt.Errorf("look up stream %s: %w", name, err)
	}
	return s.CachedInfo(), nil
}

func create(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig) error {
	_, err := js.CreateStream(ctx, want)
	if err == nil || errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was quicker
		return nil
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && codeNoStorage[api.ErrorCode] {
		return fmt.Errorf("create stream %s with max_bytes %s: the server has no room for it: %w. Try: free disk space, raise the server's max_file, or give the streams a smaller max_bytes",
			want.Name, mib(want.MaxBytes), err)
	}
	return fmt.Errorf("create stream %s: %w", want.Name, err)
}

func checkPartitions(have *jetstream.StreamInfo, want int) error {
	got := have.Config.Metadata[metaPartitions]
	if got == strconv.Itoa(want) {
		return nil
	}
	if got == "" {
		return fmt.Errorf("stream %s was not made by Orderwire: its metadata has no %s. Try: another NATS account, or remove the stream if it holds nothing of value", have.Config.Name, metaPartitions)
	}
	return fmt.Errorf("stream %s was made for %s partitions, this process is configured for %d: another count would split the events of one order. Try: ORDERWIRE_PARTITION_COUNT=%s", have.Config.Name, got, want, got)
}

func checkVersion(nc *nats.Conn) error {
	v := nc.ConnectedServerVersion()
	if v == "" {
		return errors.New("not connected to a NATS server")
	}
	if versionLess(v, MinServerVersion) {
		return fmt.Errorf("the NATS server has version %s; Orderwire needs %s or later, for atomic batches. Try: upgrade nats-server", v, MinServerVersion)
	}
	return nil
}

// versionLess compares dotted numbers; what follows a hyphen (2.12.0-RC.1) does not count.
func versionLess(a, b string) bool {
	num := func(s string, i int) int {
		s, _, _ = strings.Cut(s, "-")
		f := strings.Split(s, ".")
		if i >= len(f) {
			return 0
		}
		n, _ := strconv.Atoi(f[i])
		return n
	}
	for i := range 3 {
		if x, y := num(a, i), num(b, i); x != y {
			return x < y
		}
	}
	return false
}

func mib(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
