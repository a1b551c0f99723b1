//! Tests what is left of drawings that would do something: nothing of it, and the drawing itself.

use dozo_codecs::convert::ConvertError;
use dozo_codecs::{Encoding, strip};

use super::{drawing, whole, written};

/// A rectangle that every one of these drawings shows.
const SHOWN: &str = "<rect width='100' height='100' fill='#00ff00'/>";

/// Things that must not be in what is delivered; the last is in each of the attacks, wherever they lead.
const TRACES: [&str; 14] = [
    "script",
    "onload",
    "onclick",
    "onbegin",
    "foreign",
    "javascript",
    "<use",
    "<a",
    "<style",
    "<animate",
    "<set",
    "entity",
    "include",
    "evil",
];

/// Drawings of which the attack is left out.
const LEFT_OUT: &[(&str, &str)] = &[
    ("script", "<script>evil()</script>"),
    (
        "script in CDATA",
        "<script type='text/javascript'><![CDATA[evil()]]></script>",
    ),
    (
        "script from elsewhere",
        "<script xlink:href='https://evil.example/a.js'/>",
    ),
    (
        "script of HTML",
        "<script xmlns='http://www.w3.org/1999/xhtml'>evil()</script>",
    ),
    ("onload", "<g onload='evil()'><path d='M0 0'/></g>"),
    (
        "onclick on a shape",
        "<rect width='1' height='1' onclick='evil()'/>",
    ),
    (
        "an event's handler as an element",
        "<ev:listener xmlns:ev='http://www.w3.org/2001/xml-events' event='load' handler='#evil'/>",
    ),
    (
        "handler",
        "<handler type='application/ecmascript'>evil()</handler>",
    ),
    (
        "foreign content",
        "<foreignObject width='9' height='9'><iframe xmlns='http://www.w3.org/1999/xhtml' src='javascript:evil()'/></foreignObject>",
    ),
    (
        "an iframe",
        "<iframe xmlns='http://www.w3.org/1999/xhtml' src='https://evil.example'/>",
    ),
    (
        "an embed",
        "<embed xmlns='http://www.w3.org/1999/xhtml' src='https://evil.example'/>",
    ),
    (
        "a link that runs",
        "<a xlink:href='javascript:evil()'><path d='M0 0h1v1z'/></a>",
    ),
    (
        "a link elsewhere",
        "<a href='https://evil.example'><path d='M0 0h1v1z'/></a>",
    ),
    (
        "an animation of a link",
        "<a><animate attributeName='href' values='javascript:evil()'/><path d='M0 0h1v1z'/></a>",
    ),
    (
        "a set of a handler",
        "<set attributeName='onmouseover' to='evil()'/>",
    ),
    (
        "an animation that begins",
        "<animate onbegin='evil()' attributeName='x' dur='1s'/>",
    ),
    (
        "a picture elsewhere",
        "<image width='9' height='9' xlink:href='https://evil.example/a.png'/>",
    ),
    (
        "a picture of this machine",
        "<image width='9' height='9' href='file:///etc/evil.png'/>",
    ),
    (
        "a picture by a path",
        "<image width='9' height='9' href='/etc/evil.png'/>",
    ),
    (
        "a page as a picture",
        "<image width='9' height='9' href='data:text/html,&lt;script>evil()&lt;/script>'/>",
    ),
    (
        "a script as a picture",
        "<image width='9' height='9' href='javascript:evil()'/>",
    ),
    (
        "a use elsewhere",
        "<use href='https://evil.example/a.svg#b'/>",
    ),
    (
        "a use of data",
        "<use xlink:href='data:image/svg+xml,&lt;svg id=\"evil\"/>#evil'/>",
    ),
    (
        "a style's import",
        "<style>@import url(https://evil.example/a.css);</style>",
    ),
    (
        "a font elsewhere",
        "<style>@font-face { font-family: a; src: url(https://evil.example/a.woff) }</style>",
    ),
    (
        "a style's address",
        "<style>rect { cursor: url(https://evil.example/a.cur), auto }</style>",
    ),
    (
        "a style that computes",
        "<rect width='1' height='1' style='width: expression(evil()); -moz-binding: url(https://evil.example/#a)'/>",
    ),
    (
        "a fill elsewhere",
        "<rect width='1' height='1' fill='url(https://evil.example/#a)'/>",
    ),
    (
        "a filter elsewhere",
        "<rect width='1' height='1' filter='url(https://evil.example/#a)'/>",
    ),
    (
        "a filter's picture",
        "<filter id='f'><feImage href='https://evil.example/a.png'/></filter><rect width='1' height='1' filter='url(#f)'/>",
    ),
    (
        "a mask elsewhere",
        "<rect width='1' height='1' mask='url(//evil.example/#a)'/>",
    ),
    (
        "a clip elsewhere",
        "<rect width='1' height='1' clip-path='url(\"https://evil.example/#a\")'/>",
    ),
    (
        "a marker elsewhere",
        "<path d='M0 0L1 1' marker-end='url(https://evil.example/#a)'/>",
    ),
    (
        "an inclusion",
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/evil'/>",
    ),
    (
        "a base",
        "<g xml:base='https://evil.example/'><path d='M0 0'/></g>",
    ),
    (
        "metadata",
        "<metadata><evil:a xmlns:evil='https://evil.example/'/></metadata><title>evil</title><desc>evil</desc>",
    ),
    ("a comment", "<!-- evil -->"),
    ("an instruction", "<?evil a?>"),
    (
        "a video",
        "<video xmlns='http://www.w3.org/1999/xhtml' src='https://evil.example' autoplay=''/>",
    ),
    (
        "data of an editor",
        "<path d='M0 0h1v1z' data-evil='a' inkscape:evil='b' xmlns:inkscape='http://evil.example'/>",
    ),
    ("a class", "<path class='evil' d='M0 0h1v1z'/>"),
    (
        "a drawing with a script as a picture",
        "<image width='9' height='9' href='data:image/svg+xml,&lt;svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\" onload=\"evil()\">&lt;script>evil()&lt;/script>&lt;/svg>'/>",
    ),
    ("an unknown element", "<evil><path d='M0 0h1v1z'/></evil>"),
    (
        "a use of itself",
        "<g id='a'><use href='#a'/></g><use id='b' href='#b'/>",
    ),
    (
        "a pattern of itself",
        "<pattern id='p' width='1' height='1'><rect width='1' height='1' fill='url(#p)'/></pattern><rect width='1' height='1' fill='url(#p)'/>",
    ),
    (
        "a mask of itself",
        "<mask id='m' mask='url(#m)'><rect width='1' height='1' mask='url(#m)'/></mask><rect width='1' height='1' mask='url(#m)'/>",
    ),
    (
        "numbers that are none",
        "<path d='M NaN inf L 1e999 -1e999 Z' stroke='red' stroke-width='1e38'/><rect width='NaN' height='1e400'/>",
    ),
];

