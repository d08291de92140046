use super::*;

const ARRIVALS: Purpose = Purpose(14);
const PAST: Purpose = Purpose(17);

fn clock(start: &str) -> CivilClock {
    CivilClock::new("Asia/Shanghai", start).unwrap()
}

fn identity() -> Identity {
    Identity::of("pool", "g7")
}

fn draws() -> &'static Decisions {
    luck(1, 0)
}

/// The luck of a run, for as long as tests go on.
fn luck(seed: u64, replication: u32) -> &'static Decisions {
    Box::leak(Box::new(Decisions::of(seed, replication)))
}

/// Per hour: quiet nights, a climb to a peak at noon, nothing from 22:00 on.
fn office_day() -> DailyProfile {
    std::array::from_fn(|hour| match hour {
        0..7 => 1_500,
        7..12 => 4_000 * (hour as u64 - 6),
        12..22 => 1_000 * (22 - hour as u64),
        _ => 0,
    })
}

fn arrivals(profile: DailyProfile, until: SimTime) -> Vec<Arrival> {
    let clock = clock("2026-03-02");
    let mut track = PoissonTrack::new(profile, identity(), draws(), ARRIVALS);
    std::iter::from_fn(|| track.next_arrival(&clock))
        .take_while(|arrival| arrival.at < until)
        .collect()
}

fn exponential(minutes: u64) -> Distribution {
    Distribution::exponential(SimDuration::from_mins(minutes)).unwrap()
}

fn days(days: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_hours(24 * days)
}

#[test]
fn a_process_without_a_rate_has_no_arrivals() {
    let mut track = PoissonTrack::new([0; 24], identity(), draws(), ARRIVALS);
    assert_eq!(track.next_arrival(&clock("2026-03-02")), None);
    assert_eq!(crowd([0; 24], &exponential(60), "2026-03-02", 10), []);
}

#[test]
fn each_hour_of_the_day_has_the_arrivals_of_its_rate() {
    let profile = office_day();
    let clock = clock("2026-03-02");
    let mut counts = [0u64; 24];
    for arrival in arrivals(profile, days(1_000)) {
        counts[clock.hour_of_day(arrival.at)] += 1;
    }
    // Each count is Poisson with mean = rate in thousandths × 1000 days: 4.5 standard deviations.
    for (hour, (&count, &mean)) in counts.iter().zip(&profile).enumerate() {
        let allowed = 4.5 * libm::sqrt(mean as f64);
        assert!((count as f64 - mean as f64).abs() <= allowed, "{hour}: {count}, not {mean}");
    }
}

#[test]
fn gaps_of_a_constant_rate_are_exponential() {
    let rate = 7_000; // 7 per hour: a mean gap of 514.3 s
    let gaps: Vec<u64> = arrivals([rate; 24], days(1_000))
        .windows(2)
        .map(|pair| (pair[1].at - pair[0].at).as_micros())
        .collect();
    let mean = MICROS_PER_HOUR as f64 / 7.0;
    let observed = gaps.iter().sum::<u64>() as f64 / gaps.len() as f64;
    let allowed = 4.5 * mean / libm::sqrt(gaps.len() as f64);
    assert!((observed - mean).abs() < allowed, "{observed} µs, not {mean}");
    // Kolmogorov-Smirnov at the 0.1 % level: 1.95 / √n.
    let mut sorted = gaps.clone();
    sorted.sort_unstable();
    let n = sorted.len() as f64;
    let distance = sorted.iter().enumerate().fold(0.0f64, |worst, (i, &gap)| {
        let cdf = 1.0 - libm::exp(-(gap as f64) / mean);
        worst.max((cdf - i as f64 / n).abs()).max((cdf - (i + 1) as f64 / n).abs())
    });
    assert!(distance < 1.95 / libm::sqrt(n), "{distance}");
}

#[test]
fn a_million_an_hour_is_a_million_an_hour() {
    let hour = SimTime::ZERO + SimDuration::from_hours(1);
    let count = arrivals([MILLI_PER_HOUR_MAX; 24], hour).len() as f64;
    assert!((count - 1e6).abs() < 4.5 * 1e3, "{count}");
}

