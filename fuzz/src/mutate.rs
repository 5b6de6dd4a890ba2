//! Makes inputs: those of a target's corpus, then mutations of them. One mutator serves all targets, text and binary.

use guide_core::{Rng, stream};
use rand::RngExt;

use crate::targets::Target;

/// Longest input, in bytes. Longer ones would find the same faults more slowly.
const LONGEST: usize = 64 << 10;

/// Texts that mean something to a reader of text.
const TEXTS: &[&[u8]] = &[
    b",",
    b";",
    b"\t",
    b"|",
    b" ",
    b"  ",
    b"\n",
    b"\r\n",
    b"\r",
    b"\n\n",
    b"\"",
    b"\"\"",
    b"\\\"",
    b"'",
    b"\\",
    b":",
    b"::",
    b"sep=;\n",
    b"\0",
    b"\x1b[31m",
    b"NULL",
    b"null",
    b"\\N",
    b"-",
    b"n/a",
    b"None",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x80",
    b"\xc3",
    b"\xe9",
    b"\xf0\x9f\x98\x80",
    b"\xc3\xa4",
    b"\xe6\x89\x8b",
    b"\xe2\x82\xac",
    b"\xc2\xa0",
    b"\xe2\x80\xa8",
    b"\xef\xbf\xbd",
    b"\xb5\xe7",
    b"\x81\x40",
    b"{",
    b"}",
    b"[",
    b"]",
];

/// Numbers that replace numbers in text.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-1",
    "1",
    "00001",
    "1e38",
    "3.5e38",
    "-3.4e38",
    "1e39",
    "1e400",
    "1e-45",
    "1e-400",
    "NaN",
    "inf",
    "-inf",
    "127",
    "255",
    "256",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "18446744073709551616",
    "0x10",
    "1,5",
    "1.299,50",
    "1,299.50",
    "1.",
    ".5",
    "1e",
    "+1",
    "--1",
    "\u{663}",
    "\u{bd}",
    "20240230",
    "99999999999999",
    "12/31/99",
    "2024-02-30T25:61:00Z",
];

/// The input with a number: the first ones are the corpus itself, the others are mutated.
pub fn input(target: &dyn Target, seed: u64, number: u64) -> Vec<u8> {
    let corpus = target.corpus();
    if let Some(unchanged) = corpus.get(number as usize) {
        return target.seal(number as usize, unchanged.clone(), false);
    }
    let mut rng = stream(seed, number);
    let from = rng.random_range(0..corpus.len());
    let mut mutator = Mutator {
        corpus,
        tokens: target.tokens(),
        rng: &mut rng,
    };
    let bytes = mutator.mutated(&corpus[from]);
    let repair = rng.random_range(0..8) > 0;
    target.seal(from, bytes, repair)
}

struct Mutator<'a> {
    corpus: &'a [Vec<u8>],
    tokens: &'a [&'a [u8]],
    rng: &'a mut Rng,
}

