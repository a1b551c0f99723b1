//! The settings of a job, derived from the same ladder that FFmpeg uses.
//!
//! A job has two groups of outputs. One is fragmented MP4 in segments, one output for each rendition, with the
//! service's own playlists, which tell the segments apart. The other is whole files: the progressive one, the poster, and
//! the pictures of the storyboard.

use std::collections::HashMap;

use aws_sdk_mediaconvert::types::{
    CmafGroupSettings, CmafManifestDurationFormat, CmafSegmentControl, CmafSegmentLengthControl,
    CmafVideoCompositionOffsets, CmafWriteDashManifest, CmafWriteHlsManifest, CmfcAudioTrackType,
    CmfcSettings, ColorCorrector, ColorSpaceConversion, ContainerSettings, ContainerType,
    Deinterlacer, DeinterlacerControl, DeinterlacerMode, FileGroupSettings, FrameCaptureSettings,
    H264CodecLevel, H264CodecProfile, H264FramerateControl, H264FramerateConversionAlgorithm,
    H264GopSizeUnits, H264InterlaceMode, H264ParControl, H264QualityTuningLevel, H264QvbrSettings,
    H264RateControlMode, H264SceneChangeDetect, H264Settings, HdrToSdrToneMapper, Input,
    InputRotate, InputTimecodeSource, JobSettings, Mp4MoovPlacement, Mp4Settings, Output,
    OutputGroup, OutputGroupSettings, OutputGroupType, ScalingBehavior, TimecodeConfig,
    TimecodeSource, VideoCodec, VideoCodecSettings, VideoDescription, VideoPreprocessor,
    VideoSelector,
};

use super::sound;
use crate::ports::jobs::JobOrder;
use crate::stages::transcode::service::outputs::{
    PIECES, POSTER, PROGRESSIVE, STILL, WHOLE, modifier,
};
use crate::vocabulary::ladder::{
    AudioRung, MAX_FRAMES_A_SECOND, MAX_STILLS, Size, Storyboard, VideoRung,
};
use crate::vocabulary::streams::VideoStream;

/// The length of a segment in seconds, the same as for FFmpeg.
const SEGMENT_SECONDS: i32 = 4;

/// The quality of the poster. A higher one makes larger files but no better pictures.
const POSTER_QUALITY: i32 = 85;

/// The quality of the pictures of the storyboard, which are decoded once more to make sheets of them.
const STILL_QUALITY: i32 = 90;

/// Returns the settings of a job. `source` is the URL of the input, and `outputs` the URL prefix of the outputs.
pub(super) fn settings(order: &JobOrder, source: String, outputs: &str) -> JobSettings {
    JobSettings::builder()
        .timecode_config(
            TimecodeConfig::builder()
                .source(TimecodeSource::Zerobased)
                .build(),
        )
        .inputs(input(order, source))
        .output_groups(pieces(order, format!("{outputs}{PIECES}")))
        .output_groups(whole(order, format!("{outputs}{WHOLE}")))
        .build()
}

fn input(order: &JobOrder, source: String) -> Input {
    let tracks = order.ladder.audio.iter().map(|rung| rung.track);
    let selectors: HashMap<_, _> = tracks
        .map(|track| (sound::name(track), sound::selector(track, &order.streams)))
        .collect();
    let picture = order.streams.video.as_ref().map(|video| {
        VideoSelector::builder()
            .rotate(rotate(order, video))
            .build()
    });
    Input::builder()
        .file_input(source)
        .timecode_source(InputTimecodeSource::Zerobased)
        .set_video_selector(picture)
        .set_audio_selectors(Some(selectors).filter(|all| !all.is_empty()))
        .build()
}

/// Returns the rotation of the input. The service itself reads it only in MP4 and QuickTime.
fn rotate(order: &JobOrder, video: &VideoStream) -> InputRotate {
    if order.tells_rotation {
        return InputRotate::Auto;
    }
    match video.rotation {
        90 => InputRotate::Degrees90,
        180 => InputRotate::Degrees180,
        270 => InputRotate::Degrees270,
        _ => InputRotate::Degree0,
    }
}

