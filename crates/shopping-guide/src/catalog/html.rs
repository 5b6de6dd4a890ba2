//! The words of a text with HTML in it.

/// The text without tags and with the common entities decoded, if it holds a tag. `None` if it holds none.
pub(super) fn words(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut has_tag = false;
    // Behind the last `>` no tag ends, so that a text of many `<` is not searched again for each.
    let last_end = text.rfind('>').map_or(0, |end| end + 1);
    while let Some(start) = rest.find('<') {
        let behind = &rest[start + 1..];
        let begins = behind.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let is_closed = text.len() - behind.len() < last_end;
        match (begins && is_closed).then(|| behind.find('>')).flatten() {
            Some(end) => {
                has_tag = true;
                plain.push_str(&rest[..start]);
                plain.push(' ');
                rest = &behind[end + 1..];
            }
            None => {
                plain.push_str(&rest[..=start]);
                rest = behind;
            }
        }
    }
    plain.push_str(rest);
    // WooCommerce writes line ends as a backslash and an n.
    let plain = plain.replace("\\n", " ");
    has_tag.then(|| {
        decoded(&plain)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    })
}

/// `&szlig;`, `&#223;` and the like as the characters they stand for. Other entities stay as they are.
fn decoded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        let behind = &rest[start + 1..];
        let found = behind.bytes().take(9).position(|byte| byte == b';');
        match found.and_then(|end| Some((entity(&behind[..end])?, end))) {
            Some((character, end)) => {
                plain.push(character);
                rest = &behind[end + 1..];
            }
            None => {
                plain.push('&');
                rest = behind;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" => ' ',
        "szlig" => 'ß',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        "ndash" => '–',
        "mdash" => '—',
        "euro" => '€',
        "pound" => '£',
        "deg" => '°',
        "times" => '×',
        "trade" => '™',
        "reg" => '®',
        "copy" => '©',
        "hellip" => '…',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_no_words() {
        let words = |text| words(text);
        assert_eq!(
            words("<p>Soft <b>cotton</b> tee.</p>\n<ul><li>Washable</li></ul>").unwrap(),
            "Soft cotton tee. Washable"
        );
        assert_eq!(
            words("<p>Gro&szlig;e &#84;asche &amp; &co;</p>").unwrap(),
            "Große Tasche & &co;"
        );
        assert_eq!(words("2 < 3 > 1"), None);
        assert_eq!(words("a & b"), None);
        assert_eq!(words("<br").as_deref(), None);
        assert_eq!(words("é<br/>ü").unwrap(), "é ü");
    }
}
