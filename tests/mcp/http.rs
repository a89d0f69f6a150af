//! Agents over HTTP: what they read, propose and have confirmed in both ages, each at a desk of its own, and what becomes
//! of a write whose client or whose server goes away.

use crate::agent::{Age, Agent, Nobody};
use crate::served::{CLAUDE, CURSOR, Served};
use crate::simulated::Organisation;
use crate::writing::{Person, open, said, standing, token, update};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const AGES: [Age; 2] = [Age::Handshake, Age::Stateless];
/// Agents confirm by themselves.
const BY_THEMSELVES: &str = "confirm = \"agent\"";
/// What is sent is answered late.
const SLOW: &str = "[[fault]]\nmethod = \"POST\"\nkind = \"slow\"\ndelay_ms = 3000\n";

/// The writes of the journal that post these words.
fn recorded(org: &Organisation, message: &str) -> Vec<Value> {
    let journal = org.json(&["journal", "list", "--all"]);
    let journal = journal.as_array().expect("a list").iter();
    let posts = journal.filter(|write| write["body"]["message"] == message);
    posts.cloned().collect()
}

/// Comes as soon as the journal says that these words are on their way.
async fn on_its_way(org: &Organisation, message: &str) {
    while tokio::task::block_in_place(|| recorded(org, message).is_empty()) {}
}

/// Asks until there is an answer.
fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it never is so");
    }
}

#[test]
fn over_http_the_person_is_asked_and_the_journal_names_the_client_by_its_token_in_both_ages() {
    let org = Organisation::new("");
    let served = Served::new(&org, "", "");
    for age in AGES {
        let (incident, person) = (open(&org), Person::yes());
        let agent = Agent::over(&org, age, &served.url, CLAUDE, person.clone());
        let fire = agent.answer("whats_on_fire", json!({}));
        assert!(fire.to_string().contains(&incident), "{fire}");
        let words = format!("Rolling back, {age:?}");
        let before = standing(&org);
        let proposed = agent.answer("propose", update(&incident, &words));
        assert_eq!(standing(&org), before, "{age:?}");

        let done = agent.answer("confirm", token(&proposed));
        assert_eq!(done["data"]["writes"][0]["state"], "confirmed", "{done}");
        assert_eq!(said(&org, &incident, &words), 1);
        let (asked, request) = (person.asked(), &proposed["data"]["requests"][0]);
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(asked[0].contains(request.as_str().expect("a request")));
        let who = "An agent asks to send something: claude (it calls itself desk 1.0)\n";
        assert!(asked[0].starts_with(who), "{asked:?}");
        let again = agent.refusal("confirm", token(&proposed));
        assert!(again.contains("confirmed already"), "{again}");
        assert_eq!(recorded(&org, &words)[0]["proposed_by"], "claude");
    }
}

#[test]
fn what_one_client_proposed_another_cannot_send_even_if_it_calls_itself_the_same() {
    let org = Organisation::new("");
    let served = Served::new(&org, "", "");
    for age in AGES {
        let incident = open(&org);
        let words = format!("Rolling back, {age:?}");
        let owner = Agent::over(&org, age, &served.url, CLAUDE, Person::yes());
        let own = token(&owner.answer("propose", update(&incident, &words)));
        let person = Person::yes();
        let thief = Agent::over(&org, age, &served.url, CURSOR, person.clone());
        let run = Agent::with(&org, age, &[], person.clone());
        for other in [&thief, &run] {
            let refused = other.refusal("confirm", own.clone());
            assert!(refused.contains("no token"), "{age:?}: {refused}");
        }
        let of_the_run = token(&run.answer("propose", update(&incident, &words)));
        let refused = owner.refusal("confirm", of_the_run);
        assert!(refused.contains("no token"), "{age:?}: {refused}");
        assert!(person.asked().is_empty(), "nobody is asked by a thief");
        assert_eq!(said(&org, &incident, &words), 0);

        // The same client may come back: by another connection, or in another session.
        drop(owner);
        let back = Agent::over(&org, age, &served.url, CLAUDE, Person::yes());
        back.answer("confirm", own);
        assert_eq!(said(&org, &incident, &words), 1);
    }
}

