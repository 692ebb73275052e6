//! Names of policies in the editor: definitions, references, renaming, hover, completion, outline. `|` is the caret,
//! `«…»` is what is found, `¦` is Rego's own `|`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

use regoscope::core::rego::ast::Module;
use regoscope::core::rego::parser::{ParseOptions, Version, parse};
use regoscope::core::rego::symbols::{Edits, Place, Refusal, Source, Symbols};

/// Texts without their marks, and where the caret is: file and byte.
fn without_marks(marked: &[&str]) -> (Vec<String>, (usize, usize)) {
    let file = marked.iter().position(|text| text.contains('|')).expect("a caret");
    let byte = marked[file].replace(['«', '»'], "").replace('¦', "/").find('|').unwrap();
    (marked.iter().map(|text| text.replace(['«', '»', '|'], "").replace('¦', "|")).collect(), (file, byte))
}

fn trees(texts: &[String]) -> Vec<Module> {
    let read = |text: &String| {
        let is_v0 = text.starts_with("# v0");
        let version = if is_v0 { Version::V0 } else { Version::V1 };
        parse(text, ParseOptions { version }).module
    };
    texts.iter().map(read).collect()
}

fn sources<'a>(texts: &'a [String], modules: &'a [Module]) -> Vec<Source<'a>> {
    texts.iter().zip(modules).map(|(text, module)| Source { text, module }).collect()
}

/// The texts with places marked.
fn mark(texts: &[String], places: &[Place]) -> Vec<String> {
    let mut marked = texts.to_vec();
    for place in places.iter().rev() {
        marked[place.file].insert(place.range.end, '»');
        marked[place.file].insert(place.range.start, '«');
    }
    marked
}

#[test]
fn a_name_leads_to_its_definition() {
    let lib = "package k8s.lib\n\n«is_root»(c) if c.securityContext.runAsUser == 0\n";
    let cases: &[&[&str]] = &[
        // A rule of this file, all its definitions.
        &["package a\n«limit» := 1 if input.x\n«limit» := 2 if input.y\ndeny contains 1 if li|mit > 1\n"],
        // In another file of the package.
        &["package a\ndeny contains 1 if helper|\n", "package a\n«helper» if input.x\n"],
        // Not a rule of another package with that name.
        &[
            "package a\nhelper if 1 > 2\ndeny contains 1 if data.b.help|er\n",
            "package b\n«helper» if input.x\n",
        ],
        // By imports: the package, a rule, with another name.
        &["package a\nimport data.k8s.lib\ndeny contains 1 if lib.is_|root(input)\n", lib],
        &["package a\nimport data.k8s.lib.is_root\ndeny contains 1 if is_|root(input)\n", lib],
        &["package a\nimport data.k8s.lib.is_root as r\ndeny contains 1 if r|(input)\n", lib],
        &["package a\nimport data.k8s.lib.is_|root\n", lib],
        &["package a\nimport data.k8s.lib as l\ndeny contains 1 if l[\"is_ro|ot\"](input)\n", lib],
        &[
            "package a\nimport data.k8s.lib as l\ndeny contains 1 if |l.is_root(input)\n",
            "package «k8s.lib»\n",
        ],
        &["package a\nimport input.request as «req»\ndeny contains 1 if r|eq.object\n"],
        // Variables: `:=`, some, every, arguments, patterns, use.
        &["package a\ndeny contains msg| if «msg» := \"no\"\n"],
        &["package a\nf(«x», y) := x| + y\n"],
        &["package a\nf(x) := 1 if {\n\tsome «c» in x\n\tc|.a\n}\n"],
        &["package a\np if {\n\tsome «i», v\n\tinput.x[i|] == v\n}\n"],
        &["package a\np if every k, «v» in input { v| > 1 }\n"],
        &["package a\np if {\n\t[«a», _] := input.x\n\ta| > 1\n}\n"],
        &["package a\np if {\n\tinput.c[«i»].a\n\tinput.c[i|].b\n}\n"],
        // The nearest scope.
        &["package a\np if {\n\tx := 1\n\ty := [x| ¦ some «x» in input]\n}\n"],
        &["package a\np if {\n\t«x» := 1\n\ty := [z ¦ some z in input]\n\tx| > 1\n}\n"],
        // A variable hides a rule.
        &["package a\nx := 1\np if {\n\t«x» := 2\n\tx| > 1\n}\n"],
        // Template strings, `with`, and the old language.
        &["package a\np contains $\"{m|}\" if «m» := 1\n"],
        &["package a\n«cfg» := 1\np if q with data.a.cf|g as 2\n"],
        &["# v0\npackage a\ndeny[msg|] { «msg» := \"no\" }\n"],
        // While another rule is half typed.
        &["package a\n«limit» := 1\nbroken if {\n\tinput.\n\ndeny contains 1 if lim|it > 1\n"],
        // Nothing is known of these.
        &["package a\np if input.x|\n"],
        &["package a\np if coun|t(input) > 1\n"],
        &["package a\np if data.nowhere.x|\n"],
    ];
    for marked in cases {
        let (texts, (file, byte)) = without_marks(marked);
        let modules = trees(&texts);
        let symbols = Symbols::new(sources(&texts, &modules));
        let found = symbols.at(file, byte).map(|found| symbols.definitions(found.symbol)).unwrap_or_default();
        let expected: Vec<String> =
            marked.iter().map(|text| text.replace('|', "").replace('¦', "|")).collect();
        assert_eq!(mark(&texts, &found), expected, "{marked:?}");
    }
}

