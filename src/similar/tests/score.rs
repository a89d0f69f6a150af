//! What counts for a likeness, and what it says.

use super::*;

fn likeness(found: &[Match], id: &str) -> u8 {
    found
        .iter()
        .find(|m| m.id.as_str() == id)
        .map_or(0, |m| m.likeness)
}

/// A history of other things, so that words have their rarity.
fn history() -> Index {
    let mut index = Index::default();
    for n in 0..120 {
        let name = format!("{} of {} is off", ["clock", "queue", "cache"][n % 3], n * 7);
        let text = format!("thing{n} went wrong on rack{} again", n % 11);
        index.put(subject(&format!("h{n}"), &name, &text, "", "", n as i64));
    }
    index
}

fn asked_of(index: &Index, asked: &Subject) -> Vec<Match> {
    let (near, verdicts) = (Neighbours::new(), PairVerdicts::default());
    searched(index, asked, &near, &verdicts, 0, 20)
}

#[test]
fn a_name_is_the_same_however_its_parts_are_joined() {
    for (written, asked) in [
        ("ZooKeeper loses quorum", "zookeeper unreachable"),
        ("orders-db lags", "OrdersDB behind"),
        ("payment_gateway drops calls", "paymentgateway stalls"),
    ] {
        let mut index = history();
        index.put(subject("old", written, "", "", "", 100));
        let found = asked_of(&index, &subject("new", asked, "", "", "", 130));
        assert_eq!(found[0].id.as_str(), "old", "{asked}: {found:#?}");
    }
}

#[test]
fn the_service_that_both_are_on_is_no_likeness_of_their_words_too() {
    let mut index = history();
    let name = "payment-gateway disk is full";
    index.put(subject("disk", name, "", "payment-gateway", "", 100));
    let asked = |service: &str| {
        let name = "payment-gateway answers late";
        likeness(
            &asked_of(&index, &subject("new", name, "", service, "", 130)),
            "disk",
        )
    };
    let (both, one) = (asked("payment-gateway"), asked("till"));
    assert!(
        both < one,
        "{both} on the same service, {one} by words alone"
    );
    let named = subject("new", "answers late", "", "payment-gateway", "", 130);
    let found = asked_of(&index, &named);
    assert_eq!(found[0].id.as_str(), "disk", "{found:#?}");
}

#[test]
fn an_error_code_that_both_name_says_more_than_words() {
    let mut index = history();
    index.put(subject(
        "code",
        "Batch job stopped",
        "it says ORA-00942 there",
        "",
        "",
        60,
    ));
    index.put(subject(
        "word",
        "Batch job late",
        "it says nothing there",
        "",
        "",
        60,
    ));
    let asked = subject(
        "new",
        "Report is empty",
        "the job says ORA-00942",
        "",
        "",
        130,
    );
    assert_eq!(asked_of(&index, &asked)[0].id.as_str(), "code");
}

#[test]
fn of_two_that_are_as_like_neither_is_sure_unless_they_are_of_one_alert() {
    let twin = |id: &str, name: &str, alert: &str| subject(id, name, "", "", alert, 100);
    let asked = twin("new", "Vault cannot seal shards", "");
    let mut alone = history();
    alone.put(twin("one", "Vault cannot seal shards now", ""));
    let sure = likeness(&asked_of(&alone, &asked), "one");
    let with = |alert: &str| {
        let mut index = history();
        index.put(twin("one", "Vault cannot seal shards now", alert));
        index.put(twin("two", "Vault cannot seal shards today", alert));
        likeness(&asked_of(&index, &asked), "one")
    };
    assert!(
        sure > 75 && with("") < 50,
        "{sure} alone, {} of two",
        with("")
    );
    assert!(
        with("VaultSealed") > 75,
        "{} of one alert",
        with("VaultSealed")
    );
}
