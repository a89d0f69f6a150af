//! The index of past incidents as a file: written whole or not at all, read in pieces, and refused where it is cut,
//! damaged, of another version or of another organisation. It holds nothing that the cache does not: a refused one is
//! built anew.

use super::{Store, StoreError};
use crate::similar::{Index, Pages};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

/// A file from which only what is asked for is read.
struct FilePages(File);

impl Pages for FilePages {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.0.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }
}

/// The index that was kept for a store, with how many of its incidents it covers; nothing where there is none that fits.
pub fn open(path: &Path, store: &Store) -> Option<(Index, usize)> {
    let index = match read(path) {
        Ok(index) => index,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return None,
        Err(e) => {
            tracing::warn!("the index is built anew: {e}");
            return None;
        }
    };
    let covered = index.covered();
    let fits = store.last_mark().ok()? >= covered && belongs(&index, store).unwrap_or(false);
    fits.then_some((index, covered))
}

/// The index in a file, whosever it is.
pub fn read(path: &Path) -> io::Result<Index> {
    Index::open(Box::new(FilePages(File::open(path)?)))
}

/// Keeps an index for the next start, whole or not at all, and opens what was written.
pub fn write(path: &Path, index: &Index, covered: usize) -> io::Result<Index> {
    let beside = path.with_extension("index-new");
    let mut file = begin_beside(&beside)?;
    let written = fill(&mut file, index, covered).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file is of no use to anybody, least of all on a full disk.
        let _ = fs::remove_file(&beside);
    }
    written?;
    fs::rename(&beside, path)?;
    read(path)
}

/// Sets what is newer than an index's file aside, in a file that nobody else sees and that is gone with this program:
/// memory is free for more.
pub fn spill(path: &Path, index: &mut Index) -> io::Result<()> {
    let beside = path.with_extension("index-run");
    let mut file = begin_beside(&beside)?;
    fs::remove_file(&beside)?;
    let newer = index.take_newer();
    let filled = fill(&mut file, &newer, 0);
    let added = filled.and_then(|()| index.add_run(Box::new(FilePages(file))));
    if added.is_err() {
        index.give_back(newer);
    }
    added
}

fn fill(file: &mut File, index: &Index, covered: usize) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    index.encode_to(covered, &mut out)?;
    out.flush()
}

/// A file beside that is no older was begun by another session, which is still writing it.
const WRITING: Duration = Duration::from_secs(60);

fn begin_beside(path: &Path) -> io::Result<File> {
    // What a broken session left there is not written into: others may read it.
    if is_left(path) {
        fs::remove_file(path)?;
    }
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true);
    options.create_new(true).mode(0o600).open(path)
}

fn is_left(path: &Path) -> bool {
    let changed = fs::metadata(path).and_then(|m| m.modified());
    changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > WRITING))
}

