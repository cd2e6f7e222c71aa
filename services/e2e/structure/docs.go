package structure

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// PackageDocs finds packages without a package doc, with one that does not begin as godoc wants it, and with more than one.
func PackageDocs(files []*GoFile) []string {
	docs := map[string][]string{} // folder: its package docs
	names := map[string]string{}
	for _, f := range files {
		dir := path.Dir(f.Path)
		name := f.AST.Name.Name
		if strings.HasSuffix(name, "_test") {
			continue // the package under test has the doc
		}
		names[dir] = name
		if f.AST.Doc != nil {
			docs[dir] = append(docs[dir], f.AST.Doc.Text())
		}
	}
	var findings []string
	for dir, name := range names {
		begin := "Package " + name + " "
		if name == "main" {
			begin = "Command " + path.Base(dir) + " "
		}
		switch all := docs[dir]; {
		case len(all) == 0:
			findings = append(findings, dir+": no package doc")
		case len(all) > 1:
			findings = append(findings, fmt.Sprintf("%s: %d package docs", dir, len(all)))
		case !strings.HasPrefix(all[0], begin):
			findings = append(findings, fmt.Sprintf("%s: the package doc does not begin with %q", dir, begin))
		}
	}
	slices.Sort(findings)
	return findings
}
