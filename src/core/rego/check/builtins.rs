//! OPA's builtin functions: their arguments, results and marks, from the table `builtins.txt` (of OPA 1.22.2's
//! capabilities).

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::kinds::{FunctionKind, Kind};
use super::show::Key;

const TABLE: &str = include_str!("builtins.txt");

/// One function.
#[derive(Debug, Clone)]
pub(super) struct Builtin {
    pub deprecated: bool,
    /// May answer more than once (`walk`).
    pub relation: bool,
    pub kind: Rc<FunctionKind>,
}

impl Builtin {
    pub(super) fn arity(&self) -> usize {
        self.kind.args.len()
    }

    pub(super) fn void(&self) -> bool {
        self.kind.result.is_none()
    }
}

/// All functions by name.
pub(super) type Builtins = HashMap<&'static str, Rc<Builtin>>;

thread_local! {
    static ALL: Rc<Builtins> = Rc::new(read());
}

/// The table, read once.
pub(super) fn all() -> Rc<Builtins> {
    ALL.with(Rc::clone)
}

/// The names of OPA's builtins with the version that first had each.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    rows().filter_map(|row| Some((*row.first()?, *row.get(2)?)))
}

fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn read() -> Builtins {
    let mut all = HashMap::new();
    for row in rows() {
        let [name, marks, _, args, result] = row.as_slice() else { continue };
        let mut kind = FunctionKind { args: Vec::new(), rest: None, result: None };
        let mut reader = Reader { text: args };
        while !reader.text.is_empty() {
            if reader.eat("*") {
                kind.rest = reader.kind();
            } else {
                kind.args.push(reader.kind());
            }
            if !reader.eat("; ") {
                break;
            }
        }
        if *result != "-" {
            kind.result = Reader { text: result }.kind();
        }
        let builtin =
            Builtin { deprecated: marks.contains('d'), relation: marks.contains('r'), kind: Rc::new(kind) };
        all.insert(*name, Rc::new(builtin));
    }
    all
}

/// Reads the table's notation of types.
struct Reader {
    text: &'static str,
}

impl Reader {
    fn eat(&mut self, word: &str) -> bool {
        match self.text.strip_prefix(word) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    fn kind(&mut self) -> Option<Kind> {
        for (word, kind) in [
            ("null", Kind::Null),
            ("boolean", Kind::Bool),
            ("number", Kind::Num),
            ("string", Kind::Str),
            ("any", Kind::any()),
        ] {
            if self.eat(word) {
                return Some(kind);
            }
        }
        if self.eat("<") {
            let of = self.kind();
            self.eat(">");
            return Some(Kind::set(of));
        }
        if self.eat("(") {
            let mut of = Vec::new();
            while !self.eat(")") {
                of.push(self.kind()?);
                self.eat("|");
            }
            of.sort();
            return Some(Kind::Any(Rc::new(of)));
        }
        if self.eat("[") {
            let (mut fixed, mut rest) = (Vec::new(), None);
            while !self.eat("]") {
                if self.eat("*") {
                    rest = Some(self.kind()?);
                } else {
                    fixed.push(Some(self.kind()?));
                }
                self.eat(", ");
            }
            return Some(Kind::array(fixed, rest));
        }
        self.eat("{").then(|| self.object())?
    }

    fn object(&mut self) -> Option<Kind> {
        let (mut fixed, mut rest) = (BTreeMap::new(), None);
        while !self.eat("}") {
            if self.eat("*") {
                let key = self.kind()?;
                self.eat(": ");
                rest = Some((Some(key), Some(self.kind()?)));
            } else {
                self.eat("\"");
                let (name, after) = self.text.split_once("\": ")?;
                self.text = after;
                fixed.insert(Key::Str(name.into()), Some(self.kind()?));
            }
            self.eat(", ");
        }
        Some(Kind::object(fixed, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_as_a_whole() {
        let all = all();
        assert_eq!(all.len(), 206);
        assert!(all.values().all(|b| b.kind.args.iter().all(Option::is_some)));
        assert_eq!(all["count"].arity(), 1);
        assert!(all["print"].void() && all["print"].kind.rest.is_some());
        assert!(all["walk"].relation && all["re_match"].deprecated);
        assert_eq!(all["object.union_n"].kind.result, all["object.union"].kind.result);
        assert_eq!(names().find(|(name, _)| *name == "array.flatten"), Some(("array.flatten", "1.13.0")));
    }
}
