//! FFmpeg's filters: the picture, upright, deinterlaced and in BT.709, once for each rung and for the poster.

use dozo::vocabulary::ladder::{Ladder, MAX_FRAMES_A_SECOND, Size};
use dozo::vocabulary::streams::{Streams, VideoStream};

use super::colour::{self, Steps};
use super::posters;
use super::seen::Seen;
use super::source;

/// Pictures that are looked at for a poster, besides the first of all: at one tenth of the film, at two, and so on.
const POSTERS: u64 = 5;

/// The distance of those where nobody knows how long a film is, in milliseconds.
const UNKNOWN_TENTH_MS: u64 = 1_000;

/// A picture's way.
pub(super) struct Graph<'a> {
    pub(super) streams: &'a Streams,
    pub(super) ladder: &'a Ladder,
    pub(super) seen: &'a Seen,
}

impl Graph<'_> {
    /// Whether the picture is turned by a filter here, and not by FFmpeg itself: where it would turn it otherwise than the
    /// ladder expects, and squeeze it. FFmpeg knows of mirrors, therefore it usually may.
    pub(super) fn turns_by_itself(&self) -> bool {
        let (Some(video), Some((width, height))) = (self.video(), self.seen.size) else {
            return false;
        };
        let (across, down) = self.seen.pixel_shape.unwrap_or((1, 1));
        let (width, height) = (
            u64::from(width) * u64::from(across),
            u64::from(height) * u64::from(down),
        );
        let seen = width.cmp(&height);
        let expected = video.width.cmp(&video.height);
        seen.is_ne() && seen == expected.reverse()
    }

    pub(super) fn filters(&self) -> String {
        let rungs = self.ladder.video.len();
        let labels: String = (0..=rungs).map(|rung| format!("[s{rung}]")).collect();
        let first = self.first().join(",");
        let source = source::picture(self.streams);
        let mut graph = format!("[{source}]{first},split={}{labels}", rungs + 1);
        for (index, rung) in self.ladder.video.iter().enumerate() {
            graph.push_str(&format!(
                ";[s{index}]{}:out_color_matrix=bt709:out_range=tv,setsar=1,format=yuv420p,{}[v{index}]",
                scale(rung.size),
                colour::TAGS
            ));
        }
        graph.push_str(&format!(";[s{rungs}]{}[poster]", self.posters().join(",")));
        graph
    }

    /// What is done once, for all.
    fn first(&self) -> Vec<String> {
        let Steps { first, last } = match self.ladder.video.first() {
            Some(top) => colour::steps(self.seen, self.lines(), top.size),
            None => Steps {
                first: None,
                last: Vec::new(),
            },
        };
        let mut all: Vec<_> = first.into_iter().collect();
        if self.turns_by_itself() {
            all.extend(turns(self.video().map_or(0, |video| video.rotation)));
        }
        all.push("yadif=deint=interlaced".to_owned());
        let rate = self.video().and_then(|video| video.frames_per_1000_s);
        if rate.is_some_and(|rate| rate > MAX_FRAMES_A_SECOND * 1_000) {
            all.push(format!("fps={MAX_FRAMES_A_SECOND}"));
        }
        all.extend(last);
        all
    }

    /// The first picture of all, and some to have in its place, with what is told of them. A JPEG is of BT.601, in the full
    /// range (JFIF): the scaler comes there by way of red, green and blue only.
    fn posters(&self) -> Vec<String> {
        let tenth_ms = match self.streams.duration_ms {
            Some(duration_ms) => (duration_ms / 10).max(1),
            None => UNKNOWN_TENTH_MS,
        };
        let tenth = format!("{}.{:03}", tenth_ms / 1_000, tenth_ms % 1_000);
        let end = POSTERS + 1;
        // Register 0 keeps the number of the last tenth of which a picture was taken.
        let select = format!(
            "select=if(eq(n\\,0)\\,1\\,\
             if(gte(t\\,{tenth}*(ld(0)+1))*lt(t\\,{tenth}*{end})\\,st(0\\,floor(t/{tenth}))\\,0))"
        );
        let size = self.ladder.poster.map(scale);
        let told = format!("metadata=print:key={}:file={}", posters::KEY, posters::TOLD);
        let rest = [
            "setsar=1",
            "format=gbrp",
            "scale=out_color_matrix=bt601:out_range=pc",
            "format=yuvj420p",
            "entropy",
            told.as_str(),
        ];
        let rest = rest.map(str::to_owned);
        std::iter::once(select).chain(size).chain(rest).collect()
    }

    fn video(&self) -> Option<&VideoStream> {
        self.streams.video.as_ref()
    }

    /// Of the picture as it is stored.
    fn lines(&self) -> u32 {
        let is_turned = self.video().is_some_and(|video| video.rotation % 180 != 0);
        let size = self.seen.size.unwrap_or((0, 0));
        if is_turned != self.turns_by_itself() {
            size.0
        } else {
            size.1
        }
    }
}

fn scale(size: Size) -> String {
    format!("scale={}:{}:flags=bicubic", size.width, size.height)
}

/// Clockwise, by these degrees.
fn turns(degrees: u16) -> Vec<String> {
    let turns: &[&str] = match degrees {
        90 => &["transpose=clock"],
        180 => &["hflip", "vflip"],
        270 => &["transpose=cclock"],
        _ => &[],
    };
    turns.iter().map(|turn| (*turn).to_owned()).collect()
}
