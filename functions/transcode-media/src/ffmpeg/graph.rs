//! FFmpeg's filter graphs: they make the picture upright, deinterlaced and BT.709, once for each rung, for the poster and
//! for the storyboard.

use dozo::vocabulary::ladder::{Ladder, MAX_FRAMES_A_SECOND, MAX_STILLS, Size, Storyboard};
use dozo::vocabulary::streams::{Streams, VideoStream};

use super::colour::{self, Steps};
use super::posters;
use super::seen::Seen;
use super::source;

/// Number of candidates for the poster besides the first picture: at one tenth of the video, at two tenths, and so
/// on.
const POSTERS: u64 = 5;

/// Distance of the candidates in milliseconds if the video's duration is unknown.
const UNKNOWN_TENTH_MS: u64 = 1_000;

/// Fields become whole pictures.
const DEINTERLACE: &str = "yadif=deint=interlaced";

/// The input of the filter graphs.
pub(super) struct Graph<'a> {
    pub(super) streams: &'a Streams,
    pub(super) ladder: &'a Ladder,
    pub(super) seen: &'a Seen,
}

impl Graph<'_> {
    /// Tells whether a filter here turns the picture, instead of FFmpeg itself. That is the case if FFmpeg would turn
    /// it otherwise than the ladder expects, and so distort it. Usually FFmpeg turns it, because it also handles
    /// mirrored pictures.
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

    /// Returns the filter graphs: one for all renditions, and one for each output that takes few of the pictures. In one
    /// graph with the renditions, FFmpeg would keep their pictures in memory until such an output has its next one or the
    /// film ends: more than a gigabyte of 40 seconds in 720p.
    pub(super) fn filters(&self) -> Vec<String> {
        let source = source::picture(self.streams);
        let graph = |steps: Vec<String>, label: &str| {
            let steps = steps.join(",");
            format!("[{source}]{steps}[{label}]")
        };
        let posters = self.ladder.poster.map(|size| self.posters(size));
        let stills = self
            .ladder
            .storyboard
            .map(|storyboard| self.stills(storyboard));
        std::iter::once(self.renditions(&source))
            .chain(posters.map(|steps| graph(steps, "poster")))
            .chain(stills.map(|steps| graph(steps, "stills")))
            .collect()
    }

    fn renditions(&self, source: &str) -> String {
        let rungs = self.ladder.video.len();
        let labels: String = (0..rungs).map(|rung| format!("[s{rung}]")).collect();
        let first = self.first().join(",");
        let mut graph = format!("[{source}]{first},split={rungs}{labels}");
        for (index, rung) in self.ladder.video.iter().enumerate() {
            graph.push_str(&format!(
                ";[s{index}]{}:out_color_matrix=bt709:out_range=tv,setsar=1,format=yuv420p,{}[v{index}]",
                scale(rung.size),
                colour::TAGS
            ));
        }
        graph
    }

    /// Returns the filters that run once, before the picture is split.
    fn first(&self) -> Vec<String> {
        let Steps { first, last } = match self.ladder.video.first() {
            Some(top) => self.colours(top.size),
            None => Steps {
                first: None,
                last: Vec::new(),
            },
        };
        let mut all: Vec<_> = first.into_iter().collect();
        all.extend(self.turns());
        all.push(DEINTERLACE.to_owned());
        let rate = self.video().and_then(|video| video.frames_per_1000_s);
        if rate.is_some_and(|rate| rate > MAX_FRAMES_A_SECOND * 1_000) {
            all.push(format!("fps={MAX_FRAMES_A_SECOND}"));
        }
        all.extend(last);
        all
    }

    /// Returns the filters that write the first picture and the candidates for the poster, with their entropy.
    fn posters(&self, size: Size) -> Vec<String> {
        let tenth_ms = match self.streams.duration_ms {
            Some(duration_ms) => (duration_ms / 10).max(1),
            None => UNKNOWN_TENTH_MS,
        };
        let tenth = format!("{}.{:03}", tenth_ms / 1_000, tenth_ms % 1_000);
        let end = POSTERS + 1;
        // Register 0 holds the number of the last tenth from which a picture was taken.
        let select = format!(
            "select=if(eq(n\\,0)\\,1\\,\
             if(gte(t\\,{tenth}*(ld(0)+1))*lt(t\\,{tenth}*{end})\\,st(0\\,floor(t/{tenth}))\\,0))"
        );
        let told = format!("metadata=print:key={}:file={}", posters::KEY, posters::TOLD);
        let mut all = vec![DEINTERLACE.to_owned(), select];
        all.extend(self.as_jpeg(size));
        all.extend(["entropy".to_owned(), told]);
        all
    }

    /// Returns the filters that write the pictures of the storyboard: of each span the one in its middle, and of a span
    /// that is begun its last. They are so small that lines of two fields do not matter.
    fn stills(&self, Storyboard { size, seconds }: Storyboard) -> Vec<String> {
        let mut all = vec![
            format!("fps=1/{seconds}:round=near:eof_action=pass"),
            format!("trim=end_pts={MAX_STILLS}"),
        ];
        all.extend(self.as_jpeg(size));
        all
    }

    /// Returns the filters that make pictures upright and of this size, in the colours of a JPEG.
    fn as_jpeg(&self, size: Size) -> Vec<String> {
        let Steps { first, last } = self.colours(size);
        let mut all: Vec<_> = first.into_iter().chain(self.turns()).chain(last).collect();
        all.extend(as_jpeg(size));
        all
    }

    fn colours(&self, size: Size) -> Steps {
        colour::steps(self.seen, self.lines(), size)
    }

    /// Returns the filters that turn the picture, if FFmpeg does not.
    fn turns(&self) -> Vec<String> {
        if !self.turns_by_itself() {
            return Vec::new();
        }
        turns(self.video().map_or(0, |video| video.rotation))
    }

    fn video(&self) -> Option<&VideoStream> {
        self.streams.video.as_ref()
    }

    /// Returns the number of lines of the picture as stored, before it is turned.
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

/// Returns the filters that make pictures of this size in the colours of a JPEG: BT.601 in full range (JFIF), which the
/// scaler reaches through RGB only.
pub(super) fn as_jpeg(size: Size) -> Vec<String> {
    let rest = [
        "setsar=1",
        "format=gbrp",
        "scale=out_color_matrix=bt601:out_range=pc",
        "format=yuvj420p",
    ];
    let rest = rest.map(str::to_owned);
    std::iter::once(scale(size)).chain(rest).collect()
}

fn scale(size: Size) -> String {
    format!("scale={}:{}:flags=bicubic", size.width, size.height)
}

/// Returns the filters that turn the picture clockwise by these degrees.
fn turns(degrees: u16) -> Vec<String> {
    let turns: &[&str] = match degrees {
        90 => &["transpose=clock"],
        180 => &["hflip", "vflip"],
        270 => &["transpose=cclock"],
        _ => &[],
    };
    turns.iter().map(|turn| (*turn).to_owned()).collect()
}
