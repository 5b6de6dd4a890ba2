//! Words for kinds of events.

use super::EventKind;
use crate::table::plain;

/// What a word of a column of kinds means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An event of this kind.
    Kind(EventKind),
    /// A purchase that was given back.
    Return,
    /// Something that tells no interest in the product, such as taking it out of the cart, or a list that it stood in.
    NoInterest,
}

/// The meaning of `word`, by `map` first, which holds words in the form of [`plain`]; `None` if it is not known.
pub(super) fn meaning(word: &str, map: &[(String, EventKind)]) -> Option<Meaning> {
    let word = plain(word);
    if let Some((_, kind)) = map.iter().find(|(known, _)| *known == word) {
        return Some(Meaning::Kind(*kind));
    }
    Some(match word.as_str() {
        "view" | "views" | "viewed" | "click" | "clicks" | "clicked" | "pv" | "pageview"
        | "detail" | "details" | "viewitem" | "viewproduct" | "productview" | "productviewed"
        | "viewcontent" | "selectitem" | "visit" | "open" | "read" | "play" | "played"
        | "plays" | "listen" | "listened" | "watch" | "watched" | "stream" | "浏览" | "点击"
        | "查看" | "观看" | "ansicht" | "klick" => Meaning::Kind(EventKind::View),
        "cart" | "addtocart" | "addedtocart" | "addcart" | "basket" | "addtobasket"
        | "productadded" | "begincheckout" | "checkout" | "fav" | "favorite" | "favourite"
        | "wishlist" | "addtowishlist" | "like" | "liked" | "bookmark" | "save" | "加购"
        | "加购物车" | "收藏" | "喜欢" | "warenkorb" => Meaning::Kind(EventKind::Cart),
        "purchase" | "purchased" | "purchases" | "buy" | "bought" | "order" | "ordered"
        | "ordercompleted" | "transaction" | "sale" | "sold" | "conversion"
        | "checkoutcompleted" | "购买" | "下单" | "成交" | "支付" | "kauf" | "bestellung" => {
            Meaning::Kind(EventKind::Purchase)
        }
        "rating" | "rate" | "rated" | "review" | "reviewed" | "评分" | "评价" | "打分"
        | "bewertung" => Meaning::Kind(EventKind::Rating),
        "return" | "returned" | "refund" | "refunded" | "退货" | "退款" | "retoure" => {
            Meaning::Return
        }
        "removefromcart" | "removedfromcart" | "productremoved" | "removefromwishlist"
        | "unlike" | "impression" | "impressions" | "viewitemlist" | "移出购物车" => {
            Meaning::NoInterest
        }
        _ => return None,
    })
}

/// Whether an order of this state did not take place. A part of an order that was given back leaves the order.
pub(super) fn is_void(status: &str) -> bool {
    let status = plain(status);
    let parts = [
        "cancel", "refund", "void", "fail", "declin", "expire", "return", "trash", "fraud",
        "error", "取消", "退款", "storn",
    ];
    !status.starts_with("partial") && parts.iter().any(|part| status.contains(part))
}
