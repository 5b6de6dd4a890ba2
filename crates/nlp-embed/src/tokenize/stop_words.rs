//! Tokens that are left out.

use hashbrown::HashSet;

use super::Tokenize;

/// Frequent English words that say little about what they stand beside.
pub const ENGLISH_STOP_WORDS: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be",
    "because", "been", "before", "being", "but", "by", "can", "could", "did", "do", "does", "for",
    "from", "had", "has", "have", "he", "her", "here", "hers", "him", "his", "how", "i", "if",
    "in", "into", "is", "it", "its", "just", "me", "more", "most", "my", "no", "not", "of", "on",
    "only", "or", "other", "our", "out", "over", "s", "she", "so", "some", "such", "t", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "too",
    "up", "very", "was", "we", "were", "what", "when", "where", "which", "who", "will", "with",
    "would", "you", "your",
];

/// Frequent Chinese words, and interjections of reviews, that say little about what they stand beside.
pub const CHINESE_STOP_WORDS: &[&str] = &[
    "的", "了", "是", "我", "在", "也", "就", "都", "和", "有", "不", "很", "还", "吧", "吗", "呢",
    "啊", "呀", "哦", "嗯", "着", "过", "得", "地", "与", "及", "或", "而", "但", "但是", "因为",
    "所以", "如果", "这", "那", "这个", "那个", "这些", "那些", "你", "您", "他", "她", "它",
    "我们", "你们", "他们", "一个", "没有", "自己", "什么", "怎么", "被", "把", "给", "让", "从",
    "到", "对", "为", "以", "之", "其", "又", "再", "才", "只", "会", "能", "要", "去", "来", "说",
    "上", "下", "里", "等",
];

/// Another tokeniser's tokens without those in a list.
///
/// ```
/// use nlp_embed::{ENGLISH_STOP_WORDS, StopWords, Tokenize, Words};
/// let tokenizer = StopWords::new(Words::default(), ENGLISH_STOP_WORDS.iter().copied());
/// assert_eq!(tokenizer.tokens("The coat that I want"), ["coat", "want"]);
/// ```
#[derive(Clone, Debug)]
pub struct StopWords<T> {
    inner: T,
    words: HashSet<String>,
}

impl<T> StopWords<T> {
    /// Leaves `words` out, written as `inner` writes its tokens (in lower case, most often).
    pub fn new<W: Into<String>>(inner: T, words: impl IntoIterator<Item = W>) -> Self {
        Self {
            inner,
            words: words.into_iter().map(Into::into).collect(),
        }
    }
}

impl<T: Tokenize> Tokenize for StopWords<T> {
    fn tokenize(&self, text: &str, visit: &mut dyn FnMut(&str)) {
        self.inner.tokenize(text, &mut |token| {
            if !self.words.contains(token) {
                visit(token);
            }
        });
    }
}
