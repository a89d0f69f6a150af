//! Completions in the real shells: a command, a flag, an incident, and names that a shell would run. They come from the
//! cache on this machine and never from the network.

#[path = "../common/clock.rs"]
#[allow(dead_code, reason = "only what moves the date is needed")]
mod clock;
mod kept;
mod manual;
#[path = "../common/organisation.rs"]
#[allow(dead_code, reason = "the rest is for the console's tests")]
mod organisation;
mod typed;

use kept::Kept;
use typed::{SHELLS, Shell};

#[test]
fn a_command_a_flag_and_an_incident_are_completed_in_every_shell() {
    let kept = Kept::new();
    for name in SHELLS {
        let mut shell = Shell::start(name, &kept);
        shell.line_becomes("hotseat investi\t", "hotseat investigate");
        shell.line_becomes("hotseat alerts --fir\t", "hotseat alerts --firing");
        shell.line_becomes("hotseat incidents show INC-31\t\t", "INC-312");
        shell.shows("INC-311");
        shell.clear();
        shell.line_becomes("hotseat timeline INC-307\t", "hotseat timeline INC-307 ");
        shell.line_becomes("hotseat alerts --incident INC-308\t", "--incident INC-308 ");
    }
    assert_eq!(kept.calls(), 0, "somebody was asked over the network");
}

#[test]
fn names_with_blanks_and_what_a_shell_would_run_are_one_word_of_it() {
    let kept = Kept::new();
    for name in SHELLS {
        let mut shell = Shell::start(name, &kept);
        shell.keys("hotseat incidents role INC-312 'Incident Lead' An\t");
        shell.shows("Abara");
        shell.enter();
        // There is no key: the words were understood, as one each.
        shell.shows("There is no API key.");
        shell.clear();
        shell.keys("hotseat incidents list --service x\t");
        shell.shows("pwned");
        shell.enter();
        shell.shows("There is no API key.");
        assert!(
            !kept.home.path().join("pwned").exists(),
            "{name} ran a name of a service"
        );
    }
}

#[test]
fn what_is_kept_is_not_written_to_and_what_is_not_there_offers_nothing() {
    let kept = Kept::new();
    let before = kept.contents();
    assert!(
        kept.offered(&["incidents", "show", "INC-"])
            .contains("INC-312")
    );
    assert!(
        !kept
            .offered(&["incidents", "show", "INC-"])
            .contains("INC-309"),
        "it is private"
    );
    let by_number = kept.offered(&["incidents", "show", "31"]);
    assert!(
        by_number.contains("312") && !by_number.contains("INC-"),
        "a number alone means an incident: {by_number}"
    );
    assert!(
        !kept
            .offered(&["incidents", "list", "--service", ""])
            .contains("--post"),
        "no name is a flag"
    );
    assert_eq!(kept.contents(), before);
    let other = ["--profile", "other", "incidents", "show", "INC-"];
    assert_eq!(
        kept.offered(&other),
        "",
        "another profile has another cache"
    );
    kept.remove();
    assert_eq!(kept.offered(&["incidents", "show", "INC-"]), "");
    assert!(!kept.path.exists(), "nothing is made");
    assert_eq!(kept.calls(), 0);
}

#[test]
fn a_cache_that_another_program_writes_to_is_read_all_the_same() {
    let kept = Kept::new();
    let writing = kept.locked();
    assert!(
        kept.offered(&["incidents", "show", "INC-"])
            .contains("INC-312")
    );
    drop(writing);
}
