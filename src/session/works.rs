//! Long work shows itself: whatever takes long says how far it is in one place, and every front end shows it from there.

use super::Session;
use crate::domain::Instant;
use crate::domain::progress::{Course, Progress, Unit, WORTH_TELLING};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What of the organisation is counted.
pub(super) const INCIDENTS: Unit = ("incident", "incidents");
/// Where evidence comes from.
pub(super) const SOURCES: Unit = ("source", "sources");
/// Questions that are asked at once for one answer.
pub(super) const PARTS: Unit = ("part", "parts");

/// One work, and when it began.
#[derive(Debug)]
struct Work {
    began: tokio::time::Instant,
    course: Mutex<Course>,
}

impl Work {
    fn change(&self, change: impl FnOnce(&mut Course, Duration)) {
        let mut course = self.course.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut course, self.began.elapsed());
    }

    fn at(&self) -> Progress {
        let course = self.course.lock().unwrap_or_else(PoisonError::into_inner);
        course.at(self.began.elapsed())
    }
}

/// All that is under way, in the order in which it began.
#[derive(Clone, Debug, Default)]
pub(super) struct Works(Arc<watch::Sender<Vec<Arc<Work>>>>);

impl Works {
    /// Work begins; it ends where what is given is dropped, however that comes.
    pub(super) fn begin(&self, course: Course) -> Working {
        let work = Arc::new(Work {
            began: tokio::time::Instant::now(),
            course: Mutex::new(course),
        });
        self.0.send_modify(|all| all.push(work.clone()));
        Working {
            work,
            works: self.clone(),
        }
    }

    /// How far the work is that has gone on longest; nothing where none has gone on for long.
    fn longest(&self) -> Option<Progress> {
        let all = self.0.borrow();
        let worth = |work: &&Arc<Work>| work.began.elapsed() >= WORTH_TELLING;
        all.iter().find(worth).map(|work| work.at())
    }
}

/// Work that is under way.
#[derive(Debug)]
pub struct Working {
    work: Arc<Work>,
    works: Works,
}

impl Working {
    /// Work that nobody is shown.
    pub(super) fn unseen() -> Self {
        Works::default().begin(Course::new("", INCIDENTS))
    }

    /// How many there are was told.
    pub fn of(&self, of: Option<usize>) {
        self.work.change(|course, _| course.of(of));
    }

    /// So many were done by an earlier run.
    pub fn begun_with(&self, done: usize) {
        self.work.change(|course, _| course.begun_with(done));
    }

    /// So many more are done.
    pub fn add(&self, more: usize) {
        self.work.change(|course, after| course.add(after, more));
    }

    /// What is done reaches back to a time.
    pub fn back_to(&self, at: Instant) {
        self.work.change(|course, _| course.back_to(at));
    }

    /// One of the questions of this work: it counts when it is answered. It lies on the heap: several of them side by side
    /// are more than a thread's stack is made for.
    pub(super) fn part<'a, T: Send + 'a>(
        &'a self,
        question: impl Future<Output = T> + Send + 'a,
    ) -> BoxFuture<'a, T> {
        Box::pin(question.inspect(|_| self.add(1)))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let over = &self.work;
        let drop_it = |all: &mut Vec<Arc<Work>>| all.retain(|work| !Arc::ptr_eq(work, over));
        self.works.0.send_modify(drop_it);
    }
}

impl Session {
    /// Work of whoever asks here, to be shown like the session's own.
    pub fn work(&self, what: impl Into<String>, unit: Unit) -> Working {
        self.works.begin(Course::new(what, unit))
    }

    /// Questions that are asked at once, so many.
    pub(super) fn parts(&self, what: &str, count: usize) -> Working {
        self.at_once(what, PARTS, count)
    }

    /// The same of something else.
    pub(super) fn at_once(&self, what: &str, unit: Unit, count: usize) -> Working {
        let mut course = Course::new(what, unit).side_by_side();
        course.of(Some(count));
        self.works.begin(course)
    }

    /// Tells every `pause` how far the work is that takes long, and once that none does any more; while nothing takes long
    /// it waits. Never ends by itself.
    pub fn each_progress<F: Future<Output = ()> + Send, T: Fn(Option<Progress>) -> F + Send>(
        &self,
        pause: Duration,
        tell: T,
    ) -> impl Future<Output = ()> + Send + use<F, T> {
        let works = self.works.clone();
        async move {
            let mut begun = works.0.subscribe();
            let mut told = false;
            while begun.wait_for(|all| !all.is_empty() || told).await.is_ok() {
                let longest = works.longest();
                if told || longest.is_some() {
                    told = longest.is_some();
                    tell(longest).await;
                }
                // That it is over is told at once.
                let over = begun.wait_for(Vec::is_empty);
                let _ = tokio::time::timeout(pause, over).await;
            }
        }
    }
}
