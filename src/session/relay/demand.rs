//! What the consoles want to know, and when it is to be asked again.

use super::letters::{Asked, LETTER, Letter, MOST_ASKED};
use super::rules::{self, Kind};
use crate::domain::{IncidentId, Instant};
use crate::incidentio::Question;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::time::Instant as Tick;

/// Everybody's questions that are kept at most: an organisation has a catalog type for most of them.
const MOST: usize = 400;
/// What is asked at least so often, and in how many ways at most.
const OFTEN: Duration = Duration::from_secs(60);
const MOST_OFTEN: usize = 4;
/// Incidents that are looked at for consoles at most, at eight requests a minute each: those that were named last.
const MOST_FOCUSED: usize = 40;
/// Questions about one incident.
const MOST_OF_ONE: usize = 16;
/// Consoles that are counted.
const MOST_CONSOLES: usize = 10_000;
/// How often it is asked whether anything happened in an incident; and how often all of it is read whatever the log says,
/// for the log does not tell of every edit. Together eight requests a minute for the five lists of a timeline.
const NEWS: Duration = Duration::from_secs(15);
const WHOLE: Duration = Duration::from_secs(75);
/// The log of an incident, whose last entry is where the next look begins.
const LOG: &str = "/v2/incident_activity_log_entries";

struct Wanted {
    question: Question,
    due: Tick,
    used: Tick,
    asking: bool,
}

/// An incident that somebody looks at.
struct Focus {
    wanted: HashMap<String, Wanted>,
    asked: Asked,
    named: Tick,
    news: Tick,
    last: Option<String>,
    asking: bool,
}

/// What is to be asked now.
#[derive(Debug, PartialEq)]
pub enum Due {
    /// A question.
    Ask(Question),
    /// Whether anything happened in an incident since an entry of its log.
    News(IncidentId, String),
}

/// Everything that is wanted.
#[derive(Default)]
pub struct Demand {
    everybody: HashMap<String, (Wanted, Duration)>,
    asked: Asked,
    focus: BTreeMap<IncidentId, Focus>,
    consoles: HashMap<String, Tick>,
}

impl Demand {
    /// Takes a console's letter about what it looks at. `knows`: whether an incident is public.
    pub fn take(
        &mut self,
        letter: &Letter,
        about: Option<&IncidentId>,
        knows: impl Fn(&IncidentId) -> bool,
        now: Tick,
    ) {
        if self.consoles.len() < MOST_CONSOLES || self.consoles.contains_key(&letter.who) {
            self.consoles.insert(letter.who.clone(), now);
        }
        if let Some(focus) = about.and_then(|id| self.focus.get_mut(id)) {
            focus.named = now;
        }
        for digest in letter.uses.iter().take(4 * MOST_ASKED) {
            let of_focus = about.and_then(|id| self.focus.get_mut(id));
            let wanted = of_focus.and_then(|focus| focus.wanted.get_mut(digest));
            if let Some(wanted) = wanted {
                wanted.used = now;
            } else if let Some((wanted, _)) = self.everybody.get_mut(digest) {
                wanted.used = now;
            }
        }
        for question in letter.asks.iter().take(MOST_ASKED) {
            if rules::is_askable(question) {
                self.want(question, &knows, now);
            }
        }
    }

    fn want(&mut self, question: &Question, knows: impl Fn(&IncidentId) -> bool, now: Tick) {
        let digest = question.digest();
        let wanted = || Wanted {
            question: question.clone(),
            due: now,
            used: now,
            asking: false,
        };
        match rules::kind(question) {
            Kind::Everybody(every) => {
                let is_new = !self.everybody.contains_key(&digest);
                if is_new && (self.everybody.len() >= MOST || self.is_asked_enough(question, every))
                {
                    return;
                }
                let (known, _) = self.everybody.entry(digest).or_insert((wanted(), every));
                known.asked_for(now);
            }
            Kind::Incident(id) if knows(&id) => {
                self.make_room(&id);
                let focus = self.focus.entry(id).or_insert_with(|| Focus::new(now));
                focus.named = now;
                if focus.wanted.len() < MOST_OF_ONE || focus.wanted.contains_key(&digest) {
                    focus
                        .wanted
                        .entry(digest)
                        .or_insert_with(wanted)
                        .asked_for(now);
                }
            }
            _ => {}
        }
    }

    /// What is asked every minute is asked in few ways, or letters could spend the key on one list in pages of all sizes.
    fn is_asked_enough(&self, question: &Question, every: Duration) -> bool {
        let same = |(wanted, _): &&(Wanted, Duration)| wanted.question.path == question.path;
        every <= OFTEN && self.everybody.values().filter(same).count() >= MOST_OFTEN
    }

