//! An incident console for the terminal, on incident.io's API. Four verbs: listen, decide, do, show. One client, many
//! mouths: the console, the commands, the bridge and the agents' server are thin rooms over the same [`session`].
//!
//! ```text
//!  keys, paste, resize, signals ─┐                      ┌────────── Vec<Cmd> ──────────┐
//!  replies from the worker ──────┼─► event_loop ─ Msg ─► update(&mut State, Msg)       ▼
//!  the clock ────────────────────┘      ▲                     │               worker: Cmd → session
//!                                       │                     ▼                    │
//!                                       │              draw(&State, &Theme)        ▼
//!                                       └──────────── Reply { job, outcome } ◄─ session ─► incidentio/ sources/ store/
//!                                                                                  ▲  └──► investigate/ similar/ writes/ draft/
//!  one-shot commands ──────────────────────────────────────────────────────────────┘       (pure)
//! ```
//!
//! | room | what it is for |
//! |---|---|
//! | [`domain`] | the field's own terms as small types; the table of kinds of write; errors. No I/O |
//! | [`config`] | defaults, file, environment, flags; where the key comes from; the clock |
//! | [`jetstream`] | what a relay and its consoles need of NATS: a link, buckets, a watch, a lease, envelopes |
//! | `net` | what every question over HTTP shares: no redirects, one memory, JSON within a budget |
//! | [`incidentio`] | the only way to incident.io: transport, pagination, wire to domain |
//! | `sources` | where evidence comes from: metrics, logs, changes; a model, Slack |
//! | [`store`] | what is kept locally: cache, journal of writes, index |
//! | [`investigate`] | from what was gathered to a finding; pure |
//! | [`similar`] | which past incidents are like one, and what a period was like; pure |
//! | [`writes`] | what can be written: forms, their rules, the exact requests; pure |
//! | [`draft`] | post-mortems, handovers, updates, summaries, exports from rows; pure |
//! | [`session`] | the headless client: one organisation, one key, one machine; the only way to write |
//! | [`console`] | the screen: actions, keys, state, content, update, view, loop, worker |
//! | [`bridge`] | a detection system and incident.io in step: what comes in, what both sides say, what follows; a daemon |
//! | [`mcp`] | the same session for agents: tools that read, what they propose, and what is confirmed |
//! | [`relay`] | one poller for many consoles, on NATS JetStream |
//! | [`cli`] | one file per command or group of commands: parse, ask the session, print |
//! | [`sim`] | a simulated organisation over real HTTP |
//!
//! Arrows point one way: everything sees `domain`; the front ends see `session`, `domain`, `config` and the pure rooms, and
//! never the wire, the sources or the store. A test reads the `use` lines and holds this.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod bridge;
pub mod cli;
pub mod config;
pub mod console;
pub mod domain;
pub mod draft;
pub mod incidentio;
pub mod investigate;
pub mod jetstream;
#[cfg(feature = "agents")]
pub mod mcp;
pub(crate) mod net;
pub mod relay;
pub mod session;
pub mod sim;
pub mod similar;
pub(crate) mod sources;
pub mod store;
pub mod writes;
