//! Tests that colours are preserved in the poster and in each rendition, all of which are in BT.709 and tagged so.

use std::path::Path;

use dozo_tests::clips::make;

use super::played::{Published, assert_near, case, quarters, quarters_through, streams};

/// The colours of the four fields in the cases.
const FIELDS: [[u8; 3]; 4] = [
    [0xC0, 0x20, 0x20],
    [0x20, 0xC0, 0x20],
    [0x20, 0x20, 0xC0],
    [0xC0, 0xC0, 0x20],
];

/// The colours of the HDR cases.
const BRIGHT: [[u8; 3]; 4] = [
    [0xC0, 0x20, 0x20],
    [0x20, 0xC0, 0x20],
    [0xFF, 0xFF, 0xFF],
    [0x80, 0x80, 0x80],
];

/// Builds filters for fields of these colours, as planar pictures of ten bits in BT.709.
fn fields(colours: [[u8; 3]; 4], size: (u32, u32)) -> String {
    let (width, height) = (size.0.div_ceil(2), size.1.div_ceil(2));
    let boxes: String = colours
        .iter()
        .enumerate()
        .map(|(at, [red, green, blue])| {
            let (x, y) = ((at as u32 % 2) * width, (at as u32 / 2) * height);
            format!(",drawbox=x={x}:y={y}:w={width}:h={height}:t=fill:c=0x{red:02x}{green:02x}{blue:02x}")
        })
        .collect();
    format!(
        "color=black:s={}x{}:r=10:d=1,format=gbrp{boxes}",
        size.0, size.1
    )
}

async fn assert_published(name: &str, file: &[u8], wanted: [[u8; 3]; 4], levels: u8) {
    let published = Published::of(name, file).await;
    let poster = quarters(&published.path("poster.jpg"), "");
    assert_near(poster, wanted, levels, &format!("{name}: the poster"));
    for picture in published.pictures() {
        let context = format!("{name}: {}", picture.display());
        assert_near(quarters(&picture, ""), wanted, levels, &context);
        assert_tagged(&picture, &context);
    }
}

fn assert_tagged(picture: &Path, context: &str) {
    let all = streams(picture);
    let video = all.iter().find(|line| line.contains("Video:")).unwrap();
    assert!(video.contains("yuv420p(tv, bt709"), "{context}: {video}");
}

#[tokio::test]
async fn colours_are_those_of_the_source() {
    for name in [
        "poster-bt709-tagged.mp4",
        "poster-bt709-untagged-720p.mp4",
        "poster-bt709-full-range.mp4",
        "poster-bt601-untagged.mp4",
    ] {
        assert_published(name, &case(name), FIELDS, 5).await;
    }
}

/// The sources have other pixel formats and matrices: ten bits, odd sizes, RGB.
#[tokio::test]
async fn colours_of_all_kinds_of_pixels_are_those_of_the_source() {
    let x264 = "-c:v libx264 -qp 4";
    let cases = [
        (
            "ten.mp4",
            (320, 180),
            "scale=out_color_matrix=bt601,format=yuv420p10le",
            x264,
        ),
        (
            "odd.mkv",
            (321, 181),
            "scale=out_color_matrix=bt601,format=yuv444p",
            "-c:v ffv1",
        ),
        ("rgb.mkv", (320, 180), "format=gbrp", "-c:v ffv1"),
        (
            "portrait.mp4",
            (720, 1280),
            "scale=out_color_matrix=bt709,format=yuv420p",
            x264,
        ),
        (
            "jpeg.avi",
            (320, 180),
            "scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p",
            "-c:v mjpeg -q:v 1",
        ),
    ];
    for (name, size, filters, options) in cases {
        let file = make(
            name,
            &format!("-f lavfi -i {},{filters} {options}", fields(FIELDS, size)),
        );
        assert_published(name, &file, FIELDS, 6).await;
    }
}

#[tokio::test]
async fn a_matrix_that_nobody_knows_is_no_reason_to_refuse() {
    for name in [
        "matrix-tag-8.mp4",
        "matrix-tag-10.mp4",
        "matrix-tag-11.mp4",
        "matrix-tag-14.mp4",
    ] {
        let published = Published::of(name, &case(name)).await;
        for picture in published.pictures() {
            assert_tagged(&picture, name);
        }
    }
}

/// Makes a film in HLG whose white is the reference white, 203 candela per square metre.
fn hlg(colours: [[u8; 3]; 4]) -> Vec<u8> {
    // FFmpeg's filter needs the tags.
    let filters = "scale=out_color_matrix=bt709,format=yuv444p10le,\
        setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,\
        zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,\
        zscale=t=arib-std-b67:m=bt2020nc:r=tv:npl=203,format=yuv420p10le";
    let tags = "log-level=error:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc";
    let source = fields(colours, (320, 180));
    make(
        "hlg.mp4",
        &format!("-f lavfi -i {source},{filters} -c:v libx265 -x265-params {tags}"),
    )
}

/// The conversion without any tone mapping, which up to the reference white is what must be seen.
const REFERENCE: &str = "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,\
    zscale=t=bt709:m=bt709:p=bt709:r=limited,format=yuv420p";

#[tokio::test]
async fn hdr_is_mapped_to_what_every_display_shows() {
    for (name, file) in [("hdr-pq.mp4", case("hdr-pq.mp4")), ("hlg.mp4", hlg(BRIGHT))] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, &file).unwrap();
        let reference = quarters_through(&path, "", REFERENCE);
        assert_near(reference, BRIGHT, 34, &format!("{name}: the reference"));
        let published = Published::of(name, &file).await;
        let pictures = published.pictures().into_iter();
        for picture in pictures.chain([published.path("poster.jpg")]) {
            let context = format!("{name}: {}", picture.display());
            let found = quarters(&picture, "");
            assert_near(found, reference, 8, &context);
            let [_, _, white, grey] = found;
            assert!(
                white.iter().all(|level| *level >= 235),
                "{context}: {white:?}"
            );
            assert!(
                grey.iter().all(|level| (122..=134).contains(level)),
                "{context}: {grey:?}"
            );
        }
    }
    assert_published("hlg.mp4", &hlg(FIELDS), FIELDS, 8).await;
}
