//! The name that was meant by a misspelt one.

/// Longest name that is compared, in bytes. Comparing takes the square of it.
const MAX_LENGTH: usize = 64;

/// The most alike of `names`, if one is alike enough. Upper and lower case are alike; of two that are equally alike
/// the one in the same case, then the later one.
///
/// A name of more than 64 bytes is nobody's mistake: it has none.
#[must_use]
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |other: &str| similar::TextDiff::from_chars(name, other).ratio();
    if name.len() > MAX_LENGTH {
        return None;
    }
    let folded = name.to_lowercase();
    names
        .map(|other| {
            let alike = similar::TextDiff::from_chars(folded.as_str(), other.to_lowercase().as_str()).ratio();
            ((alike, likeness(other)), other)
        })
        .filter(|((alike, _), _)| *alike >= 0.6)
        .max_by(|((a, same_a), _), ((b, same_b), _)| a.total_cmp(b).then(same_a.total_cmp(same_b)))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["hostPID", "hostIPC", "hostNetwork", "containers", "name"];
        let cases = [
            ("hostPid", Some("hostPID")),
            ("HOSTNETWORK", Some("hostNetwork")),
            ("contaners", Some("containers")),
            ("nmae", Some("name")),
            ("zzz", None),
            ("", None),
        ];
        for (written, meant) in cases {
            assert_eq!(nearest(written, names.into_iter()), meant, "{written}");
        }
    }
}
