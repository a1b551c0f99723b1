//! The audio settings of a job: AAC-LC at constant bit rates. MediaConvert supports only certain bit rates at each
//! sample rate; all of the ladder's audio bit rates are among them.

use aws_sdk_mediaconvert::types::{
    AacCodecProfile, AacCodingMode, AacRateControlMode, AacSettings, AacSpecification, AudioCodec,
    AudioCodecSettings, AudioDefaultSelection, AudioDescription, AudioLanguageCodeControl,
    AudioSelector, AudioSelectorType,
};

use crate::vocabulary::ladder::AudioRung;
use crate::vocabulary::streams::Streams;

/// Returns the name of the job's audio selector for a track of the source.
pub(super) fn name(track: u8) -> String {
    format!("Audio Selector {}", u16::from(track) + 1)
}

/// Selects a track by its number among all audio tracks of the file, including those that Dozo leaves out.
pub(super) fn selector(track: u8, streams: &Streams) -> AudioSelector {
    let audio = streams.audio.get(usize::from(track));
    let number = audio.and_then(|audio| audio.number);
    AudioSelector::builder()
        .selector_type(AudioSelectorType::Track)
        .tracks(number.map_or(i32::from(track) + 1, i32::from))
        // A fallback to another track would be wrong, and nobody would notice.
        .default_selection(AudioDefaultSelection::NotDefault)
        .build()
}

/// Describes the audio output that is made from a track.
pub(super) fn description(rung: &AudioRung, streams: &Streams) -> AudioDescription {
    let mode = if rung.channels == 1 {
        AacCodingMode::CodingMode10
    } else {
        AacCodingMode::CodingMode20
    };
    let aac = AacSettings::builder()
        .codec_profile(AacCodecProfile::Lc)
        .coding_mode(mode)
        .rate_control_mode(AacRateControlMode::Cbr)
        .specification(AacSpecification::Mpeg4)
        .bitrate(i32::from(rung.kilobits) * 1_000)
        .sample_rate(sample_rate(rung, streams))
        .build();
    let codec = AudioCodecSettings::builder()
        .codec(AudioCodec::Aac)
        .aac_settings(aac)
        .build();
    AudioDescription::builder()
        .audio_source_name(name(rung.track))
        .language_code_control(AudioLanguageCodeControl::FollowInput)
        .codec_settings(codec)
        .build()
}

/// Keeps 44.1 kHz, the usual rate of music, if the source has it; otherwise uses 48 kHz, which every device plays.
/// <https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html>
fn sample_rate(rung: &AudioRung, streams: &Streams) -> i32 {
    let source = streams.audio.get(usize::from(rung.track));
    match source.and_then(|audio| audio.sample_rate) {
        Some(44_100) => 44_100,
        Some(_) | None => 48_000,
    }
}
