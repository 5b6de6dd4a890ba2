//! Which columns of a catalogue are attributes, and why the others are not.

use recsys_core::IdMap;

use super::headings::no_attribute;
use super::headings::{PIECES, STOCK};
use super::many_values::Shape;
use crate::table::plain;
use crate::time;
use crate::value::number;

/// At most so many values, or half as many as there are products.
const FEW_VALUES: usize = 50;
/// Never more values than this.
const MOST_VALUES: usize = 50_000;
/// Numbers have at most so many values. More are measures such as weights.
const FEW_NUMBERS: usize = 20;
/// The longest mean length of a value, in characters. Longer ones are texts.
const SHORT: usize = 40;
/// With fewer products than this, different values may be chance.
const SOME_PRODUCTS: usize = 10;
/// Different fields after which a column is judged early, so that a column of texts or links is not held in memory.
const EARLY: usize = 10_000;
/// Bytes of different fields that are held of a column.
const MOST_BYTES: usize = 32 << 20;

/// A column, or a name that the table has for values (`Option1 Name`), that may be an attribute.
pub(super) struct Candidate {
    /// The attribute's name.
    pub(super) name: String,
    /// The different fields, numbered as they came.
    pub(super) fields: IdMap,
    /// Whether the caller said that it is an attribute.
    pub(super) is_forced: bool,
    /// Whether it is a column. If not, its name stands beside its values, and a product without it does not have it.
    is_column: bool,
    /// Rows that have a field.
    filled: usize,
    bytes: usize,
    /// Different fields at which it is judged next.
    judged_at: usize,
    /// Why the fields are not held any more.
    dropped: Option<String>,
}

/// What the products have of a candidate.
pub(super) struct Use {
    /// Products of the catalogue.
    pub(super) products: usize,
    /// Products that have a value.
    pub(super) with: usize,
    /// Products with several rows.
    pub(super) repeated: usize,
    /// Products whose rows contradict each other.
    pub(super) varied: usize,
}

impl Candidate {
    pub(super) fn new(name: impl Into<String>, is_forced: bool) -> Self {
        Self {
            name: name.into(),
            fields: IdMap::default(),
            is_forced,
            is_column: true,
            filled: 0,
            bytes: 0,
            judged_at: EARLY,
            dropped: None,
        }
    }

    /// A name that stands beside its values.
    pub(super) fn of_name(name: &str) -> Self {
        Self {
            is_column: false,
            ..Self::new(name, false)
        }
    }

    /// The number of a field. `None` if the candidate was dropped.
    pub(super) fn take(&mut self, field: &str) -> Option<u32> {
        if self.dropped.is_some() {
            return None;
        }
        self.filled += 1;
        let known = self.fields.len();
        let number = self.fields.insert(field);
        if self.fields.len() > known {
            self.bytes += field.len();
            if !self.is_forced && (self.fields.len() >= self.judged_at || self.bytes > MOST_BYTES) {
                self.judged_at *= 2;
                self.judge_early();
            }
        }
        self.dropped.is_none().then_some(number)
    }

    /// Drops the fields if no more rows can make them an attribute.
    fn judge_early(&mut self) {
        let n = self.fields.len();
        let lists = self
            .fields
            .names()
            .filter(|field| field.contains(['|', ',', ';', '>', '/']));
        let mostly_lists = lists.count() * 2 > n;
        let reason = if self.bytes > MOST_BYTES {
            format!(
                "it has more than {n} different values, of more than {} MiB",
                MOST_BYTES >> 20
            )
        } else if !mostly_lists && n * 2 > self.filled {
            format!("almost every product has its own value ({n} and more)")
        } else if self.bytes > n * SHORT * 8 {
            format!("it holds long texts ({} bytes in the mean)", self.bytes / n)
        } else {
            return;
        };
        self.fields = IdMap::default();
        self.dropped = Some(reason);
    }

