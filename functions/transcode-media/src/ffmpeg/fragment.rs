//! Computes how long a segment plays, from its own samples (ISO/IEC 14496-12, 8.8). FFmpeg's playlist adds up the
//! planned durations of packets, which can be wrong by as much as the longest of them at a variable frame rate.

/// Bytes that are read of a segment: the descriptions of its samples come first and take a few kilobytes.
pub(super) const MOST_BYTES: u64 = 1 << 20;

/// Returns the ticks per second of the only track in a rendition's init file.
pub(super) fn ticks_per_second(init: &[u8]) -> Option<u32> {
    let at = init.windows(4).position(|name| name == b"mdhd")?;
    let body = init.get(at + 4..)?;
    let ticks = number(body, if *body.first()? == 1 { 20 } else { 12 })?;
    (ticks > 0).then_some(ticks)
}

/// Returns how many microseconds a segment plays, from its first bytes; returns `None` if it is not a segment.
pub(super) fn microseconds(segment: &[u8], ticks_per_second: u32) -> Option<u64> {
    let mut ticks: u64 = 0;
    let mut runs = 0;
    for (name, body) in boxes(segment) {
        if name != b"moof" {
            continue;
        }
        for (_, track) in boxes(body).filter(|(name, _)| *name == b"traf") {
            let header = boxes(track).find(|(name, _)| *name == b"tfhd");
            let usual = header.and_then(|(_, header)| usual_ticks(header));
            for (_, run) in boxes(track).filter(|(name, _)| *name == b"trun") {
                ticks = ticks.checked_add(ticks_of_run(run, usual)?)?;
                runs += 1;
            }
        }
    }
    let microseconds = u128::from(ticks) * 1_000_000 / u128::from(ticks_per_second);
    u64::try_from(microseconds).ok().filter(|_| runs > 0)
}

/// Iterates over consecutive boxes; a truncated box yields the bytes that are there.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let size = usize::try_from(number(bytes, 0)?).ok()?.max(8);
        let name = bytes.get(4..8)?;
        let body = bytes.get(8..size.min(bytes.len()))?;
        bytes = bytes.get(size..).unwrap_or_default();
        Some((name, body))
    })
}

/// Returns `default_sample_duration`, which applies to samples without a duration of their own.
fn usual_ticks(header: &[u8]) -> Option<u32> {
    let flags = number(header, 0)?;
    if flags & 0x08 == 0 {
        return None;
    }
    // After the track id come, if present, the base data offset and the sample description index.
    let before = 8 * usize::from(flags & 0x01 != 0) + 4 * usize::from(flags & 0x02 != 0);
    number(header, 8 + before)
}

fn ticks_of_run(run: &[u8], usual: Option<u32>) -> Option<u64> {
    let (flags, samples) = (number(run, 0)?, number(run, 4)?);
    if flags & 0x100 == 0 {
        return Some(u64::from(usual?) * u64::from(samples));
    }
    // The data offset and the first sample's flags, if present.
    let first = 8 + 4 * usize::from(flags & 0x01 != 0) + 4 * usize::from(flags & 0x04 != 0);
    // Duration, size, flags and composition offset of a sample, if present.
    let fields = [0x100, 0x200, 0x400, 0x800];
    let bytes_each = 4 * fields.iter().filter(|field| flags & **field != 0).count();
    let mut ticks: u64 = 0;
    for sample in 0..usize::try_from(samples).ok()? {
        let at = first.checked_add(sample.checked_mul(bytes_each)?)?;
        ticks += u64::from(number(run, at)?);
    }
    Some(ticks)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap_or(0);
        [&size.to_be_bytes(), name.as_slice(), body].concat()
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn segment(header: &[u32], run: &[u32]) -> Vec<u8> {
        let track = [
            boxed(b"tfhd", &words(header)),
            boxed(b"tfdt", &words(&[0, 7])),
            boxed(b"trun", &words(run)),
        ];
        let moof = boxed(b"moof", &boxed(b"traf", &track.concat()));
        [boxed(b"styp", b"msdh"), moof, boxed(b"mdat", b"...")].concat()
    }

    #[test]
    fn samples_say_how_long_they_last() {
        // In one case each sample has a duration and a size of its own; in the other, the default duration applies to
        // all.
        let each = segment(&[0, 1], &[0x301, 2, 99, 500, 10, 700, 10]);
        assert_eq!(microseconds(&each, 1_000), Some(1_200_000));
        let alike = segment(&[0x0A, 1, 1, 512], &[0x205, 3, 99, 0, 10, 10, 10]);
        assert_eq!(microseconds(&alike, 12_800), Some(120_000));
    }

    #[test]
    fn what_is_no_segment_plays_for_nothing_known() {
        let whole = segment(&[0, 1], &[0x301, 2, 99, 500, 10, 700, 10]);
        for cut in 0..whole.len() - 15 {
            let there = whole.get(..cut).unwrap_or_default();
            assert_eq!(microseconds(there, 1_000), None, "{cut}");
        }
        assert_eq!(
            microseconds(&segment(&[0, 1], &[0x200, 1, 10]), 1_000),
            None
        );
    }

    #[test]
    fn ticks_are_those_of_the_track() {
        let short = [b"....mdhd".to_vec(), words(&[0, 1, 2, 48_000])].concat();
        assert_eq!(ticks_per_second(&short), Some(48_000));
        let long = [b"mdhd".to_vec(), words(&[1 << 24, 0, 0, 0, 0, 90_000])].concat();
        assert_eq!(ticks_per_second(&long), Some(90_000));
        assert_eq!(ticks_per_second(b"mdhd"), None);
    }
}
