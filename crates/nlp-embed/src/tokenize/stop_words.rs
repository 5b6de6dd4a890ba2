//! Tokens that are left out.

use hashbrown::HashSet;

use super::Tokenize;

/// Frequent English words that say little about what they stand beside, contractions as [`Words`](crate::Words) writes them.
#[rustfmt::skip]
pub const ENGLISH_STOP_WORDS: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "aren't", "as", "at", "be", "because", "been",
    "before", "being", "but", "by", "can", "can't", "could", "couldn't", "did", "didn't", "do", "does", "doesn't", "don't",
    "for", "from", "had", "hadn't", "has", "hasn't", "have", "haven't", "he", "he'd", "he'll", "he's", "her", "here", "hers",
    "him", "his", "how", "i", "i'd", "i'll", "i'm", "i've", "if", "in", "into", "is", "isn't", "it", "it'd", "it'll", "it's",
    "its", "just", "let's", "me", "more", "most", "my", "no", "not", "of", "on", "only", "or", "other", "our", "out", "over",
    "s", "she", "she'd", "she'll", "she's", "shouldn't", "so", "some", "such", "t", "than", "that", "that's", "the", "their",
    "them", "then", "there", "there's", "these", "they", "they'd", "they'll", "they're", "they've", "this", "those", "to",
    "too", "up", "very", "was", "wasn't", "we", "we'd", "we'll", "we're", "we've", "were", "weren't", "what", "what's",
    "when", "where", "which", "who", "who's", "will", "with", "won't", "would", "wouldn't", "you", "you'd", "you'll",
    "you're", "you've", "your",
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
