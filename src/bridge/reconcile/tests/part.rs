//! What is heard of a detector in part.

use super::*;

#[test]
fn while_only_a_part_is_heard_nothing_is_over_and_nothing_is_resolved() {
    let mut night = Night::new();
    let a = || alert("a", "bank", 0, 99_999);
    let part = |all| Heard::Part(all, "its list goes on".into());
    night.hear(0, part(vec![a()]));
    assert_eq!(night.declared, 1, "what a part names burns");
    night.hear(15, part(vec![]));
    assert!(night.episode("a").burns());
    night.hear(30, Heard::All(vec![], None));
    assert!(night.episode("a").is_over());
    night.hear(600, part(vec![]));
    assert!(
        night.is_open("INC-1"),
        "it may burn again in the part that nobody sees"
    );
    night.hear(615, Heard::All(vec![], None));
    assert!(!night.is_open("INC-1"));
    // What a part says to be over is over.
    night.hear(700, part(vec![alert("b", "cart", 700, 99_999)]));
    let over = Detection {
        state: crate::domain::DetectionState::Cleared,
        ..alert("b", "cart", 700, 99_999)
    };
    night.hear(715, part(vec![over]));
    assert!(night.episode("b").is_over());
}
