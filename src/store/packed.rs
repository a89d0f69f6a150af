//! A row of the list as one line of text: a hundred thousand are read back in a tenth of a second, which JSON is not.

use crate::domain::{IncidentSummary, Instant, Mode, StatusCategory, Visibility, Vocabulary, Word};

/// What stands between the parts of a row.
pub(super) const SEPARATOR: char = '\u{1f}';

/// The number a category has in a row. Files hold these: a category that is added takes one that was never used.
fn category_number(category: StatusCategory) -> u8 {
    match category {
        StatusCategory::Triage => 0,
        StatusCategory::Live => 1,
        StatusCategory::Paused => 2,
        StatusCategory::Learning => 3,
        StatusCategory::Closed => 4,
        StatusCategory::Declined => 5,
        StatusCategory::Merged => 6,
        StatusCategory::Canceled => 7,
        StatusCategory::Other => 8,
    }
}

fn category_of(number: &str) -> Option<StatusCategory> {
    Some(match number {
        "0" => StatusCategory::Triage,
        "1" => StatusCategory::Live,
        "2" => StatusCategory::Paused,
        "3" => StatusCategory::Learning,
        "4" => StatusCategory::Closed,
        "5" => StatusCategory::Declined,
        "6" => StatusCategory::Merged,
        "7" => StatusCategory::Canceled,
        "8" => StatusCategory::Other,
        _ => return None,
    })
}

/// The number a mode has in a row, under the same promise.
fn mode_number(mode: Mode) -> u8 {
    match mode {
        Mode::Standard => 0,
        Mode::Retrospective => 1,
        Mode::Test => 2,
        Mode::Tutorial => 3,
    }
}

fn mode_of(number: &str) -> Option<Mode> {
    Some(match number {
        "0" => Mode::Standard,
        "1" => Mode::Retrospective,
        "2" => Mode::Test,
        "3" => Mode::Tutorial,
        _ => return None,
    })
}

/// Writes a row. Cleaned text holds no control character, so the separator cannot occur in it.
pub fn write(row: &IncidentSummary) -> String {
    let plain = |text: &str| text.replace(SEPARATOR, " ");
    let optional = |text: &Option<Word>| text.as_deref().map(plain).unwrap_or_default();
    let number = |at: Instant| at.timestamp().to_string();
    let mut parts = vec![
        row.id.to_string(),
        plain(&row.reference),
        plain(&row.name),
        optional(&row.severity),
        row.rank.to_string(),
        plain(&row.status),
        category_number(row.category).to_string(),
        optional(&row.lead),
        optional(&row.service),
        optional(&row.teams),
        optional(&row.people),
        mode_number(row.mode).to_string(),
        number(row.created),
        number(row.updated),
        number(row.active),
    ];
    // Rows of earlier versions end here, or behind the type.
    if row.kind.is_some() || row.roles.is_some() {
        parts.push(optional(&row.kind));
    }
    parts.extend(row.roles.as_deref().map(plain));
    parts.join("\u{1f}")
}

/// Reads rows, keeping one copy of each repeated word.
#[derive(Default)]
pub struct Reader(Vocabulary);

impl Reader {
    /// Reads one row; `None` where the line is damaged.
    pub fn read(&mut self, line: &str) -> Option<IncidentSummary> {
        let mut parts = line.split(SEPARATOR);
        let (id, reference, name) = (parts.next()?, parts.next()?, parts.next()?);
        let mut optional = |text: &str| (!text.is_empty()).then(|| self.0.word(text));
        let severity = optional(parts.next()?);
        let rank = parts.next()?.parse().ok()?;
        let status = parts.next()?;
        let category = category_of(parts.next()?)?;
        let (lead, service, teams, people) = (
            optional(parts.next()?),
            optional(parts.next()?),
            optional(parts.next()?),
            optional(parts.next()?),
        );
        let mode = mode_of(parts.next()?)?;
        let mut time = || chrono::DateTime::from_timestamp(parts.next()?.parse().ok()?, 0);
        let (created, updated, active) = (time()?, time()?, time()?);
        let mut later = || parts.next().filter(|part| !part.is_empty());
        let (kind, roles) = (later(), later());
        let kind = kind.map(|kind| self.0.word(kind));
        let roles = roles.map(|roles| self.0.word(roles));
        Some(IncidentSummary {
            id: id.into(),
            reference: reference.into(),
            name: name.into(),
            severity,
            rank,
            status: self.0.word(status),
            category,
            lead,
            service,
            teams,
            people,
            visibility: Visibility::Public,
            mode,
            kind,
            roles,
            created,
            updated,
            active,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A row as files have it: literal, so that what is on disks stays readable whatever becomes of the types.
    fn line(category: &str, mode: &str) -> String {
        let parts = [
            "01A",
            "INC-1",
            "Down",
            "Storm",
            "40",
            "Fixing",
            category,
            "Ana Abara",
            "checkout",
            "",
            "",
            mode,
            "1800000000",
            "1800000060",
            "1800000120",
        ];
        parts.join("\u{1f}")
    }

    #[test]
    fn rows_that_files_hold_are_read_and_written_by_fixed_numbers() {
        let categories = [
            ("0", StatusCategory::Triage),
            ("1", StatusCategory::Live),
            ("2", StatusCategory::Paused),
            ("3", StatusCategory::Learning),
            ("4", StatusCategory::Closed),
            ("5", StatusCategory::Declined),
            ("6", StatusCategory::Merged),
            ("7", StatusCategory::Canceled),
            ("8", StatusCategory::Other),
        ];
        for (number, category) in categories {
            let row = Reader::default().read(&line(number, "0")).expect("a row");
            assert_eq!(row.category, category);
            assert_eq!(write(&row), line(number, "0"));
        }
        let modes = [
            ("0", Mode::Standard),
            ("1", Mode::Retrospective),
            ("2", Mode::Test),
            ("3", Mode::Tutorial),
        ];
        for (number, mode) in modes {
            let row = Reader::default().read(&line("1", number)).expect("a row");
            assert_eq!(row.mode, mode);
            assert_eq!(write(&row), line("1", number));
        }
    }

    #[test]
    fn a_row_with_a_number_of_another_version_is_left_out() {
        for line in [
            line("9", "0"),
            line("1", "4"),
            line("live", "0"),
            "01A".to_owned(),
        ] {
            assert_eq!(Reader::default().read(&line), None);
        }
    }

    #[test]
    fn a_row_has_its_type_where_the_file_tells_it() {
        let typed = line("1", "0") + "\u{1f}Production";
        let row = Reader::default().read(&typed).expect("a row");
        assert_eq!(row.kind.as_deref(), Some("Production"));
        assert_eq!(write(&row), typed);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_row_is_read_or_left_out_whatever_it_holds(
            cut in 0usize..80, put in "[\u{1f}0-9a-zé\u{202e}-]{0,6}", noise in ".{0,40}"
        ) {
            let mut near = line("1", "0");
            let at = (0..=cut.min(near.len())).rev().find(|at| near.is_char_boundary(*at));
            near.insert_str(at.unwrap_or_default(), &put);
            for raw in [near, noise] {
                if let Some(row) = Reader::default().read(&raw) {
                    prop_assert_eq!(Reader::default().read(&write(&row)), Some(row));
                }
            }
        }
    }
}
