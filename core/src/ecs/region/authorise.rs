//! RAM authorisation: may this caller do this to that ARN?
//!
//! An explicit deny wins; without a matching allow the answer is no; a caller without any
//! statement is the account itself and may do all. Where a policy treats every instance alike
//! the answer is worked out once; only otherwise are names compared.
//! Source: the RAM section of each operation's reference; pattern letters `*` and `?` as in RAM
//! policies. Names are compared letter by letter (*Assumed*).

use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::operation::OperationName;
use crate::ecs::spec::{PolicyEffect, PolicyStatement, RegionSpec};

/// What an action is on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Resource<'a> {
    /// An instance the region has.
    Instance(InstanceId),
    /// An instance id the region does not have.
    Stranger(&'a str),
    /// All instances: a list without ids.
    Every,
}

/// What a policy says of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Always,
    Never,
    ByName,
}

/// The callers' policies, as far as they can be worked out beforehand.
#[derive(Clone, Debug)]
pub(super) struct Authority {
    verdicts: Vec<[Verdict; OperationName::ALL.len()]>,
    /// `acs:ecs:{region}:{account}:instance/` of the scenario's own region.
    home: String,
    /// The same by group.
    prefixes: Vec<String>,
    /// The ARN being judged; kept so that a call allocates nothing.
    arn: String,
}

impl Authority {
    pub(super) fn new(spec: &RegionSpec) -> Authority {
        let of_region = |region: &str| format!("acs:ecs:{region}:{}:instance/", spec.account_id);
        let all: Vec<String> = spec.regions().into_iter().map(of_region).collect();
        let verdicts = spec.callers.iter().map(|caller| {
            let mut row = [Verdict::Never; OperationName::ALL.len()];
            for &operation in OperationName::ALL {
                row[operation as usize] = verdict(&caller.policy, operation, &all);
            }
            row
        });
        Authority {
            verdicts: verdicts.collect(),
            arn: String::new(),
            home: of_region(&spec.region_id),
            prefixes: spec.groups.iter().map(|group| of_region(spec.region_of(group))).collect(),
        }
    }

    /// Whether the caller's policy says the same of every instance.
    pub(super) fn treats_all_alike(&self, caller: CallerId, operation: OperationName) -> bool {
        match self.verdicts[caller.index()][operation as usize] {
            Verdict::Always | Verdict::Never => true,
            Verdict::ByName => false,
        }
    }

    /// Whether the caller's policy allows the operation on the resource.
    #[inline(always)]
    pub(super) fn allows(
        &mut self,
        spec: &RegionSpec,
        caller: CallerId,
        operation: OperationName,
        resource: Resource<'_>,
    ) -> bool {
        match self.verdicts[caller.index()][operation as usize] {
            Verdict::Always => true,
            Verdict::Never => false,
            Verdict::ByName => self.allows_by_name(spec, caller, operation, resource),
        }
    }

    #[inline(never)]
    fn allows_by_name(
        &mut self,
        spec: &RegionSpec,
        caller: CallerId,
        operation: OperationName,
        resource: Resource<'_>,
    ) -> bool {
        self.arn.clear();
        match resource {
            Resource::Instance(id) => {
                let group = spec.group_of(id);
                self.arn.push_str(&self.prefixes[group.index()]);
                spec.group(group).write_instance_name(id, &mut self.arn);
            }
            Resource::Stranger(name) => {
                self.arn.push_str(&self.home);
                self.arn.push_str(name);
            }
            Resource::Every => {
                self.arn.push_str(&self.home);
                self.arn.push('*');
            }
        }
        judge(&spec.caller(caller).policy, operation, &self.arn)
    }
}

/// What a policy says of an operation on any instance whatever.
fn verdict(policy: &[PolicyStatement], operation: OperationName, all: &[String]) -> Verdict {
    if policy.is_empty() {
        return Verdict::Always;
    }
    let about = |effect: PolicyEffect| {
        policy
            .iter()
            .filter(move |statement| statement.effect == effect && acts(statement, operation))
    };
    let for_all = |statement: &PolicyStatement| {
        all.iter().all(|prefix| statement.resources.iter().any(|one| covers_all(one, prefix)))
    };
    if about(PolicyEffect::Allow).next().is_none() || about(PolicyEffect::Deny).any(for_all) {
        Verdict::Never
    } else if about(PolicyEffect::Deny).next().is_none() && about(PolicyEffect::Allow).any(for_all)
    {
        Verdict::Always
    } else {
        Verdict::ByName
    }
}

/// The whole evaluation for one ARN.
fn judge(policy: &[PolicyStatement], operation: OperationName, arn: &str) -> bool {
    let says = |effect: PolicyEffect| {
        policy.iter().any(|statement| {
            statement.effect == effect
                && acts(statement, operation)
                && statement.resources.iter().any(|pattern| matches(pattern, arn))
        })
    };
    says(PolicyEffect::Allow) && !says(PolicyEffect::Deny)
}

fn acts(statement: &PolicyStatement, operation: OperationName) -> bool {
    statement.actions.iter().any(|pattern| matches(pattern, operation.action()))
}

/// Whether a pattern surely matches every ARN that begins with `prefix`: it ends in a star, and
/// what stands before the star matches some beginning of the prefix.
fn covers_all(pattern: &str, prefix: &str) -> bool {
    pattern.strip_suffix('*').is_some_and(|before| {
        (0..=prefix.len())
            .filter(|&end| prefix.is_char_boundary(end))
            .any(|end| matches(before, &prefix[..end]))
    })
}

/// Whether `text` matches `pattern`, where `*` is any text and `?` any one byte.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go on from if a later part does not fit: after the last star, one byte further.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&letter) if letter == b'?' || letter == text[t] => {
                p += 1;
                t += 1;
            }
            Some(_) | None => match retry {
                Some((after_star, from)) => {
                    retry = Some((after_star, from + 1));
                    (p, t) = (after_star, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&letter| letter == b'*')
}

#[cfg(test)]
mod tests;
