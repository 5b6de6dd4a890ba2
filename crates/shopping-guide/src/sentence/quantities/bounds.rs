//! Words before and behind an amount that bound it: `at most`, 以内, 不超过, 左右.

use crate::sentence::text::{FoldedText, is_han};

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

type Row = (Said, &'static [&'static str]);

/// Words before an amount.
const BEFORE: &[Row] = &[
    (
        Below(false),
        &[
            "under",
            "below",
            "beneath",
            "less than",
            "fewer than",
            "smaller than",
            "lower than",
            "cheaper than",
            "lighter than",
            "shorter than",
            "<",
            "低于",
            "少于",
            "小于",
            "不到",
            "不足",
            "不满",
            "短于",
            "轻于",
            "便宜于",
            "lt",
            "short of",
        ],
    ),
    (
        Below(true),
        &[
            "at most",
            "up to",
            "upto",
            "no more than",
            "not more than",
            "nothing more than",
            "no greater than",
            "no larger than",
            "no higher than",
            "not over",
            "not above",
            "no over",
            "max",
            "max.",
            "maximum",
            "maximum of",
            "max of",
            "a maximum of",
            "within",
            "less or equal than",
            "smaller or equal than",
            "lower or equal than",
            "fewer or equal than",
            "less than or equal to",
            "smaller than or equal to",
            "lower than or equal to",
            "fewer than or equal to",
            "equal to or less than",
            "equal to or smaller than",
            "equal to or lower than",
            "at most or equal to",
            "less or equal to",
            "<=",
            "≤",
            "≦",
            "不超过",
            "不高于",
            "不大于",
            "不多于",
            "不超",
            "不贵于",
            "最多",
            "至多",
            "最高",
            "最大",
            "顶多",
            "上限",
            "小于等于",
            "小于或等于",
            "小于或者等于",
            "低于等于",
            "低于或等于",
            "少于等于",
            "少于或等于",
            "控制在",
            "cap of",
            "limit of",
            "limit is",
            "can spend",
            "封顶",
        ],
    ),
    (
        Budget,
        &["预算", "budget", "budget is", "budget of", "to spend"],
    ),
    (
        Above(false),
        &[
            "over",
            "above",
            "more than",
            "greater than",
            "larger than",
            "bigger than",
            "higher than",
            "longer than",
            "heavier than",
            "exceed",
            "exceeds",
            "exceeding",
            "surpass",
            "surpasses",
            "in excess of",
            "beyond",
            ">",
            "高于",
            "大于",
            "多于",
            "超过",
            "超出",
            "长于",
            "贵于",
            "过",
            "不止",
            "不只",
        ],
    ),
    (
        Above(true),
        &[
            "at least",
            "no less than",
            "not less than",
            "no fewer than",
            "not under",
            "not below",
            "no smaller than",
            "no lower than",
            "min",
            "min.",
            "minimum",
            "minimum of",
            "a minimum of",
            "starting at",
            "starting from",
            "starts at",
            "larger or equal than",
            "greater or equal than",
            "bigger or equal than",
            "higher or equal than",
            "more or equal than",
            "greater than or equal to",
            "larger than or equal to",
            "bigger than or equal to",
            "higher than or equal to",
            "more than or equal to",
            "equal to or more than",
            "equal to or greater than",
            "equal to or larger than",
            "equal to or higher than",
            "at least or equal to",
            "more or equal to",
            "greater or equal to",
            ">=",
            "≥",
            "≧",
            "至少",
            "最少",
            "起码",
            "最低",
            "最小",
            "不少于",
            "不低于",
            "不小于",
            "不下于",
            "不下",
            "不短于",
            "下限",
            "大于等于",
            "大于或等于",
            "大于或者等于",
            "高于等于",
            "高于或等于",
            "多于等于",
            "多于或等于",
            "少说",
        ],
    ),
    (
        About,
        &[
            "about",
            "around",
            "approximately",
            "approx",
            "approx.",
            "roughly",
            "nearly",
            "almost",
            "circa",
            "ca.",
            "some",
            "close to",
            "somewhere around",
            "in the region of",
            "or so",
            "~",
            "≈",
            "约",
            "大约",
            "大概",
            "差不多",
            "接近",
            "将近",
            "近",
            "大致",
            "估计",
        ],
    ),
    (
        Equal,
        &[
            "equal to",
            "equals",
            "equals to",
            "equaling to",
            "equalling",
            "is equal to",
            "exactly",
            "=",
            "等于",
            "正好",
            "刚好",
        ],
    ),
];

