//! The words of bounds in English and Chinese.

/// What the words of a bound say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Below; whether the value itself is allowed.
    Below(bool),
    /// Above; whether the value itself is allowed.
    Above(bool),
    About,
    /// A budget: at most the amount, unless the words behind it say otherwise.
    Budget,
    /// `equal to`.
    Equal,
    /// `or equal`, which adds the value to the bound before.
    OrEqual,
}

use Said::{About, Above, Below, Budget, Equal, OrEqual};

pub(super) type Row = (Said, &'static [&'static str]);

/// Words before an amount.
#[rustfmt::skip]
pub(super) const BEFORE: &[Row] = &[
    (Below(false), &[
        "under", "below", "beneath", "less than", "fewer than", "smaller than", "lower than", "cheaper than",
        "lighter than", "shorter than", "<", "低于", "少于", "小于", "不到", "不足", "不满", "短于", "轻于", "便宜于", "lt",
        "short of",
    ]),
    (Below(true), &[
        "at most", "up to", "upto", "no more than", "not more than", "nothing more than", "no greater than",
        "no larger than", "no higher than", "not over", "not above", "no over", "max", "max.", "maximum",
        "maximum of", "max of", "a maximum of", "within", "less or equal than", "smaller or equal than",
        "lower or equal than", "fewer or equal than", "less than or equal to", "smaller than or equal to",
        "lower than or equal to", "fewer than or equal to", "equal to or less than",
        "equal to or smaller than", "equal to or lower than", "at most or equal to", "less or equal to", "<=",
        "≤", "≦", "不超过", "不高于", "不大于", "不多于", "不超", "不贵于", "最多", "至多", "最高", "最大", "顶多", "上限", "小于等于",
        "小于或等于", "小于或者等于", "低于等于", "低于或等于", "少于等于", "少于或等于", "控制在", "cap of", "limit of", "limit is",
        "can spend", "封顶",
    ]),
    (Budget, &[
        "预算", "budget", "budget is", "budget of", "to spend",
    ]),
    (Above(false), &[
        "over", "above", "more than", "greater than", "larger than", "bigger than", "higher than",
        "longer than", "heavier than", "exceed", "exceeds", "exceeding", "surpass", "surpasses",
        "in excess of", "beyond", ">", "高于", "大于", "多于", "超过", "超出", "长于", "贵于", "过", "不止", "不只",
    ]),
    (Above(true), &[
        "at least", "no less than", "not less than", "no fewer than", "not under", "not below",
        "no smaller than", "no lower than", "min", "min.", "minimum", "minimum of", "a minimum of",
        "starting at", "starting from", "starts at", "larger or equal than", "greater or equal than",
        "bigger or equal than", "higher or equal than", "more or equal than", "greater than or equal to",
        "larger than or equal to", "bigger than or equal to", "higher than or equal to",
        "more than or equal to", "equal to or more than", "equal to or greater than",
        "equal to or larger than", "equal to or higher than", "at least or equal to", "more or equal to",
        "greater or equal to", ">=", "≥", "≧", "至少", "最少", "起码", "最低", "最小", "不少于", "不低于", "不小于", "不下于", "不下",
        "不短于", "下限", "大于等于", "大于或等于", "大于或者等于", "高于等于", "高于或等于", "多于等于", "多于或等于", "少说",
    ]),
    (About, &[
        "about", "around", "approximately", "approx", "approx.", "roughly", "nearly", "almost", "circa",
        "ca.", "some", "close to", "somewhere around", "in the region of", "or so", "~", "≈", "约", "大约", "大概",
        "差不多", "接近", "将近", "近", "大致", "估计",
    ]),
    (Equal, &[
        "equal to", "equals", "equals to", "equaling to", "equalling", "exactly", "=", "等于", "正好", "刚好",
    ]),
];

/// Words behind an amount.
#[rustfmt::skip]
pub(super) const BEHIND: &[Row] = &[
    (Below(true), &[
        "or less", "or under", "or below", "or fewer", "or lower", "or smaller", "or cheaper", "and under",
        "and below", "and less", "or less than", "or smaller than", "or lower than", "max", "maximum",
        "at most", "tops", "以内", "之内", "以下", "之下", "(含)以下", "及以下", "或以下", "或者以下", "或更少", "或者更少", "封顶", "为上限", "为限",
        "or shorter", "or lighter", "内",
    ]),
    (Above(true), &[
        "or more", "or above", "or over", "or greater", "or higher", "or larger", "or bigger", "or up",
        "or longer", "and more", "and up", "and above", "and over", "or more than", "or greater than",
        "or larger than", "or higher than", "or bigger than", "+", "minimum", "at least", "upwards", "以上", "(含)以上",
        "之上", "及以上", "或以上", "或者以上", "或更多", "或者更多", "起步", "起", "开外", "往上", "打底",
    ]),
    (About, &[
        "or so", "or thereabouts", "ish", "-ish", "approximately", "approx", "give or take", "左右", "上下", "前后",
        "出头", "的样子",
    ]),
    (OrEqual, &[
        "or equal", "or equal to",
    ]),
];

/// Particles between the words of a bound and the number: 至少有10, 超过了80, `at most: 10`.
pub(super) const PARTICLES: &[char] = &['了', '有', '是', '为', '要', '在', ':'];

/// Words that turn `超过` and its like round, with verbs between: 不想花超过.
pub(super) const NEGATED_VERBS: &str = "想要花付用能得可以会应该许准让再用价格是";

/// Verbs between a negation and `more than` in English: `don't want to spend more than`.
#[rustfmt::skip]
pub(super) const VERBS: &[&str] = &[
        "want", "wants", "to", "spend", "spending", "pay", "paying", "go", "going", "cost", "costs",
        "costing", "be", "need", "will", "would", "like", "anything", "any", "it", "that", "is", "priced",
        "at", "too", "much", "i", "we", "am", "willing", "should", "weigh",
    ];

/// English negations.
#[rustfmt::skip]
pub(super) const NOT: &[&str] = &[
        "not", "no", "don't", "dont", "don’t", "doesn't", "doesnt", "can't", "cant", "cannot", "won't",
        "wont", "never", "nothing", "without", "shouldn't", "isn't", "mustn't",
    ];
