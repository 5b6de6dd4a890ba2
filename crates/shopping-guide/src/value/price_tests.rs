//! Tests of prices and of columns of prices.

use super::price::{NoPrice, read};
use super::price_column::{GUESSED_THOUSANDS, LOWEST_PRICE, SettledPrices};
use super::*;
use crate::read_report::ReadReport;
use proptest::prelude::*;

struct Settled {
    prices: Vec<Option<f32>>,
    refused: usize,
    settled: SettledPrices,
    report: ReadReport,
}

fn settle<S: AsRef<str>>(texts: &[S]) -> Settled {
    let mut column = PriceColumn::default();
    let mut refused = 0;
    for (row, text) in texts.iter().enumerate() {
        refused += usize::from(column.take(text.as_ref(), row, row as u64 + 2).is_err());
    }
    let mut prices = vec![None; texts.len()];
    let settled = column.settle(|row, price| prices[row] = Some(price));
    let mut report = ReadReport::default();
    settled.add_to(&mut report);
    Settled {
        prices,
        refused,
        settled,
        report,
    }
}

#[test]
fn prices_in_every_writing() {
    for (text, amount, currency) in [
        ("39.00 USD", 39.0, Some("USD")),
        ("USD 39.00", 39.0, Some("USD")),
        ("usd 39", 39.0, Some("USD")),
        ("39,00 EUR", 39.0, Some("EUR")),
        ("39,00€", 39.0, Some("EUR")),
        ("€ 39,00", 39.0, Some("EUR")),
        ("US$ 12.50", 12.5, Some("USD")),
        ("US$12.50", 12.5, Some("USD")),
        ("$1,299.00 USD", 1299.0, Some("USD")),
        ("USD$5", 5.0, Some("USD")),
        ("A$12.50", 12.5, Some("AUD")),
        ("C$ 12.50 CAD", 12.5, Some("CAD")),
        ("R$ 1.299,00", 1299.0, Some("BRL")),
        ("$2", 2.0, Some("$")),
        ("12.5$", 12.5, Some("$")),
        ("Rs. 499", 499.0, Some("Rs")),
        ("Rs 1,29,999.00", 129_999.0, Some("Rs")),
        ("₹1,29,999.00", 129_999.0, Some("INR")),
        ("₩12000", 12_000.0, Some("KRW")),
        ("￥２０", 20.0, Some("¥")),
        ("￥20元", 20.0, Some("CNY")),
        ("1299元", 1299.0, Some("CNY")),
        ("99元起", 99.0, Some("CNY")),
        ("980円", 980.0, Some("JPY")),
        ("12.50 kr", 12.5, Some("kr")),
        ("12,50 kr.", 12.5, Some("kr")),
        ("SEK 12,50", 12.5, Some("SEK")),
        ("zł 12,50", 12.5, Some("PLN")),
        ("12,50 zł", 12.5, Some("PLN")),
        ("99 Kč", 99.0, Some("CZK")),
        ("4 990 Ft", 4990.0, Some("HUF")),
        ("12,50 лв.", 12.5, Some("BGN")),
        ("1 299 ₽", 1299.0, Some("RUB")),
        ("1 299 руб.", 1299.0, Some("RUB")),
        ("CHF 1'299.00", 1299.0, Some("CHF")),
        ("CHF 1’299.50", 1299.5, Some("CHF")),
        ("Fr. 12.-", 12.0, Some("CHF")),
        ("1\u{a0}299,00\u{a0}€", 1299.0, Some("EUR")),
        ("1\u{202f}299,00 €", 1299.0, Some("EUR")),
        ("1 234 567,89 €", 1_234_567.9, Some("EUR")),
        ("1.299,00 €", 1299.0, Some("EUR")),
        ("49,- €", 49.0, Some("EUR")),
        ("€ 12,-", 12.0, Some("EUR")),
        ("12,--", 12.0, None),
        ("12.—", 12.0, None),
        ("12 €/Stk", 12.0, Some("EUR")),
        ("39,90 EUR/Stk", 39.9, Some("EUR")),
        ("39,90 EUR / 100 g", 39.9, Some("EUR")),
        ("12.00 per piece", 12.0, None),
        ("$3.50 per 2 kg", 3.5, Some("$")),
        ("12,00 € (inkl. 19 % MwSt.)", 12.0, Some("EUR")),
        ("nur 12,00 €", 12.0, Some("EUR")),
        ("Preis: 12,00 €", 12.0, Some("EUR")),
        ("£ 20 each", 20.0, Some("GBP")),
        ("+12.50", 12.5, None),
        (".99", 0.99, None),
        ("1.5e3", 1500.0, None),
        ("12", 12.0, None),
        (" 12.5 ", 12.5, None),
        ("Rs. 499/- only", 499.0, Some("Rs")),
        ("US $12.50", 12.5, Some("USD")),
        ("12.50 US Dollars", 12.5, Some("USD")),
        ("S/ 12.50", 12.5, Some("PEN")),
        ("税込1,299.50円", 1299.5, Some("JPY")),
        ("1299円（税込）", 1299.0, Some("JPY")),
        ("kr 1.299,-", 1299.0, Some("kr")),
        ("CHF 1,299.-", 1299.0, Some("CHF")),
        ("Rs.1,29,999/-", 129_999.0, Some("Rs")),
        ("Rs.499", 499.0, Some("Rs")),
        ("$.99", 0.99, Some("$")),
        ("12.", 12.0, None),
        ("Rp 1.250.000", 1_250_000.0, Some("IDR")),
        ("12,50 Euro*", 12.5, Some("EUR")),
        ("١٢٫٥", 12.5, None),
    ] {
        let price = read(text).unwrap_or_else(|reason| panic!("{text}: {reason:?}"));
        assert_eq!(
            (price.reading.value(), price.currency),
            (amount, currency),
            "{text}"
        );
    }
}

