package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/kelseyhightower/envconfig"
)

// Prefix is what the name of every variable begins with.
const Prefix = "ORDERWIRE"

// Env is where a process runs, from the variables ORDERWIRE_*. The names follow from the fields: NATS.TLS.CAFile is
// ORDERWIRE_NATS_TLS_CA_FILE. No field may have an `envconfig` tag: the library would then also read the variable without the prefix,
// and $USER would become the NATS user.
type Env struct {
	NATS NATSEnv

	ConfigFile string `split_words:"true" desc:"The YAML file with shops, destinations and routes. Without it: simple mode (OA_API_BASE_URL, OA_API_KEY, OA_API_SECRET)."`

	Partitions     PartitionSet  `default:"all" desc:"Partitions this process works on: all, or a list such as 0-7,12. No partition may have two owners."`
	PartitionCount int           `split_words:"true" default:"16" desc:"Partitions there are. Must be what the streams were created with."`
	DrainTimeout   time.Duration `split_words:"true" default:"25s" desc:"How long work under way may take to finish after the first SIGTERM. Keep it below the time after which your platform kills."`

	Admin AdminEnv
	Log   LogEnv
}

// AdminEnv is where the admin server listens: /healthz, /readyz, /metrics.
type AdminEnv struct {
	Listen string `desc:"Address of the admin server (/healthz, /readyz, /metrics). It has no authentication: keep it off public networks."`
	Pprof  bool   `default:"false" desc:"Also serve Go profiles at /debug/pprof/."`
}

// LogEnv is how the process logs. Logs go to standard error.
type LogEnv struct {
	Format LogFormat `default:"auto" desc:"text, json, or auto: text on a terminal (coloured, unless NO_COLOR is set), json elsewhere."`
	Level  LogLevel  `default:"info" desc:"debug, info, warn or error."`
}

// Defaults are the values that differ from service to service.
type Defaults struct {
	AdminListen string // host:port
}

// LoadEnv reads and checks the environment. A variable that is set but empty counts as not set, as Compose files write it. The error is
// for the operator as it is.
func LoadEnv(defaults Defaults) (Env, error) {
	var env Env
	for _, v := range Variables(defaults) {
		if value, set := os.LookupEnv(v.Name); set && value == "" {
			if err := os.Unsetenv(v.Name); err != nil {
				return Env{}, fmt.Errorf("unset the empty variable %s: %w", v.Name, err)
			}
		}
	}
	errs, err := readEnv(&env)
	if err != nil {
		return Env{}, err
	}
	if env.Admin.Listen == "" {
		env.Admin.Listen = defaults.AdminListen
	}
	env.NATS.registerSecrets()
	if len(errs) > 0 { // the count that they would be held against may be one of these
		env.Partitions = PartitionSet{}
	}
	return env, errors.Join(append(errs, env.validate())...)
}

// readEnv reads every variable: one that cannot be read is a mistake, and counts as not set, so that all mistakes come to light at once.
func readEnv(env *Env) (mistakes []error, err error) {
	aside := map[string]string{}
	defer func() {
		for name, value := range aside {
			err = errors.Join(err, os.Setenv(name, value))
		}
	}()
	for {
		err := envconfig.Process(Prefix, env)
		if err == nil {
			return mistakes, nil
		}
		mistake := unreadable(err)
		parse, ok := errors.AsType[*envconfig.ParseError](err)
		if !ok {
			return nil, mistake
		}
		value, set := os.LookupEnv(parse.KeyName)
		if !set { // a default of this package, which is read no better the next time
			return nil, mistake
		}
		mistakes = append(mistakes, mistake)
		aside[parse.KeyName] = value
		if err := os.Unsetenv(parse.KeyName); err != nil {
			return nil, fmt.Errorf("put %s aside: %w", parse.KeyName, err)
		}
	}
}

// OwnedPartitions are the numbers of the partitions that this process works on, ascending.
func (e Env) OwnedPartitions() []int { return e.Partitions.of(e.PartitionCount) }

func (e Env) validate() error {
	var errs []error
	if e.PartitionCount < 1 {
		errs = append(errs, wrong("PARTITION_COUNT", strconv.Itoa(e.PartitionCount), "there is at least one partition", "the number the streams were created with (16, unless you chose another)"))
	} else if top := e.Partitions.max(); top >= e.PartitionCount {
		errs = append(errs, wrong("PARTITIONS", e.Partitions.String(), fmt.Sprintf("there is no partition %d", top), fmt.Sprintf("numbers from 0 to %d, or all", e.PartitionCount-1)))
	}
	if e.DrainTimeout <= 0 {
		errs = append(errs, wrong("DRAIN_TIMEOUT", e.DrainTimeout.String(), "it must be above zero", "a duration such as 25s"))
	}
	if _, port, err := net.SplitHostPort(e.Admin.Listen); err != nil || !isPort(port) {
		errs = append(errs, wrong("ADMIN_LISTEN", e.Admin.Listen, "not an address to listen on", "host:port, such as 127.0.0.1:9401, or 0.0.0.0:9401 in a container"))
	}
	return errors.Join(append(errs, e.NATS.validate()...)...)
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}
