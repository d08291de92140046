//! Retries: whether to ask again, and after how long.
//!
//! Decisions are whole-number arithmetic on one keyed draw; nothing here draws, waits or sends.
//! The formulas of jitter are those of M. Brooker, "Exponential Backoff And Jitter", AWS
//! Architecture Blog, 2015; the budget is that of Google's SRE book, chapter 21: retries may be
//! at most a share of calls.

use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::units::{Ratio, SimDuration};

use crate::fact::Action;

/// `2^exponent` saturates here: the delay has long since reached its cap.
pub const BACKOFF_EXPONENT_MAX: u32 = 32;

/// When a controller asks again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Which calls it is for; none means all but the looks while it waits.
    pub calls: Option<Calls>,
    /// How long it waits.
    pub backoff: Backoff,
    /// What it waits besides.
    pub pause: SimDuration,
    /// How long it waits when it was throttled; none means as always.
    pub throttled: Option<Backoff>,
    /// When it was throttled, the controller sends one call at a time, at this interval, until
    /// one of them is not throttled.
    pub trickle: Option<SimDuration>,
    /// Whether it waits as long as a throttled answer asks it to, in place of its own wait.
    pub honours_hint: bool,
    /// Whether a throttled call is not repeated when its answer has no such hint.
    pub needs_hint: bool,
    /// Calls in all, the first one included; 1 never retries.
    pub max_attempts: u32,
    /// What the controller may spend on retries, all instances together.
    pub budget: Option<Budget>,
    /// No retry is sent later than this after the first call.
    pub deadline: Option<SimDuration>,
    /// What it retries at all.
    pub on: RetryOn,
}

/// Which calls a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// All that a stop takes, but for looks while it waits.
    Stops,
    /// All that a start takes, the same.
    Starts,
    /// Looks: before a call, at stock, and while it waits.
    Looks,
    /// Those that carry a ClientToken: RunInstances and ModifyInstanceSpec.
    Tokened,
}

/// What kind of call has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The stop, the start and the like.
    Act,
    /// Another instance or another type, with a ClientToken.
    Tokened,
    /// A look without which there is no call.
    Look,
    /// A look at what was asked for.
    Poll,
}

/// How long the wait before a retry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backoff {
    /// No wait.
    None,
    /// Always the same.
    Fixed(SimDuration),
    /// Doubling from `base` up to `cap`, and made random.
    Exponential {
        /// Before the first retry.
        base: SimDuration,
        /// Never longer than this.
        cap: SimDuration,
        /// How it is made random.
        jitter: Jitter,
    },
}

/// How a doubling wait is made random. `d` is the wait before jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Not at all.
    None,
    /// Half of `d`, and up to as much again.
    Equal,
    /// Anything from nothing to `d`.
    Full,
    /// Anything from `base` to three times the wait before: the doubling is not used.
    Decorrelated,
}

/// What a controller may spend on retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Retries per first call, rounded down: `1/10` allows one after ten calls.
    pub share: Ratio,
    /// So many are allowed however few calls there were.
    pub at_least: u64,
    /// So many in a whole run, and no more.
    pub max_total: Option<u64>,
}

/// What a controller has spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    first_calls: u64,
    retries: u64,
}

/// What is worth a retry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetryOn {
    /// Refusals of these kinds.
    pub classes: Vec<RefusalClass>,
    /// These refusals, whatever their kind.
    pub refusals: Vec<Refusal>,
    /// Calls whose answer did not come in time.
    pub timeouts: bool,
}

/// Why there is a question at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The region refused.
    Refused(Refusal),
    /// No answer came in time.
    TimedOut,
}

impl Cause {
    /// Whether there were too many calls.
    pub fn is_throttling(self) -> bool {
        match self {
            Cause::Refused(refusal) => refusal.class() == RefusalClass::Throttling,
            Cause::TimedOut => false,
        }
    }
}

/// The state of one instance's attempts when a call has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Why.
    pub cause: Cause,
    /// Calls made so far, at least 1; where a controller has several rules, those that failed
    /// for a cause of this one.
    pub attempts: u32,
    /// Since the first of them was sent.
    pub since_first: SimDuration,
    /// The wait before the last of them; zero before the first retry.
    pub previous: SimDuration,
    /// How long the region asked to wait (`x-acs-retry-after`, or the `TimeLeft` of
    /// `x-ratelimit-user-api`), when it was throttled.
    pub hint: Option<SimDuration>,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Ask again after this long.
    Retry(SimDuration),
    /// Leave it.
    GiveUp(GaveUp),
}

/// Why there is no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GaveUp {
    /// Such a failure is never retried.
    NotRetried,
    /// All attempts are used up.
    Attempts,
    /// The next attempt would come too late.
    Deadline,
    /// The controller's budget is spent.
    Budget,
}

