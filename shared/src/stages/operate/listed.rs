//! Applies commands on captions to the list in a record.

use jiff::Timestamp;

use super::begin::{Applied, Refused, begin};
use crate::platform::error::Error;
use crate::vocabulary::captions::{Captions, MAX_CAPTIONS};
use crate::vocabulary::language::Language;
use crate::vocabulary::message::order::{Command, Request};
use crate::vocabulary::operation::Grace;
use crate::vocabulary::record::{MediaRecord, What};
use crate::vocabulary::state::State;

/// Changes the record's list as requested.
pub(super) fn change(
    record: &mut MediaRecord,
    request: &Request,
    grace: Grace,
    now: Timestamp,
) -> Result<Applied, Error> {
    if !record.state.is_served() {
        return Ok(Applied::Refused(Refused::NotServed));
    }
    let Some(content) = record
        .content
        .as_ref()
        .filter(|content| content.streams.is_some())
    else {
        return Ok(Applied::Refused(Refused::NotAudioOrVideo));
    };
    let (listed, what) = match &request.command {
        Command::PutCaptions(captions) => (put(&content.captions, captions), What::CaptionsPut),
        Command::RemoveCaptions(language) => {
            (without(&content.captions, *language), What::CaptionsRemoved)
        }
        Command::Suspend(_)
        | Command::Restore
        | Command::Move(_)
        | Command::Delete
        | Command::Expire
        | Command::Retry => return Ok(Applied::Done),
    };
    if listed.len() > MAX_CAPTIONS.into() {
        return Ok(Applied::Refused(Refused::TooManyCaptions));
    }
    if listed == content.captions {
        return Ok(if record.state == State::Updating {
            Applied::UnderWay
        } else {
            Applied::Done
        });
    }
    begin(record, State::Updating, what, request, grace, now)?;
    if let Some(content) = record.content.as_mut() {
        content.captions = listed;
    }
    Ok(Applied::Changed)
}

/// Returns the list with these captions in the place of the first ones in their language. Captions that are listed
/// already, with the same text and name, stay as they are.
fn put(listed: &[Captions], new: &Captions) -> Vec<Captions> {
    let language = new.id.language;
    let place = listed.iter().position(|one| one.id.language == language);
    let before = place.and_then(|place| listed.get(place));
    let is_same = |one: &Captions| one.digest == new.digest && one.name == new.name;
    let entry = before.filter(|one| is_same(one)).unwrap_or(new).clone();
    let mut list = without(listed, language);
    list.insert(place.unwrap_or(list.len()).min(list.len()), entry);
    list
}

fn without(listed: &[Captions], language: Language) -> Vec<Captions> {
    let others = listed.iter().filter(|one| one.id.language != language);
    others.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::captions::{CaptionsId, Origin};
    use crate::vocabulary::digest::FileDigest;

    fn captions(id: &str, text: Option<&str>) -> Captions {
        Captions {
            id: CaptionsId::parse(id).unwrap(),
            name: None,
            from: Origin::File,
            digest: text.map(|text| FileDigest::of(text.as_bytes())),
            waits: None,
        }
    }

    #[test]
    fn captions_take_the_place_of_those_in_their_language() {
        let file = [
            captions("de", None),
            captions("en", None),
            captions("en.2", None),
            captions("fr", None),
        ];
        let english = captions("en", Some("new"));
        let changed = put(&file, &english);
        let expected = [file[0].clone(), english.clone(), file[3].clone()];
        assert_eq!(changed, expected);
        let waiting = Captions {
            waits: Some(7),
            ..english.clone()
        };
        assert_eq!(put(&changed, &waiting), changed, "the same text again");
        let last = captions("it", Some("new"));
        assert_eq!(put(&changed, &last).last(), Some(&last));
        let english = Language::parse("en").unwrap();
        assert_eq!(without(&file, english), [file[0].clone(), file[3].clone()]);
    }
}
