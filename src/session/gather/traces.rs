//! Asks one source of traces, and what its requests of the trouble tell against normal ones.

use super::{Gathered, Gathering};
use crate::domain::{Missing, Series, TraceSample, text};
use crate::investigate::{TraceFinding, read_traces};
use crate::session::off_thread;
use crate::sources::{Names, Question, TraceSource, Traced};
use std::collections::BTreeSet;

impl Gathering<'_> {
    pub(super) async fn traces(&self, source: &TraceSource, names: &Names) -> Gathered {
        let services: Vec<String> = self.scope.services.iter().map(|s| s.name.clone()).collect();
        let question = Question {
            services: &services,
            names,
            created: self.created,
            window: self.window,
        };
        let mut out = Gathered::default();
        let lacks = |says: String| Missing {
            source: source.name().into(),
            says,
        };
        match tokio::time::timeout(self.sources.timeout, source.sample(question)).await {
            Err(_) => out.missing.push(self.late(source.name()).await),
            Ok(Err(e)) => {
                self.tell(source.name(), e.to_string()).await;
                out.missing.push(lacks(e.to_string()));
            }
            Ok(Ok(Traced { sample, missing })) => {
                let count = sample.traces.len();
                out.missing.extend(missing.into_iter().map(lacks));
                self.judge(sample, &mut out).await;
                let says = text::counted(count, "trace", "traces");
                self.tell(source.name(), says).await;
            }
        }
        out
    }

    /// What the traces tell; taking requests apart is work for another thread.
    async fn judge(&self, sample: TraceSample, out: &mut Gathered) {
        let (created, window, source) = (self.created, self.window, sample.source.clone());
        let read = off_thread(move || read_traces(&sample, created, window)).await;
        let read = read.unwrap_or_else(|e| TraceFinding {
            missing: Some(e.to_string()),
            ..TraceFinding::default()
        });
        out.traces = read.signs;
        out.measured = read.series;
        out.missing
            .extend(read.missing.map(|says| Missing { source, says }));
    }
}

/// What traces measure stands only where no metrics source does: those count every call.
pub(super) fn without_measured(traced: Vec<Series>, measured: &[Series]) -> Vec<Series> {
    let key = |s: &Series| (s.service.clone(), s.signal.clone(), s.caller.clone());
    let mut known: BTreeSet<_> = measured.iter().map(key).collect();
    let mut kept = traced;
    kept.retain(|s| known.insert(key(s)));
    kept
}
