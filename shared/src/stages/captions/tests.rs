use proptest::prelude::*;

use super::*;

fn rewritten(source: &str) -> Result<String, Fault> {
    read(source.as_bytes())?.write()
}

#[test]
fn webvtt_is_written_anew_without_what_could_act() {
    let source = "\u{feff}WEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { background: url(https://example.com) }\n\n\
        REGION\nid:r\n\nNOTE\nnothing --\n\nintro\n00:01.000 --> 00:02.500 region:r align:start line:-1 size:120%\n\
        <v Mary><b.loud>Hi</b> &lt;script&gt;<script>alert(1)</script></v>\n<c.x>there</c> <00:01.500>&amp; here\n\n\
        01:00:00.000 --> 01:00:01.000\n<i>open\n";
    assert_eq!(
        rewritten(source).as_deref(),
        Ok(
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.500 align:start line:-1\n<b>Hi</b> &lt;script&gt;alert(1)\n\
            there &amp; here\n\n01:00:00.000 --> 01:00:01.000\n<i>open</i>\n"
        )
    );
}

#[test]
fn subrip_is_read_as_people_write_it() {
    let source = "1\r\n00:00:02,000 --> 00:00:03,000\r\n{\\an8}<font color=\"red\">1 < 2</font> & <i>so</i>\r\n2\r\n\
        00:00:00,5 --> 00:00:01,000\r\n<3 &lt;\r\n\r\n\r\n3\r\n00:00:09,000 --> 00:00:09,000\r\nnever\r\n";
    assert_eq!(
        rewritten(source).as_deref(),
        Ok(
            "WEBVTT\n\n00:00:00.500 --> 00:00:01.000\n&lt;3 &amp;lt;\n\n\
            00:00:02.000 --> 00:00:03.000\n1 &lt; 2 &amp; <i>so</i>\n"
        )
    );
}

#[test]
fn what_is_not_accepted_is_named_with_its_line() {
    let many = "00:01 --> 00:02\nx\n\n".repeat(MAX_CUES + 1);
    let long = format!("00:01 --> 00:02\n{}", "x".repeat(MAX_CUE_CHARS + 1));
    let huge = "x".repeat(MAX_BYTES + 1);
    let swelling = format!("00:01 --> 00:02\n{}\n\n", "&".repeat(MAX_CUE_CHARS)).repeat(300);
    for (source, fault) in [
        ("", Fault::NoCue),
        ("WEBVTT\n\nNOTE nothing\n", Fault::NoCue),
        ("<html>", Fault::NoCue),
        ("1\n00:00:01 -> 00:00:02\nx", Fault::NoCue),
        ("WEBVTT\n\n00:61 --> 00:62\nx", Fault::BadTimes(3)),
        (
            "WEBVTT\n\n100:00:00.000 --> 100:00:01.000\nx",
            Fault::BadTimes(3),
        ),
        ("00:01 --> 00:02\nx --> y\n", Fault::BadTimes(2)),
        (&many, Fault::TooManyCues),
        (&long, Fault::LongCue(1)),
        (&huge, Fault::TooLong),
        (&swelling, Fault::TooLong),
    ] {
        let shown: String = source.chars().take(40).collect();
        assert_eq!(rewritten(source), Err(fault), "{shown}");
    }
    assert_eq!(
        read(b"WEBVTT\n\n00:01 --> 00:02\n\xE9t\xE9"),
        Err(Fault::NotUtf8)
    );
}

#[test]
fn marks_are_balanced_and_bounded() {
    for (source, text) in [
        ("<b><i>x</b>y</i>", "<b><i>x</i></b>y"),
        ("</b>x", "x"),
        (
            "<ruby>漢<rt>kan</rt></ruby><rt>x",
            "<ruby>漢<rt>kan</rt></ruby>x",
        ),
        ("a <b", "a <b></b>"),
        ("<b/>x", "<b>x</b>"),
        (
            "&#60;b&#x3e; &nbsp;&bogus; &#10;x &",
            "&lt;b&gt; \u{a0}&amp;bogus;  x &amp;",
        ),
        ("x\u{0}\u{1b}[31m\ty", "x[31m y"),
        ("<B>x</B>", "<b>x</b>"),
    ] {
        let source = format!("WEBVTT\n\n00:01 --> 00:02\n{source}\n");
        let all = rewritten(&source);
        let written = all
            .as_deref()
            .ok()
            .and_then(|all| all.trim_end().split_once(".000\n"));
        assert_eq!(written.map(|(_, text)| text), Some(text), "{source}");
    }
    let deep = format!("WEBVTT\n\n00:01 --> 00:02\n{}x", "<b>".repeat(1_000));
    assert!(rewritten(&deep).is_ok_and(|text| text.matches("<b>").count() == 8));
}

#[test]
fn the_zero_of_captions_is_told() {
    assert_eq!(
        with_zero("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nx\n", 5_400_000),
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:5400000\n\n00:00:01.000 --> 00:00:02.000\nx\n"
    );
}

/// Asserts what players rely on, for any source.
fn assert_harmless(written: &str) {
    let (head, body) = written.split_once("\n\n").expect("a head");
    assert_eq!(head, SIGNATURE);
    let mut before = None;
    for block in body.trim_end_matches('\n').split("\n\n") {
        let (times, text) = block.split_once('\n').expect("times and text");
        let (from, _) = times.split_once(" --> ").expect("times");
        assert!(
            before.is_none_or(|before: String| before.as_str() <= from),
            "in order"
        );
        before = Some(from.to_owned());
        assert!(!text.contains("-->") && !text.chars().any(|c| c.is_control() && c != '\n'));
        let bare = ["b", "i", "u", "ruby", "rt"]
            .iter()
            .fold(text.to_owned(), |text, tag| {
                text.replace(&format!("<{tag}>"), "")
                    .replace(&format!("</{tag}>"), "")
            });
        assert!(!bare.contains(['<', '>']), "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_harmless_and_reads_as_the_same(
        source in "(WEBVTT|1)?\n{0,2}((00:0[0-9](\\.[0-9]{3})? --> 00:[0-5][0-9] ?(line:5%)?|<[biu/]{1,2}>|<v \\PC>|&[a-z#0-9]{0,4};?|[<>&{}\\\\a-c\u{85}\u{2028}\t -]{0,8}|\\PC{0,6})[\n\r]{0,2}){0,30}"
    ) {
        if let Ok(cues) = read(source.as_bytes()) {
            let written = cues.write().expect("a short text");
            assert_harmless(&written);
            let again = read(written.as_bytes()).and_then(|cues| cues.write());
            prop_assert_eq!(again.as_deref(), Ok(written.as_str()));
        }
    }
}
