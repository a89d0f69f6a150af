//! What is typed to narrow a list: words, and facets such as `sev:P1` or `service:"checkout api"`. The grammar alone;
//! what a facet means is for each list to say.

/// What a word may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    /// Severity or priority.
    Severity,
    /// Status, or the category it belongs to.
    Status,
    /// A service it names.
    Service,
    /// A team on it.
    Team,
    /// Who leads it.
    Lead,
    /// Who has any role on it.
    Role,
    /// What type it is of.
    Type,
    /// Whether it is real: standard, retrospective, test, tutorial.
    Mode,
    /// What it has at all: a lead, a service.
    Has,
    /// How far back it may lie.
    Since,
    /// That it is the user's.
    Mine,
}

impl Facet {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Facet; 11] = [
        Self::Severity,
        Self::Status,
        Self::Service,
        Self::Team,
        Self::Lead,
        Self::Role,
        Self::Type,
        Self::Mode,
        Self::Has,
        Self::Since,
        Self::Mine,
    ];

    /// Its name, as it is typed before the colon.
    pub fn name(self) -> &'static str {
        [
            "sev", "status", "service", "team", "lead", "role", "type", "mode", "has", "since",
            "me",
        ][self as usize]
    }

    fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = if name == "severity" { "sev" } else { &name };
        Self::ALL.into_iter().find(|facet| facet.name() == name)
    }
}

/// One condition, in small letters.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What it is about; nothing for a plain word.
    pub facet: Option<Facet>,
    /// The word.
    pub word: String,
    /// Whether it must not hold.
    pub inverted: bool,
}

/// What was typed, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Its conditions.
    pub terms: Vec<Term>,
    /// A word before a colon that is no facet, the first there is.
    pub unknown: Option<String>,
}

/// A word as it was typed, quotes and all, and the byte at which it begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token<'a> {
    /// Where it begins.
    pub start: usize,
    /// The word.
    pub raw: &'a str,
}

/// The words of what was typed: spaces part them, except between quotes. A quote that is still open holds all the rest.
pub fn tokens(typed: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut start, mut quoted) = (None, false);
    for (at, letter) in typed.char_indices() {
        if letter.is_whitespace() && !quoted {
            found.extend(start.take().map(|from| (from, at)));
            continue;
        }
        start.get_or_insert(at);
        quoted ^= letter == '"';
    }
    found.extend(start.map(|from| (from, typed.len())));
    let token = |(from, to): (usize, usize)| Token {
        start: from,
        raw: &typed[from..to],
    };
    found.into_iter().map(token).collect()
}

/// Reads what was typed. A word before a colon that is no facet is told, and stands as the word it may have been meant
/// as.
pub fn parse(typed: &str) -> Query {
    let mut query = Query::default();
    for token in tokens(typed) {
        let (inverted, name, word) = parts(token.raw);
        let facet = name.and_then(Facet::named);
        if let (Some(name), None) = (name, facet) {
            query.unknown.get_or_insert_with(|| name.to_owned());
        }
        let plain = token.raw.trim_start_matches('!');
        let word = if facet.is_some() { word } else { plain };
        query.terms.push(Term {
            facet,
            word: word.replace('"', "").to_lowercase(),
            inverted,
        });
    }
    query
}

/// Whether a word is inverted, what stands before its colon where that is letters alone, and the rest. Quotes make a
/// colon a letter like any other.
pub fn parts(raw: &str) -> (bool, Option<&str>, &str) {
    let (inverted, rest) = raw
        .strip_prefix('!')
        .map_or((false, raw), |rest| (true, rest));
    match rest.split_once(':') {
        Some((name, word)) if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic()) => {
            (inverted, Some(name), word)
        }
        _ => (inverted, None, rest),
    }
}

/// A word as it has to be typed: in quotes where it holds spaces.
pub fn quoted(word: &str) -> String {
    if word.contains(char::is_whitespace) {
        format!("\"{}\"", word.replace('"', ""))
    } else {
        word.replace('"', "")
    }
}

/// That a facet is not there, and which are.
pub fn no_such(name: &str, there: &[Facet]) -> String {
    let names: Vec<String> = there.iter().map(|f| format!("{}:", f.name())).collect();
    match names.join(" ") {
        none if none.is_empty() => format!("No facet {name}: here; plain words narrow this list."),
        names => format!("No facet {name}:; there are {names}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_facets_and_quotes_are_read_as_they_are_meant() {
        for (typed, read) in [
            ("disk", "None disk"),
            ("Sev:P1 disk", "Some(Severity) p1|None disk"),
            ("!lead:Ana", "!Some(Lead) ana"),
            (
                "service:\"Checkout API\" x",
                "Some(Service) checkout api|None x",
            ),
            ("service:\"check out", "Some(Service) check out"),
            ("\"error: 5\"", "None error: 5"),
            ("14:30", "None 14:30"),
            ("me:", "Some(Mine) "),
        ] {
            let terms = parse(typed).terms;
            let said: Vec<String> = terms
                .iter()
                .map(|t| {
                    let sign = if t.inverted { "!" } else { "" };
                    format!("{sign}{:?} {}", t.facet, t.word)
                })
                .collect();
            assert_eq!(said.join("|"), read, "{typed}");
        }
        assert_eq!(parse("foo:x bar:y").unknown.as_deref(), Some("foo"));
        assert_eq!(parse("\"foo:x\" 14:30 sev:p1").unknown, None);
    }

    #[test]
    fn what_is_quoted_is_read_as_one_word_again() {
        for word in ["Checkout API", "plain", "a \"b\" c"] {
            let query = parse(&format!("team:{}", quoted(word)));
            assert_eq!(query.terms.len(), 1, "{word}");
            assert_eq!(query.terms[0].word, word.replace('"', "").to_lowercase());
        }
    }
}
