package structure

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxLines is the length of the longest file. Generated files and testdata may be longer.
const maxLines = 500

var (
	topLevel = []string{"proto", "services", "deploy", "scripts", "go.work", "go.work.sum", "Makefile", "README.md", "docker-compose.yml"}
	written  = []string{".go", ".php", ".sh", ".proto", ".js", ".css", ".html", ".tmpl", ".yml", ".yaml", ".md", ".sql", ""}
	// Put together from parts, or this file would be a finding.
	promise = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b|(?i)not (yet )?implement` + `ed\b`)
)

// TopLevel finds entries of the root that were not agreed. Names that begin with a dot and what .gitignore names there are free.
func TopLevel(tree fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		return nil, fmt.Errorf("read the top level: %w", err)
	}
	ignored, err := fs.ReadFile(tree, ".gitignore")
	if err != nil {
		return nil, fmt.Errorf("read .gitignore: %w", err)
	}
	free := strings.Fields(string(ignored))
	var findings []string
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) && !slices.Contains(free, "/"+name+"/") {
			findings = append(findings, name+": not agreed at the top level")
		}
	}
	return findings, nil
}

// Contents finds files that are too long, and promises of work for later.
func Contents(tree fs.FS) ([]string, error) {
	paths, err := Files(tree)
	if err != nil {
		return nil, err
	}
	var findings []string
	for _, p := range paths {
		if !slices.Contains(written, path.Ext(p)) || strings.HasSuffix(p, ".pb.go") {
			continue
		}
		content, err := fs.ReadFile(tree, p)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", p, err)
		}
		if n := bytes.Count(content, []byte("\n")); n > maxLines {
			findings = append(findings, fmt.Sprintf("%s: %d lines, at most %d. Try: split it by idea", p, n, maxLines))
		}
		for i, line := range strings.Split(string(content), "\n") {
			if found := promise.FindString(line); found != "" {
				findings = append(findings, fmt.Sprintf("%s:%d: %s", p, i+1, found))
			}
		}
	}
	return findings, nil
}
