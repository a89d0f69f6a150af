//! Every incident that can be found: those of a segment that was written once, and those put since, searched as one. While
//! very many are put, what is newer is set aside in runs, so that memory holds a bounded part of them.

use super::Subject;
use super::bytes::key;
use super::columns::{Norm, Row};
use super::delta::{Delta, digest};
use super::merged::Merged;
use super::norms::Norms;
use super::part::Pages;
use super::postings::Postings;
use super::segment::Segment;
use std::collections::HashSet;
use std::io;
use std::sync::OnceLock;

/// Changes from which a segment is worth writing anew: an eighth of it, but not for a few, and not more than can be
/// indexed again at each start without anybody noticing (256 take about 15 ms).
const FEWEST: usize = 16;
const MOST: usize = 256;

/// What is rare changes with every incident that comes, and the lengths of all others with it. To measure them anew, each
/// posting must be read, some 100 ms for 100,000 incidents. So a segment beyond this size keeps the lengths it was written
/// with while no more than one in a hundred of its incidents changed. What the asked one's own words weigh by now is made
/// up for (`Term::before`), which leaves a likeness off by a percent or two.
const MEASURED: usize = 10_000;
const STALE: usize = 100;

/// Incidents, and postings (eight bytes each, and as much again while their lists grow), from which what is newer is worth
/// a run: about ten megabytes.
const RUN: usize = 4_096;
const POSTINGS: usize = 1 << 18;

/// Every incident that can be found. Numbers count through the segment first, then through the runs, then through what was
/// put since.
#[derive(Default)]
pub struct Index {
    segment: Option<Segment>,
    /// What was put since the segment was written, and is not in memory.
    runs: Vec<Segment>,
    /// The keys of the ids in the runs: nearly all that is put is in none of them.
    in_runs: HashSet<u64>,
    delta: Delta,
    /// Numbers that are not found any more: replaced or removed.
    hidden: HashSet<u32>,
    /// Whether one was removed that the segment still holds.
    holds_removed: bool,
    norms: OnceLock<Vec<Norm>>,
}

impl Index {
    /// An index over a segment. Pages that do not hold one, or one of another version, are refused.
    pub fn open(pages: Box<dyn Pages>) -> io::Result<Self> {
        Ok(Self {
            segment: Some(Segment::open(pages)?),
            ..Self::default()
        })
    }

    /// The note in its segment.
    pub(crate) fn covered(&self) -> usize {
        let covered = self.segment.as_ref().map_or(0, Segment::covered);
        usize::try_from(covered).unwrap_or(usize::MAX)
    }

