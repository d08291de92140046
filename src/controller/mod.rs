//! The simulated automation that calls the API.
