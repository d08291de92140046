//! Misbehaviour as data.
