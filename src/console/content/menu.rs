//! What a menu offers: tabs of the focused pane, or saved views.

use crate::config::{Column, Order, SavedView, Scope};
use crate::console::place::{DetailTab, ListKind, Pane};
use crate::console::state::{MenuKind, State};

/// The lines of a menu: a name and what is behind it.
pub(crate) fn lines(state: &State, kind: MenuKind) -> Vec<(String, String)> {
    match kind {
        MenuKind::Tabs => tabs(state, state.focus)
            .into_iter()
            .map(|name| (name, String::new()))
            .collect(),
        MenuKind::Views => state.config.views.iter().map(view).collect(),
    }
}

/// The tabs of a pane, in order.
pub(crate) fn tabs(state: &State, pane: Pane) -> Vec<String> {
    match pane {
        Pane::Incidents => ListKind::ALL.map(|kind| kind.label().to_owned()).to_vec(),
        Pane::Detail => DetailTab::ALL.map(|tab| tab.label().to_owned()).to_vec(),
        Pane::Catalog => {
            let kinds = state.catalog.kinds();
            kinds.into_iter().map(|kind| kind.name.clone()).collect()
        }
        Pane::OnCall => Vec::new(),
    }
}

fn view(view: &SavedView) -> (String, String) {
    let scope = match view.scope {
        Scope::All => "all",
        Scope::Team => "my teams",
        Scope::Mine => "mine",
    };
    let over = if view.everything {
        "everything"
    } else {
        "open"
    };
    let order = match view.order {
        Order::Severity => "by severity",
        Order::Newest => "newest first",
    };
    let what = [view.filter.as_str(), over, scope, order];
    let what: Vec<&str> = what.into_iter().filter(|word| !word.is_empty()).collect();
    (view.name.clone(), what.join(", "))
}

/// The saved view that the incidents are shown in now.
pub(crate) fn shown_view(state: &State) -> Option<&SavedView> {
    let now = as_view(state);
    let same = |view: &&SavedView| {
        SavedView {
            name: String::new(),
            ..(*view).clone()
        } == now
    };
    state.config.views.iter().find(same)
}

/// What the incidents are narrowed to now, as a view without a name.
fn as_view(state: &State) -> SavedView {
    let incidents = &state.incidents;
    SavedView {
        name: String::new(),
        filter: incidents.filter.typed.clone(),
        scope: incidents.filter.scope,
        everything: !incidents.filter.open_only,
        order: match incidents.newest_first {
            true => Order::Newest,
            false => Order::Severity,
        },
        columns: incidents.columns.clone(),
    }
}

/// What to write into the configuration, so that what is shown now is a view.
pub(crate) fn how_to_save(state: &State) -> Vec<String> {
    let named = SavedView {
        name: "my view".into(),
        ..as_view(state)
    };
    let mut lines = vec![
        "No view is saved yet. This is what is shown now, for the file that `hotseat config path` names; y copies it:".to_owned(),
        String::new(),
        "[[views]]".to_owned(),
    ];
    let written = toml::to_string(&named).unwrap_or_default();
    lines.extend(written.lines().map(str::to_owned));
    lines
}

/// Columns that are shown: those of the view, else those of the configuration, else the usual ones.
pub(crate) fn columns(state: &State) -> (&[Column], bool) {
    match (
        state.incidents.columns.as_slice(),
        state.config.columns.as_slice(),
    ) {
        ([], []) => (&Column::DEFAULT, false),
        ([], configured) => (configured, true),
        (of_view, _) => (of_view, true),
    }
}
