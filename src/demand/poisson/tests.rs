use super::*;

const ARRIVALS: Purpose = Purpose(14);
const PAST: Purpose = Purpose(17);

fn clock(start: &str) -> CivilClock {
    CivilClock::new("Asia/Shanghai", start).unwrap()
}

fn identity() -> Identity {
    Identity::of("pool", "g7")
}

fn draws() -> Draws {
    Draws::new(1, 0)
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
    assert_eq!(track.next(&clock("2026-03-02")), SimTime::NEVER);
    let mut past = PastTrack::new([0; 24], identity(), draws(), PAST);
    assert_eq!(past.next(&clock("2026-03-02"), SimDuration::from_hours(1_000)), None);
    assert_eq!(mean_present(&[0; 24], &exponential(60), &clock("2026-03-02")), 0.0);
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

#[test]
fn the_mean_present_of_a_constant_rate_is_rate_times_hold() {
    for minutes in [1, 45, 600, 100_000] {
        let mean = mean_present(&[12_000; 24], &exponential(minutes), &clock("2026-03-02 08:20"));
        let expected = 12.0 * minutes as f64 / 60.0;
        assert!((mean / expected - 1.0).abs() < 1e-12, "{mean}, not {expected}");
    }
    let none = Distribution::constant(SimDuration::ZERO).unwrap();
    let none = mean_present(&[12_000; 24], &none, &clock("2026-03-02"));
    assert_eq!(none, 0.0);
}

#[test]
fn the_mean_present_is_the_integral_over_the_past() {
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
        let mean = mean_present(&profile, &exponential(150), &clock);
        assert!((mean / integral - 1.0).abs() < 1e-6, "{start}: {mean}, not {integral}");
    }
}

#[test]
fn after_a_long_run_as_many_are_present_as_the_closed_form_says() {
    // Arrivals of ten days; who is present at 12:00 on the last, over 400 replications.
    let profile = office_day();
    let hold = exponential(150);
    let noon = days(9) + SimDuration::from_hours(12);
    let present = |replication| -> u64 {
        let draws = Draws::new(1, replication);
        let clock = clock("2026-03-02");
        let mut track = PoissonTrack::new(profile, identity(), draws, ARRIVALS);
        let all = std::iter::from_fn(|| track.next_arrival(&clock)).take_while(|a| a.at < noon);
        let stays = |a: &Arrival| {
            draws.duration(identity(), Purpose(16), Occasion::number(a.number), 0, &hold)
        };
        all.filter(|arrival| arrival.at + stays(arrival) > noon).count() as u64
    };
    let total: u64 = (0..400).map(present).sum();
    let mean = mean_present(&profile, &hold, &clock("2026-03-11 12:00"));
    // The sum is Poisson with mean 400 × m: 4 standard deviations.
    let allowed = 4.0 * libm::sqrt(400.0 * mean);
    assert!((total as f64 - 400.0 * mean).abs() < allowed, "{total}, not {}", 400.0 * mean);
}

#[test]
fn the_past_leaves_as_many_as_the_closed_form_says() {
    let profile = office_day();
    let hold = exponential(150);
    let clock = clock("2026-03-11 12:40");
    let present = |replication| -> u64 {
        let draws = Draws::new(1, replication);
        let mut track = PastTrack::new(profile, identity(), draws, PAST);
        let oldest = hold.sample(u64::MAX);
        let all = std::iter::from_fn(|| track.next(&clock, oldest));
        let stays = |past: &PastArrival| {
            draws.duration(identity(), Purpose(16), Occasion::number(past.number), 0, &hold)
        };
        all.filter(|past| stays(past) > past.age).count() as u64
    };
    let total: u64 = (0..400).map(present).sum();
    let mean = mean_present(&profile, &hold, &clock);
    let allowed = 4.0 * libm::sqrt(400.0 * mean);
    assert!((total as f64 - 400.0 * mean).abs() < allowed, "{total}, not {}", 400.0 * mean);
}

#[test]
fn the_hour_before_time_zero_goes_round_the_day() {
    let hour = |start, minutes| hour_before(&clock(start), SimDuration::from_mins(minutes));
    assert_eq!([0, 20, 21, 80, 81].map(|m| hour("2026-03-02 01:20", m)), [1, 1, 0, 0, 23]);
    assert_eq!([1, 60, 61, 1_440, 1_441].map(|m| hour("2026-03-02", m)), [23, 23, 22, 0, 23]);
}

/// P(X = k) of a Poisson variable, from its definition.
fn poisson_weight(mean: f64, count: u64) -> f64 {
    let k = count as f64;
    libm::exp(k * libm::log(mean) - mean - libm::lgamma(k + 1.0))
}

#[test]
fn a_poisson_count_inverts_the_distribution_function() {
    for mean in [0.001, 0.5, 1.0, 3.7, 40.0, 1_000.0] {
        let mut below = 0.0;
        for count in 0..(mean as u64 + 10) * 2 {
            let weight = poisson_weight(mean, count);
            let middle = below + weight / 2.0;
            below += weight;
            if weight > 1e-9 {
                let word = (middle * (1u128 << 64) as f64) as u64;
                assert_eq!(poisson_count(mean, word), count, "mean {mean}");
            }
        }
    }
}

#[test]
fn a_poisson_count_has_the_mean_and_the_variance_of_its_mean() {
    for mean in [0.2, 5.0, 500.0, 1e5] {
        let count = 2_000u64;
        let step = u64::MAX / count;
        let drawn: Vec<f64> =
            (0..count).map(|i| poisson_count(mean, i * step + step / 2) as f64).collect();
        let average = drawn.iter().sum::<f64>() / count as f64;
        let variance =
            drawn.iter().map(|x| (x - average) * (x - average)).sum::<f64>() / count as f64;
        // The words are a grid, so only the tails beyond 1/4000 are missed.
        assert!((average / mean - 1.0).abs() < 5e-3, "mean {average}, not {mean}");
        assert!((variance / mean - 1.0).abs() < 2e-2, "variance {variance}, not {mean}");
    }
}

#[test]
fn a_poisson_count_is_total_and_its_ends_are_sane() {
    assert_eq!([0, 1, u64::MAX].map(|word| poisson_count(0.0, word)), [0; 3]);
    assert_eq!(poisson_count(3.0, 0), 0);
    let [low, high] = [0, u64::MAX].map(|word| poisson_count(1e5, word));
    // The words reach 2^-53 into the lower tail and 2^-49 into the upper one: some eight
    // standard deviations of 316.
    assert!((97_300..97_500).contains(&low) && (102_400..102_700).contains(&high), "{low} {high}");
    assert!(poisson_count(1e9, u64::MAX / 2).abs_diff(1_000_000_000) < 2);
}

#[test]
#[should_panic(expected = "a mean between 0 and 10^12")]
fn a_negative_mean_is_a_bug() {
    poisson_count(-1.0, 0);
}
