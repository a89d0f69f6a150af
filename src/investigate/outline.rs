//! A finding as headings and items, made once: the console, the command and the drafts render the same words.

mod path;

pub(crate) use path::sign;

use super::{Retelling, compare};
use crate::domain::finding::ConfidenceChange;
use crate::domain::text;
use crate::domain::time::Zone;
use crate::domain::zoned;
use crate::domain::{Evidence, Finding, Hop, Hypothesis, Instant};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What is said where no cause has enough behind it.
pub(crate) const NOT_ENOUGH: &str = "Not enough to say.";

/// A finding in the order in which somebody on call reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outline<'a> {
    pub(crate) sections: Vec<Section<'a>>,
}

/// What a section is about. Each occurs at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Situation,
    Cause,
    Next,
    Retold,
    Timeline,
    AlsoSeen,
    Missing,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Section<'a> {
    pub(crate) part: Part,
    pub(crate) items: Vec<Item<'a>>,
}

/// One statement without layout: how its label is written is the front end's business.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item<'a> {
    pub(crate) label: Label<'a>,
    pub(crate) text: Cow<'a, str>,
    pub(crate) link: Option<Link<'a>>,
    pub(crate) emphasis: Emphasis,
    /// The way of a cause to what is felt, the whole of it and then call by call.
    pub(crate) path: Vec<Item<'a>>,
    /// What a cause stands on, the facts for it first.
    pub(crate) facts: Vec<Item<'a>>,
}

/// What kind of statement an item is, with the figures a front end may write before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Label<'a> {
    Summary,
    Scope,
    /// The text says where the time comes from.
    Began(Instant),
    Abstention,
    Cause {
        rank: usize,
        percent: u8,
    },
    /// The names on the way of a cause to what is felt, in their order.
    Path(&'a [Hop]),
    /// One call of it; the text says what shows that the trouble took it.
    Hop(&'a Hop),
    For(&'a Evidence),
    Against(&'a Evidence),
    /// A cause of the run before that is none any more.
    Gone,
    Check,
    SetAside,
    Action(usize),
    Sentence,
    Dropped,
    Moment {
        at: Instant,
        evidence: Option<&'a str>,
    },
    Seen(&'a str),
    /// The source that did not answer.
    Missing(&'a str),
}

/// What an item leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Link<'a> {
    Evidence(&'a str),
    /// By its rank.
    Hypothesis(usize),
    /// A call on the way from a cause, by the cause's service.
    Hop(&'a str, &'a Hop),
}

/// How much an item matters, and whether it speaks for or against a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emphasis {
    Plain,
    Strong,
    Quiet,
    Good,
    Bad,
}

impl Part {
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Situation => "What's going on",
            Self::Cause => "What caused it",
            Self::Next => "What can I do next",
            Self::Retold => "Retold by the model",
            Self::Timeline => "Timeline",
            Self::AlsoSeen => "Also seen",
            Self::Missing => "Missing",
        }
    }
}

impl<'a> Item<'a> {
    fn new(label: Label<'a>, text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            label,
            text: text.into(),
            link: None,
            emphasis: Emphasis::Plain,
            path: Vec::new(),
            facts: Vec::new(),
        }
    }

    fn quiet(self) -> Self {
        Self {
            emphasis: Emphasis::Quiet,
            ..self
        }
    }

    /// Its own words, with their times in a zone; the words of others stay as they are.
    fn read_in(&mut self, zone: Zone, near: Instant) {
        if self.label != Label::Sentence {
            self.text = zoned(std::mem::take(&mut self.text), near, zone);
        }
    }

    /// The item and what stands under it, in the order in which it is read.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Item<'a>> {
        std::iter::once(self).chain(&self.path).chain(&self.facts)
    }

    fn linked(self, link: Option<Link<'a>>) -> Self {
        Self { link, ..self }
    }
}

impl<'a> Outline<'a> {
    pub(crate) fn section(&self, part: Part) -> Option<&Section<'a>> {
        self.sections.iter().find(|s| s.part == part)
    }

    /// The items of a section; none where it has nothing to say.
    pub(crate) fn items(&self, part: Part) -> &[Item<'a>] {
        self.section(part).map_or(&[], |s| &s.items)
    }
}

