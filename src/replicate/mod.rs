//! Seeds and replications to outcomes, in order; the only threads.
