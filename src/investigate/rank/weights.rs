//! How much each kind of evidence moves the log-odds, at its strongest.

use super::evidence::Kind;

/// By kind of evidence.
pub const WEIGHTS: [f64; Kind::ALL.len()] = [
    1.75, // Share
    0.75, // Deepest
    0.0,  // Further
    1.75, // Grown
    2.25, // Silent
    4.25, // Vanished
    1.25, // Strain
    1.0,  // StrainAlone
    2.0,  // Failure
    0.75, // Lines
    1.5,  // Blamed
    3.0,  // Change
    2.5,  // Restart
    0.25, // Alert
    5.5,  // Load
    5.0,  // Sign
    4.0,  // Trace
    0.0,  // Named
];
/// What a cause that nobody looked at weighs.
pub const UNSEEN: f64 = 2.5;
