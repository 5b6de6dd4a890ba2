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
    cuts("身高175，70公斤", &["身", "高", "175", "70公斤"]); // the wide comma is no part of a number
    cuts(
        "only $.99, a .5mm pin",
        &["only", "$.99", "a", ".5mm", "pin"],
    );
    cuts("no.5 价.5 ..5", &["no", "5", "价", "5", "5"]);
    cuts("1½ inch, ½元", &["1", "1⁄2", "inch", "1⁄2元"]);
    cuts("175;70", &["175", "70"]);
    cuts("$ 20 and $x", &["20", "and", "x"]); // a sign alone is none
}

#[test]
fn signs_of_money_stand_on_either_side() {
    cuts("20$ 500₽ ₺99 ฿5", &["20$", "500₽", "₺99", "฿5"]);
    cuts("20$30 ₿", &["20", "$30"]);
}

#[test]
fn units_end_where_no_other_word_begins() {
    cuts("1克拉钻戒", &["1克拉", "钻", "戒"]);
    cuts("花280升级", &["花", "280", "升", "级"]);
    cuts("双11天猫", &["双", "11", "天", "猫"]);
    cuts("1月1日元旦", &["1月", "1日", "元", "旦"]);
    cuts("8核心 8核的", &["8", "核", "心", "8核", "的"]);
    cuts("10周年 5日元", &["10周年", "5日元"]);
    cuts(
        "3公分 5毛 5分 14吋 99円",
        &["3公分", "5毛", "5分", "14吋", "99円"],
    );
    cuts("11天才到", &["11天", "才", "到"]);
}

#[test]
fn what_looks_alike_is_alike() {
    cuts(
        "LEGO™ car, Foo℠ bar® ©2020",
        &["lego", "car", "foo", "bar", "2020"],
    );
    cuts("don’t USB‑C USB‐C", &["don't", "usb-c", "usb-c"]);
    cuts(
        "re\u{ad}turn co\u{200f}at \u{2060}x 1\u{fe0f}\u{20e3} a\u{feff}b",
        &["return", "coat", "x", "1", "ab"],
    );
    cuts("İSTANBUL I\u{307}zmir", &["istanbul", "izmir"]);
    let english = StopWords::new(Words::default(), ENGLISH_STOP_WORDS.iter().copied());
    assert_eq!(english.tokens("It’s warm, don't"), ["warm"]);
}

#[test]
fn marks_between_words_part_them() {
    cuts(
        "Color:Red Size：XL a:b",
        &["color", "red", "size", "xl", "a", "b"],
    );
    cuts("looked.The nice.I", &["looked", "the", "nice", "i"]);
    cuts(
        "the U.S. at 9 a.m. p.s.thanks",
        &["the", "u.s", "at", "9", "a.m", "p.s", "thanks"],
    );
    cuts(
        "usb3.0 3.5mm.The 12:30",
        &["usb3.0", "3.5mm", "the", "12", "30"],
    );
}

#[test]
fn hyphens_hold_short_and_numbered_words_together() {
    cuts("USB-C", &["usb-c"]);
    cuts("USB‑C", &["usb-c"]); // the hyphen that does not break
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
    cuts("snake_case 👍🏽", &["snake_case", "👍🏽"]);
}

#[test]
fn emoji_are_tokens() {
    cuts("great👍🏽 love😍😍!", &["great", "👍🏽", "love", "😍", "😍"]);
    // A family, a couple with a heart, a rainbow flag, a scientist with a skin tone: each joined by U+200D.
    let family = "👨\u{200d}👩\u{200d}👧";
    let scientist = "👩🏽\u{200d}🔬";
    cuts(&format!("{family}{scientist} x"), &[family, scientist, "x"]);
    cuts("🏳\u{fe0f}\u{200d}🌈", &["🏳\u{200d}🌈"]);
    cuts("🇩🇪🇫🇷 🇨🇳", &["🇩🇪", "🇫🇷", "🇨🇳"]);
    cuts(
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        &["🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"],
    );
    // With the variation selector and without it.
    cuts("❤\u{fe0f}❤☺\u{fe0f}", &["❤", "❤", "☺"]);
    cuts("👍\u{200d} ok", &["👍", "ok"]);
    cuts("很好😊手机", &["很", "好", "😊", "手", "机"]);
    // Marks and bullets are none.
    cuts("© 2020 ® ™ → ↔ ▪ ▶ ★★☆ 1\u{fe0f}\u{20e3}", &["2020", "1"]);
}

