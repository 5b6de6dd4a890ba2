//! Currencies by their signs, codes and names.

/// A currency: its ISO 4217 code, or a bare sign that several currencies share, such as `$`.
pub(crate) type Currency = &'static str;

/// Signs and names, in lower case, with the code. `$`, `kr`, `¥` and `Rs` are shared by several currencies.
const SIGNS: &[(&str, Currency)] = &[
    ("€", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("$", "$"),
    ("dollar", "$"),
    ("dollars", "$"),
    ("us$", "USD"),
    ("u$s", "USD"),
    ("us", "USD"),
    ("u.s", "USD"),
    ("s/", "PEN"),
    ("gh₵", "GHS"),
    ("u.s.$", "USD"),
    ("a$", "AUD"),
    ("au$", "AUD"),
    ("c$", "CAD"),
    ("ca$", "CAD"),
    ("can$", "CAD"),
    ("nz$", "NZD"),
    ("hk$", "HKD"),
    ("nt$", "TWD"),
    ("s$", "SGD"),
    ("sg$", "SGD"),
    ("mx$", "MXN"),
    ("mex$", "MXN"),
    ("ar$", "ARS"),
    ("clp$", "CLP"),
    ("col$", "COP"),
    ("cop$", "COP"),
    ("r$", "BRL"),
    ("rd$", "DOP"),
    ("j$", "JMD"),
    ("tt$", "TTD"),
    ("bz$", "BZD"),
    ("n$", "NAD"),
    ("$u", "UYU"),
    ("c¥", "CNY"),
    ("£", "GBP"),
    ("pound", "GBP"),
    ("pounds", "GBP"),
    ("e£", "EGP"),
    ("le", "EGP"),
    ("¥", "¥"),
    ("yen", "JPY"),
    ("円", "JPY"),
    ("日元", "JPY"),
    ("jp¥", "JPY"),
    ("cn¥", "CNY"),
    ("元", "CNY"),
    ("圆", "CNY"),
    ("块", "CNY"),
    ("人民币", "CNY"),
    ("rmb", "CNY"),
    ("yuan", "CNY"),
    ("元人民币", "CNY"),
    ("美元", "USD"),
    ("欧元", "EUR"),
    ("港元", "HKD"),
    ("港币", "HKD"),
    ("块钱", "CNY"),
    ("元钱", "CNY"),
    ("美金", "USD"),
    ("美刀", "USD"),
    ("英镑", "GBP"),
    ("澳元", "AUD"),
    ("加元", "CAD"),
    ("新元", "SGD"),
    ("新加坡元", "SGD"),
    ("瑞士法郎", "CHF"),
    ("韩元", "KRW"),
    ("卢布", "RUB"),
    ("卢比", "Rs"),
    ("泰铢", "THB"),
    ("奈拉", "NGN"),
    ("新台币", "TWD"),
    ("澳门元", "MOP"),
    ("比特币", "BTC"),
    ("₿", "BTC"),
    ("₭", "LAK"),
    ("ரூ", "LKR"),
    ("新台幣", "TWD"),
    ("台币", "TWD"),
    ("₩", "KRW"),
    ("원", "KRW"),
    ("won", "KRW"),
    ("₹", "INR"),
    ("rs", "Rs"),
    ("₨", "Rs"),
    ("rupees", "Rs"),
    ("rupee", "Rs"),
    ("रु", "INR"),
    ("kr", "kr"),
    ("skr", "SEK"),
    ("nkr", "NOK"),
    ("dkr", "DKK"),
    ("zł", "PLN"),
    ("zl", "PLN"),
    ("kč", "CZK"),
    ("ft", "HUF"),
    ("лв", "BGN"),
    ("lei", "RON"),
    ("leu", "RON"),
    ("kn", "HRK"),
    ("₽", "RUB"),
    ("руб", "RUB"),
    ("р", "RUB"),
    ("рублей", "RUB"),
    ("₴", "UAH"),
    ("грн", "UAH"),
    ("₺", "TRY"),
    ("tl", "TRY"),
    ("fr", "CHF"),
    ("sfr", "CHF"),
    ("franken", "CHF"),
    ("₪", "ILS"),
    ("₫", "VND"),
    ("đ", "VND"),
    ("฿", "THB"),
    ("rp", "IDR"),
    ("rm", "MYR"),
    ("₱", "PHP"),
    ("₦", "NGN"),
    ("₵", "GHS"),
    ("₸", "KZT"),
    ("₾", "GEL"),
    ("₡", "CRC"),
    ("r", "ZAR"),
    ("ksh", "KES"),
    ("din", "RSD"),
    ("dh", "AED"),
];

/// The codes of ISO 4217 of currencies in use, and some that old price lists hold.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL \
    HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA \
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF \
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES \
    VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG DEM ATS FRF ITL ESP NLG";

/// Codes that are read in small letters as well. Others must be capitals: `all` and `top` are words.
const IN_ANY_CASE: &[&str] = &[
    "USD", "EUR", "GBP", "CHF", "JPY", "CNY", "AUD", "CAD", "SEK", "NOK", "DKK", "PLN", "CZK",
    "INR", "BRL", "RUB",
];

/// Currencies whose prices have no decimals in practice: `1,299` of them is always above a thousand.
const NO_DECIMALS: &str =
    "JPY KRW VND CLP ISK HUF IDR PYG UGX RWF XAF XOF XPF KMF GNF DJF BIF VUV LAK KHR MMK";
/// Currencies with three decimals.
const THREE_DECIMALS: &str = "KWD BHD OMR TND JOD IQD LYD";

/// The currencies that write the bare sign.
fn sharing(sign: &str) -> &'static str {
    match sign {
        "$" => {
            "USD AUD CAD NZD HKD SGD TWD MXN ARS CLP COP BRL DOP JMD TTD BZD NAD UYU BBD BSD BMD BND FJD GYD KYD LRD SRD XCD"
        }
        "kr" => "SEK NOK DKK ISK",
        "¥" => "JPY CNY",
        "Rs" => "INR PKR LKR NPR MUR SCR",
        _ => "",
    }
}

