//! The proving ground of root causes is held to physics: a judgement that is tested on a wrong world learns nothing.

#[path = "../../benches/root_cause/world/mod.rs"]
#[expect(
    dead_code,
    reason = "the benchmark plays the worlds; only what they stand on is tested here"
)]
mod world;

mod physics;
mod seeds;
