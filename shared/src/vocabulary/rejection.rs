//! The reasons for refusing a file. A refusal is a value, not an error. Each reason has a stable code for programs and
//! a sentence for the uploader that says what to change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::MAX_FILE_NAME_BYTES;
use crate::vocabulary::not_fetched::NotFetched;
use crate::vocabulary::quota::Quota;
use crate::vocabulary::streams::TrackKind;
use crate::vocabulary::upload_format::UploadFormat;

/// The code of [`Reason::TooManyBytes`].
pub const TOO_MANY_BYTES: &str = "too_many_bytes";

/// The code of [`Reason::QuotaExceeded`].
pub const QUOTA_EXCEEDED: &str = "quota_exceeded";

/// The code of [`Reason::KindNotAccepted`].
pub const KIND_NOT_ACCEPTED: &str = "kind_not_accepted";

/// The code of [`Reason::FormatNotAccepted`].
pub const FORMAT_NOT_ACCEPTED: &str = "format_not_accepted";

/// The code of [`Reason::UnknownFormat`].
pub const UNKNOWN_FORMAT: &str = "unknown_format";

/// The code of [`Reason::Script`].
pub const SCRIPT_NOT_ACCEPTED: &str = "script_not_accepted";

/// The code of [`Reason::BlockedContent`].
pub const BLOCKED_CONTENT: &str = "blocked_content";

/// The code of [`Reason::Overwritten`].
pub const OVERWRITTEN: &str = "overwritten";

/// The minimum side of a moving picture, in pixels: one block of H.264.
pub const LEAST_PICTURE_SIDE: u32 = 16;

/// The maximum side of a moving picture, in pixels: 8K. Beyond it, decoded frames take gigabytes.
pub const MOST_PICTURE_SIDE: u32 = 8_192;

/// The reason for refusing a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The file has no bytes.
    Empty,
    /// The file has more bytes than the app accepts for its kind. It was not read.
    TooManyBytes {
        /// The size of the file.
        bytes: u64,
        /// The maximum that is accepted.
        limit: u64,
    },
    /// The image has more pixels, over all frames, than the app accepts. It was not decoded.
    TooManyPixels {
        /// The width × height × frames that the header states.
        pixels: u64,
        /// The maximum that is accepted.
        limit: u64,
    },
    /// The image has more frames than the app accepts. It was not decoded.
    TooManyFrames {
        /// The number of frames in the file's structure.
        frames: u32,
        /// The maximum that is accepted.
        limit: u32,
    },
    /// The document is encrypted and cannot be opened here.
    Encrypted(Lock),
    /// The document is intact but has no pages.
    WithoutPages,
    /// The document's only page is a placeholder for a form that only some programs show (dynamic XFA).
    DynamicForm,
    /// The document's only page is the cover of the files in it, and names the program that shows them.
    Portfolio,
    /// The document has more pages than the app accepts.
    TooManyPages {
        /// The number of pages that the document states.
        pages: u32,
        /// The maximum that is accepted.
        limit: u16,
    },
    /// The format is known, but this app does not accept it or the platform does not process it.
    KindNotAccepted {
        /// The format in words, such as "a PDF".
        found: &'static str,
        /// The kind, if it is one that the platform processes.
        kind: Option<Kind>,
        /// The advice to the uploader.
        advice: &'static str,
    },
    /// The platform accepts the format or its kind, but this app accepts certain formats only.
    FormatNotAccepted {
        /// The format in words, such as "a BMP image".
        found: &'static str,
        /// The formats that the app accepts.
        accepted: Vec<UploadFormat>,
    },
    /// The file is intact, but of a variant of its format that is not decoded or delivered here.
    FormatNotSupported {
        /// The format in words, such as "a JPEG with arithmetic coding".
        found: &'static str,
    },
    /// The format can carry script (HTML, XML).
    Script {
        /// The format in words.
        found: &'static str,
    },
    /// The format is not known.
    UnknownFormat,
    /// The file begins in a known format, but cannot be read to its end.
    Damaged {
        /// The format in words that the file begins in.
        format: &'static str,
    },
    /// The container has no sound or moving picture that can be decoded.
    NoStream,
    /// The codec of the picture, or of the sound if there is no picture, cannot be decoded here.
    UnknownCodec {
        /// The track: picture or sound.
        kind: TrackKind,
        /// The name of the codec, for a person.
        codec: String,
    },
    /// The file plays only with its owner's keys (DRM).
    Protected,
    /// The file plays longer than the app accepts.
    TooLong {
        /// The duration of the file.
        seconds: u64,
        /// The maximum that is accepted.
        limit: u64,
    },
    /// The moving picture is smaller than can be encoded, or larger than is decoded.
    PictureSize {
        /// The width as displayed.
        width: u32,
        /// The height as displayed.
        height: u32,
    },
    /// The file begins well, but cannot be decoded.
    Undecodable {
        /// The track that failed, if the engine tells.
        kind: Option<TrackKind>,
    },
    /// Transcoding did not finish within the time that this engine has.
    TooLongHere {
        /// The time that the engine had.
        seconds: u32,
    },
    /// The file's name is longer than [`MAX_FILE_NAME_BYTES`].
    NameTooLong,
    /// The file is stored in a way that cannot be read: in an archive class, or under an encryption key that is not
    /// ours.
    UnreadableStorage,
    /// Another file name of the same upload has the same id.
    IdCollision,
    /// The upload that the file was put under was never granted.
    UnknownUpload,
    /// The grant listed its files, and this file is not one of them.
    NotDeclared,
    /// The app or the upload has used up its quota. The file was not read.
    QuotaExceeded(Quota),
    /// A media with the same bytes is suspended, of whichever app. The uploader is not told which.
    BlockedContent,
    /// The file did not come from its address.
    NotFetched(NotFetched),
    /// The media that was to be copied was taken down or deleted before.
    SourceWithdrawn,
    /// The file was removed before it was judged.
    Vanished,
    /// The file was replaced after it was judged and before it was published.
    Overwritten,
}