#[test]
fn what_a_drawing_would_do_is_left_out() {
    for (name, attack) in LEFT_OUT {
        let text = drawing(&format!("{attack}{SHOWN}"));
        let text = written(&text).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let lower = text.to_lowercase();
        for trace in TRACES {
            assert!(!lower.contains(trace), "{name}: {trace} in {text}");
        }
        let addresses = lower.matches("://").count();
        let namespaces = lower.matches("xmlns").count();
        assert_eq!(addresses, namespaces, "{name}: {text}");
        assert!(
            strip::metadata(Encoding::Svg, text.as_bytes()).is_ok(),
            "{name}"
        );
        let middle = *whole(&text, (20, 20)).get_pixel(15, 15);
        assert_eq!(middle.0, [0, 255, 0, 255], "{name}: {text}");
    }
}

/// On the outermost element, and before it.
#[test]
fn what_stands_at_the_beginning_is_left_out() {
    let svg = drawing(SHOWN);
    for before in [
        "<?xml-stylesheet type='text/css' href='https://evil.example/a.css'?>",
        "<?xml version='1.0' standalone='no'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'https://evil.example/svg11.dtd'>",
        "<!DOCTYPE svg SYSTEM 'https://evil.example/svg11.dtd'>",
        "<!-- <script>evil()</script> -->",
    ] {
        let text = written(&format!("{before}{svg}")).unwrap();
        assert!(
            !text.contains("evil") && text.starts_with("<svg "),
            "{text}"
        );
    }
    let text = svg.replacen("<svg ", "<svg onload='evil()' id='x' class='evil' ", 1);
    assert!(!written(&text).unwrap().contains("evil"));
}

#[test]
fn what_cannot_be_understood_is_refused() {
    for (name, text) in [
        (
            "an external entity",
            "<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg xmlns='http://www.w3.org/2000/svg'><text>&a;</text></svg>",
        ),
        (
            "a parameter entity",
            "<!DOCTYPE svg [<!ENTITY % a SYSTEM 'https://evil.example/a.dtd'> %a;]><svg xmlns='http://www.w3.org/2000/svg'/>",
        ),
        (
            "an entity of elements",
            "<!DOCTYPE svg [<!ENTITY a '<script>evil()</script>'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        ),
        (
            "an entity of entities",
            "<!DOCTYPE svg [<!ENTITY a 'a'><!ENTITY b '&a;&a;'>]><svg xmlns='http://www.w3.org/2000/svg'>&b;</svg>",
        ),
        (
            "an entity that is not declared",
            "<svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        ),
        (
            "another namespace",
            "<svg xmlns='http://evil.example' width='9' height='9'/>",
        ),
        (
            "no size",
            "<svg xmlns='http://www.w3.org/2000/svg' width='0' height='9'/>",
        ),
        (
            "a negative size",
            "<svg xmlns='http://www.w3.org/2000/svg' width='-5' height='9'/>",
        ),
        (
            "two outermost elements",
            "<svg xmlns='http://www.w3.org/2000/svg'/><svg xmlns='http://www.w3.org/2000/svg'/>",
        ),
        ("an end", "<svg xmlns='http://www.w3.org/2000/svg'><g>"),
        (
            "a page",
            "<html><body><svg xmlns='http://www.w3.org/2000/svg'/></body></html>",
        ),
        ("nothing", ""),
    ] {
        let refused = written(text).unwrap_err();
        let is_told = matches!(
            refused,
            ConvertError::Damage(_) | ConvertError::Unsupported(_)
        );
        assert!(is_told, "{name}: {refused:?}");
    }
}

#[test]
fn what_was_not_written_by_us_is_not_drawn() {
    for text in [
        drawing(SHOWN),
        drawing("<script/>"),
        written(&drawing(SHOWN))
            .unwrap()
            .replace("<path", "<script/><path"),
        written(&drawing(SHOWN))
            .unwrap()
            .replace("<path", "<path onload='a()'"),
    ] {
        assert!(
            strip::metadata(Encoding::Svg, text.as_bytes()).is_err(),
            "{text}"
        );
    }
}
