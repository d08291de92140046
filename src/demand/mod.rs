//! When instances are wanted: the yardstick, apart from who acts.