/// Words behind an amount.
const BEHIND: &[Row] = &[
    (
        Below(true),
        &[
            "or less",
            "or under",
            "or below",
            "or fewer",
            "or lower",
            "or smaller",
            "or cheaper",
            "and under",
            "and below",
            "and less",
            "or less than",
            "or smaller than",
            "or lower than",
            "max",
            "maximum",
            "at most",
            "tops",
            "以内",
            "之内",
            "以下",
            "之下",
            "及以下",
            "或以下",
            "或者以下",
            "或更少",
            "或者更少",
            "封顶",
            "为上限",
            "为限",
            "or shorter",
            "or lighter",
            "内",
        ],
    ),
    (
        Above(true),
        &[
            "or more",
            "or above",
            "or over",
            "or greater",
            "or higher",
            "or larger",
            "or bigger",
            "or up",
            "or longer",
            "and more",
            "and up",
            "and above",
            "and over",
            "or more than",
            "or greater than",
            "or larger than",
            "or higher than",
            "or bigger than",
            "+",
            "minimum",
            "at least",
            "upwards",
            "以上",
            "之上",
            "及以上",
            "或以上",
            "或者以上",
            "或更多",
            "或者更多",
            "起步",
            "起",
            "开外",
            "往上",
            "打底",
        ],
    ),
    (
        About,
        &[
            "or so",
            "or thereabouts",
            "ish",
            "-ish",
            "approximately",
            "approx",
            "give or take",
            "左右",
            "上下",
            "前后",
            "出头",
            "的样子",
        ],
    ),
    (OrEqual, &["or equal", "or equal to"]),
];

/// Particles between the words of a bound and the number: 至少有10, 超过了80, `at most: 10`.
const PARTICLES: &[char] = &['了', '有', '是', '为', '要', '在', ':'];

/// Words that turn `超过` and its like round, with verbs between: 不想花超过.
const NEGATED_VERBS: &str = "想要花付用能得可以会应该许准让再用价格是";

/// Verbs between a negation and `more than` in English: `don't want to spend more than`.
const VERBS: &[&str] = &[
    "want", "wants", "to", "spend", "spending", "pay", "paying", "go", "going", "cost", "costs",
    "costing", "be", "need", "will", "would", "like", "anything", "any", "it", "that", "is",
    "priced", "at", "too", "much", "i", "we", "am", "willing", "should", "weigh",
];

/// English negations.
const NOT: &[&str] = &[
    "not",
    "no",
    "don't",
    "dont",
    "don’t",
    "doesn't",
    "doesnt",
    "can't",
    "cant",
    "cannot",
    "won't",
    "wont",
    "never",
    "nothing",
    "without",
    "shouldn't",
    "isn't",
    "mustn't",
];

fn rows(rows: &'static [Row]) -> impl Iterator<Item = (Said, &'static str)> + Clone {
    rows.iter()
        .flat_map(|(said, words)| words.iter().map(|word| (*said, *word)))
}

/// The bound whose words end before `start`, and where they begin. They do not reach before `free_from`.
pub(super) fn before(text: &FoldedText, start: usize, free_from: usize) -> Option<(Said, usize)> {
    let mut end = text.skip_blanks_back(start);
    for article in ["the", "a", "an", "第"] {
        if let Some(begin) = text.ends_with(end, article) {
            end = text.skip_blanks_back(begin);
            break;
        }
    }
    let first = words_before(text, end).filter(|(_, begin)| *begin >= free_from);
    let found = first.or_else(|| {
        let particle = PARTICLES.contains(&text.before(end));
        let end = particle.then(|| text.skip_blanks_back(end - 1))?;
        words_before(text, end).filter(|(_, begin)| *begin >= free_from)
    });
    let (said, begin) = found?;
    if said == Above(false)
        && let Some(begin) = negation(text, begin, free_from)
    {
        return Some((Below(true), begin));
    }
    if said == Below(false)
        && let Some(begin) = directly_negated(text, begin, free_from)
    {
        return Some((Above(true), begin));
    }
    Some((said, begin))
}

fn words_before(text: &FoldedText, end: usize) -> Option<(Said, usize)> {
    let last = text.before(end);
    let mut found: Option<(Said, usize)> = None;
    for (said, words) in rows(BEFORE).filter(|(_, words)| words.ends_with(last)) {
        if let Some(begin) = text.ends_with(end, words)
            && found.is_none_or(|(_, known)| begin < known)
        {
            found = Some((said, begin));
        }
    }
    let (said, begin) = found?;
    // 过 is also the end of other words, and `=` of signs that are none.
    let before = text.before(begin);
    let part = match text.at(begin) {
        '过' => is_han(before) && !"比价格过量数额重超".contains(before),
        '近' => matches!(before, '最' | '附' | '远'),
        '<' | '>' | '=' => matches!(before, '<' | '>' | '=' | '!'),
        '~' => before.is_ascii_digit(),
        _ => false,
    };
    (!part).then_some((said, begin))
}

