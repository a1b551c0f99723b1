//! Translates the service's error codes: whether the file is to blame, and what an admin can do otherwise.
//!
//! <https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html>

use crate::platform::error::Error;
use crate::vocabulary::rejection::Reason;

/// The consequence of a failed job.
#[derive(Debug)]
pub enum Verdict {
    /// The file is refused.
    Refuse(Reason),
    /// The media has failed. An admin can do something about it and retry.
    Fail(Error),
}

const ACCESS: &str = "MediaConvert may not read or write the work bucket; check its role and the bucket's policy, then retry";
const SETTINGS: &str = "the job's settings do not fit this file; retry with the engine ffmpeg, or report it to the maintainers of Dozo";
const SERVICE: &str = "MediaConvert had an internal error; retry, and if it happens again, ask AWS Support and give the job's id";

/// Returns the consequence of an error code.
#[must_use]
pub fn verdict(code: i32) -> Verdict {
    let advice = match code {
        // The input cannot be opened, holds no picture or no sound, has an unknown codec, cannot be demuxed, ends too
        // soon, or its sound cannot be decoded. (A denial by S3 has codes of its own.)
        1010 | 1020 | 1021 | 1030 | 1075 | 1076 | 1092 | 1093 => {
            return Verdict::Refuse(Reason::Undecodable { kind: None });
        }
        1040..=1043 | 1060 | 1080 => SETTINGS,
        1056 | 1091 | 1401 | 1404 | 1432..=1434 | 1515 | 3457 => ACCESS,
        _ => SERVICE,
    };
    Verdict::Fail(Error::JobFailed { code, advice })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::error::Next;

    #[test]
    fn the_file_is_blamed_for_what_it_is_only() {
        for code in [1010, 1020, 1021, 1030, 1075, 1076, 1092, 1093] {
            assert!(
                matches!(verdict(code), Verdict::Refuse(Reason::Undecodable { .. })),
                "{code}"
            );
        }
        for (code, advice) in [
            (1401, ACCESS),
            (1432, ACCESS),
            (1040, SETTINGS),
            (1999, SERVICE),
            (-1, SERVICE),
        ] {
            let Verdict::Fail(error) = verdict(code) else {
                unreachable!("{code} is refused")
            };
            assert_eq!(error.next(), Next::Park);
            let said = error.to_string();
            assert!(
                said.contains(advice) && said.contains(&code.to_string()),
                "{said}"
            );
        }
    }
}
