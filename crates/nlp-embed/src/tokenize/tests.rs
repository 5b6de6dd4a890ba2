//! Cases written by hand.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn cuts(text: &str, tokens: &[&str]) {
    assert_eq!(Words::default().tokens(text), tokens, "{text:?}");
}

#[test]
fn prices_and_quantities_are_kept_whole() {
    cuts("14寸", &["14寸"]);
    cuts("300元以内", &["300元", "以", "内"]);
    cuts("a 3.5mm jack", &["a", "3.5mm", "jack"]);
    cuts("only $19.99!", &["only", "$19.99"]);
    cuts("$1,299.00.", &["$1,299.00"]);
    cuts("￥300，＄5", &["¥300", "$5"]); // wide forms
    cuts("300€ or £4", &["300€", "or", "£4"]);
    cuts("50% off, 5‰", &["50%", "off", "5‰"]);
    cuts("at 25°C or 70°", &["at", "25°c", "or", "70°"]);
    cuts("at 25℃", &["at", "25°c"]);
    cuts("5°cold", &["5°", "cold"]);
    cuts("128GB 5G 2.4GHz 4K", &["128gb", "5g", "2.4ghz", "4k"]);
    cuts("等了3小时20分钟", &["等", "了", "3小时", "20分钟"]);
    cuts("500毫升", &["500毫升"]); // not the unit that begins alike
    cuts("买3件", &["买", "3", "件"]); // a counter is no unit
    cuts("v2寸", &["v2", "寸"]); // no number
    cuts("$ 20 and $x", &["20", "and", "x"]); // a sign alone is none
}

#[test]
fn hyphens_hold_short_and_numbered_words_together() {
    cuts("USB-C", &["usb-c"]);
    cuts("USB‑C", &["usb\u{2010}c"]); // the hyphen that does not break
    cuts("t-shirt wi-fi x-ray", &["t-shirt", "wi-fi", "x-ray"]);
    cuts("WH-1000XM4", &["wh-1000xm4"]);
    cuts("24-70mm", &["24-70mm"]);
    cuts("$20-30", &["$20-30"]);
    cuts("3-5元", &["3-5元"]);
    cuts("well-known", &["well", "known"]);
    cuts("state-of-the-art", &["state", "of", "the", "art"]);
    cuts("-5 a- -b a--b", &["5", "a", "b", "a", "b"]);
    cuts("手机-a", &["手", "机", "a"]);
}

#[test]
fn words_are_unicodes() {
    cuts("", &[]);
    cuts(" \t\r\n…!?", &[]);
    cuts("Don't stop, 'quoted'", &["don't", "stop", "quoted"]);
    cuts("ﬁne Ⅷ ½", &["fine", "viii", "1\u{2044}2"]); // NFKC
    cuts("ÉCLAIR e\u{301}clair", &["éclair", "éclair"]);
    cuts("ΟΔΟΣ", &["οδος"]); // the sigma at the end
    cuts("Привет, мир", &["привет", "мир"]);
    cuts("a\u{0}b \u{feff}c", &["a", "b", "c"]);
    cuts("snake_case 👍🏽", &["snake_case"]);
}

#[test]
fn characters_are_grapheme_clusters() {
    assert_eq!(Characters.tokens("e\u{301}👍🏽 x"), ["e\u{301}", "👍🏽", "x"]);
    assert_eq!(Characters.tokens("\r\n\u{3000}"), [""; 0]);
}

#[cfg(feature = "chinese")]
#[test]
fn mixed_text_is_split_by_script() {
    let chinese = Chinese::new();
    let tokens = chinese.tokens("买了iPhone手机，很好用！");
    assert_eq!(tokens, ["买", "了", "iphone", "手机", "很", "好", "用"]);
    let tokens = chinese.tokens("这台14寸电脑3999元");
    assert_eq!(tokens, ["这台", "14寸", "电脑", "3999元"]);
    // A stop splits a run: 手 and 机 are no word.
    assert_eq!(chinese.tokens("手。机"), ["手", "机"]);
    assert_eq!(chinese.tokens("衣服 T恤"), ["衣服", "t", "恤"]);
    let tokens = chinese.clone().lower_case(false).tokens("Apple电脑");
    assert_eq!(tokens, ["Apple", "电脑"]);
    let tokenizer = StopWords::new(chinese, CHINESE_STOP_WORDS.iter().copied());
    assert_eq!(tokenizer.tokens("我的手机"), ["手机"]);
}

#[cfg(feature = "chinese")]
#[test]
fn own_words_are_kept_whole() {
    let text = "雅诗兰黛小棕瓶";
    let plain = Chinese::new().guess(false).tokens(text);
    assert!(!plain.contains(&"小棕瓶".to_owned()), "{plain:?}");
    let own = Chinese::new()
        .with_words(["小棕瓶"])
        .guess(false)
        .tokens(text);
    assert!(own.contains(&"小棕瓶".to_owned()), "{own:?}");
}

proptest! {
    /// Any text is cut without a panic into tokens that are neither empty nor hold a blank.
    #[test]
    fn any_text_is_cut(text in "(\\PC|[-$€%°0-9a-c 元寸毫升]){0,40}") {
        let tokenizers: [&dyn Tokenize; 3] = [&Words::default(), &Whitespace, &Characters];
        for tokenizer in tokenizers {
            for token in tokenizer.tokens(&text) {
                prop_assert!(!token.is_empty() && !token.contains(char::is_whitespace), "{token:?}");
            }
        }
    }
}
