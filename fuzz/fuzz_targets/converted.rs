//! Pictures of which an original is made: judged without a crash, and what is made of a good one can be delivered: it has
//! the size that was stated, is the same each time, and decodes.

#![no_main]

use dozo_codecs::convert::{Foreign, Hevc, HevcError, Pictures, convert, facts};
use dozo_codecs::{decode, header};
use libfuzzer_sys::fuzz_target;

/// Small, so that it is fast.
const MOST_PIXELS: u64 = 1 << 18;

/// Gives frames without decoding anything: HEVC is decoded by another program.
struct Grey;

impl Hevc for Grey {
    fn decode(
        &self,
        pictures: &Pictures<'_>,
        frame: &mut dyn FnMut(&[u8]),
    ) -> Result<(), HevcError> {
        pictures
            .write(&mut std::io::sink())
            .expect("a sink takes all");
        for shade in 0..pictures.count {
            frame(&vec![(shade * 37) as u8; pictures.frame_bytes]);
        }
        Ok(())
    }
}

fuzz_target!(|file: &[u8]| {
    for foreign in [Foreign::Bmp, Foreign::Tiff, Foreign::Heic] {
        let Ok(facts) = facts(foreign, file) else {
            continue;
        };
        if facts.pixels() > MOST_PIXELS {
            continue;
        }
        let Ok(made) = convert(foreign, file, Some(&Grey)) else {
            continue;
        };
        let header = header::read(made.encoding, &made.bytes).expect("a header");
        assert_eq!((header.width, header.height), (facts.width, facts.height));
        assert_eq!(header.orientation, 1);
        decode::verify(made.encoding, &made.bytes).expect("what is made can be decoded");
        let again = convert(foreign, file, Some(&Grey)).expect("as before");
        assert_eq!(made, again);
    }
});
