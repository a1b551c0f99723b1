//! Tests the words of layers: a word that is hidden in the image is not in the text either.

use dozo_tests::pdfs::{Sheet, Writer, document};

use crate::pdfs::words::{text_of, texts};

/// A line of text at this height above the bottom.
fn line(down: u16, words: &str) -> String {
    format!("BT /F1 12 Tf 20 {down} Td ({words}) Tj ET ")
}

/// The objects of a document with layers: `/A` (3), which is visible, `/B` (4) of the same name, which may be hidden,
/// and conditions (5 to 8).
struct Layered {
    writer: Writer,
    root: usize,
    tree: usize,
    font: String,
}

impl Layered {
    fn new(settings: &str) -> Self {
        let mut writer = Writer::default();
        let (root, tree) = (writer.add(""), writer.add(""));
        writer.add("<< /Type /OCG /Name (Layer) >>");
        writer.add("<< /Type /OCG /Name (Layer) >>");
        writer.add("<< /Type /OCMD /OCGs [3 0 R 4 0 R] /P /AllOn >>");
        writer.add("<< /Type /OCMD /OCGs [3 0 R 4 0 R] /P /AnyOff >>");
        writer.add("<< /Type /OCMD /VE [/Not 4 0 R] >>");
        writer.add("<< /Type /OCMD /VE [/And 3 0 R 4 0 R] >>");
        let font = writer.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
        let settings = format!("/OCProperties << /OCGs [3 0 R 4 0 R] /D << {settings} >> >>");
        writer.set(
            root,
            format!("<< /Type /Catalog /Pages {tree} 0 R {settings} >>"),
        );
        let font = format!("/Font << /F1 {font} 0 R >>");
        Self {
            writer,
            root,
            tree,
            font,
        }
    }

    fn resources(&self, objects: &str) -> String {
        let font = &self.font;
        format!(
            "/Resources << {font} /Properties << /A 3 0 R /B 4 0 R /AllOn 5 0 R /AnyOff 6 0 R /Not 7 0 R /And 8 0 R >> \
             /XObject << {objects} >> >>"
        )
    }

    fn form(&mut self, entries: &str, objects: &str, content: &str) -> usize {
        let resources = self.resources(objects);
        let dictionary =
            format!("/Type /XObject /Subtype /Form /BBox [0 0 300 300] {entries} {resources}");
        self.writer.stream(&dictionary, content.as_bytes())
    }

    fn finish(mut self, objects: &str, entries: &str, content: &str) -> Vec<u8> {
        let resources = self.resources(objects);
        let content = self.writer.stream("", content.as_bytes());
        let tree = self.tree;
        let page = self.writer.add(format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 300 300] {entries} {resources} /Contents {content} 0 R >>"
        ));
        let kids = format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>");
        self.writer.set(tree, kids);
        self.writer.finish(self.root)
    }
}

