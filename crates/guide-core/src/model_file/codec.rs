//! The codec of payloads: bincode 2 with its standard configuration, through serde. Nothing else in the workspace knows it.

use bincode::config::standard;
use bincode::error::DecodeError;
use bincode::serde::{decode_from_slice, encode_to_vec};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result};

/// The byte that names this codec in a header.
pub(super) const CODEC: u8 = 1;

/// The most that bincode counts for one byte of a payload: a `u128` of value 0 counts 16 and is written in 1.
const COUNTED_PER_BYTE: usize = 16;

// The limits to choose from, in bytes that bincode counts. The last is beyond what any payload of a file can count.
const MIB: usize = 1 << 20;
const MIB_16: usize = 16 << 20;
const MIB_256: usize = 256 << 20;
const GIB_2: usize = at_most(2 << 30);
const GIB_16: usize = at_most(16 << 30);
const GIB_128: usize = at_most(128 << 30);

/// What `value` is on disk.
///
/// # Errors
/// [`Error::Decode`] for a value that the codec cannot hold.
///
/// ```
/// use guide_core::model_file::encode_payload;
/// assert_eq!(encode_payload("bytes", &[10_u8, 11].as_slice())?, [2, 10, 11]); // the length first
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn encode_payload<T: Serialize>(kind: &str, value: &T) -> Result<Vec<u8>> {
    encode_to_vec(value, standard()).map_err(|reason| Error::decode(kind, reason))
}

/// Decodes one payload.
///
/// # Errors
/// [`Error::Decode`], also for bytes left over, and for a length in the payload that it is too short to hold.
///
/// ```
/// use guide_core::model_file::decode_payload;
/// assert_eq!(decode_payload::<Vec<u8>>("bytes", &[2, 10, 11])?, [10, 11]);
/// assert!(decode_payload::<Vec<u8>>("bytes", &[3, 10, 11]).is_err());
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn decode_payload<T: DeserializeOwned>(kind: &str, payload: &[u8]) -> Result<T> {
    // bincode allocates a string before it reads it, so what it may count follows the bytes that are there. Its limit is
    // part of a type, so this takes the least one that no honest payload of this length can pass.
    let decode = match payload.len().saturating_mul(COUNTED_PER_BYTE) {
        counted if counted <= MIB => decode_within::<T, MIB>,
        counted if counted <= MIB_16 => decode_within::<T, MIB_16>,
        counted if counted <= MIB_256 => decode_within::<T, MIB_256>,
        counted if counted <= GIB_2 => decode_within::<T, GIB_2>,
        counted if counted <= GIB_16 => decode_within::<T, GIB_16>,
        _ => decode_within::<T, GIB_128>,
    };
    let (value, read) = decode(payload).map_err(|reason| match reason {
        DecodeError::LimitExceeded => Error::decode(
            kind,
            format!("it claims more than its {} bytes can hold", payload.len()),
        ),
        other => Error::decode(kind, other),
    })?;
    if read == payload.len() {
        Ok(value)
    } else {
        Err(Error::decode(
            kind,
            format!("{} bytes are left over", payload.len() - read),
        ))
    }
}

fn decode_within<T: DeserializeOwned, const LIMIT: usize>(
    payload: &[u8],
) -> std::result::Result<(T, usize), DecodeError> {
    decode_from_slice(payload, standard().with_limit::<LIMIT>())
}

/// `bytes`, or all that the machine can address.
const fn at_most(bytes: u64) -> usize {
    if bytes > usize::MAX as u64 {
        usize::MAX
    } else {
        bytes as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A string that claims `len` bytes, followed by none.
    fn claims(len: u64) -> Vec<u8> {
        [&[253][..], &len.to_le_bytes()].concat()
    }

    fn refusal<T: DeserializeOwned + std::fmt::Debug>(payload: &[u8]) -> String {
        decode_payload::<T>("text", payload)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_claimed_string_is_refused_before_it_is_allocated() {
        // "UnexpectedEnd" would mean that the string was allocated and then found missing.
        for len in [4 << 30, 1 << 60] {
            assert_eq!(
                refusal::<String>(&claims(len)),
                "cannot decode `text`: it claims more than its 9 bytes can hold"
            );
        }
        assert!(refusal::<Vec<String>>(&claims(1 << 60)).starts_with("cannot decode `text`: "));
        assert!(refusal::<String>(&claims(1 << 19)).contains("UnexpectedEnd"));
    }

    #[test]
    fn the_limit_follows_the_length_of_the_payload() {
        // 200 KiB may count 16 MiB, so one claim above that is refused and one below it is looked for.
        let filled = |len: u64| {
            let mut payload = claims(len);
            payload.resize(200 << 10, 0);
            refusal::<String>(&payload)
        };
        assert!(filled((16 << 20) + 1).contains("claims more than its 204800 bytes"));
        assert!(filled(15 << 20).contains("UnexpectedEnd"));
    }

    #[test]
    fn no_honest_payload_is_refused() {
        // Zeros are the worst case: one byte each. The lengths stand around the first three steps of the limit.
        for n in [0, 1, 65_520, 65_535, 65_537, 131_073, 1_048_570, 1_048_577] {
            let wide = vec![0_u64; n];
            let payload = encode_payload("zeros", &wide).unwrap();
            assert_eq!(decode_payload::<Vec<u64>>("zeros", &payload).unwrap(), wide);
            let widest = vec![0_u128; n];
            let payload = encode_payload("zeros", &widest).unwrap();
            assert_eq!(
                decode_payload::<Vec<u128>>("zeros", &payload).unwrap(),
                widest
            );
        }
    }

    #[test]
    fn bytes_left_over_are_refused() {
        assert_eq!(
            refusal::<String>(&[1, b'a', b'b']),
            "cannot decode `text`: 1 bytes are left over"
        );
    }
}
