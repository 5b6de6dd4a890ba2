//! The words of a text: runs of letters and digits, and of Chinese the pairs of neighbouring characters.

/// A word in lower case, with the characters of the text that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Words of letters and digits in lower case; Chinese text gives its pairs of neighbouring characters.
pub(super) fn words(text: &[char]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let same = |c: &&char| c.is_alphanumeric() && is_han(**c) == is_han(text[start]);
        let end = start + text[start..].iter().take_while(same).count();
        let mut take = |start: usize, end: usize| {
            words.push(Word {
                text: lower(&text[start..end]),
                start,
                end,
            });
        };
        if is_han(text[start]) && end > start + 2 {
            (start..end - 1).for_each(|first| take(first, first + 2));
        } else if end > start {
            take(start, end);
        }
        start = end.max(start + 1);
    }
    words
}

/// Whether `c` is a Chinese character.
pub(crate) fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c) || ('\u{3400}'..='\u{4dbf}').contains(&c)
}

fn lower(text: &[char]) -> String {
    text.iter().flat_map(|c| c.to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let text: Vec<char> = text.chars().collect();
        words(&text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_of_both_languages_are_found() {
        assert_eq!(split("Red-Hot MUG, 0.3l"), ["red", "hot", "mug", "0", "3l"]);
        assert_eq!(
            split("红色马克杯 USB线"),
            ["红色", "色马", "马克", "克杯", "usb", "线"]
        );
        assert_eq!(split("Été"), ["été"]);
        assert!(split(" -- ").is_empty());
    }

    #[test]
    fn words_know_where_they_stand() {
        let text: Vec<char> = "A 红马克杯".chars().collect();
        let places: Vec<(usize, usize)> = words(&text).iter().map(|w| (w.start, w.end)).collect();
        assert_eq!(places, [(0, 1), (2, 4), (3, 5), (4, 6)]);
    }
}
