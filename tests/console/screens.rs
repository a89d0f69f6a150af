//! Whole screens: every size is drawn, and each is as it was approved.

use crate::common::Console;
use crate::steps::{found, golden, on_312};

#[test]
fn ascii_is_ascii() {
    let mut console = Console::filled(120, 40);
    console.theme =
        hotseat::console::theme::Theme::fixed(hotseat::config::Colour::Never, false, true);
    for script in ["", "A", "2", "esc ctrl-p \"a\"", "esc ?", "esc 4 enter"] {
        console.keys(script);
        assert!(console.screen().is_ascii(), "{}", console.screen());
    }
}

#[test]
fn every_size_from_the_smallest_up_is_drawn() {
    for (width, height) in [
        (1, 1),
        (20, 5),
        (40, 8),
        (60, 15),
        (80, 24),
        (99, 29),
        (120, 40),
        (169, 50),
        (200, 60),
        (300, 100),
    ] {
        let mut console = Console::filled(width, height);
        for script in [
            "",
            "2",
            "3",
            "4",
            "?",
            "esc ctrl-p \"a\"",
            "esc /",
            "esc 1 + enter",
            "A",
        ] {
            console.keys(script);
            assert_eq!(console.screen().lines().count(), usize::from(height));
        }
    }
    assert!(Console::filled(20, 5).screen().contains("hotseat needs"));
}

#[test]
fn the_screens_are_as_they_were_approved() {
    for (name, width, height, script) in [
        ("80x24", 80, 24, ""),
        ("120x40", 120, 40, ""),
        ("200x60", 200, 60, ""),
        ("60x15", 60, 15, ""),
        ("40x12", 40, 12, "2"),
        ("help-120x40", 120, 40, "?"),
        ("palette-120x40", 120, 40, "ctrl-p \"check\""),
        ("oncall-80x24", 80, 24, "3"),
        ("entry-80x24", 80, 24, "4 j enter"),
        ("filter-80x24", 80, 24, "/ \"gale\""),
        ("empty-80x24", 80, 24, "t t / \"none\" enter"),
    ] {
        let mut console = Console::filled(width, height);
        console.keys(script);
        golden(name, &console.screen());
    }
}

#[test]
fn a_finding_looks_like_this() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut console = Console::filled(width, height);
        console.keys("i");
        console.tell(found(87, false));
        console.keys("+");
        golden(&format!("finding-{width}x{height}"), &console.screen());
        console.keys(&"j ".repeat(8));
        console.keys("enter");
        golden(&format!("evidence-{width}x{height}"), &console.screen());
    }
}

#[test]
fn a_wide_screen_shows_what_was_found_beside_the_panes() {
    let mut console = on_312(200, 60);
    assert!(
        console
            .screen()
            .contains("Not investigated yet; i does it.")
    );
    console.keys("i");
    console.tell(found(87, false));
    console.keys("[ [");
    golden("wide-200x60", &console.screen());
    assert!(console.screen().contains("INC-312 Finding"));
    console.keys("esc j");
    assert!(
        !console.screen().contains("INC-312 Finding"),
        "it is that of the incident that is shown"
    );
}

#[test]
fn forms_and_the_journal_are_as_they_were_approved() {
    for (name, width, height, script) in [
        (
            "form-update-120x40",
            120,
            40,
            "u \"# Now\" enter \"Rolling **back** with @an\"",
        ),
        ("form-update-80x24", 80, 24, "u \"Rolling back\" esc"),
        ("form-status-80x24", 80, 24, "c"),
        ("form-note-40x12", 40, 12, "n \"Bad deploy\""),
        ("form-edit-80x24", 80, 24, "F"),
        (
            "journal-80x24",
            80,
            24,
            "u \"Rolling back\" esc y S down alt-enter J",
        ),
    ] {
        let mut console = on_312(width, height);
        console.keys(script);
        golden(name, &console.screen());
    }
}
