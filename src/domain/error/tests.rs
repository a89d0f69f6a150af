//! Each error's sentence, advice, code and exit.

use super::*;

fn http(status: u16, write: bool, errors: Vec<FieldError>) -> ApiError {
    ApiError::Http {
        status,
        write,
        permission: "schedules.view",
        request_id: Some("r1".into()),
        errors,
        retry_after: Some(7),
    }
}

fn network(kind: NetworkFault) -> ApiError {
    ApiError::Network {
        host: "api.example".into(),
        reason: "x".into(),
        kind,
        unsent: false,
    }
}

fn disk(kind: io::ErrorKind) -> ApiError {
    let path = Path::new("/state/journal.db");
    ApiError::machine(path, &kind.into(), "The journal cannot be written.".into())
}

fn not_json(status: u16) -> ApiError {
    ApiError::NotJson {
        host: "h".into(),
        status,
        what: "a web page".into(),
    }
}

/// Holds what every failure says: its code, exit code, whether to try again, its sentence, its advice.
fn hold(cases: Vec<(ApiError, &str, u8, bool, &str, &str)>) {
    for (error, code, exit, retry, says, advises) in cases {
        let told = error.json();
        assert_eq!(
            (told["error"].as_str(), error.exit_code()),
            (Some(code), exit)
        );
        assert_eq!(told["retryable"], retry, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        let advice = error.suggestion();
        assert!(advice.contains(advises), "{advice}");
    }
}

#[test]
fn a_mistake_of_the_user_says_what_it_means_and_what_to_do() {
    let bad = ApiError::BadKey("holds a space".into());
    hold(vec![
        (
            ApiError::NoKey,
            "missing_api_key",
            1,
            false,
            "no API key",
            "hotseat demo",
        ),
        (
            bad,
            "user_error",
            1,
            false,
            "holds a space",
            "Copy the key again",
        ),
        (
            ApiError::User("No.".into()),
            "user_error",
            1,
            false,
            "No.",
            "",
        ),
        (
            ApiError::Moved("x".into()),
            "changed_meanwhile",
            1,
            false,
            "Not sent",
            "send it again",
        ),
    ]);
}

#[test]
fn an_answer_of_the_api_says_what_it_means_and_what_to_do() {
    let field = FieldError {
        field: Some("severity_id".into()),
        code: "is_required".into(),
        message: "A severity is required".into(),
    };
    let named = "severity_id: A severity is required";
    hold(vec![
        (
            http(401, false, vec![]),
            "http_401",
            2,
            false,
            "not valid",
            "new key",
        ),
        (
            http(403, false, vec![]),
            "http_403",
            2,
            false,
            "schedules.view",
            "role",
        ),
        (
            http(404, false, vec![]),
            "http_404",
            2,
            false,
            "Not found",
            "global access",
        ),
        (
            http(422, true, vec![field]),
            "http_422",
            2,
            false,
            named,
            "Correct",
        ),
        (
            http(429, false, vec![]),
            "http_429",
            2,
            true,
            "rate limit",
            "in 7 s",
        ),
        (
            http(503, false, vec![]),
            "http_503",
            2,
            true,
            "503",
            "Try later",
        ),
        (
            http(503, true, vec![]),
            "http_503",
            2,
            true,
            "503",
            "may have happened",
        ),
    ]);
}

#[test]
fn a_failure_of_the_network_says_what_it_means_and_what_to_do() {
    let dns = "name resolution";
    let reach = "Cannot reach api.example";
    hold(vec![
        (
            network(NetworkFault::Dns),
            "network_error",
            3,
            false,
            reach,
            dns,
        ),
        (
            network(NetworkFault::Tls),
            "network_error",
            3,
            false,
            reach,
            "--ca-cert",
        ),
        (
            network(NetworkFault::Timeout),
            "network_error",
            3,
            true,
            reach,
            "HTTPS_PROXY",
        ),
        (
            network(NetworkFault::Refused),
            "network_error",
            3,
            true,
            reach,
            "base URL",
        ),
        (not_json(502), "not_json", 3, true, "a web page", "proxy"),
        (not_json(200), "not_json", 3, false, "a web page", "proxy"),
    ]);
}

#[test]
fn this_machine_and_a_fault_of_ours_are_nobodys_mistake() {
    let path = "/state/journal.db";
    let cannot = "cannot be written";
    let bug = ApiError::Fault("The judgement broke off.".into());
    hold(vec![
        (
            disk(io::ErrorKind::StorageFull),
            "machine_error",
            4,
            false,
            cannot,
            "Make room",
        ),
        (
            disk(io::ErrorKind::QuotaExceeded),
            "machine_error",
            4,
            false,
            cannot,
            path,
        ),
        (
            disk(io::ErrorKind::PermissionDenied),
            "machine_error",
            4,
            false,
            cannot,
            path,
        ),
        (
            disk(io::ErrorKind::ResourceBusy),
            "machine_error",
            4,
            true,
            cannot,
            "try again",
        ),
        (
            disk(io::ErrorKind::NotFound),
            "machine_error",
            4,
            false,
            cannot,
            "doctor",
        ),
        (bug, "internal_fault", 4, false, "broke off", "report it"),
    ]);
    assert_eq!(disk(io::ErrorKind::StorageFull).json()["path"], path);
}

#[test]
fn what_had_happened_before_is_said_without_changing_whose_fault_it_is() {
    let full = disk(io::ErrorKind::StorageFull).after("Nothing was sent.");
    assert_eq!(full.exit_code(), 4);
    assert_eq!(
        full.to_string(),
        "Nothing was sent. The journal cannot be written."
    );
}