#[test]
fn names_keep_their_signs() {
    cuts(
        "C, C++ and C# or F#?",
        &["c", "c++", "and", "c#", "or", "f#"],
    );
    cuts(
        "AT&T, H&M, R&B: M&M's, PB&J",
        &["at&t", "h&m", "r&b", "m&m's", "pb&j"],
    );
    cuts("Ｃ＋＋，Ｈ＆Ｍ", &["c++", "h&m"]); // wide forms
    cuts("A+++ (A+), TV+", &["a+++", "a+", "tv+"]);
    cuts("C++17 C#8 Obj-C++", &["c++", "17", "c#", "8", "obj-c++"]);
    cuts(
        "a+b vitamin C+zinc 1+1 18+",
        &["a", "b", "vitamin", "c", "zinc", "1", "1", "18"],
    );
    cuts(
        "C#Sharp #5 no#5 red#blue #tag",
        &["c", "sharp", "5", "no", "5", "red", "blue", "tag"],
    );
    cuts(
        "great++ black&white A & B &c a&",
        &["great", "black", "white", "a", "b", "c", "a"],
    );
    cuts("H&amp;M", &["h", "amp", "m"]);
    assert_eq!(
        Words::default().lower_case(false).tokens("C++ AT&T M&M'S"),
        ["C++", "AT&T", "M&M'S"]
    );
}

#[cfg(feature = "chinese")]
#[test]
fn chinese_text_keeps_emoji_and_signs_too() {
    let chinese = Chinese::new();
    let tokens = chinese.tokens("C++和C#语言，AT&T的手机👍🏽很好😍");
    let expected = [
        "c++", "和", "c#", "语言", "at&t", "的", "手机", "👍🏽", "很", "好", "😍",
    ];
    assert_eq!(tokens, expected);
    assert_eq!(chinese.tokens("H&M裙子"), ["h&m", "裙子"]);
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
    assert_eq!(chinese.tokens("衣服 T恤"), ["衣服", "t恤"]);
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

#[cfg(feature = "chinese")]
#[test]
fn words_of_letters_and_chinese_are_kept_whole() {
    let chinese = Chinese::new();
    let tokens = chinese.tokens("买了U盘和SIM卡，T恤衫");
    assert_eq!(tokens, ["买", "了", "u盘", "和", "sim卡", "t恤衫"]);
    // Not within another word or number.
    let tokens = chinese.tokens("MENU盘子 11号店");
    assert_eq!(tokens, ["menu", "盘子", "11号", "店"]);
    let own = chinese.with_words(["小米１４", "SK-II神仙水"]);
    let tokens = own.tokens("小米14很好，SK‑II神仙水");
    assert_eq!(tokens, ["小米14", "很", "好", "sk-ii神仙水"]);
    assert_eq!(own.tokens("小米14元"), ["小米", "14元"]);
    assert_eq!(own.tokens("小米14pro"), ["小米", "14pro"]);
    let own = own.lower_case(false).tokens("T恤 t恤 Sk-Ii神仙水");
    assert_eq!(own, ["T恤", "t恤", "Sk-Ii神仙水"]);
}

#[cfg(feature = "chinese")]
#[test]
fn own_words_are_added_to_those_before() {
    let own = Chinese::new()
        .guess(false)
        .with_words(["小棕瓶", "", "  ", "!!", "a b"])
        .with_words(["大绿罐"]);
    assert_eq!(
        own.tokens("小棕瓶大绿罐 a b!!"),
        ["小棕瓶", "大绿罐", "a", "b"]
    );
}

proptest! {
    /// Any text is cut without a panic into tokens that are neither empty nor hold a blank.
    #[test]
    fn any_text_is_cut(text in "(\\PC|\\PC|\\x00|[\t\n\u{fe0f}\u{feff}\u{301}]|[-$.:€%°½0-9a-cS 元寸毫升，t恤u盘小米+#&'👍🏽\u{200d}🇩🇪]){0,40}") {
        let mut tokenizers: Vec<Box<dyn Tokenize>> = vec![
            Box::new(Words::default()),
            Box::new(Whitespace),
            Box::new(Characters),
        ];
        #[cfg(feature = "chinese")]
        tokenizers.push(Box::new(Chinese::new().with_words(["小米1", "a-b"])));
        for tokenizer in tokenizers {
            for token in tokenizer.tokens(&text) {
                prop_assert!(!token.is_empty() && !token.contains(char::is_whitespace), "{token:?}");
            }
        }
    }
}
