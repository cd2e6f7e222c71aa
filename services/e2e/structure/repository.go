package structure

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Module is what the path of every package of ours begins with.
const Module = "github.com/orderwire/orderwire"

// GoFile is one parsed Go file. Generated files are parsed like others.
type GoFile struct {
	Path      string // slash-separated, from the root
	Test      bool   // _test.go
	Generated bool
	AST       *ast.File
	Set       *token.FileSet
}

// Package is the import path of the file's folder.
func (f *GoFile) Package() string { return path.Join(Module, path.Dir(f.Path)) }

// Line is where a node begins.
func (f *GoFile) Line(node ast.Node) string {
	return fmt.Sprintf("%s:%d", f.Path, f.Set.Position(node.Pos()).Line)
}

// Files are all files that are ours to write: nothing from .git and bin, no testdata.
func Files(tree fs.FS) ([]string, error) {
	var files []string
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "bin", "testdata", "vendor", "node_modules"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		files = append(files, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return files, nil
}

// GoFiles are all Go files, parsed.
func GoFiles(tree fs.FS) ([]*GoFile, error) {
	paths, err := Files(tree)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	var files []*GoFile
	for _, p := range paths {
		if path.Ext(p) != ".go" {
			continue
		}
		source, err := fs.ReadFile(tree, p)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", p, err)
		}
		parsed, err := parser.ParseFile(set, p, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", p, err)
		}
		files = append(files, &GoFile{Path: p, Test: strings.HasSuffix(p, "_test.go"), Generated: ast.IsGenerated(parsed), AST: parsed, Set: set})
	}
	return files, nil
}
