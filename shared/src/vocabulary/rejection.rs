//! Why a file is refused: a value, not an error. Each reason has a stable code for programs and a sentence
//! for the person who uploaded it, saying what to change.

use serde::{Deserialize, Serialize};

use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::MAX_FILE_NAME_BYTES;
use crate::vocabulary::quota::Quota;
use crate::vocabulary::streams::TrackKind;

/// The code of [`Reason::TooManyBytes`].
pub const TOO_MANY_BYTES: &str = "too_many_bytes";

/// The code of [`Reason::QuotaExceeded`].
pub const QUOTA_EXCEEDED: &str = "quota_exceeded";

/// The least side of a moving picture, in pixels: a block of H.264's.
pub const LEAST_PICTURE_SIDE: u32 = 16;

/// The most, in pixels: 8K. Beyond it a decoder's pictures take gigabytes.
pub const MOST_PICTURE_SIDE: u32 = 8_192;

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nothing in it.
    Empty,
    /// More bytes than the app accepts of its kind; not read.
    TooManyBytes {
        /// Of the file.
        bytes: u64,
        /// Accepted.
        limit: u64,
    },
    /// More pixels, over all frames, than the app accepts; not decoded.
    TooManyPixels {
        /// Width × height × frames, as the header says.
        pixels: u64,
        /// Accepted.
        limit: u64,
    },
    /// More frames than the app accepts; not decoded.
    TooManyFrames {
        /// As the file's structure says.
        frames: u32,
        /// Accepted.
        limit: u32,
    },
    /// A document that is encrypted so that it cannot be opened here.
    Encrypted(Lock),
    /// A document that is whole, and has no pages.
    WithoutPages,
    /// A document whose only page stands for a form that only some programs make (dynamic XFA).
    DynamicForm,
    /// A document whose only page is the cover of the files in it, and says which program shows them.
    Portfolio,
    /// More pages than the app accepts.
    TooManyPages {
        /// As the document says.
        pages: u32,
        /// Accepted.
        limit: u16,
    },
    /// Its format is known, and is not accepted by this app or not processed at all.
    KindNotAccepted {
        /// What it is, such as "a PDF".
        found: &'static str,
        /// Its kind, when it is one of ours.
        kind: Option<Kind>,
        /// What to do instead.
        advice: &'static str,
    },
    /// Whole and in order, in a coding of its format that no browser shows.
    FormatNotSupported {
        /// What it is, such as "a JPEG with arithmetic coding".
        found: &'static str,
    },
    /// A format that can carry script (SVG, HTML, XML).
    Script {
        /// Which.
        found: &'static str,
    },
    /// No format that is known.
    UnknownFormat,
    /// Begins as a format that is known, and cannot be read to its end.
    Damaged {
        /// What it began as.
        format: &'static str,
    },
    /// A container without sound or moving pictures that can be decoded.
    NoStream,
    /// Its picture, or its sound where it has no picture, is in nothing that is decoded here.
    UnknownCodec {
        /// Which of the two.
        kind: TrackKind,
        /// The codec, for a person.
        codec: String,
    },
    /// It plays with somebody's keys only.
    Protected,
    /// Longer than the app accepts.
    TooLong {
        /// Of the file.
        seconds: u64,
        /// Accepted.
        limit: u64,
    },
    /// A moving picture of fewer pixels than can be encoded, or more than are decoded.
    PictureSize {
        /// As displayed.
        width: u32,
        /// As displayed.
        height: u32,
    },
    /// Begins well, and cannot be decoded.
    Undecodable {
        /// Which track, where the engine tells.
        kind: Option<TrackKind>,
    },
    /// Not done within the time that this engine has.
    TooLongHere {
        /// That it had.
        seconds: u32,
    },
    /// The file's name is over [`MAX_FILE_NAME_BYTES`].
    NameTooLong,
    /// Stored so that it cannot be read: an archive class, or a key that is not ours.
    UnreadableStorage,
    /// Another file name of the same upload has the same id.
    IdCollision,
    /// The upload it was put under was never granted.
    UnknownUpload,
    /// The grant listed its files, and this is none of them.
    NotDeclared,
    /// The app, or the upload, has brought in as much as it may; not read.
    QuotaExceeded(Quota),
    /// Removed before it was judged.
    Vanished,
    /// Replaced by another file after it was judged and before it was published.
    Overwritten,
}

/// What opens a document that is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// A password.
    Password,
    /// A key that somebody has.
    Certificate,
    /// What only some other program knows.
    Unknown,
}

impl Lock {
    fn message(self) -> &'static str {
        match self {
            Self::Password => "The PDF asks for a password. Save it without one, and upload that.",
            Self::Certificate => {
                "The PDF is encrypted for the holders of certain certificates, and only they can open it. Save it without encryption, and upload that."
            }
            Self::Unknown => {
                "The PDF is encrypted in a way that is not known here. Open it in the program that it was made for, print it to a new PDF, and upload that."
            }
        }
    }
}

/// A reason as it is stored and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Stable, for programs.
    pub code: String,
    /// For the uploader.
    pub message: String,
}

