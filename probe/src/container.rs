//! The containers, and how a file of each begins.

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
    /// What begins with these bytes: 4,096 of them, or the whole file. Nothing that is text is any of these, so no
    /// playlist is.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [
                _,
                _,
                _,
                _,
                b'f',
                b't',
                b'y',
                b'p',
                b'q',
                b't',
                b' ',
                b' ',
                ..,
            ] => Some(Self::Mov),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            // QuickTime from before there were brands.
            [_, _, _, _, b'm', b'o', b'o', b'v', ..]
            | [_, _, _, _, b'm', b'd', b'a', b't', ..]
            | [_, _, _, _, b'w', b'i', b'd', b'e', ..] => Some(Self::Mov),
            [0x1A, 0x45, 0xDF, 0xA3, ..] => Some(Self::ebml(head)),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'A',
                b'V',
                b'I',
                b' ',
                ..,
            ] => Some(Self::Avi),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'A',
                b'V',
                b'E',
                ..,
            ]
            | [
                b'R',
                b'F',
                b'6',
                b'4',
                _,
                _,
                _,
                _,
                b'W',
                b'A',
                b'V',
                b'E',
                ..,
            ] => Some(Self::Wav),
            [b'f', b'L', b'a', b'C', ..] => Some(Self::Flac),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            _ if is_transport_stream(head) => Some(Self::MpegTs),
            _ if mp3::begins(head) => Some(Self::Mp3),
            _ => None,
        }
    }

    /// The demuxer of FFmpeg that reads it, and nothing but it.
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

/// Five packets in a row begin with the synchronisation byte.
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)].iter().any(|&(first, step)| {
        (0..5).all(|packet: usize| head.get(first + packet * step) == Some(&0x47))
    })
}
