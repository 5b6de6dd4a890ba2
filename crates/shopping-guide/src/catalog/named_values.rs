//! Columns that hold an attribute's name beside its value: `Option1 Name` and `Option1 Value` (Shopify), `Attribute 1 name` and
//! `Attribute 1 value(s)` (WooCommerce), `color=Black,material=Nylon` (Magento).

/// The columns of a name and of its value, by headings as [`plain`](crate::table::plain) makes them.
pub(super) fn pairs(headings: &[String]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (name, heading) in headings.iter().enumerate() {
        let Some(begin) = heading.strip_suffix("name") else {
            continue;
        };
        if !begin.ends_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let is_value = |heading: &String| {
            let end = heading.strip_prefix(begin);
            end.is_some_and(|end| end == "value" || end == "values")
        };
        pairs.extend(
            headings
                .iter()
                .position(is_value)
                .map(|value| (name, value)),
        );
    }
    pairs
}

/// Whether a field is `name=value` or several of them with commas between.
pub(super) fn is_list(field: &str) -> bool {
    !field.contains("://")
        && field.split(',').all(|part| part.contains('='))
        && !entries(field).is_empty()
}

/// The names and values of `color=Black,features=Pocket|Zip`. A part without `=` belongs to the value before it.
pub(super) fn entries(field: &str) -> Vec<(&str, String)> {
    let mut entries: Vec<(&str, String)> = Vec::new();
    for part in field.split(',') {
        match part.split_once('=') {
            Some((name, value)) if is_name(name.trim()) => {
                entries.push((name.trim(), value.trim().to_owned()))
            }
            _ => {
                if let Some((_, value)) = entries.last_mut() {
                    value.push(',');
                    value.push_str(part);
                }
            }
        }
    }
    entries.retain(|(_, value)| !value.is_empty());
    entries
}

fn is_name(name: &str) -> bool {
    let known = |c: char| c.is_alphanumeric() || "_- ".contains(c);
    (1..=60).contains(&name.len()) && name.chars().all(known)
}

/// The ids of the variants in `sku=A-1,size=S|sku=A-2,size=M`.
pub(super) fn variations(field: &str) -> impl Iterator<Item = &str> {
    field.split('|').filter_map(|variant| {
        let mut parts = variant.split(',').map(str::trim);
        parts
            .find_map(|part| part.strip_prefix("sku="))
            .filter(|id| !id.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_beside_their_values() {
        let headings = [
            "option1name",
            "option1value",
            "attribute2values",
            "attribute2name",
            "name",
            "option3name",
        ];
        assert_eq!(pairs(&headings.map(str::to_owned)), [(0, 1), (3, 2)]);
        let entries = entries("color=Black,features=Pocket|Zip,note=a, b,empty=");
        let expected = [
            ("color", "Black"),
            ("features", "Pocket|Zip"),
            ("note", "a, b"),
        ];
        assert_eq!(
            entries,
            expected.map(|(name, value)| (name, value.to_owned()))
        );
        assert!(
            is_list("color=Black")
                && !is_list("a, b")
                && !is_list("https://x.example/?a=b")
                && !is_list("=")
        );
        let ids: Vec<&str> = variations("sku=A-1,size=S|size=M,sku=A-2|size=L").collect();
        assert_eq!(ids, ["A-1", "A-2"]);
    }
}
