//! Doc comments are sentences or noun phrases. One that opens with a word such as "What" is a clause without its
//! sentence, which a reader has to read twice.

use super::all_sources;

/// The words that no paragraph of a doc comment opens with.
const OPENINGS: [&str; 7] = ["What", "Of", "Where", "Whose", "Who", "Why", "When"];

/// Fewer paragraphs than there are: a test that reads no files must not look like one without a finding.
const LEAST: usize = 5_000;

/// Returns the text of a line of a doc comment, or `None` for any other line and for an empty one.
fn doc(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("/// ")
        .or_else(|| line.strip_prefix("//! "))
}

#[test]
fn doc_comments_say_it_in_sentences() {
    let mut paragraphs = 0;
    let mut wrong = Vec::new();
    for path in all_sources() {
        let source = std::fs::read_to_string(&path).unwrap();
        let mut before = None;
        for (number, line) in (1_usize..).zip(source.lines()) {
            let words = doc(line);
            if let (Some(text), None) = (words, before) {
                paragraphs += 1;
                let first = text.split(|c: char| !c.is_alphanumeric()).next();
                if first.is_some_and(|first| OPENINGS.contains(&first)) {
                    wrong.push(format!("{}:{number}: {text}", path.display()));
                }
            }
            before = words;
        }
    }
    assert!(paragraphs > LEAST, "{paragraphs} paragraphs were read");
    assert!(
        wrong.is_empty(),
        "Begin with the thing or with a function's verb (`The reason for the refusal.`, not `Why it was refused.`):\n{}",
        wrong.join("\n")
    );
}
