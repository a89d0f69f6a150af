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
