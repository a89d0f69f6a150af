//! The console: keys and replies in, a new state and commands out, and a screen drawn from the state alone. It sees the
//! organisation through its worker, which asks the session.

pub mod abilities;
pub mod action;
pub mod backend;
mod content;
mod cursor;
mod editing;
mod editor;
pub mod event_loop;
pub mod filter;
mod freshness;
pub mod items;
pub mod job;
pub mod keymap;
pub mod layout;
pub mod leads;
mod link;
mod list;
pub mod log;
mod markdown;
pub mod msg;
pub mod news;
mod overlay;
mod paint;
pub mod palette;
pub mod picture;
mod place;
pub mod plain;
pub mod plan;
pub mod reply;
pub mod search;
pub mod sequences;
pub mod state;
pub mod terminal;
pub mod theme;
mod title;
pub mod update;
pub mod view;
pub mod worker;

pub use event_loop::run;
