//! Lists page by page, each item read and let go before the next. A walk ends where the cursor is absent, empty or seen
//! before, at an empty page, and where there are more pages than what was asked for can fill. What is no list is an
//! error, never an empty list.

use super::shelf::{Page as ShelfPage, Question};
use super::wire::Wire;
use super::{ApiError, Client, Listed, Told};
use crate::net::{Fault, Field, Kept};
use serde_json::Value;
use std::collections::HashSet;

/// Pages that may be as short as they like.
const FREE: usize = 20;
/// The same where a filter may leave little of each.
const FREE_FILTERED: usize = 500;
/// Items that pages hold at least on average, beyond that: a server that makes up new cursors does not hold us for ever.
const FEWEST: usize = 10;

/// How often a thing that was read is held in one shape or another: as it is, as a row of a table, as what is printed.
const USES: usize = 4;

/// What stands at the top of a page besides its list.
#[derive(Default)]
struct Page {
    /// Items, readable or not.
    count: usize,
    /// How many of them could be read.
    read: usize,
    /// The list was there.
    found: bool,
    after: Option<String>,
}

/// The items of a list as they came, each behind a comma but the first.
#[derive(Default)]
struct Copied {
    items: Vec<u8>,
    count: usize,
}

impl Copied {
    fn push(&mut self, item: &Value) {
        if self.count > 0 {
            self.items.push(b',');
        }
        self.items.extend(item.to_string().into_bytes());
        self.count += 1;
    }

    fn page(self, key: &str, more: bool) -> ShelfPage {
        let key = Value::from(key);
        let mut page = format!("{{{key}:[").into_bytes();
        page.extend(self.items);
        page.extend(format!("],\"more\":{more}}}").into_bytes());
        page.into()
    }
}

