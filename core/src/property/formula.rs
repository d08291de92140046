//! Formulas over counts: `running(web) >= 2 and down(web) = 0`.

use super::terms::Term;

/// Something that holds or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Two numbers compared.
    Compares(Comparison),
    /// It does not hold.
    Not(Box<Formula>),
    /// All of them hold.
    All(Vec<Formula>),
    /// At least one of them holds.
    Any(Vec<Formula>),
}

/// Two numbers compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The one on the left.
    pub left: Side,
    /// How they have to stand to each other.
    pub relation: Relation,
    /// The one on the right.
    pub right: Side,
}

/// A number that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// A count.
    Term(Term),
    /// A number as it stands.
    Number(u64),
}

/// How two numbers have to stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

impl Relation {
    /// Whether they stand so.
    pub fn holds(self, left: u64, right: u64) -> bool {
        match self {
            Relation::Less => left < right,
            Relation::AtMost => left <= right,
            Relation::Equal => left == right,
            Relation::Unequal => left != right,
            Relation::AtLeast => left >= right,
            Relation::More => left > right,
        }
    }
}

impl Formula {
    /// What does not hold when this does.
    #[must_use]
    pub fn negated(self) -> Formula {
        match self {
            Formula::Not(inner) => *inner,
            Formula::Compares(_) | Formula::All(_) | Formula::Any(_) => {
                Formula::Not(Box::new(self))
            }
        }
    }

    /// Whether it holds. Each term's value is asked for once, in the order of
    /// [`terms`](Formula::terms).
    pub(super) fn holds(&self, value: &mut impl FnMut() -> u64) -> bool {
        match self {
            Formula::Compares(Comparison { left, relation, right }) => {
                let mut of = |side: &Side| match side {
                    Side::Term(_) => value(),
                    Side::Number(number) => *number,
                };
                let (left, right) = (of(left), of(right));
                relation.holds(left, right)
            }
            Formula::Not(inner) => !inner.holds(value),
            // None is left out, also when those before it settle the matter.
            Formula::All(all) => count_holding(all, value) == all.len(),
            Formula::Any(any) => count_holding(any, value) > 0,
        }
    }

    /// All terms in it, in order.
    pub fn terms<'a>(&'a self, into: &mut Vec<&'a Term>) {
        match self {
            Formula::Compares(Comparison { left, right, .. }) => {
                for side in [left, right] {
                    if let Side::Term(term) = side {
                        into.push(term);
                    }
                }
            }
            Formula::Not(inner) => inner.terms(into),
            Formula::All(all) | Formula::Any(all) => all.iter().for_each(|one| one.terms(into)),
        }
    }
}

/// How many of some formulas hold; each is looked at.
fn count_holding(all: &[Formula], value: &mut impl FnMut() -> u64) -> usize {
    let mut holding = 0;
    for one in all {
        holding += usize::from(one.holds(value));
    }
    holding
}
