//! How what is counted of one replication becomes what is counted of several.
//!
//! A struct of counts is declared once, by [`tally!`](crate::tally): what each is, and how two
//! become one. Nothing else adds them up, field by field.

use std::collections::BTreeMap;

use super::{Latency, Tally};
use crate::units::Money;

/// What adds up: in any order and grouping, to the same.
pub trait Merge {
    /// Adds what was counted elsewhere.
    fn merge(&mut self, other: &Self);
}

/// Declares a struct whose fields say how two of it become one: `name: type = rule`, where a rule
/// is a function of [`stats::merge`](crate::stats::merge).
///
/// It then is [`Merge`](crate::stats::Merge).
///
/// ```
/// use stopsim_core::{stats::Merge, tally};
///
/// tally! {
///     /// Lunches.
///     #[derive(Debug, Default, PartialEq)]
///     pub struct Lunches {
///         /// How many were eaten.
///         pub eaten: u64 = sum,
///         /// The most that one person ate.
///         pub most: u64 = most,
///     }
/// }
///
/// let mut lunches = Lunches { eaten: 3, most: 2 };
/// lunches.merge(&Lunches { eaten: 1, most: 1 });
/// assert_eq!(lunches, Lunches { eaten: 4, most: 2 });
/// ```
#[macro_export]
macro_rules! tally {
    (
        $(#[$attribute:meta])*
        $visible:vis struct $name:ident {
            $($(#[$field_attribute:meta])* $field_visible:vis $field:ident: $of:ty = $rule:ident,)*
        }
    ) => {
        $(#[$attribute])*
        $visible struct $name {
            $($(#[$field_attribute])* $field_visible $field: $of,)*
        }

        impl $crate::stats::Merge for $name {
            fn merge(&mut self, other: &$name) {
                $($crate::stats::merge::$rule(&mut self.$field, &other.$field);)*
            }
        }
    };
}

/// Rule: added up.
pub fn sum<T: Merge>(mine: &mut T, other: &T) {
    mine.merge(other);
}

/// Rule: the larger one.
pub fn most<T: Ord + Copy>(mine: &mut T, other: &T) {
    *mine = (*mine).max(*other);
}

/// Rule: the smaller one.
pub fn least<T: Ord + Copy>(mine: &mut T, other: &T) {
    *mine = (*mine).min(*other);
}

/// Rule: of every pair the smaller one.
pub fn least_each<T: Ord + Copy>(mine: &mut [T], other: &[T]) {
    mine.iter_mut().zip(other).for_each(|(mine, other)| least(mine, other));
}

/// Rule: that of the first that has any.
pub fn first<T: Clone + Default + PartialEq>(mine: &mut T, other: &T) {
    if *mine == T::default() {
        mine.clone_from(other);
    }
}

/// Rule: left as it is; somebody else adds it up.
pub fn apart<T>(_: &mut T, _: &T) {}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Merge for $number {
            fn merge(&mut self, other: &$number) {
                *self += other;
            }
        })*
    };
}

numbers!(u32, u64, u128);

impl Merge for Money {
    fn merge(&mut self, other: &Money) {
        *self += *other;
    }
}

/// What is counted of something.
impl<K, V: Merge> Merge for (K, V) {
    fn merge(&mut self, other: &(K, V)) {
        self.1.merge(&other.1);
    }
}

/// Each to its own; those that only the other has are added.
impl<T: Merge + Clone> Merge for Vec<T> {
    fn merge(&mut self, other: &Vec<T>) {
        self.iter_mut().zip(other).for_each(|(mine, other)| mine.merge(other));
        let known = self.len().min(other.len());
        self.extend_from_slice(&other[known..]);
    }
}

impl<T: Merge, const N: usize> Merge for [T; N] {
    fn merge(&mut self, other: &[T; N]) {
        self.iter_mut().zip(other).for_each(|(mine, other)| mine.merge(other));
    }
}

impl<K: Ord + Clone, V: Merge + Default> Merge for BTreeMap<K, V> {
    fn merge(&mut self, other: &BTreeMap<K, V>) {
        for (key, value) in other {
            match self.get_mut(key) {
                Some(mine) => mine.merge(value),
                None => {
                    let mut new = V::default();
                    new.merge(value);
                    self.insert(key.clone(), new);
                }
            }
        }
    }
}

impl Merge for Tally {
    fn merge(&mut self, other: &Tally) {
        Tally::merge(self, other);
    }
}

impl Merge for Latency {
    fn merge(&mut self, other: &Latency) {
        Latency::merge(self, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    tally! {
        #[derive(Clone, Debug, PartialEq)]
        struct All {
            sum: BTreeMap<u8, u64> = sum,
            each: Vec<[u32; 2]> = sum,
            of: (u8, Money) = sum,
            most: u64 = most,
            least: u64 = least,
            least_each: Vec<u32> = least_each,
            first: Vec<u8> = first,
            apart: u8 = apart,
        }
    }

    #[test]
    fn every_rule_makes_one_of_two() {
        let one = |n: u8| All {
            sum: BTreeMap::from([(n, 2), (9, 3)]),
            each: vec![[n.into(), 1]; n.into()],
            of: (7, Money::from_nanos(n.into())),
            most: n.into(),
            least: n.into(),
            least_each: vec![n.into(), 7 - u32::from(n)],
            first: vec![7; n.saturating_sub(1).into()],
            apart: n,
        };
        let both = All {
            sum: BTreeMap::from([(1, 2), (3, 2), (9, 6)]),
            each: vec![[4, 2], [3, 1], [3, 1]],
            of: (7, Money::from_nanos(4)),
            most: 3,
            least: 1,
            least_each: vec![1, 4],
            first: vec![7, 7],
            apart: 1,
        };
        let mut sum = one(1);
        sum.merge(&one(3));
        assert_eq!(sum, both);
        let mut turned = one(3);
        turned.merge(&one(1));
        assert_eq!(turned, All { apart: 3, ..both });
    }
}