impl Client {
    /// A whole list, at most `most` items.
    pub(super) async fn list<T>(
        &self,
        path: &str,
        key: &str,
        query: Vec<(String, String)>,
        most: usize,
        read: impl Fn(Wire<'_>) -> Option<T> + Send + Sync,
    ) -> Result<Listed<T>, ApiError>
    where
        T: Send,
    {
        self.list_telling((path, key, query), most, read, &|_| ())
            .await
    }

    /// The same; tells of each page how many were read of it.
    pub(super) async fn list_telling<T>(
        &self,
        (path, key, query): (&str, &str, Vec<(String, String)>),
        most: usize,
        read: impl Fn(Wire<'_>) -> Option<T> + Send + Sync,
        told: Told<'_>,
    ) -> Result<Listed<T>, ApiError>
    where
        T: Send,
    {
        let mut all = Listed::default();
        let mut kept = self.allowance().keep();
        let question = || Question {
            path: path.to_owned(),
            key: key.to_owned(),
            query: query.clone(),
            most,
        };
        let shelf = self.shelf().map(|shelf| (shelf, question()));
        if let Some((shelf, question)) = &shelf
            && let Some(page) = shelf.answer(question).await
        {
            self.take_page(path, key, &page, (most, &read), (&mut all, &mut kept))?;
            return Ok(all);
        }
        let mut copied = shelf
            .as_ref()
            .filter(|(shelf, question)| shelf.wants(question))
            .map(|_| Copied::default());
        let mut cursor = None;
        let mut seen = HashSet::new();
        for pages in 1.. {
            let mut query = query.clone();
            query.extend(cursor.take().map(|after| ("after".to_owned(), after)));
            let fetched = self.fetch(path, &query).await?;
            let bytes = fetched.bytes();
            let page = self.take_page(path, key, bytes, (most, &read), (&mut all, &mut kept))?;
            if let Some(copied) = &mut copied {
                self.copy_page(key, bytes, most, copied);
            }
            drop(fetched);
            told(page.read);
            if !kept.settle().await {
                return Err(self.no_list(path, key, &Fault::TooLarge));
            }
            match page.after {
                Some(after)
                    if page.count > 0 && all.items.len() < most && seen.insert(after.clone()) =>
                {
                    cursor = Some(after)
                }
                Some(_) if page.count > 0 && all.items.len() >= most => {
                    all.more = true;
                    break;
                }
                _ => break,
            }
            self.check_pages((path, &query), pages, all.items.len() + all.unreadable)?;
        }
        if let (Some((shelf, question)), Some(copied)) = (&shelf, copied) {
            shelf.fetched(question, copied.page(key, all.more));
        }
        Ok(all)
    }

    /// A whole list page by page: what was read is handed on, and nothing of it is held when the next page is read.
    pub(super) async fn pages<T, F>(
        &self,
        path: &str,
        key: &str,
        query: Vec<(String, String)>,
        read: impl Fn(Wire<'_>) -> Option<T> + Send + Sync,
        mut hand_on: impl FnMut(Vec<T>) -> F + Send,
    ) -> Result<(), ApiError>
    where
        T: Send,
        F: Future<Output = ()> + Send,
    {
        let (mut cursor, mut seen, mut items): (Option<String>, _, _) = (None, HashSet::new(), 0);
        for pages in 1.. {
            let mut query = query.clone();
            query.extend(cursor.take().map(|after| ("after".to_owned(), after)));
            let (mut all, mut kept) = (Listed::default(), self.allowance().keep());
            let fetched = self.fetch(path, &query).await?;
            let most = (usize::MAX, &read);
            let page = self.take_page(path, key, fetched.bytes(), most, (&mut all, &mut kept))?;
            drop(fetched);
            if !kept.settle().await {
                return Err(self.no_list(path, key, &Fault::TooLarge));
            }
            items += page.count;
            hand_on(all.items).await;
            match page.after {
                Some(after) if page.count > 0 && seen.insert(after.clone()) => cursor = Some(after),
                _ => break,
            }
            self.check_pages((path, &query), pages, items)?;
        }
        Ok(())
    }

    /// Copies the items of a page as they came, but for the key.
    fn copy_page(&self, key: &str, bytes: &[u8], most: usize, copied: &mut Copied) {
        let mut inside = false;
        let each = |field: Field<'_>| {
            match field {
                Field::List(name) => inside = name == key,
                Field::Item(item, _) if inside && copied.count < most => copied.push(&item),
                _ => {}
            }
            true
        };
        // What could not be read to its end was said where it was read.
        let _ = self.with_secrets(|reader| reader.fields(bytes, each));
    }

    /// Ends a walk whose pages bring next to nothing and never end.
    fn check_pages(
        &self,
        (path, query): (&str, &[(String, String)]),
        pages: usize,
        items: usize,
    ) -> Result<(), ApiError> {
        let narrows = |(key, _): &(String, String)| !matches!(&**key, "page_size" | "after");
        let free = match query.iter().any(narrows) {
            true => FREE_FILTERED,
            false => FREE,
        };
        if pages <= free + items / FEWEST {
            return Ok(());
        }
        let what = format!("ever new pages ({pages} with {items} items so far)");
        Err(self.unreadable_answer(path, &Fault::Other(what), "the end of a list"))
    }

    /// Reads a page item by item.
    fn take_page<T>(
        &self,
        path: &str,
        key: &str,
        bytes: &[u8],
        (most, read): (usize, &impl Fn(Wire<'_>) -> Option<T>),
        (all, kept): (&mut Listed<T>, &mut Kept),
    ) -> Result<Page, ApiError> {
        let mut page = Page::default();
        let mut inside = false;
        let each = |field: Field<'_>| {
            match field {
                Field::List(name) => {
                    inside = name == key;
                    page.found |= inside;
                }
                Field::Item(item, size) if inside => {
                    page.count += 1;
                    match read(Wire(&item)) {
                        Some(item) => {
                            page.read += 1;
                            all.more |= all.items.len() >= most;
                            if all.items.len() < most {
                                kept.count(size + USES * size_of::<T>());
                                all.items.push(item);
                            }
                        }
                        None => all.unreadable += 1,
                    }
                }
                Field::Value("pagination_meta", meta) => {
                    let after = Wire(&meta).raw("after");
                    page.after = Some(after.to_owned()).filter(|after| !after.is_empty());
                }
                Field::Value("more", more) => all.more |= more == Value::Bool(true),
                _ => {}
            }
            !kept.is_too_much()
        };
        let done = self.with_secrets(|reader| reader.fields(bytes, each));
        done.map_err(|fault| self.no_list(path, key, &fault))?;
        let wrong = if kept.is_too_much() {
            Fault::TooLarge
        } else if !page.found {
            Fault::Other(format!("an object without a list \"{key}\""))
        } else if page.count > 0 && page.read == 0 {
            Fault::Other(format!("{} items of which none can be read", page.count))
        } else {
            return Ok(page);
        };
        Err(self.no_list(path, key, &wrong))
    }

    fn no_list(&self, path: &str, key: &str, fault: &Fault) -> ApiError {
        self.unreadable_answer(path, fault, &format!("a list of {}", key.replace('_', " ")))
    }

    /// A list as it came, to be compared and not shown. With slashes in its name it stands inside one thing, and is not
    /// paged.
    pub async fn raw_list(
        &self,
        path: &str,
        key: &str,
        query: Vec<(String, String)>,
    ) -> Result<Vec<Value>, ApiError> {
        if key.contains('/') {
            let mut body = self.get(path, &query).await?;
            let found = body.pointer_mut(&format!("/{key}")).map(Value::take);
            return match found {
                Some(Value::Array(rows)) => Ok(rows),
                _ => {
                    let what = format!("an answer without a list \"{key}\"");
                    Err(self.no_list(path, key, &Fault::Other(what)))
                }
            };
        }
        Ok(self
            .list(path, key, query, 5_000, |v| Some(v.0.clone()))
            .await?
            .items)
    }

    /// The items of a list as they came, and whether there are more.
    pub async fn ask(&self, question: &Question) -> Result<(Vec<Value>, bool), ApiError> {
        let Question {
            path,
            key,
            query,
            most,
        } = question;
        let as_it_came = |v: Wire<'_>| Some(v.0.clone());
        let listed = self
            .list(path, key, query.clone(), *most, as_it_came)
            .await?;
        Ok(listed.into())
    }

    /// Any answer, and the pages behind it where those are asked for, piece by piece as it comes: what is no list stands
    /// at the end, as the last page has it.
    pub async fn stream(
        &self,
        path: &str,
        query: &[(String, String)],
        all_pages: bool,
        mut each: impl FnMut(Piece<'_>) -> Result<(), ApiError> + Send,
    ) -> Result<(), ApiError> {
        let mut walk = Walk::default();
        let mut seen = HashSet::new();
        for pages in 1.. {
            let mut pairs = query.to_vec();
            pairs.extend(walk.after.take().map(|after| ("after".to_owned(), after)));
            let fetched = self.fetch(path, &pairs).await?;
            let before = walk.items;
            match self
                .with_secrets(|reader| reader.fields(fetched.bytes(), |f| walk.take(f, &mut each)))
            {
                Ok(()) => {}
                // Any other answer is told as a whole, but no page of many is any other answer.
                Err(Fault::Other(_)) if pages == 1 => {
                    let whole = self.with_secrets(|reader| reader.whole(fetched.bytes()));
                    let whole = whole.map_err(|f| self.unreadable_answer(path, &f, "an answer"))?;
                    return each(Piece::Whole(whole));
                }
                Err(fault) => return Err(self.unreadable_answer(path, &fault, "another page")),
            }
            drop(fetched);
            if let Some(error) = walk.failed.take() {
                return Err(error);
            }
            if let Some(what) = walk.wrong.take() {
                return Err(self.unreadable_answer(path, &Fault::Other(what), "another page"));
            }
            let ends = walk.items == before || walk.after.is_none();
            let next = walk.after.clone();
            if !all_pages || ends || next.is_some_and(|after| !seen.insert(after)) {
                break;
            }
            self.check_pages((path, query), pages, walk.items)?;
        }
        let rest = std::mem::take(&mut walk.rest);
        rest.into_iter()
            .try_for_each(|(name, value)| each(Piece::Field(&name, value)))
    }

    /// The word at a place of a thing; an answer without it is an error, not another word.
    pub async fn word_at(&self, path: &str, pointer: &str) -> Result<String, ApiError> {
        let body = self.get(path, &[]).await?;
        let word = body.pointer(pointer).and_then(Value::as_str);
        word.map(str::to_owned)
            .ok_or_else(|| self.unreadable(path, "a state"))
    }

    /// An answer that is not what was asked for.
    pub(super) fn unreadable(&self, path: &str, what: &str) -> ApiError {
        let fault = Fault::Other("nothing that can be read".into());
        self.unreadable_answer(path, &fault, what)
    }
}

/// A piece of an answer that is told as it comes.
pub enum Piece<'a> {
    /// A list begins; its items follow.
    List(&'a str),
    /// An item of the list that began last.
    Item(Value),
    /// Anything at the top that is no list.
    Field(&'a str, Value),
    /// An answer that is no object.
    Whole(Value),
}

/// How far a walk through pages is that are told as they come.
#[derive(Default)]
struct Walk {
    /// The lists of the first page, in their order.
    lists: Vec<String>,
    rest: Vec<(String, Value)>,
    items: usize,
    after: Option<String>,
    failed: Option<ApiError>,
    wrong: Option<String>,
}

impl Walk {
    fn take(
        &mut self,
        field: Field<'_>,
        each: &mut impl FnMut(Piece<'_>) -> Result<(), ApiError>,
    ) -> bool {
        let told = match field {
            Field::List(name) => match &self.lists[..] {
                [only] if only == name => Ok(()),
                // What comes first is told to its end before anything else begins: that goes with one page alone.
                _ if self.items > 0 && self.lists.iter().any(|l| l == name) => {
                    self.wrong = Some("several lists at once".into());
                    return false;
                }
                _ => {
                    self.lists.push(name.to_owned());
                    each(Piece::List(name))
                }
            },
            Field::Item(item, _) => {
                self.items += 1;
                each(Piece::Item(item))
            }
            Field::End => Ok(()),
            Field::Value(name, value) => {
                if name == "pagination_meta" {
                    let after = Wire(&value).raw("after");
                    self.after = Some(after.to_owned()).filter(|after| !after.is_empty());
                }
                match self.rest.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = value,
                    None => self.rest.push((name.to_owned(), value)),
                }
                Ok(())
            }
        };
        self.failed = told.err();
        self.failed.is_none()
    }
}

/// Query pairs from literals.
pub(super) fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}