    /// How many incidents it holds.
    pub fn len(&self) -> usize {
        self.given_out() - self.hidden.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of the first incident that was put.
    pub fn first(&self) -> Option<String> {
        let first = self.numbers().next()?;
        Some(self.row(first).id.to_owned())
    }

    /// An incident by id, without its text.
    pub fn subject(&self, id: &str) -> io::Result<Option<Subject>> {
        self.number(id).map(|number| self.shown(number)).transpose()
    }

    /// The first, the middle and the last incident: enough to see whose history it is.
    pub(crate) fn sample(&self) -> io::Result<Vec<Subject>> {
        let all: Vec<u32> = self.numbers().collect();
        let places = [0, all.len() / 2, all.len().saturating_sub(1)];
        let numbers = places.iter().filter_map(|at| all.get(*at));
        numbers.map(|number| self.shown(*number)).collect()
    }

    /// Bytes of memory it takes, about, its segment aside.
    pub fn bytes(&self) -> usize {
        self.delta.bytes()
    }

    /// Whether enough changed for the segment to be worth writing anew. What was removed must leave the disk at once.
    pub fn grown(&self) -> bool {
        self.holds_removed || self.changed() >= (self.written() / 8).clamp(FEWEST, MOST)
    }

    /// Whether what is newer takes more memory than it should.
    pub fn is_heavy(&self) -> bool {
        self.delta.len() >= RUN || self.delta.count() >= POSTINGS
    }

    /// Takes out what is newer than segment and runs, as an index of its own.
    pub(crate) fn take_newer(&mut self) -> Self {
        let written = self.written() as u32;
        let hidden = self.hidden.extract_if(|number| *number >= written);
        let hidden = hidden.map(|number| number - written).collect();
        self.norms.take();
        Self {
            delta: std::mem::take(&mut self.delta),
            hidden,
            ..Self::default()
        }
    }

    /// Puts back what was taken out, before anything else was put.
    pub(crate) fn give_back(&mut self, newer: Self) {
        let written = self.written() as u32;
        self.delta = newer.delta;
        self.hidden
            .extend(newer.hidden.into_iter().map(|number| number + written));
    }

    /// Adds what was taken out as the run that was written of it.
    pub(crate) fn add_run(&mut self, pages: Box<dyn Pages>) -> io::Result<()> {
        let run = Segment::open(pages)?;
        self.in_runs.extend(run.columns.ids().map(key));
        self.runs.push(run);
        Ok(())
    }

    /// Whether its segment holds all of it.
    pub(crate) fn is_written(&self) -> bool {
        self.changed() == 0
    }

    /// Puts an incident; an older one of the same id is not found any more. One that did not change is left as it is.
    /// Its text is not kept beyond its first words.
    pub fn put(&mut self, subject: Subject) {
        let digest = digest(&subject);
        let before = self.number(&subject.id);
        if subject.id.is_empty() || before.is_some_and(|n| self.row(n).digest == digest) {
            return;
        }
        self.norms.take();
        self.hidden
            .extend(before.filter(|n| (*n as usize) < self.written()));
        self.delta.put(subject, digest);
    }

    /// Removes an incident, if it is known.
    pub fn remove(&mut self, id: &str) {
        let Some(number) = self.number(id) else {
            return;
        };
        self.norms.take();
        self.hidden.insert(number);
        self.delta.remove(id);
        let holds = self.segments().any(|(s, _)| s.columns.place(id).is_some());
        self.holds_removed |= holds;
    }

    /// Segment and runs, each with the number of its first incident.
    fn segments(&self) -> impl Iterator<Item = (&Segment, u32)> {
        let mut next = 0;
        self.segment.iter().chain(&self.runs).map(move |segment| {
            let first = next;
            next += segment.len() as u32;
            (segment, first)
        })
    }

    /// How many numbers are those of segment and runs: the first ones.
    pub(super) fn written(&self) -> usize {
        self.segments().map(|(segment, _)| segment.len()).sum()
    }

    fn changed(&self) -> usize {
        let in_runs: usize = self.runs.iter().map(Segment::len).sum();
        in_runs + self.delta.len() + self.hidden.len()
    }

    /// How many numbers are given out, hidden ones included.
    pub(super) fn given_out(&self) -> usize {
        self.written() + self.delta.len()
    }

    /// Numbers that are not hidden.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..self.given_out() as u32).filter(|number| !self.is_hidden(*number))
    }

    pub(super) fn is_hidden(&self, number: u32) -> bool {
        !self.hidden.is_empty() && self.hidden.contains(&number)
    }

    /// The number of an incident.
    pub(super) fn number(&self, id: &str) -> Option<u32> {
        if let Some(newer) = self.delta.place(id) {
            return Some(newer + self.written() as u32);
        }
        let parts = match self.in_runs.contains(&key(id)) {
            true => usize::MAX,
            false => usize::from(self.segment.is_some()),
        };
        let mut older = self
            .segments()
            .take(parts)
            .filter_map(|(segment, first)| Some(segment.columns.place(id)? + first));
        older.find(|number| !self.is_hidden(*number))
    }

    /// Where an incident is written, and its place there; its place in memory where it is written nowhere.
    fn place(&self, number: u32) -> Result<(&Segment, usize), usize> {
        let mut at = number as usize;
        for segment in self.segment.iter().chain(&self.runs) {
            if at < segment.len() {
                return Ok((segment, at));
            }
            at -= segment.len();
        }
        Err(at)
    }

