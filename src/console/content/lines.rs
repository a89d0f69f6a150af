//! Lines that can be gone through, each with what it leads to.

use crate::console::link::LinkTarget;
use crate::domain::text;

/// Columns of the labels.
const LABEL: usize = 12;
/// Things of a kind that a card lists one by one.
pub(crate) const LISTED: usize = 12;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineStyle {
    /// A heading.
    Head,
    /// Text.
    Plain,
    /// What is settled.
    Strong,
    /// What matters less.
    Quiet,
    /// Speaks for it.
    Good,
    /// Speaks against it.
    Bad,
}

/// One line of a pane or a card.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinkedLine {
    /// What it says.
    pub words: String,
    /// How it looks.
    pub look: LineStyle,
    /// What Enter leads to.
    pub target: LinkTarget,
}

impl LinkedLine {
    /// Words that lead nowhere.
    pub(crate) fn plain(words: &str) -> Self {
        Self {
            words: words.to_owned(),
            look: LineStyle::Plain,
            target: LinkTarget::Nowhere,
        }
    }

    /// What makes it the same line after a refresh: where it leads, else what it says.
    pub(crate) fn identity(&self) -> String {
        match &self.target {
            LinkTarget::Nowhere => self.words.clone(),
            target => format!("{target:?}"),
        }
    }
}

/// Lines as they are made, wrapped to a width.
pub(crate) struct Lines {
    width: usize,
    pub(crate) all: Vec<LinkedLine>,
}

impl Lines {
    /// No lines yet.
    pub(crate) fn new(width: usize) -> Self {
        Self {
            width: width.max(20),
            all: Vec::new(),
        }
    }

    /// Words, wrapped.
    pub(crate) fn say(&mut self, words: &str, look: LineStyle, indent: usize, target: &LinkTarget) {
        let space = " ".repeat(indent);
        for line in text::wrap(words, self.width.saturating_sub(indent)) {
            self.all.push(LinkedLine {
                words: format!("{space}{line}"),
                look,
                target: target.clone(),
            });
        }
    }

    /// Words with a label before the first line.
    pub(crate) fn item(&mut self, label: &str, words: &str, look: LineStyle, target: &LinkTarget) {
        let wide = text::columns(label);
        for (n, line) in text::wrap(words, self.width.saturating_sub(wide))
            .into_iter()
            .enumerate()
        {
            let front = if n == 0 {
                label.to_owned()
            } else {
                " ".repeat(wide)
            };
            self.all.push(LinkedLine {
                words: format!("{front}{line}"),
                look,
                target: target.clone(),
            });
        }
    }

    /// A heading, after an empty line.
    pub(crate) fn head(&mut self, words: &str) {
        if !self.all.is_empty() {
            self.say(" ", LineStyle::Plain, 0, &LinkTarget::Nowhere);
        }
        self.say(words, LineStyle::Head, 0, &LinkTarget::Nowhere);
    }

    /// Words that lead nowhere; an empty line where there are none.
    pub(crate) fn plain(&mut self, words: &str) {
        let words = if words.is_empty() { " " } else { words };
        self.say(words, LineStyle::Plain, 0, &LinkTarget::Nowhere);
    }

    /// Columns there are for words.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Words as they are, on one row, cut at the width.
    pub(crate) fn row(&mut self, words: &str, look: LineStyle, target: LinkTarget) {
        self.all.push(LinkedLine {
            words: text::fit(words, self.width),
            look,
            target,
        });
    }

    /// A line that leads on, on one row.
    pub(crate) fn leading(&mut self, words: &str, target: LinkTarget) {
        self.row(&format!("  {words}"), LineStyle::Plain, target);
    }

    /// A value behind its label; nothing where there is none.
    pub(crate) fn fact(&mut self, label: &str, value: &str, target: &LinkTarget) {
        if !value.is_empty() {
            let label = format!("{label:<LABEL$} ");
            self.item(&label, value, LineStyle::Plain, target);
        }
    }

    /// A heading over a list, with a word where the list is empty; without such a word, nothing.
    pub(crate) fn section<T>(
        &mut self,
        heading: &str,
        all: &[T],
        none: &str,
        mut line: impl FnMut(&mut Self, &T),
    ) {
        if all.is_empty() && none.is_empty() {
            return;
        }
        self.head(heading);
        all.iter().for_each(|one| line(self, one));
        if all.is_empty() {
            self.say(none, LineStyle::Quiet, 2, &LinkTarget::Nowhere);
        }
    }

    /// What stands where a thing is not, or not yet.
    pub(crate) fn unknown(&mut self, arrived: bool) {
        self.plain(if arrived {
            "It is not known any more."
        } else {
            "Loading."
        });
    }
}
