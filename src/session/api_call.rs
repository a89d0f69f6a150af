//! Any endpoint, as somebody asks for it in words, and its answer as text that is told as it comes.

use super::{ApiError, Session};
use crate::domain::text::shown;
use crate::incidentio::Piece;
use serde_json::{Value, json};

/// What the API understands.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// A request to any endpoint.
pub struct ApiCall {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl ApiCall {
    /// Reads what was asked for: a path that may carry a query, and fields `KEY=VALUE`, of the query for GET, else of the
    /// body, which is read when the rest is understood.
    pub fn read(
        method: &str,
        path: &str,
        fields: &[String],
        body: impl FnOnce() -> Result<Option<Value>, ApiError>,
    ) -> Result<Self, ApiError> {
        let upper = method.to_uppercase();
        if !METHODS.contains(&upper.as_str()) {
            return Err(ApiError::User(format!(
                "\"{method}\" is not GET, POST, PUT, PATCH or DELETE."
            )));
        }
        let (path, inline) = path.split_once('?').unwrap_or((path, ""));
        if !path.starts_with('/') {
            return Err(ApiError::User(format!(
                "The path \"{path}\" must begin with /, such as /v2/incidents."
            )));
        }
        let query = url::form_urlencoded::parse(inline.as_bytes()).into_owned();
        let mut call = Self {
            method: upper,
            path: path.to_owned(),
            query: query.collect(),
            body: body()?,
        };
        for field in fields {
            call.add(field)?;
        }
        Ok(call)
    }

    fn add(&mut self, field: &str) -> Result<(), ApiError> {
        let (key, value) = field
            .split_once('=')
            .ok_or_else(|| ApiError::User(format!("--field {field} must be key=value.")))?;
        if self.method == "GET" {
            self.query.push((key.into(), value.into()));
            return Ok(());
        }
        set(self.body.get_or_insert_with(|| json!({})), key, value)
    }
}

impl Session {
    /// Calls, and tells the answer as text: of GET as it comes, without holding it, with all pages where they are asked for.
    pub async fn answer(
        &self,
        call: &ApiCall,
        all_pages: bool,
        say: impl FnMut(&str) -> Result<(), ApiError> + Send,
    ) -> Result<(), ApiError> {
        let mut text = Text::new(say);
        if call.method == "GET" {
            let (client, told) = (&self.client, |piece: Piece<'_>| text.tell(piece));
            client
                .stream(&call.path, &call.query, all_pages, told)
                .await?;
            return text.end();
        }
        if all_pages {
            return Err(ApiError::User("--paginate goes with GET.".into()));
        }
        let called = self.call(&call.method, &call.path, &call.query, call.body.as_ref());
        text.all(&called.await?)
    }
}

/// `a.b=1` sets a field of an object inside; numbers, booleans and null are taken as such.
fn set(body: &mut Value, key: &str, value: &str) -> Result<(), ApiError> {
    let plain = serde_json::from_str(value)
        .ok()
        .filter(|v: &Value| !v.is_string() && !v.is_object() && !v.is_array());
    let mut at = body;
    for part in key.split('.') {
        at = at
            .as_object_mut()
            .ok_or_else(|| {
                ApiError::User(format!("--field {key}: a part of it is not an object."))
            })?
            .entry(part)
            .or_insert_with(|| json!({}));
    }
    *at = plain.unwrap_or_else(|| json!(value));
    Ok(())
}

/// An answer as JSON text that is told as it comes.
struct Text<S> {
    say: S,
    /// Something stands before it in the object.
    begun: bool,
    /// It is no object, and was printed.
    whole: bool,
    /// A list is open; whether it has items.
    list: Option<bool>,
}

impl<S: FnMut(&str) -> Result<(), ApiError>> Text<S> {
    fn new(say: S) -> Self {
        Self {
            say,
            begun: false,
            whole: false,
            list: None,
        }
    }

    /// The answer in one, where there is one.
    fn all(&mut self, body: &Value) -> Result<(), ApiError> {
        match body {
            Value::Null => Ok(()),
            body => (self.say)(&(shown(body) + "\n")),
        }
    }

    fn tell(&mut self, piece: Piece<'_>) -> Result<(), ApiError> {
        match piece {
            Piece::Whole(value) => {
                self.whole = true;
                self.all(&value)
            }
            Piece::List(name) => {
                self.name(name)?;
                self.list = Some(false);
                (self.say)("[")
            }
            Piece::Item(value) => {
                let before = if self.list.replace(true) == Some(true) {
                    ",\n"
                } else {
                    "\n"
                };
                (self.say)(&format!(
                    "{before}    {}",
                    shown(&value).replace('\n', "\n    ")
                ))
            }
            Piece::Field(name, value) => {
                self.name(name)?;
                (self.say)(&shown(&value).replace('\n', "\n  "))
            }
        }
    }

    /// The name of a field, after what stands before it.
    fn name(&mut self, name: &str) -> Result<(), ApiError> {
        self.close_list()?;
        let before = if self.begun { ",\n" } else { "{\n" };
        self.begun = true;
        (self.say)(&format!("{before}  {}: ", shown(&json!(name))))
    }

    fn close_list(&mut self) -> Result<(), ApiError> {
        match self.list.take() {
            Some(true) => (self.say)("\n  ]"),
            Some(false) => (self.say)("]"),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), ApiError> {
        self.close_list()?;
        match (self.begun, self.whole) {
            (true, _) => (self.say)("\n}\n"),
            (false, false) => (self.say)("{}\n"),
            (false, true) => Ok(()),
        }
    }
}
