package main

import (
	"go/ast"
	"path"
	"slices"
	"strings"

	"github.com/orderwire/orderwire/services/e2e/structure"
)

// function is what one function of a package's tests does. Methods of one name count as one: which is called is not known.
type function struct {
	starts bool            // starts a goroutine itself
	uses   map[string]bool // names of functions and methods
}

// concurrent is a line for each package with concurrent tests, in the order of the folders.
func concurrent(files []*structure.GoFile) []string {
	packages := map[string]map[string]*function{} // folder: name: function
	for _, f := range files {
		if !f.Test {
			continue
		}
		dir := path.Dir(f.Path)
		if packages[dir] == nil {
			packages[dir] = map[string]*function{}
		}
		for _, decl := range f.AST.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				scan(packages[dir], fn)
			}
		}
	}
	var lines []string
	for dir, functions := range packages {
		var tests []string
		for name := range functions {
			if strings.HasPrefix(name, "Test") && name != "TestMain" && (strings.HasPrefix(name, "TestConcurrent") || starts(functions, name, map[string]bool{})) {
				tests = append(tests, name)
			}
		}
		if len(tests) > 0 {
			slices.Sort(tests)
			lines = append(lines, "./"+dir+" "+strings.Join(tests, "|"))
		}
	}
	slices.Sort(lines)
	return lines
}

func scan(functions map[string]*function, decl *ast.FuncDecl) {
	fn := functions[decl.Name.Name]
	if fn == nil {
		fn = &function{uses: map[string]bool{}}
		functions[decl.Name.Name] = fn
	}
	ast.Inspect(decl, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.GoStmt:
			fn.starts = true
		case *ast.Ident:
			fn.uses[n.Name] = true
		case *ast.CallExpr:
			if selector, ok := n.Fun.(*ast.SelectorExpr); ok && startsOne(selector, n.Args) {
				fn.starts = true
			}
		}
		return true
	})
}

func startsOne(called *ast.SelectorExpr, args []ast.Expr) bool {
	switch called.Sel.Name {
	case "Go": // sync.WaitGroup, errgroup.Group
		return len(args) == 1
	case "Parallel":
		return len(args) == 0
	case "Test":
		pkg, ok := called.X.(*ast.Ident)
		return ok && pkg.Name == "synctest"
	}
	return false
}

// starts follows what the function uses.
func starts(functions map[string]*function, name string, seen map[string]bool) bool {
	fn := functions[name]
	if fn == nil || seen[name] {
		return false
	}
	seen[name] = true
	if fn.starts {
		return true
	}
	for used := range fn.uses {
		if starts(functions, used, seen) {
			return true
		}
	}
	return false
}
