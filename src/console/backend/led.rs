//! Where words on the screen lead: written around them, and written anew where that changes.

use super::{SlowLine, UNKNOWN};
use crate::console::leads::Leads;
use crate::console::sequences::{LINK_ENDS, link_begins};
use ratatui::buffer::Cell;
use std::io::Write;

impl<W: Write> SlowLine<W> {
    /// Tells where words lead from the next frame on.
    pub fn lead(&mut self, leads: Leads) {
        if self.leads.as_ref() != Some(&leads) {
            self.leads = Some(leads);
        }
    }

    /// What of the screen leads somewhere else than before is drawn anew.
    pub(super) fn lead_anew(&mut self, next: &[Cell]) {
        let Some(leads) = &self.leads else { return };
        let (led, targets) = leads.cells(next, self.width());
        let before = |n: u16| self.targets.get(usize::from(n).wrapping_sub(1));
        let after = |n: u16| targets.get(usize::from(n).wrapping_sub(1));
        let cells = self.screen.iter_mut().zip(self.led.iter().zip(&led));
        for (cell, (old, new)) in cells {
            if before(*old) != after(*new) {
                *cell = UNKNOWN;
            }
        }
        (self.led, self.targets) = (led, targets);
    }

    /// What is written next leads there.
    pub(super) fn take_lead(&mut self, lead: u16) {
        if lead == self.leading {
            return;
        }
        let target = self.targets.get(usize::from(lead).wrapping_sub(1));
        match target {
            Some(target) => self
                .frame
                .push_str(&link_begins(&target.address, &target.id)),
            None => self.frame.push_str(LINK_ENDS),
        }
        self.leading = lead;
    }
}
