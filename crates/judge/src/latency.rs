//! Exchanges to how long the answers took. Pure.

use crate::exchange::Webhook;
use crate::model::report::{CaseResult, Latencies, Latency};
use hdrhistogram::Histogram;

/// How long the answers of both webhooks took; what brought no answer does not count.
pub(super) fn latencies(cases: &[CaseResult]) -> Latencies {
    Latencies {
        store: of(Webhook::Backup, cases),
        fetch: of(Webhook::Fetch, cases),
    }
}

fn of(webhook: Webhook, cases: &[CaseResult]) -> Latency {
    // Up to ten minutes in microseconds, to three digits; such bounds cannot fail.
    let Ok(mut histogram) = Histogram::<u64>::new_with_bounds(1, 600_000_000, 3) else {
        return Latency::default();
    };
    let all = cases.iter().flat_map(|case| &case.exchanges);
    for exchange in all.filter(|it| it.sent.webhook == webhook && it.outcome.is_ok()) {
        histogram.saturating_record(exchange.elapsed_us().max(1));
    }
    if histogram.is_empty() {
        return Latency::default();
    }
    #[expect(clippy::cast_precision_loss, reason = "microseconds below ten minutes")]
    let ms = |us: u64| us as f64 / 1000.0;
    Latency {
        p50_ms: ms(histogram.value_at_quantile(0.5)),
        p95_ms: ms(histogram.value_at_quantile(0.95)),
        p99_ms: ms(histogram.value_at_quantile(0.99)),
        max_ms: ms(histogram.max()),
    }
}
