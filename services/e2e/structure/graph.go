package structure

import (
	"go/ast"
	"path"
	"strings"
)

// Graph is what the tests of one folder do, by name of function. Functions and methods of one name count as one: which is called is not known
// without types, so a graph can have ways that no run takes.
type Graph map[string]*Function

// Function is what a function of a test file does by itself, and what it names.
type Function struct {
	Goroutine bool     // starts one
	Bubble    bool     // runs a synctest bubble
	Parallel  bool     // runs beside other tests
	Sleeps    []string // where it calls time.Sleep
	names     map[string]bool
}

// Graphs has a graph for each folder that has tests.
func Graphs(files []*GoFile) map[string]Graph {
	graphs := map[string]Graph{}
	for _, f := range files {
		if !f.Test {
			continue
		}
		dir := path.Dir(f.Path)
		if graphs[dir] == nil {
			graphs[dir] = Graph{}
		}
		for _, decl := range f.AST.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				graphs[dir].add(f, fn)
			}
		}
	}
	return graphs
}

func (g Graph) add(f *GoFile, decl *ast.FuncDecl) {
	fn := g[decl.Name.Name]
	if fn == nil {
		fn = &Function{names: map[string]bool{}}
		g[decl.Name.Name] = fn
	}
	ast.Inspect(decl, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.GoStmt:
			fn.Goroutine = true
		case *ast.Ident:
			fn.names[n.Name] = true
		case *ast.CallExpr:
			if selector, ok := n.Fun.(*ast.SelectorExpr); ok {
				fn.note(f, selector, n.Args)
			}
		}
		return true
	})
}

func (fn *Function) note(f *GoFile, called *ast.SelectorExpr, args []ast.Expr) {
	switch name := called.Sel.Name; {
	case name == "Go" && len(args) == 1: // of sync.WaitGroup, errgroup.Group
		fn.Goroutine = true
	case name == "Parallel" && len(args) == 0:
		fn.Parallel = true
	case name == "Test" && isIdent(called.X, "synctest"):
		fn.Bubble = true
	case name == "Sleep" && isIdent(called.X, "time"):
		fn.Sleeps = append(fn.Sleeps, f.Line(called))
	}
}

// Tests are the names of what `go test` runs, without TestMain.
func (g Graph) Tests() []string {
	var tests []string
	for name := range g {
		for _, kind := range []string{"Test", "Fuzz", "Benchmark", "Example"} {
			if strings.HasPrefix(name, kind) && name != "TestMain" {
				tests = append(tests, name)
			}
		}
	}
	return tests
}

// Reach visits the function and all that it names, directly or through others.
func (g Graph) Reach(name string, visit func(*Function)) {
	seen := map[string]bool{}
	var walk func(name string)
	walk = func(name string) {
		fn := g[name]
		if fn == nil || seen[name] {
			return
		}
		seen[name] = true
		visit(fn)
		for next := range fn.names {
			walk(next)
		}
	}
	walk(name)
}