fn listed(list: &'static str, code: &str) -> Option<Currency> {
    list.split_ascii_whitespace().find(|listed| *listed == code)
}

/// The currency of a word such as `US$`, `EUR`, `kr.` or `₹`.
pub(crate) fn currency(word: &str) -> Option<Currency> {
    if word.len() == 3 && word.is_ascii() {
        let upper = word.to_ascii_uppercase();
        if let Some(code) = listed(CODES, &upper)
            && (word == upper || IN_ANY_CASE.contains(&code))
        {
            return Some(code);
        }
    }
    let word = word.trim_end_matches('.').to_lowercase();
    let found = SIGNS.iter().find(|(sign, _)| *sign == word);
    found.map(|(_, currency)| *currency)
}

/// The longest sign or name that `characters`, in lower case, begin with, and its length.
pub(crate) fn currency_at(characters: &[char]) -> Option<(Currency, usize)> {
    let length = |sign: &str| {
        let mut length = 0;
        for character in sign.chars() {
            if characters.get(length) != Some(&character) {
                return None;
            }
            length += 1;
        }
        Some(length)
    };
    let found = SIGNS
        .iter()
        .filter_map(|(sign, currency)| Some((*currency, length(sign)?)));
    found.max_by_key(|(_, length)| *length)
}

/// The currency of two that stand at one price: `$` and `USD` are `USD`. `None` if they contradict each other.
pub(crate) fn joined(one: Currency, other: Currency) -> Option<Currency> {
    if one == other || listed(sharing(other), one).is_some() {
        Some(one)
    } else {
        listed(sharing(one), other)
    }
}

/// How a currency writes three digits behind a separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimals {
    /// Always thousands: the currency has no decimals.
    None,
    /// Thousands unless the column says otherwise: the currency has two decimals.
    Two,
    /// Either.
    Three,
}

/// The decimals of a currency.
pub(super) fn decimals(currency: Currency) -> Decimals {
    if listed(NO_DECIMALS, currency).is_some() {
        Decimals::None
    } else if listed(THREE_DECIMALS, currency).is_some() {
        Decimals::Three
    } else {
        Decimals::Two
    }
}
