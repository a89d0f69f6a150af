//! On call: who has which rotation until when and who comes then, a week of a schedule, and cover.

use crate::common::Console;
use crate::steps::golden;
use hotseat::console::news::News;
use hotseat::console::state::Overlay;
use hotseat::domain::{Person, Rotation, Schedule, Shift, time};
use hotseat::session::Change;
use hotseat::writes::{COVERED, Form};
use std::sync::Arc;

fn person(id: &str, name: &str) -> Person {
    Person {
        id: id.into(),
        name: name.into(),
        email: None,
    }
}

/// The console's user is Ana.
fn people() -> [Person; 3] {
    [
        person("U312", "Ana Abara"),
        person("U2", "Bram Brandt"),
        person("U3", "Cleo Cole"),
    ]
}

/// Who, in which rotation, from which day and hour of November until which.
fn shift(who: usize, rotation: &str, from: &str, to: &str) -> Shift {
    let at = |raw: &str| time::parse(&format!("2026-11-{raw}:00:00Z")).expect("a time");
    Shift {
        person: Some(people()[who].clone()),
        start: at(from),
        end: at(to),
        rotation: Some(rotation.into()),
        overridden: false,
    }
}

/// Ana covers for the rest of her own shift and Bram is second; then Bram is first.
fn payments() -> Schedule {
    let rotation = |id: &str, name: &str| Rotation {
        id: id.into(),
        name: name.into(),
        people: people().to_vec(),
        layers: vec![(format!("{id}L"), name.into())],
    };
    Schedule {
        id: "S9".into(),
        name: "Payments on-call".into(),
        timezone: "Europe/Berlin".into(),
        now: vec![
            shift(1, "SEC", "16T08", "23T08"),
            shift(0, "PRI", "20T13", "20T18"),
        ],
        next: vec![
            shift(0, "PRI", "20T18", "21T08"),
            shift(1, "PRI", "21T08", "22T08"),
            shift(2, "SEC", "23T08", "30T08"),
        ],
        rotations: vec![rotation("PRI", "Primary"), rotation("SEC", "Secondary")],
    }
}

fn coming() -> Vec<Shift> {
    vec![
        shift(2, "PRI", "19T08", "20T08"),
        shift(0, "PRI", "20T08", "20T18"),
        shift(0, "PRI", "20T18", "21T08"),
        shift(1, "PRI", "21T08", "22T08"),
        shift(2, "PRI", "22T08", "23T08"),
        // A handover at the minute: nobody has a shift of no length.
        shift(0, "PRI", "23T08", "23T08"),
        shift(0, "PRI", "23T08", "27T08"),
        shift(1, "SEC", "16T08", "23T08"),
        shift(2, "SEC", "23T08", "30T08"),
    ]
}

fn on_call(width: u16, height: u16) -> Console {
    let mut console = Console::filled(width, height);
    console.tell(Change::Schedules(vec![payments()]));
    console.state.org = Arc::new({
        let mut org = (*console.state.org).clone();
        org.people = people().to_vec();
        org
    });
    console.keys("3");
    console
}

fn form(console: &Console) -> &Form {
    match console.state.overlays.last() {
        Some(Overlay::Form(view)) => &view.form,
        _ => panic!("no form:\n{}", console.screen()),
    }
}

fn labels(form: &Form, field: &str) -> Vec<String> {
    let choices = form.field(field).and_then(|f| f.input.choices());
    let choices = choices.unwrap_or_default().iter();
    choices.map(|c| format!("{} {}", c.label, c.note)).collect()
}

#[test]
fn the_line_says_who_is_first_and_second_until_when_and_who_comes_then() {
    for (width, says) in [
        (
            80,
            "Ana Abara (you)  until Sat 08:00  Secondary Bram Brandt ",
        ),
        (
            130,
            "Primary Ana Abara (you)  until Sat 08:00  then Bram Brandt  Secondary Bram Brandt until Mon 08:00 then Cleo",
        ),
    ] {
        let mut console = on_call(width, 24);
        console.keys("+");
        let screen = console.screen();
        assert!(screen.contains(says), "no \"{says}\" in\n{screen}");
    }
}

#[test]
fn a_schedule_opens_as_a_week_in_its_own_zone_and_in_mine() {
    for (name, width, height) in [("schedule-80x24", 80, 24), ("schedule-120x40", 120, 40)] {
        let mut console = on_call(width, height);
        console.keys("enter");
        console.tell(News::Shifts("S9".into(), coming()));
        golden(name, &console.screen());
    }
    let mut console = on_call(120, 40);
    console.keys("enter");
    console.tell(News::Shifts("S9".into(), coming()));
    console.resize(60, 24);
    let narrow = console.screen();
    assert!(
        narrow.contains("09-24  Ana Abara (you) Primary"),
        "it is laid out anew for a narrow screen\n{narrow}"
    );
}

