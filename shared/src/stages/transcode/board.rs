//! The content of a storyboard: the picture of each span of the film, its sheet, and its place on that sheet.

use std::collections::BTreeMap;

use super::service::outputs::Outputs;
use super::task::Task;
use crate::ports::store::Listed;
use crate::stages::captions::Time;
use crate::vocabulary::keys::sheet_name;
use crate::vocabulary::ladder::{Size, Storyboard};
use crate::vocabulary::rendition::Rendition;

/// The pictures across and down a sheet: a film of up to 1,000 seconds has one sheet, of about 300 kB.
pub(super) const COLUMNS: u32 = 10;
const ROWS: u32 = 10;

/// The storyboard of a film that was made.
#[derive(Debug)]
pub(super) struct Board<'a> {
    pub(super) plan: Storyboard,
    pub(super) stills: &'a BTreeMap<u32, Listed>,
    /// The number of spans, at least one; each has a picture.
    count: u32,
    /// The playing time in milliseconds.
    duration_ms: u64,
}

impl<'a> Board<'a> {
    /// Returns the storyboard of what was made, if there are pictures for one.
    pub(super) fn of(task: &Task<'_>, outputs: &'a Outputs) -> Option<Self> {
        let (plan, stills) = (task.ladder.storyboard?, &outputs.stills);
        let last = *stills.keys().next_back()?;
        let longest = outputs.made.iter().map(|made| made.microseconds()).max();
        let pictures = outputs
            .made
            .iter()
            .filter(|made| matches!(made.rendition, Rendition::Picture(_)))
            .map(|made| made.microseconds())
            .max()?;
        // The sound may go on after the last picture.
        let spans = pictures.div_ceil(u64::from(plan.seconds) * 1_000_000);
        let spans = u32::try_from(spans.max(1)).unwrap_or(u32::MAX);
        Some(Self {
            plan,
            stills,
            count: spans.min(last.saturating_add(1)),
            duration_ms: longest? / 1_000,
        })
    }

    /// Returns the number of sheets.
    pub(super) fn sheets(&self) -> u16 {
        u16::try_from(self.count.div_ceil(COLUMNS * ROWS)).unwrap_or(u16::MAX)
    }

    /// Returns the spans that a sheet shows, numbered from 0.
    pub(super) fn spans_of(&self, sheet: u16) -> std::ops::Range<u32> {
        let first = u32::from(sheet.saturating_sub(1)) * COLUMNS * ROWS;
        first..self.count.min(first.saturating_add(COLUMNS * ROWS))
    }

    /// Returns the number of the picture that shows a span: its own, or the one before, or the first.
    pub(super) fn still_of(&self, span: u32) -> Option<u32> {
        let before = self.stills.range(..=span).next_back();
        before
            .or(self.stills.first_key_value())
            .map(|(number, _)| *number)
    }

    /// Writes the text that names a part of a sheet for each span.
    /// <https://www.w3.org/TR/webvtt1/>, <https://www.w3.org/TR/media-frags/#naming-space>
    pub(super) fn text(&self) -> String {
        let Size { width, height } = self.plan.size;
        let mut text = "WEBVTT\n".to_owned();
        for sheet in 1..=self.sheets() {
            for (place, span) in (0..).zip(self.spans_of(sheet)) {
                let begin = u64::from(span) * u64::from(self.plan.seconds) * 1_000;
                let end = if span + 1 == self.count {
                    self.duration_ms.max(begin + 1)
                } else {
                    begin + u64::from(self.plan.seconds) * 1_000
                };
                text.push_str(&format!(
                    "\n{} --> {}\n{}#xywh={},{},{width},{height}\n",
                    Time::of_ms(begin),
                    Time::of_ms(end),
                    sheet_name(sheet),
                    place % COLUMNS * width,
                    place / COLUMNS * height,
                ));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::etag::ETag;
    use crate::vocabulary::keys::{Bucket, ObjectLocation};

    fn stills(numbers: impl IntoIterator<Item = u32>) -> BTreeMap<u32, Listed> {
        let still = || Listed {
            location: ObjectLocation::anywhere(Bucket::Work, "still"),
            etag: ETag::new("e"),
            bytes: 1,
            written_at: None,
        };
        numbers
            .into_iter()
            .map(|number| (number, still()))
            .collect()
    }

    fn board(stills: &BTreeMap<u32, Listed>, count: u32, duration_ms: u64) -> Board<'_> {
        let size = Size {
            width: 160,
            height: 90,
        };
        Board {
            plan: Storyboard { size, seconds: 2 },
            stills,
            count,
            duration_ms,
        }
    }

    #[test]
    fn each_span_is_shown_by_a_part_of_a_sheet() {
        let stills = stills(0..2);
        assert_eq!(
            board(&stills, 2, 3_500).text(),
            "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nstoryboard/1.jpg#xywh=0,0,160,90\n\
             \n00:00:02.000 --> 00:00:03.500\nstoryboard/1.jpg#xywh=160,0,160,90\n"
        );
    }

    #[test]
    fn a_long_film_has_several_sheets() {
        let stills = stills(0..250);
        let board = board(&stills, 250, 500_000);
        assert_eq!((board.sheets(), board.spans_of(3)), (3, 200..250));
        let text = board.text();
        assert_eq!(text.matches(" --> ").count(), 250);
        for (begin, part) in [
            ("00:00:22.000", "storyboard/1.jpg#xywh=160,90,160,90"),
            ("00:03:18.000", "storyboard/1.jpg#xywh=1440,810,160,90"),
            ("00:03:20.000", "storyboard/2.jpg#xywh=0,0,160,90"),
            ("00:08:18.000", "storyboard/3.jpg#xywh=1440,360,160,90"),
        ] {
            let cue = text.split("\n\n").find(|cue| cue.starts_with(begin));
            assert!(
                cue.is_some_and(|cue| cue.trim_end().ends_with(part)),
                "{begin}"
            );
        }
    }

    #[test]
    fn a_picture_stands_in_for_those_that_are_missing_after_it() {
        let stills = stills([2, 3, 7]);
        let board = board(&stills, 9, 18_000);
        let shown: Vec<_> = board.spans_of(1).map(|span| board.still_of(span)).collect();
        assert_eq!(
            shown.into_iter().flatten().collect::<Vec<_>>(),
            [2, 2, 2, 3, 3, 3, 3, 7, 7]
        );
    }
}
