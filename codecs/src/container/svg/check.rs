//! Checks a drawing that was written anew: it has nothing but what draws.
//!
//! The output of usvg has no script, no event and no reference to anything outside of itself. This check does not rely
//! on that: each element and each attribute is one of a list, and nothing refers elsewhere.

use resvg::usvg::roxmltree::{Attribute, Node, NodeType};

use super::{Unfit, parse};

/// The most elements within one another. Browsers' parsers of XML give up at 256 (libxml2's `xmlParserMaxDepth`).
const MOST_DEPTH: u32 = 200;

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The pictures that may be in it.
const PICTURES: [&str; 2] = ["data:image/png;base64,", "data:image/jpeg;base64,"];

/// The elements that draw, and what they refer to (SVG 1.1, Appendix K; Filter Effects 1).
const ELEMENTS: &[&str] = &[
    "svg",
    "defs",
    "g",
    "path",
    "image",
    "clipPath",
    "mask",
    "pattern",
    "linearGradient",
    "radialGradient",
    "stop",
    "filter",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feConvolveMatrix",
    "feDiffuseLighting",
    "feDisplacementMap",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feImage",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feSpotLight",
    "feTile",
    "feTurbulence",
];

/// The attributes that say how.
const ATTRIBUTES: &[&str] = &[
    "id",
    "width",
    "height",
    "viewBox",
    "x",
    "y",
    "z",
    "d",
    "transform",
    "style",
    "visibility",
    "opacity",
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-opacity",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-dasharray",
    "stroke-dashoffset",
    "paint-order",
    "shape-rendering",
    "image-rendering",
    "clip-path",
    "clip-rule",
    "mask",
    "mask-type",
    "filter",
    "clipPathUnits",
    "maskUnits",
    "maskContentUnits",
    "patternUnits",
    "patternContentUnits",
    "patternTransform",
    "gradientUnits",
    "gradientTransform",
    "spreadMethod",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "fx",
    "fy",
    "fr",
    "offset",
    "stop-color",
    "stop-opacity",
    "filterUnits",
    "primitiveUnits",
    "color-interpolation-filters",
    "in",
    "in2",
    "result",
    "mode",
    "type",
    "values",
    "tableValues",
    "slope",
    "intercept",
    "amplitude",
    "exponent",
    "operator",
    "k1",
    "k2",
    "k3",
    "k4",
    "order",
    "kernelMatrix",
    "divisor",
    "bias",
    "targetX",
    "targetY",
    "edgeMode",
    "preserveAlpha",
    "surfaceScale",
    "diffuseConstant",
    "specularConstant",
    "specularExponent",
    "lighting-color",
    "scale",
    "xChannelSelector",
    "yChannelSelector",
    "flood-color",
    "flood-opacity",
    "stdDeviation",
    "dx",
    "dy",
    "radius",
    "baseFrequency",
    "numOctaves",
    "seed",
    "stitchTiles",
    "azimuth",
    "elevation",
    "pointsAtX",
    "pointsAtY",
    "pointsAtZ",
    "limitingConeAngle",
    "preserveAspectRatio",
];

/// Checks a text.
///
/// # Errors
/// [`Unfit`]
pub(crate) fn check(text: &str) -> Result<(), Unfit> {
    let document = parse(text, false)?;
    let mut depths = Vec::new();
    for node in document.descendants() {
        let parent = node.parent().map(|parent| parent.id().get_usize());
        let depth = parent
            .and_then(|parent| depths.get(parent).copied())
            .map_or(0_u32, |depth: u32| depth.saturating_add(1));
        depths.push(depth);
        if depth > MOST_DEPTH {
            return Err(Unfit::Large);
        }
        if !is_allowed(node) {
            return Err(Unfit::NotAllowed);
        }
    }
    Ok(())
}

fn is_allowed(node: Node<'_, '_>) -> bool {
    match node.node_type() {
        NodeType::Root => true,
        NodeType::Element => {
            let name = node.tag_name();
            let is_outermost = node.parent().is_some_and(|parent| parent.is_root());
            name.namespace() == Some(SVG)
                && ELEMENTS.contains(&name.name())
                && is_outermost == (name.name() == "svg")
                && node
                    .namespaces()
                    .all(|space| [SVG, XLINK, XML].contains(&space.uri()))
                && node
                    .attributes()
                    .all(|attribute| may_be(name.name(), attribute))
        }
        NodeType::Text => node.text().is_some_and(|text| text.trim().is_empty()),
        NodeType::Comment | NodeType::PI => false,
    }
}

fn may_be(element: &str, attribute: Attribute<'_, '_>) -> bool {
    let (name, value) = (attribute.name(), attribute.value());
    match (attribute.namespace(), element, name) {
        (Some(XLINK), "image", "href") => PICTURES.iter().any(|kind| is_data(value, kind)),
        (Some(XLINK), "feImage", "href") => value.starts_with('#'),
        (Some(_), _, _) => false,
        // No value of a style that we write has a parenthesis, so there is no address in it and no function.
        (None, _, "style") => value
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b':' | b';' | b'-')),
        (None, _, _) => ATTRIBUTES.contains(&name) && refers_inside(name, value),
    }
}

