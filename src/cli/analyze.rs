//! `analyze`: what a period looked like.

use super::Front;
use super::output::{say, tell_missing};
use super::periods::period;
use super::progress::{during, sync};
use crate::domain::query::quoted;
use crate::session::ApiError;
use crate::similar::{AnalysisRequest, QUARTER};
use clap::Args;

/// What a period looked like.
#[derive(Args)]
pub struct Analyze {
    /// Only this service, or the services of this team.
    #[arg(long)]
    service: Option<String>,
    /// Only incidents that this team is on.
    #[arg(long)]
    team: Option<String>,
    /// Only what passes this, as the console's list is narrowed: "sev:P1 !lead:ana".
    #[arg(long)]
    filter: Option<String>,
    /// From: 90d, a date, or RFC 3339.
    #[arg(long, default_value = QUARTER)]
    since: String,
    /// Until.
    #[arg(long)]
    until: Option<String>,
    /// Print markdown.
    #[arg(long)]
    markdown: bool,
}

impl Analyze {
    fn request(&self) -> AnalysisRequest {
        let facet = |name: &str, word: &String| format!("{name}:{}", quoted(word));
        let service = self.service.iter().map(|word| facet("service", word));
        let team = self.team.iter().map(|word| facet("team", word));
        let words = service.chain(team).chain(self.filter.clone());
        AnalysisRequest {
            filter: words.collect::<Vec<_>>().join(" "),
            since: self.since.clone(),
            until: self.until.clone(),
        }
    }
}

/// Looks back over a period.
pub async fn run(front: &Front, asked: &Analyze) -> Result<(), ApiError> {
    let session = &front.session;
    // What cannot be a period is told before anything is read.
    period(&asked.since, asked.until.as_deref(), session)?;
    let request = asked.request();
    let analyzed = session.analyze_after(sync(session), &request);
    let (period, missing) = during(session, analyzed).await?;
    tell_missing(&missing);
    match asked.markdown {
        true => say(&period.markdown()),
        false => front.output.print(&period, &period.lines()),
    }
}
