//! One cursor for everything that is moved through: it stays on its line by identity and the view stays around it.

use super::action::Action;

/// How far to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many lines.
    By(isize),
    /// To the first line.
    First,
    /// To the last line.
    Last,
}

impl Step {
    /// How far an action moves where half a page is `half` lines; nothing where it does not move.
    pub(crate) fn of(action: Action, half: usize) -> Option<Self> {
        let half = half.max(1).cast_signed();
        Some(match action {
            Action::Down => Self::By(1),
            Action::Up => Self::By(-1),
            Action::HalfDown => Self::By(half),
            Action::HalfUp => Self::By(-half),
            Action::Top => Self::First,
            Action::Bottom => Self::Last,
            _ => return None,
        })
    }
}

/// A cursor that stays on its line by identity, whatever a refresh does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cursor {
    /// The line's identity.
    pub id: Option<String>,
    /// Where it stands now.
    pub at: usize,
    /// The first line shown.
    pub top: usize,
    /// Somebody moved it: until then the first lines stay in view, whatever comes in above its own.
    pub moved: bool,
}

impl Cursor {
    /// Moves among `count` lines. The line it comes to has no identity yet: `settle` gives it one.
    pub(crate) fn go(&mut self, step: Step, count: usize) {
        let last = count.saturating_sub(1);
        self.at = match step {
            Step::By(by) => self.at.saturating_add_signed(by).min(last),
            Step::First => 0,
            Step::Last => last,
        };
        (self.id, self.moved) = (None, true);
    }

    /// Finds its line again among `count` lines; where it is gone, its neighbour takes over.
    pub(crate) fn settle(&mut self, count: usize, id_at: impl Fn(usize) -> String) {
        if count == 0 {
            self.at = 0;
            return;
        }
        if let Some(id) = &self.id {
            let here = self.at < count && &id_at(self.at) == id;
            if !here && let Some(at) = (0..count).find(|at| &id_at(*at) == id) {
                if self.moved {
                    // The view moves with the line, so that nothing moves under the eye.
                    self.top = (self.top + at).saturating_sub(self.at);
                }
                self.at = at;
            }
        }
        self.at = self.at.min(count - 1);
        self.id = Some(id_at(self.at));
    }

    /// Keeps the cursor's line inside a window of `height` lines. At the edge the view moves on by a third of its
    /// height, so that a held key sends a page now and then and not at every line.
    pub(crate) fn scroll(&mut self, height: usize, count: usize) {
        let height = height.max(1);
        let jump = (height / 3).max(1);
        if self.at < self.top {
            self.top = (self.at + 1).saturating_sub(jump);
        } else if self.at >= self.top + height {
            self.top = (self.at + jump).saturating_sub(height);
        }
        self.top = self.top.min(count.saturating_sub(height));
    }

    /// Keeps the rows `first` to `last`, which are those of one line, inside a window of `height` of `count` rows. A
    /// line that is higher than the window is shown from its beginning.
    pub(crate) fn reveal(&mut self, (first, last): (usize, usize), height: usize, count: usize) {
        let height = height.max(1);
        let lowest = (last + 1).saturating_sub(height);
        self.top = self
            .top
            .min(first)
            .max(lowest)
            .min(count.saturating_sub(height))
            .min(first.max(lowest));
    }

    /// How many of `count` lines stand outside a window of `height`, in words; nothing where all are inside.
    pub(crate) fn outside(&self, height: usize, count: usize) -> Option<String> {
        let below = count.saturating_sub(self.top + height.max(1));
        edges(self.top.min(count), below)
    }

    /// Moves through a text that has no line of its own under the cursor: the first line shown moves, and the last
    /// lines of `count` still fill the window.
    pub(crate) fn read(&mut self, step: Step, height: usize, count: usize) {
        self.go(step, count.saturating_sub(height) + 1);
        self.top = self.at;
    }
}

/// How many lines stand above a window and below it, in words; nothing where none do.
pub(crate) fn edges(above: usize, below: usize) -> Option<String> {
    match (above, below) {
        (0, 0) => None,
        (above, 0) => Some(format!("{above} above")),
        (0, below) => Some(format!("{below} below")),
        (above, below) => Some(format!("{above} above, {below} below")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_above_stays_in_view_until_somebody_moves() {
        let settled = |cursor: &mut Cursor, ids: &[&str]| {
            cursor.settle(ids.len(), |at| ids[at].to_owned());
            cursor.scroll(2, ids.len());
            (ids[cursor.at].to_owned(), cursor.top)
        };
        let mut cursor = Cursor::default();
        settled(&mut cursor, &["a", "b", "c"]);
        assert_eq!(
            settled(&mut cursor, &["new", "a", "b", "c"]),
            ("a".into(), 0)
        );
        cursor.go(Step::By(1), 4);
        assert_eq!(settled(&mut cursor, &["new", "a", "b", "c"]).0, "b");
        let top = cursor.top;
        let later = settled(&mut cursor, &["newer", "new", "a", "b", "c"]);
        assert_eq!(later, ("b".into(), top + 1), "nothing moves under the eye");
    }

    #[test]
    fn a_text_is_read_to_its_last_line_and_no_further() {
        let mut cursor = Cursor::default();
        for (step, height, count, top) in [
            (Step::By(1), 10, 30, 1),
            (Step::By(-5), 10, 30, 0),
            (Step::Last, 10, 30, 20),
            (Step::By(7), 10, 30, 20),
            (Step::By(0), 25, 30, 5),
            (Step::By(3), 40, 30, 0),
            (Step::Last, 0, 0, 0),
        ] {
            cursor.read(step, height, count);
            assert_eq!(cursor.top, top, "{step:?} {height} of {count}");
        }
    }
}
