//! How much each kind of evidence moves the log-odds, at its strongest.

use super::evidence::Kind;

/// By kind of evidence.
pub const WEIGHTS: [f64; Kind::ALL.len()] = [
    8.5,  // Share
    1.0,  // Further
    1.0,  // Grown
    3.0,  // Silent
    3.0,  // Vanished
    3.0,  // Strain
    1.5,  // StrainAlone
    2.0,  // Failure
    0.75, // Lines
    2.0,  // Blamed
    2.25, // Change
    1.25, // Restart
    0.75, // Alert
    4.0,  // Load
    7.0,  // Sign
    6.0,  // Trace
    0.5,  // Named
];
/// What a cause that nobody looked at weighs.
pub const UNSEEN: f64 = 2.5;
