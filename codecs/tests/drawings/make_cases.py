#!/usr/bin/env python3
"""Makes the drawings of `cases`, and beside each a PNG as librsvg draws it.

Run by hand, with Pillow 13 and pyvips 3.2 with pyvips-binary 8.18, which has librsvg. FONTCONFIG_FILE must name a
configuration with the fonts of .local/pdfium alone, for the one drawing with text.
"""

import base64
import io
import pathlib

import pyvips
from PIL import Image

CASES = pathlib.Path(__file__).parent / "cases"
SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def picture(form, **options):
    out = io.BytesIO()
    pixels = Image.new("RGB", (8, 6))
    pixels.putdata([(30 * x, 40 * y, 120) for y in range(6) for x in range(8)])
    pixels.resize((80, 60), Image.Resampling.BICUBIC).save(out, form, **options)
    return base64.b64encode(out.getvalue()).decode()


def drawing(inside, attributes='width="200" height="150"'):
    return f"<svg {SVG} {attributes}>{inside}</svg>\n"


INNER = base64.b64encode(drawing('<circle cx="100" cy="75" r="60" fill="teal"/>').encode()).decode()

DRAWINGS = {
    "shapes": drawing("""
        <rect x="5" y="5" width="60" height="40" rx="8" fill="#c33"/>
        <circle cx="110" cy="30" r="22" fill="none" stroke="navy" stroke-width="5" stroke-dasharray="9 4"/>
        <ellipse cx="165" cy="30" rx="28" ry="16" fill="rgb(20, 140, 90)" fill-opacity=".6"/>
        <polygon points="20,140 50,70 80,140" fill="orange" stroke="black" stroke-linejoin="round" stroke-width="3"/>
        <polyline points="95,70 120,140 145,70 170,140" fill="none" stroke="purple" stroke-width="4" stroke-linecap="square"/>
        <path d="M180 60 C 200 80 160 110 190 145 A 8 12 30 0 1 178 120 Z" fill="#08c" fill-rule="evenodd"/>
        <line x1="0" y1="148" x2="200" y2="148" stroke="#333"/>"""),
    "gradients": drawing("""
        <defs><linearGradient id="a"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue" stop-opacity=".3"/></linearGradient>
        <linearGradient id="b" xlink:href="#a" gradientTransform="rotate(90)"/>
        <radialGradient id="c" cx=".3" cy=".4" r=".6" fx=".2" spreadMethod="reflect"><stop offset=".2" stop-color="#ff0"/><stop offset="1" stop-color="#060"/></radialGradient></defs>
        <rect width="95" height="70" fill="url(#a)"/><rect x="105" width="95" height="70" fill="url(#b)"/>
        <rect y="80" width="200" height="70" fill="url(#c)"/>"""),
    "uses": drawing("""
        <symbol id="s" viewBox="0 0 10 10"><path d="M0 0h10L5 10z"/></symbol><g id="g"><rect width="20" height="20"/></g>
        <use href="#s" x="30" width="40" height="60" fill="green"/><use xlink:href="#g" transform="translate(90 10) rotate(20) scale(2)" fill="brown"/>
        <svg x="10" y="80" width="80" height="60" viewBox="0 0 20 40" preserveAspectRatio="xMaxYMid meet"><rect width="20" height="40" fill="gold"/></svg>
        <svg x="110" y="80" width="80" height="60" viewBox="0 0 20 40" preserveAspectRatio="xMidYMin slice"><circle cx="10" cy="10" r="10" fill="pink"/></svg>"""),
    "styles": drawing("""
        <style>.a { fill: #369; stroke: red } g > rect:first-child { fill: lime } #id { fill: #f0f !important } * { stroke-width: 3 }</style>
        <g><rect width="40" height="40" x="5" y="5"/><rect class="a" x="60" y="5" width="40" height="40"/></g>
        <rect id="id" style="fill: black" x="110" y="5" width="40" height="40"/>
        <g fill="currentColor" color="teal"><rect x="5" y="60" width="40" height="80"/><rect style="opacity:.5;fill:inherit" x="60" y="60" width="40" height="80"/></g>
        <rect display="none" width="200" height="150"/><rect visibility="hidden" width="200" height="150"/>"""),
    "clips": drawing("""
        <clipPath id="a"><circle cx="50" cy="50" r="45"/></clipPath><clipPath id="b" clipPathUnits="objectBoundingBox" clip-path="none"><path d="M0 0H1L.5 1z"/></clipPath>
        <linearGradient id="l"><stop stop-color="white"/><stop offset="1" stop-color="black"/></linearGradient>
        <mask id="m" maskContentUnits="objectBoundingBox"><rect width="1" height="1" fill="url(#l)"/></mask>
        <rect width="100" height="100" fill="crimson" clip-path="url(#a)"/><g clip-path="url(#b)"><rect x="105" y="5" width="90" height="90" fill="#093"/></g>
        <rect y="110" width="200" height="35" fill="#03c" mask="url(#m)"/>"""),
    "filters": drawing("""
        <filter id="a" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur in="SourceAlpha" stdDeviation="3"/><feOffset dx="4" dy="4"/>
        <feMerge><feMergeNode/><feMergeNode in="SourceGraphic"/></feMerge></filter>
        <filter id="b" color-interpolation-filters="sRGB"><feColorMatrix type="hueRotate" values="120"/></filter>
        <rect x="20" y="20" width="60" height="50" fill="tomato" filter="url(#a)"/><rect x="110" y="20" width="60" height="50" fill="tomato" filter="url(#b)"/>
        <circle cx="100" cy="110" r="25" fill="#06f" filter="url(#a)"/>"""),
    "patterns": drawing("""
        <pattern id="p" width="20" height="20" patternUnits="userSpaceOnUse" patternTransform="rotate(30)"><rect width="10" height="10" fill="#e50"/><circle cx="15" cy="15" r="4" fill="#05e"/></pattern>
        <marker id="m" markerWidth="6" markerHeight="6" refX="3" refY="3" orient="auto"><path d="M0 0L6 3L0 6z" fill="green"/></marker>
        <rect width="200" height="80" fill="url(#p)"/><path d="M20 100 L90 140 L180 100" fill="none" stroke="black" stroke-width="4" marker-mid="url(#m)" marker-end="url(#m)"/>"""),
    "pictures": drawing(f"""
        <image x="5" y="5" width="90" height="65" xlink:href="data:image/png;base64,{picture("PNG")}"/>
        <image x="105" y="5" width="90" height="65" preserveAspectRatio="none" href="data:image/jpeg;base64,{picture("JPEG", quality=95)}"/>
        <image x="105" y="80" width="90" height="65" href="data:image/svg+xml;base64,{INNER}"/>"""),
    "blended": drawing("""
        <rect width="120" height="100" fill="#48f"/><g opacity=".5"><rect x="60" y="40" width="100" height="60" fill="red"/><circle cx="110" cy="100" r="40" fill="lime"/></g>
        <rect x="20" y="20" width="160" height="30" fill="#fc0" style="mix-blend-mode:multiply"/>"""),
    "viewport": drawing('<rect x="-50" y="-50" width="50" height="100" fill="#a0a"/><circle r="40" fill="#0aa"/>',
                        'width="50mm" height="2in" viewBox="-50 -50 100 100"'),
    "names": drawing("""
        <clipPath id="Terms&amp;&lt;Conditions&gt;"><circle cx="100" cy="75" r="60"/></clipPath>
        <g id="a &quot;b&quot; &amp;amp; c" clip-path="url(#Terms&amp;&lt;Conditions&gt;)"><rect id="Слой_1" width="200" height="150" fill="#383"/></g>"""),
    "entities": """<?xml version="1.0" encoding="utf-8"?>
<!-- Generator: a drawing program -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
  <!ENTITY ns_svg "http://www.w3.org/2000/svg">
  <!ENTITY red "#d22">
]>
<svg xmlns="&ns_svg;" width="200" height="150"><rect x="20" y="20" width="160" height="110" fill="&red;"/></svg>
""",
    "text": drawing("""
        <text x="10" y="40" font-family="Arial" font-size="28" fill="#135">Dozo <tspan font-weight="bold" fill="#b00">bold</tspan></text>
        <text x="100" y="80" font-family="'Times New Roman', serif" font-size="24" text-anchor="middle" font-style="italic">Ελλάς &amp; Я</text>
        <text x="10" y="120" font-family="monospace" font-size="20" letter-spacing="2">x = 1;</text>"""),
}

for name, text in DRAWINGS.items():
    file = CASES / f"{name}.svg"
    file.write_text(text)
    # libvips enlarges by 96 / 72 what it takes to be in points.
    pyvips.Image.svgload(str(file), dpi=96, scale=0.75).pngsave(str(CASES / f"{name}.png"), compression=9)
