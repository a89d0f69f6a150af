//! Lists that somebody else fetched, in the place of asking; and lists that were fetched here, for whoever passes them on.

use crate::domain::{Identity, digest};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A list that is asked for: where, under which name it stands in the answer, narrowed how, and how many items at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// The path of the address.
    pub path: String,
    /// The list's name in the answer.
    pub key: String,
    /// What narrows it, in the order in which it is sent.
    pub query: Vec<(String, String)>,
    /// At most so many items.
    pub most: usize,
}

impl Question {
    /// What tells it from every other: 32 hexadecimal digits.
    pub fn digest(&self) -> String {
        let most = self.most.to_string();
        let mut words = vec![self.path.as_str(), &self.key, &most];
        words.extend(self.query.iter().flat_map(|(k, v)| [k.as_str(), v]));
        digest(&words).trim_start_matches("hotseat-").to_owned()
    }

    /// What one thing in the query is narrowed to; nothing where it is narrowed to several or none.
    pub fn only(&self, name: &str) -> Option<&str> {
        let mut values = self.query.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}

/// A list in the API's own shape: an object with the list under its name, and `more` where there are more items.
pub type Page = Arc<[u8]>;

/// What is on its way.
pub type Coming<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where lists lie that somebody else fetched.
pub trait Shelf: Send + Sync {
    /// The answer to a question, as it was fetched; nothing where the platform has to be asked.
    fn answer<'a>(&'a self, question: &'a Question) -> Coming<'a, Option<Page>>;
    /// Whether a question's answer is wanted where it was asked here.
    fn wants(&self, question: &Question) -> bool;
    /// Whose key this is, as far as it is known where the platform cannot be reached.
    fn stands_in(&self) -> Option<Identity>;
    /// A question was answered by the platform.
    fn fetched(&self, question: &Question, page: Page);
}

tokio::task_local! {
    static ITSELF: ();
}

/// Runs something that must see how things are now: the platform is asked, whatever lies on a shelf. What is about to be
/// sent is held against that, and what was sent is looked for there.
pub fn asking_itself<F: Future>(work: F) -> impl Future<Output = F::Output> {
    // What is asked before a write is a deep stack of questions: it lies on the heap, not once more on each thread's.
    ITSELF.scope((), Box::pin(work))
}

/// Whether that is so here.
pub(super) fn asks_itself() -> bool {
    ITSELF.try_with(|()| ()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Clock;
    use crate::domain::ApiError;
    use crate::incidentio::{Client, Settings};

    /// A shelf with one update on it.
    struct One;

    impl Shelf for One {
        fn answer<'a>(&'a self, question: &'a Question) -> Coming<'a, Option<Page>> {
            let is = question.only("incident_id") == Some("01A");
            let page = br#"{"incident_updates":[{"id":"01U","created_at":"2026-11-20T14:40:00Z","message":"kept"}],"more":true}"#;
            Box::pin(async move { is.then(|| page.as_slice().into()) })
        }

        fn wants(&self, _: &Question) -> bool {
            false
        }

        fn stands_in(&self) -> Option<Identity> {
            None
        }

        fn fetched(&self, _: &Question, _: Page) {}
    }

    #[tokio::test]
    async fn what_lies_on_a_shelf_is_read_there_but_never_by_what_must_see_how_things_are() {
        let client = Client::new(Settings {
            base_url: "http://127.0.0.1:9".into(),
            key: None,
            ca_cert: None,
            share: 1.0,
            timeout: std::time::Duration::from_secs(1),
            clock: Clock::default(),
        })
        .expect("a client");
        client.set_shelf(Arc::new(One));
        let (here, there) = ("01A".into(), "01B".into());
        let listed = client.updates(&here).await.expect("kept");
        assert_eq!((listed.items[0].body.as_str(), listed.more), ("kept", true));
        let elsewhere = client.updates(&there).await;
        assert_eq!(elsewhere.expect_err("asked"), ApiError::NoKey);
        let now = asking_itself(client.updates(&here)).await;
        assert_eq!(now.expect_err("asked"), ApiError::NoKey);
    }
}
