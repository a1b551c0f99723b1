//! Recognizes quarter turns.

/// Rounds a clockwise angle to a quarter turn if it is within one degree of it, as FFmpeg does; any other angle gives
/// 0.
pub(crate) fn turn(degrees: f64) -> u16 {
    let positive = degrees.rem_euclid(360.0);
    let is = |angle: f64| (positive - angle).abs() < 1.0;
    if is(90.0) {
        90
    } else if is(180.0) {
        180
    } else if is(270.0) {
        270
    } else {
        0
    }
}
