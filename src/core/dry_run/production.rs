//! Names of contexts that look like production.

/// Whether a name fits one of these patterns, in which `*` stands for anything. Case does not matter.
#[must_use]
pub fn looks_like_production(patterns: &[String], name: &str) -> bool {
    let name = name.to_lowercase();
    patterns.iter().any(|pattern| glob(&pattern.to_lowercase(), &name))
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_production() {
        let patterns = ["*prod*".to_owned(), "*-prd-*".to_owned(), "live".to_owned()];
        for (name, production) in [
            ("prod-eu", true),
            ("eu-PROD", true),
            ("a-prd-b", true),
            ("live", true),
            ("kind-dev", false),
            ("alive", false),
            ("prd", false),
            ("", false),
        ] {
            assert_eq!(looks_like_production(&patterns, name), production, "{name}");
        }
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, fits) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("ab", "abc", false),
        ] {
            assert_eq!(glob(pattern, name), fits, "{pattern} {name}");
        }
    }
}
