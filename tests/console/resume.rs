//! A session begins where the last one ended, unless somebody was faster.

use crate::common::{Console, row, rows};
use hotseat::console::news::News;
use hotseat::console::state::{DetailTab, ListKind, Pane, Scope};
use hotseat::console::update::kept_place;
use hotseat::domain::{KeptPlace, Visibility};
use hotseat::session::Change;
use std::sync::Arc;

/// Rows as the cache tells them.
fn cached(console: &mut Console, whole: bool) {
    console.tell(Change::Rows {
        rows: rows(),
        whole,
        cached: true,
    });
}

fn resumed(place: KeptPlace) -> Console {
    let mut console = Console::filled(120, 40);
    console.tell(Change::Place(Box::new(place)));
    console
}

/// Where somebody is after these keys.
fn left(keys: &str) -> (KeptPlace, Console) {
    let mut console = Console::filled(120, 40);
    console.keys(keys);
    (kept_place(&console.state).expect("a place"), console)
}

#[test]
fn pane_selection_filter_tab_whose_and_order_are_as_they_were_left() {
    for keys in [
        "j j",
        "j 2 ]",
        "/ \"search\" enter",
        "A j j j",
        "O j",
        "2 +",
        "3",
        "4",
        "t",
        "] ]",
    ] {
        let (place, before) = left(keys);
        let after = resumed(place.clone());
        assert_eq!(after.selected(), before.selected(), "{keys}");
        assert_eq!(after.listed(), before.listed(), "{keys}");
        let of = |c: &Console| {
            let (state, filter) = (&c.state, &c.state.incidents.filter);
            let list = (
                state.list,
                filter.typed.clone(),
                filter.open_only,
                filter.scope,
            );
            (
                state.focus,
                state.zoomed,
                state.detail.tab,
                state.detail.id.clone(),
                list,
            )
        };
        assert_eq!(of(&after), of(&before), "{keys}");
        assert_eq!(
            kept_place(&after.state),
            None,
            "nobody has pressed a key here"
        );
    }
}

#[test]
fn whoever_pressed_a_key_stays_where_they_are() {
    let (place, _) = left("3");
    let mut console = Console::filled(120, 40);
    console.keys("j");
    let selected = console.selected();
    console.tell(Change::Place(Box::new(place)));
    assert_eq!(
        (console.state.focus, console.selected()),
        (Pane::Incidents, selected)
    );
}

#[test]
fn an_incident_that_comes_late_is_found_and_one_that_is_gone_has_a_neighbour() {
    let (place, before) = left("A j j j j j j");
    let mut console = Console::new(120, 40);
    console.tell(Change::Place(Box::new(place.clone())));
    let open = rows().into_iter().filter(|row| row.category.is_open());
    console.tell(Change::Rows {
        rows: open.collect(),
        whole: false,
        cached: true,
    });
    cached(&mut console, true);
    assert_eq!(console.selected(), before.selected());
    assert_eq!(console.state.detail.id, before.state.detail.id);
    let gone = KeptPlace {
        incident: Some("no longer there".into()),
        line: 1,
        ..place
    };
    let console = resumed(gone);
    assert!(console.state.detail.id.is_some() && !console.selected().is_empty());
}

#[test]
fn nothing_of_a_private_incident_is_kept() {
    let mut console = Console::filled(120, 40);
    let mut secret = row("900", "Takeover of Larkfield", ("Gale", 3), "Fixing", 1);
    secret.visibility = Visibility::Private;
    console.tell(Change::Rows {
        rows: vec![Arc::new(secret)],
        whole: false,
        cached: false,
    });
    console.keys("/ \"takeover\" enter");
    assert_eq!(console.selected(), "INC-900");
    let kept = serde_json::to_string(&kept_place(&console.state)).expect("a place");
    assert!(!kept.contains("900") && !kept.contains("akeover"), "{kept}");
}

#[test]
fn a_place_of_another_version_is_taken_as_far_as_it_is_known() {
    let place: KeptPlace =
        serde_json::from_str("{\"pane\": \"attic\", \"list\": \"Ghosts\", \"more\": 1}")
            .expect("lenient");
    let console = resumed(place);
    let state = &console.state;
    assert_eq!(
        (state.focus, state.list),
        (Pane::Incidents, ListKind::Incidents)
    );
    assert_eq!(
        (state.detail.tab, state.incidents.filter.scope),
        (DetailTab::Timeline, Scope::All)
    );
}

#[test]
fn where_it_is_not_wanted_nothing_is_kept_or_taken_up() {
    let (place, mut console) = left("3");
    let mut config = (*console.state.config).clone();
    config.restore = false;
    console.state.config = Arc::new(config.clone());
    assert_eq!(kept_place(&console.state), None);
    let mut fresh = Console::new(120, 40);
    fresh.state.config = Arc::new(config);
    fresh.tell(News::Changed(Change::Place(Box::new(place))));
    assert_eq!(fresh.state.focus, Pane::Incidents);
}
