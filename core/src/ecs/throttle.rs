//! Quotas of calls: fixed windows of one minute, shared by all callers of the account.
//!
//! A quota belongs to one operation in this region. The first calls of a minute are admitted,
//! the rest are refused until the next minute begins; refused calls are not carried out and
//! take nothing from the quota (`tests/it/throttling.rs`).
//!
//! Source: API throttling page (zh): per account, region and API; what is throttled in one
//! minute is usable again from the next. No number is published, so there is no default limit.
//! *Assumed*: minutes are counted from the beginning of the run, and so are clock minutes
//! wherever it begins on one; a call that is refused does not count.

use std::collections::BTreeMap;

use super::id::CallerId;
use super::operation::OperationName;
use super::refusal::Refusal;
use crate::units::{SimDuration, SimTime};

/// The length of a window.
pub const WINDOW: SimDuration = SimDuration::from_mins(1);

/// The quota of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Of which operation.
    pub operation: OperationName,
    /// Calls per minute, all callers together; at least 1.
    pub limit: u64,
    /// Calls per minute of each caller alone; at least 1.
    pub per_caller: Option<u64>,
    /// What calls beyond `limit` are answered; those beyond `per_caller` get Throttling.User.
    pub answer: Refusal,
}

/// A call that is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// What it is answered.
    pub refusal: Refusal,
    /// Until the next window: what `x-acs-retry-after` says, in whole milliseconds.
    pub retry_after: SimDuration,
    /// Whether it is the first of its window that is not let in.
    pub is_first: bool,
}

/// The quotas, and how much of each is used up in the minute that runs.
#[derive(Clone, Debug)]
pub struct Throttle {
    /// By the operation's place in `OperationName::ALL`.
    windows: Vec<Option<Window>>,
}

#[derive(Clone, Debug)]
struct Window {
    quota: Quota,
    minute: u64,
    admitted: u64,
    by_caller: BTreeMap<CallerId, u64>,
    is_throttling: bool,
}

impl Throttle {
    /// No call has been made; of two quotas of one operation the later holds.
    pub fn new(quotas: &[Quota]) -> Throttle {
        let mut windows = vec![None; OperationName::ALL.len()];
        for quota in quotas {
            windows[quota.operation as usize] = Some(Window {
                quota: quota.clone(),
                minute: 0,
                admitted: 0,
                by_caller: BTreeMap::new(),
                is_throttling: false,
            });
        }
        Throttle { windows }
    }

    /// Lets a call in, or says why not.
    ///
    /// # Errors
    /// [`Throttled`] if the minute's quota is used up.
    #[inline]
    pub fn admit(
        &mut self,
        now: SimTime,
        caller: CallerId,
        operation: OperationName,
    ) -> Result<(), Throttled> {
        let Some(window) = &mut self.windows[operation as usize] else { return Ok(()) };
        window.turn(now);
        let refusal = match window.take(caller) {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        let is_first = !std::mem::replace(&mut window.is_throttling, true);
        Err(Throttled { refusal, retry_after: left(now), is_first })
    }
}

impl Window {
    fn turn(&mut self, now: SimTime) {
        let minute = now.as_micros() / WINDOW.as_micros();
        if minute != self.minute {
            self.minute = minute;
            self.admitted = 0;
            self.by_caller.clear();
            self.is_throttling = false;
        }
    }

    fn take(&mut self, caller: CallerId) -> Result<(), Refusal> {
        if self.admitted >= self.quota.limit {
            return Err(self.quota.answer);
        }
        if let Some(limit) = self.quota.per_caller {
            let own = self.by_caller.entry(caller).or_default();
            if *own >= limit {
                return Err(Refusal::ThrottledUser);
            }
            *own += 1;
        }
        self.admitted += 1;
        Ok(())
    }
}

/// Until the next window, rounded up to a millisecond.
fn left(now: SimTime) -> SimDuration {
    let left = WINDOW.as_micros() - now.as_micros() % WINDOW.as_micros();
    SimDuration::from_micros(left.div_ceil(1_000) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATION: OperationName = OperationName::StartInstance;

    fn throttle(limit: u64, per_caller: Option<u64>) -> Throttle {
        let answer = Refusal::Throttled;
        Throttle::new(&[Quota { operation: OPERATION, limit, per_caller, answer }])
    }

    fn ask(throttle: &mut Throttle, micros: u64, caller: u16) -> Option<Refusal> {
        let now = SimTime::from_micros(micros);
        throttle.admit(now, CallerId(caller), OPERATION).err().map(|no| no.refusal)
    }

    #[test]
    fn the_next_minute_admits_again_and_other_operations_are_unaffected() {
        let mut throttle = throttle(2, None);
        assert_eq!(ask(&mut throttle, 0, 0), None);
        assert_eq!(ask(&mut throttle, 1, 1), None);
        assert_eq!(ask(&mut throttle, 59_999_999, 2), Some(Refusal::Throttled));
        let other = OperationName::StopInstance;
        assert_eq!(throttle.admit(SimTime::ZERO, CallerId(0), other), Ok(()));
        assert_eq!(ask(&mut throttle, 60_000_000, 2), None);
    }

    #[test]
    fn a_caller_may_have_a_share_of_its_own_that_leaves_the_others_theirs() {
        let mut throttle = throttle(3, Some(1));
        assert_eq!(ask(&mut throttle, 0, 0), None);
        assert_eq!(ask(&mut throttle, 0, 0), Some(Refusal::ThrottledUser));
        assert_eq!(ask(&mut throttle, 0, 1), None);
        assert_eq!(ask(&mut throttle, 0, 2), None);
        assert_eq!(ask(&mut throttle, 0, 3), Some(Refusal::Throttled));
    }

    #[test]
    fn the_hint_is_what_is_left_of_the_minute_in_whole_milliseconds() {
        let mut throttle = throttle(1, None);
        assert_eq!(ask(&mut throttle, 0, 0), None);
        let now = SimTime::from_micros(59_000_001);
        let no = throttle.admit(now, CallerId(0), OPERATION).expect_err("the quota is used up");
        assert_eq!(no.retry_after, SimDuration::from_micros(1_000_000));
        assert!(no.is_first);
    }
}
