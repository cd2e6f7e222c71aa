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
	yaml, err := config.Start(os.LookupEnv)
	if err != nil {
		return err
	}
	_, err = t.stdout.Write(yaml)
	return err
}

type configCheckCommand struct {
	configured
	NoSecrets bool `help:"Do not look whether the secrets are there: for a check elsewhere than where it runs."`
	JSON      bool `help:"Print JSON."`
}

func (configCheckCommand) Help() string {
	return examples("orderwire config check", "orderwire config check --config orderwire.yaml", "orderwire config check --config orderwire.yaml --no-secrets --json")
}

func (c configCheckCommand) Run(t *terminal) error {
	file, from, err := c.source()
	if err != nil {
		return err
	}
	cfg, err := loadConfig(file, !c.NoSecrets)
	var problems config.Problems
	if errors.As(err, &problems) && c.JSON {
		return errors.Join(t.json(configAnswer{Source: from, Problems: problemAnswers(problems)}), errSilent)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(configAnswerOf(cfg, from))
	}
	for _, w := range cfg.Warnings {
		t.warn(w.Error())
	}
	return printConfig(t, cfg, from)
}

// loadConfig reads the file, or simple mode's variables where it is empty.
func loadConfig(file string, secrets bool) (*config.Config, error) {
	if file == "" {
		return config.ParseSimple(os.LookupEnv, secrets)
	}
	if !secrets {
		return config.Load(file, nil)
	}
	return config.Load(file, os.LookupEnv)
}

func printConfig(t *terminal, cfg *config.Config, from string) error {
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
	return t.line("\n" + t.paint.green("ok") + ": " + from)
}
