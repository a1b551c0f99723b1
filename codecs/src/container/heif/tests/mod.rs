//! Reads files that are made by hand, and those of other writers.

mod file;

use file::{File, be32, boxed, full, grid, single};

use super::{Coding, Nclx, Picture, brands, read};
use crate::{Damage, Variant};

/// The coded bytes of each tile.
fn data(file: &[u8], picture: &Picture<'_>) -> Vec<Vec<u8>> {
    let tiles = picture.colours.tiles.iter();
    let bytes = |range: &std::ops::Range<usize>| file[range.clone()].to_vec();
    tiles
        .map(|tile| tile.ranges.iter().flat_map(bytes).collect())
        .collect()
}

fn is_malformed(file: &File) -> bool {
    matches!(read(&file.bytes()), Err(Damage::Malformed(_)))
}

fn variant(file: &File) -> Option<Variant> {
    match read(&file.bytes()) {
        Err(Damage::Unsupported(variant)) => Some(variant),
        _ => None,
    }
}

#[test]
fn one_coded_picture_is_found_wherever_it_is_stored() {
    for (method, is_in_pieces) in [(0, false), (0, true), (1, false), (1, true)] {
        let file = File {
            method,
            is_in_pieces,
            ..single()
        }
        .bytes();
        assert_eq!(brands(&file), [*b"avif", *b"mif1", *b"miaf"]);
        let picture = read(&file).unwrap();
        let colours = &picture.colours;
        assert_eq!(
            (colours.width, colours.height, colours.columns),
            (64, 48, 1)
        );
        assert_eq!((colours.coding, picture.bits), (Coding::Av1, 8));
        assert_eq!(data(&file, &picture), [b"coded bytes"]);
        assert_eq!((picture.pixels(), picture.has_others), (64 * 48, false));
    }
}

#[test]
fn the_cells_of_a_grid_come_row_by_row() {
    for method in [0, 1] {
        let file = File { method, ..grid() }.bytes();
        let picture = read(&file).unwrap();
        let colours = &picture.colours;
        assert_eq!((colours.width, colours.height), (100, 80));
        assert_eq!((colours.columns, colours.tile), (2, (64, 64)));
        let cells: [&[u8]; 4] = [b"one", b"two", b"three", b"four"];
        assert_eq!(data(&file, &picture), cells);
        assert_eq!((picture.pixels(), picture.has_others), (4 * 64 * 64, false));
    }
}

#[test]
fn a_grid_that_its_cells_do_not_fill_is_damage() {
    let wide = [0, 1, 1, 1, 0, 0, 0, 100, 0, 0, 0, 80];
    let mut good = grid();
    good.items[0].2 = wide.to_vec();
    assert_eq!(read(&good.bytes()).unwrap().colours.width, 100);
    for wrong in [
        [0, 0, 1, 1, 0, 129, 0, 80],
        [0, 0, 1, 1, 0, 64, 0, 80],
        [0, 0, 1, 1, 0, 0, 0, 80],
        [0, 0, 1, 2, 0, 100, 0, 80],
        [1, 0, 1, 1, 0, 100, 0, 80],
    ] {
        let mut file = grid();
        file.items[0].2 = wrong.to_vec();
        assert!(is_malformed(&file), "{wrong:?}");
    }
    // A cell of another size, and a grid as a cell.
    let mut other = grid();
    let size = other.size(32, 32);
    other.items[2].3[0] = size;
    assert!(is_malformed(&other));
    let mut nested = grid();
    nested.items[2].0 = *b"grid";
    assert!(is_malformed(&nested));
}