#[test]
fn another_rate_at_noon_leaves_the_arrivals_of_other_hours_alone() {
    let clock = clock("2026-03-02");
    let mut thinner = office_day();
    thinner[12] = 1_000;
    let other_hours = |profile| -> Vec<Arrival> {
        let all = arrivals(profile, days(30)).into_iter();
        all.filter(|arrival| clock.hour_of_day(arrival.at) != 12).collect()
    };
    assert_eq!(other_hours(office_day()), other_hours(thinner));
    assert!(arrivals(office_day(), days(30)).len() > arrivals(thinner, days(30)).len());
}

#[test]
fn the_first_arrivals_are_pinned() {
    let first: Vec<(u64, u64)> = arrivals(office_day(), days(1))
        .iter()
        .take(4)
        .map(|a| (a.at.as_micros(), a.number))
        .collect();
    assert_eq!(
        first,
        [(2_807_395_970, 7), (2_880_598_247, 9), (4_978_333_036, 16), (5_044_130_792, 17)],
    );
}

/// The mean number present at time 0 when stays are exponential: with the rate λ(s) a time s
/// before time 0, the integral of λ(s) exp(−s/h) over one day, divided by 1 − exp(−24 hours/h);
/// in closed form on each hour (S. G. Eick, W. A. Massey, W. Whitt, "The physics of the Mt/G/∞
/// queue", Operations Research 41, 1993).
fn mean_present(profile: &DailyProfile, hold_hours: f64, clock: &CivilClock) -> f64 {
    let now = clock.hour_of_day(SimTime::ZERO);
    let begun = clock.since_full_hour(SimTime::ZERO).as_micros() as f64 / MICROS_PER_HOUR as f64;
    let mut weighted = 0.0;
    for back in 0..=24 {
        // The hour under way counts twice: what has passed of it today, and yesterday's rest.
        let from = if back == 0 { 0.0 } else { begun + (back - 1) as f64 };
        let to = if back == 24 { 24.0 } else { begun + back as f64 };
        let stay = libm::exp(-from / hold_hours) - libm::exp(-to / hold_hours);
        weighted += profile[(now + 24 - back % 24) % 24] as f64 / 1_000.0 * hold_hours * stay;
    }
    weighted / -libm::expm1(-24.0 / hold_hours)
}

/// All who are present at time 0 in so many replications.
fn crowd(profile: DailyProfile, hold: &Distribution, start: &str, runs: u32) -> Vec<Present> {
    let clock = clock(start);
    let of = (identity(), PAST);
    (0..runs).flat_map(|run| present(profile, hold, &clock, of, luck(1, run))).collect()
}

#[track_caller]
fn close(observed: f64, expected: f64, allowed: f64) {
    assert!((observed - expected).abs() < allowed, "{observed}, not {expected} ± {allowed}");
}

fn mean_left_hours(crowd: &[Present]) -> f64 {
    let total: u64 = crowd.iter().map(|one| one.left.as_micros()).sum();
    total as f64 / crowd.len() as f64 / MICROS_PER_HOUR as f64
}

#[test]
fn the_closed_form_is_the_integral_over_the_past() {
    let profile = office_day();
    for start in ["2026-03-02", "2026-03-02 12:17", "2026-03-02 23:59:59"] {
        let clock = clock(start);
        // The same integral by the midpoint rule, in steps of a second over ten days.
        let mut integral = 0.0;
        for second in 0..10 * 86_400u64 {
            let age = SimDuration::from_micros(second * 1_000_000 + 500_000);
            let rate = profile[hour_before(&clock, age)] as f64 / 1_000.0 / 3_600.0;
            integral += rate * libm::exp(-((second as f64 + 0.5) / 9_000.0));
        }
        close(mean_present(&profile, 2.5, &clock) / integral, 1.0, 1e-6);
    }
}

#[test]
fn as_many_are_present_at_the_start_as_the_closed_form_says() {
    for start in ["2026-03-02", "2026-03-02 12:40", "2026-03-02 07:00"] {
        let crowd = crowd(office_day(), &exponential(150), start, 1_000);
        let mean = 1_000.0 * mean_present(&office_day(), 2.5, &clock(start));
        close(crowd.len() as f64, mean, 4.0 * libm::sqrt(mean));
        // What is left of an exponential stay is exponential again.
        close(mean_left_hours(&crowd), 2.5, 4.0 * 2.5 / libm::sqrt(crowd.len() as f64));
    }
}

