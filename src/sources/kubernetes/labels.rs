//! Labels of objects, and selectors that take objects by them.

/// Labels as pairs.
pub(super) type Labels = Vec<(String, String)>;

/// Whether a selector takes what has these labels; an empty one takes nothing.
pub(super) fn selects(selector: &Labels, labels: &Labels) -> bool {
    !selector.is_empty() && selector.iter().all(|pair| labels.contains(pair))
}
