//! What a place is made of: lines, a text, a question or a field.

/// Where one is.
pub(super) struct Place<'a> {
    /// What makes it another place: going there is told.
    pub(super) id: String,
    /// Its name, and what is to be known of it as a whole.
    pub(super) title: String,
    pub(super) body: Body<'a>,
}

/// What is there.
pub(super) enum Body<'a> {
    Rows(Rows<'a>),
    /// Text to read.
    Text(Vec<String>),
    /// What would be done, before yes or no.
    Question(Vec<String>),
    /// What a field asks for, a line each.
    Field(Vec<String>),
}

/// Lines that can be gone through, each made only where it is told: there may be a hundred thousand.
pub(super) struct Rows<'a> {
    /// Which the cursor is on.
    pub(super) at: usize,
    pub(super) count: usize,
    /// There are more than were read.
    pub(super) more: bool,
    /// Why there is none.
    pub(super) nothing: String,
    /// What a line is known by, wherever it stands later.
    pub(super) id: Box<dyn Fn(usize) -> String + 'a>,
    pub(super) row: Box<dyn Fn(usize) -> Row + 'a>,
}

impl Rows<'_> {
    /// Of lines that are there, each with what it is known by.
    pub(super) fn of_lines(at: usize, lines: Vec<(String, String)>, nothing: &str) -> Self {
        let lines: std::rc::Rc<[_]> = lines.into();
        let words = lines.clone();
        Self {
            at,
            count: lines.len(),
            more: false,
            nothing: nothing.to_owned(),
            id: Box::new(move |at| lines.get(at).map_or_else(String::new, |(id, _)| id.clone())),
            row: Box::new(move |at| {
                let line = words.get(at);
                Row::of(line.map_or_else(String::new, |(_, words)| words.clone()))
            }),
        }
    }
}

/// One line of a list.
pub(super) struct Row {
    /// What it says.
    pub(super) words: String,
    /// Its time, where it has one: it goes on by itself, and is no news.
    pub(super) when: String,
    /// It came under the cursor by itself, and what it says is said otherwise.
    pub(super) is_silent: bool,
}

impl Row {
    /// A line without a time.
    pub(super) fn of(words: String) -> Self {
        Self {
            words,
            when: String::new(),
            is_silent: false,
        }
    }

    /// A line with its time.
    pub(super) fn at(words: String, when: String) -> Self {
        Self {
            when,
            ..Self::of(words)
        }
    }
}

/// A name, what makes it another place, and its lines.
pub(super) type Named<'a> = (String, String, Rows<'a>);