/// Where a negation of `more than` begins, before which only verbs of paying stand.
fn negation(text: &FoldedText, begin: usize, free_from: usize) -> Option<usize> {
    const FAR: usize = 6;
    if is_han(text.at(begin)) {
        let mut at = begin;
        for _ in 0..FAR {
            let before = text.before(at);
            if matches!(before, '不' | '别' | '勿' | '莫') {
                return (at > free_from).then(|| at - 1);
            }
            if !NEGATED_VERBS.contains(before) {
                return None;
            }
            at -= 1;
        }
        return None;
    }
    let mut end = text.skip_blanks_back(begin);
    for _ in 0..FAR {
        let not = text.longest_before(end, NOT.iter().copied());
        if let Some((start, _)) = not.filter(|(start, _)| *start >= free_from) {
            // `do not`
            let helper = ["do", "does", "can", "will", "should"]
                .iter()
                .find_map(|word| text.ends_with(text.skip_blanks_back(start), word));
            return Some(helper.filter(|begin| *begin >= free_from).unwrap_or(start));
        }
        let (start, _) = text.longest_before(end, VERBS.iter().copied())?;
        end = text.skip_blanks_back(start);
    }
    None
}

/// `not under`, 不能低于, 别低于.
fn directly_negated(text: &FoldedText, begin: usize, free_from: usize) -> Option<usize> {
    if is_han(text.at(begin)) {
        let words = ["不能", "不要", "不可", "不得", "不会", "别"];
        let (start, _) = text.longest_before(begin, words.into_iter())?;
        return (start >= free_from).then_some(start);
    }
    None
}

/// The bound whose words begin behind `end`, and where they end. A number must not follow directly: in `or less than 40` the
/// words belong to it.
pub(super) fn behind(
    text: &FoldedText,
    end: usize,
    next_start: Option<usize>,
) -> Option<(Said, usize)> {
    let start = text.skip_blanks(end);
    let first = text.at(start);
    let mut found: Option<(Said, usize)> = None;
    for (said, words) in rows(BEHIND).filter(|(_, words)| words.starts_with(first)) {
        if let Some(after) = text.starts_with(start, words)
            && found.is_none_or(|(_, known)| after > known)
        {
            found = Some((said, after));
        }
    }
    let (said, after) = found?;
    let part = match first {
        '内' => matches!(text.at(after), '衣' | '裤' | '部' | '胆' | '存' | '置') || start > end,
        '起' => matches!(text.at(after), '来' | '床' | '球'),
        '前' | '出' => matches!(text.at(after), '置'),
        '+' => start > end || text.at(after).is_ascii_digit(),
        _ => false,
    };
    let of_next = next_start.is_some_and(|next| of_next_number(text, after, next));
    (!part && !of_next).then_some((said, after))
}

/// Whether nothing but `than`, `to` and blanks stand between the words of a bound and the next number.
fn of_next_number(text: &FoldedText, end: usize, next: usize) -> bool {
    let mut at = text.skip_blanks(end);
    for _ in 0..4 {
        if at >= next {
            return true;
        }
        let word = ["than", "or", "equal", "to", "the", "a", "of"]
            .iter()
            .find_map(|word| text.starts_with(at, word));
        match word {
            Some(after) => at = text.skip_blanks(after),
            None => return false,
        }
    }
    false
}

/// 比 before a number and an adjective behind it: 比500便宜.
pub(super) fn compared(
    text: &FoldedText,
    start: usize,
    end: usize,
) -> Option<(Said, usize, usize)> {
    let begin = text.ends_with(text.skip_blanks_back(start), "比")?;
    let behind = text.skip_blanks(end);
    let found = [
        ("大", Above(false)),
        ("高", Above(false)),
        ("多", Above(false)),
        ("贵", Above(false)),
        ("重", Above(false)),
        ("长", Above(false)),
        ("小", Below(false)),
        ("低", Below(false)),
        ("少", Below(false)),
        ("便宜", Below(false)),
        ("轻", Below(false)),
        ("短", Below(false)),
    ];
    found
        .iter()
        .find_map(|(word, said)| Some((*said, begin, text.starts_with(behind, word)?)))
}