    /// What is compared of an incident besides its words.
    pub(super) fn row(&self, number: u32) -> Row<'_> {
        match self.place(number) {
            Ok((segment, at)) => segment.columns.row(at),
            Err(at) => self.delta.row(at),
        }
    }

    /// What is shown of an incident.
    pub(super) fn shown(&self, number: u32) -> io::Result<Subject> {
        match self.place(number) {
            Ok((segment, at)) => segment.subject(at),
            Err(at) => Ok(self.delta.subject(at).clone()),
        }
    }

    /// How rare a word is that so many incidents have.
    pub(super) fn rarity(&self, having: usize) -> f64 {
        rarity(self.len(), having)
    }

    /// Who has a word, and how rare it was when the lengths of the segment's incidents were measured.
    pub(super) fn postings(&self, word: &str) -> io::Result<(Postings, f64)> {
        let segment = self.segment.as_ref();
        let mut postings = segment.map_or(Ok(Postings::default()), |s| s.postings(word))?;
        let when_written = rarity(segment.map_or(0, Segment::len), postings.list.len());
        for (run, first) in self.segments().skip(usize::from(segment.is_some())) {
            let later = run.postings(word)?;
            postings.append(&later.list, &later.forms, first);
        }
        self.leave_out_hidden(&mut postings);
        if let Some(word) = self.delta.word(word) {
            self.append_newer(word, &mut postings);
        }
        let before = if self.keeps_norms() {
            when_written
        } else {
            self.rarity(postings.list.len())
        };
        Ok((postings, before))
    }

    fn leave_out_hidden(&self, postings: &mut Postings) {
        if !self.hidden.is_empty() {
            postings.list.retain(|p| !self.hidden.contains(&p.document));
        }
    }

    /// Goes through all words that some incident has, in order.
    pub(super) fn each_word(
        &self,
        visit: &mut dyn FnMut(&str, Postings) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut newer = self.delta.sorted().into_iter().peekable();
        let mut older = Merged::new(self.segments())?;
        while let Some((word, mut postings)) = older.next()? {
            while let Some(new) = newer.next_if(|n| self.delta.text(*n) < word.as_str()) {
                visit(self.delta.text(new), self.newer(new))?;
            }
            self.leave_out_hidden(&mut postings);
            if let Some(same) = newer.next_if(|n| self.delta.text(*n) == word) {
                self.append_newer(same, &mut postings);
            }
            if !postings.list.is_empty() {
                visit(&word, postings)?;
            }
        }
        let mut newer = newer.map(|new| (self.delta.text(new), self.newer(new)));
        newer.try_for_each(|(word, postings)| visit(word, postings))
    }

    fn newer(&self, word: u32) -> Postings {
        let mut postings = Postings::default();
        self.append_newer(word, &mut postings);
        postings
    }

    fn append_newer(&self, word: u32, postings: &mut Postings) {
        self.delta.append(word, postings, self.written() as u32);
    }

    /// How much each incident says: as the segment has it where nothing changed, else measured once after each change.
    pub(super) fn norms(&self) -> io::Result<&[Norm]> {
        if let Some(segment) = self.segment.as_ref().filter(|_| self.changed() == 0) {
            return Ok(&segment.columns.norms);
        }
        if let Some(norms) = self.norms.get() {
            return Ok(norms);
        }
        let norms = match &self.segment {
            Some(segment) if self.keeps_norms() => self.measured_since(segment)?,
            _ => self.measured()?,
        };
        Ok(self.norms.get_or_init(|| norms))
    }

    /// Whether the lengths of the segment's incidents are those that it was written with.
    fn keeps_norms(&self) -> bool {
        let written = self.written();
        let few = written > MEASURED && self.changed() * STALE <= written;
        self.changed() == 0 || (self.runs.is_empty() && few)
    }

    fn measured(&self) -> io::Result<Vec<Norm>> {
        let mut norms = Norms::new(self.given_out());
        self.each_word(&mut |_, postings| {
            norms.add(&postings.list, self.rarity(postings.list.len()));
            Ok(())
        })?;
        Ok(norms.finish())
    }

    /// As the segment has them, and those put since measured.
    fn measured_since(&self, segment: &Segment) -> io::Result<Vec<Norm>> {
        let words = self.delta.sorted();
        let texts: Vec<&str> = words.iter().map(|word| self.delta.text(*word)).collect();
        let counts = segment.counts(&texts)?;
        let mut norms = Norms::new(self.delta.len());
        for (word, count) in words.into_iter().zip(counts) {
            let mut newer = Postings::default();
            self.delta.append(word, &mut newer, 0);
            norms.add(&newer.list, self.rarity(count + newer.list.len()));
        }
        let mut all = segment.columns.norms.clone();
        all.extend(norms.finish());
        Ok(all)
    }
}

/// A cosine counts the rarity of a shared word twice, once for each text, where other measures count it once (BM25): a
/// power between keeps one rare word from deciding by itself.
const RARE: f64 = 0.85;

/// How rare a word is that some of all incidents have.
fn rarity(all: usize, having: usize) -> f64 {
    let rare = ((all as f64 + 1.0) / (having as f64 + 0.5)).ln();
    rare.max(0.0).powf(RARE)
}
