//! The containers, and how to recognize each by the beginning of a file.

use crate::mp3;

/// A kind of file that holds sound or moving pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// ISO/IEC 14496-14, M4A included.
    Mp4,
    /// QuickTime.
    Mov,
    /// RFC 9559.
    Matroska,
    /// Matroska's profile for the web.
    Webm,
    /// Audio Video Interleave.
    Avi,
    /// ISO/IEC 13818-1, in packets of 188 bytes, or 192 with time stamps.
    MpegTs,
    /// MPEG-1 or 2 audio, layer III (or II), with or without ID3 tags.
    Mp3,
    /// RIFF WAVE, RF64 included.
    Wav,
    /// RFC 9639.
    Flac,
    /// RFC 3533.
    Ogg,
}

impl Container {
    /// Recognizes a container by the first 4,096 bytes of a file, or by the whole file if it is shorter. Text is never
    /// recognized, and so no playlist is.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        let at = |offset: usize, name: &[u8; 4]| head.get(offset..offset + 4) == Some(name);
        if let Some(found) = boxes(head) {
            return Some(found);
        }
        let begins = [
            (at(0, b"\x1A\x45\xDF\xA3"), Self::ebml(head)),
            (at(0, b"RIFF") && at(8, b"AVI "), Self::Avi),
            (at(0, b"RIFF") && at(8, b"WAVE"), Self::Wav),
            (at(0, b"RF64") && at(8, b"WAVE"), Self::Wav),
            (at(0, b"BW64") && at(8, b"WAVE"), Self::Wav),
            (at(0, b"fLaC"), Self::Flac),
            (at(0, b"OggS"), Self::Ogg),
            (head.starts_with(b"ID3"), Self::Mp3),
            (head.starts_with(mp3::APE), Self::Mp3),
            (is_transport_stream(head), Self::MpegTs),
            (mp3::begins(head), Self::Mp3),
        ];
        let found = begins.into_iter().find(|(is_so, _)| *is_so);
        found.map(|(_, container)| container)
    }

    /// Searches for a container after leading bytes that mean nothing. Ask this last, when nothing else is recognized.
    /// Only MP3 can be found this way, because it has no header of its own.
    #[must_use]
    pub fn within(head: &[u8]) -> Option<Self> {
        mp3::is_within(head).then_some(Self::Mp3)
    }

    /// The only demuxer that FFmpeg is allowed to use for it.
    #[must_use]
    pub fn demuxer(self) -> &'static str {
        match self {
            Self::Mp4 | Self::Mov => "mov",
            Self::Matroska | Self::Webm => "matroska",
            Self::Avi => "avi",
            Self::MpegTs => "mpegts",
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
        }
    }

    fn ebml(head: &[u8]) -> Self {
        let is_webm = head.windows(4).take(64).any(|window| window == b"webm");
        if is_webm { Self::Webm } else { Self::Matroska }
    }
}

/// Boxes that may come before the one that identifies the file: padding, notes, and room that a writer meant to
/// overwrite.
const IDLE: [&[u8; 4]; 6] = [b"free", b"skip", b"wide", b"uuid", b"pdin", b"pnot"];

/// The maximum length of such a box in bytes; text would give a larger number.
const MAX_IDLE: u32 = 1 << 24;

/// Recognizes MP4 and QuickTime by their boxes: `ftyp` tells them apart. Files older than `ftyp` count as QuickTime.
fn boxes(head: &[u8]) -> Option<Container> {
    let mut rest = head;
    loop {
        let size = u32::from_be_bytes(*rest.first_chunk()?);
        let name = rest.get(4..8)?;
        match name {
            b"ftyp" | b"styp" => {
                let is_quicktime = rest.get(8..12) == Some(b"qt  ");
                return Some(if is_quicktime {
                    Container::Mov
                } else {
                    Container::Mp4
                });
            }
            b"moov" | b"mdat" => return Some(Container::Mov),
            _ => {}
        }
        let is_idle = IDLE.iter().any(|idle| name == *idle) && (8..MAX_IDLE).contains(&size);
        let next = usize::try_from(size).ok().filter(|_| is_idle)?;
        // The bytes after a long box are not in `head`.
        let Some(after) = rest.get(next..).filter(|after| after.len() >= 8) else {
            return Some(Container::Mov);
        };
        rest = after;
    }
}

/// Tells whether five consecutive packets begin with the synchronisation byte.
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)].iter().any(|&(first, step)| {
        (0..5).all(|packet: usize| head.get(first + packet * step) == Some(&0x47))
    })
}
