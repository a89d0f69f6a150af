//! What a query needs of every incident at once, one column a kind, held in memory: some eighty bytes an incident.

use super::bytes::damaged;
use super::part::Pieces;
use std::io;

/// Values that are written at once.
const AT_ONCE: usize = 8_192;

/// What is compared of one incident besides its words. Names are compared by their keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub id: &'a str,
    /// Unix seconds of its declaration.
    pub created: i64,
    /// Of the whole incident, to see whether it changed.
    pub digest: u64,
    /// Of the name without its numbers.
    pub pattern: u64,
    /// Of the type; 0 for none.
    pub kind: u64,
    pub services: &'a [u64],
    /// Of the names of its alerts, without their numbers.
    pub alerts: &'a [u64],
}

/// How much an incident says: the length of its head, and the rarity of its name's words.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Norm {
    pub head: f32,
    pub name: f32,
}

/// Several values an incident: where each one's end, and all in a row.
#[derive(Default)]
struct Lists {
    ends: Vec<u32>,
    all: Vec<u64>,
}

impl Lists {
    fn push(&mut self, values: &[u64]) {
        self.all.extend_from_slice(values);
        self.ends.push(self.all.len() as u32);
    }

    fn of(&self, at: usize) -> &[u64] {
        &self.all[span(&self.ends, at)]
    }
}

/// From where to where the values of one incident go.
pub(super) fn span(ends: &[u32], at: usize) -> std::ops::Range<usize> {
    let from = at.checked_sub(1).map_or(0, |before| ends[before]);
    from as usize..ends[at] as usize
}

/// Whether ends are in order, the last one at the end of it all.
fn fit(ends: &[u32], length: usize) -> bool {
    ends.is_sorted() && ends.last().map_or(0, |last| *last as usize) == length
}

/// The columns of a segment.
#[derive(Default)]
pub(super) struct Columns {
    created: Vec<i64>,
    digests: Vec<u64>,
    patterns: Vec<u64>,
    kinds: Vec<u64>,
    services: Lists,
    alerts: Lists,
    id_ends: Vec<u32>,
    ids: String,
    by_id: Vec<u32>,
    /// Where the record of each ends, among the records.
    pub records: Vec<u32>,
    /// As they were when the segment was written.
    pub norms: Vec<Norm>,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.created.len()
    }

    pub(super) fn row(&self, at: usize) -> Row<'_> {
        Row {
            id: self.id(at),
            created: self.created[at],
            digest: self.digests[at],
            pattern: self.patterns[at],
            kind: self.kinds[at],
            services: self.services.of(at),
            alerts: self.alerts.of(at),
        }
    }

    fn id(&self, at: usize) -> &str {
        &self.ids[span(&self.id_ends, at)]
    }

    /// All ids, in the order of their incidents.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| self.id(at))
    }

    /// The number of an incident.
    pub(super) fn place(&self, id: &str) -> Option<u32> {
        let at = self
            .by_id
            .binary_search_by(|n| self.id(*n as usize).cmp(id));
        at.ok().map(|at| self.by_id[at])
    }

    pub(super) fn push(&mut self, row: Row<'_>) {
        self.created.push(row.created);
        self.digests.push(row.digest);
        self.patterns.push(row.pattern);
        self.kinds.push(row.kind);
        self.services.push(row.services);
        self.alerts.push(row.alerts);
        self.ids.push_str(row.id);
        self.id_ends.push(self.ids.len() as u32);
    }

    /// Sorts the ids, after the last row.
    pub(super) fn finish(&mut self) {
        let mut by_id: Vec<u32> = (0..self.len() as u32).collect();
        by_id.sort_by(|a, b| self.id(*a as usize).cmp(self.id(*b as usize)));
        self.by_id = by_id;
    }

    /// Writes them piece by piece.
    pub(super) fn write(&self, out: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        put(out, &self.created, |n| n.to_le_bytes())?;
        for numbers in [&self.digests, &self.patterns, &self.kinds] {
            put(out, numbers, |n| n.to_le_bytes())?;
        }
        for numbers in [
            &self.services.ends,
            &self.alerts.ends,
            &self.id_ends,
            &self.by_id,
            &self.records,
        ] {
            put(out, numbers, |n| n.to_le_bytes())?;
        }
        put(out, &self.norms, |n| n.head.to_bits().to_le_bytes())?;
        put(out, &self.norms, |n| n.name.to_bits().to_le_bytes())?;
        put(out, &self.services.all, |n| n.to_le_bytes())?;
        put(out, &self.alerts.all, |n| n.to_le_bytes())?;
        out(self.ids.as_bytes())
    }

    /// From a part of a file; nothing where it does not hold `count` incidents whose parts fit together.
    pub(super) fn read(mut from: Pieces<'_>, count: usize, records: u64) -> io::Result<Self> {
        let created = from.numbers(count, i64::from_le_bytes)?;
        let mut keys = || from.numbers(count, u64::from_le_bytes);
        let (digests, patterns, kinds) = (keys()?, keys()?, keys()?);
        let mut ends = || from.numbers(count, u32::from_le_bytes);
        let (services, alerts) = (ends()?, ends()?);
        let (id_ends, by_id, record_ends) = (ends()?, ends()?, ends()?);
        let mut norms = from.numbers(count, |bytes| Norm {
            head: f32::from_le_bytes(bytes),
            name: 0.0,
        })?;
        let names = from.numbers(count, f32::from_le_bytes)?;
        let both = norms.iter_mut().zip(names);
        both.for_each(|(norm, name)| norm.name = name);
        let all = Self {
            created,
            digests,
            patterns,
            kinds,
            services: lists(services, &mut from)?,
            alerts: lists(alerts, &mut from)?,
            id_ends,
            ids: String::from_utf8(from.rest()?).map_err(|_| damaged())?,
            by_id,
            records: record_ends,
            norms,
        };
        let records = usize::try_from(records).map_err(|_| damaged())?;
        match from.ends_well() && all.is_sound() && fit(&all.records, records) {
            true => Ok(all),
            false => Err(damaged()),
        }
    }

    fn is_sound(&self) -> bool {
        let count = self.len();
        fit(&self.id_ends, self.ids.len())
            && (self.id_ends.iter()).all(|end| self.ids.is_char_boundary(*end as usize))
            && self.by_id.iter().all(|n| (*n as usize) < count)
    }
}

fn lists(ends: Vec<u32>, from: &mut Pieces<'_>) -> io::Result<Lists> {
    let count = ends.last().map_or(0, |last| *last as usize);
    let all = from.numbers(count, u64::from_le_bytes)?;
    match fit(&ends, all.len()) {
        true => Ok(Lists { ends, all }),
        false => Err(damaged()),
    }
}

fn put<T, const N: usize>(
    out: &mut impl FnMut(&[u8]) -> io::Result<()>,
    all: &[T],
    bytes: impl Fn(&T) -> [u8; N],
) -> io::Result<()> {
    for some in all.chunks(AT_ONCE) {
        let piece: Vec<u8> = some.iter().flat_map(&bytes).collect();
        out(&piece)?;
    }
    Ok(())
}