/// The outline of a finding in a zone, with what changed since the run before and a model's words, where there are any.
pub(crate) fn outline<'a>(
    finding: &'a Finding,
    before: Option<&Finding>,
    retold: Option<&'a Retelling>,
    zone: Zone,
) -> Outline<'a> {
    let changes = before.map(|b| compare(b, finding)).unwrap_or_default();
    let section = |part, items| Section { part, items };
    let told = |part, items: Vec<_>| (!items.is_empty()).then(|| section(part, items));
    let parts = [
        Some(section(Part::Situation, situation(finding))),
        Some(section(Part::Cause, cause(finding, &changes))),
        told(Part::Next, next(finding)),
        retold.map(|r| section(Part::Retold, sentences(r))),
        told(Part::Timeline, timeline(finding)),
        told(Part::AlsoSeen, also_seen(finding)),
        told(Part::Missing, missing(finding)),
    ];
    let mut sections: Vec<Section<'_>> = parts.into_iter().flatten().collect();
    let items = sections.iter_mut().flat_map(|section| &mut section.items);
    items.for_each(|item| item.read_in(zone, finding.onset));
    Outline { sections }
}

fn situation(f: &Finding) -> Vec<Item<'_>> {
    let cited = |e: &&Evidence| f.summary.contains(&format!("[{}]", e.id));
    let felt = f.evidence.iter().find(cited);
    let mut items =
        vec![Item::new(Label::Summary, &f.summary).linked(felt.map(|e| Link::Evidence(&e.id)))];
    items.extend(f.services.first().map(|named| {
        let more = f.services.len() - 1;
        let text = format!(
            "Looked at {} ({}) and {more} around it.",
            named.name, named.why
        );
        Item::new(Label::Scope, text).quiet()
    }));
    items.push(Item::new(Label::Began(f.onset), &f.onset_from).quiet());
    items
}

fn cause<'a>(f: &'a Finding, changes: &[ConfidenceChange]) -> Vec<Item<'a>> {
    let (standing, aside): (Vec<_>, Vec<_>) = f.hypotheses.iter().partition(|h| !h.discarded);
    let mut items = Vec::new();
    if !f.settled {
        items.push(Item {
            emphasis: Emphasis::Strong,
            ..Item::new(Label::Abstention, NOT_ENOUGH)
        });
    }
    items.extend(standing.into_iter().map(|h| hypothesis(f, h, changes)));
    items.extend(
        changes
            .iter()
            .filter(|c| c.how == "gone")
            .map(|c| Item::new(Label::Gone, format!("{}, was {} %", c.service, c.before)).quiet()),
    );
    items.extend(
        f.next_check
            .iter()
            .map(|check| Item::new(Label::Check, check)),
    );
    items.extend(aside.into_iter().map(set_aside));
    items
}

fn hypothesis<'a>(f: &'a Finding, h: &'a Hypothesis, changes: &[ConfidenceChange]) -> Item<'a> {
    let facts = |ids: &'a [String]| ids.iter().filter_map(|id| f.evidence(id));
    let fact = |e: &'a Evidence, label, emphasis| Item {
        emphasis,
        ..Item::new(label, &e.says).linked(Some(Link::Evidence(&e.id)))
    };
    let change = changes.iter().find(|c| c.service == h.service);
    let text = match change.map(since) {
        Some(since) => Cow::Owned(format!("{} ({since})", h.statement)),
        None => Cow::Borrowed(h.statement.as_str()),
    };
    let label = Label::Cause {
        rank: h.rank,
        percent: h.confidence,
    };
    Item {
        emphasis: if h.rank == 1 && f.settled {
            Emphasis::Strong
        } else {
            Emphasis::Plain
        },
        facts: facts(&h.evidence_for)
            .map(|e| fact(e, Label::For(e), Emphasis::Good))
            .chain(facts(&h.evidence_against).map(|e| fact(e, Label::Against(e), Emphasis::Bad)))
            .collect(),
        path: path::path(h),
        ..Item::new(label, text).linked(Some(Link::Hypothesis(h.rank)))
    }
}

