//! One spelling for what differs only in writing: full and half width, case, accents, traditional characters, and the English plural.

mod traditional;

use std::borrow::Cow;

pub(crate) use traditional::simplified;

/// The half-width form of a full-width character.
pub(crate) fn narrow(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Whether `c` is an accent that stands behind its letter.
pub(crate) fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Adds a letter or digit in lower case and without accent.
pub(crate) fn push_folded(text: &mut String, c: char) {
    if c.is_ascii() {
        text.push(c.to_ascii_lowercase());
        return;
    }
    for lower in c.to_lowercase().filter(|&c| !is_accent(c)) {
        match without_accent(lower) {
            Some(plain) => text.push_str(plain),
            None => text.push(lower),
        }
    }
}

/// The letters that a lower-case letter of a European language is written with where it cannot be typed.
fn without_accent(c: char) -> Option<&'static str> {
    Some(match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' => "s",
        'ţ' | 'ť' | 'ŧ' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

/// The form that an English word in lower case shares with its plural: `shoes` and `shoe` give `shoe`, `hoodies` and `hoodie` give `hoody`. Not always
/// a word: what counts is that both give the same.
pub(crate) fn singular(word: &str) -> Cow<'_, str> {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.into();
    }
    let irregular = match word {
        "men" | "mens" => "man",
        "women" | "womens" => "woman",
        "children" | "childrens" => "child",
        "knives" => "knife",
        "shelves" => "shelf",
        "scarves" => "scarf",
        _ => "",
    };
    if !irregular.is_empty() {
        return irregular.into();
    }
    if word.len() < 4 {
        return word.into();
    }
    let ends = |ending: &str| word.ends_with(ending);
    let without = |n: usize| word.get(..word.len() - n).unwrap_or(word);
    if word.len() > 4 && ends("ies") {
        return format!("{}y", without(3)).into();
    }
    if word.len() > 4 && ends("ie") {
        return format!("{}y", without(2)).into();
    }
    if ["sses", "shes", "ches", "xes"].iter().any(|&e| ends(e)) {
        return without(2).into();
    }
    match ends("s") && !["ss", "us", "is"].iter().any(|&e| ends(e)) {
        true => without(1).into(),
        false => word.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_one_form() {
        let fold = |text: &str| {
            let mut folded = String::new();
            for c in text.chars().map(narrow).filter(|&c| !is_accent(c)) {
                push_folded(&mut folded, c);
            }
            folded
        };
        assert_eq!(fold("ＡＢＣ１２"), "abc12");
        assert_eq!(fold("Crème"), "creme");
        assert_eq!(fold("Cre\u{300}me"), "creme");
        assert_eq!(fold("Straße"), "strasse");
        assert_eq!(fold("İzmir"), "izmir");
        assert_eq!(fold("Жук"), "жук");
    }

    #[test]
    fn a_word_and_its_plural_have_one_form() {
        for (one, many) in [
            ("shoe", "shoes"),
            ("dress", "dresses"),
            ("box", "boxes"),
            ("watch", "watches"),
            ("brush", "brushes"),
            ("accessory", "accessories"),
            ("hoodie", "hoodies"),
            ("tie", "ties"),
            ("size", "sizes"),
            ("blouse", "blouses"),
            ("bag", "bags"),
            ("woman", "women"),
            ("man", "mens"),
            ("scarf", "scarves"),
        ] {
            assert_eq!(singular(one), singular(many), "{one}");
        }
        for word in ["bus", "dress", "tennis", "gas", "éclairs", "a4s5"] {
            assert_eq!(singular(word), word);
        }
    }
}
