//! What goes wrong: with calls, with work under way, with stock.

use crate::ecs::operation::OperationName;
use crate::fault::rule::DrawPer;
use crate::scenario::decode::{At, table};
use crate::scenario::value::{
    Count, Factor, GroupRef, HttpRefusal, Name, Positive, Share, WorkStall,
};
use crate::units::Ratio;

use super::stock::{STOCK_MAX, When};

/// Most calls per minute that a quota may grant.
pub const QUOTA_MAX: u64 = 1_000_000_000;

table! {
    /// A quota of calls, in fixed windows of one minute: what is refused in one minute is let in
    /// from the next. No number is published, so there is no default.
    QuotaEntry {
        /// Its unique name.
        name: Name, required;
        /// Of which operation; all callers of the account share it.
        operation: OperationName, required;
        /// Calls per minute, all callers together.
        limit: Count<1, QUOTA_MAX>, required;
        /// Calls per minute of each controller alone; what is beyond is answered
        /// `400 Throttling.User`.
        per_user: Count<1, QUOTA_MAX>, optional;
        /// What calls beyond `limit` are answered; `400 Throttling`, if left out.
        answer: HttpRefusal, optional;
    }
}

table! {
    /// Something that goes wrong with calls; exactly one effect.
    CallFaultEntry {
        /// Its unique name.
        name: Name, required;
        /// When it is in force; always, if left out.
        window: When, optional;
        /// Of which operations; all, if left out.
        operations: Vec<OperationName>, optional;
        /// In which zones; all, if left out.
        zones: Vec<At<Name>>, optional;
        /// Of which groups; all, if left out.
        groups: Vec<At<GroupRef>>, optional;
        /// Of which instances; all, if left out.
        instances: Vec<At<Name>>, optional;
        /// Of which controllers; all, if left out.
        controllers: Vec<At<Name>>, optional;
        /// How likely it strikes.
        probability: Share, convention(Share(Ratio::ONE));
        /// What one draw of that decides.
        draw_per: DrawPer, convention(DrawPer::Occasion);
        /// Effect: answered with this, not carried out.
        refuse: HttpRefusal, optional;
        /// Effect: carried out, and answered with this all the same.
        apply_then_refuse: HttpRefusal, optional;
        /// Effect: carried out, and never answered.
        lose_answer: bool, optional;
        /// Effect: carried out, and answered this much later.
        late_answer: Positive, optional;
        /// Effect: it arrives again, this much later; only the first is answered.
        duplicate: Positive, optional;
        /// Effect: the answer takes so many times as long.
        slow_answer: Factor, optional;
        /// Effect: a read answers what was true this long ago.
        stale_read: Positive, optional;
        /// Effect: a read answers an empty list.
        missing_read: bool, optional;
    }
}

table! {
    /// Something that goes wrong with stops and starts under way; exactly one effect.
    WorkFaultEntry {
        /// Its unique name.
        name: Name, required;
        /// When it is in force: judged when the work begins; always, if left out.
        window: When, optional;
        /// Begun by which operations; all, if left out.
        operations: Vec<OperationName>, optional;
        /// In which zones; all, if left out.
        zones: Vec<At<Name>>, optional;
        /// Of which groups; all, if left out.
        groups: Vec<At<GroupRef>>, optional;
        /// Of which instances; all, if left out.
        instances: Vec<At<Name>>, optional;
        /// Of which controllers; all, if left out.
        controllers: Vec<At<Name>>, optional;
        /// How likely it strikes.
        probability: Share, convention(Share(Ratio::ONE));
        /// What one draw of that decides.
        draw_per: DrawPer, convention(DrawPer::Occasion);
        /// Effect: it takes so many times as long.
        slow: Factor, optional;
        /// Effect: it stalls this long, or `"forever"`.
        stuck: WorkStall, optional;
    }
}

table! {
    /// Something that goes wrong with stock, by time alone; exactly one effect.
    EnvironmentFaultEntry {
        /// Its unique name.
        name: Name, required;
        /// When it is in force; always, if left out.
        window: When, optional;
        /// Of which pools.
        pools: Vec<At<Name>>, required;
        /// How likely each window takes place at all.
        probability: Share, convention(Share(Ratio::ONE));
        /// Effect: every claim is refused.
        sold_out: bool, optional;
        /// Effect: so many units are missing.
        stock_loss: Count<1, STOCK_MAX>, optional;
        /// Effect: what is left of the total.
        scale: Factor, optional;
    }
}