impl Mutator<'_> {
    /// `bytes` with one or more changes: two on average, because most readers refuse an input with many.
    fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        let longest = LONGEST.min(4 * bytes.len() + 4096);
        let mut bytes = bytes.to_vec();
        loop {
            self.change(&mut bytes);
            bytes.truncate(longest);
            if self.rng.random() {
                return bytes;
            }
        }
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.place(bytes.len());
        let (start, end) = self.span(bytes.len());
        match self.rng.random_range(0..20) {
            0 | 1 => self.at(bytes, at, |byte, rng| *byte ^= 1 << rng.random_range(0..8)),
            2 => self.at(bytes, at, |byte, rng| *byte = rng.random()),
            3 => self.at(bytes, at, |byte, rng| {
                *byte = byte.wrapping_add(if rng.random() { 1 } else { 255 })
            }),
            4 | 5 => insert(bytes, at, self.token().to_vec()),
            6 => {
                let token = self.token().to_vec();
                bytes.splice(start..end, token);
            }
            7 => drop(bytes.drain(start..end)),
            8 => {
                let part = bytes[start..end].to_vec();
                insert(bytes, at, part);
            }
            9 => {
                let times = 1 << self.rng.random_range(1..8);
                let part = bytes[start..end.min(start + 1024)].repeat(times);
                insert(bytes, at, part);
            }
            10 => {
                let part = self.elsewhere();
                insert(bytes, at, part);
            }
            11 => {
                let other = self.elsewhere();
                bytes.truncate(at);
                bytes.extend(other);
            }
            12 | 13 => self.replace_number(bytes, at),
            14 | 15 => self.overwrite(bytes, at),
            16 => bytes[start..end]
                .iter_mut()
                .for_each(|byte| *byte = self.rng.random()),
            17 => bytes.truncate(at),
            _ => self.change_lines(bytes),
        }
    }

    /// A position from 0 to `len`, at the front more often than elsewhere: there stand headings, lengths and sizes.
    fn place(&mut self, len: usize) -> usize {
        let reach = if self.rng.random_range(0..3) == 0 {
            len.min(64)
        } else {
            len
        };
        self.rng.random_range(0..=reach)
    }

    /// A span within `0..len`, short more often than long.
    fn span(&mut self, len: usize) -> (usize, usize) {
        let start = self.place(len);
        let longest = if self.rng.random_range(0..4) == 0 {
            len
        } else {
            16
        };
        (start, (start + self.rng.random_range(0..=longest)).min(len))
    }

    fn at(&mut self, bytes: &mut [u8], at: usize, change: impl Fn(&mut u8, &mut Rng)) {
        if let Some(byte) = bytes.get_mut(at) {
            change(byte, self.rng);
        }
    }

    fn token(&mut self) -> &[u8] {
        let n = self.tokens.len();
        // Half of them are the target's own, if it has some.
        match n > 0 && self.rng.random() {
            true => self.tokens[self.rng.random_range(0..n)],
            false => TEXTS[self.rng.random_range(0..TEXTS.len())],
        }
    }

    /// A part of any input of the corpus.
    fn elsewhere(&mut self) -> Vec<u8> {
        let other = self.rng.random_range(0..self.corpus.len());
        let other = &self.corpus[other];
        let (start, end) = self.span(other.len());
        other[start..end].to_vec()
    }

    /// Replaces the digits at or behind `at`, with sign, point and exponent, by another number.
    fn replace_number(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let Some(start) = (at..bytes.len()).find(|&at| bytes[at].is_ascii_digit()) else {
            return;
        };
        let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E');
        let end = start
            + bytes[start..]
                .iter()
                .take_while(|byte| is_part(byte))
                .count();
        let number = NUMBERS[self.rng.random_range(0..NUMBERS.len())];
        bytes.splice(start..end, number.bytes());
    }

    /// Overwrites bytes by a binary number at the end of its range.
    fn overwrite(&mut self, bytes: &mut [u8], at: usize) {
        const INTEGERS: [u64; 12] = [
            0,
            1,
            2,
            16,
            127,
            255,
            0xffff,
            0x1_0000,
            0x7fff_ffff,
            0xffff_ffff,
            i64::MAX as u64,
            u64::MAX,
        ];
        const FLOATS: [f32; 10] = [
            0.0,
            -0.0,
            1e38,
            f32::MAX,
            f32::MIN,
            f32::INFINITY,
            f32::NAN,
            f32::MIN_POSITIVE,
            1e-45,
            1e-22,
        ];
        // Marks of the model files' codec for a number of 2, 4, 8 and 16 bytes.
        const MARKS: [u8; 4] = [251, 252, 253, 254];
        let integer = INTEGERS[self.rng.random_range(0..INTEGERS.len())];
        let number = match self.rng.random_range(0..7) {
            0 => (integer as u32).to_le_bytes().to_vec(),
            1 => (integer as u32).to_be_bytes().to_vec(),
            2 => (integer as u16).to_be_bytes().to_vec(),
            3 => integer.to_le_bytes().to_vec(),
            4 => vec![MARKS[self.rng.random_range(0..MARKS.len())]],
            5 => vec![integer as u8],
            _ => FLOATS[self.rng.random_range(0..FLOATS.len())]
                .to_le_bytes()
                .to_vec(),
        };
        bytes
            .iter_mut()
            .skip(at)
            .zip(number)
            .for_each(|(byte, new)| *byte = new);
    }

    /// Doubles, drops, swaps or cuts a line.
    fn change_lines(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = bytes
            .split_inclusive(|&byte| byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        if lines.is_empty() {
            return;
        }
        let (one, other) = (
            self.rng.random_range(0..lines.len()),
            self.rng.random_range(0..lines.len()),
        );
        match self.rng.random_range(0..4) {
            0 => lines.insert(other, lines[one].clone()),
            1 => drop(lines.remove(one)),
            2 => lines.swap(one, other),
            _ => {
                let cut = self.rng.random_range(0..=lines[one].len());
                lines[one].truncate(cut);
            }
        }
        *bytes = lines.concat();
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, part: Vec<u8>) {
    bytes.splice(at..at, part);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::Reading;

    struct Words(Vec<Vec<u8>>);

    impl Target for Words {
        fn corpus(&self) -> &[Vec<u8>] {
            &self.0
        }

        fn tokens(&self) -> &'static [&'static [u8]] {
            &[b"price"]
        }

        fn check(&self, _: &[u8]) -> Result<Reading, String> {
            Ok(Reading::Accepted)
        }
    }

    #[test]
    fn an_input_follows_from_seed_and_number() {
        let words = Words(vec![b"id,price\n1,2\n".to_vec(), b"id\n".to_vec()]);
        assert_eq!(input(&words, 3, 0), b"id,price\n1,2\n");
        assert_eq!(input(&words, 3, 1), b"id\n");
        let inputs = |seed| {
            (0..2000)
                .map(|number| input(&words, seed, number))
                .collect::<Vec<_>>()
        };
        assert_eq!(inputs(3), inputs(3));
        assert_ne!(inputs(3), inputs(4));
        assert!(inputs(3).iter().all(|input| input.len() <= 4 * 13 + 4096));
        let changed = inputs(3)
            .iter()
            .filter(|input| !words.0.contains(input))
            .count();
        assert!(
            changed > 1000,
            "{changed} of 2000 inputs differ from the corpus"
        );
    }
}