/// The kind of encryption that keeps a document from being opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// The document opens with a password.
    Password,
    /// The document opens for the holders of certain certificates.
    Certificate,
    /// The document is encrypted in a way that is not known here.
    Unknown,
}

impl Lock {
    fn message(self) -> &'static str {
        match self {
            Self::Password => {
                "The PDF asks for a password. Save it without a password, and upload the new file."
            }
            Self::Certificate => {
                "The PDF is encrypted for the holders of certain certificates, and only they can open it. Save it without encryption, and upload the new file."
            }
            Self::Unknown => {
                "The PDF is encrypted in a way that is not known here. Open it in the program that it was made for, print it to a new PDF, and upload the new file."
            }
        }
    }
}

/// A reason as it is stored and as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rejection {
    /// A stable code, for programs.
    pub code: String,
    /// A message for the uploader.
    pub message: String,
}

impl Reason {
    /// Returns a stable code, for programs.
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
            Self::KindNotAccepted { .. } => KIND_NOT_ACCEPTED,
            Self::FormatNotAccepted { .. } => FORMAT_NOT_ACCEPTED,
            Self::FormatNotSupported { .. } => "format_not_supported",
            Self::Script { .. } => SCRIPT_NOT_ACCEPTED,
            Self::UnknownFormat => UNKNOWN_FORMAT,
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
            Self::BlockedContent => BLOCKED_CONTENT,
            Self::NotFetched(_) => "not_fetched",
            Self::SourceWithdrawn => "source_withdrawn",
            Self::Vanished => "vanished",
            Self::Overwritten => OVERWRITTEN,
        }
    }

    /// Returns one or two sentences for the uploader.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Empty => "The file is empty. Check the file, and upload it again.".into(),
            Self::TooManyBytes { bytes, limit } => {
                format!("The file has {bytes} bytes; at most {limit} are accepted. Upload a smaller file.")
            }
            Self::TooManyPixels { pixels, limit } => format!(
                "The image has {pixels} pixels (all frames together); at most {limit} are accepted. Make it smaller."
            ),
            Self::TooManyFrames { frames, limit } => {
                format!("The animation has {frames} frames; at most {limit} are accepted. Shorten it.")
            }
            Self::Encrypted(lock) => lock.message().into(),
            Self::WithoutPages => {
                "The PDF has no pages. Create it again in the program that it comes from, and upload the new file.".into()
            }
            Self::DynamicForm => {
                "The PDF is a dynamic XFA form, which only Adobe's programs can show. Open it in Adobe Acrobat or Reader, print it to a new PDF, and upload the new file.".into()
            }
            Self::Portfolio => {
                "The PDF is a portfolio: a cover page with other files attached, which cannot be shown. Take the files out of it, and upload each of them.".into()
            }
            Self::TooManyPages { pages, limit } => {
                format!("The PDF has {pages} pages; at most {limit} are accepted. Upload it in parts.")
            }
            Self::KindNotAccepted { found, advice, .. } => format!("The file is {found}. {advice}"),
            Self::FormatNotAccepted { found, accepted } => {
                let (list, which) = (listed(accepted), if accepted.len() == 1 { "this format" } else { "one of these formats" });
                format!("The file is {found}. This app accepts only {list}. Save it in {which}, and upload the new file.")
            }
            Self::FormatNotSupported { found } => format!(
                "The file is {found}, which is intact but cannot be used here. Open it in a photo program, save it as an ordinary JPEG or as PNG, and upload the new file."
            ),
            Self::Script { found } => format!(
                "The file is {found}, which can contain scripts and is therefore not accepted. Upload a picture of it as PNG."
            ),
            Self::UnknownFormat => {
                "The file has an unknown format, whatever its name says. Upload a JPEG, PNG, WebP, AVIF, GIF, HEIC, TIFF, BMP or SVG image, a PDF, or audio or video in a common format.".into()
            }
            Self::Damaged { format } => format!(
                "The file begins as {format} but cannot be read to its end: it is damaged or was cut short. Save it again, and upload the new file."
            ),
            Self::NoStream => {
                "The file contains no audio and no video in a format that is known here. Export it again, for example as MP4 with H.264 and AAC.".into()
            }
            Self::UnknownCodec { kind, codec } => {
                let (what, advice) = match kind {
                    TrackKind::Picture => ("picture", "MP4 with H.264 and AAC"),
                    TrackKind::Sound => ("sound", "MP3, or M4A with AAC"),
                    TrackKind::Captions => ("text", "MP4 with H.264 and AAC"),
                };
                format!("The {what} is in {codec}, which cannot be decoded here. Export the file again, for example as {advice}.")
            }
            Self::Protected => {
                "The file is protected against copying (DRM) and cannot be played without its owner's keys. Upload an unprotected file.".into()
            }
            Self::TooLong { seconds, limit } => {
                format!("The file plays for {seconds} seconds; at most {limit} are accepted. Shorten it.")
            }
            Self::PictureSize { width, height } => format!(
                "The picture has {width} × {height} pixels; each side must have {LEAST_PICTURE_SIDE} to {MOST_PICTURE_SIDE}. Export the file in another size."
            ),
            Self::Undecodable { kind } => {
                let what = match kind {
                    Some(TrackKind::Picture) => "The file's picture",
                    Some(TrackKind::Sound) => "The file's sound",
                    Some(TrackKind::Captions) | None => "The file",
                };
                format!("{what} begins correctly but cannot be decoded: it is damaged, or in a format that is not known here. Export the file again, and upload the new one.")
            }
            Self::TooLongHere { seconds } => format!(
                "The file could not be transcoded within the {seconds} seconds that this platform allows for a file. Upload a shorter or smaller file, or ask the platform's owner to transcode with AWS Elemental MediaConvert."
            ),
            Self::NameTooLong => {
                format!("The file's name is longer than {MAX_FILE_NAME_BYTES} bytes. Give it a shorter name.")
            }
            Self::UnreadableStorage => {
                "The file was stored in a storage class or with an encryption key that this platform cannot read. Upload it without these settings.".into()
            }
            Self::IdCollision => {
                "Another file of this upload has the same id by chance. Give this file another name.".into()
            }
            Self::UnknownUpload => {
                "The file belongs to an upload that was never granted. Ask for upload credentials first.".into()
            }
            Self::NotDeclared => {
                "The upload was granted for certain file names, and this file's name is not one of them. Declare the file when you ask for credentials.".into()
            }
            Self::QuotaExceeded(quota) => quota.sentence(),
            Self::BlockedContent => {
                "This file was taken down from this platform and cannot be uploaded again. If you think that is a mistake, ask the platform's owner.".into()
            }
            Self::NotFetched(why) => {
                format!("The file could not be fetched: {why}. Check the address, and ask for the file again.")
            }
            Self::SourceWithdrawn => {
                "The media was taken down or deleted before it was copied. Copy one that is ready, and delete it only when its copy is ready.".into()
            }
            Self::Vanished => "The file was removed before it could be checked. Upload it again.".into(),
            Self::Overwritten => {
                "The file was replaced while it was being processed. Use a new upload for a new file.".into()
            }
        }
    }
}

/// Lists formats for a person: "JPEG, PNG and PDF".
fn listed(formats: &[UploadFormat]) -> String {
    let titles: Vec<_> = formats.iter().map(|format| format.title()).collect();
    match titles.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "nothing".to_owned(),
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
