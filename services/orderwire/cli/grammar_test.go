package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var word = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)

// TestExamples: every command has examples, and every example is one that the grammar takes.
func TestExamples(t *testing.T) {
	model, err := newParser(&grammar{}, Invocation{})
	require.NoError(t, err)
	for _, command := range model.Model.Leaves(false) {
		_, lines, ok := strings.Cut(command.Detail, "Examples:\n\n")
		require.True(t, ok, "%s has no examples", command.FullPath())
		require.NotEmpty(t, command.Help)
		shown := 0
		for line := range strings.SplitSeq(lines, "\n") {
			_, args, ok := strings.Cut(line, "orderwire ")
			if !ok {
				continue
			}
			args, _, _ = strings.Cut(args, " >")
			words := word.FindAllString(args, -1)
			for i := range words {
				words[i] = strings.Trim(words[i], `"'`)
			}
			parser, err := newParser(&grammar{}, Invocation{})
			require.NoError(t, err)
			parsed, err := parser.Parse(words)
			require.NoError(t, err, line)
			require.Equal(t, command.FullPath(), parsed.Selected().FullPath(), line)
			shown++
		}
		require.Positive(t, shown, command.FullPath())
	}
}

// TestFlags: flags that many commands have mean the same everywhere.
func TestFlags(t *testing.T) {
	model, err := newParser(&grammar{}, Invocation{})
	require.NoError(t, err)
	help := map[string]string{}
	for _, command := range model.Model.Leaves(false) {
		for _, f := range command.Flags {
			require.NotEmpty(t, f.Help, "%s --%s", command.FullPath(), f.Name)
			if f.Name == "server" || f.Name == "context" {
				if help[f.Name] == "" {
					help[f.Name] = f.Help
				}
				require.Equal(t, help[f.Name], f.Help)
			}
		}
	}
	require.Len(t, help, 2)
}
