//! Tests that a rotated picture is not squeezed, whether the container, the stream or neither states the rotation.

use super::played::{Published, case, streams};

#[tokio::test]
async fn a_picture_that_only_its_stream_turns_is_not_squeezed() {
    for name in ["rotation-sei-90.mp4", "rotation-in-movie-header-90.mp4"] {
        let published = Published::of(name, &case(name)).await;
        let (across, down) = size(&published.master);
        let [poster] = streams(&published.path("poster.jpg")).try_into().unwrap();
        assert!(
            poster.contains(&format!(", {across}x{down}")),
            "{name}: {poster}"
        );
        for picture in published.pictures() {
            let all = streams(&picture).join("\n");
            assert!(
                all.contains(&format!(", {across}x{down} ")),
                "{name}: {all}"
            );
            // The size is as the source's pixels lie, or a quarter turn from that; a squeezed picture would be neither.
            assert!([(160, 120), (120, 160)].contains(&(across, down)), "{name}");
        }
    }
}

fn size(master: &str) -> (u32, u32) {
    let (_, rest) = master.split_once("RESOLUTION=").unwrap();
    let size = rest.split([',', '\n']).next().unwrap();
    let (across, down) = size.split_once('x').unwrap();
    (across.parse().unwrap(), down.parse().unwrap())
}
