//! The Chinese texts, in simplified characters.

use crate::answer::counterfactual::Counterfactual;
use crate::answer::reason::{PRICE, TEXT, TITLE};
use crate::answer::rung::{Asked, NoHits, Rung};
use crate::{NamedProduct, Reason};

pub(in crate::answer) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Because { title, .. } => format!("与“{title}”常被一起选购"),
        Reason::Shares {
            attribute, value, ..
        } => match attribute.as_str() {
            TITLE => format!("名称含“{value}”"),
            TEXT => format!("描述含“{value}”"),
            PRICE => format!("价位：{}", price_band(value)),
            attribute => format!("{attribute}：{value}"),
        },
        Reason::Matches { words, field, .. } => {
            let quoted: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
            let words = quoted.join("、");
            match field.as_str() {
                TITLE => format!("名称含您要找的{words}"),
                TEXT => format!("描述含您要找的{words}"),
                field => format!("{field}含您要找的{words}"),
            }
        }
        Reason::Trending { place, .. } => format!("近期热门第 {place} 名"),
        Reason::Popular { shoppers, place } => {
            format!("人气第 {place} 名，{shoppers} 位顾客浏览或选购过")
        }
        Reason::Other { words } => words.clone(),
        Reason::Untried => "暂无顾客浏览或选购".to_owned(),
        Reason::Seen => "您已有此商品".to_owned(),
        Reason::Viewed => "您浏览过或加入过购物车".to_owned(),
        Reason::Promoted {
            attribute,
            value,
            factor,
        } => match *factor < 1.0 {
            true => format!("本店降低了此类商品的推荐：{attribute}：{value}"),
            false => format!("本店推广：{attribute}：{value}"),
        },
        Reason::LeftOut => "本店不推荐此商品".to_owned(),
        Reason::RuledOut => "不符合本次查询的条件".to_owned(),
    }
}

/// A price band, which the source `attributes` names in English.
fn price_band(name: &str) -> String {
    if let Some(low) = name.strip_prefix("from ") {
        format!("{low} 起")
    } else if let Some(high) = name.strip_prefix("below ") {
        format!("{high} 以下")
    } else if let Some((low, high)) = name.split_once(" - ") {
        format!("{low}–{high}")
    } else if name == "any" {
        "不限".to_owned()
    } else {
        name.to_owned()
    }
}

pub(in crate::answer) fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Known => "根据您和其他顾客的选购记录",
        Rung::FoldedIn => "根据所给商品和其他顾客的选购记录",
        Rung::Text => "根据您要找的内容",
        Rung::Attributes => "根据商品的共同特点",
        Rung::Popular => "大家都在选的商品",
        Rung::Nothing => "没有推荐结果",
    }
}

pub(in crate::answer) fn no_hits(why: NoHits, asked: Asked) -> &'static str {
    match why {
        NoHits::NothingPasses if asked.with_filters => "没有符合筛选条件的商品",
        NoHits::NothingPasses => "暂无可推荐的商品",
        NoHits::HasEverything if asked.with_history => "符合条件的商品都已在历史记录中",
        NoHits::HasEverything => "符合条件的商品您都已有",
        NoHits::NoMore => "没有更多商品了",
        NoHits::NoneAsked => "本次查询未要求推荐商品",
    }
}

pub(in crate::answer) fn counterfactual(found: &Counterfactual) -> String {
    match found {
        Counterfactual::Found {
            products,
            replaced_by,
            ..
        } => {
            let without = format!("若没有{}，就不会推荐此商品", listed(products));
            match replaced_by {
                Some(other) => format!("{without}，而会推荐“{}”", other.title),
                None => without,
            }
        }
        Counterfactual::NotFound { .. } => "未找到决定此推荐的历史商品".to_owned(),
        Counterfactual::NotAHit { place: Some(place) } => {
            format!("此商品不在推荐结果中，排在第 {place} 名")
        }
        Counterfactual::NotAHit { place: None } => "此商品不在可推荐的商品之列".to_owned(),
    }
}

/// `“A”`, `“A”和“B”`, `“A”、“B”和“C”`.
fn listed(products: &[NamedProduct]) -> String {
    let quoted = |one: &NamedProduct| format!("“{}”", one.title);
    let titles: Vec<String> = products.iter().map(quoted).collect();
    match titles.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{}和{last}", first.join("、")),
    }
}
