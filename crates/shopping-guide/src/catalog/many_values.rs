//! Columns whose fields hold several values or category paths: how a field is split is decided by the column as a whole.
//!
//! - A JSON array (`["a","b"]`, also with single quotes) is a list, and `|` always stands between values.
//! - `;` and `,` stand between values if more than half of the parts occur in other fields of the column too, so that
//!   `cotton, summer` is split and `Black, White Stripe Co., Ltd` is not. A comma also needs a part that stands alone, at
//!   different places, or in lists of different lengths, so that `Paris, France` and `King, Stephen` are not split.
//!   A heading such as `tags` or `genres` is enough where no field holds the name of a company.
//! - `>` stands between the levels of a category path if half of the fields have it, or one field if the heading names
//!   categories. `/` and, under such a heading, `|` do if the fields form a tree: a name stands at one level and below one
//!   other name.

use std::collections::{HashMap, HashSet};

use super::categories::canonical;
use super::headings::{CATEGORIES, LISTS};
use crate::table::plain;

/// Different fields looked at.
const MOST_FIELDS: usize = 50_000;
/// Words that end a company's name behind a comma.
const COMPANY: &[&str] = &[
    "ltd", "inc", "llc", "co", "corp", "gmbh", "plc", "sa", "srl", "kg", "ag", "bv", "pty", "llp",
];

/// How the fields of one column are split.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Shape {
    comma: bool,
    semicolon: bool,
    /// What stands between the levels of a category path.
    path: Option<char>,
}