#[test]
fn references_are_all_places_that_mean_the_same() {
    let cases: &[&[&str]] = &[
        &[
            "package a\n«limit» := 1\np if {\n\tlimit := 2\n\tlimit > 1\n}\nq if «lim|it» > «limit»\n",
            "package a\nr if «limit»\n",
            "package b\nimport data.a\nlimit := 3\nr if a.«limit»\ns if data.a[\"«limit»\"]\n",
            "package c\nimport data.a.«limit»\nr if «limit»\n",
        ],
        &["package a\nf(«x») := [y¦ y := «x»] if «x|» > 1\nf(x) := x\n"],
        &["package a\np if {\n\t«i|» := 1\n\tq := {i¦ some i in input}\n\t«i» > 1\n}\n"],
        &["package a\nimport data.b as «l|»\np if «l».x\nq if b.l\n"],
        &[
            "package a\np if «object.ge|t»(input, \"a\", 1)\nq if «object.get»(input, \"b\", 1)\nr if object.keys(input)\n",
        ],
    ];
    for marked in cases {
        let (texts, (file, byte)) = without_marks(marked);
        let modules = trees(&texts);
        let symbols = Symbols::new(sources(&texts, &modules));
        let found = symbols.at(file, byte).expect("a name at the caret");
        let expected: Vec<String> =
            marked.iter().map(|text| text.replace('|', "").replace('¦', "|")).collect();
        assert_eq!(mark(&texts, &symbols.references(found.symbol)), expected);
    }
}

/// What renaming makes of texts.
fn rename(marked: &[&str], new: &str) -> Result<Vec<String>, Refusal> {
    let (texts, (file, byte)) = without_marks(marked);
    let modules = trees(&texts);
    let symbols = Symbols::new(sources(&texts, &modules));
    let found = symbols.at(file, byte).expect("a name at the caret");
    let edits: Edits = symbols.rename(found.symbol, new)?;
    let mut renamed = texts.clone();
    for (file, of_file) in edits {
        for (range, text) in of_file.into_iter().rev() {
            renamed[file].replace_range(range, &text);
        }
    }
    Ok(renamed)
}