#[test]
fn the_lowest_of_several_prices_is_said() {
    for (text, amount) in [
        ("ab 9,99 €", 9.99),
        ("from $12", 12.0),
        ("ca. 12 €", 12.0),
        ("starting at 12.00", 12.0),
        ("19,90 € – 29,90 €", 19.9),
        ("€12 – €15", 12.0),
        ("12-15", 12.0),
        ("$12 to $15 each", 12.0),
        ("12 bis 15 EUR", 12.0),
        ("~12", 12.0),
    ] {
        let read = settle(&[text]);
        assert_eq!(read.prices, [Some(amount)], "{text}");
        assert_eq!(read.report.count(LOWEST_PRICE), 1, "{text}");
    }
}

#[test]
fn what_is_no_price_is_refused() {
    for text in [
        "abc",
        "call us",
        "12 apples",
        "50%",
        "12cm",
        "2 x 5 €",
        "3 for $10",
        "€",
        "1.2.3",
        "1,,2",
        "NaN €",
        "inf",
        "1e99",
        "12:30",
        "1'29",
        "EUR USD",
    ] {
        let refused = read(text).unwrap_err();
        assert!(
            matches!(refused, NoPrice::NoNumber | NoPrice::Several),
            "{text}: {refused:?}"
        );
    }
    for text in ["19.99 29.99", "10 20", "1 2 3", "12-15-18"] {
        assert_eq!(read(text).unwrap_err(), NoPrice::Several, "{text}");
    }
    assert_eq!(read("€ 12 USD").unwrap_err(), NoPrice::Currencies);
    for text in [
        "0", "0.00", "0,00 €", "-12", "-€12", "€ -12", "$-12.00", "(12.00)", "(€ 12)", "12,00-",
        "−5", "free", "Gratis!", "免费",
    ] {
        let refused = read(text).unwrap_err();
        assert!(
            matches!(refused, NoPrice::NotAboveZero(_)),
            "{text}: {refused:?}"
        );
    }
}

#[test]
fn a_missing_price_is_counted_and_refused_ones_are_not_prices() {
    let read = settle(&["-", "N/A", "", "12", "free", "on request"]);
    assert_eq!(read.prices.iter().flatten().count(), 1);
    assert_eq!((read.settled.missing, read.refused), (3, 2));
}

#[test]
fn the_column_decides_the_decimal_sign() {
    let prices = |texts: &[&str]| {
        let read = settle(texts);
        (
            read.prices.into_iter().flatten().collect::<Vec<_>>(),
            read.report.findings.len(),
        )
    };
    assert_eq!(prices(&["1,299", "4,50", "7"]), (vec![1.299, 4.5, 7.0], 0));
    assert_eq!(prices(&["1.299", "4,50"]), (vec![1299.0, 4.5], 0));
    assert_eq!(prices(&["1,299", "4.50"]), (vec![1299.0, 4.5], 0));
    let read = settle(&["7", "1,299", "-2,500"]);
    assert_eq!(read.prices, [Some(7.0), Some(1299.0), None]);
    assert_eq!(read.report.count(GUESSED_DECIMAL), 2);
    // No price in euros has three decimals, so that these are thousands; said unless other prices decide.
    let read = settle(&["2.499 €", "1,299 €"]);
    assert_eq!(read.prices, [Some(2499.0), Some(1299.0)]);
    assert_eq!(read.report.count(GUESSED_THOUSANDS), 2);
    assert_eq!(prices(&["2.499 €", "89,90 €"]), (vec![2499.0, 89.9], 0));
    // Yen have no decimals at all.
    assert_eq!(
        prices(&["¥1,299 JPY", "120.000 JPY"]),
        (vec![1299.0, 120_000.0], 0)
    );
    assert_eq!(prices(&["kr 1.299,-", "89,90 kr"]), (vec![1299.0, 89.9], 0));
}

