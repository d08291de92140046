//! One value of every replication, in their order.

use serde::{Deserialize, Serialize};

/// Values, one after the other; as long as all are the same, one is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column<T> {
    values: Vec<T>,
    /// So many share the first value before any has another.
    alike: usize,
}

impl<T: PartialEq> Column<T> {
    /// Adds the value of the next replication.
    pub fn push(&mut self, value: T) {
        match self.values.as_slice() {
            [first] if *first == value => self.alike += 1,
            [] | [_, ..] => {
                self.alike += usize::from(self.values.is_empty());
                self.values.push(value);
            }
        }
    }

    /// Every value.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        let (first, others) = self.values.split_at(self.values.len().min(1));
        first.iter().flat_map(|value| std::iter::repeat_n(value, self.alike)).chain(others)
    }
}

impl<T: PartialEq> PartialEq for Column<T> {
    fn eq(&self, other: &Column<T>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T> Default for Column<T> {
    fn default() -> Column<T> {
        Column { values: Vec::new(), alike: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_every_value_and_keeps_those_alike_once() {
        for (pushed, kept) in
            [(vec![], 0), (vec![7; 100], 1), (vec![7, 7, 8, 7, 7], 4), (vec![1, 2, 2, 1], 4)]
        {
            let mut column = Column::default();
            pushed.iter().for_each(|value| column.push(*value));
            assert_eq!(column.iter().copied().collect::<Vec<_>>(), pushed);
            assert_eq!(column.values.len(), kept, "{pushed:?}");
        }
    }
}
