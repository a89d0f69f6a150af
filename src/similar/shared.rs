//! What the words of the asked incident have in common with those of all others, summed up word by word.

use super::norms::weight;
use super::postings::Postings;

/// A word of the asked incident, with all who have it.
pub(super) struct Term {
    pub rare: f64,
    /// How rare it was when the lengths of the segment's incidents were measured.
    pub before: f64,
    pub head: u8,
    pub in_name: bool,
    pub is_code: bool,
    pub is_frame: bool,
    /// Whether it stands in the name of a service of the asked incident.
    pub of_service: bool,
    /// How it was written first.
    pub written: String,
    pub postings: Postings,
}

/// What words have in common: the weights of shared words, and the rarity of those in the asked and in the other's name,
/// with the length of these in the other (squared).
#[derive(Clone, Copy, Default)]
pub(super) struct Weights {
    pub words: f32,
    pub asked_name: f32,
    pub other_name: f32,
    pub head: f32,
}

impl Weights {
    fn add(&mut self, one: Self) {
        self.words += one.words;
        self.asked_name += one.asked_name;
        self.other_name += one.other_name;
        self.head += one.head;
    }
}

/// The same of all words, and of those that name a service of the asked incident; the rarity of shared codes, and of the
/// rarest shared frame of a stack trace (the others are how any trace gets there); and what the length of the other
/// (squared) and the rarity of its name are off by, since these words became less rare.
#[derive(Clone, Copy, Default)]
pub(super) struct Shared {
    pub all: Weights,
    pub service: Weights,
    pub codes: f32,
    pub frame: f32,
    pub head_off: f32,
    pub name_off: f32,
}

/// That of every incident, by number. Columns of what few words have are empty until one has it: the one that all words
/// have is gone through at random, and so stays near.
pub(super) struct Sums {
    all: Vec<Weights>,
    service: Vec<Weights>,
    codes: Vec<f32>,
    frames: Vec<f32>,
    off: Vec<(f32, f32)>,
}

fn of<T: Copy + Default>(column: &[T], number: usize) -> T {
    column.get(number).copied().unwrap_or_default()
}

impl Sums {
    pub(super) fn new(count: usize) -> Self {
        Self {
            all: vec![Weights::default(); count],
            service: Vec::new(),
            codes: Vec::new(),
            frames: Vec::new(),
            off: Vec::new(),
        }
    }

    /// What one incident has in common.
    pub(super) fn of(&self, number: usize) -> Shared {
        let (head_off, name_off) = of(&self.off, number);
        Shared {
            all: self.all[number],
            service: of(&self.service, number),
            codes: of(&self.codes, number),
            frame: of(&self.frames, number),
            head_off,
            name_off,
        }
    }

    /// Adds a word to those who have it.
    pub(super) fn add(&mut self, term: &Term, weights: &[f64; 16]) {
        let count = self.all.len();
        let rare = term.rare as f32;
        let own = term.rare * weight(term.head) * term.rare;
        let by_head: [Weights; 16] = std::array::from_fn(|head| Weights {
            words: (own * weights[head]) as f32,
            asked_name: if term.in_name { rare } else { 0.0 },
            other_name: 0.0,
            head: (term.rare * weights[head]).powi(2) as f32,
        });
        if term.of_service {
            self.service.resize(count, Weights::default());
        }
        for posting in &term.postings.list {
            let at = posting.document as usize;
            let mut one = by_head[usize::from(posting.head())];
            one.other_name = if posting.in_name() { rare } else { 0.0 };
            self.all[at].add(one);
            if term.of_service {
                self.service[at].add(one);
            }
        }
        let documents = || term.postings.list.iter().map(|p| p.document as usize);
        if term.is_code {
            self.codes.resize(count, 0.0);
            documents().for_each(|at| self.codes[at] += rare);
        }
        if term.is_frame {
            self.frames.resize(count, 0.0);
            documents().for_each(|at| self.frames[at] = self.frames[at].max(rare));
        }
    }

    /// Sums up what the lengths of the segment's incidents are off by: in a storm of something new, the one incident of
    /// the past that had its words would seem to be about more than it was.
    pub(super) fn make_up(&mut self, term: &Term, weights: &[f64; 16], written: usize) {
        if term.rare == term.before {
            return;
        }
        let head = term.rare.powi(2) - term.before.powi(2);
        let name = (term.rare - term.before) as f32;
        let by_head: [f32; 16] = std::array::from_fn(|at| (head * weights[at].powi(2)) as f32);
        self.off.resize(self.all.len(), (0.0, 0.0));
        for posting in &term.postings.list {
            let at = posting.document as usize;
            if at >= written {
                break;
            }
            self.off[at].0 += by_head[usize::from(posting.head())];
            self.off[at].1 += if posting.in_name() { name } else { 0.0 };
        }
    }
}
