//! The only module that knows everything below it.
