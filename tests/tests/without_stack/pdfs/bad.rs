//! Tests documents that are broken, or made to break things: they are rejected, or shown as far as possible.

use std::fmt::Write;

use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::{Bucket, Item};
use dozo::vocabulary::page::PageFormat;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::{self, Sheet, Writer, document, plain};
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far};

use crate::pdfs::scene::*;

fn cut(mut body: Vec<u8>) -> Vec<u8> {
    body.truncate(60);
    body
}

/// A page tree that claims to have this many pages.
fn saying(count: usize) -> Vec<u8> {
    let mut writer = Writer::default();
    let (root, tree) = (writer.add(""), writer.add(""));
    let page = writer.add(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 9 9] >>"
    ));
    let kids = if count == 0 {
        String::new()
    } else {
        format!("{page} 0 R")
    };
    writer.set(
        tree,
        format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"),
    );
    writer.set(root, format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    writer.finish(root)
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_shown_is_rejected_and_not_published() {
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "a user's password",
            pdfs::USER_PASSWORD.to_vec(),
            "pdf_encrypted",
        ),
        ("cut short", cut(plain(3)), "damaged"),
        (
            "a header and garbage",
            b"%PDF-1.7\n\x01\x02garbage".repeat(50),
            "damaged",
        ),
        ("a header alone", b"%PDF-1.7".to_vec(), "damaged"),
        ("nothing", Vec::new(), "empty_file"),
        ("no page", saying(0), "pdf_without_pages"),
        ("too many pages", plain(201), "too_many_pages"),
        ("100,000 pages", saying(100_000), "too_many_pages"),
        (
            "too many bytes",
            [plain(1), vec![b' '; 1_000_000]].concat(),
            "too_many_bytes",
        ),
    ];
    for (name, body, code) in cases {
        let (world, file) = settled(1, &body).await;
        let expected = (State::Rejected, Some(code.to_owned()));
        assert_eq!(verdict(&world, &file), expected, "{name}");
        assert!(objects(&world, Bucket::Delivery).is_empty(), "{name}");
        // A good document under the same name is judged anew, and reuses no work on the first.
        world.upload(&file, &plain(9));
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "again"));
        post.finish().await;
        assert_eq!(state(&world, &file), State::Ready, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_without_pdfs_gets_none() {
    let (world, file) = uploaded(1, &plain(1));
    world.register(|app| app.kinds = vec![dozo::vocabulary::kind::Kind::Image]);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    let expected = (State::Rejected, Some("kind_not_accepted".to_owned()));
    assert_eq!(verdict(&world, &file), expected);
}

/// If one page is broken, the others are shown, and the record names the broken one.
#[tokio::test(start_paused = true)]
async fn one_broken_page_does_not_lose_the_others() {
    let good = plain(6);
    let text = String::from_utf8_lossy(&good).into_owned();
    // Rename the third page's object to something else.
    let at = text.match_indices("/Type /Page ").nth(2).unwrap().0;
    let at = text.get(..at).unwrap().len();
    let mut body = good.clone();
    for (to, from) in body[at..]
        .iter_mut()
        .zip(b"/Type /Junk /MediaBox [0 0 0 0] >>          ")
    {
        *to = *from;
    }
    let (world, file) = settled(1, &body).await;
    let record = record(&world, &file);
    assert_eq!(record.state, State::Ready);
    let broken = record.content.unwrap().broken_pages;
    let manifest = manifest(&world, &file);
    let canvases = manifest["items"].as_array().unwrap();
    assert_eq!(canvases.len(), 6);
    for number in 1..=6 {
        let is_broken = broken.contains(&page(number));
        assert_eq!(is_broken, number == 3, "{broken:?}");
        let item = Item::Page(page(number), PageFormat::Jpeg);
        assert_eq!(delivered(&world, &file, item).is_none(), is_broken);
        let canvas = &canvases[usize::from(number) - 1];
        let painted = canvas["items"].as_array().unwrap().len();
        assert_eq!(painted == 0, is_broken);
    }
}

/// This is found only when all pages have been tried. A new upload in its place is judged anew, and reuses no work on
/// the first.
#[tokio::test(start_paused = true)]
async fn a_document_all_of_whose_pages_are_broken_is_rejected() {
    for pages in [1, 6, 10] {
        let (world, file) = settled(1, &without_pages(pages)).await;
        let expected = (State::Rejected, Some("damaged".to_owned()));
        assert_eq!(verdict(&world, &file), expected, "{pages}");
        let tried = objects(&world, Bucket::Work).len();
        assert_eq!(tried, pages.div_ceil(4), "it was rejected before");
        assert!(delivered(&world, &file, Item::Manifest).is_none());
        world.upload(&file, &plain(pages));
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "again"));
        post.finish().await;
        assert_eq!(verdict(&world, &file), expected, "the original goes first");
        world.clock.advance(GRACE.stage_seconds + 1);
        let sweeper = world.sweep_lost(&Faults::none());
        let swept = sweep_lost::handle(&sweeper, far()).await;
        assert_eq!(swept.unwrap().sent_again, 1);
        post.finish().await;
        assert_eq!(state(&world, &file), State::Ready, "{pages}");
        assert_eq!(text(&world, &file, 1).trim(), "Page 1");
    }
}