/// How a cause stands against the run before.
fn since(change: &ConfidenceChange) -> String {
    if change.how == "new" {
        change.how.clone()
    } else {
        format!("{}, was {} %", change.how, change.before)
    }
}

/// What speaks against it leads on; without a change to name, the service is what was suspected.
fn set_aside(h: &Hypothesis) -> Item<'_> {
    let what = if h.change.is_some() {
        &h.statement
    } else {
        &h.service
    };
    let text = format!("{}: {}", what.trim_end_matches('.'), h.reason);
    let against = h.evidence_against.first();
    let link = against.map_or(Link::Hypothesis(h.rank), |id| Link::Evidence(id));
    Item::new(Label::SetAside, text).quiet().linked(Some(link))
}

fn next(f: &Finding) -> Vec<Item<'_>> {
    let numbered = f.actions.iter().zip(1..);
    numbered
        .map(|(action, n)| Item::new(Label::Action(n), action))
        .collect()
}

fn sentences(retold: &Retelling) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = retold
        .sentences
        .iter()
        .map(|s| {
            let text = format!("{} [{}]", s.says, s.cites.join(", "));
            Item::new(Label::Sentence, text).linked(s.cites.first().map(|id| Link::Evidence(id)))
        })
        .collect();
    if retold.dropped > 0 {
        let text = text::counted(
            retold.dropped,
            "sentence without evidence was left out",
            "sentences without evidence were left out",
        );
        items.push(Item::new(Label::Dropped, text).quiet());
    }
    items
}

fn timeline(f: &Finding) -> Vec<Item<'_>> {
    let moments = f.timeline.iter().map(|m| {
        let evidence = m.evidence.as_deref();
        let label = Label::Moment { at: m.at, evidence };
        Item::new(label, &m.says).linked(evidence.map(Link::Evidence))
    });
    moments.collect()
}

/// The facts that no hypothesis names.
fn also_seen(f: &Finding) -> Vec<Item<'_>> {
    let named: BTreeSet<&String> = f
        .hypotheses
        .iter()
        .flat_map(|h| h.evidence_for.iter().chain(&h.evidence_against))
        .collect();
    let rest = f.evidence.iter().filter(|e| !named.contains(&e.id));
    rest.map(|e| {
        Item::new(Label::Seen(&e.id), &e.says)
            .quiet()
            .linked(Some(Link::Evidence(&e.id)))
    })
    .collect()
}