#[test]
fn what_one_client_investigated_is_investigated_again_for_another() {
    let org = Organisation::new("");
    let url = &org.running.as_ref().expect("running").url;
    let served = Served::new(&org, &hotseat::sim::monitoring::sources(url), "");
    let one = Agent::over(&org, Age::Stateless, &served.url, CLAUDE, Nobody);
    let other = Agent::over(&org, Age::Stateless, &served.url, CURSOR, Nobody);
    let incident = open(&org);
    let evidence = json!({"incident": incident, "id": "E99999"});
    // Whoever has a finding is told its ids at once; whoever has none has one made, which asks the sources.
    one.answer("investigate", json!({"incident": incident}));
    let asked = || org.running.as_ref().expect("running").served();
    let before = asked();
    one.refusal("evidence", evidence.clone());
    let own = asked() - before;
    other.refusal("evidence", evidence);
    let anew = asked() - before - own;
    assert!(anew > own, "{own} questions with a finding, {anew} without");
}

#[test]
fn a_write_whose_client_goes_away_is_followed_to_its_end_in_both_ages() {
    let org = Organisation::new(SLOW);
    let served = Served::new(&org, "", BY_THEMSELVES);
    let incident = open(&org);
    for age in AGES {
        let words = format!("Rolling back, {age:?}");
        let agent = Agent::over(&org, age, &served.url, CLAUDE, Nobody);
        let proposed = token(&agent.answer("propose", update(&incident, &words)));
        let gone = agent.abandons("confirm", proposed, on_its_way(&org, &words));
        assert!(gone, "{age:?}: it was answered before it went");
        drop(agent);
        until(|| {
            recorded(&org, &words)
                .pop()
                .filter(|w| w["state"] == "confirmed")
        });
        assert_eq!(said(&org, &incident, &words), 1, "{age:?}");
    }
}

#[test]
fn a_server_that_is_ended_finishes_and_answers_the_write_that_is_on_its_way() {
    let org = Organisation::new(SLOW);
    let incident = open(&org);
    for age in AGES {
        let served = Served::new(&org, "", BY_THEMSELVES);
        let words = format!("Rolling back, {age:?}");
        let agent = Agent::over(&org, age, &served.url, CLAUDE, Nobody);
        let proposed = token(&agent.answer("propose", update(&incident, &words)));
        let ended = async {
            on_its_way(&org, &words).await;
            let status = tokio::task::block_in_place(|| served.ended());
            assert!(status.success(), "{age:?}");
            let write = tokio::task::block_in_place(|| recorded(&org, &words).pop());
            let write = write.expect("a write");
            assert_eq!(write["state"], "confirmed", "{age:?}: {write}");
        };
        let done = agent.answer_while("confirm", proposed, ended);
        assert_eq!(done["data"]["writes"][0]["state"], "confirmed", "{done}");
        assert_eq!(said(&org, &incident, &words), 1, "{age:?}");
    }
}

#[test]
fn a_server_that_is_killed_leaves_a_journal_that_holds() {
    let org = Organisation::new("");
    let incident = open(&org);
    for after in [0, 20, 60, 150] {
        let served = Served::new(&org, "", BY_THEMSELVES);
        let words = format!("Rolling back after {after} ms.");
        let agent = Agent::over(&org, Age::Stateless, &served.url, CLAUDE, Nobody);
        let proposed = token(&agent.answer("propose", update(&incident, &words)));
        let moment = async { tokio::time::sleep(Duration::from_millis(after)).await };
        agent.abandons("confirm", proposed.clone(), moment);
        drop(served);

        let written = recorded(&org, &words).len();
        assert!(written <= 1, "{after} ms: {written}");
        assert!(
            org.run(&["journal", "retry"]).status.success(),
            "{after} ms"
        );
        assert_eq!(said(&org, &incident, &words), written, "{after} ms");
        let restarted = Served::new(&org, "", BY_THEMSELVES);
        let agent = Agent::over(&org, Age::Stateless, &restarted.url, CLAUDE, Nobody);
        let refused = agent.refusal("confirm", proposed);
        assert!(refused.contains("no token"), "{refused}");
    }
}
