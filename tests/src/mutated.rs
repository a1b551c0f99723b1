//! Damages good files as a bad disk, a cut connection or an attacker would.

use rand::RngExt;
use rand::rngs::StdRng;

/// Returns a copy with one to eight bytes changed, a stretch repeated, removed or set to one value, or the end cut off.
///
/// # Panics
/// Panics if `good` is empty.
#[must_use]
pub fn mutated(good: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut body = good.to_vec();
    let at = rng.random_range(0..body.len());
    let length = rng.random_range(1..=64).min(body.len() - at);
    match rng.random_range(0..5) {
        0 => body.truncate(at),
        1 => drop(body.drain(at..at + length)),
        2 => {
            let stretch: Vec<_> = body.iter().skip(at).take(length).copied().collect();
            body.splice(at..at, stretch);
        }
        3 => {
            let value = rng.random();
            let stretch = body.iter_mut().skip(at).take(length);
            stretch.for_each(|byte| *byte = value);
        }
        _ => {
            for _ in 0..rng.random_range(1..=8) {
                let place = rng.random_range(0..body.len());
                let value = rng.random();
                body.iter_mut()
                    .skip(place)
                    .take(1)
                    .for_each(|byte| *byte = value);
            }
        }
    }
    body
}
