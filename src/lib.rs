//! An incident console for the terminal, on incident.io's API. Four verbs, four rooms: listen, decide, do, show.
//!
//! ```text
//!  keys, paste, resize, signals ─┐                      ┌────────── Vec<Cmd> ──────────┐
//!  news from the worker ─────────┼─► event_loop ─ Msg ─► update(&mut State, Msg)       ▼
//!  the clock ────────────────────┘      ▲                     │               worker (tokio tasks)
//!                                       │                     ▼                 ops/ ─► incidentio/, sources/, store/
//!                                       │                     │                        ─► investigate (pure)
//!                                       │              draw(&State, &Theme)
//!                                       └───────────── News ◄── bounded channel
//!  one-shot commands ──────────────────────────────────────────► ops/ (the same functions)
//! ```
//!
//! | room | what it is for |
//! |---|---|
//! | [`cli`] | one file per group of commands: arguments, tables, JSON |
//! | [`config`] | defaults, file, environment, flags; where the key comes from |
//! | [`domain`] | the field's own terms as small types; no I/O |
//! | [`incidentio`] | the only way to incident.io: transport, paging, wire to domain |
//! | `sources` | where evidence comes from: metrics, logs, changes; a model, Slack |
//! | [`investigate`] | from what was gathered to a finding; pure |
//! | [`similar`] | which past incidents are like one; pure |
//! | [`draft`] | post-mortems, handovers, updates, summaries from rows; pure |
//! | [`store`] | what is kept locally, in SQLite |
//! | [`ops`] | the capabilities, one function each |
//! | [`writes`] | what can be written: forms, their rules, the exact requests; pure |
//! | [`console`] | the screen: actions, keys, state, update, view, loop, worker |
//! | [`sim`] | a simulated organisation over real HTTP |
//!
//! Arrows point one way: everything sees `domain`; the console sees `ops` through its worker and never the wire.

pub mod cli;
pub mod config;
pub mod console;
pub mod domain;
pub mod draft;
pub mod incidentio;
pub mod investigate;
pub mod session;
pub mod sim;
pub mod similar;
pub(crate) mod sources;
pub mod store;
pub mod writes;
