//! Confirming a proposal: the person at the desk is asked where the client can ask them, what it was made on must still
//! stand, and it goes out through the journal, once.

use super::super::answer::Answer;
use super::super::caller::Caller;
use super::super::desk::Desk;
use super::super::proposals::Proposal;
use super::propose::{plan, state_of};
use super::{Asked, Step};
use crate::config::Confirm;
use crate::domain::text::{clean_line, fit, printable};
use crate::domain::{ApiError, ProposalAnswer, Write};
use crate::session::{Outcome, fault, short_key};
use rmcp::model::{
    ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema,
    InputRequest, InputRequiredResult,
};
use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The field that a person answers in.
const SEND: &str = "send";
/// How long a person may think.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long one call waits for somebody at a console: less than clients wait for an answer.
const AT_CONSOLE: Duration = Duration::from_secs(45);
/// Characters of what a person is asked: more than a request that can be proposed has.
const LONGEST_QUESTION: usize = 8_000;
/// Lines that say what changes, and columns of each, before the request itself.
const MOST_SAID: usize = 8;
const LONGEST_LINE: usize = 160;

/// What is confirmed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ConfirmQuestion {
    /// The token of a proposal.
    token: String,
}

/// What became of it.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Confirmed {
    writes: Vec<Sent>,
}

/// A write that was sent.
#[derive(JsonSchema, Serialize)]
struct Sent {
    what: String,
    /// confirmed, or how it stands in the journal.
    state: String,
    /// The beginning of its key in the journal.
    key: String,
    /// The id of what it made.
    made: Option<String>,
}

/// Sends what was proposed, where everything about it still holds.
pub(super) async fn confirm(
    desk: &Desk,
    caller: &Caller,
    question: ConfirmQuestion,
    asked: &Asked,
) -> Result<Step, ApiError> {
    desk.refuse_where_read_only()?;
    let (token, by) = (question.token.as_str(), caller.by.as_str());
    let proposal = desk.proposals.find(token, by, desk.session.now())?;
    stands_as_proposed(desk, &proposal).await?;
    match agreed(desk, caller, &proposal, token, asked).await? {
        Agreed::Yes => {}
        Agreed::ToBeAsked(question) => return Ok(Step::Ask(question)),
        Agreed::No => {
            desk.take(token, by, "declined").await?;
            let says = "Nothing was sent: the person at the desk said no. Do not propose it again unless they ask for it.";
            return Err(ApiError::User(says.into()));
        }
    }
    if caller.can_ask || desk.session.config().mcp.confirm == Confirm::Console {
        // Somebody may have moved it while the person was thinking.
        stands_as_proposed(desk, &proposal).await?;
    }
    let taken = desk.take(token, by, "confirmed").await?;
    let writes: Vec<Write> = taken.planned.iter().map(|p| p.write.clone()).collect();
    told(desk.send(writes).await?).map(Step::Done)
}

/// Whether what it was made on still stands.
async fn stands_as_proposed(desk: &Desk, proposal: &Proposal) -> Result<(), ApiError> {
    let (planned, _) = plan(desk, &proposal.request).await.map_err(|e| match e {
        ApiError::User(says) => ApiError::User(format!("Nothing was sent. {says}")),
        other => other,
    })?;
    let now = state_of(desk, &proposal.request, &planned).await?;
    match now == proposal.state {
        true => Ok(()),
        false => Err(ApiError::User(
            "Nothing was sent: what it was proposed on was changed meanwhile. Look at it, and propose it again if it is still right.".into(),
        )),
    }
}

/// Whether somebody said yes.
enum Agreed {
    Yes,
    No,
    ToBeAsked(InputRequiredResult),
}

/// Asks the person, where the client can; else it is for the configuration to say.
async fn agreed(
    desk: &Desk,
    caller: &Caller,
    proposal: &Proposal,
    token: &str,
    asked: &Asked,
) -> Result<Agreed, ApiError> {
    if !caller.can_ask {
        return match desk.session.config().mcp.confirm {
            Confirm::Agent => Ok(Agreed::Yes),
            Confirm::Console => at_console(desk, proposal).await,
            Confirm::Person => Err(ApiError::User(
                "Nothing was sent: this client cannot ask the person before it. They can send it with hotseat themselves, or set confirm = \"agent\" under [mcp].".into(),
            )),
        };
    }
    let question = question(caller, proposal)?;
    if !caller.is_stateless {
        let asking = caller
            .peer
            .create_elicitation_with_timeout(question, Some(PATIENCE));
        let answer = asking.await.map_err(|_| {
            ApiError::User("Nothing was sent: the person at the desk did not answer.".into())
        })?;
        return Ok(of(&answer));
    }
    match asked.answers.as_ref().and_then(|all| all.get(SEND)) {
        // An answer counts for the question that was asked.
        Some(answer) if asked.state.as_deref() == Some(token) => {
            let answer = serde_json::from_value(answer.clone());
            Ok(answer.map_or(Agreed::No, |answer| of(&answer)))
        }
        _ => {
            let question = InputRequest::Elicitation(ElicitRequest::new(question));
            let all = BTreeMap::from([(SEND.to_owned(), question)]);
            let asking = InputRequiredResult::new(Some(all), Some(token.to_owned()));
            Ok(Agreed::ToBeAsked(asking))
        }
    }
}