async fn words(body: &[u8]) -> Vec<String> {
    let text = text_of(body).await;
    text.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn marks_conditions_and_nesting_are_followed() {
    let within = |layer: &str, content: &str| format!("/OC /{layer} BDC {content} EMC ");
    let content = [
        line(280, "plain"),
        within("A", &(line(260, "on") + &within("B", &line(245, "on-off")))),
        within(
            "B",
            &(line(230, "off") + &within("A", &line(215, "off-on"))),
        ),
        within("AllOn", &line(200, "all-on")),
        within("AnyOff", &line(185, "any-off")),
        within("Not", &line(170, "not")),
        within("And", &line(155, "and")),
        format!("/Span << /MCID 0 >> BDC {} EMC ", line(140, "marked")),
        line(125, "end"),
    ]
    .concat();
    for turn in [0, 90, 270] {
        for settings in ["/OFF [4 0 R]", "/BaseState /OFF /ON [3 0 R]"] {
            let entries = format!("/Rotate {turn} /CropBox [5 5 295 295]");
            let body = Layered::new(settings).finish("", &entries, &content);
            let mut expected = ["plain", "on", "any-off", "not", "marked", "end"];
            let mut found = words(&body).await;
            if turn != 0 {
                found.sort_unstable();
                expected.sort_unstable();
            }
            assert_eq!(found, expected, "{settings}");
        }
    }
    let all = Layered::new("").finish("", "", &content);
    let expected = "plain on on-off off off-on all-on and marked end";
    assert_eq!(words(&all).await.join(" "), expected);
}

#[tokio::test(start_paused = true)]
async fn forms_hide_their_words_with_them() {
    let mut layered = Layered::new("/OFF [4 0 R]");
    let hidden = layered.form("/OC 4 0 R", "", &line(200, "hidden"));
    let shown = layered.form("/OC 3 0 R", "", &line(180, "shown"));
    let both = format!("/X {hidden} 0 R /Y {shown} 0 R");
    let content = format!(
        "{} /OC /B BDC {} EMC /X Do /Y Do",
        line(160, "within"),
        line(140, "marked")
    );
    let nested = layered.form("/Matrix [1 0 0 1 30 -20]", &both, &content);
    let plain = layered.form("", "", &line(60, "behind"));
    let objects = format!("{both} /Z {nested} 0 R /W {plain} 0 R");
    let content = "/X Do /Y Do /Z Do /OC /B BDC /W Do EMC";
    let body = layered.finish(&objects, "", content);
    assert_eq!(words(&body).await, ["shown", "within", "shown"]);
}

/// However the words are drawn: invisible words behind a scan are sometimes in a layer of their own.
#[tokio::test(start_paused = true)]
async fn words_of_a_visible_layer_stay_however_they_are_drawn() {
    let ways = ["3 Tr", "1 1 1 rg", "7 Tr", "0 Tr /G gs"];
    let lines = ways.iter().zip([200, 180, 160, 140]);
    let content: String = lines
        .map(|(way, down)| {
            let words = [line(down, "seen"), line(down - 8, "not")];
            format!(
                "q {way} /OC /A BDC {} EMC Q q {way} /OC /B BDC {} EMC Q ",
                words[0], words[1]
            )
        })
        .collect();
    let body = Layered::new("/OFF [4 0 R]").finish("", "", &content);
    assert_eq!(words(&body).await, ["seen"; 4]);
}

/// The same word is in both layers at the same place; it is visible, once.
#[tokio::test(start_paused = true)]
async fn a_word_that_is_hidden_and_seen_is_told_once() {
    for order in [["A", "B"], ["B", "A"]] {
        let content: String = order
            .iter()
            .map(|layer| format!("/OC /{layer} BDC {} EMC ", line(200, "word")))
            .collect();
        let body = Layered::new("/OFF [4 0 R]").finish("", "", &content);
        assert_eq!(words(&body).await, ["word"], "{order:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn thousands_of_marks_take_no_longer_than_a_page_may() {
    let content: String = (0..6_000)
        .map(|number| format!("/OC /B BDC {} EMC ", line(number % 290, "x")))
        .collect();
    let content = format!("{content} {}", line(150, "seen"));
    let body = Layered::new("/OFF [4 0 R]").finish("", "", &content);
    let begun = std::time::Instant::now();
    assert!(words(&body).await.contains(&"seen".to_owned()));
    // A page may take twenty seconds.
    assert!(begun.elapsed().as_secs() < 15, "{:?}", begun.elapsed());
}

/// If nothing is hidden, layers change nothing.
#[tokio::test(start_paused = true)]
async fn a_document_that_only_says_that_it_has_layers_is_as_any() {
    let sheets = [Sheet::text("one"), Sheet::text("two")];
    let catalog = "/OCProperties << /OCGs [] /D << >> >>";
    assert_eq!(texts(&document(&sheets, catalog)).await, ["one", "two"]);
}
