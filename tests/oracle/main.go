// Answers for tests/oracle.rs as OPA gives them: `opa eval` for each case would start a process 10,000 times, and OPA's
// conformance cases come as Go reads them. Standard input: cases as JSON, with a zero byte behind each. Standard output:
// for each case one line of JSON, in their order. `oracle cases FOLDER` prints the conformance cases of a folder, one a line.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/print"
	"github.com/open-policy-agent/opa/v1/util"
)

// A case. `do` is eval or fmt; fmt formats the only module.
type question struct {
	Do      string         `json:"do"`
	V0      bool           `json:"v0"`
	Modules []string       `json:"modules"`
	Data    map[string]any `json:"data"`
	Input   *any           `json:"input"`
	Query   string         `json:"query"`
	Strict  bool           `json:"strict"`
}

type trouble struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Row     int    `json:"row,omitempty"`
	Col     int    `json:"col,omitempty"`
}

type answer struct {
	Result rego.ResultSet `json:"result,omitempty"`
	Text   *string        `json:"text,omitempty"`
	Errors []trouble      `json:"errors,omitempty"`
}

func main() {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	to := json.NewEncoder(out)
	to.SetEscapeHTML(false)
	if len(os.Args) == 3 && os.Args[1] == "cases" {
		// Templates in environment variables and names of files are not part of a case.
		set, err := cases.Load(os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		for _, c := range set.Cases {
			_ = to.Encode(struct {
				Directory string `json:"directory"`
				cases.TestCase
			}{filepath.Base(filepath.Dir(c.Filename)), c})
		}
		return
	}
	all, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	texts := bytes.Split(bytes.TrimSuffix(all, []byte{0}), []byte{0})
	answers := make([]answer, len(texts))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				at := int(next.Add(1)) - 1
				if at >= len(texts) {
					return
				}
				var q question
				if err := util.NewJSONDecoder(bytes.NewReader(texts[at])).Decode(&q); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				answers[at] = ask(q)
			}
		})
	}
	workers.Wait()
	for _, a := range answers {
		_ = to.Encode(a)
	}
}

func ask(q question) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Errors: []trouble{{Code: "panic", Message: fmt.Sprint(p)}}}
		}
	}()
	version := ast.RegoV1
	if q.V0 {
		version = ast.RegoV0
	}
	if q.Do == "fmt" {
		opts := format.Opts{RegoVersion: version, ParserOptions: &ast.ParserOptions{RegoVersion: version}}
		text, err := format.SourceWithOpts("0.rego", []byte(q.Modules[0]), opts)
		if err != nil {
			return answer{Errors: troubles(err)}
		}
		formatted := string(text)
		return answer{Text: &formatted}
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	options := []func(*rego.Rego){rego.SetRegoVersion(version), rego.Query(q.Query), rego.StrictBuiltinErrors(q.Strict)}
	// As `opa eval` reads files: with annotations, and what is printed is evaluated.
	options = append(options, rego.EnablePrintStatements(true), rego.PrintHook(nowhere{}))
	var broken []trouble
	for i, text := range q.Modules {
		name := fmt.Sprintf("%d.rego", i)
		module, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: version, ProcessAnnotation: true})
		if err != nil {
			broken = append(broken, troubles(err)...)
			continue
		}
		options = append(options, rego.ParsedModule(module))
	}
	if broken != nil {
		return answer{Errors: broken}
	}
	if q.Data != nil {
		options = append(options, rego.Store(inmem.NewFromObject(q.Data)))
	}
	if q.Input != nil {
		options = append(options, rego.Input(*q.Input))
	}
	result, err := rego.New(options...).Eval(ctx)
	if err != nil {
		return answer{Errors: troubles(err)}
	}
	return answer{Result: result}
}

// Where prints go.
type nowhere struct{}

func (nowhere) Print(print.Context, string) error { return nil }

func troubles(err error) []trouble {
	var several rego.Errors
	if errors.As(err, &several) {
		var all []trouble
		for _, err := range several {
			all = append(all, troubles(err)...)
		}
		return all
	}
	var compile ast.Errors
	if one := (*ast.Error)(nil); errors.As(err, &one) {
		compile = ast.Errors{one}
	}
	if compile != nil || errors.As(err, &compile) {
		var all []trouble
		for _, e := range compile {
			t := trouble{Code: e.Code, Message: e.Message}
			if e.Location != nil {
				t.File, t.Row, t.Col = e.Location.File, e.Location.Row, e.Location.Col
			}
			all = append(all, t)
		}
		return all
	}
	var run *topdown.Error
	if errors.As(err, &run) {
		t := trouble{Code: run.Code, Message: run.Message}
		if run.Location != nil {
			t.File, t.Row, t.Col = run.Location.File, run.Location.Row, run.Location.Col
		}
		return []trouble{t}
	}
	return []trouble{{Code: "error", Message: err.Error()}}
}
