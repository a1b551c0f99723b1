//! Tests drawings that ask for more than there is: each is refused, or costs what a drawing may cost, and none ends this
//! process.

use std::fmt::Write as _;
use std::io::Write as _;

use dozo_codecs::convert::ConvertError;
use dozo_codecs::render::{Rect, RenderError};
use dozo_codecs::svg::{self, Fonts};
use dozo_codecs::{Damage, Encoding, decode};

use super::{drawing, drawn, written};

/// Returns elements each of which is used twice by the next one.
fn uses(levels: usize, each: usize) -> String {
    let mut text = "<g id='a0'><rect width='1' height='1'/></g>".to_owned();
    for level in 1..=levels {
        let before = level - 1;
        let uses = format!("<use href='#a{before}'/>").repeat(each);
        write!(text, "<g id='a{level}'>{uses}</g>").unwrap();
    }
    format!("<defs>{text}</defs><use href='#a{levels}'/>")
}

/// Draws what was written anew at its largest size; returns whether it could be. It must end by itself or at its bounds, of
/// which a machine that is busy meets the wait first.
#[track_caller]
fn is_drawn(written: &str) -> bool {
    let judged = decode::verify(Encoding::Svg, written.as_bytes());
    if let Err(Damage::Unavailable(error)) = &judged {
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut, "{error}");
    }
    judged.is_ok()
}

#[test]
fn what_grows_without_end_is_refused() {
    let many = "<g/>".repeat(500_000);
    let deep = format!(
        "{}{}",
        "<g opacity='.5'>".repeat(100_000),
        "</g>".repeat(100_000)
    );
    let nested = format!(
        "{}<rect width='9' height='9'/>{}",
        "<g opacity='.9'>".repeat(400),
        "</g>".repeat(400)
    );
    let patterns = (1..40).fold(
        "<pattern id='p0' width='1' height='1'><path d='M0 0h1v1z'/></pattern>".to_owned(),
        |text, level| {
            let before = level - 1;
            let rects = format!("<rect width='9' height='9' fill='url(#p{before})'/>").repeat(9);
            text + &format!("<pattern id='p{level}' width='1' height='1'>{rects}</pattern>")
        },
    );
    for (name, inside) in [
        ("uses of uses", uses(40, 2)),
        ("wide uses of uses", uses(8, 10)),
        ("many elements", many),
        ("deep elements", deep),
        ("elements deeper than a browser reads", nested),
        (
            "patterns of patterns",
            format!("{patterns}<rect width='9' height='9' fill='url(#p39)'/>"),
        ),
    ] {
        let judged = written(&drawing(&inside));
        // What can be written may still be too much to draw.
        let refused = match judged {
            Err(ConvertError::Unsupported(_)) => true,
            Err(ConvertError::Damage(_) | ConvertError::Decoder(_)) => false,
            Ok(text) => !is_drawn(&text),
        };
        assert!(refused, "{name}");
    }
}

/// A viewer may enlarge a part of a drawing that was accepted so far that layers outside of it take too much. The request is
/// refused; the drawing is not at fault.
#[test]
fn a_part_that_is_enlarged_too_far_is_too_much_to_ask_for() {
    let layers = "<g opacity='.5'><g opacity='.5'><rect width='100' height='100' fill='red'/><circle cx='50' cy='50' r='9'/></g></g>";
    let text = written(&drawing(layers)).unwrap();
    decode::verify(Encoding::Svg, text.as_bytes()).unwrap();
    let part = Rect {
        x: 1_792,
        y: 1_792,
        width: 512,
        height: 512,
    };
    let enlarged = drawn(&text, part, (4_096, 4_096));
    assert!(matches!(enlarged, Err(RenderError::OverBudget(_))));
    drawn(&text, part, (512, 512)).unwrap();
}

#[test]
fn a_dash_of_nothing_is_drawn_or_refused() {
    for dashes in ["1e-4 1e-4", "0 0", "1e-38", "NaN", "-1 1"] {
        let text = drawing(&format!(
            "<path d='M0 0L1e7 0L0 1e7' stroke='red' stroke-dasharray='{dashes}'/>"
        ));
        if let Ok(text) = written(&text) {
            is_drawn(&text);
        }
    }
}

#[test]
fn a_filter_over_everything_is_refused_or_drawn() {
    let turbulence = "<feTurbulence baseFrequency='.01' numOctaves='1000000'/>";
    let many = "<feGaussianBlur stdDeviation='1000'/>".repeat(3_000);
    let matrix = "1 ".repeat(100 * 100);
    let convolve = format!("<feConvolveMatrix order='100' kernelMatrix='{matrix}'/>").repeat(20);
    let morphology = "<feMorphology operator='dilate' radius='2000'/>".repeat(50);
    for (name, filter) in [
        ("turbulence", turbulence.repeat(20)),
        ("blurs", many),
        ("a matrix", convolve),
        ("morphology", morphology),
    ] {
        let text = drawing(&format!(
            "<filter id='f' x='-500%' y='-500%' width='1100%' height='1100%'>{filter}</filter><rect width='100' height='100' filter='url(#f)'/>"
        ));
        match written(&text) {
            Ok(text) => {
                is_drawn(&text);
            }
            Err(error) => assert!(matches!(error, ConvertError::Unsupported(_)), "{name}"),
        }
    }
}

#[test]
fn an_entity_that_grows_is_refused() {
    let value = "a".repeat(1 << 16);
    let references = "&a;".repeat(1 << 16);
    let text = format!(
        "<!DOCTYPE svg [<!ENTITY a '{value}'>]><svg xmlns='http://www.w3.org/2000/svg'><desc>{references}</desc></svg>"
    );
    assert!(matches!(written(&text), Err(ConvertError::Unsupported(_))));
}

/// A packed file is no drawing, even if it unpacks to one: it is not unpacked.
#[test]
fn a_compressed_drawing_is_refused() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![b' '; 10 << 20]).unwrap();
    packed.write_all(drawing("").as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    assert!(svg::rewrite(&packed, &Fonts::default()).is_err());
}

#[test]
fn what_is_large_and_ordinary_is_taken() {
    let mut path = "M 0 0".to_owned();
    for step in 0..100_000 {
        let (x, y) = (f64::from(step) / 1_000.0, 50 + step * 7 % 10);
        write!(path, "L {x} {y}").unwrap();
    }
    let text = written(&drawing(&format!(
        "<path d='{path}' fill='none' stroke='red' stroke-width='.01'/>"
    )));
    decode::verify(Encoding::Svg, text.unwrap().as_bytes()).unwrap();
    let shapes = "<rect x='1' y='1' width='1' height='1' fill='red'/>".repeat(20_000);
    let text = written(&drawing(&shapes)).unwrap();
    decode::verify(Encoding::Svg, text.as_bytes()).unwrap();
}

/// Each of these is a copy of the process.
#[test]
fn drawings_are_drawn_at_the_same_time() {
    let text = drawing(&uses(10, 2));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..4 {
                    let written = written(&text).unwrap();
                    assert_eq!(written.matches("<path").count(), 1_024);
                }
            });
        }
    });
}
