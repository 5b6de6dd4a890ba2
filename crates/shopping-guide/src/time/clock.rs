//! Finds and reads the time of day and its zone in a written time.

use super::lexer::{Token, small};
use super::written::{Refused, is_date_word};

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clock {
    /// Seconds from the start of the day in UTC: below 0 or above 86,400 if the zone moves it to another day.
    pub(super) seconds: i64,
    /// Whether it has a zone.
    pub(super) has_zone: bool,
}

/// Removes the time of day and its zone from `tokens`. Returns `None` if there is none.
pub(super) fn take(tokens: &mut Vec<Token<'_>>) -> Result<Option<Clock>, Refused> {
    let Some(found) = find(tokens) else {
        return Ok(None);
    };
    let mut reader = Reader {
        tokens,
        at: found.start,
    };
    let (hour, minute, second) = match found.basic {
        true => reader.basic().ok_or(Refused::Unreadable)?,
        false => reader.colons().ok_or(Refused::Unreadable)?,
    };
    reader.fraction().ok_or(Refused::Unreadable)?;
    let behind = reader.half();
    let mut start = found.start;
    let before = half_before(tokens, &mut start);
    let hour = match (before, behind) {
        (Some(_), Some(_)) => return Err(Refused::Unreadable),
        (Some(half), None) | (None, Some(half)) => half.hour(hour, found.no_minutes)?,
        (None, None) if found.no_minutes => return Err(Refused::Unreadable),
        (None, None) => hour,
    };
    let mut reader = Reader {
        tokens,
        at: reader.at,
    };
    let zone = reader.zone()?;
    let mut end = reader.at;
    let skip = end + usize::from(tokens.get(end) == Some(&Token::Blank));
    if tokens.get(skip) == Some(&Token::Sign(',')) {
        end = skip + 1;
    }
    let midnight = hour == 24 && minute == 0 && second == 0;
    if !(hour < 24 || midnight) || minute > 59 || second > 60 {
        return Err(Refused::NoSuchDay);
    }
    // The `T` of ISO 8601 and the commas before a time of day.
    while let Some(Token::Blank | Token::Word("t") | Token::Sign(',')) =
        start.checked_sub(1).and_then(|at| tokens.get(at))
    {
        start -= 1;
    }
    tokens.splice(start..end, [Token::Blank]);
    Ok(Some(Clock {
        seconds: hour * 3600 + minute * 60 + second - zone.unwrap_or(0),
        has_zone: zone.is_some(),
    }))
}

/// Where the time of day begins.
struct Found {
    start: usize,
    /// Digits without colons behind a `T`.
    basic: bool,
    /// An hour alone before `am` or `pm`.
    no_minutes: bool,
}

