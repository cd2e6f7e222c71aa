package structure

import (
	"go/ast"
	"slices"
)

// Tests finds tests that can be skipped, and those that sleep outside of virtual time.
func Tests(files []*GoFile) []string {
	findings := sleeps(files)
	for _, f := range files {
		if !f.Test {
			continue
		}
		draws := drawing(f.AST)
		ast.Inspect(f.AST, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, selector.Sel.Name) && isIdent(selector.X, "t", "tb", "b", "f") && !draws(node) {
				findings = append(findings, f.Line(node)+": a test that is skipped tests nothing")
			}
			return true
		})
	}
	return findings
}

// sleeps finds the calls of time.Sleep that a test without a synctest bubble can come to, or no test at all.
func sleeps(files []*GoFile) []string {
	var findings []string
	for _, graph := range Graphs(files) {
		virtual := map[string]bool{} // sleeps: all tests that come to it have a bubble
		for _, test := range graph.Tests() {
			var at []string
			bubble := false
			graph.Reach(test, func(fn *Function) {
				at = append(at, fn.Sleeps...)
				bubble = bubble || fn.Bubble
			})
			for _, sleep := range at {
				before, known := virtual[sleep]
				virtual[sleep] = bubble && (before || !known)
			}
		}
		for _, fn := range graph {
			for _, sleep := range fn.Sleeps {
				if !virtual[sleep] {
					findings = append(findings, sleep+": a test sleeps. Try: wait for a signal, or virtual time")
				}
			}
		}
	}
	slices.Sort(findings)
	return findings
}

func isIdent(expr ast.Expr, names ...string) bool {
	ident, ok := expr.(*ast.Ident)
	return ok && slices.Contains(names, ident.Name)
}

// drawing tells whether a node lies in a function that takes a *rapid.T: there Skip throws one draw away, not the test.
func drawing(file *ast.File) func(ast.Node) bool {
	var bodies []*ast.BlockStmt
	ast.Inspect(file, func(node ast.Node) bool {
		var params *ast.FieldList
		var body *ast.BlockStmt
		switch fn := node.(type) {
		case *ast.FuncDecl:
			params, body = fn.Type.Params, fn.Body
		case *ast.FuncLit:
			params, body = fn.Type.Params, fn.Body
		default:
			return true
		}
		if body != nil && slices.ContainsFunc(params.List, func(p *ast.Field) bool { return isRapid(p.Type) }) {
			bodies = append(bodies, body)
		}
		return true
	})
	return func(node ast.Node) bool {
		return slices.ContainsFunc(bodies, func(b *ast.BlockStmt) bool { return b.Pos() <= node.Pos() && node.End() <= b.End() })
	}
}

func isRapid(t ast.Expr) bool {
	star, ok := t.(*ast.StarExpr)
	if !ok {
		return false
	}
	selector, ok := star.X.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "T" && isIdent(selector.X, "rapid")
}
