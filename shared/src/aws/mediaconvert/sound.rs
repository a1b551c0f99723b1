//! The sound of a job: AAC-LC at constant bit rates. The service supports only some bit rates at each sample rate;
//! those of the ladder's tracks are among them.

use aws_sdk_mediaconvert::types::{
    AacCodecProfile, AacCodingMode, AacRateControlMode, AacSettings, AacSpecification, AudioCodec,
    AudioCodecSettings, AudioDefaultSelection, AudioDescription, AudioLanguageCodeControl,
    AudioSelector, AudioSelectorType,
};

use crate::vocabulary::ladder::AudioRung;
use crate::vocabulary::streams::Streams;

/// Returns the name of a source track in the job.
pub(super) fn name(track: u8) -> String {
    format!("Audio Selector {}", u16::from(track) + 1)
}

/// Selects a track of the source by its number among all sound tracks of the file, including those that are left out.
pub(super) fn selector(track: u8, streams: &Streams) -> AudioSelector {
    let audio = streams.audio.get(usize::from(track));
    let number = audio.and_then(|audio| audio.number);
    AudioSelector::builder()
        .selector_type(AudioSelectorType::Track)
        .tracks(number.map_or(i32::from(track) + 1, i32::from))
        // Without this, the service would take another track in its place, and nobody would notice the error.
        .default_selection(AudioDefaultSelection::NotDefault)
        .build()
}

/// Describes the output made from a track.
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

/// Returns the sample rate: the source's if it is 44,100 Hz, else 48,000 Hz, which everything plays.
/// <https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html>
fn sample_rate(rung: &AudioRung, streams: &Streams) -> i32 {
    let source = streams.audio.get(usize::from(rung.track));
    match source.and_then(|audio| audio.sample_rate) {
        Some(44_100) => 44_100,
        Some(_) | None => 48_000,
    }
}
