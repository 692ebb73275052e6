//! Which tests and cases are run: `gator verify --run`.

use super::Test;
use crate::core::policy::engine;

/// Chooses tests and cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    All,
    /// Those that match, all cases of a test that matches, and tests with a case that does.
    Either(String),
    /// `TEST//CASE`: cases that match the second of tests that match the first.
    Both(String, String),
}

impl Filter {
    /// Reads `--run`.
    ///
    /// # Errors
    /// gator's words: it is no regular expression, or has more than one `//`.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::All);
        }
        let parts: Vec<&str> = text.split("//").collect();
        let invalid = |words: String| format!("compiling filter: invalid test filter: {words}");
        let checked = |pattern: &str| match engine::search(pattern, "") {
            Err(words) => Err(invalid(words)),
            Ok(_) => Ok(pattern.to_owned()),
        };
        match parts.as_slice() {
            [one] => Ok(Self::Either(checked(one)?)),
            [test, case] => Ok(Self::Both(checked(test)?, checked(case)?)),
            _ => Err(invalid("a filter may include at most one \"//\"".to_owned())),
        }
    }

    /// Whether a test is run.
    #[must_use]
    pub fn takes(&self, test: &Test) -> bool {
        match self {
            Self::All => true,
            Self::Either(pattern) => {
                finds(pattern, &test.name)
                    || test.cases.iter().any(|case| self.takes_case(&test.name, &case.name))
            }
            Self::Both(pattern, _) => finds(pattern, &test.name),
        }
    }

    /// Whether a case of a test is run.
    #[must_use]
    pub fn takes_case(&self, test: &str, case: &str) -> bool {
        match self {
            Self::All => true,
            Self::Either(pattern) => finds(pattern, case) || finds(pattern, test),
            Self::Both(of_test, of_case) => finds(of_case, case) && finds(of_test, test),
        }
    }
}

fn finds(pattern: &str, text: &str) -> bool {
    engine::search(pattern, text).is_ok_and(|found| found)
}
