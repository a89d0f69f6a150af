//! What the proving ground fits: the weights as they stand, and what they weigh in one case.

use super::Case;
use super::rank::evidence::Kind;
use super::rank::{grounds, rank, weights};

/// The kinds of evidence, by name, each with its weight.
pub fn weights_by_name() -> Vec<(String, f64)> {
    let kinds = Kind::ALL.iter().map(|k| format!("{k:?}"));
    kinds.zip(weights::WEIGHTS).collect()
}

/// What a cause that nobody looked at weighs.
pub const UNSEEN: f64 = weights::UNSEEN;

/// The weights of the grounds of a confidence.
pub const GROUNDS: &[f64] = &weights::GROUNDS;

/// A service with what speaks for it, by kind of evidence.
pub type Spoken = (String, Vec<f64>);

/// What speaks for each service of a case, likeliest first; and the grounds on which the first stands, where one does.
pub fn weighing(case: &Case) -> (Vec<Spoken>, Option<Vec<f64>>) {
    let (flow, ranking) = rank(case);
    let of = ranking.weighed.iter();
    let evidence = of.map(|w| (flow.calls.names[w.service].clone(), w.evidence.0.to_vec()));
    let grounds = grounds(&flow, &ranking.weighed).map(|g| g.0.to_vec());
    (evidence.collect(), grounds)
}