fn missing(f: &Finding) -> Vec<Item<'_>> {
    let all = f.missing.iter();
    all.map(|m| Item::new(Label::Missing(&m.source), &m.says).quiet())
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::investigate::Retold;
    use serde_json::{Value, json};

    pub(in crate::investigate) fn cause_of(
        rank: usize,
        service: &str,
        percent: u8,
        for_it: &str,
        against: &str,
    ) -> Value {
        let ids = |id: &str| id.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        json!({"rank": rank, "service": service, "kind": "errors", "confidence": percent,
            "statement": format!("{service} fails."), "evidence_for": ids(for_it),
            "evidence_against": ids(against), "change": null, "discarded": percent == 0,
            "reason": "it recovered first"})
    }

    pub(in crate::investigate) fn finding(settled: bool, hypotheses: Vec<Value>) -> Finding {
        let fact = |id: &str| {
            json!({"id": id, "source": "prom", "service": "pay", "says": format!("fact {id}"), "query": "q",
                "at": null, "observed": "", "normal": "", "deviation": null, "link": null})
        };
        let read = serde_json::from_value(json!({
            "incident": "INC-7", "name": "Pay", "severity": null, "priority": null,
            "onset": "2026-11-20T14:30:00Z", "onset_from": "the alert", "summary": "pay fails [E2]",
            "settled": settled, "services": [{"name": "pay", "why": "named"}, {"name": "db", "why": "called"}],
            "hypotheses": hypotheses, "evidence": [fact("E1"), fact("E2"), fact("E3")], "changes": [],
            "missing": [{"source": "loki", "says": "No logs."}], "next_check": "Look at db.",
            "actions": ["Roll back."],
            "timeline": [{"at": "2026-11-20T14:31:00Z", "says": "Declared.", "evidence": null}],
        }));
        read.expect("a finding")
    }

    /// Every item as `emphasis text -> link`, its facts behind it.
    pub(super) fn shown(outline: &Outline<'_>, part: Part) -> Vec<String> {
        let mut lines = Vec::new();
        for item in outline.items(part) {
            for i in item.lines() {
                let link = i.link.map_or(String::new(), |l| format!(" -> {l:?}"));
                lines.push(format!("{:?} {}{link}", i.emphasis, i.text));
            }
        }
        lines
    }

    #[test]
    fn causes_stand_with_what_speaks_for_and_against_them() {
        let f = finding(
            true,
            vec![
                cause_of(1, "pay", 87, "E2", "E1"),
                cause_of(2, "web", 0, "", "E1"),
                cause_of(3, "mail", 0, "", ""),
            ],
        );
        let outline = outline(&f, None, None, Zone::UTC);
        assert_eq!(
            shown(&outline, Part::Cause),
            [
                "Strong pay fails. -> Hypothesis(1)",
                "Good fact E2 -> Evidence(\"E2\")",
                "Bad fact E1 -> Evidence(\"E1\")",
                "Plain Look at db.",
                "Quiet web: it recovered first -> Evidence(\"E1\")",
                "Quiet mail: it recovered first -> Hypothesis(3)",
            ]
        );
        assert_eq!(
            shown(&outline, Part::Situation),
            [
                "Plain pay fails [E2] -> Evidence(\"E2\")",
                "Quiet Looked at pay (named) and 1 around it.",
                "Quiet the alert",
            ]
        );
        assert_eq!(
            shown(&outline, Part::AlsoSeen),
            ["Quiet fact E3 -> Evidence(\"E3\")"]
        );
    }

    #[test]
    fn without_enough_to_say_no_cause_is_stressed() {
        let f = finding(false, vec![cause_of(1, "pay", 40, "", "")]);
        assert_eq!(
            shown(&outline(&f, None, None, Zone::UTC), Part::Cause)[..2],
            [
                "Strong Not enough to say.",
                "Plain pay fails. -> Hypothesis(1)"
            ]
        );
    }

    #[test]
    fn what_changed_since_the_run_before_is_said_of_each_cause() {
        let before = finding(
            true,
            vec![
                cause_of(1, "db", 70, "", ""),
                cause_of(2, "pay", 50, "", ""),
            ],
        );
        let now = finding(
            true,
            vec![
                cause_of(1, "pay", 87, "", ""),
                cause_of(2, "web", 30, "", ""),
            ],
        );
        assert_eq!(
            shown(&outline(&now, Some(&before), None, Zone::UTC), Part::Cause)[..3],
            [
                "Strong pay fails. (strengthened, was 50 %) -> Hypothesis(1)",
                "Plain web fails. (new) -> Hypothesis(2)",
                "Quiet db, was 70 %",
            ]
        );
    }

    #[test]
    fn a_section_without_anything_to_say_has_no_heading() {
        let mut f = finding(true, vec![]);
        (f.actions, f.timeline, f.missing, f.evidence) = (vec![], vec![], vec![], vec![]);
        let retold = Retelling {
            sentences: vec![Retold {
                says: "Pay fails.".into(),
                cites: vec!["E2".into(), "E1".into()],
            }],
            dropped: 2,
        };
        let outline = outline(&f, None, Some(&retold), Zone::UTC);
        let parts: Vec<Part> = outline.sections.iter().map(|s| s.part).collect();
        assert_eq!(parts, [Part::Situation, Part::Cause, Part::Retold]);
        assert_eq!(
            shown(&outline, Part::Retold),
            [
                "Plain Pay fails. [E2, E1] -> Evidence(\"E2\")",
                "Quiet 2 sentences without evidence were left out",
            ]
        );
    }
}
