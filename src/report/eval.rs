//! The answer to a query, as `opa eval` prints it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::{NamedFile, place_of};
use crate::core::decision::Reason;
use crate::core::decision::answer::{Failure, Row};
use crate::core::display_safe::display_safe;
use crate::core::policy::query::{self, position};
use crate::strings::{self, Lang};

/// An error, with OPA's keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// What happened.
    pub message: String,
    /// OPA's code, or `not_judged`.
    pub code: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// A place in a file; of the query the name is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The name of the file.
    pub file: String,
    /// From 1.
    pub row: usize,
    /// From 1, in characters.
    pub col: usize,
}

impl Said {
    /// Puts a failure into words. OPA's own stay as they are.
    #[must_use]
    pub fn new(failure: &Failure, files: &[NamedFile], lang: Lang) -> Self {
        let message = match &failure.reason {
            Reason::PolicyError { message, .. } | Reason::RuleError { message, .. } => message.clone(),
            reason => strings::reason(reason, lang),
        };
        let location = place_of(&failure.reason).map(|place| Location {
            file: match place.file {
                query::FILE => String::new(),
                file => files.iter().find(|f| f.file == file).map(|f| f.name.clone()).unwrap_or_default(),
            },
            row: place.line,
            col: place.column,
        });
        Self { message, code: failure.code.clone(), location }
    }

    /// An error of a file that is no policy.
    #[must_use]
    pub fn at_file(name: &str, text: &str, byte: usize, message: String) -> Self {
        let at = position(text, byte);
        let location = Some(Location { file: name.to_owned(), row: at.row, col: at.col });
        Self { message, code: "input_error".to_owned(), location }
    }

    /// `file:row:col: code: message`
    #[must_use]
    pub fn line(&self) -> String {
        let place = self.location.as_ref().map(|at| match at.file.as_str() {
            "" => format!("{}:{}: ", at.row, at.col),
            file => format!("{file}:{}:{}: ", at.row, at.col),
        });
        format!("{}{}: {}", place.unwrap_or_default(), self.code, self.message)
    }
}

/// As JSON: `{}` if undefined.
#[must_use]
pub fn json(answer: &Result<Vec<Row>, Vec<Said>>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Shown<'a> {
        Result(&'a [Row]),
        Errors(&'a [Said]),
    }
    let text = match answer {
        Ok(rows) if rows.is_empty() => Ok("{}".to_owned()),
        Ok(rows) => serde_json::to_string_pretty(&Shown::Result(rows)),
        Err(errors) => serde_json::to_string_pretty(&Shown::Errors(errors)),
    };
    text.unwrap_or_default() + "\n"
}

/// For people: the value alone, or a table of the variables and values.
#[must_use]
pub fn pretty(rows: &[Row]) -> String {
    let Some(first) = rows.first() else { return "undefined\n".to_owned() };
    let boolean = || first.expressions.iter().all(|expression| expression.value.is_boolean());
    if let ([only], Some(expression)) = (rows, first.expressions.first())
        && only.bindings.is_empty()
        && (only.expressions.len() == 1 || boolean())
    {
        let text = serde_json::to_string_pretty(&expression.value).unwrap_or_default();
        return display_safe(&text).into_owned() + "\n";
    }
    let shown = |at: &usize| {
        let value = first.expressions.get(*at).map(|expression| &expression.value);
        first.bindings.is_empty() || !value.is_some_and(Value::is_boolean)
    };
    let expressions: Vec<usize> = (0..first.expressions.len()).filter(shown).collect();
    let header = expressions
        .iter()
        .filter_map(|at| first.expressions.get(*at).map(|e| e.text.clone()))
        .chain(first.bindings.keys().cloned());
    let mut table = vec![header.collect::<Vec<_>>()];
    for row in rows {
        let values = expressions.iter().filter_map(|at| row.expressions.get(*at).map(|e| &e.value));
        let bindings = first.bindings.keys().filter_map(|name| row.bindings.get(name));
        table.push(values.chain(bindings).map(Value::to_string).collect());
    }
    draw(&table)
}

/// A table with a header, in the way of `opa eval`.
fn draw(table: &[Vec<String>]) -> String {
    let safe = |cell: &String| display_safe(&cell.replace('\n', " ")).into_owned();
    let table: Vec<Vec<String>> = table.iter().map(|row| row.iter().map(safe).collect()).collect();
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    for (column, cell) in table.iter().flat_map(|row| row.iter().enumerate()) {
        let width = widths.entry(column).or_default();
        *width = (*width).max(unicode_width::UnicodeWidthStr::width(cell.as_str()));
    }
    let rule = |left: &str, middle: &str, right: &str| {
        let lines: Vec<String> = widths.values().map(|width| "─".repeat(width + 2)).collect();
        format!("{left}{}{right}\n", lines.join(middle))
    };
    let mut out = rule("┌", "┬", "┐");
    for (number, row) in table.iter().enumerate() {
        for (cell, width) in row.iter().zip(widths.values()) {
            let room = width.saturating_sub(unicode_width::UnicodeWidthStr::width(cell.as_str()));
            let left = if number == 0 { room / 2 } else { 0 };
            let _ = write!(out, "│ {}{cell}{} ", " ".repeat(left), " ".repeat(room - left));
        }
        out += "│\n";
        if number == 0 {
            out += &rule("├", "┼", "┤");
        }
    }
    out + &rule("└", "┴", "┘")
}

/// The values alone, strings as they are.
#[must_use]
pub fn raw(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        let values = row.expressions.iter().map(|expression| match &expression.value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        });
        out += &values.collect::<Vec<_>>().join(" ");
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rows(rows: Value) -> Vec<Row> {
        serde_json::from_value(rows).unwrap()
    }

    #[test]
    fn people_see_the_value_or_a_table() {
        let at = json!({"row": 1, "col": 1});
        let one = rows(json!([{"expressions": [{"value": {"a": [1]}, "text": "x", "location": at}]}]));
        assert_eq!(pretty(&one), "{\n  \"a\": [\n    1\n  ]\n}\n");
        assert_eq!(pretty(&[]), "undefined\n");
        let expression = json!({"value": "long", "text": "y", "location": at});
        let yes = json!({"value": true, "text": "z", "location": at});
        let two = rows(json!([{"expressions": [expression, yes], "bindings": {"k": 1}}]));
        assert_eq!(
            pretty(&two),
            "┌────────┬───┐\n│   y    │ k │\n├────────┼───┤\n│ \"long\" │ 1 │\n└────────┴───┘\n"
        );
        assert_eq!(raw(&two), "long true\n");
    }
}