fn pieces(order: &JobOrder, destination: String) -> OutputGroup {
    let group = CmafGroupSettings::builder()
        .destination(destination)
        .segment_control(CmafSegmentControl::SegmentedFiles)
        .segment_length(SEGMENT_SECONDS)
        .segment_length_control(CmafSegmentLengthControl::Exact)
        .manifest_duration_format(CmafManifestDurationFormat::FloatingPoint)
        .write_hls_manifest(CmafWriteHlsManifest::Enabled)
        .write_dash_manifest(CmafWriteDashManifest::Disabled)
        // With signed offsets, times begin at zero. Otherwise the sound, which is fetched separately, would be early by
        // the delay.
        .video_composition_offsets(CmafVideoCompositionOffsets::Signed)
        .build();
    let settings = OutputGroupSettings::builder()
        .r#type(OutputGroupType::CmafGroupSettings)
        .cmaf_group_settings(group)
        .build();
    let pictures = order.ladder.video.iter().map(|rung| {
        let described = picture(order, rung);
        piece(modifier(rung.rendition), CmfcSettings::builder().build())
            .video_description(described)
            .build()
    });
    let sounds = order.ladder.audio.iter().map(|rung| {
        piece(modifier(rung.rendition), cmfc(rung))
            .audio_descriptions(sound::description(rung, &order.streams))
            .build()
    });
    OutputGroup::builder()
        .name("pieces")
        .output_group_settings(settings)
        .set_outputs(Some(pictures.chain(sounds).collect()))
        .build()
}

type OutputBuilder = aws_sdk_mediaconvert::types::builders::OutputBuilder;

fn piece(name: String, settings: CmfcSettings) -> OutputBuilder {
    let container = ContainerSettings::builder()
        .container(ContainerType::Cmfc)
        .cmfc_settings(settings)
        .build();
    Output::builder()
        .name_modifier(name)
        .container_settings(container)
}

fn cmfc(rung: &AudioRung) -> CmfcSettings {
    let kind = if rung.track == 0 {
        CmfcAudioTrackType::AlternateAudioAutoSelectDefault
    } else {
        CmfcAudioTrackType::AlternateAudioAutoSelect
    };
    CmfcSettings::builder().audio_track_type(kind).build()
}

fn whole(order: &JobOrder, destination: String) -> OutputGroup {
    let settings = OutputGroupSettings::builder()
        .r#type(OutputGroupType::FileGroupSettings)
        .file_group_settings(
            FileGroupSettings::builder()
                .destination(destination)
                .build(),
        )
        .build();
    let poster = order.ladder.poster.map(|size| poster(order, size));
    let stills = order.ladder.storyboard.map(stills);
    OutputGroup::builder()
        .name("whole")
        .output_group_settings(settings)
        .set_outputs(Some(
            std::iter::once(progressive(order))
                .chain(poster)
                .chain(stills)
                .collect(),
        ))
        .build()
}

fn progressive(order: &JobOrder) -> Output {
    let mp4 = Mp4Settings::builder()
        .moov_placement(Mp4MoovPlacement::ProgressiveDownload)
        .build();
    let container = ContainerSettings::builder()
        .container(ContainerType::Mp4)
        .mp4_settings(mp4)
        .build();
    let described = order.ladder.progressive().map(|rung| picture(order, rung));
    let sound = order.ladder.audio.first();
    Output::builder()
        .name_modifier(PROGRESSIVE)
        .container_settings(container)
        .set_video_description(described)
        .set_audio_descriptions(sound.map(|rung| vec![sound::description(rung, &order.streams)]))
        .build()
}

/// Captures the first frame, and the one at a tenth of the film, which is used instead.
fn poster(order: &JobOrder, size: Size) -> Output {
    let length_ms = order.streams.duration_ms.unwrap_or(0);
    let at_ms = (length_ms / 10).max(1);
    let capture = FrameCaptureSettings::builder()
        .framerate_numerator(1_000)
        .framerate_denominator(number(at_ms))
        .max_captures(if length_ms < 1_000 { 1 } else { 2 })
        .quality(POSTER_QUALITY)
        .build();
    captured(POSTER, size, capture)
}

