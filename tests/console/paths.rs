//! The way from a cause to what is felt: drawn call by call under its cause, each call with what both of its ends saw.

use crate::common::{Console, finding_with_path};
use crate::contrast::assert_readable;
use crate::steps::{found_this, golden};
use hotseat::config::Colour;
use hotseat::console::msg::Cmd;
use hotseat::console::theme::Theme;

/// A console on the finding, as large as the screen.
fn on_path(width: u16, height: u16) -> Console {
    let mut console = Console::filled(width, height);
    console.keys("i");
    console.tell(found_this(finding_with_path(87), false));
    console.keys("+");
    console
}

/// Goes down to the line that says this.
fn down_to(console: &mut Console, words: &str) {
    for _ in 0..60 {
        let screen = console.screen();
        // The first is the title of the pane that has the keys.
        let here = screen.lines().rfind(|line| line.starts_with('▌'));
        if here.is_some_and(|line| line.contains(words)) {
            return;
        }
        console.keys("j");
    }
    panic!("no \"{words}\" in\n{}", console.screen());
}

/// The columns at which a line of the screen holds something.
fn columns_of(screen: &str, sign: char) -> Vec<usize> {
    let of_line = |line: &str| line.chars().position(|c| c == sign);
    screen.lines().filter_map(of_line).collect()
}

#[test]
fn the_path_of_a_cause_is_drawn_call_by_call_and_what_nothing_shows_is_marked() {
    for (width, height) in [(80, 24), (120, 40)] {
        let console = on_path(width, height);
        let screen = console.screen();
        golden(&format!("path-{width}x{height}"), &screen);
        assert_readable(&console.state, "a path");
        for says in [
            "payment-gateway → checkout-service → web-frontend → edge-proxy",
            "✓ payment-gateway → checkout-service  latency at both ends [E2, E4, E5]",
            "? web-frontend → edge-proxy  unverified",
        ] {
            assert!(screen.contains(says), "no \"{says}\" in\n{screen}");
        }
    }
}

#[test]
fn enter_on_a_call_shows_both_ends_over_one_time_axis() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut console = on_path(width, height);
        down_to(&mut console, "✓ payment-gateway → checkout-service");
        console.keys("enter");
        let screen = console.screen();
        golden(&format!("hop-{width}x{height}"), &screen);
        assert_readable(&console.state, "a call of a path");
        let callee = screen.find("E4   latency of payment-gateway up to 30 s");
        let caller = screen.find("E5   latency of checkout-service up to 12 s");
        assert!(callee.is_some() && callee < caller, "{screen}");
        assert!(screen.contains("onset 14:32, change 14:30"), "{screen}");
        assert_eq!(columns_of(&screen, '└').len(), 2, "one axis: {screen}");
    }
}

#[test]
fn what_a_caller_sees_of_a_call_is_drawn_as_high_as_what_the_callee_sees() {
    let mut console = on_path(120, 40);
    down_to(&mut console, "✓ checkout-service → web-frontend");
    console.keys("enter");
    let screen = console.screen();
    let top = |words: &str| {
        let below = screen.lines().skip_while(|line| !line.contains(words));
        let value = below
            .skip(1)
            .find_map(|line| line.split_whitespace().nth(1));
        value.map(str::to_owned).unwrap_or_default()
    };
    assert_eq!(top("E5   latency of checkout-service up to"), "47.4");
    assert_eq!(top("as web-frontend sees it"), "47.4", "{screen}");
}

#[test]
fn an_end_that_nothing_measures_says_so_and_the_other_has_the_room() {
    let mut console = on_path(80, 24);
    down_to(&mut console, "? web-frontend → edge-proxy");
    console.keys("enter");
    let screen = console.screen();
    for says in [
        "? unverified",
        "No series of web-frontend to draw.",
        "No series of edge-proxy to draw.",
    ] {
        assert!(screen.contains(says), "no \"{says}\" in\n{screen}");
    }
    console.keys("enter");
    let screen = console.screen();
    assert!(
        screen.contains("Nothing was seen at either end."),
        "{screen}"
    );

    let mut finding = finding_with_path(87);
    finding.hypotheses[0].path[0].evidence = vec!["E4".into()];
    let mut console = on_path(80, 24);
    console.tell(found_this(finding, false));
    down_to(&mut console, "✓ payment-gateway → checkout-service");
    console.keys("enter");
    let screen = console.screen();
    golden("hop-one-end-80x24", &screen);
    let says = "No series of checkout-service to draw.";
    assert!(
        screen.contains(says) && screen.contains("E4   latency"),
        "{screen}"
    );
}

#[test]
fn from_an_end_enter_leads_to_its_fact_and_back_to_the_call() {
    let mut console = on_path(80, 24);
    down_to(&mut console, "✓ payment-gateway → checkout-service");
    console.keys("enter j j");
    let call = console.screen();
    assert!(call.contains("▌E5"), "{call}");
    console.keys("y");
    let query = "latency:checkout-service";
    assert!(matches!(console.asked.last(), Some(Cmd::Copy(copied)) if copied == query));
    console.keys("enter");
    let screen = console.screen();
    assert!(screen.contains("E5  checkout-service"), "{screen}");
    console.keys("esc");
    console.state.notice = None;
    assert_eq!(console.screen(), call);
    console.keys("esc");
    let here = console.screen();
    let here = here.lines().find(|line| line.starts_with('▌'));
    assert!(here.is_some_and(|line| line.contains("latency at both ends")));
}

#[test]
fn a_small_screen_reads_both_ends_in_words_and_a_wide_name_is_cut_in_its_middle() {
    let mut finding = finding_with_path(87);
    let long = "payments-platform-production-eu-west-1-gateway-canary";
    finding.hypotheses[0].path[0].from = long.into();
    for (width, height) in [(40, 12), (60, 15)] {
        let mut console = on_path(width, height);
        console.tell(found_this(finding.clone(), false));
        down_to(&mut console, "✓ payme");
        console.keys("j k");
        let screen = console.screen();
        assert!(
            screen.contains("nary → ") && screen.contains("latency at both"),
            "{screen}"
        );
        assert!(!screen.contains(long), "{screen}");
        console.keys("enter j j");
        let screen = console.screen();
        assert!(
            screen.contains("▌E5") && screen.contains("to 12 s (normal"),
            "{screen}"
        );
    }
}

#[test]
fn a_path_is_plain_where_only_ascii_is() {
    let mut console = on_path(80, 24);
    console.theme = Theme::fixed(Colour::Never, false, true);
    let screen = console.screen();
    assert!(screen.is_ascii(), "{screen}");
    let says = "+ payment-gateway > checkout-service  latency at both ends";
    assert!(screen.contains(says), "{screen}");
}
