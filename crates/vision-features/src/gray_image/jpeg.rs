//! Whether a JPEG file is all there, by its markers (ITU-T T.81, annex B).

/// Whether a scan with data comes before the end of the picture.
///
/// Pictures inside of segments (the thumbnail in EXIF) and behind the end (previews of cameras) do not count.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 0;
    let (mut has_data, mut scan) = (false, None);
    while let Some(&[_, marker]) = next_marker(bytes, &mut at) {
        // The data of a scan lie between its head and the next marker.
        has_data |= scan.take().is_some_and(|head_end| at - 2 > head_end);
        match marker {
            0xD9 => return has_data,
            // Nothing but the marker: the start of the picture, a temporary one.
            0xD8 | 0x01 => {}
            _ => {
                let Some(&length) = bytes.get(at..).and_then(<[u8]>::first_chunk) else {
                    return false;
                };
                at += usize::from(u16::from_be_bytes(length));
                if marker == 0xDA {
                    scan = Some(at);
                }
            }
        }
    }
    false
}

/// The next marker from `at` on, which moves behind it; stuffed bytes and restarts, which are part of the data, are none.
fn next_marker<'a>(bytes: &'a [u8], at: &mut usize) -> Option<&'a [u8; 2]> {
    let rest = bytes.get(*at..)?;
    let is_marker = |two: &&[u8]| two[0] == 0xFF && !matches!(two[1], 0x00 | 0xD0..=0xD7 | 0xFF);
    let offset = rest.windows(2).position(|two| is_marker(&two))?;
    *at += offset + 2;
    rest[offset..].first_chunk()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &[u8] = &[0xFF, 0xD8];
    const SCAN: &[u8] = &[0xFF, 0xDA, 0, 3, 7];
    const DATA: &[u8] = &[9, 0xFF, 0, 8, 0xFF, 0xD3, 5];
    const END: &[u8] = &[0xFF, 0xD9];

    #[test]
    fn pictures_end_behind_a_scan() {
        // A segment that holds a picture of its own.
        let thumbnail = [&[0xFF, 0xE1, 0, 18], START, SCAN, DATA, END].concat();
        let parts = [START, &thumbnail, &[0xFF], SCAN, DATA, SCAN, DATA, END];
        let whole = parts.concat();
        assert!(is_whole(&whole));
        for kept in 0..whole.len() {
            assert!(!is_whole(&whole[..kept]), "{kept} of {}", whole.len());
        }
        assert!(is_whole(&[&whole[..], &whole[..20]].concat()));
    }

    #[test]
    fn pictures_without_data_are_hollow() {
        assert!(!is_whole(&[START, SCAN, END].concat()));
        assert!(!is_whole(&[START, END].concat()));
        assert!(!is_whole(&[]));
        // A length that leads out of the file.
        assert!(!is_whole(
            &[START, &[0xFF, 0xE0, 0xFF, 0xFF, 0], SCAN, DATA, END].concat()
        ));
    }
}
