//! One integration binary.

mod differential;
mod theory;
mod values;