impl Shape {
    /// The shape of a column by its heading and its different fields.
    pub(super) fn of<'v>(heading: &str, fields: impl Iterator<Item = &'v str>) -> Self {
        let fields: Vec<&str> = fields.take(MOST_FIELDS).collect();
        let heading = plain(heading);
        let is_category = CATEGORIES.contains(&heading.as_str());
        let is_list = LISTS.contains(&heading.as_str());
        let splits = |separator| is_separator(separator, is_list, &fields);
        let (comma, semicolon) = (splits(','), splits(';'));
        let list = Self {
            comma,
            semicolon,
            path: None,
        };
        let values: Vec<String> = fields
            .iter()
            .flat_map(|field| list.cut(field, true))
            .collect();
        let whole: Vec<String> = fields
            .iter()
            .flat_map(|field| list.cut(field, false))
            .collect();
        let path = if has_paths('>', is_category, 1, &values) {
            Some('>')
        } else if has_paths('/', is_category, 4, &values) {
            Some('/')
        } else if is_category && has_share('|', 2, &whole) && is_tree('|', &whole) {
            Some('|')
        } else {
            None
        };
        Self { path, ..list }
    }

    /// What is said of a column that is split or holds paths.
    pub(super) fn told(&self) -> Option<String> {
        let signs: Vec<&str> = [(self.comma, "`,`"), (self.semicolon, "`;`")]
            .iter()
            .filter_map(|&(is, sign)| is.then_some(sign))
            .collect();
        let lists =
            (!signs.is_empty()).then(|| format!("{} stands between values", signs.join(" and ")));
        let paths = self
            .path
            .map(|separator| format!("its values are category paths with `{separator}`"));
        let told: Vec<String> = lists.into_iter().chain(paths).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// The values of a field, each once.
    pub(super) fn values(&self, field: &str) -> Vec<String> {
        let mut seen: HashSet<String> = HashSet::new();
        let mut values: Vec<String> = Vec::new();
        for value in self.cut(field, self.path != Some('|')) {
            let value = match self.path {
                Some(separator) if value.contains(separator) => canonical(&value, separator),
                _ => value,
            };
            if !value.is_empty() && seen.insert(value.clone()) {
                values.push(value);
            }
        }
        values
    }

    fn cut(&self, field: &str, pipe: bool) -> Vec<String> {
        if let Some(items) = array(field) {
            return items;
        }
        let between =
            |c: char| c == '|' && pipe || c == ',' && self.comma || c == ';' && self.semicolon;
        let parts = field.split(between).map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// Whether `separator` stands between values in these fields.
fn is_separator(separator: char, is_list: bool, fields: &[&str]) -> bool {
    let with: Vec<&&str> = fields
        .iter()
        .filter(|field| array(field).is_none() && parts(field, &[separator]).count() > 1)
        .collect();
    if with.is_empty() || with.iter().any(|field| names_a_company(field)) {
        return false;
    }
    let numbers = with
        .iter()
        .filter(|field| crate::value::number(field).is_some());
    if numbers.count() * 2 > with.len() {
        return false;
    }
    if is_list {
        return true;
    }
    // In how many fields each part occurs, whatever stands between the parts there.
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut alone: HashSet<String> = HashSet::new();
    for field in fields {
        let own: HashSet<String> = parts(field, &[',', ';', '|']).map(lower).collect();
        if own.len() == 1 {
            alone.extend(own.iter().cloned());
        }
        for part in own {
            *counts.entry(part).or_default() += 1;
        }
    }
    let (mut all, mut recurring, mut moves) = (0, 0, false);
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut lengths: HashSet<usize> = HashSet::new();
    for field in &with {
        let own: Vec<String> = parts(field, &[',', ';', '|']).map(lower).collect();
        lengths.insert(own.len());
        for (place, part) in own.into_iter().enumerate() {
            all += 1;
            recurring += usize::from(counts.get(&part).is_some_and(|&fields| fields > 1));
            moves |= alone.contains(&part);
            moves |= *places.entry(part).or_insert(place) != place;
        }
    }
    recurring * 2 > all && (separator == ';' || moves || lengths.len() > 1)
}

fn parts<'f>(field: &'f str, separators: &'f [char]) -> impl Iterator<Item = &'f str> {
    let parts = field.split(separators).map(str::trim);
    parts.filter(|part| !part.is_empty())
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// Whether a part behind a comma ends a company's name, as in `Acme Co., Ltd`.
fn names_a_company(field: &str) -> bool {
    let mut behind = field.split(',').skip(1).map(plain);
    behind.any(|part| COMPANY.contains(&part.as_str()))
}

/// Whether at least one in `one_in` of the values has `separator` between two names.
fn has_share(separator: char, one_in: usize, values: &[String]) -> bool {
    let with = values
        .iter()
        .filter(|value| levels(value, separator).count() > 1);
    let with = with.count();
    with > 0 && with * one_in >= values.len()
}

fn levels(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let levels = value.split(separator).map(str::trim);
    levels.filter(|level| !level.is_empty())
}

/// Whether values are category paths with `separator` between their levels.
fn has_paths(separator: char, is_category: bool, one_in: usize, values: &[String]) -> bool {
    let is_no_path = |value: &String| value.contains("://") || value.contains('<');
    if values.iter().any(is_no_path) {
        return false;
    }
    match (is_category, separator) {
        (true, '>') => has_share('>', values.len(), values),
        (true, _) => has_share(separator, one_in, values) || is_tree(separator, values),
        (false, '>') => has_share('>', 2, values),
        (false, _) => has_share(separator, 2, values) && is_tree(separator, values),
    }
}

/// Whether at least three values form a tree: a name stands at one level and below one other name, and some name has two below
/// it.
fn is_tree(separator: char, values: &[String]) -> bool {
    let paths: HashSet<Vec<&str>> = values
        .iter()
        .map(|value| levels(value, separator).collect::<Vec<_>>())
        .filter(|path| path.len() > 1)
        .collect();
    let mut above: HashMap<&str, HashSet<Option<&str>>> = HashMap::new();
    let mut below: HashMap<&str, HashSet<&str>> = HashMap::new();
    for path in &paths {
        let mut parent = None;
        for &level in path {
            above.entry(level).or_default().insert(parent);
            if let Some(parent) = parent {
                below.entry(parent).or_default().insert(level);
            }
            parent = Some(level);
        }
    }
    let torn = above.values().filter(|parents| parents.len() > 1).count();
    paths.len() >= 3
        && torn * 10 <= above.len()
        && below.values().any(|children| children.len() > 1)
}

/// The items of `["a", "b"]`, also with single quotes, as Python writes lists. An object counts by its `name`.
fn array(field: &str) -> Option<Vec<String>> {
    let field = field.trim();
    if !field.starts_with('[') || !field.ends_with(']') {
        return None;
    }
    let parsed: Option<Vec<serde_json::Value>> = serde_json::from_str(field).ok();
    let Some(items) = parsed else {
        return single_quoted(field.strip_prefix('[')?.strip_suffix(']')?);
    };
    let item = |item: serde_json::Value| match item {
        serde_json::Value::String(text) => Some(text.trim().to_owned()),
        serde_json::Value::Object(mut fields) => fields.remove("name")?.as_str().map(str::to_owned),
        serde_json::Value::Null => Some(String::new()),
        serde_json::Value::Array(_) => None,
        number => Some(number.to_string()),
    };
    let items: Option<Vec<String>> = items.into_iter().map(item).collect();
    items.map(|items| items.into_iter().filter(|item| !item.is_empty()).collect())
}

/// The items of `'a', "b"`. `None` if something else stands between commas.
fn single_quoted(mut rest: &str) -> Option<Vec<String>> {
    let mut items = Vec::new();
    loop {
        rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| "'\"".contains(*c))?;
        let text = &rest[1..];
        let end = text.find(quote)?;
        items.push(text[..end].trim().to_owned());
        rest = text[end + 1..].trim_start();
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return rest.is_empty().then_some(items),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(heading: &str, fields: &[&str]) -> Vec<String> {
        let shape = Shape::of(heading, fields.iter().copied());
        fields
            .iter()
            .map(|field| shape.values(field).join(" + "))
            .collect()
    }

    #[test]
    fn lists_are_split_by_what_stands_between_their_parts() {
        let tags = [
            "summer, cotton",
            "cotton,summer",
            "summer;cotton",
            "summer",
            "winter",
            "summer|cotton",
        ];
        let expected = [
            "summer + cotton",
            "cotton + summer",
            "summer + cotton",
            "summer",
            "winter",
            "summer + cotton",
        ];
        assert_eq!(values("season", &tags), expected);
        assert_eq!(
            values("colour", &["Red", "blue", "red, blue", "green"])[2],
            "red + blue"
        );
        let arrays = [
            r#"["a","b"]"#,
            "['a', \"c\"]",
            "[]",
            "[1, 2]",
            r#"[{"id": 1, "name": "x"}]"#,
            "[a]",
        ];
        assert_eq!(
            values("x", &arrays),
            ["a + b", "a + c", "", "1 + 2", "x", "[a]"]
        );
        assert_eq!(values("x", &["a||b", "a|a"]), ["a + b", "a"]);
        assert_eq!(values("Genres", &["Action;Indie"]), ["Action + Indie"]);
    }

    #[test]
    fn names_with_commas_stay_whole() {
        let companies = [
            "Black, White Stripe Co., Ltd",
            "Acme Co., Ltd",
            "Beijing Silk Co., Ltd, China",
            "Foo, China",
        ];
        assert_eq!(values("brand", &companies), companies);
        let authors = [
            "King, Stephen",
            "King, Owen",
            "Miller, Stephen",
            "Miller, Owen",
        ];
        assert_eq!(values("author", &authors), authors);
        let texts = ["Soft, warm and light", "Light, thin", "Round, made of clay"];
        assert_eq!(values("feel", &texts), texts);
        let sizes = ["1,5", "2,5", "3,0", "1,0"];
        assert_eq!(values("size", &sizes), sizes);
    }

    #[test]
    fn category_paths_are_found_in_every_writing() {
        let paths = [
            "Home > Kitchen > Cups",
            "Home >> Light",
            "Garden",
            "Home>Kitchen",
        ];
        let expected = [
            "Home > Kitchen > Cups",
            "Home > Light",
            "Garden",
            "Home > Kitchen",
        ];
        assert_eq!(values("category", &paths), expected);
        let magento = [
            "Default Category/Gear,Default Category/Gear/Bags",
            "Default Category/Women/Tops",
        ];
        let expected = [
            "Default Category > Gear + Default Category > Gear > Bags",
            "Default Category > Women > Tops",
        ];
        assert_eq!(values("categories", &magento), expected);
        let trees = [
            "Home/Kitchen/Cups",
            "Home/Kitchen/Pans",
            "Home/Light",
            "Garden/Tools",
        ];
        assert_eq!(values("shelf", &trees)[1], "Home > Kitchen > Pans");
        let piped = ["Home|Kitchen", "Home|Light", "Garden|Tools"];
        assert_eq!(values("category", &piped)[0], "Home > Kitchen");
        let google = [
            "Home & Garden > Kitchen, Dining > Kettles",
            "Home & Garden > Kitchen, Dining > Cups",
        ];
        assert_eq!(values("google_product_category", &google), google);
    }

    #[test]
    fn what_is_no_tree_is_no_path() {
        let sizes = ["S/M", "M/L", "L/XL"];
        assert_eq!(values("size", &sizes), sizes);
        let fabrics = ["Cotton/Polyester", "Polyester/Cotton", "Cotton/Wool"];
        assert_eq!(values("material", &fabrics), fabrics);
        let genres = [
            "Action|Adventure|Comedy",
            "Adventure|Comedy",
            "Comedy|Drama",
            "Action|Drama",
        ];
        assert_eq!(values("genres", &genres)[0], "Action + Adventure + Comedy");
        assert_eq!(
            values("category", &genres)[0],
            "Action + Adventure + Comedy"
        );
    }
}