    fn make_room(&mut self, id: &IncidentId) {
        if self.focus.contains_key(id) || self.focus.len() < MOST_FOCUSED {
            return;
        }
        let oldest = self.focus.iter().min_by_key(|(_, focus)| focus.named);
        if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
            self.focus.remove(&oldest);
        }
    }

    /// What is to be asked now; each is being asked from here on.
    pub fn due(&mut self, now: Tick) -> Vec<Due> {
        let mut due = Vec::new();
        for (wanted, _) in self.everybody.values_mut() {
            due.extend(wanted.take_due(now));
        }
        for (id, focus) in &mut self.focus {
            for wanted in focus.wanted.values_mut() {
                due.extend(wanted.take_due(now));
            }
            if focus.news <= now && !focus.asking {
                focus.news = now + NEWS;
                // What is being read anyway tells what is new.
                let is_read = focus.wanted.values().any(|wanted| wanted.asking);
                if is_read {
                    continue;
                }
                if let Some(last) = &focus.last {
                    focus.asking = true;
                    due.push(Due::News(id.clone(), last.clone()));
                }
            }
        }
        due
    }

    /// A question was answered, or was not: gives the incident whose times are others now.
    pub fn answered(
        &mut self,
        question: &Question,
        newest: Option<String>,
        answered: bool,
        at: Instant,
        now: Tick,
    ) -> Option<IncidentId> {
        let digest = question.digest();
        match rules::kind(question) {
            Kind::Everybody(every) => {
                if let Some((wanted, _)) = self.everybody.get_mut(&digest) {
                    wanted.put_off(every, now);
                    self.asked.note(digest, answered, at);
                }
                None
            }
            Kind::Incident(id) => {
                let focus = self.focus.get_mut(&id)?;
                let wanted = focus.wanted.get_mut(&digest)?;
                wanted.put_off(WHOLE, now);
                if question.path == LOG {
                    focus.last = newest.or(focus.last.take());
                    focus.news = now + NEWS;
                }
                focus.asked.note(digest, answered, at);
                Some(id)
            }
            Kind::Own => None,
        }
    }

    /// It was asked whether anything happened in an incident. Where nothing did, all that is known of it is of now.
    pub fn looked(&mut self, id: &IncidentId, happened: bool, at: Instant, now: Tick) -> bool {
        let Some(focus) = self.focus.get_mut(id) else {
            return false;
        };
        focus.asking = false;
        let is_read = focus.wanted.values().any(|wanted| wanted.asking);
        match happened {
            true if is_read => {}
            true => focus.wanted.values_mut().for_each(|w| w.due = now),
            false => focus
                .asked
                .at
                .values_mut()
                .for_each(|then| *then = at.timestamp()),
        }
        !happened
    }

    /// Something happened in an incident: all of it is asked again.
    pub fn stir(&mut self, id: &IncidentId, now: Tick) {
        if let Some(focus) = self.focus.get_mut(id) {
            focus.wanted.values_mut().for_each(|w| w.due = now);
        }
    }

    /// Everybody's questions on a path are asked again now.
    pub fn stir_path(&mut self, path: &str, now: Tick) {
        let on_path = |w: &&mut (Wanted, Duration)| w.0.question.path == path;
        let found = self.everybody.values_mut().filter(on_path);
        found.for_each(|(wanted, _)| wanted.due = now);
    }

    /// Every question of everybody's is asked again now.
    pub fn stir_all(&mut self, now: Tick) {
        self.everybody.values_mut().for_each(|(w, _)| w.due = now);
        let focused = self.focus.values_mut();
        focused.for_each(|f| f.wanted.values_mut().for_each(|w| w.due = now));
    }

    /// Whether consoles are told that a question is still asked: where it is not, its answer alone says how old it is.
    pub fn is_kept_young(&self, question: &Question) -> bool {
        let digest = question.digest();
        let asked = match rules::kind(question) {
            Kind::Incident(id) => self.asked_of(&id),
            _ => Some(&self.asked),
        };
        asked.is_some_and(|asked| asked.at.contains_key(&digest))
    }

    /// An incident is shown to nobody any more.
    pub fn forget(&mut self, id: &IncidentId) {
        self.focus.remove(id);
    }

    /// Forgets what nobody used for a while; gives the incidents that nobody looks at any more.
    pub fn tidy(&mut self, now: Tick) -> Vec<IncidentId> {
        let heard = LETTER * 5 / 2;
        self.consoles.retain(|_, at| now - *at <= heard);
        let asked = &mut self.asked;
        self.everybody.retain(|digest, (wanted, every)| {
            let used = now - wanted.used <= heard.max(*every * 2);
            if !used {
                asked.at.remove(digest);
                asked.refused.remove(digest);
            }
            used
        });
        for focus in self.focus.values_mut() {
            focus.wanted.retain(|_, wanted| now - wanted.used <= heard);
        }
        let gone = |focus: &Focus| focus.wanted.is_empty() || now - focus.named > heard;
        let left = self.focus.iter().filter(|(_, focus)| gone(focus));
        let left: Vec<IncidentId> = left.map(|(id, _)| id.clone()).collect();
        left.iter().for_each(|id| drop(self.focus.remove(id)));
        left
    }

    /// When everybody's questions were asked.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// When the questions about an incident were asked.
    pub fn asked_of(&self, id: &IncidentId) -> Option<&Asked> {
        self.focus.get(id).map(|focus| &focus.asked)
    }

    /// Consoles that were heard of lately.
    pub fn consoles(&self) -> usize {
        self.consoles.len()
    }

    /// Incidents that are looked at.
    pub fn focused(&self) -> usize {
        self.focus.len()
    }
}

