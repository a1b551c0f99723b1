//! Tests that whatever FFmpeg encodes is accepted as what it is.

use crate::clips::{look, make};
use crate::referee::{PICTURE, TONE, every, judge};

/// Encoders that FFmpeg has, in containers that hold what they make: the picture's, the sound's, and the name of a file.
const MADE: &[(&str, &str, &str)] = &[
    ("-c:v cfhd", "-c:a pcm_s24le", "a.mov"),
    ("-c:v rawvideo -pix_fmt uyvy422", "-c:a pcm_s16be", "a.mov"),
    ("-c:v v210", "-c:a pcm_alaw", "a.mov"),
    ("-c:v r210", "-c:a pcm_mulaw", "a.mov"),
    ("-c:v v308", "-c:a pcm_f32le", "a.mov"),
    ("-c:v rawvideo -pix_fmt rgb24", "-c:a adpcm_ima_qt", "a.mov"),
    ("-c:v qtrle", "-c:a alac", "a.mov"),
    ("-c:v png", "-c:a mp2", "a.mov"),
    ("-c:v jpeg2000", "-c:a ac3", "a.mov"),
    ("-c:v prores", "-c:a eac3", "a.mov"),
    (
        "-c:v dnxhd -profile:v dnxhr_sq -pix_fmt yuv422p -s 320x240",
        "-c:a pcm_s16le",
        "a.mov",
    ),
    ("-c:v mjpeg -pix_fmt yuvj420p", "-c:a pcm_s8", "a.mov"),
    ("-c:v mpeg2video", "-c:a pcm_s16le", "a.mov"),
    ("-c:v mpeg1video -r 25", "-c:a libmp3lame", "a.mov"),
    ("-c:v svq1 -pix_fmt yuv410p", "-c:a pcm_u8", "a.mov"),
    ("-c:v cinepak", "-c:a pcm_s16le", "a.mov"),
    ("-c:v flv -tag:v FLV1", "-c:a pcm_s16le", "a.avi"),
    (
        "-c:v h263 -s 176x144 -r 25",
        "-c:a libopencore_amrnb -ar 8000 -ac 1",
        "a.3gp",
    ),
    (
        "-c:v dvvideo -s 720x576 -r 25 -pix_fmt yuv420p",
        "-c:a pcm_s16le",
        "a.mov",
    ),
    ("-c:v mpeg4", "-c:a libopus -strict -2", "a.mp4"),
    ("-c:v libvpx-vp9", "-c:a flac -strict -2", "a.mp4"),
    ("-c:v libaom-av1 -cpu-used 8", "-c:a libopus", "a.mp4"),
    ("-c:v libx264", "-c:a dca -strict -2", "a.mp4"),
    ("-c:v libx264", "-c:a truehd -strict -2", "a.mp4"),
    ("-c:v libx264", "-c:a pcm_s16le", "a.mp4"),
    ("-c:v mpeg4 -tag:v M4S2", "-c:a libmp3lame", "a.avi"),
    ("-c:v msmpeg4v2", "-c:a mp2", "a.avi"),
    ("-c:v msmpeg4 -tag:v DIV3", "-c:a ac3", "a.avi"),
    ("-c:v wmv1", "-c:a wmav1", "a.avi"),
    ("-c:v wmv2", "-c:a wmav2", "a.avi"),
    ("-c:v huffyuv", "-c:a pcm_alaw", "a.avi"),
    ("-c:v ffvhuff", "-c:a pcm_mulaw", "a.avi"),
    ("-c:v ffv1", "-c:a adpcm_ms", "a.avi"),
    ("-c:v utvideo", "-c:a adpcm_ima_wav", "a.avi"),
    ("-c:v magicyuv", "-c:a adpcm_yamaha", "a.avi"),
    ("-c:v cinepak", "-c:a pcm_f32le", "a.avi"),
    ("-c:v zmbv", "-c:a pcm_s24le", "a.avi"),
    ("-c:v zlib", "-c:a dca -strict -2", "a.avi"),
    ("-c:v asv1", "-c:a g726 -ar 8000 -ac 1", "a.avi"),
    (
        "-c:v rawvideo -pix_fmt yuyv422",
        "-c:a g722 -ar 16000 -ac 1",
        "a.avi",
    ),
    ("-c:v v210", "-c:a adpcm_swf -ar 44100", "a.avi"),
    (
        "-c:v dvvideo -s 720x480 -r 30000/1001 -pix_fmt yuv411p",
        "-c:a pcm_s16le",
        "a.avi",
    ),
    (
        "-c:v mpeg2video",
        "-c:a libopencore_amrnb -ar 8000 -ac 1",
        "a.avi",
    ),
    ("-c:v libx264", "-c:a wavpack", "a.mkv"),
    ("-c:v ffv1", "-c:a tta", "a.mkv"),
    ("-c:v utvideo", "-c:a alac", "a.mkv"),
    ("-c:v huffyuv", "-c:a pcm_alaw", "a.mkv"),
    ("-c:v mjpeg -pix_fmt yuvj420p", "-c:a pcm_s16be", "a.mkv"),
    ("-c:v mpeg1video -r 25", "-c:a mp2", "a.mkv"),
    ("-c:v mpeg2video", "-c:a ac3", "a.mkv"),
    ("-c:v libtheora", "-c:a libvorbis", "a.mkv"),
    ("-c:v prores", "-c:a truehd -strict -2", "a.mkv"),
    (
        "-c:v libx265 -x265-params log-level=none",
        "-c:a dca -strict -2",
        "a.mkv",
    ),
    ("-c:v rawvideo", "-c:a eac3", "a.mkv"),
    ("-c:v wmv2", "-c:a wmav2", "a.mkv"),
    ("-c:v cfhd", "-c:a pcm_f32le", "a.mkv"),
    ("-c:v cinepak", "-c:a adpcm_ms", "a.mkv"),
    ("-c:v libtheora", "-c:a libspeex -ar 16000 -ac 1", "a.ogg"),
    ("-c:v libvpx", "-c:a libvorbis", "a.ogg"),
    ("-c:v libtheora", "-c:a flac", "a.ogg"),
    (
        "-c:v libx264",
        "-c:a pcm_bluray -ac 2 -f mpegts -mpegts_m2ts_mode 1",
        "a.m2ts",
    ),
    (
        "-c:v libx264",
        "-c:a dca -strict -2 -f mpegts -mpegts_m2ts_mode 1",
        "a.m2ts",
    ),
    (
        "-c:v libx264",
        "-c:a truehd -strict -2 -f mpegts -mpegts_m2ts_mode 1",
        "a.m2ts",
    ),
    (
        "-c:v libx264",
        "-c:a eac3 -f mpegts -mpegts_m2ts_mode 1",
        "a.m2ts",
    ),
    ("-c:v libx264", "-c:a s302m -strict -2 -ac 2", "a.ts"),
    ("-c:v libx264", "-c:a dca -strict -2", "a.ts"),
    ("-c:v libx264", "-c:a truehd -strict -2", "a.ts"),
    ("-c:v libx264", "-c:a libopus", "a.ts"),
    ("-c:v libx264", "-c:a eac3", "a.ts"),
    ("-c:v libx264", "-c:a aac -mpegts_flags +latm", "a.ts"),
    ("-c:v mpeg1video -r 25", "-c:a mp2", "a.ts"),
];

#[test]
fn whatever_ffmpeg_decodes_is_accepted_as_what_it_is() {
    every(MADE, |(picture, sound, name)| {
        let arguments = format!("{PICTURE} {TONE} -pix_fmt yuv420p {picture} {sound}");
        let file = make(name, &arguments);
        let label = format!("{picture} {sound} {name}");
        let found = look(&file).unwrap_or_else(|refusal| panic!("{label}: {refusal:?}"));
        assert!(
            found.video.is_some() && found.audio.len() == 1,
            "{label}: {found:?}"
        );
        assert_eq!(found.left_out, [], "{label}");
        judge(&label, &file, &found);
    });
}
