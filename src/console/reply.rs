//! How a job of the worker goes on and ends: in exactly one outcome.

use super::job::Job;
use super::news::News;
use crate::domain::{ApiError, Progress};
use crate::session::{Wait, fault};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::JoinError;

/// Replies that may wait before the worker does: enough for a burst, little enough to bound memory.
pub const BACKLOG: usize = 256;

/// What the worker says of a job: any number of times that it is under way, and exactly once how it ended.
#[derive(Debug)]
pub struct Reply {
    /// Which job: an answer is filed by it, never by what happens to be open.
    pub job: Job,
    /// How far it is.
    pub outcome: Outcome,
}

/// How far a job is.
#[derive(Debug)]
pub enum Outcome {
    /// Something is known already; more comes.
    Underway(News),
    /// It is done.
    Done(Vec<News>),
    /// It could not be done.
    Failed(Failure),
    /// A newer job took its place, or the console ends.
    Cancelled,
}

impl Outcome {
    /// The one outcome of a job, however it ended.
    pub fn of(ended: Result<Answer, JoinError>) -> Self {
        match ended {
            Ok(Ok(news)) => Self::Done(news),
            Ok(Err(e)) => Self::Failed(Failure::from(e)),
            Err(e) if e.is_cancelled() => Self::Cancelled,
            Err(e) => {
                tracing::error!("a job broke off: {e}");
                Self::Failed(fault().into())
            }
        }
    }
}

/// Why a job could not be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The sentence.
    pub says: String,
    /// What to do.
    pub advice: String,
    /// The reason in a few words, for a title.
    pub brief: String,
    /// Whether nothing could be reached.
    pub offline: bool,
    /// Seconds until the rate limit that is reached allows more.
    pub limited: Option<u64>,
}

impl Failure {
    /// Both in one.
    pub fn words(&self) -> String {
        format!("{} {}", self.says, self.advice).trim().to_owned()
    }
}

impl From<ApiError> for Failure {
    fn from(e: ApiError) -> Self {
        let unreached = matches!(
            e,
            ApiError::Network { .. }
                | ApiError::NotJson { .. }
                | ApiError::NoKey
                | ApiError::BadKey(_)
        );
        Self {
            says: e.to_string(),
            advice: e.suggestion(),
            brief: e.brief(),
            offline: unreached,
            limited: e.limited_for(),
        }
    }
}

/// What a job comes to.
pub type Answer = Result<Vec<News>, ApiError>;

/// Tells how a job goes on.
#[derive(Clone)]
pub struct Teller {
    job: Job,
    replies: mpsc::Sender<Reply>,
}

impl Teller {
    /// Tells of a job to whoever listens to replies.
    pub fn new(job: Job, replies: mpsc::Sender<Reply>) -> Self {
        Self { job, replies }
    }

    /// Tells how far the job is.
    pub async fn tell(&self, outcome: Outcome) {
        let job = self.job.clone();
        // Nobody listens any more where the console ends.
        let _ = self.replies.send(Reply { job, outcome }).await;
    }

    /// Tells news while the job goes on.
    pub async fn tell_news(&self, news: News) {
        self.tell(Outcome::Underway(news)).await;
    }

    /// Waits until nobody listens any more.
    pub async fn unheard(&self) {
        self.replies.closed().await;
    }

    /// What tells each wait for the rate limit.
    pub fn waits(self) -> impl Fn(Wait) -> BoxFuture<'static, ()> + Send {
        move |wait| {
            let teller = self.clone();
            Box::pin(async move { teller.tell_news(News::Waits(wait)).await })
        }
    }

    /// What tells how far the work is that takes long.
    pub fn progresses(self) -> impl Fn(Option<Progress>) -> BoxFuture<'static, ()> + Send {
        move |progress| {
            let teller = self.clone();
            Box::pin(async move { teller.tell_news(News::Progress(progress)).await })
        }
    }

    /// Runs work that says how it goes on and tells that, all of it before the work's own end is told.
    pub async fn relay<S, T>(
        &self,
        news: impl Fn(S) -> News,
        work: impl AsyncFnOnce(mpsc::Sender<S>) -> T,
    ) -> T {
        let (steps, mut arriving) = mpsc::channel(BACKLOG);
        let telling = async {
            while let Some(step) = arriving.recv().await {
                self.tell_news(news(step)).await;
            }
        };
        tokio::join!(work(steps), telling).0
    }
}
