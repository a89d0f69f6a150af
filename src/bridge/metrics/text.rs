//! The older of the two text forms, which tools and older servers read, from the newer one.

/// The name of the newer form.
pub(super) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The name of the older one.
pub(super) const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The older form of a text in the newer one: there a family bears the very name of its samples, and there is no end.
pub(super) fn plain(open: &str) -> String {
    let lines: Vec<&str> = open.lines().collect();
    let suffix = |name: &str| {
        let is_of = |line: &&&str| {
            line.strip_prefix("# TYPE ")
                .is_some_and(|rest| rest.split(' ').next() == Some(name))
        };
        let kind = lines
            .iter()
            .find(is_of)
            .and_then(|line| line.rsplit(' ').next());
        match kind {
            Some("counter") => "_total",
            Some("info") => "_info",
            _ => "",
        }
    };
    let mut out = String::with_capacity(open.len());
    for line in &lines {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("EOF" | "UNIT"), ..) => continue,
            (Some("#"), Some(what), Some(name), rest) => {
                let rest = rest.unwrap_or_default();
                let rest = if what == "TYPE" && rest == "info" {
                    "gauge"
                } else {
                    rest
                };
                out.push_str(&format!("# {what} {name}{} {rest}", suffix(name)));
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_bears_the_name_of_its_samples_and_nothing_follows_the_last() {
        let open = "# HELP a_build The version.\n# TYPE a_build info\na_build_info{v=\"1\"} 1\n# HELP a_notes Notes.\n# TYPE a_notes counter\na_notes_total 2\n# HELP a_up Up.\n# TYPE a_up gauge\na_up 1\n# EOF\n";
        let told = "# HELP a_build_info The version.\n# TYPE a_build_info gauge\na_build_info{v=\"1\"} 1\n# HELP a_notes_total Notes.\n# TYPE a_notes_total counter\na_notes_total 2\n# HELP a_up Up.\n# TYPE a_up gauge\na_up 1\n";
        assert_eq!(plain(open), told);
    }
}
