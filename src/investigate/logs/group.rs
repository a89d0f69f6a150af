//! Lines grouped to templates.
//!
//! The grouping follows Drain (He et al., ICWS 2017): lines of as many words, alike in at least half of them, are one
//! template; what looks like a number, an id, an address or a time is a variable from the start. Words that say where in
//! the code, which error, how bad or that it failed are never variables: "accepted" and "refused" are one word apart.

use super::mask::{ANY, Masks, Word, words};
use std::collections::{BTreeSet, HashMap};

/// Share of words that must agree, as in the paper.
const ALIKE: f64 = 0.5;
/// Different codes and places in lines that are else the same, from which they are variables after all: ids that look
/// like codes.
const MOST_PINS: usize = 24;
/// Templates that a line is held against; further ones join the likest. It bounds what lines cost that are all different.
const MOST_COMPARED: usize = 64;

/// One template with its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its words.
    pub words: Vec<String>,
    /// Indexes of its lines.
    pub lines: Vec<usize>,
}

/// Lines that are the same once what varies is masked.
struct Distinct {
    words: Vec<Word>,
    lines: Vec<usize>,
}

/// Groups what lines say.
pub fn group<'a>(said: impl IntoIterator<Item = &'a str>) -> Vec<Template> {
    let mut distinct = masked(said);
    unpin(&mut distinct);
    let mut templates: Vec<Template> = Vec::new();
    let mut shelves: HashMap<(usize, String), Vec<usize>> = HashMap::new();
    for one in distinct {
        let shelf = shelves.entry(shelf_of(&one.words)).or_default();
        let nearest = shelf
            .iter()
            .map(|&at| (alike(&templates[at].words, &one.words), at))
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        let full = shelf.len() >= MOST_COMPARED;
        match nearest.filter(|(share, _)| *share >= ALIKE || full) {
            Some((_, at)) => templates[at].join(one),
            None => {
                shelf.push(templates.len());
                templates.push(Template {
                    words: one.words.into_iter().map(|w| w.text).collect(),
                    lines: one.lines,
                });
            }
        }
    }
    for template in &mut templates {
        template.lines.sort_unstable();
    }
    templates
}

/// Lines by their masked words, in the order in which they came.
fn masked<'a>(said: impl IntoIterator<Item = &'a str>) -> Vec<Distinct> {
    let mut distinct: Vec<Distinct> = Vec::new();
    let mut known: HashMap<Vec<Word>, usize> = HashMap::new();
    let mut masks = Masks::default();
    for (number, text) in said.into_iter().enumerate() {
        let words = words(text, &mut masks);
        match known.get(&words) {
            Some(&at) => distinct[at].lines.push(number),
            None => {
                known.insert(words.clone(), distinct.len());
                distinct.push(Distinct {
                    words,
                    lines: vec![number],
                });
            }
        }
    }
    distinct
}

/// Makes variables of codes and places where lines that are else the same have very many of them.
fn unpin(distinct: &mut [Distinct]) {
    let mut shapes: HashMap<String, BTreeSet<String>> = HashMap::new();
    for one in distinct.iter() {
        let (shape, pins) = shape(&one.words);
        shapes.entry(shape).or_default().insert(pins);
    }
    for one in distinct {
        if shapes[&shape(&one.words).0].len() > MOST_PINS {
            for word in one.words.iter_mut().filter(|w| is_code(w)) {
                *word = Word::any();
            }
        }
    }
}

/// Words with their codes and places as variables, and these.
fn shape(words: &[Word]) -> (String, String) {
    let text = |w: &Word| if is_code(w) { ANY } else { w.text.as_str() }.to_owned();
    let pins = words.iter().filter(|w| is_code(w)).map(|w| w.text.as_str());
    let shape: Vec<String> = words.iter().map(text).collect();
    (shape.join(" "), pins.collect::<Vec<_>>().join(" "))
}

fn is_code(word: &Word) -> bool {
    word.pinned && word.text.contains(|c: char| c.is_ascii_digit())
}

/// What lines must share to be compared at all: how many words, the first one, and those that are never variables.
fn shelf_of(words: &[Word]) -> (usize, String) {
    let first = words.first().map(|w| w.text.as_str()).unwrap_or_default();
    let pins = words.iter().filter(|w| w.pinned).map(|w| w.text.as_str());
    let key: Vec<&str> = std::iter::once(first).chain(pins).collect();
    (words.len(), key.join(" "))
}

/// Share of the words that agree, of those that are not variables in both.
fn alike(template: &[String], words: &[Word]) -> f64 {
    let pairs = || template.iter().zip(words);
    let told = pairs().filter(|(a, b)| *a != ANY || b.text != ANY).count();
    let same = pairs().filter(|(a, b)| *a != ANY && **a == b.text).count();
    if told == 0 {
        1.0
    } else {
        same as f64 / told as f64
    }
}

impl Template {
    fn join(&mut self, one: Distinct) {
        for (kept, word) in self.words.iter_mut().zip(&one.words) {
            if *kept != word.text {
                ANY.clone_into(kept);
            }
        }
        self.lines.extend(one.lines);
    }
}
