//! Texts that programs write where a value is missing.

/// Texts that mean a missing value in any case of letters.
///
/// Databases write `NULL` and `\N`, Python `None` and `nan`, pandas `<NA>` and `NaT`, JavaScript `undefined`, spreadsheets
/// `#N/A` and their error values, C libraries `1.#QNAN`.
const ANY_CASE: &[&str] = &[
    "null",
    "nan",
    "-nan",
    "none",
    "nil",
    "nat",
    "n/a",
    "n.a.",
    "undefined",
    "(null)",
    "[null]",
    "<null>",
    "<na>",
    "<none>",
    "#n/a",
    "#na",
    "#null!",
    "#ref!",
    "#value!",
    "#div/0!",
    "#name?",
    "#num!",
    "1.#qnan",
    "1.#ind",
];

/// Whether a field holds no value: it is empty, or a text that a program writes for a missing value.
///
/// The rule is the same for ids, prices, times, numbers and attributes:
/// - `NULL`, `nan`, `None`, `nil`, `NaT`, `n/a`, `n.a.`, `undefined`, `(null)`, `<NA>`, `#N/A` and the other error values of
///   spreadsheets, in any case of letters;
/// - `\N` and `NA`, in capitals only: `\n` and `na` are texts that people write. `NA` is what R and pandas write. A shop whose
///   product code is `NA` loses these rows, and the report counts them;
/// - signs alone: dashes of any kind, and one `?`.
///
/// `0`, `-1`, `unknown` and `false` are values: a product may have the id `0`, and a colour may be `unknown`.
///
/// ```
/// use guide_core::table::is_missing;
/// assert!(is_missing(" null ") && is_missing("NA") && !is_missing("na") && !is_missing("0"));
/// ```
pub fn is_missing(text: &str) -> bool {
    let text = text.trim();
    // Most fields are ids and numbers: no text of the list begins with a digit, except `1.#QNAN`.
    let few =
        text.len() <= 12 && (!text.starts_with(|c: char| c.is_ascii_digit()) || text.contains('#'));
    text.is_empty()
        || few
            && (matches!(text, "\\N" | "NA" | "?")
                || text.chars().all(|c| matches!(c, '-' | '–' | '—' | '−'))
                || ANY_CASE.iter().any(|word| text.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_for_a_missing_value_are_missing() {
        for text in [
            "",
            "  ",
            "NULL",
            "null",
            "Null",
            "nan",
            "NaN",
            "None",
            "none",
            "nil",
            "NaT",
            "\\N",
            "-",
            "--",
            "—",
            "n/a",
            "N/A",
            "NA",
            "#N/A",
            "undefined",
            "(null)",
            "<NA>",
            "?",
            " null ",
            "#REF!",
            "\u{a0}",
        ] {
            assert!(is_missing(text), "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_values() {
        for text in [
            "0", "-1", "00", "na", "\\n", "unknown", "false", "nano", "nullable", "Nona", "-x",
            "??", "N", "no", ".", "空",
        ] {
            assert!(!is_missing(text), "{text:?}");
        }
    }
}
