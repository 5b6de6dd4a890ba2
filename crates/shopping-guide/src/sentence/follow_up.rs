//! What a sentence says of an answer before it: cheaper, another one, any brand.

use super::negation::longest;
use super::tokens::{Token, tokens};

/// What is asked beside what the slots say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FollowUp {
    /// Cheaper than what was shown.
    pub(super) cheaper: bool,
    /// Dearer than what was shown.
    pub(super) dearer: bool,
    /// Nothing of what was shown.
    pub(super) something_else: bool,
    /// What is said adds to what was said, in place of replacing it.
    pub(super) adds: bool,
    /// Kinds of attributes of which any value will do.
    pub(super) any: Vec<Facet>,
    /// Kinds of attributes of which another value is asked than before.
    pub(super) another: Vec<Facet>,
}

/// A kind of attribute that sentences name, whatever the catalogue calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Facet {
    Brand,
    Colour,
    Material,
    Size,
    Type,
    Price,
}

/// Words, each as a token.
type Phrase = &'static [&'static str];

/// Each kind with the phrases that name it in a sentence, and the parts of an attribute's name that tell of it.
const FACETS: &[(Facet, &[Phrase], &[&str])] = &[
    (
        Facet::Brand,
        &[
            &["brand"],
            &["brands"],
            &["make"],
            &["品", "牌"],
            &["牌", "子"],
        ],
        &["brand", "maker", "manufacturer", "品牌"],
    ),
    (
        Facet::Colour,
        &[
            &["colour"],
            &["color"],
            &["colours"],
            &["colors"],
            &["颜", "色"],
        ],
        &["colour", "color", "颜色"],
    ),
    (
        Facet::Material,
        &[
            &["material"],
            &["materials"],
            &["fabric"],
            &["材", "质"],
            &["料", "子"],
        ],
        &["material", "fabric", "材质"],
    ),
    (
        Facet::Size,
        &[&["size"], &["sizes"], &["尺", "码"], &["大", "小"]],
        &["size", "尺码"],
    ),
    (
        Facet::Type,
        &[
            &["kind"],
            &["type"],
            &["style"],
            &["款", "式"],
            &["种", "类"],
        ],
        &["type", "category", "kind", "类目", "类型", "品类"],
    ),
    (
        Facet::Price,
        &[&["price"], &["budget"], &["价", "格"], &["价", "位"]],
        &[],
    ),
];

const CHEAPER: &[&[&str]] = &[
    &["cheaper"],
    &["less", "expensive"],
    &["lower", "price"],
    &["lower", "priced"],
    &["too", "expensive"],
    &["too", "dear"],
    &["便", "宜", "点"],
    &["便", "宜", "一", "点"],
    &["便", "宜", "些"],
    &["更", "便", "宜"],
    &["太", "贵"],
];
const DEARER: &[&[&str]] = &[
    &["more", "expensive"],
    &["dearer"],
    &["pricier"],
    &["more", "upmarket"],
    &["贵", "一", "点"],
    &["贵", "点"],
    &["更", "贵"],
    &["高", "档", "一", "点"],
];
const SOMETHING_ELSE: &[&[&str]] = &[
    &["not", "that", "one"],
    &["not", "this", "one"],
    &["not", "those"],
    &["not", "these"],
    &["something", "else"],
    &["another", "one"],
    &["other", "ones"],
    &["show", "me", "others"],
    &["different", "ones"],
    &["换", "一", "个"],
    &["换", "一", "件"],
    &["换", "一", "款"],
    &["换", "个", "别", "的"],
    &["别", "的"],
    &["其", "他", "的"],
    &["还", "有", "别", "的"],
    &["不", "要", "这", "个"],
    &["不", "要", "那", "个"],
];
const ADDS: &[&[&str]] = &[
    &["also"],
    &["too"],
    &["as", "well"],
    &["in", "addition"],
    &["还", "要"],
    &["也", "要"],
    &["也", "可", "以"],
];
const ANY: &[&[&str]] = &[
    &["any"],
    &["whatever"],
    &["no", "matter", "the"],
    &["no", "matter", "which"],
    &["不", "限"],
    &["任", "何"],
    &["随", "便", "什", "么"],
];
/// Behind a facet: 品牌不限, 颜色都行.
const ANY_BEHIND: &[&[&str]] = &[
    &["不", "限"],
    &["随", "便"],
    &["都", "行"],
    &["都", "可", "以"],
    &["无", "所", "谓"],
    &["doesn't", "matter"],
    &["does", "not", "matter"],
];
const ANOTHER: &[&[&str]] = &[
    &["another"],
    &["a", "different"],
    &["different"],
    &["other"],
    &["换", "个"],
    &["换", "一", "个"],
    &["换", "种"],
    &["别", "的"],
    &["其", "他"],
];

