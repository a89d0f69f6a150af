//! How much each kind of evidence moves the log-odds, at its strongest, and how odds become a confidence.
//!
//! Both were fitted on the proving ground (`cargo bench --bench root_cause -- --fit 2000`), on simulated systems only, by
//! logistic regression: the culprit against every other service and against a cause that nobody looked at, with weights
//! that may not be negative; then the first of a ranking, right or not, by the grounds it stands on. They are rounded, and
//! held below the fit where the simulation is kinder than life: it knows no restarts for other reasons than the fault.

/// Kinds of evidence.
pub const KINDS: usize = 17;
/// By kind of evidence, in their order.
pub const WEIGHTS: [f64; KINDS] = [
    0.25, // Share
    2.25, // Deepest
    0.75, // Grown
    3.25, // Silent
    4.5,  // Vanished
    1.5,  // Strain
    1.0,  // StrainAlone
    1.0,  // Failure
    0.25, // Lines
    3.0,  // Blamed
    3.25, // Change
    6.0,  // Restart
    1.0,  // Alert
    4.25, // Load
    5.0,  // Floods
    5.5,  // Sign
    2.25, // Trace
];
/// What a cause that nobody looked at weighs.
pub const UNSEEN: f64 = 2.5;

/// How much each ground of a confidence moves its log-odds.
pub const GROUNDS: [f64; 9] = [-1.0, 0.6, 0.2, 0.2, -0.1, 0.7, 0.3, -1.0, 0.15];
