//! Public event logs without a heading, recognised by the look of their fields.

use crate::value::number;

/// The columns of a known log, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// What it is called in the report.
    pub(super) name: &'static str,
    pub(super) shopper: usize,
    pub(super) product: usize,
    pub(super) kind: Option<usize>,
    pub(super) rating: Option<usize>,
    pub(super) time: Option<usize>,
}

/// The layout that all `rows` have, if it is a known one.
pub(super) fn layout(rows: &[Vec<String>]) -> Option<Layout> {
    let all =
        |fits: &dyn Fn(&[String]) -> bool| !rows.is_empty() && rows.iter().all(|row| fits(row));
    let is_unix = |text: &str| {
        text.len() >= 9 && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let stars =
        |text: &str| number(text).is_some_and(|stars| (0.0..=10.0).contains(&stars.value()));
    let taobao = |row: &[String]| match row {
        [_, _, _, kind, time] => {
            ["pv", "buy", "cart", "fav"].contains(&kind.as_str()) && is_unix(time)
        }
        _ => false,
    };
    let movie_lens = |row: &[String]| match row {
        [_, _, rating, time] => stars(rating) && is_unix(time),
        _ => false,
    };
    let steam = |row: &[String]| match row {
        [_, _, kind, hours, ..] => {
            ["purchase", "play"].contains(&kind.as_str()) && number(hours).is_some()
        }
        _ => false,
    };
    let last_fm = |row: &[String]| match row {
        [_, time, _, artist, ..] => {
            time.len() == 20 && time.ends_with('Z') && time.contains('T') && !artist.is_empty()
        }
        _ => false,
    };
    if all(&taobao) {
        Some(Layout {
            name: "Taobao user behaviour",
            product: 1,
            kind: Some(3),
            time: Some(4),
            ..Layout::default()
        })
    } else if all(&movie_lens) {
        Some(Layout {
            name: "MovieLens ratings",
            product: 1,
            rating: Some(2),
            time: Some(3),
            ..Layout::default()
        })
    } else if all(&steam) {
        Some(Layout {
            name: "Steam purchases and plays",
            product: 1,
            kind: Some(2),
            ..Layout::default()
        })
    } else if all(&last_fm) {
        Some(Layout {
            name: "Last.fm plays",
            product: 3,
            time: Some(1),
            ..Layout::default()
        })
    } else {
        None
    }
}
