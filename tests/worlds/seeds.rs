//! What a world must be whatever its seed.

use super::world::{Asked, world};
use hotseat::investigate;

#[test]
fn the_same_seed_gives_the_same_world_and_the_same_judgement() {
    let asked = Asked::default();
    let told = |seed| {
        let world = world(seed, &asked).expect("a world");
        let finding = investigate::judge(&world.case);
        (
            serde_json::to_string(&world.case.series).expect("JSON"),
            serde_json::to_string(&finding).expect("JSON"),
        )
    };
    for seed in [1, 5] {
        assert_eq!(told(seed), told(seed));
    }
    assert_ne!(told(1).0, told(5).0);
}

#[test]
fn nothing_is_measured_that_nobody_measures_or_that_has_not_happened_yet() {
    let asked = Asked {
        fault: Some("unseen".into()),
        ..Asked::default()
    };
    for world in (1..6).filter_map(|seed| world(seed, &asked)) {
        let unseen = &world.system.services[world.story.unseen.expect("it is unseen")].name;
        for series in &world.case.series {
            assert_ne!(&series.service, unseen);
            assert_ne!(series.caller.as_ref(), Some(unseen));
            let last = series.recent.last().map_or(i64::MIN, |p| p.0);
            assert!(last <= world.case.now.timestamp());
            assert!(
                series
                    .normal
                    .iter()
                    .chain(&series.recent)
                    .all(|p| p.1.is_finite())
            );
        }
        assert!(!world.case.calls.names.contains(unseen));
    }
}
