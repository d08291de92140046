//! Rows in order of time, by which a wall clock's doubled hour is told apart where it can be.

use crate::import::moment::Moment;

/// Rows of a doubled hour wait here until what comes after them says which hour they are of.
#[derive(Debug)]
pub(super) struct InOrder<T> {
    last: i64,
    waiting: Vec<(i64, i64, T)>,
}

/// Why a row has no place in the order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Disorder<T> {
    /// It is earlier than the row before it.
    Earlier(T),
    /// Both hours fit.
    Twice(T),
}

impl<T> InOrder<T> {
    pub(super) fn new() -> InOrder<T> {
        InOrder { last: i64::MIN, waiting: vec![] }
    }

    /// Takes the next row; `emit` is shown those whose instant is known by now.
    ///
    /// # Errors
    /// With the first row that is out of order, or could be of either hour.
    pub(super) fn put(
        &mut self,
        moment: Moment,
        row: T,
        emit: &mut dyn FnMut(i64, T),
    ) -> Result<(), Disorder<T>> {
        match moment {
            Moment::Once(at) => {
                self.settle(at, emit)?;
                if at < self.last {
                    return Err(Disorder::Earlier(row));
                }
                self.last = at;
                emit(at, row);
            }
            Moment::Twice { first, second } => {
                if self.waiting.last().is_some_and(|(_, before, _)| *before < first) {
                    self.settle(first, emit)?;
                }
                self.waiting.push((first, second, row));
            }
        }
        Ok(())
    }

    /// Takes it that there are no more rows.
    ///
    /// # Errors
    /// As [`InOrder::put`].
    pub(super) fn end(&mut self, emit: &mut dyn FnMut(i64, T)) -> Result<(), Disorder<T>> {
        self.settle(i64::MAX, emit)
    }

    /// Shows the waiting rows, the last of which is not later than `until`. All of the first hour
    /// come before all of the second: what has to be found is how many are of the first.
    fn settle(&mut self, until: i64, emit: &mut dyn FnMut(i64, T)) -> Result<(), Disorder<T>> {
        let waiting = std::mem::take(&mut self.waiting);
        let Some((_, last_second, _)) = waiting.last() else { return Ok(()) };
        let count = waiting.len();
        let rising = |row: usize| waiting[row - 1].0 <= waiting[row].0;
        let most = (1..count).find(|row| !rising(*row)).unwrap_or(count);
        let most = if waiting[0].0 < self.last { 0 } else { most };
        let least = (1..count).rev().find(|row| !rising(*row)).unwrap_or(0);
        let least = if *last_second > until { count } else { least };
        let fits = |of_first: &usize| {
            (*of_first < count || waiting[count - 1].0 <= until)
                && (*of_first > 0 || waiting[0].1 >= self.last)
        };
        let fitting: Vec<usize> = (least..=most).filter(fits).take(2).collect();
        match fitting.as_slice() {
            [of_first] => {
                for (place, (first, second, row)) in waiting.into_iter().enumerate() {
                    self.last = if place < *of_first { first } else { second };
                    emit(self.last, row);
                }
                Ok(())
            }
            found => {
                let (place, is_twice) = match found {
                    [] => (most.min(count - 1), false),
                    [of_first, ..] => ((*of_first).min(count - 1), true),
                };
                let row = waiting.into_iter().nth(place).expect("it is one of them").2;
                Err(if is_twice { Disorder::Twice(row) } else { Disorder::Earlier(row) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as minutes of the doubled hour, or hours that are there once; what they come to.
    fn told(rows: &[(char, i64)]) -> Result<Vec<i64>, Disorder<usize>> {
        let mut order = InOrder::new();
        let mut found = vec![];
        let mut emit = |at: i64, _: usize| found.push(at);
        for (place, (kind, at)) in rows.iter().enumerate() {
            let moment = match kind {
                'd' => Moment::Twice { first: 60 + at, second: 120 + at },
                _ => Moment::Once(*at),
            };
            order.put(moment, place, &mut emit)?;
        }
        order.end(&mut emit)?;
        Ok(found)
    }

    #[test]
    fn a_step_back_says_where_the_first_hour_ends() {
        assert_eq!(told(&[('d', 59), ('d', 1)]), Ok(vec![119, 121]));
        let rows = [('o', 59), ('d', 10), ('d', 50), ('d', 20), ('d', 40), ('o', 180)];
        assert_eq!(told(&rows), Ok(vec![59, 70, 110, 140, 160, 180]));
    }

    #[test]
    fn a_neighbour_with_an_offset_says_which_hour_it_is() {
        assert_eq!(told(&[('d', 10), ('o', 90)]), Ok(vec![70, 90]));
        assert_eq!(told(&[('o', 90), ('d', 10)]), Ok(vec![90, 130]));
    }

    #[test]
    fn what_could_be_of_either_hour_is_named() {
        assert_eq!(told(&[('d', 30), ('d', 31)]), Err(Disorder::Twice(0)));
        assert_eq!(told(&[('o', 0), ('d', 30), ('o', 200)]), Err(Disorder::Twice(1)));
    }

    #[test]
    fn what_fits_neither_hour_is_out_of_order() {
        assert_eq!(told(&[('o', 10), ('o', 9)]), Err(Disorder::Earlier(1)));
        assert_eq!(told(&[('d', 50), ('d', 20), ('d', 10)]), Err(Disorder::Earlier(1)));
        assert_eq!(told(&[('o', 170), ('d', 30)]), Err(Disorder::Earlier(1)));
    }
}
