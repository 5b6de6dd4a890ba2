//! Every reason, rung and empty answer reads well in both languages.

use super::*;
use crate::answer::rung::{NoHits, Rung};
use crate::{Counterfactual, Language, NamedProduct, Query, Reason, WordedReason};

fn because(title: &str) -> Reason {
    Reason::Because {
        product: "m1".to_owned(),
        title: title.to_owned(),
        source: "neighbours".to_owned(),
        share: 0.13,
    }
}

fn shares(attribute: &str, value: &str) -> Reason {
    Reason::Shares {
        attribute: attribute.to_owned(),
        value: value.to_owned(),
        source: "attributes".to_owned(),
        share: 0.5,
    }
}

fn matches(field: &str, words: &[&str]) -> Reason {
    Reason::Matches {
        words: words.iter().map(|&word| word.to_owned()).collect(),
        field: field.to_owned(),
        source: "text".to_owned(),
        share: 0.5,
    }
}

/// The reasons with their texts.
fn all() -> Vec<(Reason, &'static str, &'static str)> {
    let popular = |shoppers, place| Reason::Popular { shoppers, place };
    let trending = Reason::Trending {
        place: 2,
        half_life_days: 14.0,
    };
    let other = Reason::Other {
        words: "half price".to_owned(),
    };
    vec![
        (because("Mug"), "goes with Mug", "与“Mug”常被一起选购"),
        (shares("颜色", "红"), "颜色: 红", "颜色：红"),
        (shares("title", "陶瓷"), "title: 陶瓷", "名称含“陶瓷”"),
        (shares("text", "wool"), "text: wool", "描述含“wool”"),
        (shares("price", "from 2"), "price: from 2", "价位：2 起"),
        (shares("price", "below 2"), "price: below 2", "价位：2 以下"),
        (shares("price", "2 - 7.5"), "price: 2 - 7.5", "价位：2–7.5"),
        (shares("price", "any"), "price: any", "价位：不限"),
        (
            matches("title", &["Red", "shoes"]),
            "your words in title: Red, shoes",
            "名称含您要找的“Red”、“shoes”",
        ),
        (
            matches("text", &["wool"]),
            "your words in text: wool",
            "描述含您要找的“wool”",
        ),
        (
            matches("颜色", &["红"]),
            "your words in 颜色: 红",
            "颜色含您要找的“红”",
        ),
        (
            trending,
            "place 2 among what is taken lately",
            "近期热门第 2 名",
        ),
        (
            popular(3, 1),
            "place 1 by popularity, looked at or taken by 3 shoppers",
            "人气第 1 名，3 位顾客浏览或选购过",
        ),
        (
            popular(1, 4),
            "place 4 by popularity, looked at or taken by 1 shopper",
            "人气第 4 名，1 位顾客浏览或选购过",
        ),
        (other, "half price", "half price"),
        (
            Reason::Untried,
            "nobody has looked at it or taken it yet",
            "暂无顾客浏览或选购",
        ),
        (Reason::Seen, "this shopper has it already", "您已有此商品"),
        (
            Reason::Viewed,
            "this shopper looked at it or put it into the cart",
            "您浏览过或加入过购物车",
        ),
        (
            Reason::Promoted {
                attribute: "brand".to_owned(),
                value: "Acme".to_owned(),
                factor: 1.2,
            },
            "the shop promotes brand: Acme",
            "本店推广：brand：Acme",
        ),
        (
            Reason::LeftOut,
            "the shop never recommends it",
            "本店不推荐此商品",
        ),
        (
            Reason::RuledOut,
            "the query leaves it out",
            "不符合本次查询的条件",
        ),
    ]
}

#[test]
fn reasons_read_in_both_languages_and_show_no_share() {
    for (reason, en, zh) in all() {
        assert_eq!(reason.say(Language::English), en);
        assert_eq!(reason.say(Language::Chinese), zh);
        assert_eq!(reason.to_string(), en);
        assert!(!en.contains('%') && !zh.contains('%'));
    }
}