#[test]
fn alpha_is_found_for_the_picture_and_for_each_cell() {
    let alpha = |file: &mut File| {
        file.property(full(
            b"auxC",
            0,
            0,
            &[b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"],
        ))
    };
    let mut file = single();
    let properties = [1, 2, alpha(&mut file)];
    let id = file.item(b"av01", b"alpha", &properties);
    file.refer(b"auxl", id, &[1]);
    let bytes = file.bytes();
    let read_one = read(&bytes).unwrap();
    assert!(read_one.alpha.is_some() && !read_one.is_premultiplied && !read_one.has_others);
    file.refer(b"prem", 1, &[id]);
    assert!(read(&file.bytes()).unwrap().is_premultiplied);

    let mut cells = grid();
    let mark = alpha(&mut cells);
    for cell in 2..=5 {
        assert!(
            read(&cells.bytes()).unwrap().alpha.is_none(),
            "of cell {cell}"
        );
        let id = cells.item(b"av01", b"alpha", &[2, 3, mark]);
        cells.refer(b"auxl", id, &[cell]);
    }
    assert_eq!(read(&cells.bytes()).unwrap().alpha.unwrap().tiles.len(), 4);

    let mut larger = single();
    let properties = [larger.size(65, 48), 2, alpha(&mut larger)];
    let id = larger.item(b"av01", b"alpha", &properties);
    larger.refer(b"auxl", id, &[1]);
    assert!(is_malformed(&larger));
    // A depth map is no alpha.
    let mut depth = single();
    let mark = depth.property(full(b"auxC", 0, 0, &[b"urn:mpeg:hevc:2015:auxid:2\0"]));
    let id = depth.item(b"av01", b"depth", &[1, 2, mark]);
    depth.refer(b"auxl", id, &[1]);
    let bytes = depth.bytes();
    let picture = read(&bytes).unwrap();
    assert!(picture.alpha.is_none() && !picture.has_others);
}

#[test]
fn colours_turns_and_layers_are_read() {
    let mut file = single();
    let mut of = vec![1, 2];
    of.push(file.property(boxed(b"colr", &[b"nclx", &[0, 9, 0, 16, 0, 9, 0x80]])));
    of.push(file.property(boxed(b"colr", &[b"prof", b"a profile"])));
    of.push(file.property(full(b"pixi", 0, 0, &[&[3, 10, 10, 10]])));
    of.push(file.property(boxed(b"irot", &[&[1]])));
    of.push(file.property(boxed(b"a1op", &[&[2]])));
    of.push(file.property(boxed(b"lsel", &[&[0, 1]])));
    file.items[0].3 = of;
    let bytes = file.bytes();
    let picture = read(&bytes).unwrap();
    let nclx = Nclx {
        primaries: 9,
        transfer: 16,
        matrix: 9,
        is_full_range: true,
    };
    assert_eq!(
        (picture.nclx, picture.icc),
        (Some(nclx), Some(&b"a profile"[..]))
    );
    assert_eq!(
        (
            picture.bits,
            picture.shown.size(),
            picture.shown.orientation
        ),
        (10, (48, 64), 8)
    );
    let tile = &picture.colours.tiles[0];
    assert_eq!((tile.operating_point, tile.layer), (2, Some(1)));
}

#[test]
fn the_base_of_a_gain_map_and_the_source_of_an_identity_are_shown() {
    for (kind, orientation) in [(b"tmap", 3), (b"iden", 6)] {
        let mut file = single();
        let (half, quarter) = (
            file.property(boxed(b"irot", &[&[2]])),
            file.property(boxed(b"irot", &[&[1]])),
        );
        file.items[0].3.push(half);
        let id = file.item(kind, b"data", &[quarter]);
        let gain = file.item(b"av01", b"gain", &[1, 2]);
        file.refer(b"dimg", id, &[1, gain]);
        file.primary = id;
        let bytes = file.bytes();
        let picture = read(&bytes).unwrap();
        assert_eq!(data(&bytes, &picture), [b"coded bytes"]);
        assert_eq!(picture.shown.orientation, orientation);
        assert!(!picture.has_others);
        // A picture that is derived from itself.
        file.references.clear();
        file.refer(b"dimg", id, &[id]);
        assert!(is_malformed(&file));
    }
}

#[test]
fn other_pictures_are_noticed_and_thumbnails_are_none() {
    let mut file = single();
    let id = file.item(b"av01", b"small", &[1, 2]);
    assert!(read(&file.bytes()).unwrap().has_others);
    file.refer(b"thmb", id, &[1]);
    assert!(!read(&file.bytes()).unwrap().has_others);
}

#[test]
fn what_cannot_be_shown_rightly_is_named() {
    let mut overlay = single();
    overlay.items[0].0 = *b"iovl";
    let mut coding = single();
    coding.items[0].0 = *b"vvc1";
    let mut protected = single();
    protected.items[0].1 = 1;
    let mut property = single();
    let essential = property.property(boxed(b"what", &[]));
    property.items[0].3.push(essential);
    for (file, named) in [
        (overlay, Variant::HeifOverlay),
        (coding, Variant::HeifCoding),
        (protected, Variant::HeifProtected),
        (
            File {
                method: 2,
                ..single()
            },
            Variant::HeifScattered,
        ),
        (property, Variant::HeifProperty),
    ] {
        assert_eq!(variant(&file), Some(named));
    }
    let mut harmless = single();
    let unknown = harmless.property(boxed(b"what", &[])) & 0x7F;
    harmless.items[0].3.push(unknown);
    assert!(read(&harmless.bytes()).is_ok());
}

#[test]
fn bytes_that_lie_over_one_another_do_not_make_a_file_larger() {
    // Equal tiles are written once.
    let mut equal = grid();
    for item in &mut equal.items[1..] {
        item.2 = b"the same".to_vec();
    }
    assert!(read(&equal.bytes()).is_ok());
    // All of the file again and again, each time from one byte further on.
    let bytes = grid().bytes();
    let at = bytes.windows(4).position(|kind| kind == b"iloc").unwrap() + 12;
    let mut over = bytes.clone();
    for item in 1..5 {
        let extent = at + item * 16 + 8;
        over[extent..extent + 4].copy_from_slice(&be32(item));
        over[extent + 4..extent + 8].copy_from_slice(&[0; 4]);
    }
    assert!(matches!(read(&over), Err(Damage::Malformed(_))));
}

#[test]
fn a_file_of_any_length_and_with_any_byte_changed_is_read_or_refused() {
    for bytes in [single().bytes(), grid().bytes()] {
        let media = bytes.windows(4).rposition(|kind| kind == b"mdat").unwrap();
        for length in 0..bytes.len() {
            let cut = read(&bytes[..length]);
            assert!(
                cut.is_err(),
                "the first {length} bytes, of which {media} are boxes"
            );
        }
        for at in 0..bytes.len() {
            for change in [1, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let _either = read(&changed);
            }
        }
    }
}

#[test]
fn files_of_other_writers_are_read() {
    // By libavif, behind Pillow; and by libheif, behind pillow-heif.
    let picture = |file| read(file).unwrap();
    let plain = picture(include_bytes!("../../../../../fuzz/seeds/heif/pillow.avif"));
    assert_eq!(
        (plain.shown.size(), plain.shown.orientation, plain.bits),
        ((48, 36), 1, 8)
    );
    let nclx = plain.nclx.unwrap();
    assert_eq!((nclx.primaries, nclx.transfer), (1, 13));

    let turned = picture(include_bytes!(
        "../../../../../fuzz/seeds/heif/alpha-turned.avif"
    ));
    assert_eq!(
        (turned.shown.size(), turned.shown.orientation),
        ((36, 48), 6)
    );
    assert_eq!((turned.colours.width, turned.colours.height), (48, 36));
    assert!(turned.alpha.is_some() && turned.icc.is_some() && !turned.has_others);

    let heic = picture(include_bytes!(
        "../../../../../fuzz/seeds/heif/alpha-two-thumbnails.heic"
    ));
    assert_eq!(
        (heic.colours.coding, heic.shown.size()),
        (Coding::Hevc, (64, 64))
    );
    assert!(heic.alpha.is_some() && heic.has_others && heic.bits == 8);
    let one = picture(include_bytes!(
        "../../../../../fuzz/seeds/heif/pillow-heif.heic"
    ));
    assert!(one.alpha.is_none() && !one.has_others);
}