    /// How the fields are split if this is an attribute, or why it is none.
    pub(super) fn judge(
        &self,
        heading: &str,
        type_is_a_setting: bool,
        found: &Use,
    ) -> Result<Shape, String> {
        if let Some(reason) = &self.dropped {
            return Err(reason.clone());
        }
        let shape = Shape::of(heading, self.fields.names());
        if self.is_forced {
            return Ok(shape);
        }
        let n_fields = self.fields.len();
        if n_fields == 0 {
            return Err("it is empty".to_owned());
        }
        if let Some(reason) = no_attribute(heading, type_is_a_setting) {
            return Err(reason.to_owned());
        }
        let first = self.fields.name(0);
        let same = self
            .fields
            .names()
            .all(|field| field.to_lowercase() == first.to_lowercase());
        if same && found.products > 1 && (self.is_column || found.with == found.products) {
            let who = if found.with == found.products {
                "every product"
            } else {
                "every product that has one"
            };
            return Err(format!("{who} has the same value, `{}`", short(first)));
        }
        self.judge_kind(heading)?;
        let mut values = IdMap::default();
        let (mut chars, mut numbers) = (0, 0);
        for value in self.fields.names().flat_map(|field| shape.values(field)) {
            let known = values.len();
            values.insert(&value);
            if values.len() > known {
                chars += value.chars().count();
                numbers += usize::from(number(&value).is_some());
            }
        }
        let n = values.len();
        if n == 0 {
            return Err("it is empty".to_owned());
        }
        if chars > SHORT * n {
            return Err(format!(
                "it holds texts ({} characters in the mean)",
                chars / n
            ));
        }
        if numbers == n && n > FEW_NUMBERS {
            return Err(format!("it holds {n} different numbers"));
        }
        let has_codes = values.names().all(is_code);
        let enough = if has_codes { 3 } else { SOME_PRODUCTS };
        if n_fields >= found.with && n >= found.with && found.with >= enough {
            return Err("each product has its own value".to_owned());
        }
        let most = FEW_VALUES.max(found.products / 2).min(MOST_VALUES);
        if n > most {
            return Err(format!(
                "it has {n} different values for {} products, and an attribute at most {most}",
                found.products
            ));
        }
        if found.varied * 10 > found.repeated {
            return Err(format!(
                "the rows of one product differ in it ({} products)",
                found.varied
            ));
        }
        Ok(shape)
    }

    /// Refuses dates, links, prices and quantities.
    fn judge_kind(&self, heading: &str) -> Result<(), String> {
        let n = self.fields.len();
        let share = |fits: fn(&str) -> bool| {
            self.fields.names().filter(|field| fits(field)).count() * 10 >= n * 9
        };
        let plain = plain(heading);
        let of = |names: &[&str]| names.iter().any(|name| plain.contains(name));
        if share(is_date) {
            Err("it holds times".to_owned())
        } else if share(is_link) {
            Err("it holds links or file names".to_owned())
        } else if share(|field| number(field).is_some()) && of(&["price", "cost", "preis", "价"]) {
            Err("it is another price".to_owned())
        } else if share(|field| number(field).is_some())
            && (of(&["stock", "inventory", "qty", "quantity"]) || PIECES.contains(&plain.as_str()))
        {
            Err("it is a quantity".to_owned())
        } else if STOCK.contains(&plain.as_str())
            && share(|field| super::stock::in_stock(field).is_some())
        {
            Err("it is the stock, which another column says".to_owned())
        } else {
            Ok(())
        }
    }
}

/// A date or time that is not a bare number.
fn is_date(field: &str) -> bool {
    let between = field
        .matches(['-', '/', ':', '.', '年', '月', ' ', 'T'])
        .count();
    between >= 2 && field.bytes().any(|byte| byte.is_ascii_digit()) && time::parse(field).is_some()
}

fn is_link(field: &str) -> bool {
    let lower = field.trim().to_lowercase();
    let begins = ["http://", "https://", "//", "www.", "ftp://", "s3://"];
    let ends = [
        ".jpg", ".jpeg", ".png", ".gif", ".webp", ".html", ".htm", ".pdf", ".svg",
    ];
    begins.iter().any(|begin| lower.starts_with(begin))
        || ends.iter().any(|end| lower.ends_with(end))
}

