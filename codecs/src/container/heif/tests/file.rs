//! Writes files by hand, box by box.

pub(super) fn boxed(kind: &[u8; 4], content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes(), kind.as_slice(), &content].concat()
}

pub(super) fn full(kind: &[u8; 4], version: u8, flags: u8, content: &[&[u8]]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, flags], &content.concat()])
}

pub(super) fn be16(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_be_bytes()
}

pub(super) fn be32(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_be_bytes()
}

/// Kind, protection, content, and the numbers of its properties.
pub(super) type Item = ([u8; 4], u8, Vec<u8>, Vec<u8>);

/// A file in the making. Items are numbered from 1 in the order in which they are added.
#[derive(Default)]
pub(super) struct File {
    pub(super) primary: usize,
    pub(super) items: Vec<Item>,
    pub(super) properties: Vec<Vec<u8>>,
    pub(super) references: Vec<Vec<u8>>,
    /// The method by which contents are stored: 0 in `mdat`, 1 in `idat`, 2 within another item.
    pub(super) method: u8,
    /// Whether each content is in two pieces.
    pub(super) is_in_pieces: bool,
}

impl File {
    pub(super) fn item(&mut self, kind: &[u8; 4], content: &[u8], properties: &[u8]) -> usize {
        let (content, properties) = (content.to_vec(), properties.to_vec());
        self.items.push((*kind, 0, content, properties));
        self.primary = self.primary.max(1);
        self.items.len()
    }

    /// Adds a property and returns its number, which is that of an essential one.
    pub(super) fn property(&mut self, made: Vec<u8>) -> u8 {
        self.properties.push(made);
        0x80 | u8::try_from(self.properties.len()).unwrap()
    }

    pub(super) fn size(&mut self, width: usize, height: usize) -> u8 {
        self.property(full(b"ispe", 0, 0, &[&be32(width), &be32(height)]))
    }

    pub(super) fn config(&mut self) -> u8 {
        self.property(boxed(b"av1C", &[&[0x81, 0, 0x0C, 0]]))
    }

    pub(super) fn refer(&mut self, kind: &[u8; 4], from: usize, to: &[usize]) {
        let to: Vec<u8> = to.iter().flat_map(|id| be16(*id)).collect();
        let count = be16(to.len() / 2);
        self.references
            .push(boxed(kind, &[&be16(from), &count, &to]));
    }

    pub(super) fn meta(&self, data_at: usize) -> Vec<u8> {
        let count = be16(self.items.len());
        let (mut infe, mut iloc, mut ipma, mut at) = (vec![], vec![], vec![], data_at);
        for (index, (kind, protection, content, properties)) in self.items.iter().enumerate() {
            let id = be16(index + 1);
            infe.push(full(
                b"infe",
                2,
                0,
                &[&id, &[0, *protection], kind, b"name\0"],
            ));
            let pieces = if self.is_in_pieces { 2 } else { 1 };
            iloc.extend([&id[..], &[0, self.method, 0, 0], &be16(pieces)].concat());
            let first = content.len() / pieces;
            iloc.extend([be32(at), be32(first)].concat());
            if self.is_in_pieces {
                iloc.extend([be32(at + first), be32(content.len() - first)].concat());
            }
            at += content.len();
            let properties = [&[u8::try_from(properties.len()).unwrap()], &properties[..]];
            ipma.extend([&id[..], &properties.concat()].concat());
        }
        let data: Vec<u8> = self.items.iter().flat_map(|item| item.2.clone()).collect();
        let idat = if self.method == 1 {
            boxed(b"idat", &[&data])
        } else {
            Vec::new()
        };
        full(
            b"meta",
            0,
            0,
            &[
                &full(b"hdlr", 0, 0, &[&[0; 4], b"pict", &[0; 13]]),
                &full(b"pitm", 0, 0, &[&be16(self.primary)]),
                &full(b"iinf", 0, 0, &[&count, &infe.concat()]),
                &full(b"iloc", 1, 0, &[&[0x44, 0], &count, &iloc]),
                &boxed(
                    b"iprp",
                    &[
                        &boxed(b"ipco", &[&self.properties.concat()]),
                        &full(b"ipma", 0, 0, &[&be32(self.items.len()), &ipma]),
                    ],
                ),
                &full(b"iref", 0, 0, &[&self.references.concat()]),
                &idat,
            ],
        )
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let ftyp = boxed(b"ftyp", &[b"avif", &[0; 4], b"mif1", b"miaf"]);
        let data: Vec<u8> = self.items.iter().flat_map(|item| item.2.clone()).collect();
        let at = if self.method == 0 {
            ftyp.len() + self.meta(0).len() + 8
        } else {
            0
        };
        [ftyp, self.meta(at), boxed(b"mdat", &[&data])].concat()
    }
}

/// A picture of one coded item.
pub(super) fn single() -> File {
    let mut file = File::default();
    let properties = [file.size(64, 48), file.config()];
    file.item(b"av01", b"coded bytes", &properties);
    file
}

/// A grid of 2 × 2 cells of 64 × 64 for a picture of 100 × 80.
pub(super) fn grid() -> File {
    let mut file = File::default();
    let (all, cell, config) = (file.size(100, 80), file.size(64, 64), file.config());
    file.item(b"grid", &[0, 0, 1, 1, 0, 100, 0, 80], &[all]);
    let cells = ["one", "two", "three", "four"];
    let cells = cells.map(|data| file.item(b"av01", data.as_bytes(), &[cell, config]));
    file.refer(b"dimg", 1, &cells);
    file
}