/// Asks at the consoles of this machine: whoever sits there sees the same question, and a yes counts for what was shown.
async fn at_console(desk: &Desk, proposal: &Proposal) -> Result<Agreed, ApiError> {
    let refused = |says: &str| Err(ApiError::User(format!("Nothing was sent. {says}")));
    if proposal.planned.iter().any(|p| p.write.private) {
        return refused(
            "It belongs to a private incident, of which no console of this machine is told by another program. They can send it with hotseat themselves.",
        );
    }
    if let Some(why) = desk.session.no_journal() {
        return refused(&format!("No console can be asked, since {why}."));
    }
    let open = desk.ask_at_console(proposal).await?;
    let answer = desk.session.proposal_answer(&open.id, AT_CONSOLE).await?;
    match answer {
        Some(ProposalAnswer::Yes(shown)) if shown == open.shown() => Ok(Agreed::Yes),
        Some(ProposalAnswer::Yes(_)) => refused("What was agreed to is not what was proposed."),
        Some(ProposalAnswer::No) => Ok(Agreed::No),
        None => refused(
            "Nobody at a console of this machine has said yes or no yet. Tell the person that it waits in the journal of hotseat (J), and call confirm again with the same token to go on waiting.",
        ),
    }
}

/// Yes is a form that was accepted and that says so.
fn of(answer: &ElicitResult) -> Agreed {
    let says_so = answer.content.as_ref().is_some_and(|c| c[SEND] == true);
    match answer.action == ElicitationAction::Accept && says_so {
        true => Agreed::Yes,
        false => Agreed::No,
    }
}

/// What a person reads before they say yes.
fn question(caller: &Caller, proposal: &Proposal) -> Result<ElicitRequestParams, ApiError> {
    let message = asks(caller, proposal);
    if message.chars().count() > LONGEST_QUESTION {
        let says =
            "Nothing was sent: this is too long to be read before it is sent. Shorten its texts.";
        return Err(ApiError::User(says.into()));
    }
    let schema = ElicitationSchema::builder()
        .required_bool_with(SEND, |field| field.title("Send it"))
        .build()
        .map_err(|_| fault())?;
    Ok(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message,
        requested_schema: schema,
    })
}

/// Who asks, whom it pages, what it does in words, and the exact request. Every text of others has a line of its own, cut
/// to a length: it can neither stand as a line of ours nor push the request out of sight. The request is never cut; as
/// JSON it has no line breaks in its texts, and what hides is written out.
fn asks(caller: &Caller, proposal: &Proposal) -> String {
    let said = proposal.says();
    let unsaid = said.len().saturating_sub(MOST_SAID);
    let more = format!("and {unsaid} more, all in the request below");
    let said = said
        .iter()
        .take(MOST_SAID)
        .chain((unsaid > 0).then_some(&more));
    let lines = [
        format!("An agent asks to send something: {}", caller.says),
        format!("What: {}", one_line(&proposal.what())),
        format!(
            "Pages: {}",
            fit(&clean_line(&proposal.pages()), 2 * LONGEST_LINE)
        ),
        format!("Way back: {}", one_line(&proposal.way_back())),
    ];
    let said = said.map(|says| format!("- {}", one_line(says)));
    let mut all: Vec<String> = lines.into_iter().chain(said).collect();
    all.push("Exactly this is sent:".into());
    all.push(printable(&proposal.requests()));
    all.join("\n")
}

fn one_line(text: &str) -> String {
    fit(&clean_line(text), LONGEST_LINE)
}

/// What became of the writes; the first that is not confirmed is the error, with where it stands.
fn told(done: Vec<Outcome>) -> Result<Answer, ApiError> {
    if let Some(failed) = done.iter().find(|o| o.error.is_some()) {
        let says = failed.says();
        return Err(ApiError::User(match failed.recorded {
            false => says,
            true => format!(
                "{says} It stands in the journal as {}: {}.",
                short_key(&failed.write.key),
                failed.write.state.word()
            ),
        }));
    }
    let writes = done.iter().map(|outcome| Sent {
        what: outcome.write.what.clone(),
        state: match outcome.before {
            true => "confirmed before; nothing was sent again".into(),
            false => outcome.write.state.word().into(),
        },
        key: short_key(&outcome.write.key).to_owned(),
        made: outcome.write.result.clone(),
    });
    Answer::of(&Confirmed {
        writes: writes.collect(),
    })
}
