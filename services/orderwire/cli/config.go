package cli

import (
	"errors"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/orderwire/orderwire/services/internal/config"
)

type configCommand struct {
	Check configCheckCommand `cmd:"" help:"Check the configuration, and print the routes as they work."`
	Init  configInitCommand  `cmd:"" help:"Print a configuration to begin with."`
}

type configInitCommand struct{}

func (configInitCommand) Help() string {
	return "With OA_API_BASE_URL, OA_API_KEY and OA_API_SECRET set it is what these stand for; without, an example.\n\n" +
		examples("orderwire config init > orderwire.yaml")
}

func (configInitCommand) Run(t *terminal) error {
	yaml, _ := config.Simple(os.LookupEnv)
	_, err := t.stdout.Write(yaml)
	return err
}

type configCheckCommand struct {
	Config    string `env:"ORDERWIRE_CONFIG_FILE" placeholder:"FILE" help:"The YAML file. Without it: simple mode, from OA_API_BASE_URL, OA_API_KEY and OA_API_SECRET."`
	NoSecrets bool   `help:"Do not look whether the secrets are there: for a check elsewhere than where it runs."`
	JSON      bool   `help:"Print JSON."`
}

func (configCheckCommand) Help() string {
	return examples("orderwire config check --config orderwire.yaml", "orderwire config check --config orderwire.yaml --no-secrets --json")
}

func (c configCheckCommand) Run(t *terminal) error {
	cfg, err := loadConfig(c.Config, !c.NoSecrets)
	var problems config.Problems
	if errors.As(err, &problems) && c.JSON {
		return errors.Join(t.json(configAnswer{Problems: problemAnswers(problems)}), errSilent)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(configAnswerOf(cfg))
	}
	for _, w := range cfg.Warnings {
		t.warn(w.Error())
	}
	return printConfig(t, cfg)
}

// loadConfig reads the file, or simple mode's variables where there is none.
func loadConfig(file string, secrets bool) (*config.Config, error) {
	if file == "" {
		cfg, err := config.ParseSimple(os.LookupEnv, secrets)
		if errors.Is(err, config.ErrNotSimple) {
			err = &failure{err: err, code: exitUsage}
		}
		return cfg, err
	}
	if !secrets {
		return config.Load(file, nil)
	}
	return config.Load(file, os.LookupEnv)
}

func printConfig(t *terminal, cfg *config.Config) error {
	var rows []table.Row
	for _, d := range destinations(cfg) {
		rows = append(rows, table.Row{d.Name, d.URL, d.auth(), d.Concurrency, d.Timeout, d.Attempts})
	}
	if err := t.table(table.Row{"DESTINATION", "URL", "AUTH", "CONCURRENCY", "TIMEOUT", "ATTEMPTS"}, rows...); err != nil {
		return err
	}
	rows = nil
	var before config.Row
	for _, r := range cfg.Table() {
		row := table.Row{r.Route, shopsOf(r), r.Destination, r.Payload, r.Status, r.Target, r.Note}
		if r.Route == before.Route { // the route's own columns are said once
			row[0], row[1], row[2], row[3] = "", "", "", ""
		}
		before = r
		rows = append(rows, row)
	}
	if err := t.line(""); err != nil {
		return err
	}
	if err := t.table(table.Row{"ROUTE", "SHOPS", "TO", "PAYLOAD", "STATUS", "TARGET", ""}, rows...); err != nil {
		return err
	}
	return t.line("\n" + t.paint.green("ok"))
}