#[test]
fn cover_offers_every_coming_shift_and_never_me_for_myself() {
    let mut console = on_call(120, 40);
    console.keys("v");
    assert_eq!(form(&console).text("who"), "", "my own shift is first");
    console.tell(News::Shifts("S9".into(), coming()));
    assert_eq!(
        labels(form(&console), "shift"),
        [
            "Ana Abara (you), 13:00 to 18:00 Primary",
            "Bram Brandt, Mon 16 Nov 08:00 to Mon 23 Nov 08:00 Secondary",
            "Ana Abara (you), 18:00 to Sat 08:00 Primary",
            "Bram Brandt, Sat 08:00 to Sun 08:00 Primary",
            "Cleo Cole, Sun 08:00 to Mon 08:00 Primary",
            "Ana Abara (you), Mon 08:00 to 27 Nov 08:00 Primary",
            "Cleo Cole, Mon 23 Nov 08:00 to Mon 30 Nov 08:00 Secondary",
            "another time, from and to Primary",
            "another time, from and to Secondary",
        ]
    );
    // Whose shift it is, is not among those who may cover it.
    let who = |console: &mut Console| {
        let Some(Overlay::Form(view)) = console.state.overlays.last_mut() else {
            panic!("a form");
        };
        let at = view.form.fields.iter().position(|f| f.id == "who");
        view.go_to(at.expect("a field"));
        let found = view.found();
        found.iter().map(|c| c.label.clone()).collect::<Vec<_>>()
    };
    let names = who(&mut console);
    assert!(!names.iter().any(|n| n == "Ana Abara"), "{names:?}");
    assert!(names.iter().any(|n| n == "Bram Brandt"), "{names:?}");
    // Whoever chooses their own name for their own shift is told, and nothing is sent.
    let mut own = form(&console).clone();
    own.set("who", "Ana Abara").expect("a name");
    let refused = own.plan(console.now, "").expect_err("nothing to cover");
    assert_eq!(refused, [("who".into(), COVERED.to_owned())]);
}

#[test]
fn cover_takes_a_time_that_is_typed_whosever_shifts_it_takes() {
    let mut console = on_call(120, 40);
    console.keys("v");
    console.tell(News::Shifts("S9".into(), coming()));
    for (fields, from, to, instead) in [
        // A later time than the shift that was filled in.
        (
            vec![("from", "2026-11-21 12:00"), ("to", "2026-11-22 20:00")],
            "2026-11-21T12:00:00Z",
            "2026-11-22T20:00:00Z",
            vec!["Bram Brandt", "Cleo Cole"],
        ),
        // Without an end it is that of the shift it begins in.
        (
            vec![("from", "2026-11-21 12:00")],
            "2026-11-21T12:00:00Z",
            "2026-11-22T08:00:00Z",
            vec!["Bram Brandt"],
        ),
        (
            vec![("shift", "Bram Brandt, Mon"), ("to", "2026-11-20 20:00")],
            "2026-11-20T14:40:00Z",
            "2026-11-20T20:00:00Z",
            vec!["Bram Brandt"],
        ),
    ] {
        let mut cover = form(&console).clone();
        let cleo = fields.iter().all(|(id, _)| *id != "shift");
        cover
            .set("who", if cleo { "U312" } else { "Cleo Cole" })
            .expect("a person");
        for (id, typed) in fields {
            cover.set(id, typed).expect("a value");
        }
        let planned = cover.plan(console.state.now, "").expect("a cover");
        let body = &planned[0].write.body;
        assert_eq!(
            (&body["start_at"], &body["end_at"]),
            (&from.into(), &to.into())
        );
        let says = planned[0].says[1..].join(" ");
        assert!(instead.iter().all(|who| says.contains(who)), "{says}");
        assert_eq!(says.matches("Instead of").count(), instead.len(), "{says}");
    }
}

#[test]
fn names_of_schedules_are_whole_where_there_is_room_and_give_way_to_people_where_there_is_none() {
    for (width, height, name, who) in [
        (200, 60, "▌Payments and settlement ", "Ana Abara (you)"),
        (120, 40, "▌Payments and set", "… Ana Abara (you)  Sat 08:00"),
    ] {
        let mut console = on_call(width, height);
        let named = Schedule {
            name: "Payments and settlement".into(),
            ..payments()
        };
        console.tell(Change::Schedules(vec![named]));
        let screen = console.screen();
        assert!(screen.contains(name) && screen.contains(who), "{screen}");
    }
}
