//! Angles that are quarter turns.

/// Of an angle in degrees, clockwise: a quarter turn or several, within a degree, as FFmpeg has it; anything else is none.
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
