//! The modelled cloud: pure, `now` is an argument, every change is returned as an effect.
