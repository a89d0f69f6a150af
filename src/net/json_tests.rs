use super::*;
use proptest::prelude::*;

fn told(bytes: &[u8]) -> (Vec<String>, Result<(), Fault>) {
    let mut all = Vec::new();
    let done = Reader::new(&["hush-hush"]).fields(bytes, |field| {
        all.push(match field {
            Field::List(name) => format!("{name} ["),
            Field::Item(item, _) => item.to_string(),
            Field::End => "]".into(),
            Field::Value(name, value) => format!("{name} {value}"),
        });
        true
    });
    (all, done)
}

#[test]
fn an_answer_is_told_field_by_field_and_a_secret_in_it_is_hidden() {
    let (all, done) =
        told(br#"{"a":[1,{"b":"x hush-hush"}],"m":{"after":"c"},"n":null,"hush-hush":2}"#);
    assert_eq!(done, Ok(()));
    assert_eq!(
        all,
        [
            "a [",
            "1",
            r#"{"b":"x (hidden)"}"#,
            "]",
            r#"m {"after":"c"}"#,
            "n null",
            "(hidden) 2"
        ]
    );
}

#[test]
fn what_is_no_object_is_named() {
    for (bytes, what) in [
        ("", "nothing"),
        ("[1]", "a bare list"),
        ("null", "null"),
        ("\"x\"", "a text"),
        ("7", "a number"),
    ] {
        assert_eq!(
            told(bytes.as_bytes()).1,
            Err(Fault::Other(what.into())),
            "{bytes}"
        );
    }
    assert_eq!(told(b"{\"a\":").1, Err(Fault::NotJson));
    assert_eq!(told(b"{}{}").1, Err(Fault::NotJson));
}

#[test]
fn what_a_short_text_becomes_in_memory_is_bounded() {
    let nested = "[".repeat(100_000);
    for (unit, ends) in [
        ("0,", "0]"),
        ("[],", "0]"),
        ("{\"a\":0},", "0]"),
        ("[{\"a\":[]}],", "0]"),
    ] {
        let text = format!("[{}{ends}", unit.repeat((4 << 20) / unit.len()));
        assert_eq!(
            Reader::new(&[]).whole(text.as_bytes()),
            Err(Fault::TooLarge),
            "{unit}"
        );
        let inside = format!("{{\"list\":[{text}]}}");
        assert_eq!(told(inside.as_bytes()).1, Err(Fault::TooLarge), "{unit}");
    }
    assert_eq!(
        Reader::new(&[]).whole(nested.as_bytes()),
        Err(Fault::NotJson)
    );
}

#[test]
fn a_page_of_five_hundred_incidents_is_no_burden() {
    let field = r#"{"custom_field":{"id":"01A","name":"Service","description":"what it is about"},"values":[{"value_catalog_entry":{"id":"01B","name":"checkout"}}]}"#;
    let incident = format!(
        r#"{{"id":"01X","name":"it broke","summary":"{}","fields":[{}]}}"#,
        "words ".repeat(300),
        [field; 12].join(",")
    );
    let page = format!(r#"{{"incidents":[{}]}}"#, vec![incident; 500].join(","));
    assert!(page.len() > 1 << 20);
    assert_eq!(told(page.as_bytes()).0.len(), 502);
    assert!(Reader::new(&[]).whole(page.as_bytes()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Reader::new(&[]).one(&bytes);
        let _ = told(&bytes);
    }

    #[test]
    fn what_is_json_is_read_as_serde_json_reads_it(value in crate::net::any_json()) {
        let bytes = value.to_string().into_bytes();
        prop_assert_eq!(Reader::new(&[]).whole(&bytes), Ok(value));
    }
}