fn find(tokens: &[Token<'_>]) -> Option<Found> {
    let starts = || (0..tokens.len()).map(|start| (start, tokens.get(start..).unwrap_or_default()));
    // An hour with minutes comes before an hour alone: in `5 Oct 2023 pm 3:15` the 3 is the hour.
    let found = starts().find_map(|(start, tokens)| match tokens {
        [Token::Number(hour), Token::Sign(':'), Token::Number(_), ..] if hour.len() <= 2 => {
            Some(Found {
                start,
                basic: false,
                no_minutes: false,
            })
        }
        [Token::Word("t"), Token::Number(digits), ..] if matches!(digits.len(), 4 | 6) => {
            Some(Found {
                start: start + 1,
                basic: true,
                no_minutes: false,
            })
        }
        _ => None,
    });
    let alone = || {
        starts().find_map(|(start, tokens)| match tokens {
            [Token::Number(hour), Token::Word("am" | "pm"), ..]
            | [
                Token::Number(hour),
                Token::Blank,
                Token::Word("am" | "pm"),
                ..,
            ] if hour.len() <= 2 => Some(Found {
                start,
                basic: false,
                no_minutes: true,
            }),
            _ => None,
        })
    };
    found.or_else(alone)
}

/// Before or after noon.
#[derive(Clone, Copy, Debug)]
enum Half {
    Am,
    Pm,
}

impl Half {
    /// The hour of the day of an hour from 1 to 12. Minutes with an hour from 13 to 23 and `pm` are accepted, as some
    /// programs write them; an hour alone is not.
    fn hour(self, hour: i64, alone: bool) -> Result<i64, Refused> {
        match (self, hour) {
            (Self::Am, 12) => Ok(0),
            (Self::Am, 0..=11) | (Self::Pm, 12) => Ok(hour),
            (Self::Pm, 1..=11) => Ok(hour + 12),
            (Self::Pm, 13..=23) if !alone => Ok(hour),
            _ => Err(Refused::NoSuchDay),
        }
    }
}

fn half(word: &Token<'_>) -> Option<Half> {
    match word {
        Token::Word("am") => Some(Half::Am),
        Token::Word("pm") => Some(Half::Pm),
        _ => None,
    }
}

/// The `am` or `pm` before the time of day, as in Chinese; moves `start` before it.
fn half_before(tokens: &[Token<'_>], start: &mut usize) -> Option<Half> {
    let mut at = start.checked_sub(1)?;
    if tokens.get(at) == Some(&Token::Blank) {
        at = at.checked_sub(1)?;
    }
    let half = half(tokens.get(at)?)?;
    *start = at;
    Some(half)
}

struct Reader<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
}

impl<'a> Reader<'_, 'a> {
    fn peek(&self, ahead: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn number(&mut self, max: usize) -> Option<i64> {
        match self.peek(0) {
            Some(Token::Number(digits)) => {
                self.at += 1;
                small(digits, max)
            }
            _ => None,
        }
    }

    /// `8`, `8:26`, `8:26:00`.
    fn colons(&mut self) -> Option<(i64, i64, i64)> {
        let mut parts = (self.number(2)?, 0, 0);
        if self.peek(0) == Some(Token::Sign(':')) {
            self.at += 1;
            parts.1 = self.number(2)?;
        }
        if self.peek(0) == Some(Token::Sign(':')) {
            self.at += 1;
            parts.2 = self.number(2)?;
        }
        (self.peek(0) != Some(Token::Sign(':'))).then_some(parts)
    }

    /// `0826`, `082600`.
    fn basic(&mut self) -> Option<(i64, i64, i64)> {
        let digits = self.number(6)?;
        let long = matches!(
            self.tokens.get(self.at.checked_sub(1)?),
            Some(Token::Number(digits)) if digits.len() == 6
        );
        let digits = if long { digits } else { digits * 100 };
        Some((digits / 10_000, digits / 100 % 100, digits % 100))
    }

    /// Skips a fraction of a second; `None` if there is a point without digits.
    fn fraction(&mut self) -> Option<()> {
        if let Some(Token::Sign('.' | ',')) = self.peek(0) {
            match self.peek(1) {
                Some(Token::Number(_)) => self.at += 2,
                Some(Token::Blank) | None => {}
                _ => return None,
            }
        }
        Some(())
    }

    fn half(&mut self) -> Option<Half> {
        let skip = usize::from(self.peek(0) == Some(Token::Blank));
        let half = half(&self.peek(skip)?)?;
        self.at += skip + 1;
        Some(half)
    }

    /// The offset from UTC in seconds, or `None` if there is no zone.
    fn zone(&mut self) -> Result<Option<i64>, Refused> {
        let skip = usize::from(self.peek(0) == Some(Token::Blank));
        match self.peek(skip) {
            Some(Token::Word("z")) => {
                self.at += skip + 1;
                Ok(Some(0))
            }
            Some(Token::Word("utc" | "gmt")) => {
                self.at += skip + 1;
                Ok(Some(self.offset(0, 1)?.unwrap_or(0)))
            }
            Some(Token::Word(word)) if !is_date_word(word) => Err(Refused::NamedZone),
            _ => self.offset(skip, 2),
        }
    }

    /// `+08:00`, `-0530`, `+01`; `+1` where `fewest` is 1.
    fn offset(&mut self, skip: usize, fewest: usize) -> Result<Option<i64>, Refused> {
        let (Some(Token::Sign(sign @ ('+' | '-'))), Some(Token::Number(digits))) =
            (self.peek(skip), self.peek(skip + 1))
        else {
            return match self.peek(skip) {
                Some(Token::Sign('+' | '-')) => Err(Refused::Unreadable),
                _ => Ok(None),
            };
        };
        self.at += skip + 2;
        let (hours, minutes) = match (digits.len(), self.peek(0), self.peek(1)) {
            (1 | 2, Some(Token::Sign(':')), Some(Token::Number(minutes))) if minutes.len() == 2 => {
                self.at += 2;
                (small(digits, 2), small(minutes, 2))
            }
            (length @ (1 | 2), _, _) if length >= fewest => (small(digits, 2), Some(0)),
            (4, _, _) => {
                let all = small(digits, 4);
                (all.map(|all| all / 100), all.map(|all| all % 100))
            }
            _ => (None, None),
        };
        let (Some(hours), Some(minutes)) = (hours, minutes) else {
            return Err(Refused::Unreadable);
        };
        // No place on earth is further from UTC than 14 hours.
        if minutes > 59 || hours * 60 + minutes > 14 * 60 {
            return Err(Refused::NoSuchZone);
        }
        let seconds = hours * 3600 + minutes * 60;
        Ok(Some(if sign == '-' { -seconds } else { seconds }))
    }
}
