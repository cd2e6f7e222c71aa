package process

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var mapperDefaults = Defaults{AdminListen: "127.0.0.1:9401"}

func TestLoadEnvDefaults(t *testing.T) {
	env, err := LoadEnv(mapperDefaults)
	require.NoError(t, err)
	require.Equal(t, []string{"nats://127.0.0.1:4222"}, env.NATS.Servers())
	require.Equal(t, "127.0.0.1:9401", env.Admin.Listen)
	require.Len(t, env.OwnedPartitions(), 16)
	require.Equal(t, 25*time.Second, env.DrainTimeout)
	require.Equal(t, LogAuto, env.Log.Format)
	require.Equal(t, slog.LevelInfo, env.Log.Level.Level)
}

func TestLoadEnvReadsEverything(t *testing.T) {
	setenv(t, "NATS_URL=nats://a:4222, tls://b", "CONFIG_FILE=/etc/orderwire.yaml", "PARTITIONS=3,0-1", "PARTITION_COUNT=4", "DRAIN_TIMEOUT=2m",
		"ADMIN_LISTEN=:9000", "ADMIN_PPROF=true", "LOG_FORMAT=JSON", "LOG_LEVEL=debug", "NATS_INBOX_PREFIX=_INBOX.mapper", "NATS_USER=m", "NATS_PASSWORD=swordfish")
	env, err := LoadEnv(mapperDefaults)
	require.NoError(t, err)
	require.Equal(t, []string{"nats://a:4222", "tls://b"}, env.NATS.Servers())
	require.Equal(t, []int{0, 1, 3}, env.OwnedPartitions())
	require.Equal(t, Env{
		NATS:       NATSEnv{URL: "nats://a:4222, tls://b", User: "m", Password: "swordfish", InboxPrefix: "_INBOX.mapper"},
		ConfigFile: "/etc/orderwire.yaml", Partitions: PartitionSet{[]int{0, 1, 3}}, PartitionCount: 4, DrainTimeout: 2 * time.Minute,
		Admin: AdminEnv{Listen: ":9000", Pprof: true}, Log: LogEnv{Format: LogJSON, Level: LogLevel{slog.LevelDebug}},
	}, env)
	require.Equal(t, "password "+Hidden, Redact("password swordfish"))
}

func TestLoadEnvTakesEmptyForUnset(t *testing.T) {
	setenv(t, "PARTITION_COUNT=", "DRAIN_TIMEOUT=", "NATS_URL=", "NATS_CREDS_FILE=", "ADMIN_LISTEN=")
	env, err := LoadEnv(mapperDefaults)
	require.NoError(t, err)
	require.Equal(t, 16, env.PartitionCount)
	require.Equal(t, "127.0.0.1:9401", env.Admin.Listen)
}

// The environment of any login has USER; nothing without our prefix may count.
func TestLoadEnvReadsNothingWithoutPrefix(t *testing.T) {
	for _, name := range []string{"USER", "URL", "TOKEN", "PASSWORD", "LISTEN", "LEVEL", "FORMAT", "NATS_URL", "LOG_LEVEL", "CONFIG_FILE"} {
		t.Setenv(name, "stranger")
	}
	env, err := LoadEnv(mapperDefaults)
	require.NoError(t, err)
	require.Equal(t, NATSEnv{URL: "nats://127.0.0.1:4222"}, env.NATS)
	require.Empty(t, env.ConfigFile)
}

