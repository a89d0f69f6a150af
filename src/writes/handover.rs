//! What a shift hands over, as a message to the Slack channel that the configuration names.

use super::form::{Fault, Field, Form, Input, Request};
use crate::domain::text;
use crate::domain::{Verification, Write};
use serde_json::json;

/// Fields of a handover.
pub fn fields() -> Vec<Field> {
    let channel = Field::new("channel", "Slack channel", Input::Line).required();
    let message = Field::new("message", "Message", Input::Text).required();
    vec![
        message.hint("what the next shift needs to know"),
        channel.hint("its id or name, such as #on-call"),
    ]
}

/// The message.
pub fn request(form: &Form) -> Result<Request, Fault> {
    let (channel, text) = (form.text("channel").trim(), form.text("message").trim());
    if channel.chars().any(char::is_whitespace) {
        return Err(("channel".into(), "a channel's name has no spaces".into()));
    }
    let what = format!("Handover to {channel}");
    let lines = text.lines().count();
    let says = format!(
        "Posts a handover of {} to {channel} in Slack.",
        text::counted(lines, "line", "lines")
    );
    let body = json!({"channel": channel, "text": text});
    Ok(Request::new(what, channel, "POST", Write::SLACK, body)
        .verified(Verification::Ask)
        .saying(vec![says]))
}
