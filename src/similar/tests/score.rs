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

/// Which of some past incidents is found first, by its id, and the words that it is said to share.
fn told(old: &[(&str, &str, &str)], asked: (&str, &str)) -> (String, String) {
    let mut index = history();
    for (id, name, text) in old {
        index.put(subject(id, name, text, "", "", 100));
    }
    let found = asked_of(&index, &subject("new", asked.0, asked.1, "", "", 130));
    let words = found[0].reasons.first().cloned();
    (found[0].id.to_string(), words.unwrap_or_default())
}

fn first(old: &[(&str, &str, &str)], asked: (&str, &str)) -> String {
    told(old, asked).0
}

#[test]
fn a_code_in_a_link_is_the_code() {
    let old = [
        (
            "code",
            "Shelf labels are blank",
            "the printers say LBL-20417",
        ),
        (
            "site",
            "Till receipts are blank",
            "see https://help.example.com/articles/paper/rolls",
        ),
    ];
    let asked = "see https://help.example.com/articles/LBL-20417 for what we know";
    assert_eq!(first(&old, ("Price tags are empty", asked)), "code");
}

#[test]
fn two_links_to_one_site_are_no_likeness() {
    let old = [
        (
            "site",
            "Salaries are late",
            "https://docs.intranet.acme-parcels.example/runbooks/salaries",
        ),
        ("words", "Stickers are upside down", "each turned by half"),
    ];
    let asked = "each turned by half: https://docs.intranet.acme-parcels.example/runbooks/depot";
    assert_eq!(first(&old, ("Labels are odd", asked)), "words");
}

#[test]
fn two_names_that_mean_two_versions_are_not_the_same_name_but_for_numbers() {
    let old = [
        ("other", "Upgrade of the broker to 7.1.4", "slow consumers"),
        (
            "meant",
            "Broker drops sessions",
            "since 7.2.1, the upgrade of this morning",
        ),
    ];
    let asked = ("Upgrade of the broker to v7.2.1", "sessions are dropped");
    let (found, words) = told(&old, asked);
    assert_eq!(found, "meant");
    assert!(words.contains("`7.2.1`"), "{words}");
}

#[test]
fn a_figure_in_the_name_of_a_component_is_no_error_code() {
    let old = [
        ("component", "Letters are lost", "the sorter speaks ipv6"),
        ("words", "Parcels are lost", "after the codec froze"),
    ];
    let asked = "the codec froze, on ipv6 too";
    assert_eq!(first(&old, ("Crates are lost", asked)), "words");
}

#[test]
fn a_trace_behind_a_log_s_own_words_does_not_drown_what_happened() {
    let trace = |own: &str| {
        let frames = [
            "Worker.run",
            "Pool.take",
            "Loop.turn",
            "Runner.call",
            "Main.start",
        ];
        let frames = frames.map(|f| format!("[warn]  at org.runtime.{f}({}.java:7)", &f[..4]));
        format!("{own}\n{}", frames.join("\n"))
    };
    let other = trace("three apples cost nothing");
    let old = [
        ("trace", "Basket total is wrong", other.as_str()),
        ("meant", "Coupons are rejected", "code unknown to the till"),
    ];
    let asked = trace("coupon unknown");
    assert_eq!(first(&old, ("Coupon refused by the till", &asked)), "meant");
}

#[test]
fn the_rarest_place_that_two_traces_pass_is_a_likeness_and_the_rest_of_them_is_none() {
    let frames = |own: &[&str]| -> String {
        let frames = own
            .iter()
            .map(|f| format!("  at com.example.{f}(Unknown Source)\n"));
        frames.collect()
    };
    let runtime = [
        "Worker.run",
        "Pool.take",
        "Loop.turn",
        "Runner.call",
        "Main.start",
    ];
    let broke = frames(&[["Till.charge"].as_slice(), &runtime].concat());
    let another = frames(&[["Shelf.rank"].as_slice(), &runtime].concat());
    let old = [
        ("place", "Coupons are rejected", broke.as_str()),
        ("rest", "Search is slow", another.as_str()),
    ];
    let (found, words) = told(&old, ("Basket stays empty", &broke));
    assert_eq!(found, "place");
    assert_eq!(words, "both say `till.charge`");
}

#[test]
fn a_single_line_is_not_likelier_for_being_short() {
    let told = "Since the nightly restart the scanner loses its session. Pickers sign in twice, wait, and \
        orders queue up at the dock until the lead walks over and resets the cradle by hand.";
    let old = [
        ("line", "Scanner", "session"),
        ("told", "Orders queue up at the dock", told),
    ];
    let asked = "The scanner session is gone after the restart in the night, pickers wait, the lead \
        resets each cradle by hand, the dock is full, drivers phone in, the gate stays shut.";
    assert_eq!(first(&old, ("Depot stands still", asked)), "told");
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
