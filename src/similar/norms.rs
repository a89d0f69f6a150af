//! How much each incident says: the length of its words, by which a likeness is measured.

use super::columns::Norm;
use super::postings::Posting;

/// What a word weighs by how often name and head have it.
pub(super) fn weight(head: u8) -> f64 {
    if head == 0 {
        0.0
    } else {
        1.0 + f64::from(head).ln()
    }
}

/// Lengths while they are summed up, word by word in the order of the words, so that an incident's comes out the same
/// wherever it lies.
pub(super) struct Norms {
    sums: Vec<(f64, f64)>,
    weights: [f64; 16],
}

impl Norms {
    pub(super) fn new(count: usize) -> Self {
        Self {
            sums: vec![(0.0, 0.0); count],
            weights: std::array::from_fn(|head| weight(head as u8)),
        }
    }

    pub(super) fn add(&mut self, list: &[Posting], rare: f64) {
        for posting in list {
            let sum = &mut self.sums[posting.document as usize];
            sum.0 += (rare * self.weights[usize::from(posting.head())]).powi(2);
            sum.1 += if posting.in_name() { rare } else { 0.0 };
        }
    }

    pub(super) fn finish(self) -> Vec<Norm> {
        let sums = self.sums.into_iter();
        sums.map(|(head, name)| Norm {
            head: head.sqrt() as f32,
            name: name as f32,
        })
        .collect()
    }
}
