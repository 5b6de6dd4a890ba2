//! Chinese numerals with their values.

use super::chinese::read;
use super::number::Pair;
use crate::sentence::text::FoldedText;

fn values(text: &str) -> Option<(Pair, usize)> {
    let number = read(&FoldedText::new(text), 0)?;
    Some((number.values, number.end))
}

#[test]
fn numerals_in_simplified_traditional_and_formal_characters() {
    for (text, expected) in [
        ("十", 10.0),
        ("十五", 15.0),
        ("一百零五", 105.0),
        ("一百五", 150.0),
        ("一百二十五", 125.0),
        ("一百十五", 115.0),
        ("三千二", 3200.0),
        ("一万零十二", 10_012.0),
        ("四千零五万", 40_050_000.0),
        ("一万五千亿", 1.5e12),
        ("四万万", 4e8),
        ("五兆六十二亿四万五千二", 5_006_200_045_200.0),
        ("贰仟柒佰伍拾", 2750.0),
        ("兩萬", 20_000.0),
        ("半百", 50.0),
        ("百三", 130.0),
        ("零点五", 0.5),
        ("九点九", 9.9),
        ("一点五万", 15_000.0),
        ("两千三点一", 2300.1),
        ("二零二四", 2024.0),
        ("三百 五 十 二", 352.0),
        ("3万", 30_000.0),
        ("4.78万亿", 4.78e12),
        ("3万4000", 34_000.0),
        ("25万6千", 256_000.0),
        ("7 万5 千4 百", 75_400.0),
        ("1千零20", 1020.0),
        ("1,100万", 11_000_000.0),
    ] {
        let length = text.chars().count();
        assert_eq!(values(text), Some(((expected, expected), length)), "{text}");
    }
}

#[test]
fn numerals_that_name_a_small_range() {
    for (text, low, high, open) in [
        ("两三百", 200.0, 300.0, false),
        ("一百五六", 150.0, 160.0, false),
        ("十七八", 17.0, 18.0, false),
        ("几百", 300.0, 900.0, false),
        ("几", 3.0, 9.0, false),
        ("十几", 10.0, 20.0, true),
        ("二十几万", 200_000.0, 300_000.0, true),
        ("一百几十", 100.0, 200.0, true),
        ("一百多", 100.0, 200.0, true),
        ("一百五十多", 150.0, 160.0, true),
        ("500多亿", 5e10, 6e10, true),
        ("十 余 万", 100_000.0, 200_000.0, true),
    ] {
        let number = read(&FoldedText::new(text), 0).unwrap();
        let length = text.chars().count();
        assert_eq!(number.values, (low, high), "{text}");
        assert_eq!((number.open, number.end), (open, length), "{text}");
    }
}

#[test]
fn numbers_end_where_they_cannot_go_on() {
    for (text, value, end) in [
        ("五十千", 50.0, 2),
        ("两百点两", 200.0, 2),
        ("5千克", 0.0, 0),
        ("2万 3件", 20_000.0, 2),
        ("五点八米", 5.8, 3),
    ] {
        let expected = (end > 0).then_some(((value, value), end));
        assert_eq!(values(text), expected, "{text}");
    }
    for text in ["万", "百货", "百分之", "九九", "十分", "千克", "数码", "12"] {
        assert_eq!(values(text), None, "{text}");
    }
}
