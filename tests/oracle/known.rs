//! What is known to differ: the rows of `known.md`.

pub struct Known(Vec<Row>);

struct Row {
    kind: String,
    name: String,
    outcome: String,
}

impl Known {
    /// Reads the tables of the page: kind, name, outcome, reason.
    pub fn read() -> Self {
        let text = include_str!("known.md");
        let rows = text.lines().filter_map(|line| line.strip_prefix("| ")).filter_map(|line| {
            let cells: Vec<&str> =
                line.trim_end().trim_end_matches('|').split(" | ").map(str::trim).collect();
            if matches!(cells.first(), Some(&"kind")) {
                return None;
            }
            let [kind, name, outcome, reason] = cells.as_slice() else { panic!("four cells: {line}") };
            assert!(!reason.is_empty(), "a reason: {line}");
            let name =
                name.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap_or(name).to_owned();
            Some(Row { kind: (*kind).to_owned(), name, outcome: (*outcome).to_owned() })
        });
        Self(rows.collect())
    }

    /// Whether a case may differ in this way. A conformance case is meant by its name (`x*`: all that begin so), or by
    /// what keeps it from being judged; a generated text by words that it holds.
    pub fn holds(&self, kind: &str, name: &str, outcome: &str, what: &str) -> bool {
        self.0.iter().any(|row| {
            let start = row.name.trim_end_matches('*');
            let named = match row.name.ends_with('*') {
                _ if matches!(kind, "generated" | "layout") => name.contains(&row.name),
                true => name.starts_with(start) || what.contains(&format!("what: \"{start}")),
                false => name == row.name || what.contains(&format!("what: \"{}\"", row.name)),
            };
            row.kind.split(' ').any(|k| k == kind) && row.outcome == outcome && named
        })
    }
}
