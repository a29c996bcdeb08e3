//! Numbers: metrics and voice quality.

use super::{Text, Time};

model! {
    /// One number of a session: `t` is milliseconds, `n` a count, `o` an observed count.
    Metric as "AnalyticsSessionMetric" {
        name: Option<Text> = "name",
        value: Option<i64> = "value",
        emit_date: Option<Time> = "emitDate",
    }
}

model! {
    /// Voice quality as an endpoint saw it.
    EndpointStat as "AnalyticsMediaEndpointStat" {
        codecs: Vec<Text> = "codecs",
        event_time: Option<Time> = "eventTime",
        discarded_packets: Option<i64> = "discardedPackets",
        duplicate_packets: Option<i64> = "duplicatePackets",
        invalid_packets: Option<i64> = "invalidPackets",
        max_latency_ms: Option<i64> = "maxLatencyMs",
        min_mos: Option<f64> = "minMos",
        min_rfactor: Option<f64> = "minRFactor",
        overrun_packets: Option<i64> = "overrunPackets",
        received_packets: Option<i64> = "receivedPackets",
        underrun_packets: Option<i64> = "underrunPackets",
    }
}
