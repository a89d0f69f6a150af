//! `hotseat api METHOD PATH`: any endpoint, with the key already set up.

use super::output::{json_text, print_json, say};
use crate::session::{ApiError, Piece, Session};
use clap::Args;
use serde_json::{Value, json};

/// Call any endpoint with the key already set up.
#[derive(Args)]
pub struct Api {
    /// GET, POST, PUT, PATCH or DELETE.
    method: String,
    /// Such as /v2/incidents; may carry a query.
    path: String,
    /// A field: of the query for GET, of the JSON body otherwise; may be repeated.
    #[arg(long = "field", short = 'f', value_name = "KEY=VALUE")]
    fields: Vec<String>,
    /// Follow the cursor through all pages (GET).
    #[arg(long)]
    paginate: bool,
    /// A file with the JSON body; - for standard input.
    #[arg(long)]
    input: Option<String>,
}

/// What the API understands.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Calls.
pub async fn run(session: &Session, call: Api) -> Result<(), ApiError> {
    let method = call.method.to_uppercase();
    if !METHODS.contains(&method.as_str()) {
        return Err(ApiError::User(format!(
            "\"{}\" is not GET, POST, PUT, PATCH or DELETE.",
            call.method
        )));
    }
    let (path, inline) = call.path.split_once('?').unwrap_or((&call.path, ""));
    if !path.starts_with('/') {
        return Err(ApiError::User(format!(
            "The path \"{path}\" must begin with /, such as /v2/incidents."
        )));
    }
    let mut query: Vec<(String, String)> = url::form_urlencoded::parse(inline.as_bytes())
        .into_owned()
        .collect();
    let mut body = call.input.as_deref().map(read_body).transpose()?;
    for field in &call.fields {
        let (key, value) = field
            .split_once('=')
            .ok_or_else(|| ApiError::User(format!("--field {field} must be key=value.")))?;
        if method == "GET" {
            query.push((key.into(), value.into()));
        } else {
            set(body.get_or_insert_with(|| json!({})), key, value)?;
        }
    }
    match (method.as_str(), call.paginate) {
        ("GET", all_pages) => {
            let mut out = Json::default();
            let told = |piece: Piece<'_>| out.tell(piece);
            session.stream(path, &query, all_pages, told).await?;
            out.end()
        }
        (_, true) => Err(ApiError::User("--paginate goes with GET.".into())),
        (method, false) => print(&session.call(method, path, &query, body.as_ref()).await?),
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

fn read_body(source: &str) -> Result<Value, ApiError> {
    let unread = |e| ApiError::User(format!("Cannot read the body from {source}: {e}."));
    let raw = match source {
        "-" => std::io::read_to_string(std::io::stdin()).map_err(unread)?,
        path => std::fs::read_to_string(path).map_err(unread)?,
    };
    serde_json::from_str(&raw)
        .map_err(|e| ApiError::User(format!("The body from {source} is not JSON: {e}.")))
}

/// The answer as it came, with nothing in it that a terminal would act on.
fn print(body: &Value) -> Result<(), ApiError> {
    if body.is_null() {
        Ok(())
    } else {
        print_json(body)
    }
}

/// An answer as JSON that is printed as it comes.
#[derive(Default)]
struct Json {
    /// Something stands before it in the object.
    begun: bool,
    /// It is no object, and was printed.
    whole: bool,
    /// A list is open; whether it has items.
    list: Option<bool>,
}

impl Json {
    fn tell(&mut self, piece: Piece<'_>) -> Result<(), ApiError> {
        match piece {
            Piece::Whole(value) => {
                self.whole = true;
                print(&value)
            }
            Piece::List(name) => {
                self.name(name)?;
                self.list = Some(false);
                say("[")
            }
            Piece::Item(value) => {
                let before = if self.list.replace(true) == Some(true) {
                    ",\n"
                } else {
                    "\n"
                };
                say(&format!(
                    "{before}    {}",
                    json_text(&value).replace('\n', "\n    ")
                ))
            }
            Piece::Field(name, value) => {
                self.name(name)?;
                say(&json_text(&value).replace('\n', "\n  "))
            }
        }
    }

    /// The name of a field, after what stands before it.
    fn name(&mut self, name: &str) -> Result<(), ApiError> {
        self.close_list()?;
        let before = if self.begun { ",\n" } else { "{\n" };
        self.begun = true;
        say(&format!("{before}  {}: ", json_text(name)))
    }

    fn close_list(&mut self) -> Result<(), ApiError> {
        match self.list.take() {
            Some(true) => say("\n  ]"),
            Some(false) => say("]"),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), ApiError> {
        self.close_list()?;
        match (self.begun, self.whole) {
            (true, _) => say("\n}\n"),
            (false, false) => say("{}\n"),
            (false, true) => Ok(()),
        }
    }
}
