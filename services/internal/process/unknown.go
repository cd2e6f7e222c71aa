package process

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/kelseyhightower/envconfig"

	"github.com/orderwire/orderwire/services/internal/spelling"
)

// Variable is one variable of the environment, as --help shows it.
type Variable struct{ Name, Default, About string }

// Variables are all variables that LoadEnv reads, in the order of Env.
func Variables(defaults Defaults) []Variable {
	var rows strings.Builder
	// The library tells what it reads only through a template.
	err := envconfig.Usagef(Prefix, &Env{}, &rows, "{{range .}}{{usage_key .}}\t{{usage_default .}}\t{{usage_description .}}\n{{end}}")
	if err != nil {
		panic("process: the fields of Env: " + err.Error()) // a mistake in this package, not in the environment
	}
	var all []Variable
	for row := range strings.Lines(rows.String()) {
		cells := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		v := Variable{Name: cells[0], Default: cells[1], About: cells[2]}
		if v.Name == Prefix+"_ADMIN_LISTEN" {
			v.Default = defaults.AdminListen
		}
		all = append(all, v)
	}
	return all
}

// Unknown is a variable that looks like ours and is not. Suggestion is the nearest one that is, or empty.
type Unknown struct{ Name, Suggestion string }

// Kubernetes sets these for every service whose name begins with "orderwire"; they are nobody's mistake.
var (
	injectedName  = regexp.MustCompile(`^ORDERWIRE_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)
	injectedPort  = regexp.MustCompile(`^ORDERWIRE_(.*_)?PORT$`)
	injectedValue = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// UnknownVariables are the variables of this process's environment that begin with the prefix and that nobody reads, by name.
func UnknownVariables() []Unknown {
	var known []string
	for _, v := range Variables(Defaults{}) {
		known = append(known, v.Name)
	}
	var unknown []Unknown
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, Prefix+"_") || slices.Contains(known, name) || injected(name, value) {
			continue
		}
		unknown = append(unknown, Unknown{Name: name, Suggestion: nearest(name, known)})
	}
	slices.SortFunc(unknown, func(a, b Unknown) int { return strings.Compare(a.Name, b.Name) })
	return unknown
}

func injected(name, value string) bool {
	return injectedName.MatchString(name) || injectedPort.MatchString(name) && injectedValue.MatchString(value)
}

// nearest is the known name with the fewest wrong letters, or the one that name begins or that begins name; empty when all are far away.
func nearest(name string, known []string) string {
	const far = 3
	best, bestDistance := "", far
	for _, k := range known {
		d := spelling.Distance(name, k)
		if strings.HasPrefix(k, name+"_") || strings.HasPrefix(name, k+"_") {
			d = min(d, 1)
		}
		if d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}
