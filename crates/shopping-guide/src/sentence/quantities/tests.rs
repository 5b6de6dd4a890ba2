//! Sentences with the quantities that they hold.

use super::*;

/// `from..to unit bound`, `(` and `)` for excluded ends, `[` and `]` for included ones.
fn written(quantity: &Quantity) -> String {
    let interval = quantity.interval;
    let end = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let (open, close) = (
        if interval.from_included { '[' } else { '(' },
        if interval.to_included { ']' } else { ')' },
    );
    let symbol = quantity.unit.as_ref().map_or("", |unit| &unit.symbol);
    let values = match interval.exact() {
        Some(value) => value.to_string(),
        None => format!("{open}{},{}{close}", end(interval.from), end(interval.to)),
    };
    format!("{values} {symbol} {:?}", quantity.bound)
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let found = quantities(text);
    let found: Vec<(String, String)> = found
        .iter()
        .map(|quantity| (text[quantity.span.clone()].to_owned(), written(quantity)))
        .collect();
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(span, value)| ((*span).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn money_in_english() {
    check(
        "red shoes under 50 dollars, not Nike",
        &[("under 50 dollars", "(,50) $ AtMost")],
    );
    check(
        "at most US$1,299.50",
        &[("at most US$1,299.50", "(,1299.5] USD AtMost")],
    );
    check(
        "a bag for twenty-five hundred bucks",
        &[("twenty-five hundred bucks", "2500 $ Exact")],
    );
    check(
        "costs 3 dollars 50 cents.",
        &[("3 dollars 50 cents", "3.5 $ Exact")],
    );
    check(
        "thirteen dollars and forty-five cents",
        &[("thirteen dollars and forty-five cents", "13.45 $ Exact")],
    );
    check(
        "15 dollars and 50.",
        &[("15 dollars and 50", "15.5 $ Exact")],
    );
    check(
        "75 usd million",
        &[("75 usd million", "75000000 USD Exact")],
    );
    check(
        "$1.5m or 2k",
        &[("$1.5m", "1500000 $ Exact"), ("2k", "2000  Exact")],
    );
    check("12,50 €", &[("12,50 €", "12.5 EUR Exact")]);
    check("50 cents", &[("50 cents", "0.5 $ Exact")]);
    check("£20 to £30", &[("£20 to £30", "[20,30] GBP Between")]);
    check("$20-30", &[("$20-30", "[20,30] $ Between")]);
    check(
        "between 50 dollars and 80.",
        &[("between 50 dollars and 80", "[50,80] $ Between")],
    );
    check(
        "around 40 euros or so",
        &[("around 40 euros or so", "40 EUR About")],
    );
    check("my budget is 500", &[("budget is 500", "(,500]  AtMost")]);
    check("a 5 pound note", &[("5 pound", "5 GBP Exact")]);
    check("weighs 5 pounds", &[("5 pounds", "5 lb Exact")]);
    check("All 70 of us", &[("70", "70  Exact")]);
}

#[test]
fn money_in_chinese() {
    check(
        "给我妈买一件500元以内的羊毛大衣",
        &[
            ("一件", "1 piece Exact"),
            ("500元以内", "(,500] CNY AtMost"),
        ],
    );
    check("两三百块的包", &[("两三百块", "[200,300] CNY About")]);
    check("幾百塊", &[("幾百塊", "[300,900] CNY About")]);
    check("一块二", &[("一块二", "1.2 CNY Exact")]);
    check("最多一块二", &[("最多一块二", "(,1.2] CNY AtMost")]);
    check("两毛五", &[("两毛五", "0.25 CNY Exact")]);
    check("至少三块四分", &[("至少三块四分", "[3.04,) CNY AtLeast")]);
    check("五块八毛八", &[("五块八毛八", "5.88 CNY Exact")]);
    check("3.04块以上", &[("3.04块以上", "[3.04,) CNY AtLeast")]);
    check("5.6到5.78元", &[("5.6到5.78元", "[5.6,5.78] CNY Between")]);
    check("二到三元", &[("二到三元", "[2,3] CNY Between")]);
    check("五到八毛", &[("五到八毛", "[0.5,0.8] CNY Between")]);
    check("2-3万元", &[("2-3万元", "[20000,30000] CNY Between")]);
    check("一百多块钱", &[("一百多块钱", "(100,200) CNY About")]);
    check("一百块多", &[("一百块多", "(100,200) CNY About")]);
    check(
        "三块肥皂，三块钱",
        &[("三块", "3 piece Exact"), ("三块钱", "3 CNY Exact")],
    );
    check("人民币50元", &[("人民币50元", "50 CNY Exact")]);
    check("预算三千二左右", &[("预算三千二左右", "3200  About")]);
    check(
        "不想花超过一万港币",
        &[("不想花超过一万港币", "(,10000] HKD AtMost")],
    );
    check("比500元便宜", &[("比500元便宜", "(,500) CNY AtMost")]);
    check("上百块", &[("上百块", "[100,) CNY AtLeast")]);
    check("兩美元又三美分", &[("兩美元又三美分", "2.03 USD Exact")]);
    check(
        "一块二一个",
        &[("一块二", "1.2 CNY Exact"), ("一个", "1 piece Exact")],
    );
    check("九块九包邮", &[("九块九", "9.9 CNY Exact")]);
    check("9.9包邮", &[("9.9", "9.9  Exact")]);
    check("百元以内", &[("百元以内", "(,100] CNY AtMost")]);
    check("万元以内", &[("万元以内", "(,10000] CNY AtMost")]);
    check("比一千块贵", &[("比一千块贵", "(1000,) CNY AtLeast")]);
    check("200-300的裙子", &[("200-300", "[200,300]  Between")]);
    check("五角大楼在四川，三星手机", &[]);
}

#[test]
fn units_sizes_and_counts() {
    check("14寸笔记本", &[("14寸", "14 in Exact")]);
    check("a 15.6\" screen", &[("15.6\"", "15.6 in Exact")]);
    check("size 42 boots", &[("size 42", "42  Exact")]);
    check("42码的鞋", &[("42码", "42  Exact")]);
    check("EU 42", &[("EU 42", "42 EU Exact")]);
    check(
        "500ml, 1.5 l",
        &[("500ml", "500 ml Exact"), ("1.5 l", "1.5 l Exact")],
    );
    check(
        "two and a half kilos",
        &[("two and a half kilos", "2.5 kg Exact")],
    );
    check("两斤半", &[("两斤半", "2.5 斤 Exact")]);
    check("半斤茶叶", &[("半斤", "0.5 斤 Exact")]);
    check("一打鸡蛋", &[("一打", "12  Exact")]);
    check("half a dozen eggs", &[("half a dozen", "6  Exact")]);
    check(
        "256GB or 1TB",
        &[("256GB", "256 GB Exact"), ("1TB", "1 TB Exact")],
    );
    check("10x20cm", &[("10", "10 cm Exact"), ("20cm", "20 cm Exact")]);
    check(
        "a 20% discount, 百分之五",
        &[("20%", "20 % Exact"), ("百分之五", "5 % Exact")],
    );
    check("3 1/2 inch", &[("3 1/2 inch", "3.5 in Exact")]);
    check("一个半小时", &[("一个半小时", "1.5 h Exact")]);
    check("一米八的床", &[("一米八", "1.8 m Exact")]);
    check("身高1米75", &[("1米75", "1.75 m Exact")]);
    check("38号的鞋", &[("38号", "38  Exact")]);
    check("百分百纯棉", &[("百分百", "100 % Exact")]);
    check("2024年新款", &[("2024年", "2024 year Exact")]);
    check("US 9", &[("US 9", "9 US Exact")]);
    check("十几双袜子", &[("十几双", "(10,20) pair About")]);
}

#[test]
fn bounds_and_ranges() {
    check(
        "above 1000 and below 1500",
        &[("above 1000 and below 1500", "(1000,1500)  Between")],
    );
    check(
        "at most 100 and at least 20",
        &[("at most 100 and at least 20", "[20,100]  Between")],
    );
    check(
        "more than 40 and less than 10",
        &[
            ("more than 40", "(40,)  AtLeast"),
            ("less than 10", "(,10)  AtMost"),
        ],
    );
    check("大于10小于20", &[("大于10小于20", "(10,20)  Between")]);
    check(
        "less than 5000 or equal",
        &[("less than 5000 or equal", "(,5000]  AtMost")],
    );
    check(
        "5000 or less than 6000",
        &[
            ("5000", "5000  Exact"),
            ("less than 6000", "(,6000)  AtMost"),
        ],
    );
    check(
        "don't want to spend more than $50",
        &[("don't want to spend more than $50", "(,50] $ AtMost")],
    );
    check(
        "no more than 50 euros",
        &[("no more than 50 euros", "(,50] EUR AtMost")],
    );
    check(
        "under about 50 euros",
        &[("under about 50 euros", "(,50) EUR AtMost")],
    );
    check("20 to 30 cm", &[("20 to 30 cm", "[20,30] cm Between")]);
    check("price 20-30", &[("20-30", "[20,30]  Between")]);
    check("20 - 30", &[("20 - 30", "[20,30]  Between")]);
    check("500ml to 1l", &[("500ml to 1l", "[0.5,1] l Between")]);
    check(
        "200到300块左右",
        &[("200到300块左右", "[200,300] CNY Between")],
    );
    check("在20和30之间", &[("在20和30之间", "[20,30]  Between")]);
    check("one of these, that one", &[]);
    check("more than one", &[("more than one", "(1,)  AtLeast")]);
    check("不到五百", &[("不到五百", "(,500)  AtMost")]);
    check(
        "air max 90, max 50",
        &[("90", "90  Exact"), ("max 50", "(,50]  AtMost")],
    );
    check("50元-100元", &[("50元-100元", "[50,100] CNY Between")]);
    check(
        "5斤以上10斤以下",
        &[("5斤以上10斤以下", "[5,10] 斤 Between")],
    );
    check("USD 20-30", &[("USD 20-30", "[20,30] USD Between")]);
    check(
        "三百元（含）以下",
        &[("三百元（含）以下", "(,300] CNY AtMost")],
    );
    check(
        "from 100 dollars",
        &[("from 100 dollars", "[100,) $ AtLeast")],
    );
    check("20ish dollars", &[("20ish", "20  About")]);
    check(
        "from $50 up to $100",
        &[("from $50 up to $100", "[50,100] $ Between")],
    );
    check("50+", &[("50+", "[50,)  AtLeast")]);
}

#[test]
fn codes_are_no_quantities() {
    for text in [
        "SKU -95",
        "-95",
        "AB-123",
        "12-34",
        "IFP5550-BUN",
        "2024-01-02",
        "12:30",
        "+1-222-2222-2222",
        "a 5G phone",
        "3XL",
        "iphone13",
    ] {
        check(text, &[]);
    }
    check("12-34 cm", &[("12-34 cm", "[12,34] cm Between")]);
}

#[test]
fn spans_are_bytes_of_the_text() {
    let text = "买 不超过５０元 的";
    let found = quantities(text);
    let [quantity] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(&text[quantity.span.clone()], "不超过５０元");
    assert_eq!(&text[quantity.amount.clone()], "５０元");
    assert_eq!(&text[quantity.number.clone()], "５０");
    assert_eq!(quantity.unit.as_ref().unwrap().written, "元");
}

#[test]
fn any_text_is_read_in_bounded_time() {
    let start = std::time::Instant::now();
    for part in [
        "1",
        "1 ",
        "a1",
        "1-",
        "一",
        "百",
        "零",
        "一百 ",
        "两三",
        "one ",
        "and ",
        "one hundred and ",
        "$",
        "$ ",
        "\"1",
        ",",
        "1,111",
        "1,11",
        ".",
        "-",
        "1/",
        "不",
        "多",
        "几",
        "万",
        "上",
        "~",
        "<=",
        "not ",
        "to ",
        "us $ ",
        "🙂",
        "x1",
        "\u{301}",
        "比1",
        "1e",
        "分之",
        "又",
    ] {
        let text = part.repeat(200_000 / part.len());
        let found = quantities(&text);
        assert!(
            found
                .windows(2)
                .all(|two| two[0].span.end <= two[1].span.start),
            "{part}"
        );
        let all = |quantity: &Quantity| text.get(quantity.span.clone()).is_some();
        assert!(found.iter().all(all), "{part}");
    }
    assert!(start.elapsed().as_secs() < 60);
}

proptest::proptest! {
    #[test]
    fn parts_in_any_order_give_ordered_spans_of_the_text(
        parts in proptest::collection::vec(proptest::sample::select(PARTS), 0..24),
        noise in "\\PC{0,12}",
    ) {
        let text = parts.concat() + &noise + &parts.concat();
        let found = quantities(&text);
        for two in found.windows(2) {
            assert!(two[0].span.end <= two[1].span.start, "{text}");
        }
        for quantity in &found {
            let (span, amount) = (&quantity.span, &quantity.amount);
            assert!(text.get(span.clone()).is_some() && text.get(amount.clone()).is_some());
            assert!(text.get(quantity.number.clone()).is_some());
            assert!(span.start <= amount.start && amount.end <= span.end, "{text}");
            let interval = quantity.interval;
            assert!(interval.from.or(interval.to).is_some(), "{text}");
            let ordered = interval.from.zip(interval.to).is_none_or(|(from, to)| from <= to);
            assert!(ordered, "{text}: {interval:?}");
        }
    }
}

/// Parts of sentences that meet in every order.
const PARTS: &[&str] = &[
    " ",
    " ",
    "1",
    "20",
    "3.5",
    "1,299",
    ".5",
    "-",
    "/",
    "~",
    "$",
    "€",
    "us $ ",
    "usd",
    "k",
    "m",
    "x",
    "e",
    "\"",
    "^",
    "%",
    "one ",
    "half ",
    "a ",
    "dozen ",
    "hundred ",
    "and ",
    "a couple of ",
    "first ",
    "under ",
    "between ",
    "from ",
    "to ",
    "or less",
    "than ",
    "not ",
    "about ",
    "size ",
    "dollars ",
    "cents ",
    "kg",
    "years old",
    "一",
    "两三",
    "百",
    "万",
    "亿",
    "零",
    "几",
    "多",
    "半",
    "点",
    "分之",
    "又",
    "负",
    "块",
    "毛",
    "分",
    "元",
    "个",
    "打",
    "米",
    "不",
    "超过",
    "以内",
    "左右",
    "到",
    "和",
    "之间",
    "在",
    "比",
    "便宜",
    "第",
    "上",
    "百分之",
];