func TestLoadEnvMistakes(t *testing.T) {
	here := file(t, "content")
	for name, test := range map[string]struct {
		set  []string
		want string
	}{
		"level":           {[]string{"LOG_LEVEL=loud"}, "ORDERWIRE_LOG_LEVEL=loud: not a log level. Try: debug, info, warn or error"},
		"format":          {[]string{"LOG_FORMAT=xml"}, "ORDERWIRE_LOG_FORMAT=xml: not a log format. Try: auto, text or json"},
		"count in words":  {[]string{"PARTITION_COUNT=few"}, "ORDERWIRE_PARTITION_COUNT=few: not a whole number. Try: digits only, such as 16"},
		"count zero":      {[]string{"PARTITION_COUNT=0"}, "ORDERWIRE_PARTITION_COUNT=0: there is at least one partition. Try: the number the streams were created with (16, unless you chose another)"},
		"partition":       {[]string{"PARTITIONS=0-x"}, `ORDERWIRE_PARTITIONS=0-x: "0-x" is neither a number nor a range. Try: all, or a list such as 0-7,12`},
		"partition above": {[]string{"PARTITIONS=8-16"}, "ORDERWIRE_PARTITIONS=8-16: there is no partition 16. Try: numbers from 0 to 15, or all"},
		"drain":           {[]string{"DRAIN_TIMEOUT=25"}, "ORDERWIRE_DRAIN_TIMEOUT=25: not a duration. Try: a number with a unit, such as 25s or 2m"},
		"drain negative":  {[]string{"DRAIN_TIMEOUT=-1s"}, "ORDERWIRE_DRAIN_TIMEOUT=-1s: it must be above zero. Try: a duration such as 25s"},
		"pprof":           {[]string{"ADMIN_PPROF=ja"}, "ORDERWIRE_ADMIN_PPROF=ja: neither yes nor no. Try: true or false"},
		"listen":          {[]string{"ADMIN_LISTEN=9401"}, "ORDERWIRE_ADMIN_LISTEN=9401: not an address to listen on. Try: host:port, such as 127.0.0.1:9401, or 0.0.0.0:9401 in a container"},
		"scheme":          {[]string{"NATS_URL=http://n:4222"}, "ORDERWIRE_NATS_URL=http://n:4222: http is not a scheme of NATS. Try: nats://host:4222 (or tls://, ws://, wss://), several separated by commas"},
		"no server":       {[]string{"NATS_URL=,"}, "ORDERWIRE_NATS_URL=,: no server in it. Try: nats://host:4222"},
		"secret in URL":   {[]string{"NATS_URL=nats://u:se/cret@n:x"}, "ORDERWIRE_NATS_URL=nats://" + Hidden + "@n:x: not the address of a server. Try: nats://host:4222 (or tls://, ws://, wss://), several separated by commas"},
		"no file":         {[]string{"NATS_CREDS_FILE=/nowhere"}, "ORDERWIRE_NATS_CREDS_FILE=/nowhere: no such file or directory. Try: the path of a file that this user may read"},
		"two kinds":       {[]string{"NATS_USER=u", "NATS_TOKEN_FILE=" + here}, "ORDERWIRE_NATS_USER and ORDERWIRE_NATS_TOKEN: a connection is made with one kind of credentials. Try: keep one of them"},
		"two passwords":   {[]string{"NATS_USER=u", "NATS_PASSWORD=abcdef", "NATS_PASSWORD_FILE=" + here}, "ORDERWIRE_NATS_PASSWORD and ORDERWIRE_NATS_PASSWORD_FILE: both are set. Try: keep one of them"},
		"two tokens":      {[]string{"NATS_TOKEN=abcdef", "NATS_TOKEN_FILE=" + here}, "ORDERWIRE_NATS_TOKEN and ORDERWIRE_NATS_TOKEN_FILE: both are set. Try: keep one of them"},
		"no user":         {[]string{"NATS_PASSWORD=abcdef"}, "ORDERWIRE_NATS_PASSWORD: a password without a user. Try: set ORDERWIRE_NATS_USER too"},
		"half a pair":     {[]string{"NATS_TLS_CERT_FILE=" + here}, "ORDERWIRE_NATS_TLS_CERT_FILE and ORDERWIRE_NATS_TLS_KEY_FILE: one without the other. Try: set both or neither"},
		"several that cannot be read, and one that is wrong": {
			[]string{"PARTITION_COUNT=few", "LOG_LEVEL=loud", "NATS_URL=nats://u:pass/word@n:x"},
			"ORDERWIRE_PARTITION_COUNT=few: not a whole number. Try: digits only, such as 16\nORDERWIRE_LOG_LEVEL=loud: not a log level. Try: debug, info, warn or error\n" +
				"ORDERWIRE_NATS_URL=nats://" + Hidden + "@n:x: not the address of a server. Try: nats://host:4222 (or tls://, ws://, wss://), several separated by commas",
		},
		"no count to hold it against": {
			[]string{"PARTITION_COUNT=few", "PARTITIONS=8-40"},
			"ORDERWIRE_PARTITION_COUNT=few: not a whole number. Try: digits only, such as 16",
		},
		"two at once": {
			[]string{"DRAIN_TIMEOUT=-1s", "NATS_URL=,"},
			"ORDERWIRE_DRAIN_TIMEOUT=-1s: it must be above zero. Try: a duration such as 25s\nORDERWIRE_NATS_URL=,: no server in it. Try: nats://host:4222",
		},
	} {
		t.Run(name, func(t *testing.T) {
			setenv(t, test.set...)
			for range 2 { // the environment is afterwards as it was
				_, err := LoadEnv(mapperDefaults)
				require.EqualError(t, err, test.want)
			}
		})
	}
}

func TestPartitionSet(t *testing.T) {
	for value, want := range map[string]struct {
		of   []int
		text string
	}{
		"all":         {[]int{0, 1, 2, 3}, "all"},
		"2":           {[]int{2}, "2"},
		"3,1":         {[]int{1, 3}, "1,3"},
		"0-2,1, 3":    {[]int{0, 1, 2, 3}, "0-3"},
		"0-1,3-3":     {[]int{0, 1, 3}, "0-1,3"},
		"-1":          {},
		"2-1":         {},
		"1,":          {},
		"0-99999999":  {},
		"1-2-3":       {},
		"zero":        {},
		"0x1":         {},
		"1.5":         {},
		"0-3;5":       {},
		" ":           {},
		"all,2":       {},
		"９":           {},
		"18446744073": {},
	} {
		t.Run(value, func(t *testing.T) {
			var set PartitionSet
			err := set.Decode(value)
			if want.of == nil {
				require.ErrorContains(t, err, "Try: all, or a list such as 0-7,12")
				return
			}
			require.NoError(t, err)
			require.Equal(t, want.of, set.of(4))
			require.Equal(t, want.text, set.String())
		})
	}
}
