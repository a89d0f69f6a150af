use super::*;
use crate::domain::incident::Labelled;
use crate::domain::{Person, Visibility, sample};
use crate::store::Store;
use crate::store::incidents::Kept;

fn incident(id: &str, field: &str) -> Incident {
    let mut row = sample::row(id, "Checkout slow", "Gale", "Fixing", "cart", "Ana");
    row.roles = None;
    Incident {
        summary: format!("\"Orders\" of {id} hang \u{1f980}"),
        fields: vec![Labelled {
            id: field.into(),
            label: format!("Label of {field}"),
            value: format!("Value of {id}"),
        }],
        roles: vec![Labelled {
            id: "R1".into(),
            label: "Incident Lead".into(),
            value: Some(Person {
                id: format!("U{id}").into(),
                name: format!("Name {id}").into(),
                email: Some(format!("{id}@example.com").into()),
            }),
        }],
        ..sample::incident(row)
    }
}

fn kept(store: &Store, id: &str) -> Kept {
    let sql = format!(
        "SELECT {} FROM row JOIN incident USING (n) WHERE id = ?1",
        Kept::COLUMNS
    );
    store.db.query_row(&sql, [id], Kept::read).expect("kept")
}

fn skeletons(store: &Store) -> Vec<String> {
    let mut all = store
        .db
        .prepare("SELECT text FROM skeleton ORDER BY n")
        .expect("a question");
    let all = all.query_map([], |r| r.get(0)).expect("rows");
    all.collect::<Result<_, _>>().expect("texts")
}

#[test]
fn an_incident_comes_back_as_it_was_and_its_summary_alone_as_well() {
    let mut store = Store::in_memory().expect("a store");
    let long = Incident {
        summary: "Every request waits for a lock. ".repeat(2_000),
        ..incident("2", "F1")
    };
    let none = Incident {
        summary: String::new(),
        ..incident("3", "F1")
    };
    let all = [incident("1", "F1"), long, none];
    store.put_incidents(&all).expect("kept");
    for one in &all {
        assert_eq!(
            store.incident(&one.row.id).expect("read").as_ref(),
            Some(one)
        );
        let kept = kept(&store, one.row.id.as_str());
        let mut unpacker = Unpacker::new(&store.db);
        for _ in 0..2 {
            let summary = unpacker.summary(&kept.line, &kept.body).expect("read");
            assert_eq!(summary, Some(one.summary.as_str()));
            let json = serde_json::to_string(one).expect("JSON");
            assert_eq!(
                unpacker.json(&kept.line, &kept.body).expect("read"),
                Some(json.as_str())
            );
        }
    }
}

#[test]
fn a_body_that_is_cut_changed_or_beside_another_row_is_none_and_harms_nothing() {
    let mut store = Store::in_memory().expect("a store");
    let whole = incident("1", "F1");
    store
        .put_incidents(std::slice::from_ref(&whole))
        .expect("kept");
    let kept = kept(&store, "1");
    let mut unpacker = Unpacker::new(&store.db);
    for length in 0..kept.body.len() {
        let cut = &kept.body[..length];
        assert_eq!(
            unpacker.incident(&kept.line, cut).expect("read"),
            None,
            "{length}"
        );
        for bit in 0..8 {
            let mut changed = kept.body.clone();
            changed[length] ^= 1 << bit;
            unpacker.incident(&kept.line, &changed).expect("read");
            unpacker.summary(&kept.line, &changed).expect("read");
        }
    }
    let other = kept.line.replace("cart", "till");
    assert_ne!(
        unpacker.incident(&other, &kept.body).expect("read"),
        Some(whole)
    );
}

#[test]
fn what_is_put_again_as_it_is_keeps_its_place_whatever_was_learnt_since() {
    let mut store = Store::in_memory().expect("a store");
    let all = [incident("1", "F1"), incident("2", "F1")];
    store.put_incidents(&all).expect("kept");
    store.put_incidents(&[incident("3", "F2")]).expect("kept");
    store.put_incidents(&all).expect("kept");
    assert_eq!(store.last_mark().expect("read"), 3);
    let mut other = incident("1", "F1");
    other.summary.push('!');
    store.put_incidents(&[other.clone()]).expect("kept");
    let (after, mark) = store.incidents_after(3, 10).expect("read");
    assert_eq!((after, mark), (vec![other], 4));
    let (first, mark) = store.incidents_after(0, 1).expect("read");
    assert_eq!((first[0].row.id.as_str(), mark), ("2", 2));
}

#[test]
fn a_skeleton_holds_labels_and_nothing_of_an_incident_and_goes_with_them_all() {
    let mut store = Store::in_memory().expect("a store");
    let mut secret = incident("9", "SECRET");
    secret.row.visibility = Visibility::Private;
    store
        .put_incidents(&[secret, incident("1", "F1")])
        .expect("kept");
    store.put_incidents(&[incident("2", "F1")]).expect("kept");
    store.put_incidents(&[incident("3", "F2")]).expect("kept");
    let all = skeletons(&store);
    assert_eq!(all.len(), 2, "one more for the field that was new: {all:?}");
    for own in [
        "Checkout", "Gale", "Fixing", "cart", "Ana", "hang", "Value", "Name", "U1", "SECRET",
    ] {
        assert!(
            !all.iter().any(|text| text.contains(own)),
            "{own} in {all:?}"
        );
    }
    assert!(all[1].contains("Label of F1") && all[1].contains("Label of F2"));
    store.clear().expect("cleared");
    assert!(skeletons(&store).is_empty());
    store.put_incidents(&[incident("1", "F1")]).expect("kept");
    let found = store.incident(&"1".into()).expect("read");
    assert_eq!(
        found,
        Some(incident("1", "F1")),
        "under a number of its own"
    );
}

#[test]
fn a_skeleton_does_not_grow_without_end() {
    let mut store = Store::in_memory().expect("a store");
    for n in 0..40 {
        let all: Vec<Incident> = (0..20)
            .map(|m| incident(&format!("{n}-{m}"), &format!("FIELD{n}-{m}")))
            .collect();
        store.put_incidents(&all).expect("kept");
        assert_eq!(
            store.incident(&all[7].row.id).expect("read").as_ref(),
            all.get(7)
        );
    }
    let all = skeletons(&store);
    assert!(all.iter().all(|text| text.len() < 2 * 8_192));
    assert!(all.len() < 30, "{}", all.len());
}