/// A value such as `4006381333931` or `AB-12345`: no blank, and at least five digits.
fn is_code(value: &str) -> bool {
    !value.contains(char::is_whitespace) && value.chars().filter(char::is_ascii_digit).count() >= 5
}

/// The beginning of a text, for messages.
fn short(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(heading: &str, fields: &[&str]) -> Result<Shape, String> {
        let mut candidate = Candidate::new(heading, false);
        for field in fields.iter().filter(|field| !field.is_empty()) {
            candidate.take(field);
        }
        let with = fields.iter().filter(|field| !field.is_empty()).count();
        let found = Use {
            products: fields.len(),
            with,
            repeated: 0,
            varied: 0,
        };
        candidate.judge(heading, false, &found)
    }

    fn refused(heading: &str, fields: &[String]) -> String {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        judged(heading, &fields).unwrap_err()
    }

    #[test]
    fn columns_that_tell_no_product_from_another_are_no_attributes() {
        let many = |value: fn(usize) -> String| (0..40).map(value).collect::<Vec<String>>();
        assert_eq!(
            refused("shop", &many(|_| "Acme".into())),
            "every product has the same value, `Acme`"
        );
        assert_eq!(
            refused("serial", &many(|i| format!("piece {i}"))),
            "each product has its own value"
        );
        assert_eq!(
            refused("added", &many(|i| format!("2024-01-{:02}", i % 9 + 1))),
            "it holds times"
        );
        assert_eq!(
            refused("added", &many(|i| format!("{}/3/2024 10:00", i % 9 + 1))),
            "it holds times"
        );
        let link = |i| format!("https://x.example/{}", i % 5);
        assert_eq!(refused("page", &many(link)), "it holds links or file names");
        assert_eq!(
            refused("Cost per item", &many(|i| format!("{}.50", i % 4))),
            "it is another price"
        );
        assert_eq!(
            refused("weight", &many(|i| format!("{}", i % 30))),
            "it holds 30 different numbers"
        );
        assert_eq!(
            refused("Image Position", &many(|i| format!("{}", i % 3))),
            "it is a setting of the shop's software"
        );
        assert_eq!(
            refused("EAN", &many(|i| format!("{}", i % 3))),
            "it is another id of the product"
        );
        let texts = |i| format!("{} {}", "word ".repeat(12), i % 4);
        assert!(refused("note", &many(texts)).starts_with("it holds texts"));
        assert_eq!(
            refused(
                "brand",
                &(0..90)
                    .map(|i| format!("Brand{}", i % 60))
                    .collect::<Vec<_>>()
            ),
            "it has 60 different values for 90 products, and an attribute at most 50"
        );
        assert!(judged("x", &["", ""]).is_err());
    }

    #[test]
    fn columns_that_several_products_share_are_attributes() {
        assert!(judged("colour", &["red", "blue", "red", "green"]).is_ok());
        assert!(judged("vegan", &["yes", "no", "", ""]).is_ok());
        assert!(judged("year", &["2012", "2013", "2012"]).is_ok());
        assert!(judged("size", &["36", "37", "38", "38"]).is_ok());
        let few = ["clay", "tin"];
        assert!(
            judged("material", &few).is_ok(),
            "two products prove nothing"
        );
    }

    #[test]
    fn a_column_of_texts_is_not_held_in_memory() {
        let mut candidate = Candidate::new("story", false);
        for number in 0..30_000 {
            candidate.take(&format!("story {number}"));
        }
        assert_eq!(candidate.fields.len(), 0);
        let found = Use {
            products: 30_000,
            with: 0,
            repeated: 0,
            varied: 0,
        };
        let reason = candidate.judge("story", false, &found).unwrap_err();
        assert_eq!(
            reason,
            "almost every product has its own value (10000 and more)"
        );
        let mut tags = Candidate::new("tags", false);
        for number in 0..30_000 {
            tags.take(&format!(
                "a{}, b{}, c{}",
                number % 40,
                number / 40 % 40,
                number / 1600
            ));
        }
        assert_eq!(tags.fields.len(), 30_000);
    }
}
