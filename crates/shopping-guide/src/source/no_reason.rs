//! Attributes and values that tell a shopper nothing when two products share them: ids, stock, states, dates and bare numbers.

use crate::time;

/// Words of a heading behind which no attribute is a reason, in lower case.
const WORDS: &[&str] = &[
    "id",
    "ids",
    "sku",
    "ean",
    "gtin",
    "upc",
    "isbn",
    "mpn",
    "asin",
    "barcode",
    "uuid",
    "guid",
    "status",
    "state",
    "visibility",
    "published",
    "active",
    "enabled",
    "stock",
    "availability",
    "inventory",
    "quantity",
    "qty",
    "date",
    "time",
    "datetime",
    "timestamp",
    "year",
    "created",
    "updated",
    "modified",
    "position",
];

/// Headings, or ends of headings, in Chinese.
const CHINESE: &[&str] = &[
    "状态",
    "日期",
    "时间",
    "时间戳",
    "年份",
    "编号",
    "编码",
    "货号",
    "条码",
    "库存",
    "库存量",
    "数量",
];

/// Whether an attribute is no reason by its name, whatever its value.
pub(super) fn is_no_reason(name: &str) -> bool {
    words_of(name).any(|word| WORDS.contains(&word.as_str()))
        || CHINESE.iter().any(|end| name.trim().ends_with(end))
}

/// The words of a heading in lower case: `releaseDate`, `release_date` and `Release date` have the same.
fn words_of(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if begins || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.into_iter().filter(|word| !word.is_empty())
}

/// Whether a value is only a number, a year, a date or a time: `1080`, `-2.5`, `2020-01-02`, `2019年`, `3 May 2019`.
pub(super) fn is_number_or_date(value: &str) -> bool {
    let is_letter = |c: char| c.is_alphabetic() && !"年月日号时分秒".contains(c);
    let has_digits = value.chars().any(|c| c.is_numeric());
    has_digits && (!value.chars().any(is_letter) || time::parse(value).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_years_and_dates_are_no_reason() {
        for value in [
            "2019",
            "12",
            "1080",
            "-2.5",
            "1,000",
            "5 - 7.5",
            "50 %",
            "€ 5",
            "2020-01-02",
            "10:30",
            "2019年",
            "2020年1月2日",
            "3 May 2019",
            "May 3, 2019",
            "2020-01-02T10:30:00Z",
        ] {
            assert!(is_number_or_date(value), "{value}");
        }
        for value in [
            "",
            "red",
            "May",
            "3D",
            "size 12",
            "30cm",
            "1990s",
            "红色",
            "第2代",
            "iPhone 12",
        ] {
            assert!(!is_number_or_date(value), "{value}");
        }
    }

    #[test]
    fn names_of_ids_states_and_times_are_no_reason() {
        for name in [
            "status",
            "Stock status",
            "createdAt",
            "release_date",
            "ReleaseDate",
            "Year",
            "SKU",
            "supplier-id",
            "商品状态",
            "出版日期",
            "time",
        ] {
            assert!(is_no_reason(name), "{name}");
        }
        for name in [
            "colour",
            "brand",
            "timeless",
            "width",
            "idea",
            "language",
            "category",
            "颜色",
            "materialKind",
        ] {
            assert!(!is_no_reason(name), "{name}");
        }
    }
}