impl Reason {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::TooManyBytes { .. } => TOO_MANY_BYTES,
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::TooManyFrames { .. } => "too_many_frames",
            Self::Encrypted(_) => "pdf_encrypted",
            Self::WithoutPages => "pdf_without_pages",
            Self::DynamicForm => "pdf_dynamic_form",
            Self::Portfolio => "pdf_portfolio",
            Self::TooManyPages { .. } => "too_many_pages",
            Self::KindNotAccepted { .. } => "kind_not_accepted",
            Self::FormatNotSupported { .. } => "format_not_supported",
            Self::Script { .. } => "script_not_accepted",
            Self::UnknownFormat => "unknown_format",
            Self::Damaged { .. } => "damaged",
            Self::NoStream => "no_playable_stream",
            Self::UnknownCodec { .. } => "unknown_codec",
            Self::Protected => "drm_protected",
            Self::TooLong { .. } => "too_long",
            Self::PictureSize { .. } => "picture_size",
            Self::Undecodable { .. } => "undecodable",
            Self::TooLongHere { .. } => "needs_mediaconvert",
            Self::NameTooLong => "name_too_long",
            Self::UnreadableStorage => "unreadable_storage",
            Self::IdCollision => "id_collision",
            Self::UnknownUpload => "unknown_upload",
            Self::NotDeclared => "not_declared",
            Self::QuotaExceeded(_) => QUOTA_EXCEEDED,
            Self::Vanished => "vanished",
            Self::Overwritten => "overwritten",
        }
    }

    /// One or two sentences for the uploader.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Empty => "The file is empty. Choose it again and upload it anew.".into(),
            Self::TooManyBytes { bytes, limit } => {
                format!("The file has {bytes} bytes; at most {limit} are accepted. Upload a smaller one.")
            }
            Self::TooManyPixels { pixels, limit } => format!(
                "The image has {pixels} pixels (all frames together); at most {limit} are accepted. Make it smaller."
            ),
            Self::TooManyFrames { frames, limit } => {
                format!("The animation has {frames} frames; at most {limit} are accepted. Shorten it.")
            }
            Self::Encrypted(lock) => lock.message().into(),
            Self::WithoutPages => {
                "The PDF has no pages. Make it anew in the program that it comes from, and upload that.".into()
            }
            Self::DynamicForm => {
                "The PDF is a dynamic XFA form, whose only page asks to wait for a program that shows it. Open it in Adobe Acrobat or Reader, print it to a new PDF, and upload that.".into()
            }
            Self::Portfolio => {
                "The PDF is a portfolio: one page about the files in it, which cannot be shown. Take the files out of it, and upload each of them.".into()
            }
            Self::TooManyPages { pages, limit } => {
                format!("The PDF has {pages} pages; at most {limit} are accepted. Upload it in parts.")
            }
            Self::KindNotAccepted { found, advice, .. } => format!("The file is {found}. {advice}"),
            Self::FormatNotSupported { found } => format!(
                "The file is {found}, which is in order but which browsers do not show. Open it in a photo program, save it as an ordinary JPEG or as PNG, and upload that."
            ),
            Self::Script { found } => format!(
                "The file is {found}, which can carry script and is therefore not accepted. Upload a picture of it as PNG."
            ),
            Self::UnknownFormat => {
                "The file is of no format known here, whatever its name says. Upload a JPEG, PNG, WebP or GIF image, a PDF, or audio or video in a common format.".into()
            }
            Self::Damaged { format } => format!(
                "The file begins as {format} but cannot be read to its end: it is damaged or was cut short. Save it anew and upload it again."
            ),
            Self::NoStream => {
                "The file holds no sound and no moving picture in a format that is known here. Export it anew, as MP4 with H.264 and AAC for example.".into()
            }
            Self::UnknownCodec { kind, codec } => {
                let (what, advice) = match kind {
                    TrackKind::Picture => ("picture", "MP4 with H.264 and AAC"),
                    TrackKind::Sound => ("sound", "MP3, or M4A with AAC"),
                };
                format!("The {what} is in {codec}, which cannot be decoded here. Export it anew, as {advice} for example.")
            }
            Self::Protected => {
                "The file is protected against copying (DRM) and cannot be played without its owner's keys. Upload an unprotected one.".into()
            }
            Self::TooLong { seconds, limit } => {
                format!("The file plays for {seconds} seconds; at most {limit} are accepted. Shorten it.")
            }
            Self::PictureSize { width, height } => format!(
                "The picture has {width} × {height} pixels; accepted are {LEAST_PICTURE_SIDE} to {MOST_PICTURE_SIDE} on each side. Export it in another size."
            ),
            Self::Undecodable { kind } => {
                let what = match kind {
                    Some(TrackKind::Picture) => "The file's picture",
                    Some(TrackKind::Sound) => "The file's sound",
                    None => "The file",
                };
                format!("{what} begins well but cannot be decoded: it is damaged, or in a format that is not known here. Export it anew and upload it again.")
            }
            Self::TooLongHere { seconds } => format!(
                "The file could not be transcoded within the {seconds} seconds that this platform takes for one. Upload a shorter or smaller one, or ask the platform's owner to transcode with AWS Elemental MediaConvert."
            ),
            Self::NameTooLong => {
                format!("The file's name is longer than {MAX_FILE_NAME_BYTES} bytes. Give it a shorter one.")
            }
            Self::UnreadableStorage => {
                "The file was put into a storage class or under an encryption key that cannot be read here. Upload it without such settings.".into()
            }
            Self::IdCollision => {
                "Another file of this upload has the same id by chance. Give this one another name.".into()
            }
            Self::UnknownUpload => {
                "The file lies under an upload that was never granted. Ask for upload credentials first.".into()
            }
            Self::NotDeclared => {
                "The upload was granted for certain file names, and this is none of them. Declare it when asking for credentials.".into()
            }
            Self::QuotaExceeded(quota) => quota.sentence(),
            Self::Vanished => "The file was removed before it could be checked. Upload it again.".into(),
            Self::Overwritten => {
                "The file was replaced while it was being processed. Use a new upload for a new file.".into()
            }
        }
    }
}

impl From<&Reason> for Rejection {
    fn from(reason: &Reason) -> Self {
        Self {
            code: reason.code().to_owned(),
            message: reason.message(),
        }
    }
}
