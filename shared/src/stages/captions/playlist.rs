//! Captions in HLS playlists (RFC 8216), and the names of tracks there.
//!
//! A media's captions are one file for the whole of it, which a playlist names. The master playlist is changed as text,
//! so that captions can be put and removed years after a film was made.

use crate::vocabulary::captions::{Captions, CaptionsId};
use crate::vocabulary::keys::hls::Hls;
use crate::vocabulary::language::Language;

/// The group of all captions.
const GROUP: &str = "captions";

/// The beginning of each line about captions.
const MEDIA: &str = "#EXT-X-MEDIA:TYPE=SUBTITLES,";

/// The beginning of each line about a stream.
const STREAM: &str = "#EXT-X-STREAM-INF:";

/// Returns the names by which players list the tracks of a group: the track's own, or that of its language, or its
/// number. They all differ (RFC 8216, 4.3.4.1.1), and can stand between quotation marks.
#[must_use]
pub fn names<'a>(
    labels: impl IntoIterator<Item = (Option<&'a str>, Option<Language>)>,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (number, (name, language)) in (1_usize..).zip(labels) {
        let own = name.map(|name| name.replace('"', "”"));
        let language = language.filter(|language| !language.is_unknown());
        let base = own
            .or_else(|| language.map(|language| language.name()))
            .unwrap_or_else(|| number.to_string());
        let mut name = base.clone();
        let mut count = 1;
        while names.contains(&name) {
            count += 1;
            name = format!("{base} ({count})");
        }
        names.push(name);
    }
    names
}

/// Returns the attributes for the language of a track, and whether players may choose it by itself: of several in one
/// language only the first, because they could not tell them apart.
#[must_use]
pub fn language_attributes(language: Option<Language>, is_first: bool) -> String {
    let autoselect = if is_first { "YES" } else { "NO" };
    let language = language.filter(|language| !language.is_unknown());
    let language = language.map(|language| format!(",LANGUAGE=\"{language}\""));
    format!("AUTOSELECT={autoselect}{}", language.unwrap_or_default())
}

/// Writes the playlist of captions for a media of this length. It names the one file beside it.
#[must_use]
pub fn playlist(id: CaptionsId, duration_ms: u64) -> String {
    let (seconds, rest) = (duration_ms / 1_000, duration_ms % 1_000);
    let target = duration_ms.div_ceil(1_000).max(1);
    let file = Hls::Captions(id).to_string();
    let file = file.rsplit('/').next().unwrap_or_default();
    format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-PLAYLIST-TYPE:VOD\n\
         #EXTINF:{seconds}.{rest:03},\n{file}\n#EXT-X-ENDLIST\n"
    )
}

/// Changes a master playlist of ours so that it names these captions and no others.
#[must_use]
pub fn with_captions(master: &str, captions: &[Captions]) -> String {
    let group = format!(",SUBTITLES=\"{GROUP}\"");
    let mut named = Some(lines(captions)).filter(|lines| !lines.is_empty());
    let has_captions = named.is_some();
    let mut text = String::new();
    for line in master.lines().filter(|line| !line.starts_with(MEDIA)) {
        if !line.starts_with(STREAM) {
            text.push_str(line);
            text.push('\n');
            continue;
        }
        text.push_str(&named.take().unwrap_or_default());
        text.push_str(line.strip_suffix(&group).unwrap_or(line));
        if has_captions {
            text.push_str(&group);
        }
        text.push('\n');
    }
    text
}

fn lines(captions: &[Captions]) -> String {
    let labels = captions
        .iter()
        .map(|one| (one.name.as_deref(), Some(one.id.language)));
    let lines = captions.iter().zip(names(labels)).map(|(one, name)| {
        let is_first = one.id.number == 1;
        let language = language_attributes(Some(one.id.language), is_first);
        let address = Hls::CaptionsPlaylist(one.id);
        format!("{MEDIA}GROUP-ID=\"{GROUP}\",NAME=\"{name}\",DEFAULT=NO,{language},FORCED=NO,URI=\"{address}\"\n")
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::captions::Origin;

    const MASTER: &str = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2\"\n96k/index.m3u8\n\
        #EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO=\"sound\"\n192k/index.m3u8\n";

    fn captions(id: &str, name: Option<&str>) -> Captions {
        Captions {
            id: CaptionsId::parse(id).unwrap(),
            name: name.map(str::to_owned),
            from: Origin::Put,
            digest: None,
            waits: None,
        }
    }

    #[test]
    fn captions_come_and_go_and_leave_the_rest_as_it_was() {
        let all = [
            captions("en", None),
            captions("en.2", Some("English")),
            captions("pt-br", Some("For the \"deaf\"")),
            captions("und", None),
        ];
        let with = with_captions(MASTER, &all);
        let group = "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\"";
        let expected = format!(
            "#EXTM3U\n#EXT-X-VERSION:7\n\
             {group},NAME=\"English\",DEFAULT=NO,AUTOSELECT=YES,LANGUAGE=\"en\",FORCED=NO,URI=\"captions/en.m3u8\"\n\
             {group},NAME=\"English (2)\",DEFAULT=NO,AUTOSELECT=NO,LANGUAGE=\"en\",FORCED=NO,URI=\"captions/en.2.m3u8\"\n\
             {group},NAME=\"For the ”deaf”\",DEFAULT=NO,AUTOSELECT=YES,LANGUAGE=\"pt-BR\",FORCED=NO,URI=\"captions/pt-br.m3u8\"\n\
             {group},NAME=\"4\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI=\"captions/und.m3u8\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2\",SUBTITLES=\"captions\"\n96k/index.m3u8\n\
             #EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO=\"sound\",SUBTITLES=\"captions\"\n192k/index.m3u8\n"
        );
        assert_eq!(with, expected);
        assert_eq!(with_captions(&with, &all), with);
        assert_eq!(with_captions(&with, &[]), MASTER);
    }

    #[test]
    fn a_playlist_names_the_one_file() {
        let id = CaptionsId::parse("pt-br").unwrap();
        assert_eq!(
            playlist(id, 61_240),
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:62\n#EXT-X-PLAYLIST-TYPE:VOD\n\
             #EXTINF:61.240,\npt-br.vtt\n#EXT-X-ENDLIST\n"
        );
    }
}
