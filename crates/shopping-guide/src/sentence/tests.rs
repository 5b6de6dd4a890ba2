//! Sentences, read with a small catalogue.

use super::read::understand;
use super::*;
use crate::{Catalog, Product};

fn gazetteer() -> Gazetteer {
    let product = |id: &str, kind: &str, colour: &str, brand: &str, whom: &str| {
        Product::new(id, id)
            .attribute("type", kind)
            .attribute("colour", colour)
            .attribute("brand", brand)
            .attribute("gender", whom)
    };
    let catalog = Catalog::new([
        product("1", "Sports Shoes", "Red", "Nike", "Men"),
        product("2", "Sports Shoes", "Navy Blue", "Puma", "Women"),
        product("3", "Coats", "Black", "Veldt", "Women"),
        product("4", "Tshirts", "White", "Levi's", "Men").attribute("material", "Cotton"),
        product("5", "Coats", "Blue", "Veldt", "Women").attribute("material", "Wool"),
        product("6", "Watches", "Steel", "Casio", "Unisex"),
    ]);
    Gazetteer::new(&catalog.unwrap())
}

/// Slots as `+colour: Red`, `-brand: Nike`, `~colour: Blue` where it is only liked, and what is left.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let understood = understand(&gazetteer(), text);
    let slots = understood.slots.iter().map(|slot| {
        let sign = match (slot.polarity, slot.strength) {
            (Polarity::NotWanted, _) => '-',
            (_, Strength::Liked) => '~',
            _ => '+',
        };
        let says = match &slot.says {
            Says::Attribute { any_of } => format!("{}: {}", any_of[0].0, any_of[0].1),
            Says::Quantity(quantity) => {
                let unit = quantity.unit.as_ref().unwrap();
                format!("{} {}", quantity.interval.from.unwrap(), unit.symbol)
            }
            other => format!("{other:?}"),
        };
        assert!(
            text.get(slot.span.clone())
                .is_some_and(|words| !words.is_empty())
        );
        format!("{sign}{says}")
    });
    let rest = understood.rest.iter().map(|rest| rest.text.clone());
    (slots.collect(), rest.collect())
}

#[test]
fn sentences_in_english() {
    for (text, slots, rest) in [
        (
            "red running shoes, not Nike",
            vec!["+colour: Red", "+type: Sports Shoes", "-brand: Nike"],
            vec![],
        ),
        (
            "navy blue sneakers",
            vec!["+colour: Navy Blue"],
            vec!["sneakers"],
        ),
        (
            "a watch for my wife",
            vec!["+type: Watches", "+gender: Women"],
            vec![],
        ),
        (
            "ladies' coat in wool, preferably blue",
            vec![
                "+gender: Women",
                "+type: Coats",
                "+material: Wool",
                "~colour: Blue",
            ],
            vec![],
        ),
        (
            "no black or blue coats",
            vec!["-colour: Black", "-colour: Blue", "-type: Coats"],
            vec![],
        ),
        ("levis t-shirt", vec!["+type: Tshirts"], vec!["levis"]),
        (
            "Levi's tee",
            vec!["+brand: Levi's", "+type: Tshirts"],
            vec![],
        ),
        (
            "the cheapest watches",
            vec!["+Sort(Cheapest)", "+type: Watches"],
            vec![],
        ),
        (
            "waterproof watches with GPS",
            vec!["+type: Watches"],
            vec!["waterproof", "GPS"],
        ),
        (
            "red navy",
            vec!["+colour: Red", "+colour: Navy Blue"],
            vec![],
        ),
    ] {
        let (found, left) = read(text);
        assert_eq!(found, slots, "{text}");
        assert_eq!(left, rest, "{text}");
    }
}

#[test]
fn sentences_in_chinese() {
    for (text, slots, rest) in [
        (
            "给我妈买一件羊毛大衣，不要黑色",
            vec![
                "+gender: Women",
                "+1 piece",
                "+material: Wool",
                "+type: Coats",
                "-colour: Black",
            ],
            vec![],
        ),
        (
            "红色跑鞋",
            vec!["+colour: Red", "+type: Sports Shoes"],
            vec![],
        ),
        (
            "想买红的跑步鞋，除了nike都行",
            vec!["+colour: Red", "+type: Sports Shoes", "-brand: Nike"],
            vec!["行"],
        ),
        (
            "最便宜的手表",
            vec!["+Sort(Cheapest)", "+type: Watches"],
            vec![],
        ),
        (
            "男士白色T恤 纯棉",
            vec![
                "+gender: Men",
                "+colour: White",
                "+type: Tshirts",
                "+material: Cotton",
            ],
            vec![],
        ),
        ("大红包", vec!["+colour: Red"], vec!["包"]),
    ] {
        let (found, left) = read(text);
        assert_eq!(found, slots, "{text}");
        assert_eq!(left, rest, "{text}");
    }
}