/// What `text` says of the answer before it.
pub(super) fn follow_up(text: &str, most_bytes: usize) -> FollowUp {
    let tokens = tokens(text, most_bytes);
    let mut found = FollowUp::default();
    let mut place = 0;
    while place < tokens.len() {
        let behind = |phrases| longest(phrases, &tokens, place).map(|len| place + len);
        if let Some((facet, end)) = behind(ANY).and_then(|next| facet_at(&tokens, next)) {
            found.any.push(facet);
            place = end;
        } else if let Some((facet, end)) = behind(ANOTHER).and_then(|next| facet_at(&tokens, next))
        {
            found.another.push(facet);
            place = end;
        } else if let Some((facet, end)) = any_behind(&tokens, place) {
            found.any.push(facet);
            place = end;
        } else if let Some(end) = behind(SOMETHING_ELSE) {
            found.something_else = true;
            place = end;
        } else if let Some(end) = behind(CHEAPER) {
            found.cheaper = true;
            place = end;
        } else if let Some(end) = behind(DEARER) {
            found.dearer = true;
            place = end;
        } else if let Some(end) = behind(ADDS) {
            found.adds = true;
            place = end;
        } else {
            place += 1;
        }
    }
    found
}

/// The facet that is named at `place`, and where its name ends.
fn facet_at(tokens: &[Token], place: usize) -> Option<(Facet, usize)> {
    FACETS.iter().find_map(|(facet, names, _)| {
        let len = longest(names, tokens, place)?;
        Some((*facet, place + len))
    })
}

/// A facet with words behind it that say that any value will do, and where these end.
fn any_behind(tokens: &[Token], place: usize) -> Option<(Facet, usize)> {
    let (facet, end) = facet_at(tokens, place)?;
    let len = longest(ANY_BEHIND, tokens, end)?;
    Some((facet, end + len))
}

impl Facet {
    /// Whether an attribute of the catalogue is of this kind, by its name: `baseColour` is a colour.
    pub(super) fn is(self, attribute: &str) -> bool {
        let name = attribute.to_lowercase();
        let facets = FACETS.iter().filter(|(facet, ..)| *facet == self);
        let mut names = facets.flat_map(|(_, _, names)| *names);
        names.any(|known| name.contains(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follow_ups_say() {
        let plain = FollowUp::default;
        for (text, expected) in [
            (
                "cheaper",
                FollowUp {
                    cheaper: true,
                    ..plain()
                },
            ),
            (
                "有没有便宜点的",
                FollowUp {
                    cheaper: true,
                    ..plain()
                },
            ),
            (
                "这个太贵了",
                FollowUp {
                    cheaper: true,
                    ..plain()
                },
            ),
            (
                "something more expensive",
                FollowUp {
                    dearer: true,
                    ..plain()
                },
            ),
            (
                "not that one",
                FollowUp {
                    something_else: true,
                    ..plain()
                },
            ),
            (
                "换一个",
                FollowUp {
                    something_else: true,
                    ..plain()
                },
            ),
            (
                "any brand",
                FollowUp {
                    any: vec![Facet::Brand],
                    ..plain()
                },
            ),
            (
                "品牌不限",
                FollowUp {
                    any: vec![Facet::Brand],
                    ..plain()
                },
            ),
            (
                "换个颜色",
                FollowUp {
                    another: vec![Facet::Colour],
                    ..plain()
                },
            ),
            (
                "in another color, any price",
                FollowUp {
                    another: vec![Facet::Colour],
                    any: vec![Facet::Price],
                    ..plain()
                },
            ),
            (
                "also in blue",
                FollowUp {
                    adds: true,
                    ..plain()
                },
            ),
            ("red shoes", plain()),
            ("", plain()),
        ] {
            assert_eq!(follow_up(text, 2000), expected, "{text}");
        }
    }

    #[test]
    fn facets_go_by_the_name_of_the_attribute() {
        assert!(
            Facet::Colour.is("baseColour")
                && Facet::Type.is("articleType")
                && Facet::Brand.is("Brand")
        );
        assert!(!Facet::Colour.is("brand") && !Facet::Price.is("price band"));
    }
}
