//! The mirror on a scripted organisation, in paused time.

use super::*;
use crate::domain::sample;

/// What the organisation answers, and what it was asked.
#[derive(Default)]
struct Told {
    incidents: Vec<Incident>,
    asked: Vec<String>,
    /// Requests that are answered before the line breaks.
    answers: usize,
    /// Whether it tells how many there are.
    counts: bool,
}

/// An organisation with a script instead of a network.
#[derive(Clone)]
struct Scripted(Arc<Mutex<Told>>);

fn at(minutes: i64) -> Instant {
    Instant::from_timestamp(1_800_000_000 + minutes * 60, 0).expect("a time")
}

fn incident(id: usize, created: i64, updated: i64) -> Incident {
    let mut row = sample::row(&id.to_string(), "Down", "Storm", "Fixing", "cart", "Ana");
    (row.created, row.updated) = (at(created), at(updated));
    sample::incident(row)
}

impl Scripted {
    fn new(incidents: Vec<Incident>) -> Self {
        Self(Arc::new(Mutex::new(Told {
            incidents,
            asked: Vec::new(),
            answers: usize::MAX,
            counts: true,
        })))
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().expect("lock")
    }

    fn answer(
        &self,
        asked: String,
        wanted: impl Fn(&Incident) -> bool,
    ) -> Result<Vec<Incident>, ApiError> {
        let mut told = self.told();
        if told.answers == 0 {
            return Err(ApiError::NoKey);
        }
        told.answers -= 1;
        told.asked.push(asked);
        Ok(told
            .incidents
            .iter()
            .filter(|i| wanted(i))
            .cloned()
            .collect())
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.told().asked)
    }
}

/// Minutes since the beginning, for reading.
fn minutes(at: Instant) -> i64 {
    (at.timestamp() - 1_800_000_000) / 60
}

impl Upstream for Scripted {
    fn now(&self) -> Instant {
        at(1_000_000)
    }

    async fn open_incidents(&self) -> Result<Vec<Incident>, ApiError> {
        self.answer("open".into(), |i| i.row.category.is_open())
    }

    async fn changed(&self, since: Instant) -> Result<Vec<Incident>, ApiError> {
        self.answer(format!("changed {}", minutes(since)), |i| {
            i.row.updated >= since
        })
    }

    async fn between(
        &self,
        from: Instant,
        to: Instant,
        pages: &mpsc::Sender<HistoryChunk>,
    ) -> Result<usize, ApiError> {
        let all = self.answer("between".into(), |i| (from..to).contains(&i.row.created))?;
        let count = all.len();
        for page in all.chunks(100) {
            let _ = pages.send((page.to_vec(), None)).await;
        }
        Ok(count)
    }

    async fn one(&self, id: &IncidentId) -> Result<Option<Incident>, ApiError> {
        let found = self.answer(format!("one {id}"), |i| i.row.id == *id)?;
        Ok(found.into_iter().next())
    }

    async fn newest(&self, _most: usize) -> Result<Vec<Incident>, ApiError> {
        self.answer("newest".into(), |_| true)
    }

    async fn count(&self, since: Option<Instant>) -> Result<Option<i64>, ApiError> {
        let told = self.told();
        let counted = told.incidents.iter();
        let counted = counted.filter(|i| since.is_none_or(|since| i.row.created >= since));
        Ok(told.counts.then(|| counted.count() as i64))
    }
}

fn ids(change: Change) -> Vec<String> {
    let Change::Rows { rows, .. } = change else {
        panic!("{change:?}")
    };
    rows.iter().map(|row| row.id.to_string()).collect()
}

async fn refresh(mirror: &Mirror<Scripted>) -> Result<Change, ApiError> {
    let (changes, _arriving) = mpsc::channel(64);
    mirror.refresh(&changes).await
}