/// Adds a page that draws `/X0`, which `resource` refers to; returns the number of the catalog.
fn drawing(writer: &mut Writer, resource: &str) -> usize {
    let (root, tree) = (writer.add(""), writer.add(""));
    let content = writer.stream("", b"q 100 0 0 100 0 0 cm /X0 Do Q");
    let page = writer.add(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 100 100] /Contents {content} 0 R \
         /Resources << /XObject << /X0 {resource} >> >> >>"
    ));
    writer.set(
        tree,
        format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>"),
    );
    writer.set(root, format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    root
}

/// A decompression bomb: 400 megapixels in 6 MB, as a picture of 20,000 × 20,000.
fn bomb() -> Vec<u8> {
    let mut writer = Writer::default();
    // Repeats a run of 128 zeros.
    let data = [129, 0].repeat(20_000 * 20_000 / 128);
    let dictionary = "/Type /XObject /Subtype /Image /Width 20000 /Height 20000 /ColorSpace /DeviceGray \
        /BitsPerComponent 8 /Filter /RunLengthDecode";
    let image = writer.stream(dictionary, &data);
    let root = drawing(&mut writer, &format!("{image} 0 R"));
    writer.finish(root)
}

/// Twelve forms, each of which draws the next one twice. (With thirty, a page takes longer than a function has; that
/// costs three timeouts and ends as `failed`.)
fn doubling() -> Vec<u8> {
    let mut writer = Writer::default();
    let first = writer.add("");
    let mut form = first;
    for _ in 0..12 {
        let next = writer.add("");
        let content = "/X0 Do /X0 Do";
        writer.set(form, format!(
            "<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources << /XObject << /X0 {next} 0 R >> >> \
             /Length {} >>\nstream\n{content}\nendstream", content.len()
        ));
        form = next;
    }
    writer.set(
        form,
        "<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 0 >>\nstream\n\nendstream",
    );
    let root = drawing(&mut writer, &format!("{first} 0 R"));
    writer.finish(root)
}

fn broken_font() -> Vec<u8> {
    let mut writer = Writer::default();
    let file = writer.stream("/Length1 100", &[0xFF; 100]);
    let (root, tree) = (writer.add(""), writer.add(""));
    let content = writer.stream("", b"BT /F1 18 Tf 20 50 Td (broken) Tj ET");
    let page = writer.add(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 100 100] /Contents {content} 0 R /Resources << /Font << /F1 \
         << /Type /Font /Subtype /TrueType /BaseFont /Broken /FirstChar 32 /LastChar 33 /Widths [1 -5] /FontDescriptor \
         << /Type /FontDescriptor /FontName /Broken /Flags 4 /FontFile2 {file} 0 R >> >> >> >> >>"
    ));
    writer.set(
        tree,
        format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>"),
    );
    writer.set(root, format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    writer.finish(root)
}

/// A page tree that contains itself.
fn looping() -> Vec<u8> {
    let mut writer = Writer::default();
    let (root, tree) = (writer.add(""), writer.add(""));
    writer.set(
        tree,
        format!("<< /Type /Pages /Kids [{tree} 0 R {tree} 0 R] /Count 4 >>"),
    );
    writer.set(root, format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    writer.finish(root)
}

/// A document with JavaScript that would run when it opens, and an embedded file.
fn armed() -> Vec<u8> {
    let action = "/OpenAction << /S /JavaScript /JS (while\\(true\\){}) >> \
        /Names << /EmbeddedFiles << /Names [(a.exe) << /Type /Filespec /F (a.exe) >>] >> >>";
    document(&[Sheet::text("armed")], action)
}

fn huge_names() -> Vec<u8> {
    let mut deep = String::new();
    for _ in 0..5_000 {
        write!(deep, "<< /A ").unwrap();
    }
    document(&[Sheet::text("deep")], &format!("/Deep {deep}"))
}

/// Each ends as ready or rejected, within the time that a test has and without a crash.
#[tokio::test(start_paused = true)]
async fn what_is_made_to_break_things_breaks_nothing() {
    let million = Sheet {
        entries: "/MediaBox [0 0 1000000 1000000]".to_owned(),
        content: b"0 0 500000 500000 re f".to_vec(),
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a million points", document(&[million], "")),
        ("a decompression bomb", bomb()),
        ("forms that double", doubling()),
        ("a broken font", broken_font()),
        ("a tree that contains itself", looping()),
        ("JavaScript and a file", armed()),
        ("a deep dictionary", huge_names()),
    ];
    for (name, body) in cases {
        let world = World::with_limits(1, dozo::vocabulary::app::Limits::STANDARD);
        let file = world.file("a.pdf");
        world.upload(&file, &body);
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "s3"));
        post.finish().await;
        let now = state(&world, &file);
        assert!(
            matches!(now, State::Ready | State::Rejected),
            "{name}: {now}"
        );
        for key in objects(&world, Bucket::Delivery).into_keys() {
            let is_known = [
                "original.pdf",
                "manifest.json",
                "pages/0001.jpg",
                "text/0001.txt",
            ];
            let known = is_known.iter().any(|end| key.ends_with(end)) || name.starts_with("a tree");
            assert!(known, "{name}: {key} is published");
        }
    }
}