#[test]
fn renaming_goes_through_all_policies() {
    type Case = (&'static [&'static str], &'static str, &'static [&'static str]);
    let cases: &[Case] = &[
        (
            &[
                "package a\nli|mit := 1\np if limit > 0\n",
                "package b\nimport data.a\nq if a.limit\nr if data.a[\"limit\"]\n",
            ],
            "most",
            &[
                "package a\nmost := 1\np if most > 0\n",
                "package b\nimport data.a\nq if a.most\nr if data.a[\"most\"]\n",
            ],
        ),
        (
            &["package a\nf(x) := x|\n", "package a\nimport data.a.f\n"],
            "value",
            &["package a\nf(value) := value\n", "package a\nimport data.a.f\n"],
        ),
        (
            &["package a\nimport data.b as b|\np if b.x\n"],
            "lib",
            &["package a\nimport data.b as lib\np if lib.x\n"],
        ),
        // An import without `as` gets one.
        (
            &["package a\nimport data.x.b\np if b|.x\n"],
            "lib",
            &["package a\nimport data.x.b as lib\np if lib.x\n"],
        ),
        (
            &["package a\nimport data.b.f\np if f|(1)\n", "package b\nf(x) := x\n"],
            "g",
            &["package a\nimport data.b.g\np if g(1)\n", "package b\ng(x) := x\n"],
        ),
        (
            &["package a\np if {\n\tinput.c[i|]\n\tinput.d[i]\n}\n"],
            "j",
            &["package a\np if {\n\tinput.c[j]\n\tinput.d[j]\n}\n"],
        ),
        // A variable of that name in a rule that does not use it is not in the way.
        (
            &["package a\nli|mit := 1\nf(most) := most\n"],
            "most",
            &["package a\nmost := 1\nf(most) := most\n"],
        ),
    ];
    for (marked, new, expected) in cases {
        let renamed = rename(marked, new).unwrap_or_else(|refusal| panic!("{marked:?}: {refusal:?}"));
        assert_eq!(renamed, *expected, "{marked:?}");
    }
}

#[test]
fn renaming_is_refused_where_a_name_would_mean_something_else() {
    let cases: &[(&[&str], &str, &str)] = &[
        (&["package a\np| := 1\n"], "1p", "NotAName"),
        (&["package a\np| := 1\n"], "", "NotAName"),
        (&["package a\np| := 1\n"], "_", "NotAName"),
        (&["package a\np| := 1\n"], "every", "Keyword"),
        (&["package a\np| := 1\n"], "input", "Keyword"),
        (&["package a\np| := 1\n"], "count", "NameOfBuiltin"),
        (&["package a\np := cou|nt(1)\n"], "number", "Builtin"),
        (&["package a\np| := 1\nq := 2\n"], "q", "Taken"),
        (&["package a\np| := 1\n", "package a\nq := 2\n"], "q", "Taken"),
        (&["package a\nimport data.b as q\np| := 1\n"], "q", "Taken"),
        (&["package a\np| := 1\nr if {\n\tq := 1\n\tp > q\n}\n"], "q", "Taken"),
        (&["package a\np| := 1\nr if input.c[q]\n"], "q", "Taken"),
        (&["package a\nr if {\n\tx| := 1\n\ty := 2\n\tx > y\n}\n"], "y", "Taken"),
        (&["package a\nr if {\n\tx| := 1\n\tx > s\n}\ns := 1\n"], "s", "Taken"),
        (&["package a\nr if {\n\tx| := 1\n\tobject.get(x, 1, 2)\n}\n"], "object", "Taken"),
        (&["package a\nimport data.b as l\np if l|.x\n", "package a\nq := 1\n"], "q", "Taken"),
        (&["package c\nimport data.a.p\nq := p\n", "package a\np| := 1\n"], "q", "Taken"),
        (&["package a\np| := 1\nq if {\n\tp >\n}\n"], "r", "Broken"),
    ];
    for (marked, new, expected) in cases {
        let refusal = rename(marked, new).expect_err(&format!("{marked:?} as {new}"));
        assert!(format!("{refusal:?}").starts_with(expected), "{marked:?} as {new}: {refusal:?}");
    }
}