/// Whether an index was made from a store: it knows the first, the middle and the last incident, and one of them at
/// least by the same name. Names change now and then; simulated organisations have the same ids.
fn belongs(index: &Index, store: &Store) -> Result<bool, StoreError> {
    let Ok(sample) = index.sample() else {
        return Ok(false);
    };
    let mut same_name = false;
    for subject in sample {
        let Some(here) = store.incident(&subject.id.as_str().into())? else {
            return Ok(false);
        };
        same_name |= *here.row.name == subject.name;
    }
    Ok(same_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Incident, Visibility};
    use crate::similar::{Neighbours, PairVerdicts, Search, Subject};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::time::SystemTime;

    fn incident(id: &str, name: &str) -> Incident {
        let row = crate::domain::sample::row(id, name, "Storm", "Closed", "cart", "Ana");
        crate::domain::sample::incident(row)
    }

    fn subject(incident: &Incident) -> Subject {
        Subject {
            id: incident.row.id.to_string(),
            name: incident.row.name.to_string(),
            ..Subject::default()
        }
    }

    /// A store of some incidents, the index of them, and where it is kept.
    fn kept(dir: &Path, count: usize) -> (Store, Index, PathBuf) {
        let mut store = Store::in_memory().expect("a store");
        let all: Vec<Incident> = (0..count)
            .map(|n| incident(&format!("01{n}"), &format!("Trouble {n}")))
            .collect();
        store.put_incidents(&all).expect("kept");
        let mut index = Index::default();
        all.iter().for_each(|one| index.put(subject(one)));
        let path = dir.join("kept.index");
        let index = write(&path, &index, count).expect("written");
        (store, index, path)
    }

    #[test]
    fn a_kept_index_is_used_again_and_nobody_else_can_read_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let (store, _, path) = kept(dir.path(), 3);
        let (index, covered) = open(&path, &store).expect("an index");
        assert_eq!((index.len(), covered, index.grown()), (3, 3, false));
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_cut_or_damaged_index_and_none_are_built_anew() {
        let dir = tempfile::tempdir().expect("a folder");
        let (store, _, path) = kept(dir.path(), 3);
        let bytes = fs::read(&path).expect("a file");
        let older = [b"hotseat1".as_slice(), &bytes[8..]].concat();
        for (what, broken) in [
            ("cut", bytes[..bytes.len() / 2].to_vec()),
            ("longer", [bytes.as_slice(), b"x"].concat()),
            ("older", older),
            ("empty", vec![]),
            ("garbage", vec![0xff; 10_000]),
        ] {
            fs::write(&path, broken).expect("written");
            assert!(open(&path, &store).is_none(), "{what}");
        }
        fs::remove_file(&path).expect("removed");
        assert!(open(&path, &store).is_none());
    }

    #[test]
    fn an_index_of_other_incidents_is_refused_and_a_new_name_is_no_other_incident() {
        let dir = tempfile::tempdir().expect("a folder");
        let (mut store, _, path) = kept(dir.path(), 3);
        let renamed = incident("010", "Trouble with a better name");
        store.put_incidents(&[renamed]).expect("kept");
        assert!(open(&path, &store).is_some());
        let mut private = incident("011", "Trouble 1");
        private.row.visibility = Visibility::Private;
        store.put_incidents(&[private]).expect("removed");
        assert!(open(&path, &store).is_none(), "one was taken off the disk");
        for names in ["Storm", "Gale"] {
            let mut other = Store::in_memory().expect("a store");
            let all: Vec<Incident> = (0..3)
                .map(|n| incident(&format!("01{n}"), &format!("{names} {n}")))
                .collect();
            other.put_incidents(&all).expect("kept");
            assert!(open(&path, &other).is_none(), "of another organisation");
        }
        let other = Store::in_memory().expect("a store");
        assert!(open(&path, &other).is_none(), "an empty cache");
    }

    #[test]
    fn an_index_that_another_session_is_writing_is_left_alone_and_a_left_one_is_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        let (store, mut index, path) = kept(dir.path(), 3);
        let beside = path.with_extension("index-new");
        fs::write(&beside, b"half of it").expect("written");
        // The date may be moved for this program, and not for its files.
        let writing = File::options().write(true).open(&beside).expect("a file");
        writing.set_modified(SystemTime::now()).expect("set");
        fs::set_permissions(&beside, fs::Permissions::from_mode(0o644)).expect("set");
        index.put(subject(&incident("013", "Trouble 3")));
        assert!(write(&path, &index, 4).is_err());
        assert_eq!(fs::read(&beside).expect("a file"), b"half of it");
        assert!(open(&path, &store).is_some_and(|(_, covered)| covered == 3));
        let left = File::options().write(true).open(&beside).expect("a file");
        let before = SystemTime::now() - 2 * WRITING;
        left.set_modified(before).expect("set");
        assert_eq!(write(&path, &index, 4).expect("written").len(), 4);
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_was_set_aside_is_searched_and_written_as_what_is_in_memory() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("kept.index");
        let mut both = [Index::default(), Index::default()];
        for n in 0..40 {
            let name = format!("Trouble {} in the Till{n}Gateway", n % 7);
            let one = subject(&incident(&format!("01{n}"), &name));
            both.iter_mut().for_each(|index| index.put(one.clone()));
            if n % 10 == 9 {
                spill(&path, &mut both[1]).expect("set aside");
            }
            if n == 25 {
                let other = subject(&incident("014", "Another trouble in the TillGateway"));
                both.iter_mut().for_each(|index| {
                    index.remove("013");
                    index.put(other.clone());
                });
            }
        }
        let left = fs::read_dir(dir.path()).expect("a folder").count();
        assert_eq!(left, 0, "nobody else sees it");
        let search = Search {
            near: &Neighbours::new(),
            verdicts: &PairVerdicts::default(),
            since: None,
            least: 0,
            most: 100,
        };
        let asked = subject(&incident("0199", "Trouble 3 in the Till12Gateway"));
        let found = |index: &Index| index.find(&asked, &search).expect("read");
        let expected = found(&both[0]);
        assert!(expected.iter().any(|m| m.id.as_str() == "014"));
        assert_eq!(found(&both[1]), expected);
        let written = write(&path, &both[1], 40).expect("written");
        assert_eq!((written.len(), both[1].len()), (39, 39));
        assert_eq!(found(&written), expected);
    }

    #[test]
    fn an_index_is_read_on_from_the_file_it_was_opened_from() {
        let dir = tempfile::tempdir().expect("a folder");
        let (_, index, path) = kept(dir.path(), 3);
        let mut other = Index::default();
        other.put(subject(&incident("019", "Something else")));
        write(&path, &other, 1).expect("written");
        let found = index.subject("012").expect("read");
        assert_eq!(found.map(|s| s.name), Some("Trouble 2".to_owned()));
    }
}
