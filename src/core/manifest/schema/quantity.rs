//! Amounts as `resource.ParseQuantity` of Kubernetes reads them.

/// Whether a text is an amount: `100m`, `1.5Gi`, `2e3`, `+1`. Blanks around it are allowed.
pub(super) fn is_quantity(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let Some((number, suffix)) = text.split_at_checked(digits) else { return false };
    let is_number = number.matches('.').count() <= 1 && number.contains(|c: char| c.is_ascii_digit());
    is_number && is_suffix(suffix)
}

fn is_suffix(suffix: &str) -> bool {
    match suffix {
        "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" => true,
        "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei" => true,
        _ => suffix.strip_prefix(['e', 'E']).is_some_and(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::is_quantity;

    #[test]
    fn amounts() {
        let good =
            ["0", "1", "+1", "-1", "100m", "1.5Gi", ".5", "5.", "1e3", "1E3", "1E", "2e-3", "12Ei", " 1Gi "];
        let bad = ["", "m", "1 Gi", "1GB", "1gi", "1K", "1.2.3", "e3", "1e", "ten", "1Gi2", "."];
        for text in good {
            assert!(is_quantity(text), "{text}");
        }
        for text in bad {
            assert!(!is_quantity(text), "{text}");
        }
    }
}
