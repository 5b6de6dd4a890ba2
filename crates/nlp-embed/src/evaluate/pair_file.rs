//! Files of word pairs with a judgement: plain ones, and WordSim-353, SimLex-999 and their like as they are published.

use std::path::Path;

use guide_core::{Error, Result};

use super::lines;

/// Headings of the column that holds the judgement, in lower case, the most certain first.
const SCORES: [&str; 12] = [
    "simlex999",
    "human (mean)",
    "human",
    "score",
    "similarity",
    "relatedness",
    "mean",
    "average",
    "avg",
    "rating",
    "judgement",
    "judgment",
];

/// What a file holds, and how it was understood.
pub(super) struct PairFile {
    pub(super) pairs: Vec<(String, String, f64)>,
    /// Line and fields of the heading, if there is one.
    pub(super) heading: Option<(u64, Vec<String>)>,
    /// The column of the judgement, from 0.
    pub(super) score: usize,
}

type Row = (u64, Vec<String>);

/// Reads the pairs of the file at `path`, see [`WordPairs::read`](super::WordPairs::read).
pub(super) fn read(path: &Path) -> Result<PairFile> {
    let mut rows: Vec<Row> = Vec::new();
    let mut comma = None;
    for (number, line) in lines(path)? {
        if line.starts_with('#') {
            continue;
        }
        // The first line decides whether the file is CSV.
        let comma = *comma.get_or_insert_with(|| csv_separator(&line));
        rows.push((number, fields(&line, comma)));
    }
    let Some(first) = rows.first() else {
        return Err(Error::empty(path.display()));
    };
    let has_number = |(_, fields): &Row| fields.iter().skip(2).any(|field| number(field).is_some());
    let is_known = |field: &String| SCORES.contains(&&*field.to_lowercase());
    let mut names = first.1.iter().skip(2);
    let is_heading = names.clone().any(is_known)
        || names.len() > 0
            && !names.any(|field| field.parse::<f64>().is_ok()) // `NaN` is a bad judgement and no heading
            && rows.get(1).is_some_and(has_number);
    let heading = is_heading.then(|| rows.remove(0));
    if rows.is_empty() {
        return Err(Error::empty(path.display()));
    }
    let score = match &heading {
        Some(heading) => score_below(path, heading, &rows)?,
        None => score_without_heading(path, &rows)?,
    };
    let width = heading
        .as_ref()
        .or(rows.first())
        .map_or(3, |row| row.1.len());
    let pairs = rows
        .into_iter()
        .map(|row| pair(path, row, width, score))
        .collect::<Result<_>>()?;
    Ok(PairFile {
        pairs,
        heading,
        score,
    })
}

/// Comma or semicolon, if one of them cuts the line into three fields or more. A line with tabs, and one of two words and a
/// number between blanks (`a,b c,d 3`), are not CSV.
fn csv_separator(line: &str) -> Option<u8> {
    if let [_, _, third] = line.split_whitespace().collect::<Vec<_>>()[..]
        && number(third).is_some()
    {
        return None;
    }
    let cuts = |&separator: &u8| fields(line, Some(separator)).len() >= 3;
    let found = [b',', b';'].into_iter().find(cuts);
    found.filter(|_| !line.contains('\t'))
}

/// The fields of a line: of CSV, between tabs, or else between blanks.
fn fields(line: &str, comma: Option<u8>) -> Vec<String> {
    let owned = |field: &str| field.trim().to_owned();
    if let Some(comma) = comma {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(comma)
            .has_headers(false)
            .from_reader(line.as_bytes());
        let record = reader.records().next().and_then(std::result::Result::ok);
        return record.map_or_else(Vec::new, |record| record.iter().map(owned).collect());
    }
    match line.contains('\t') {
        true => line.split('\t').map(owned).collect(),
        false => line.split_whitespace().map(owned).collect(),
    }
}

/// The column of the judgement by its heading, else the only column of numbers.
fn score_below(path: &Path, (line, names): &Row, rows: &[Row]) -> Result<usize> {
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let place = |known: &&str| names.iter().skip(2).position(|name| name == known);
    if let Some(place) = SCORES.iter().find_map(place) {
        return Ok(place + 2);
    }
    match columns_of_numbers(rows)[..] {
        [column] => Ok(column),
        [] => Err(Error::parse(
            path,
            *line,
            "no column of numbers follows the two words",
        )),
        _ => {
            let (names, known) = (names.join("`, `"), SCORES.join("`, `"));
            let reason = format!(
                "the heading `{names}` does not say which column of numbers is the judgement; name it `{known}`"
            );
            Err(Error::parse(path, *line, reason))
        }
    }
}

/// The third field of three; in wider rows the only column of numbers.
fn score_without_heading(path: &Path, rows: &[Row]) -> Result<usize> {
    let Some((line, first)) = rows.first() else {
        return Err(Error::empty(path.display()));
    };
    match columns_of_numbers(rows)[..] {
        [column] if first.len() > 3 => Ok(column),
        _ if first.len() == 3 => Ok(2),
        _ => {
            let n = first.len();
            let reason = format!("expected 2 words and a number, not {n} fields");
            Err(Error::parse(path, *line, reason))
        }
    }
}

/// Columns behind the words that are a finite number in every row.
fn columns_of_numbers(rows: &[Row]) -> Vec<usize> {
    let width = rows.iter().map(|row| row.1.len()).min().unwrap_or(0);
    let is_number = |row: &Row, column: usize| {
        row.1
            .get(column)
            .is_some_and(|field| number(field).is_some())
    };
    (2..width)
        .filter(|&column| rows.iter().all(|row| is_number(row, column)))
        .collect()
}

fn pair(
    path: &Path,
    (line, fields): Row,
    width: usize,
    score: usize,
) -> Result<(String, String, f64)> {
    let error = |reason: String| Error::parse(path, line, reason);
    let n = fields.len();
    // Empty fields at the end of a line may be missing.
    if n > width || n <= score {
        return Err(error(match width {
            3 => format!("expected 2 words and a number, not {n} fields"),
            _ => format!("expected {width} fields as in the first line, not {n}"),
        }));
    }
    match fields.as_slice() {
        [a, b, ..] if a.is_empty() || b.is_empty() => Err(error("a word is missing".to_owned())),
        [a, b, rest @ ..] => {
            let judged = rest.get(score - 2).map_or("", String::as_str);
            let number = number(judged)
                .ok_or_else(|| error(format!("`{judged}` is not a finite number")))?;
            Ok((a.clone(), b.clone(), number))
        }
        _ => Err(error(format!(
            "expected 2 words and a number, not {n} fields"
        ))),
    }
}

fn number(field: &str) -> Option<f64> {
    field.parse().ok().filter(|number: &f64| number.is_finite())
}
