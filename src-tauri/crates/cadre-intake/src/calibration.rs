//! From scores to probabilities that mean what they say.
//!
//! Shared with the build script, so that what was calibrated there is what is used here.

/// From this confidence on a reading may be acted on without asking. Chosen on cross-validated predictions as
/// the lowest at which more than 92 % of what is acted on is read right, with a margin for unseen styles.
pub(crate) const ACT_THRESHOLD: f64 = 0.65;

/// Complexity is learned around its middle, in units that keep the steps of the optimiser in range.
pub(crate) const COMPLEXITY_MIDDLE: f32 = 4.0;
pub(crate) const COMPLEXITY_UNIT: f32 = 2.0;

/// Probabilities from scores; `sharpness` multiplies the scores first.
pub(crate) fn softmax(scores: &[f32], sharpness: f32) -> Vec<f32> {
    let most = scores.iter().fold(f32::MIN, |most, &score| most.max(score));
    let powers: Vec<f64> =
        scores.iter().map(|&score| exponential(f64::from(sharpness) * f64::from(score - most))).collect();
    let total: f64 = powers.iter().sum();
    powers.iter().map(|&power| (power / total) as f32).collect()
}

/// e^x from additions and multiplications alone: the platform's own differs in the last bit between systems,
/// and the weights would with it.
fn exponential(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    let halvings = (x / std::f64::consts::LN_2).round();
    let rest = x - halvings * std::f64::consts::LN_2;
    let mut sum = 1.0;
    let mut term = 1.0;
    for step in 1..14 {
        term *= rest / f64::from(step);
        sum += term;
    }
    sum * f64::from_bits(((1023 + halvings as i64) as u64) << 52)
}

/// The first of the largest, so that ties are settled the same way everywhere.
pub(crate) fn most_probable(probabilities: &[f32]) -> usize {
    let mut best = 0;
    for (index, &probability) in probabilities.iter().enumerate() {
        if probability > probabilities[best] {
            best = index;
        }
    }
    best
}