impl Retry {
    /// Whether this rule is for a failure of this cause, of such a call for such an action.
    pub fn covers(&self, action: Action, call: Call, cause: Cause) -> bool {
        let is_for = match (self.calls, call) {
            (Some(Calls::Looks), Call::Look | Call::Poll)
            | (Some(Calls::Tokened), Call::Tokened)
            | (None, Call::Act | Call::Tokened | Call::Look) => true,
            (Some(Calls::Stops), Call::Act | Call::Tokened | Call::Look) => action == Action::Stop,
            (Some(Calls::Starts), Call::Act | Call::Tokened | Call::Look) => {
                action == Action::Start
            }
            (Some(Calls::Looks), Call::Act | Call::Tokened)
            | (Some(Calls::Tokened), Call::Act | Call::Look)
            | (Some(Calls::Stops | Calls::Starts | Calls::Tokened) | None, Call::Poll) => false,
        };
        is_for && self.on.covers(cause)
    }

    /// Whether it counts the failures of each look by themselves, and not those of the action.
    pub fn is_for_looks(&self) -> bool {
        self.calls == Some(Calls::Looks)
    }

    /// Whether to ask again; `word` is the keyed draw of this attempt's jitter.
    ///
    /// A retry is not booked in `spent`: who sends it calls [`Spent::retried`].
    pub fn decide(&self, failed: &Failed, spent: &Spent, word: u64) -> Decision {
        if !self.on.covers(failed.cause) {
            return Decision::GiveUp(GaveUp::NotRetried);
        }
        self.when(failed, spent, word)
    }

    /// The same of a failure that is retried at all.
    pub fn when(&self, failed: &Failed, spent: &Spent, word: u64) -> Decision {
        if self.needs_hint && failed.cause.is_throttling() && failed.hint.is_none() {
            return Decision::GiveUp(GaveUp::NotRetried);
        }
        if failed.attempts >= self.max_attempts {
            return Decision::GiveUp(GaveUp::Attempts);
        }
        let paused = self.pause.as_micros();
        let previous = SimDuration::from_micros(failed.previous.as_micros().saturating_sub(paused));
        let backoff = self.backoff_for(failed.cause);
        let own = backoff.wait(failed.attempts, previous, word).saturating_add(self.pause);
        let wait = failed.hint.filter(|_| self.honours_hint).unwrap_or(own);
        if self.deadline.is_some_and(|limit| failed.since_first.saturating_add(wait) > limit) {
            return Decision::GiveUp(GaveUp::Deadline);
        }
        if self.budget.is_some_and(|budget| !budget.allows(spent)) {
            return Decision::GiveUp(GaveUp::Budget);
        }
        Decision::Retry(wait)
    }

    fn backoff_for(&self, cause: Cause) -> Backoff {
        self.throttled.filter(|_| cause.is_throttling()).unwrap_or(self.backoff)
    }
}

impl Backoff {
    /// The wait before the next attempt, after `attempts` (at least 1) calls; `previous` is the
    /// wait before the last of them, zero if there was none.
    pub fn wait(self, attempts: u32, previous: SimDuration, word: u64) -> SimDuration {
        match self {
            Backoff::None => SimDuration::ZERO,
            Backoff::Fixed(wait) => wait,
            Backoff::Exponential { base, cap, jitter } => {
                let doublings = attempts.saturating_sub(1).min(BACKOFF_EXPONENT_MAX);
                let doubled = base.saturating_mul(1 << doublings).min(cap);
                let half = SimDuration::from_micros(doubled.as_micros() / 2);
                match jitter {
                    Jitter::None => doubled,
                    Jitter::Equal => between(half, doubled, word),
                    Jitter::Full => between(SimDuration::ZERO, doubled, word),
                    Jitter::Decorrelated => {
                        let longest = previous.max(base).saturating_mul(3);
                        between(base, longest, word).min(cap)
                    }
                }
            }
        }
    }
}

/// Uniform among the whole microseconds from one span to another, both included.
fn between(shortest: SimDuration, longest: SimDuration, word: u64) -> SimDuration {
    let (shortest, longest) = (shortest.as_micros(), longest.as_micros());
    let choices = u128::from(longest - shortest) + 1;
    let chosen = u64::try_from((u128::from(word) * choices) >> 64).expect("below 2^64 choices");
    SimDuration::from_micros(shortest + chosen)
}

impl Budget {
    /// Whether one more retry is within the budget.
    pub fn allows(&self, spent: &Spent) -> bool {
        let earned = self.share.of(spent.first_calls).max(self.at_least);
        spent.retries < earned.min(self.max_total.unwrap_or(u64::MAX))
    }
}

impl Spent {
    /// A first call was sent.
    pub fn called(&mut self) {
        self.first_calls += 1;
    }

    /// A retry was sent.
    pub fn retried(&mut self) {
        self.retries += 1;
    }

    /// Retries sent so far.
    pub fn retries(&self) -> u64 {
        self.retries
    }
}

impl RetryOn {
    /// Whether a failure of this cause is worth a retry.
    pub fn covers(&self, cause: Cause) -> bool {
        match cause {
            Cause::TimedOut => self.timeouts,
            Cause::Refused(refusal) => {
                self.classes.contains(&refusal.class()) || self.refusals.contains(&refusal)
            }
        }
    }
}

#[cfg(test)]
mod tests;