/// Captures the first frame, and one after each span of the storyboard.
fn stills(storyboard: Storyboard) -> Output {
    let capture = FrameCaptureSettings::builder()
        .framerate_numerator(1)
        .framerate_denominator(number(storyboard.seconds))
        .max_captures(number(MAX_STILLS))
        .quality(STILL_QUALITY)
        .build();
    captured(STILL, storyboard.size, capture)
}

fn captured(name: &str, size: Size, capture: FrameCaptureSettings) -> Output {
    let codec = VideoCodecSettings::builder()
        .codec(VideoCodec::FrameCapture)
        .frame_capture_settings(capture)
        .build();
    let container = ContainerSettings::builder()
        .container(ContainerType::Raw)
        .build();
    Output::builder()
        .name_modifier(name)
        .container_settings(container)
        .video_description(described(size, codec))
        .build()
}

fn picture(order: &JobOrder, rung: &VideoRung) -> VideoDescription {
    let codec = VideoCodecSettings::builder()
        .codec(VideoCodec::H264)
        .h264_settings(h264(order, rung))
        .build();
    described(rung.size, codec)
}

/// Converts any source to BT.709, and maps HDR to what every display shows. The tone mapper applies to HDR10; for HLG
/// the service has only one method.
fn to_bt709() -> ColorCorrector {
    ColorCorrector::builder()
        .color_space_conversion(ColorSpaceConversion::Force709)
        .hdr_to_sdr_tone_mapper(HdrToSdrToneMapper::Vibrant)
        .build()
}

/// Describes a picture of exactly this size, with square pixels.
fn described(size: Size, codec: VideoCodecSettings) -> VideoDescription {
    let deinterlacer = Deinterlacer::builder()
        .mode(DeinterlacerMode::Deinterlace)
        .control(DeinterlacerControl::Normal)
        .build();
    VideoDescription::builder()
        .width(number(size.width))
        .height(number(size.height))
        .scaling_behavior(ScalingBehavior::StretchToOutput)
        .video_preprocessors(
            VideoPreprocessor::builder()
                .color_corrector(to_bt709())
                .deinterlacer(deinterlacer)
                .build(),
        )
        .codec_settings(codec)
        .build()
}

/// The service chooses the groups of pictures to suit its segments, as its guide recommends. Scene changes start no new
/// group, so that the segments of all rungs begin at the same times.
fn h264(order: &JobOrder, rung: &VideoRung) -> H264Settings {
    let settings = H264Settings::builder()
        .codec_profile(H264CodecProfile::High)
        .codec_level(H264CodecLevel::Auto)
        .rate_control_mode(H264RateControlMode::Qvbr)
        .qvbr_settings(
            H264QvbrSettings::builder()
                .qvbr_quality_level(quality(rung))
                .build(),
        )
        .max_bitrate(number(rung.kilobits.saturating_mul(1_000)))
        // This is the best level that the cheaper of the service's two prices includes.
        .quality_tuning_level(H264QualityTuningLevel::SinglePassHq)
        .gop_size_units(H264GopSizeUnits::Auto)
        .scene_change_detect(H264SceneChangeDetect::Disabled)
        .interlace_mode(H264InterlaceMode::Progressive)
        .par_control(H264ParControl::Specified)
        .par_numerator(1)
        .par_denominator(1)
        .framerate_conversion_algorithm(H264FramerateConversionAlgorithm::DuplicateDrop);
    let rate = order
        .streams
        .video
        .as_ref()
        .and_then(|video| video.frames_per_1000_s);
    if rate.is_some_and(|rate| rate > MAX_FRAMES_A_SECOND * 1_000) {
        return settings
            .framerate_control(H264FramerateControl::Specified)
            .framerate_numerator(number(MAX_FRAMES_A_SECOND))
            .framerate_denominator(1)
            .build();
    }
    settings
        .framerate_control(H264FramerateControl::InitializeFromSource)
        .build()
}

/// Translates x264's rate factors of the ladder into the service's quality levels, following AWS's table for these
/// sizes.
/// <https://docs.aws.amazon.com/solutions/latest/video-on-demand-on-aws/mediaconvert-templates.html>
fn quality(rung: &VideoRung) -> i32 {
    if rung.quality <= 23 { 8 } else { 7 }
}

fn number(value: impl TryInto<i32>) -> i32 {
    value.try_into().unwrap_or(i32::MAX)
}
