//! What a run remembers: tallies, time-weighted statistics, latency histograms, intervals.
