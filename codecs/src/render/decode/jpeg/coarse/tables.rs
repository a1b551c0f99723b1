//! The tables that scans refer to (ITU-T T.81, B.2.4), as the segments so far define them.

use super::huffman::Codes;

/// The tables defined so far.
#[derive(Default)]
pub(super) struct Tables {
    /// The DC element of each quantization table.
    steps: [Option<u16>; 4],
    dc: [Option<Codes>; 4],
    ac: [Option<Codes>; 4],
    /// The number of MCUs between two restarts; 0 for none.
    pub(super) restart: u16,
}

impl Tables {
    /// Reads DQT, B.2.4.1. Returns `None` if it is malformed.
    pub(super) fn quantization(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((head, rest)) = content.split_first() {
            let (precision, number) = (head >> 4, usize::from(head & 15));
            // The DC element comes first, with one byte or two.
            let (step, length) = match precision {
                0 => (u16::from(*rest.first()?), 64),
                1 => (u16::from_be_bytes(*rest.first_chunk()?), 128),
                _ => return None,
            };
            *self.steps.get_mut(number)? = (step > 0).then_some(step);
            content = rest.get(length..)?;
        }
        Some(())
    }

    /// Reads DHT, B.2.4.2. Returns `None` if it is malformed.
    pub(super) fn huffman(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((head, rest)) = content.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let total = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(total)?;
            let class = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            *class.get_mut(usize::from(head & 15))? = Some(Codes::new(counts, symbols)?);
            content = rest;
        }
        Some(())
    }

    /// Reads DRI, B.2.4.4.
    pub(super) fn restart(&mut self, content: &[u8]) -> Option<()> {
        self.restart = u16::from_be_bytes(content.try_into().ok()?);
        Some(())
    }

    pub(super) fn step(&self, number: u8) -> Option<u16> {
        *self.steps.get(usize::from(number))?
    }

    pub(super) fn dc(&self, number: u8) -> Option<&Codes> {
        self.dc.get(usize::from(number))?.as_ref()
    }

    pub(super) fn ac(&self, number: u8) -> Option<&Codes> {
        self.ac.get(usize::from(number))?.as_ref()
    }
}
