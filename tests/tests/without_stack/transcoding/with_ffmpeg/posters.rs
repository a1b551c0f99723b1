//! Tests that the poster is the picture at a tenth of the film, or a later one if that shows nothing.

use dozo_tests::clips::make;

use super::played::{Published, assert_near, case, quarters};

async fn poster(name: &str, file: &[u8]) -> [[u8; 3]; 4] {
    let published = Published::of(name, file).await;
    quarters(&published.path("poster.jpg"), "")
}

#[tokio::test]
async fn a_film_s_placeholder_is_of_its_poster() {
    let name = "poster-black-first-half-second.mp4";
    let published = Published::of(name, &case(name)).await;
    let color = published.placeholder.unwrap().color;
    let red = u8::from_str_radix(&color[1..3], 16).unwrap();
    assert!(red > 240 && color.ends_with("0000"), "{color}");
}

#[tokio::test]
async fn the_poster_is_taken_at_a_tenth() {
    let name = "poster-black-first-half-second.mp4";
    let found = poster(name, &case(name)).await;
    assert_near(found, [[254, 0, 0]; 4], 6, name);
}

/// The film is black until 4.5 s of ten, then shows bars, then is white.
#[tokio::test]
async fn a_later_one_is_taken_where_nothing_is_to_be_seen() {
    let bars = "testsrc=s=320x240:r=25:d=10,drawbox=c=black:t=fill:enable='lt(t,4.5)',\
        drawbox=c=white:t=fill:enable='gt(t,5.5)'";
    let noise = ",noise=alls=3:allf=t:all_seed=1";
    for (name, filters) in [("bars.mp4", ""), ("noise.mp4", noise)] {
        let file = make(
            name,
            &format!("-f lavfi -i {bars}{filters} -pix_fmt yuv420p -c:v libx264 -qp 10"),
        );
        let published = Published::of(name, &file).await;
        let found = quarters(&published.path("poster.jpg"), "");
        let wanted = quarters(&published.path("video.mp4"), "-ss 5");
        assert_near(found, wanted, 12, name);
        assert_ne!(found[0], found[1], "{name}: {found:?}");
    }
}

#[tokio::test]
async fn a_film_of_one_picture_has_it_as_its_poster() {
    let file = make(
        "one.mp4",
        "-f lavfi -i color=red:s=160x120:r=25:d=0.04 -pix_fmt yuv420p -c:v libx264",
    );
    assert_near(
        poster("one.mp4", &file).await,
        [[254, 0, 0]; 4],
        6,
        "one.mp4",
    );
}
