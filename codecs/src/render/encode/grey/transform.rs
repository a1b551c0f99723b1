//! The forward DCT of a block, and its quantization (ITU-T T.81, A.3.3 and A.3.4).
//!
//! It uses the factorization of Arai, Agui and Nakajima (Trans. IEICE E-71, 1988): five multiplications for eight
//! values, which leaves a constant factor in each coefficient. That factor is divided out together with the
//! quantization step. It computes in 32-bit floats, which are exact enough, and of which a processor handles eight at
//! once.

/// The number of samples along a side of a block.
pub(super) const SIDE: usize = 8;

/// The samples of a block, row by row.
pub(super) type Block = [[u8; SIDE]; SIDE];

/// For each coefficient in scan order, its index row by row (figure A.6).
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, //
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, //
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, //
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The luminance steps of table K.1, row by row.
const STEPS: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, //
    12, 12, 14, 19, 26, 58, 60, 55, //
    14, 13, 16, 24, 40, 57, 69, 56, //
    14, 17, 22, 29, 51, 87, 80, 62, //
    18, 22, 37, 56, 68, 109, 103, 77, //
    24, 35, 55, 64, 81, 104, 113, 92, //
    49, 64, 78, 87, 103, 121, 120, 101, //
    72, 92, 95, 98, 112, 100, 103, 99,
];

/// Adding this to a number between -2^22 and 2^22 leaves the rounded number in the low bits of the sum.
const ROUNDING: f32 = 12_582_912.0;

/// The quantization for one quality.
pub(super) struct Quantizer {
    /// The quantization steps, row by row.
    pub(super) steps: [u8; 64],
    /// The quantized DC coefficient of a block that is entirely of one grey.
    pub(super) flat: [i16; 256],
    /// The factors for the coefficients, column by column.
    factors: [[f32; SIDE]; SIDE],
}

impl Quantizer {
    /// Uses libjpeg's steps for the same quality, 1 to 100: 50 gives table K.1 itself.
    pub(super) fn new(quality: u8) -> Self {
        let quality = u32::from(quality.clamp(1, 100));
        let percent = if quality < 50 {
            5_000 / quality
        } else {
            200 - 2 * quality
        };
        let steps = STEPS.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 255) as u8);
        let mut factors = [[0.0; SIDE]; SIDE];
        for (x, column) in factors.iter_mut().enumerate() {
            for (y, factor) in column.iter_mut().enumerate() {
                let step = f64::from(steps[y * SIDE + x]);
                *factor = (1.0 / (step * remains(x) * remains(y) * 8.0)) as f32;
            }
        }
        let mean = |grey: usize| rounded((grey as f32 - 128.0) * 64.0 * factors[0][0]);
        Self {
            steps,
            flat: std::array::from_fn(mean),
            factors,
        }
    }

    /// The quantized coefficients of a block, column by column. They are within ±1,024, because samples have 8 bits.
    #[inline(always)]
    pub(super) fn transform(&self, block: &Block) -> [i16; 64] {
        let mut values = [[0.0; SIDE]; SIDE];
        for (values, samples) in values.iter_mut().zip(block) {
            for (value, sample) in values.iter_mut().zip(samples) {
                *value = f32::from(*sample) - 128.0;
            }
        }
        transform_columns(&mut values);
        let mut values = transpose(&values);
        transform_columns(&mut values);
        let mut quantized = [0; 64];
        let (values, factors) = (values.as_flattened(), self.factors.as_flattened());
        for ((quantized, value), factor) in quantized.iter_mut().zip(values).zip(factors) {
            *quantized = rounded(value * factor);
        }
        quantized
    }
}

/// The factor that the factorization leaves in a coefficient, for one direction.
fn remains(frequency: usize) -> f64 {
    match frequency {
        0 => 1.0,
        _ => (std::f64::consts::PI * frequency as f64 / 16.0).cos() * std::f64::consts::SQRT_2,
    }
}

#[inline(always)]
fn rounded(value: f32) -> i16 {
    (value + ROUNDING).to_bits() as i16
}

#[inline(always)]
fn transpose(rows: &[[f32; SIDE]; SIDE]) -> [[f32; SIDE]; SIDE] {
    let mut columns = [[0.0; SIDE]; SIDE];
    for (y, row) in rows.iter().enumerate() {
        for (x, value) in row.iter().enumerate() {
            columns[x][y] = *value;
        }
    }
    columns
}

/// Cosines of multiples of π/16, as used in the factorization: c4, c6, c2 - c6, c2 + c6.
const C4: f32 = 0.707_106_77;
const C6: f32 = 0.382_683_43;
const C2_LESS_C6: f32 = 0.541_196_1;
const C2_AND_C6: f32 = 1.306_563;

/// Applies the one-dimensional transform to all columns at once.
#[inline(always)]
#[allow(
    clippy::needless_range_loop,
    reason = "the array iterates over rows, not over columns"
)]
fn transform_columns(rows: &mut [[f32; SIDE]; SIDE]) {
    for x in 0..SIDE {
        let (a, b, c, d) = (rows[0][x], rows[1][x], rows[2][x], rows[3][x]);
        let (e, f, g, h) = (rows[4][x], rows[5][x], rows[6][x], rows[7][x]);

        let (outer, outer_less) = ((a + h) + (d + e), (a + h) - (d + e));
        let (inner, inner_less) = ((b + g) + (c + f), (b + g) - (c + f));
        let turned = (inner_less + outer_less) * C4;
        rows[0][x] = outer + inner;
        rows[2][x] = outer_less + turned;
        rows[4][x] = outer - inner;
        rows[6][x] = outer_less - turned;

        let (low, high) = ((d - e) + (c - f), (b - g) + (a - h));
        let shared = (low - high) * C6;
        let (low, high) = (low * C2_LESS_C6 + shared, high * C2_AND_C6 + shared);
        let middle = ((c - f) + (b - g)) * C4;
        let (sum, difference) = ((a - h) + middle, (a - h) - middle);
        rows[1][x] = sum + high;
        rows[3][x] = difference - low;
        rows[5][x] = difference + low;
        rows[7][x] = sum - high;
    }
}