async fn load(mirror: &Mirror<Scripted>) -> Result<(), ApiError> {
    let (changes, mut arriving) = mpsc::channel(64);
    let draining = tokio::spawn(async move { while arriving.recv().await.is_some() {} });
    let loaded = mirror.load_history(&changes).await;
    drop(changes);
    draining.await.expect("drained");
    loaded
}

#[tokio::test(start_paused = true)]
async fn what_changed_is_asked_for_with_an_overlap_and_everything_open_from_time_to_time() {
    let here = Scripted::new(vec![incident(1, 0, 100)]);
    let mirror = Mirror::new(here.clone(), Cache::new(None));
    assert_eq!(ids(refresh(&mirror).await.expect("rows")), ["1"]);
    assert_eq!(
        here.asked(),
        ["open"],
        "nothing is known to have changed yet"
    );
    tokio::time::advance(Duration::from_secs(15)).await;
    here.told().incidents.push(incident(2, 90, 98));
    let late = ids(refresh(&mirror).await.expect("rows"));
    assert_eq!(
        late,
        ["1", "2"],
        "a row that commits late is seen all the same"
    );
    assert_eq!(
        here.asked(),
        ["changed 95"],
        "five minutes before the last change"
    );
    tokio::time::advance(SWEEP + Duration::from_secs(1)).await;
    refresh(&mirror).await.expect("rows");
    assert_eq!(here.asked(), ["changed 95", "open"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_dated_in_the_future_hides_none_that_comes_before() {
    let here = Scripted::new(vec![incident(1, 0, 1_000_600)]);
    let home = tempfile::tempdir().expect("a folder");
    let path = Some(home.path().join("cache.db"));
    let mirror = Mirror::new(here.clone(), Cache::new(path.clone()));
    load(&mirror).await.expect("the history");
    here.told().incidents.push(incident(2, 999_000, 1_000_000));
    let changed = ids(refresh(&mirror).await.expect("rows"));
    assert!(changed.contains(&"2".into()), "{changed:?}");
    here.asked();
    // Nor does one that an earlier version kept.
    mirror.keep_blob("history", at(1_000_600)).await;
    let next = Mirror::new(here.clone(), Cache::new(path));
    refresh(&next).await.expect("rows");
    assert_eq!(here.asked(), ["changed 999995", "open"]);
}

#[tokio::test(start_paused = true)]
async fn a_history_that_broke_off_goes_on_where_it_stopped_and_then_only_what_changed_is_asked() {
    let home = tempfile::tempdir().expect("a folder");
    let path = Some(home.path().join("cache.db"));
    let all: Vec<Incident> = (0..2_000).map(|n| incident(n, n as i64 * 400, 5)).collect();
    let here = Scripted::new(all);
    here.told().answers = 12;
    let broken = Mirror::new(here.clone(), Cache::new(path.clone()));
    load(&broken).await.expect_err("the line broke");
    let first = here.asked().len();
    here.told().answers = usize::MAX;
    let again = Mirror::new(here.clone(), Cache::new(path.clone()));
    load(&again).await.expect("the rest");
    let rest = here.asked().len();
    let whole = Mirror::new(here.clone(), Cache::new(None));
    load(&whole).await.expect("all of it");
    let cost = here.asked().len();
    assert!(
        first > 6 && rest < cost,
        "{first} and {rest} against {cost}"
    );
    let kept = again
        .cache
        .with(|store| store.rows(false).map(|rows| rows.len()))
        .await
        .expect("a store");
    assert_eq!(kept.expect("a count"), 2_000, "nothing is lost between");
    // The next program asks for what changed alone.
    let next = Mirror::new(here.clone(), Cache::new(path));
    let (changes, _arriving) = mpsc::channel(64);
    next.sync(&changes).await.expect("up to date");
    assert_eq!(here.asked(), ["changed 999995", "open"]);
}

#[tokio::test(start_paused = true)]
async fn a_history_whose_length_nobody_tells_is_read_to_its_end() {
    let all: Vec<Incident> = (0..3_000).map(|n| incident(n, n as i64 * 400, 5)).collect();
    let here = Scripted::new(all);
    here.told().counts = false;
    let mirror = Mirror::new(here, Cache::new(None));
    load(&mirror).await.expect("all of it");
    let kept = mirror.cache.with(|store| store.count()).await;
    assert_eq!(kept.expect("a store").expect("a count"), 3_000);
}

#[tokio::test(start_paused = true)]
async fn what_is_open_and_in_no_list_any_more_is_asked_for_and_forgotten_where_it_is_not_to_be_seen()
 {
    let here = Scripted::new(vec![
        incident(1, 0, 1),
        incident(2, 0, 2),
        incident(3, 0, 3),
    ]);
    let mirror = Mirror::new(here.clone(), Cache::new(None));
    load(&mirror).await.expect("loaded");
    assert_eq!(ids(refresh(&mirror).await.expect("rows")).len(), 3);
    // One turned private, which nobody is told; one was closed, and its change was not heard.
    here.told().incidents.remove(0);
    here.told().incidents[0].row.category = StatusCategory::Closed;
    here.asked();
    tokio::time::advance(SWEEP * 2).await;
    let (changes, mut arriving) = mpsc::channel(64);
    mirror.refresh(&changes).await.expect("rows");
    let asked = here.asked();
    assert!(asked.contains(&"one 1".into()), "{asked:?}");
    assert!(!asked.contains(&"one 3".into()), "{asked:?}");
    let gone = arriving.try_recv().expect("it is told");
    assert!(matches!(gone, Change::Gone(id) if id.as_str() == "1"));
    let open = mirror.cache.with(|store| store.rows(true)).await;
    let open = open.expect("it runs").expect("rows");
    assert_eq!(
        open.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
        ["3"]
    );
    let kept = mirror.cache.with(|store| store.count()).await;
    assert_eq!(kept.expect("it runs").expect("counted"), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_gone_through_again_until_nothing_is_kept_that_is_not_to_be_seen() {
    let over = |n: usize| {
        let mut incident = incident(n, n as i64 * 400, 5);
        incident.row.category = StatusCategory::Closed;
        incident
    };
    let here = Scripted::new((0..1_000).map(over).collect());
    let home = tempfile::tempdir().expect("a folder");
    let path = Some(home.path().join("cache.db"));
    let mirror = Mirror::new(here.clone(), Cache::new(path.clone()));
    load(&mirror).await.expect("loaded");
    refresh(&mirror).await.expect("rows");
    // Thirty turned private, which nobody is told; the change of another one was not heard.
    here.told()
        .incidents
        .retain(|i| i.row.created < at(100_000) || i.row.created > at(111_600));
    here.told().incidents[7].row.updated = at(6);
    let (changes, mut arriving) = mpsc::channel(64);
    let (mut heard, mut mirror) = (Vec::new(), mirror);
    here.asked();
    for round in 0..12 {
        tokio::time::advance(SWEEP * 2).await;
        heard.extend(ids(mirror.refresh(&changes).await.expect("rows")));
        let asked = here.asked();
        let requests = asked
            .iter()
            .filter(|asked| *asked == "between" || asked.starts_with("one"));
        assert!(requests.count() <= 1 + UNLISTED, "{asked:?}");
        if round == 2 {
            // The next program goes on where this one was, and does not begin with it.
            mirror = Mirror::new(here.clone(), Cache::new(path.clone()));
            refresh(&mirror).await.expect("rows");
            assert!(!here.asked().contains(&"between".into()));
        }
    }
    let gone = std::iter::from_fn(|| arriving.try_recv().ok());
    assert_eq!(gone.filter(|c| matches!(c, Change::Gone(_))).count(), 30);
    assert_eq!(heard, ["7"], "the rest is as it was");
    let kept = mirror.cache.with(|store| store.count()).await;
    assert_eq!(kept.expect("it runs").expect("counted"), 970);
}