#[test]
fn a_sign_and_its_code_are_one_currency() {
    let read = settle(&["$12", "USD 13", "US$ 14", "15"]);
    assert_eq!(
        read.prices,
        [Some(12.0), Some(13.0), Some(14.0), Some(15.0)]
    );
    assert_eq!(read.settled.currency, Some("USD"));
    assert_eq!(read.settled.currencies, [("USD", 3)]);
    assert_eq!(
        (read.settled.without_currency, read.report.findings.len()),
        (1, 0)
    );
    let read = settle(&["12 kr", "13 SEK"]);
    assert_eq!(read.settled.currency, Some("SEK"));
    // With two currencies that share the sign, the sign names neither.
    let read = settle(&["$12", "$13", "USD 13", "AUD 14"]);
    assert_eq!(read.settled.currencies, [("$", 2), ("USD", 1), ("AUD", 1)]);
}

#[test]
fn a_mixture_of_currencies_is_told_and_the_most_frequent_one_taken() {
    let read = settle(&["12 €", "1.299,00 EUR", "$15", "15,00 €", "£1,250.00", "20"]);
    assert_eq!(
        read.prices,
        [Some(12.0), Some(1299.0), None, Some(15.0), None, Some(20.0)]
    );
    assert_eq!(read.settled.currency, Some("EUR"));
    assert_eq!(read.settled.words(), "EUR (3), $ (1), GBP (1)");
    let dollars = "has a price in $ where most prices are in EUR, taken as unknown";
    assert_eq!(read.report.count(dollars), 1);
    assert_eq!(read.report.findings[0].examples, [(4, "$15".to_owned())]);
}

proptest! {
    #[test]
    fn any_price_reads_back_in_every_locale(cents in 1_u32..1_000_000) {
        let (whole, part) = (cents / 100, cents % 100);
        let grouped = |sign: &str| match whole / 1000 {
            0 => whole.to_string(),
            thousands => format!("{thousands}{sign}{:03}", whole % 1000),
        };
        let amount = cents as f32 / 100.0;
        for (text, currency) in [
            (format!("${}.{part:02}", grouped(",")), "$"),
            (format!("USD {}.{part:02}", grouped(",")), "USD"),
            (format!("{},{part:02} €", grouped(".")), "EUR"),
            (format!("{},{part:02} EUR", grouped(" ")), "EUR"),
            (format!("{},{part:02}\u{a0}€/Stk", grouped("\u{202f}")), "EUR"),
            (format!("CHF {}.{part:02}", grouped("’")), "CHF"),
            (format!("£{whole}.{part:02}"), "GBP"),
            (format!("ab {},{part:02} zł", grouped("\u{a0}")), "PLN"),
            (format!("Rs. {}.{part:02}", grouped(",")), "Rs"),
            (format!("R$ {},{part:02}", grouped(".")), "BRL"),
            (format!("{whole}.{part:02}元"), "CNY"),
            (format!("from {},{part:02} kr", grouped(".")), "kr"),
        ] {
            let price = read(&text).map_err(|reason| TestCaseError::fail(format!("{text}: {reason:?}")))?;
            prop_assert_eq!(price.reading.value(), amount, "{}", text);
            prop_assert_eq!(price.currency, Some(currency), "{}", text);
        }
    }

    #[test]
    fn no_text_panics(texts in proptest::collection::vec(
        prop_oneof!["\\PC{0,30}", "[0-9.,' €$kra/()~-]{0,20}"], 0..20,
    )) {
        for price in settle(&texts).prices.into_iter().flatten() {
            prop_assert!(price > 0.0 && price.is_finite());
        }
        for text in &texts {
            missing(text);
            if let Some(reading) = number(text) {
                prop_assert!(reading.value().is_finite(), "{}", text);
            }
        }
    }
}
