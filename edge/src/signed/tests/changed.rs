//! Tests that no request is admitted if any one character of the signed text or of the signature is changed.

use proptest::prelude::*;

use super::*;

/// Characters that URLs and cookies may contain, including those of base 64.
const CHARACTERS: &[u8] = b"ABCXYZabcxyz0189-_~.+/=%";

/// Returns every text that differs from this one in one character, with some replacements for each.
fn neighbours(text: &str) -> impl Iterator<Item = String> {
    (0..text.len()).flat_map(move |place| {
        let others = CHARACTERS.iter().map(|other| char::from(*other));
        others
            .filter(move |other| !text[place..].starts_with(*other))
            .map(move |other| format!("{}{other}{}", &text[..place], &text[place + 1..]))
    })
}

/// Asserts that a changed request is refused. A change may also give a parameter another name: an unknown one goes to
/// the origin as the viewer's own, and still changes the URL.
fn assert_none_admitted(request: &Request, trusted: &TrustedKeys, what: &str) {
    assert!(request.judged(trusted).is_err(), "{what}: {request:?}");
}

#[test]
fn no_neighbour_of_a_signed_address_is_admitted() {
    let (private, trusted) = &*RSA;
    for policy in [canned(), custom()] {
        let good = Request::by_url(&Signed::new(&policy, private).unwrap());
        let query = good.query.clone().unwrap();
        for changed in neighbours(&query) {
            let request = Request {
                query: Some(changed),
                ..good.clone()
            };
            assert_none_admitted(&request, trusted, "query");
        }
        // Under the `*` of a policy, any name is accepted.
        let bound = if policy.is_canned() {
            ORIGINAL
        } else {
            "/private/demo/a/"
        };
        for changed in neighbours(bound) {
            let request = Request {
                path: format!("{changed}{}", &ORIGINAL[bound.len()..]),
                ..good.clone()
            };
            assert_none_admitted(&request, trusted, "path");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_signed_is_admitted_and_its_neighbours_are_not(
        media in "[0-9a-z]{1,20}",
        file in "[0-9a-z/.]{1,20}",
        lasts in 1_i64..100_000,
        began in proptest::option::of(1_i64..100_000),
        viewers in proptest::option::of((any::<u32>(), 8_u8..=32)),
        cookies: bool,
        place: prop::sample::Index,
        other in prop::sample::select(CHARACTERS),
    ) {
        let (private, trusted) = &*RSA;
        let range = viewers.map(|(address, prefix)| {
            (std::net::Ipv4Addr::from(address), prefix)
        });
        let policy = Wanted::until(&format!("{BASE}/private/demo/{media}/*"), at(NOW + lasts))
            .from(began.map(|ago| at(NOW - ago)))
            .viewers(range.map(|(address, prefix)| format!("{address}/{prefix}").parse().unwrap()));
        let signed = Signed::new(&policy, private).unwrap();
        let mut request = if cookies { Request::by_cookies(&signed) } else { Request::by_url(&signed) };
        request.path = format!("/private/demo/{media}/{file}");
        if let Some((address, _)) = range {
            request.viewer = address.into();
        }
        prop_assert_eq!(request.judged(trusted), Ok(None));

        let text = if cookies { &mut request.cookie } else { &mut request.query };
        let text = text.as_mut().unwrap();
        let place = place.index(text.len());
        prop_assume!(text.as_bytes()[place] != other);
        text.replace_range(place..=place, &char::from(other).to_string());
        prop_assert!(request.judged(trusted).is_err());
    }
}
