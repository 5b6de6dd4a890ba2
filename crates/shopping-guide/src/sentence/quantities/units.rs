//! Units of measure in English and Chinese, with the factor to the base unit of their kind.

use super::types::UnitKind::{
    self, Age, Area, Charge, Count, Date, Duration, Frequency, Length, Percent, Pixels, Power,
    Size, Storage, Temperature, Voltage, Volume, Weight,
};
use crate::sentence::text::{FoldedText, begins, is_han, is_word};

/// A unit of the tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct UnitOf {
    pub(super) kind: UnitKind,
    /// The normal form: a symbol, or the English word of what is counted.
    pub(super) symbol: &'static str,
    /// A value times this is in the base unit of the kind.
    pub(super) factor: f64,
}

type Row = (UnitKind, &'static str, f64, &'static [&'static str]);

/// Units with their names, folded: lower case and simplified characters.
#[rustfmt::skip]
const UNITS: &[Row] = &[
    (Length, "mm", 0.001, &["mm", "millimeter", "millimeters", "millimetre", "millimetres", "毫米"]),
    (Length, "cm", 0.01, &["cm", "cms", "centimeter", "centimeters", "centimetre", "centimetres", "厘米", "公分"]),
    (Length, "dm", 0.1, &["dm", "分米"]),
    (Length, "m", 1.0, &["m", "meter", "meters", "metre", "metres", "米", "公尺"]),
    (Length, "km", 1000.0, &["km", "kms", "kilometer", "kilometers", "kilometre", "kilometres", "千米", "公里"]),
    (Length, "in", 0.0254, &["inch", "inches", "英寸", "英吋", "寸", "吋", "\""]),
    (Length, "ft", 0.3048, &["ft", "foot", "feet", "英尺"]),
    (Length, "yd", 0.9144, &["yd", "yds", "yard", "yards", "码布"]),
    (Length, "尺", 1.0 / 3.0, &["尺", "市尺"]),
    (Area, "m2", 1.0, &["sqm", "m2", "m²", "square meter", "square meters", "square metre", "square metres", "平方米", "平米", "平方"]),
    (Area, "ft2", 0.092_903_04, &["sqft", "square foot", "square feet", "平方英尺"]),
    (Volume, "ml", 0.001, &["ml", "milliliter", "milliliters", "millilitre", "millilitres", "cc", "毫升"]),
    (Volume, "cl", 0.01, &["cl"]),
    (Volume, "l", 1.0, &["l", "liter", "liters", "litre", "litres", "升", "公升"]),
    (Volume, "fl oz", 0.029_573_529_562_5, &["fl oz", "floz", "fl. oz", "fluid ounce", "fluid ounces", "液体盎司"]),
    (Volume, "gal", 3.785_411_784, &["gal", "gallon", "gallons", "加仑"]),
    (Weight, "mg", 1e-6, &["mg", "milligram", "milligrams", "毫克"]),
    (Weight, "g", 0.001, &["g", "gr", "gram", "grams", "gramme", "grammes", "克"]),
    (Weight, "kg", 1.0, &["kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "公斤", "千克"]),
    (Weight, "斤", 0.5, &["斤", "市斤"]),
    (Weight, "两", 0.05, &["两重"]),
    (Weight, "oz", 0.028_349_523_125, &["oz", "ounce", "ounces", "盎司"]),
    (Weight, "lb", 0.453_592_37, &["lb", "lbs", "磅"]),
    (Weight, "t", 1000.0, &["tonne", "tonnes", "吨"]),
    (Storage, "MB", 1e6, &["mb", "megabyte", "megabytes"]),
    (Storage, "GB", 1e9, &["gb", "gig", "gigs", "gigabyte", "gigabytes"]),
    (Storage, "TB", 1e12, &["tb", "terabyte", "terabytes"]),
    (Power, "W", 1.0, &["w", "watt", "watts", "瓦"]),
    (Power, "kW", 1000.0, &["kw", "kilowatt", "kilowatts", "千瓦"]),
    (Power, "匹", 735.5, &["匹"]),
    (Voltage, "V", 1.0, &["v", "volt", "volts", "伏"]),
    (Charge, "mAh", 0.001, &["mah", "毫安时", "毫安"]),
    (Charge, "Ah", 1.0, &["ah", "安时"]),
    (Frequency, "Hz", 1.0, &["hz", "hertz", "赫兹"]),
    (Frequency, "MHz", 1e6, &["mhz"]),
    (Frequency, "GHz", 1e9, &["ghz"]),
    (Pixels, "MP", 1e6, &["mp", "megapixel", "megapixels"]),
    (Pixels, "px", 1.0, &["px", "pixel", "pixels", "像素"]),
    (Temperature, "°C", 1.0, &["°c", "℃", "degrees", "摄氏度"]),
    (Percent, "%", 0.01, &["%", "percent", "个百分点", "百分点"]),
    (Duration, "min", 60.0, &["min", "mins", "minute", "minutes", "分钟"]),
    (Duration, "h", 3600.0, &["hour", "hours", "hrs", "小时", "个小时"]),
    (Duration, "d", 86_400.0, &["day", "days", "天", "日"]),
    (Duration, "week", 604_800.0, &["week", "weeks", "周", "个星期", "星期"]),
    (Duration, "month", 2_629_746.0, &["month", "months", "个月", "月"]),
    (Duration, "year", 31_556_952.0, &["year", "years", "yr", "yrs", "年"]),
    (Age, "year", 31_556_952.0, &["years old", "year old", "year olds", "yrs old", "yo", "岁", "周岁"]),
    (Age, "month", 2_629_746.0, &["months old", "month old", "个月大"]),
    (Size, "", 1.0, &["码", "号"]),
    (Count, "piece", 1.0, &["pc", "pcs", "piece", "pieces", "ct", "count", "件", "个", "只", "支", "把", "台", "部", "张", "本", "片",
        "顶", "颗", "粒", "根", "朵", "枚", "份", "款", "种", "条", "辆", "双份", "章", "样"]),
    (Count, "pair", 1.0, &["pair", "pairs", "双", "对", "副"]),
    (Count, "set", 1.0, &["set", "sets", "套", "组"]),
    (Count, "pack", 1.0, &["pack", "packs", "packet", "packets", "包", "袋"]),
    (Count, "box", 1.0, &["box", "boxes", "盒", "箱"]),
    (Count, "bottle", 1.0, &["bottle", "bottles", "瓶"]),
    (Count, "can", 1.0, &["cans", "罐", "听"]),
    (Count, "bag", 1.0, &["bag", "bags"]),
    (Count, "roll", 1.0, &["roll", "rolls", "卷"]),
    (Count, "cup", 1.0, &["cup", "cups", "杯"]),
    (Count, "barrel", 1.0, &["桶"]),
    (Count, "person", 1.0, &["person", "people", "persons", "人", "个人", "位"]),
    (Count, "layer", 1.0, &["layers", "层"]),
    (Count, "time", 1.0, &["times", "次"]),
];

/// Units directly behind digits only: with a blank they are words or sizes of clothes.
const ATTACHED: &[Row] = &[
    (Length, "in", 0.0254, &["in"]),
    (Storage, "TB", 1e12, &["t"]),
    (Duration, "h", 3600.0, &["h", "hr"]),
];

/// What a piece of 块 is if it is no money.
pub(super) const PIECE: UnitOf = UnitOf {
    kind: Count,
    symbol: "piece",
    factor: 1.0,
};

/// A percentage that was read as 百分之.
pub(super) const PERCENT: UnitOf = UnitOf {
    kind: Percent,
    symbol: "%",
    factor: 0.01,
};

/// A size of clothes or shoes.
pub(super) const SIZE: UnitOf = UnitOf {
    kind: Size,
    symbol: "",
    factor: 1.0,
};

/// A year of the calendar, 2024年.
const YEAR: UnitOf = UnitOf {
    kind: Date,
    symbol: "year",
    factor: 1.0,
};

/// Gigabytes, as `256G`.
const GIGABYTES: UnitOf = UnitOf {
    kind: Storage,
    symbol: "GB",
    factor: 1e9,
};

/// Words before a size.
const SIZE_WORDS: &[(&str, &str)] = &[
    ("size", ""),
    ("sizes", ""),
    ("sz", ""),
    ("size us", "US"),
    ("size uk", "UK"),
    ("size eu", "EU"),
    ("us size", "US"),
    ("uk size", "UK"),
    ("eu size", "EU"),
    ("uk", "UK"),
    ("eu", "EU"),
    ("us", "US"),
    ("尺码", ""),
    ("码数", ""),
    ("鞋码", ""),
];

/// The unit behind a number that ends at `end`, and where the unit begins and ends.
pub(super) fn unit(text: &FoldedText, end: usize, value: f64) -> Option<(UnitOf, usize, usize)> {
    let mut start = text.skip_blanks(end);
    let hyphen = start == end && text.at(end) == '-';
    if hyphen {
        start += 1;
    }
    let attached = start == end && text.before(end).is_ascii_digit();
    if attached && let Some((unit, unit_end)) = written_g(text, start, value) {
        return Some((unit, start, unit_end));
    }
    let mut found = longest(text, start, UNITS);
    if (attached || hyphen)
        && let Some(other) = longest(text, start, ATTACHED)
        && found.is_none_or(|(_, end)| end < other.1)
    {
        found = Some(other);
    }
    let (unit, unit_end) = found?;
    let spaced = start > end && !hyphen;
    let other_word = match text.at(start) {
        // A quotation mark that opens or closes a quotation is no inch.
        '"' => spaced || quoted(text, end),
        // 38号 is a size of shoes, 5号 a day or a bus.
        '号' => !(30.0..=50.0).contains(&value),
        '包' => matches!(text.at(unit_end), '邮' | '包' | '括'),
        // 一样, 一个样: the same. 一部分: a part. 一种: fine. 一本正经 and the like are left to the catalogue.
        '样' => value == 1.0,
        '部' => text.at(unit_end) == '分',
        '人' => text.at(unit_end) == '民',
        '日' => matches!(text.at(unit_end), '元' | '本'),
        '月' | '年' => false,
        _ => false,
    };
    let calendar = text.at(start) == '年' && (1000.0..3000.0).contains(&value);
    let unit = if calendar { YEAR } else { unit };
    (!other_word).then_some((unit, start, unit_end))
}

/// Whether a quotation mark stands before the number.
fn quoted(text: &FoldedText, end: usize) -> bool {
    const FAR: usize = 60;
    let before = text.folded(end.saturating_sub(FAR)..end);
    before.iter().filter(|c| **c == '"').count() % 2 == 1
}

fn longest(text: &FoldedText, start: usize, rows: &'static [Row]) -> Option<(UnitOf, usize)> {
    let first = text.at(start);
    if !(is_word(first) || is_han(first) || matches!(first, '"' | '%' | '°' | '℃')) {
        return None;
    }
    let mut found: Option<(UnitOf, usize)> = None;
    for (kind, symbol, factor, names) in rows {
        for name in names.iter().filter(|name| begins(name, first)) {
            if let Some(end) = text.starts_with(start, name)
                && found.is_none_or(|(_, known)| end > known)
            {
                let unit = UnitOf {
                    kind: *kind,
                    symbol,
                    factor: *factor,
                };
                found = Some((unit, end));
            }
        }
    }
    found
}

/// `G` behind digits: gigabytes for the sizes of memory. 3G to 6G are networks, which [`network`] protects.
fn written_g(text: &FoldedText, start: usize, value: f64) -> Option<(UnitOf, usize)> {
    let end = text.starts_with(start, "g")?;
    let memory = [8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0].contains(&value);
    (memory && text.cased(start..end) == "G").then_some((GIGABYTES, end))
}

/// Whether digits with a capital letter name a network or a resolution: `5G`, `4K`.
pub(super) fn is_generation(text: &FoldedText, letter: usize, value: f64) -> bool {
    let whole = [2.0, 3.0, 4.0, 5.0, 6.0, 8.0].contains(&value);
    match text.cased(letter..letter + 1).as_str() {
        "G" => whole && value <= 6.0,
        "K" | "k" => value == 4.0 || value == 8.0,
        _ => false,
    }
}

/// The words of a size before a number that begins at `start`: their start, and the system of sizes.
pub(super) fn size_before(text: &FoldedText, start: usize) -> Option<(usize, &'static str)> {
    let mut end = text.skip_blanks_back(start);
    if text.before(end) == ':' {
        end = text.skip_blanks_back(end - 1);
    }
    let (begin, at) = text.longest_before(end, SIZE_WORDS.iter().map(|(words, _)| *words))?;
    // `US 9` in capitals: `us` is also a pronoun.
    let system = SIZE_WORDS.get(at).map_or("", |(_, system)| *system);
    let pronoun = begin + 2 == end && text.cased(begin..end) != system;
    let glued = pronoun && !system.is_empty() || end == start && !is_han(text.before(end));
    (!glued).then_some((begin, system))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, end: usize, value: f64) -> Option<(&'static str, usize)> {
        unit(&FoldedText::new(text), end, value).map(|(unit, _, end)| (unit.symbol, end))
    }

    #[test]
    fn the_longest_name_of_a_unit_that_ends_a_word() {
        for (text, number_end, symbol, end) in [
            ("42mm", 2, "mm", 4),
            ("1.5 litres", 3, "l", 10),
            ("12 fl oz", 2, "fl oz", 8),
            ("14-inch", 2, "in", 7),
            ("14in", 2, "in", 4),
            ("14\"", 2, "in", 3),
            ("3平方米", 1, "m2", 4),
            ("5公斤", 1, "kg", 3),
            ("256G", 3, "GB", 4),
            ("500g", 3, "g", 4),
            ("3 years old", 1, "year", 11),
            ("2个小时", 1, "h", 4),
        ] {
            let value = text
                .split(|c: char| !c.is_ascii_digit() && c != '.')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            assert_eq!(
                found(text, number_end, value),
                Some((symbol, end)),
                "{text}"
            );
        }
        for text in ["3 in 1", "3 mince", "3 t", "say \"3\"", "3部分"] {
            let end = text.find('3').unwrap() + 1;
            assert_eq!(found(text, end, 3.0), None, "{text}");
        }
    }

    #[test]
    fn words_of_a_size_stand_before_the_number() {
        let at = |text: &str| size_before(&FoldedText::new(text), text.chars().count());
        assert_eq!(at("in size "), Some((3, "")));
        assert_eq!(at("UK "), Some((0, "UK")));
        assert_eq!(at("尺码"), Some((0, "")));
        assert_eq!(at("oversize "), None);
        assert_eq!(at("size"), None);
    }
}