impl Focus {
    fn new(now: Tick) -> Self {
        Self {
            wanted: HashMap::new(),
            asked: Asked::default(),
            named: now,
            news: now + NEWS,
            last: None,
            asking: false,
        }
    }
}

impl Wanted {
    /// Who asks has no answer that is good: it is fetched, but not sooner than an answer can have come.
    fn asked_for(&mut self, now: Tick) {
        self.used = now;
        if !self.asking {
            self.due = self.due.min(now + Duration::from_secs(1));
        }
    }

    fn take_due(&mut self, now: Tick) -> Option<Due> {
        let is_due = self.due <= now && !self.asking;
        self.asking |= is_due;
        is_due.then(|| Due::Ask(self.question.clone()))
    }

    fn put_off(&mut self, every: Duration, now: Tick) {
        self.asking = false;
        self.due = now + every;
    }
}

impl Asked {
    fn note(&mut self, digest: String, answered: bool, at: Instant) {
        if answered {
            self.refused.remove(&digest);
            self.at.insert(digest, at.timestamp());
        } else {
            self.at.remove(&digest);
            self.refused.insert(digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(path: &str, incident: Option<&str>) -> Question {
        let query = incident.map(|id| ("incident_id".to_owned(), id.to_owned()));
        Question {
            path: path.into(),
            key: path.rsplit('/').next().unwrap_or_default().into(),
            query: query.into_iter().collect(),
            most: 50,
        }
    }

    fn letter(who: &str, asks: &[Question], uses: &[Question]) -> Letter {
        Letter {
            who: who.into(),
            uses: uses.iter().map(Question::digest).collect(),
            asks: asks.to_vec(),
        }
    }

    const LISTS: [&str; 5] = [
        "/v2/incident_timeline_items",
        "/v2/incident_updates",
        LOG,
        "/v2/incident_alerts",
        "/v3/actions",
    ];

    #[test]
    fn an_incident_that_many_look_at_costs_what_one_costs_and_nothing_once_nobody_does() {
        let start = Tick::now();
        let mut demand = Demand::default();
        let id = IncidentId::from("01A");
        let asks: Vec<Question> = LISTS.iter().map(|p| question(p, Some("01A"))).collect();
        let asked = |demand: &mut Demand, from: u64, to: u64, looking: bool| {
            let mut requests = 0;
            for second in from..to {
                let now = start + Duration::from_secs(second);
                if looking && second % 30 == 0 {
                    for console in 0..200 {
                        let who = console.to_string();
                        let (asks, uses) = match second {
                            0 => (&asks[..], &[][..]),
                            _ => (&[][..], &asks[..]),
                        };
                        demand.take(&letter(&who, asks, uses), Some(&id), |_| true, now);
                    }
                }
                demand.tidy(now);
                for due in demand.due(now) {
                    requests += 1;
                    let at = Instant::default();
                    match due {
                        Due::Ask(q) => {
                            demand.answered(&q, Some("entry".into()), true, at, now);
                        }
                        Due::News(id, _) => {
                            demand.looked(&id, false, at, now);
                        }
                    }
                }
            }
            requests
        };
        assert_eq!(asked(&mut demand, 0, 1, true), 5, "each list once");
        let minutes = asked(&mut demand, 1, 301, true);
        assert!(minutes <= 40, "{minutes} in five minutes");
        assert_eq!(demand.consoles(), 200);
        asked(&mut demand, 301, 400, false);
        assert_eq!(demand.focused(), 0);
        assert_eq!(asked(&mut demand, 400, 700, false), 0);
    }

    #[test]
    fn letters_from_anybody_make_no_more_work_than_is_said() {
        let now = Tick::now();
        let mut demand = Demand::default();
        for n in 0..1_000 {
            let (id, path) = (format!("01{n}"), "/v2/incident_updates");
            let asks = [question(path, Some(&id)), question("/v2/alerts", None)];
            demand.take(&letter(&id, &asks, &[]), None, |_| true, now);
        }
        assert_eq!(demand.focused(), MOST_FOCUSED);
        assert_eq!(demand.due(now + Duration::from_secs(1)).len(), MOST_FOCUSED);
        let mut closed = Demand::default();
        let asks = [question("/v2/incident_updates", Some("secret"))];
        closed.take(&letter("a", &asks, &[]), None, |_| false, now);
        assert_eq!(closed.due(now).len(), 0, "nothing of what is not public");
    }
}
