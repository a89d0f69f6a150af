//! What a fault does to a service or to a call at one time.

/// How a service is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    /// It runs and no handshake with it succeeds.
    Refuses,
    /// It does not run: callers are refused at once.
    Gone,
    /// It says nothing: callers wait until they give up.
    Silent,
}

/// On one service; factors are 1 and sums 0 where nothing is wrong.
#[derive(Clone, Copy, Debug)]
pub struct OnService {
    /// Times the own time on a processor, and off it.
    pub works: f64,
    pub rests: f64,
    /// Times the calls at once, and the processors.
    pub slots: f64,
    pub cores: f64,
    /// Share of its calls that take so many times as long as the others.
    pub odd: f64,
    pub odd_times: f64,
    /// More of its calls fail by itself.
    pub fails: f64,
    /// Times the calls from outside.
    pub opens: f64,
    /// Share of memory that leaks a second, restarts a second, more of the disk filled, share of processors burnt beside.
    pub leaks: f64,
    pub restarts: f64,
    pub disk: f64,
    pub burns: f64,
    pub away: Option<Away>,
}

/// On one call.
#[derive(Clone, Copy, Debug)]
pub struct OnEdge {
    /// Times the calls that the caller makes.
    pub calls: f64,
    /// Seconds more on the way.
    pub delay: f64,
    /// Share of packets lost, and of connections refused.
    pub loss: f64,
    pub refused: f64,
}

/// On everything.
#[derive(Clone, Debug)]
pub struct Strain {
    pub services: Vec<OnService>,
    pub edges: Vec<OnEdge>,
}

impl Default for OnService {
    fn default() -> Self {
        Self {
            works: 1.0,
            rests: 1.0,
            slots: 1.0,
            cores: 1.0,
            odd: 0.0,
            odd_times: 1.0,
            fails: 0.0,
            opens: 1.0,
            leaks: 0.0,
            restarts: 0.0,
            disk: 0.0,
            burns: 0.0,
            away: None,
        }
    }
}

impl Default for OnEdge {
    fn default() -> Self {
        Self {
            calls: 1.0,
            delay: 0.0,
            loss: 0.0,
            refused: 0.0,
        }
    }
}

impl Strain {
    /// Nothing is wrong.
    pub fn none(services: usize, edges: usize) -> Self {
        Self {
            services: vec![OnService::default(); services],
            edges: vec![OnEdge::default(); edges],
        }
    }
}
