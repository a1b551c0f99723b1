//! Reads FLAC: the block `STREAMINFO` comes first and tells everything. RFC 9639, 8.2.

use crate::cut::{Bits, Cut};
use crate::describe::milliseconds;
use crate::reader::{Reader, Source};
use crate::tracks::Tracks;
use crate::{Container, DAMAGED, Description, Selector, Stop};

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let head = file.all(0, 42).await?;
    Ok(stream_info(&head).ok_or(DAMAGED)?)
}

fn stream_info(head: &[u8]) -> Option<Description> {
    let mut cut = Cut(head);
    let is_first = cut.array::<4>()? == *b"fLaC" && cut.be32()? & 0x7FFF_FFFF == 34;
    cut.skip(10)?;
    let mut bits = Bits::new(cut.0);
    let sample_rate = bits.number(20)?;
    let channels = bits.number(3)? + 1;
    bits.skip(5);
    let samples = u64::from(bits.number(4)?) << 32 | u64::from(bits.number(32)?);
    let mut found = Tracks::default();
    // The number of samples is zero if the encoder wrote to a pipe.
    let duration_ms = milliseconds(samples, u64::from(sample_rate)).filter(|ms| *ms > 0);
    let channels = u16::try_from(channels).ok();
    found.sound(Selector::Index(0), Ok("flac"), channels, Some(sample_rate));
    let described = found.described(Container::Flac, duration_ms).ok();
    described.filter(|_| is_first && sample_rate > 0)
}