#[test]
fn json_has_the_data_and_the_text_and_reads_back_equal() {
    for language in Language::ALL {
        for (reason, ..) in all() {
            let worded = reason.clone().worded(language);
            let json = serde_json::to_value(&worded).unwrap();
            assert_eq!(json["text"], reason.say(language));
            let again: WordedReason = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(again, worded);
            // The data alone is the same object without the text, and may be read where a text is.
            let mut data = json.clone();
            data.as_object_mut().unwrap().remove("text");
            assert_eq!(data, serde_json::to_value(&reason).unwrap());
            assert_eq!(serde_json::from_value::<Reason>(json).unwrap(), reason);
            let english: WordedReason = serde_json::from_value(data).unwrap();
            assert_eq!(english, reason.worded(Language::English));
        }
    }
    let json = serde_json::to_string(&because("Mug").worded(Language::Chinese)).unwrap();
    assert_eq!(
        json,
        r#"{"kind":"because","product":"m1","title":"Mug","source":"neighbours","share":0.13,"text":"与“Mug”常被一起选购"}"#
    );
}

#[test]
fn an_empty_answer_says_why_and_names_only_what_the_query_has() {
    let history = Query::history(["mug"]);
    let says = |why: NoHits, query: &Query| {
        let chinese = query.clone().language(Language::Chinese);
        (why.say_to(query), why.say_to(&chinese))
    };
    let (nothing, everything) = (NoHits::NothingPasses, NoHits::HasEverything);
    for (why, query, en, zh) in [
        (
            nothing,
            Query::nobody().price_to(5.0),
            "no product passes the filters",
            "没有符合筛选条件的商品",
        ),
        (
            nothing,
            Query::nobody().keep_seen().leave_out_viewed(),
            "there is no product that the shop recommends here",
            "暂无可推荐的商品",
        ),
        (
            everything,
            history,
            "the history has everything that passes",
            "符合条件的商品都已在历史记录中",
        ),
        (
            everything,
            Query::shopper("ann"),
            "this shopper has everything that passes",
            "符合条件的商品您都已有",
        ),
    ] {
        assert_eq!(says(why, &query), (en.to_owned(), zh.to_owned()));
    }
    assert_eq!(NoHits::NoneAsked.to_string(), "no hit was asked for");
}

/// Each text differs from the others of its language, and has Chinese characters where it should.
#[test]
fn rungs_have_texts_of_their_own() {
    let rungs = [
        Rung::Known,
        Rung::FoldedIn,
        Rung::Text,
        Rung::Attributes,
        Rung::Popular,
        Rung::Nothing,
    ];
    for (index, rung) in rungs.into_iter().enumerate() {
        let (en, zh) = (rung.say(Language::English), rung.say(Language::Chinese));
        assert!(en.is_ascii() && !zh.contains(|c: char| c.is_ascii_alphabetic()));
        for other in &rungs[..index] {
            assert_ne!(english::rung(*other), en);
            assert_ne!(chinese::rung(*other), zh);
        }
    }
}

#[test]
fn counterfactuals_list_their_products() {
    let named = |title: &str| NamedProduct {
        product: title.to_lowercase(),
        title: title.to_owned(),
    };
    let found = |titles: &[&str], other: Option<&str>| Counterfactual::Found {
        products: titles.iter().map(|title| named(title)).collect(),
        questions: 3,
        replaced_by: other.map(named),
    };
    let both = |one: &Counterfactual| [Language::English, Language::Chinese].map(|l| one.say(l));
    assert_eq!(
        both(&found(&["Mug"], None)),
        [
            "would not be recommended without Mug",
            "若没有“Mug”，就不会推荐此商品"
        ]
    );
    assert_eq!(
        both(&found(&["Mug", "Bowl", "Cup"], Some("Hat"))),
        [
            "would not be recommended without Mug, Bowl and Cup; Hat would be instead",
            "若没有“Mug”、“Bowl”和“Cup”，就不会推荐此商品，而会推荐“Hat”"
        ]
    );
    let json = serde_json::to_value(found(&["Mug"], Some("Hat"))).unwrap();
    let expected = serde_json::json!({
        "kind": "found",
        "products": [{"product": "mug", "title": "Mug"}],
        "questions": 3,
        "replaced_by": {"product": "hat", "title": "Hat"},
    });
    assert_eq!(json, expected);
    let behind = Counterfactual::NotAHit { place: Some(12) };
    assert_eq!(
        behind.to_string(),
        "it is not among the hits, but at place 12"
    );
}
