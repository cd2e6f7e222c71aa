package structure

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// GoMod is go.mod as `go mod edit -json` prints it.
type GoMod struct {
	Module  struct{ Path string }
	Go      string
	Require []struct {
		Path, Version string
	}
	Replace []struct {
		Old, New struct{ Path, Version string }
	}
	Exclude []struct{ Path, Version string }
}

// GoWork is go.work as `go work edit -json` prints it.
type GoWork struct {
	Go  string
	Use []struct{ DiskPath string }
}

// ModuleFolders are the folders that have a go.mod.
func ModuleFolders(tree fs.FS) ([]string, error) {
	paths, err := Files(tree)
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, p := range paths {
		if path.Base(p) == "go.mod" {
			folders = append(folders, path.Dir(p))
		}
	}
	return folders, nil
}

// Modules finds where go.work and the modules, by folder, do not agree.
func Modules(work GoWork, mods map[string]GoMod) []string {
	var findings []string
	used := map[string]bool{}
	for _, use := range work.Use {
		used[path.Clean(filepath.ToSlash(use.DiskPath))] = true
	}
	versions := map[string]map[string][]string{} // module: version: folders
	for folder, mod := range mods {
		if !used[folder] {
			findings = append(findings, folder+": not in go.work")
		}
		if want := path.Join(Module, folder); mod.Module.Path != want {
			findings = append(findings, fmt.Sprintf("%s: module %s, should be %s", folder, mod.Module.Path, want))
		}
		if mod.Go != work.Go {
			findings = append(findings, fmt.Sprintf("%s: go %s, go.work says %s", folder, mod.Go, work.Go))
		}
		if len(mod.Exclude) > 0 {
			findings = append(findings, folder+": exclude lines")
		}
		findings = append(findings, replacements(folder, mod)...)
		for _, require := range mod.Require {
			if versions[require.Path] == nil {
				versions[require.Path] = map[string][]string{}
			}
			versions[require.Path][require.Version] = append(versions[require.Path][require.Version], folder)
		}
	}
	for folder := range used {
		if _, is := mods[folder]; !is {
			findings = append(findings, folder+": in go.work, but no module")
		}
	}
	for module, by := range versions {
		if len(by) > 1 {
			var each []string
			for version, folders := range by {
				slices.Sort(folders)
				each = append(each, version+" in "+strings.Join(folders, ", "))
			}
			slices.Sort(each)
			findings = append(findings, module+": several versions: "+strings.Join(each, "; "))
		}
	}
	slices.Sort(findings)
	return findings
}

// replacements finds what keeps a module from building without the workspace: ours are required at v0.0.0 and replaced by their folders.
func replacements(folder string, mod GoMod) (findings []string) {
	replaced := map[string]bool{}
	for _, replace := range mod.Replace {
		name, isOurs := strings.CutPrefix(replace.Old.Path, Module+"/")
		replaced[replace.Old.Path] = true
		switch {
		case !isOurs:
			findings = append(findings, fmt.Sprintf("%s: replaces %s, which is not ours", folder, replace.Old.Path))
		case path.Join(folder, replace.New.Path) != name:
			findings = append(findings, fmt.Sprintf("%s: replaces %s by %s", folder, replace.Old.Path, replace.New.Path))
		}
	}
	for _, require := range mod.Require {
		if !strings.HasPrefix(require.Path, Module+"/") {
			continue
		}
		if require.Version != "v0.0.0" {
			findings = append(findings, fmt.Sprintf("%s: requires %s %s, should be v0.0.0", folder, require.Path, require.Version))
		}
		if !replaced[require.Path] {
			findings = append(findings, fmt.Sprintf("%s: requires %s without a replace line", folder, require.Path))
		}
	}
	return findings
}
