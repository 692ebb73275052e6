//! What a case expects of the violations, and whether it holds.

use super::At;
use crate::core::policy::engine;

/// An assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Where it begins.
    pub at: At,
    /// How many of the violations that the message matches there must be.
    pub violations: Violations,
    /// A regular expression in Go's syntax; all violations if there is none.
    pub message: Option<String>,
}

/// How many violations are expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violations {
    /// `yes`: at least one; `no`: none.
    Word(String),
    /// So many.
    Count(i32),
}

impl Default for Violations {
    fn default() -> Self {
        Self::Word("yes".to_owned())
    }
}

/// Why an assertion does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// In gator's words.
    pub words: String,
    /// It asks for what makes no sense.
    pub invalid: bool,
}

impl Assertion {
    /// Compares with the messages of all violations.
    ///
    /// # Errors
    /// It does not hold, or cannot be understood.
    pub fn check(&self, messages: &[&str]) -> Result<(), Unmet> {
        let mut matching = 0;
        for message in messages {
            let fits = match &self.message {
                None => true,
                Some(pattern) => engine::search(pattern, message).map_err(|words| Unmet {
                    words: format!("message contains invalid regular expression: {words}"),
                    invalid: true,
                })?,
            };
            matching += i32::from(fits);
        }
        let wanted = match &self.violations {
            Violations::Count(count) if *count >= 0 => {
                (matching != *count).then(|| format!("exactly {count}"))
            }
            Violations::Word(word) if word == "yes" => (matching == 0).then(|| "at least 1".to_owned()),
            Violations::Word(word) if word == "no" => (matching > 0).then(|| "none".to_owned()),
            _ => {
                let rule = "assertion.violation, if set, must be a nonnegative integer, \"yes\", or \"no\"";
                let words = format!("invalid yaml: {rule}: got messages [{}]", messages.join(" "));
                return Err(Unmet { words, invalid: true });
            }
        };
        let Some(wanted) = wanted else { return Ok(()) };
        let containing =
            self.message.as_ref().map(|message| format!(" containing {message:?}")).unwrap_or_default();
        let words = format!(
            "unexpected number of violations: got {matching} violations{containing} but want {wanted}: got messages [{}]",
            messages.join(" ")
        );
        Err(Unmet { words, invalid: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violations_are_counted_as_gator_counts() {
        let word = |word: &str| Violations::Word(word.to_owned());
        for (violations, message, given, expected) in [
            (word("yes"), None, &["a"][..], None),
            (word("yes"), None, &[], Some("got 0 violations but want at least 1: got messages []")),
            (word("no"), None, &[], None),
            (
                word("no"),
                Some("^a"),
                &["ab", "b"],
                Some("got 1 violations containing \"^a\" but want none: got messages [ab b]"),
            ),
            (Violations::Count(2), Some("b"), &["ab", "b", "B"], None),
            (Violations::Count(0), None, &[], None),
            (
                Violations::Count(1),
                None,
                &["a", "b"],
                Some("got 2 violations but want exactly 1: got messages [a b]"),
            ),
            (Violations::Count(-1), None, &[], Some("must be a nonnegative integer")),
            (word("Yes"), None, &["a"], Some("must be a nonnegative integer")),
            (word("yes"), Some("("), &["a"], Some("message contains invalid regular expression")),
            // gator compiles the message only for a violation.
            (word("no"), Some("("), &[], None),
            (word("no"), Some(r"\pX(?=a)"), &[], None),
            (word("yes"), Some(""), &["a"], None),
        ] {
            let assertion = Assertion { at: At::default(), violations, message: message.map(str::to_owned) };
            let found = assertion.check(given).err().map(|unmet| unmet.words);
            match expected {
                None => assert_eq!(found, None, "{assertion:?}"),
                Some(words) => {
                    assert!(found.as_ref().is_some_and(|f| f.contains(words)), "{assertion:?}: {found:?}")
                }
            }
        }
    }
}
