//! Reads keys of each bucket. What it reads prints as it was.

use super::listed::{Facet, Position};
use super::used::{Ledger, Mark};
use super::{Begun, DeliveryId, Expiring, Flow, Item, Key, MessageId, work};
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::names::{AppId, FileName, MediaId, UploadId, Visibility};
use crate::vocabulary::webhook::HookName;

impl Key {
    pub(super) fn parse_uploaded(key: &str) -> Option<Self> {
        let (app, rest) = key.split_once('/')?;
        let (upload, name) = rest.split_once('/')?;
        Some(Self::Uploaded {
            app: AppId::parse(app).ok()?,
            upload: UploadId::parse(upload).ok()?,
            name: FileName::new(name)?,
        })
    }

    pub(super) fn parse_delivered(key: &str) -> Option<Self> {
        let mut segments = key.splitn(4, '/');
        let visibility = Visibility::parse(segments.next()?)?;
        let app = AppId::parse(segments.next()?).ok()?;
        let media = MediaId::parse(segments.next()?).ok()?;
        let item = Item::parse(segments.next()?)?;
        Some(Self::Delivered {
            visibility,
            app,
            media,
            item,
        })
    }

    pub(super) fn parse_part(key: &str) -> Option<Self> {
        let mut segments = key.splitn(4, '/');
        let app = AppId::parse(segments.next()?).ok()?;
        let media = MediaId::parse(segments.next()?).ok()?;
        let generation = segments.next()?.parse().ok()?;
        let part = work::Part::parse(segments.next()?)?;
        Some(Self::Part(app, media, generation, part))
    }

    pub(super) fn parse_record(key: &str) -> Option<Self> {
        let (folder, rest) = key.split_once('/')?;
        match folder {
            "apps" => return Some(Self::App(AppId::parse(rest.strip_suffix(".json")?).ok()?)),
            "webhooks" => {
                return Some(Self::Webhooks(
                    AppId::parse(rest.strip_suffix(".json")?).ok()?,
                ));
            }
            "blocked" => return FileDigest::parse(rest).ok().map(Self::Blocked),
            "begun" => return Begun::parse(rest).map(Self::Begun),
            "expiring" => return Expiring::parse(rest).map(Self::Expiring),
            "sweep" => return (rest == "uploads.json").then_some(Self::Compared),
            "stored" if !rest.contains('/') => {
                let app = AppId::parse(rest.strip_suffix(".json")?).ok()?;
                return Some(Self::StoredSum(app));
            }
            _ => {}
        }
        let Some((first, last)) = rest.split_once('/') else {
            let app = AppId::parse(rest).ok()?;
            return (folder == "announced").then_some(Self::AnnouncedApp(app));
        };
        if folder == "failed" && first == "_unknown" {
            return Some(Self::Unclaimed(MessageId::new(last)));
        }
        let app = AppId::parse(first).ok()?;
        match folder {
            "uploads" => Some(Self::Grant(
                app,
                UploadId::parse(last.strip_suffix(".json")?).ok()?,
            )),
            "media" => Some(Self::Media(
                app,
                MediaId::parse(last.strip_suffix(".json")?).ok()?,
            )),
            "failed" => Some(Self::Failed(app, MediaId::parse(last).ok()?)),
            "suspended" => Some(Self::Suspended(app, MediaId::parse(last).ok()?)),
            "announced" => Some(Self::Announced(app, MediaId::parse(last).ok()?)),
            "events" => {
                let Some((about, seq)) = last.split_once('/') else {
                    return Some(Self::AppEvent(app, last.parse().ok()?));
                };
                let seq = seq.parse().ok()?;
                Some(match MediaId::parse(about) {
                    Ok(media) => Self::Event(app, media, seq),
                    Err(_) => Self::UploadEvent(app, UploadId::parse(about).ok()?, seq),
                })
            }
            "standing" => Some(Self::Standing(
                app,
                HookName::parse(last.strip_suffix(".json")?).ok()?,
            )),
            "deliveries" => {
                let (hook, delivery) = last.split_once('/')?;
                let hook = HookName::parse(hook).ok()?;
                Some(Self::Delivery(app, hook, DeliveryId::parse(delivery).ok()?))
            }
            "stuck" => Some(Self::Stuck(app, MediaId::parse(last).ok()?)),
            "listed" => {
                let (facet, position) = last.split_once('/')?;
                let (facet, position) = (Facet::parse(facet)?, Position::parse(position)?);
                Some(Self::Listed(app, facet, position))
            }
            "indexed" => Some(Self::Indexed(app, MediaId::parse(last).ok()?)),
            "stored" => Some(Self::Stored(app, Flow::parse(last)?)),
            "usage" => Some(match last.split_once('/') {
                Some((ledger, mark)) => Self::Used(app, Ledger::parse(ledger)?, Mark::parse(mark)?),
                None => Self::Counted(app, Ledger::parse(last.strip_suffix(".json")?)?),
            }),
            _ => None,
        }
    }
}