fn is_data(value: &str, kind: &str) -> bool {
    value.strip_prefix(kind).is_some_and(|data| {
        data.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/= ".contains(&byte))
    })
}

/// The attributes that are lists of functions of numbers.
const TRANSFORMS: [&str; 3] = ["transform", "gradientTransform", "patternTransform"];

/// The attributes that are names, and no more.
const NAMES: [&str; 4] = ["id", "result", "in", "in2"];

/// Returns whether a value refers to nothing but elements of the same drawing. There are other functions in CSS than `url`
/// that fetch, and a backslash may hide one.
fn refers_inside(name: &str, value: &str) -> bool {
    if NAMES.contains(&name) {
        return true;
    }
    if TRANSFORMS.contains(&name) {
        return value
            .bytes()
            .all(|byte| b"matrix() -+.e".contains(&byte) || byte.is_ascii_digit());
    }
    let mut before = value.split('(');
    let mut after = before.clone().skip(1);
    before.all(|before| match after.next() {
        Some(address) => before.ends_with("url") && address.starts_with('#'),
        None => true,
    }) && !value.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(inside: &str) -> Result<(), Unfit> {
        check(&format!(
            "<svg xmlns=\"{SVG}\" xmlns:xlink=\"{XLINK}\" width=\"1\" height=\"1\">{inside}</svg>"
        ))
    }

    #[test]
    fn what_draws_may_be_in_it() {
        for inside in [
            "",
            "<defs><clipPath id=\"a\"><path d=\"M 0 0 L 1 1\"/></clipPath></defs><g clip-path=\"url(#a)\"/>",
            "<path fill=\"#ff0000\" transform=\"matrix(1 0 0 1 -1e5 .5)\"/>",
            "<g filter=\"url(#a) url(#b)\" style=\"mix-blend-mode:color-burn;isolation:isolate\"/>",
            "<image xlink:href=\"data:image/png;base64, iVBO+/==\"/>",
            "<filter id=\"javascript:(1)\"><feImage xlink:href=\"#a\"/></filter>",
            "\n  \n",
        ] {
            assert_eq!(within(inside), Ok(()), "{inside}");
        }
    }

    #[test]
    fn nothing_else_may() {
        for inside in [
            "<script/>",
            "<style/>",
            "<text/>",
            "<use xlink:href=\"#a\"/>",
            "<a/>",
            "<foreignObject/>",
            "<animate attributeName=\"x\"/>",
            "<set/>",
            "<svg/>",
            "<h:script xmlns:h=\"http://www.w3.org/1999/xhtml\"/>",
            "<script xmlns=\"http://www.w3.org/1999/xhtml\"/>",
            "<g onload=\"a()\"/>",
            "<g ONLOAD=\"a()\"/>",
            "<g href=\"#a\"/>",
            "<g xlink:href=\"#a\"/>",
            "<g xml:base=\"http://example.org\"/>",
            "<g xmlns:ev=\"http://www.w3.org/2001/xml-events\"/>",
            "<g class=\"a\"/>",
            "<path fill=\"url(http://example.org/#a)\"/>",
            "<path fill=\"url( #a)\"/>",
            "<path fill=\"url(#a) url(//example.org)\"/>",
            "<path fill=\"u\\72l(//example.org)\"/>",
            "<g mask=\"image-set('//example.org' 1x)\"/>",
            "<g filter=\"src('//example.org')\"/>",
            "<g filter=\"URL(//example.org)\"/>",
            "<g style=\"background:url(//example.org)\"/>",
            "<g style=\"width:expression(a)\"/>",
            "<g transform=\"url(#a)\"/>",
            "<image xlink:href=\"http://example.org/a.png\"/>",
            "<image xlink:href=\"data:image/svg+xml;base64,AAAA\"/>",
            "<image xlink:href=\"data:text/html;base64,AAAA\"/>",
            "<image xlink:href=\"data:image/png;base64,AA,AA\"/>",
            "<image xlink:href=\"data:image/png,%3Csvg\"/>",
            "<filter><feImage xlink:href=\"http://example.org\"/></filter>",
            "<!-- a -->",
            "<?xml-stylesheet href=\"http://example.org/a.css\"?>",
            "<g>text</g>",
            "<g><![CDATA[a]]></g>",
        ] {
            assert_eq!(within(inside), Err(Unfit::NotAllowed), "{inside}");
        }
        assert_eq!(
            check("<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>"),
            Err(Unfit::Malformed)
        );
        assert_eq!(check("<svg width=\"1\"/>"), Err(Unfit::NotAllowed));
        let deep = format!("{}{}", "<g>".repeat(300), "</g>".repeat(300));
        assert_eq!(within(&deep), Err(Unfit::Large));
    }
}