#[test]
fn after_a_long_run_as_many_are_present_as_at_a_start_at_that_hour() {
    let hold = exponential(150);
    let noon = days(9) + SimDuration::from_hours(12);
    let still_there = |replication| -> u64 {
        let draws = luck(1, replication);
        let clock = clock("2026-03-02");
        let mut track = PoissonTrack::new(office_day(), identity(), draws, ARRIVALS);
        let all = std::iter::from_fn(|| track.next_arrival(&clock)).take_while(|a| a.at < noon);
        let stays = |a: &Arrival| {
            draws.duration(identity(), Purpose(16), Occasion::number(a.number), 0, &hold)
        };
        all.filter(|arrival| arrival.at + stays(arrival) > noon).count() as u64
    };
    let total: u64 = (0..400).map(still_there).sum();
    let mean = 400.0 * mean_present(&office_day(), 2.5, &clock("2026-03-11 12:00"));
    close(total as f64, mean, 4.0 * libm::sqrt(mean));
}

#[test]
fn the_number_present_is_poisson_however_stays_are_distributed() {
    // At a constant rate it is so with mean rate × mean stay, and what is left of a stay has the
    // mean E[S²] / 2 E[S].
    let hours = SimDuration::from_hours;
    let constant = Distribution::constant(hours(2)).unwrap();
    let uniform = Distribution::uniform(SimDuration::ZERO, hours(4)).unwrap();
    let tailed = Distribution::log_normal(hours(1), hours(12)).unwrap();
    let sigma = libm::log(12.0) / 2.326_347_874;
    let tailed_mean = libm::exp(sigma * sigma / 2.0);
    let tailed_left = libm::exp(1.5 * sigma * sigma) / 2.0;
    for (hold, mean, left) in
        [(constant, 2.0, 1.0), (uniform, 2.0, 4.0 / 3.0), (tailed, tailed_mean, tailed_left)]
    {
        let clock = clock("2026-03-02 08:20");
        let counts: Vec<f64> = (0..2_000)
            .map(|run| {
                let draws = luck(2, run);
                present([6_000; 24], &hold, &clock, (identity(), PAST), draws).len() as f64
            })
            .collect();
        let average = counts.iter().sum::<f64>() / 2_000.0;
        let variance = counts.iter().map(|x| (x - average) * (x - average)).sum::<f64>() / 1_999.0;
        close(average, 6.0 * mean, 4.0 * libm::sqrt(6.0 * mean / 2_000.0));
        close(variance / average, 1.0, 4.0 * libm::sqrt(2.0 / 2_000.0));
        let crowd = crowd([6_000; 24], &hold, "2026-03-02 08:20", 2_000);
        close(mean_left_hours(&crowd) / left, 1.0, 0.08);
    }
}

#[test]
fn who_stays_no_time_is_never_there() {
    let none = Distribution::constant(SimDuration::ZERO).unwrap();
    assert_eq!(crowd([6_000; 24], &none, "2026-03-02", 10), []);
}

#[test]
fn another_rate_at_noon_leaves_those_who_came_at_other_hours_alone() {
    let mut thinner = office_day();
    thinner[12] = 1_000;
    let hold = exponential(150);
    let (all, fewer) = (
        crowd(office_day(), &hold, "2026-03-02 15:00", 20),
        crowd(thinner, &hold, "2026-03-02 15:00", 20),
    );
    assert!(fewer.len() < all.len() && fewer.iter().all(|one| all.contains(one)));
}

#[test]
fn the_words_beyond_a_quantile_are_the_last_ones() {
    assert_eq!(last_words(0), 0);
    assert_eq!(last_words(1), 1 << 63);
    assert_eq!(last_words(3), 0b111 << 61);
    assert_eq!(last_words(63), u64::MAX - 1);
    assert_eq!(last_words(64), u64::MAX);
}

#[test]
fn the_hour_before_time_zero_goes_round_the_day() {
    let hour = |start, minutes| hour_before(&clock(start), SimDuration::from_mins(minutes));
    assert_eq!([0, 20, 21, 80, 81].map(|m| hour("2026-03-02 01:20", m)), [1, 1, 0, 0, 23]);
    assert_eq!([1, 60, 61, 1_440, 1_441].map(|m| hour("2026-03-02", m)), [23, 23, 22, 0, 23]);
}
