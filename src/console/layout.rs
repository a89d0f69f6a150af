//! Where the panes are, from the size of the terminal and the focus alone.
//!
//! ```text
//! 120x40 ┌ 1 incidents, full width ┐   80x24 ┌ 1 incidents ┐   60x15 the focused pane
//!        ├ 2 detail ┬ 3 on call ───┤         ├ 2, 3 or 4 ──┤         alone
//!        │          ├ 4 catalog ───┤         │             │
//!        └ status, keys ───────────┘         └ status, keys┘
//! 200x60 ┌ 1 incidents ─────────────┬ what was ┐
//!        ├ 2 detail ┬ 3 on call ────┤ found of │
//!        │          ├ 4 catalog ────┤ it       │
//!        └ status, keys ───────────────────────┘
//! ```

use super::place::Pane;
use ratatui::layout::Rect;

/// The smallest terminal anything is drawn on.
pub const SMALLEST: (u16, u16) = (40, 8);

/// Whether nothing is drawn on a terminal of so many columns and lines.
pub fn is_too_small((width, height): (u16, u16)) -> bool {
    width < SMALLEST.0 || height < SMALLEST.1
}

/// The size of a terminal on which nothing is drawn: as wide as a line that is heard, so that nothing is wrapped, and so
/// high that the focused pane stands alone and half a page is what one can keep in mind.
pub const HEARD: (u16, u16) = (8_192, 19);

/// The place of each part; a pane that is not shown has none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Layout {
    /// Each pane by its number.
    pub panes: [Option<Rect>; 4],
    /// Beside the panes, what was found of the incident that is shown.
    pub aside: Option<Rect>,
    /// The status line.
    pub status: Rect,
    /// The line of keys.
    pub keys: Rect,
    /// All of the panes together, for what lies over them.
    pub body: Rect,
}

impl Layout {
    /// Lines a pane has for its content, below its title.
    pub fn lines(&self, pane: Pane) -> usize {
        self.panes[pane as usize].map_or(0, |r| usize::from(r.height.saturating_sub(1)))
    }
}

/// Columns from which there is room for something beside the panes.
const WIDE: u16 = 170;
/// Rows from which a list is no higher than what it holds, in steps: a layout that moved with each line would be sent
/// anew with each line.
const HIGH: u16 = 50;
const STEP: u16 = 4;

/// The layout of a terminal of some columns and rows, where pane 1 lists so many lines.
pub fn layout((width, height): (u16, u16), focus: Pane, zoomed: bool, listed: usize) -> Layout {
    let body = Rect::new(0, 0, width, height.saturating_sub(2));
    let mut out = Layout {
        body,
        status: Rect::new(0, body.height, width, 1),
        keys: Rect::new(0, body.height + 1, width, 1),
        panes: [None; 4],
        aside: None,
    };
    if zoomed || width < 72 || height < 20 {
        out.panes[focus as usize] = Some(body);
        return out;
    }
    // The list keeps two fifths; what is read of one incident needs more.
    let mut top = (body.height * 2 / 5).clamp(7, 26);
    if height >= HIGH {
        let lines = u16::try_from(listed).unwrap_or(u16::MAX).min(top);
        top = (lines + 3).next_multiple_of(STEP).clamp(2 * STEP, top);
    }
    let mut width = width;
    if width >= WIDE && height >= 30 {
        let aside = width / 3;
        width -= aside + 1;
        out.aside = Some(Rect::new(width + 1, 0, aside, body.height));
    }
    let (below, y) = (body.height - top, top);
    out.panes[0] = Some(Rect::new(0, 0, width, top));
    if width < 100 || height < 30 {
        let second = if focus == Pane::Incidents {
            Pane::Detail
        } else {
            focus
        };
        out.panes[second as usize] = Some(Rect::new(0, y, width, below));
        return out;
    }
    let left = width * 3 / 5;
    let half = below / 2;
    out.panes[1] = Some(Rect::new(0, y, left - 1, below));
    out.panes[2] = Some(Rect::new(left, y, width - left, half));
    out.panes[3] = Some(Rect::new(left, y + half, width - left, below - half));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_shows_the_focused_pane_and_nothing_overlaps() {
        for width in (1..260).step_by(7) {
            for height in 1..80 {
                for focus in Pane::ALL {
                    for zoomed in [false, true] {
                        let layout = layout((width, height), focus, zoomed, 5);
                        assert!(layout.panes[focus as usize].is_some());
                        let panes = layout.panes.into_iter().flatten();
                        let shown: Vec<Rect> = panes.chain(layout.aside).collect();
                        for (n, a) in shown.iter().enumerate() {
                            assert!(
                                a.right() <= width && a.bottom() <= layout.status.y,
                                "{width}x{height} {a}"
                            );
                            assert!(
                                shown[n + 1..].iter().all(|b| !a.intersects(*b)),
                                "{width}x{height}"
                            );
                        }
                    }
                }
            }
        }
    }
}
