//! Where one word occurs: in which incidents, how often, how written; and the same as bytes.

use super::bytes::{Reader, put_number, put_texts};

/// One incident that has the word; and in one number how often in its name (counted twice) and the head of its text, from
/// 0 for further down to 15, whether in the name, and how it was written there first. Millions of these are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Posting {
    pub document: u32,
    packed: u32,
}

impl Posting {
    pub(super) fn new(document: u32, head: u8, in_name: bool, form: u32) -> Self {
        Self {
            document,
            packed: (form << 5) | (u32::from(in_name) << 4) | u32::from(head.min(15)),
        }
    }

    pub(super) fn head(self) -> u8 {
        (self.packed & 15) as u8
    }

    pub(super) fn in_name(self) -> bool {
        self.packed & 16 != 0
    }

    pub(super) fn form(self) -> usize {
        (self.packed >> 5) as usize
    }

    fn with_form(self, form: u32) -> Self {
        Self::new(self.document, self.head(), self.in_name(), form)
    }
}

/// All of one word, by incident, with the ways it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Postings {
    pub forms: Vec<String>,
    pub list: Vec<Posting>,
}

impl Postings {
    /// What is said of one incident.
    pub(super) fn of(&self, document: u32) -> Option<Posting> {
        let at = self.list.binary_search_by_key(&document, |p| p.document);
        at.ok().map(|at| self.list[at])
    }

    /// Adds those of later incidents, whose numbers begin at `first`.
    pub(super) fn append(&mut self, later: &[Posting], forms: &[String], first: u32) {
        let shift = self.forms.len() as u32;
        self.forms.extend_from_slice(forms);
        self.list.extend(later.iter().map(|p| Posting {
            document: p.document + first,
            ..p.with_form(p.form() as u32 + shift)
        }));
    }

    /// Leaves each way to write it once, and out those that no incident has: what was removed leaves no trace.
    pub(super) fn tidy(&mut self) {
        let before = std::mem::take(&mut self.forms);
        let mut places: Vec<Option<u32>> = vec![None; before.len()];
        for posting in &mut self.list {
            let form = posting.form();
            let place = *places[form].get_or_insert_with(|| {
                let same = self.forms.iter().position(|f| *f == before[form]);
                same.unwrap_or_else(|| {
                    self.forms.push(before[form].clone());
                    self.forms.len() - 1
                }) as u32
            });
            *posting = posting.with_form(place);
        }
    }

    /// As bytes: the ways to write it, then each incident as its distance from the one before.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put_texts(out, &self.forms);
        let mut next = 0;
        for posting in &self.list {
            put_number(out, u64::from(posting.document - next));
            put_number(out, u64::from(posting.packed));
            next = posting.document + 1;
        }
    }

    /// From bytes; nothing where they do not hold `count` incidents, each one of the first `documents`.
    pub(super) fn read(bytes: &[u8], count: usize, documents: u32) -> Option<Self> {
        let mut reader = Reader(bytes);
        let forms = reader.texts()?;
        // Each takes two bytes at least: a count beyond that is damage, and must not be reserved for.
        (count <= reader.0.len() / 2).then_some(())?;
        let mut list = Vec::with_capacity(count);
        let mut next = 0;
        for _ in 0..count {
            let document = u32::try_from(reader.number()?).ok()?.checked_add(next)?;
            let packed = u32::try_from(reader.number()?).ok()?;
            let posting = Posting { document, packed };
            (document < documents && posting.form() < forms.len()).then_some(())?;
            list.push(posting);
            next = document + 1;
        }
        reader.0.is_empty().then_some(Self { forms, list })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postings() -> Postings {
        Postings {
            forms: vec!["unused".into(), "timeouts".into(), "timeout".into()],
            list: vec![
                Posting::new(0, 2, true, 2),
                Posting::new(7, 40, false, 1),
                Posting::new(300, 0, false, 2),
            ],
        }
    }

    #[test]
    fn postings_come_back_from_bytes_and_wrong_ones_do_not() {
        let (all, mut bytes) = (postings(), Vec::new());
        all.write(&mut bytes);
        assert_eq!(Postings::read(&bytes, 3, 301), Some(all));
        for (what, count, documents) in [("more", 4, 301), ("fewer", 2, 301), ("beyond", 3, 300)] {
            assert_eq!(Postings::read(&bytes, count, documents), None, "{what}");
        }
        assert_eq!(Postings::read(&bytes, usize::MAX, 301), None);
        assert_eq!(Postings::read(&[], 0, 301), None);
    }

    #[test]
    fn a_way_to_write_that_nobody_has_is_dropped() {
        let mut all = postings();
        let later = [Posting::new(1, 1, false, 0)];
        all.append(&later, &["timeouts".to_owned()], 301);
        all.tidy();
        assert_eq!(all.forms, ["timeout", "timeouts"]);
        let written: Vec<&str> = all
            .list
            .iter()
            .map(|p| all.forms[p.form()].as_str())
            .collect();
        assert_eq!(written, ["timeout", "timeouts", "timeout", "timeouts"]);
        assert_eq!(all.of(302).map(|p| p.form()), Some(1));
    }
}