#[test]
fn prices_and_quantities() {
    for (text, from, to, rest) in [
        (
            "red shoes under 50 dollars",
            None,
            Some(50_f32.next_down()),
            vec!["shoes"],
        ),
        ("500元以内的大衣", None, Some(500.0), vec![]),
        (
            "watches between 20 and 30 euros",
            Some(20.0),
            Some(30.0),
            vec![],
        ),
        ("coats over £100", Some(100_f32.next_up()), None, vec![]),
        ("不超过两百块的鞋", None, Some(200.0), vec!["鞋"]),
        ("a 50 dollar watch", Some(40.0), Some(60.0), vec![]),
        (
            "shoes below 80",
            None,
            Some(80_f32.next_down()),
            vec!["shoes"],
        ),
        ("watches, not over 100 dollars", None, Some(100.0), vec![]),
    ] {
        let understood = understand(&gazetteer(), text);
        let prices: Vec<(Option<f32>, Option<f32>)> = understood
            .slots
            .iter()
            .filter_map(|slot| match slot.says {
                Says::Price { from, to, .. } => Some((from, to)),
                _ => None,
            })
            .collect();
        assert_eq!(prices, [(from, to)], "{text}");
        let left: Vec<&str> = understood
            .rest
            .iter()
            .map(|rest| rest.text.as_str())
            .collect();
        assert_eq!(left, rest, "{text}");
    }
    let understood = understand(&gazetteer(), "a 14 inch watch, model AB-123");
    assert!(matches!(understood.slots[0].says, Says::Quantity(_)));
    assert_eq!(understood.rest.len(), 2, "{understood:?}");
}

#[test]
fn a_value_that_begins_like_a_quantity_is_a_value() {
    let nuts = Product::new("1", "Nuts").attribute("brand", "三只松鼠");
    let gazetteer = Gazetteer::new(&Catalog::new([nuts]).unwrap());
    for (text, n_quantities) in [("三只松鼠", 0), ("三只杯子", 1), ("三隻松鼠", 0)] {
        let slots = understand(&gazetteer, text).slots;
        let is_quantity = |slot: &&Slot| matches!(slot.says, Says::Quantity(_));
        assert_eq!(
            slots.iter().filter(is_quantity).count(),
            n_quantities,
            "{text}"
        );
    }
}

#[test]
fn one_typo_is_forgiven_from_five_letters_on_and_two_from_nine() {
    for (text, slots) in [
        ("casoi wathces", vec!["+brand: Casio", "+type: Watches"]),
        ("whte tshirt", vec!["+type: Tshirts"]),
        ("bleu coat", vec!["+type: Coats"]),
        ("nike-like shoes v8ldt", vec!["+brand: Nike"]),
    ] {
        assert_eq!(read(text).0, slots, "{text}");
    }
    let understood = understand(&gazetteer(), "casoi");
    assert_eq!(understood.slots[0].found_by, FoundBy::Typo);
    assert!(understood.slots[0].confidence < 0.9);
}

#[test]
fn any_text_is_read() {
    for text in [
        "",
        "   ",
        "不要",
        "not",
        "-",
        "，，，",
        "\u{0}\u{200b}\u{feff}👗👠❤️",
        "not not not no without",
        "é́́́́ ﷽ ｒｅｄ",
        "' ’ 's don't",
    ] {
        read(text);
    }
    assert_eq!(read("ｒｅｄ").0, ["+colour: Red"]);
    for long in [
        "red ", "红色", "not ", "a'", "-", "sports ", "s", "watchess",
    ] {
        let long = long.repeat(300_000);
        let understood = understand(&gazetteer(), &long);
        assert!(understood.slots.len() <= 1000);
        assert!(
            (1..long.len()).contains(&understood.bytes_not_read),
            "{}",
            &long[..6]
        );
    }
}

#[test]
fn what_was_understood_makes_a_query() {
    let understood = understand(
        &gazetteer(),
        "red running shoes, not Nike, preferably for men",
    );
    let query = understood.apply(crate::Query::nobody());
    let expected = crate::Query::nobody()
        .attribute("colour", "Red")
        .attribute("type", "Sports Shoes")
        .not_attribute("brand", "Nike")
        .likes("gender", "Men");
    assert_eq!(query, expected);
    let text = serde_json::to_string(&understood).unwrap();
    assert_eq!(
        serde_json::from_str::<Understood>(&text).unwrap(),
        understood
    );
}
