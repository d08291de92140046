//! Names, occasions and draws keep what they promise.

use super::*;

const START: Purpose = Purpose(1);

#[test]
fn an_identity_comes_from_kind_and_name() {
    let web = Identity::of("instance", "web-1");
    assert_eq!(web, Identity(xxh3_64(b"instance\x1fweb-1")));
    assert_ne!(web, Identity::of("instancew", "eb-1"));
    let rule = Identity::of("fault", "api-down");
    assert_ne!(web.with(rule), rule.with(web));
}

#[test]
fn occasions_of_different_kinds_never_meet() {
    let mut words = Vec::new();
    for n in [0, 1, u64::from(u32::MAX), (1 << 62) - 1] {
        words.extend([Occasion::number(n).0, Occasion::lifetime(n).0]);
    }
    for day in [i32::MIN, -1, 0, 1, i32::MAX] {
        words.extend([0, 1, (1 << 30) - 1].map(|ordinal| Occasion::on(day, ordinal).0));
    }
    let told_apart = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), told_apart);
}

#[test]
#[should_panic(expected = "fewer than 2^30")]
fn a_day_holds_fewer_than_a_billion_demands() {
    let _ = Occasion::on(0, 1 << 30);
}

/// Computed a second time from RFC 8439's block function.
#[test]
fn seed_and_replication_have_these_keys() {
    for (seed, replication, key) in [
        (1, 0, [0xa26921ac9c479478, 0x10bf3c3d20eb9233]),
        (1, 1, [0xd71921dc6be1073d, 0xb6a240fda54ee77f]),
        (2, 0, [0x5a860fdebf4b2ac4, 0x33a30ab22d00f494]),
        (u64::MAX, u32::MAX, [0x850944a073327400, 0xa43b2f2ca2bade34]),
    ] {
        assert_eq!(Draws::new(seed, replication).key, key);
    }
}

#[test]
fn every_argument_changes_the_draw() {
    let (web, db) = (Identity::of("instance", "web"), Identity::of("instance", "db"));
    let draw = |seed, replication, who, purpose, occasion, k| {
        Draws::new(seed, replication).word(who, Purpose(purpose), Occasion::number(occasion), k)
    };
    let mut words = vec![
        draw(1, 0, web, 1, 0, 0),
        draw(2, 0, web, 1, 0, 0),
        draw(1, 1, web, 1, 0, 0),
        draw(1, 0, db, 1, 0, 0),
        draw(1, 0, web, 2, 0, 0),
        draw(1, 0, web, 1, 1, 0),
        draw(1, 0, web, 1, 0, 1),
    ];
    assert_eq!(words[0], draw(1, 0, web, 1, 0, 0), "a draw is a pure function");
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 7);
}

#[test]
fn hits_below_and_duration_are_readings_of_the_same_word() {
    let draws = Draws::new(1, 0);
    let web = Identity::of("instance", "web");
    let at = Occasion::on(20_000, 1);
    let word = draws.word(web, START, at, 3);
    let half = Ratio::new(1, 2);
    assert_eq!(draws.hits(web, START, at, 3, half), word < 1 << 63);
    assert_eq!(draws.below(web, START, at, 3, 16), word >> 60);
    let takes = Distribution::exponential(SimDuration::from_secs(45)).unwrap();
    assert_eq!(draws.duration(web, START, at, 3, &takes), takes.sample(word));
}

#[test]
fn a_choice_stays_below_its_bound() {
    assert_eq!(scaled_down(u64::MAX, 10), 9);
    assert_eq!(scaled_down(0, 10), 0);
    assert_eq!(scaled_down(u64::MAX, u64::MAX), u64::MAX - 1);
    assert_eq!(scaled_down(u64::MAX, 1), 0);
}
