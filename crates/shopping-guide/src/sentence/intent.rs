//! What a sentence is for, by the words that say so.

use super::negation::longest;
use super::tokens::Token;
use super::understood::Intent;

/// Words that tell of an order or of the shop, and of no product.
const SERVICE: &[&[&str]] = &[
    &["my", "order"],
    &["order", "number"],
    &["order", "status"],
    &["cancel", "my"],
    &["cancel", "the", "order"],
    &["track", "my"],
    &["tracking"],
    &["delivery"],
    &["delivered"],
    &["deliver"],
    &["shipping"],
    &["shipped"],
    &["ship", "to"],
    &["refund"],
    &["my", "money", "back"],
    &["return", "policy"],
    &["return", "this"],
    &["return", "it"],
    &["return", "my"],
    &["returns"],
    &["exchange", "it"],
    &["exchange", "this"],
    &["my", "account"],
    &["password"],
    &["log", "in"],
    &["login"],
    &["sign", "in"],
    &["invoice"],
    &["receipt"],
    &["payment"],
    &["pay", "with"],
    &["pay", "by"],
    &["credit", "card"],
    &["voucher"],
    &["coupon"],
    &["discount", "code"],
    &["customer", "service"],
    &["talk", "to", "a", "human"],
    &["speak", "to"],
    &["phone", "number"],
    &["opening", "hours"],
    &["opening", "times"],
    &["are", "you", "open"],
    &["your", "address"],
    &["warranty"],
    &["unsubscribe"],
    &["newsletter"],
    &["weather"],
    &["who", "are", "you"],
    &["订", "单"],
    &["快", "递"],
    &["物", "流"],
    &["发", "货"],
    &["送", "货"],
    &["到", "货"],
    &["退", "货"],
    &["退", "款"],
    &["换", "货"],
    &["运", "费"],
    &["包", "邮"],
    &["发", "票"],
    &["客", "服"],
    &["密", "码"],
    &["登", "录"],
    &["账", "号"],
    &["付", "款"],
    &["支", "付"],
    &["优", "惠", "券"],
    &["保", "修"],
    &["营", "业"],
    &["地", "址"],
    &["电", "话"],
];

const COMPLAINT: &[&[&str]] = &[
    &["complain"],
    &["complaint"],
    &["terrible"],
    &["awful"],
    &["broken"],
    &["damaged"],
    &["defective"],
    &["doesn't", "work"],
    &["does", "not", "work"],
    &["stopped", "working"],
    &["fell", "apart"],
    &["disappointed"],
    &["wrong", "size"],
    &["wrong", "item"],
    &["never", "arrived"],
    &["投", "诉"],
    &["坏", "了"],
    &["破", "了"],
    &["质", "量", "太", "差"],
    &["假", "货"],
    &["失", "望"],
    &["发", "错"],
];

const THANKS: &[&[&str]] = &[
    &["thank", "you"],
    &["thanks"],
    &["bye"],
    &["goodbye"],
    &["谢", "谢"],
    &["多", "谢"],
    &["再", "见"],
];

const GIFT: &[&[&str]] = &[
    &["gift"],
    &["gifts"],
    &["present"],
    &["presents"],
    &["for", "my"],
    &["for", "a", "friend"],
    &["礼", "物"],
    &["送", "给"],
    &["送", "我"],
    &["给", "我", "妈"],
    &["给", "我", "爸"],
    &["给", "妈", "妈"],
    &["给", "爸", "爸"],
];

const COMPARE: &[&[&str]] = &[
    &["compare"],
    &["versus"],
    &["vs"],
    &["which", "is", "better"],
    &["which", "one", "is", "better"],
    &["difference", "between"],
    &["对", "比"],
    &["比", "较"],
    &["哪", "个", "好"],
    &["哪", "个", "更", "好"],
    &["有", "什", "么", "区", "别"],
];

/// What a sentence is for. A complaint and a question about the shop are told before anything else; words of thanks only where they stand with
/// little else.
pub(super) fn intent(tokens: &[Token]) -> Intent {
    let has = |phrases| (0..tokens.len()).any(|place| longest(phrases, tokens, place).is_some());
    if has(COMPLAINT) {
        Intent::Complaint
    } else if has(SERVICE) {
        Intent::Service
    } else if has(THANKS) && tokens.len() <= 6 {
        Intent::Thanks
    } else if has(COMPARE) {
        Intent::Compare
    } else if has(GIFT) {
        Intent::Gift
    } else {
        Intent::Find
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    #[test]
    fn what_sentences_are_for() {
        for (text, expected) in [
            ("red running shoes under 50 dollars", Intent::Find),
            ("Where is my order?", Intent::Service),
            ("我的快递到哪了", Intent::Service),
            ("can I return this?", Intent::Service),
            ("the zip is broken", Intent::Complaint),
            ("质量太差了", Intent::Complaint),
            ("thanks!", Intent::Thanks),
            ("谢谢", Intent::Thanks),
            ("a gift for my mother", Intent::Gift),
            ("给我妈买一件羊毛大衣", Intent::Gift),
            ("which is better, nike or puma", Intent::Compare),
            ("", Intent::Find),
        ] {
            assert_eq!(intent(&tokens(text, 1000)), expected, "{text}");
        }
        assert!(!Intent::Service.wants_products() && Intent::Gift.wants_products());
    }
}
