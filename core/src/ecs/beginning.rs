//! How the instances of a group are at time 0.

use super::instance::{State, StoppedMode};

/// How an instance is at time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initially {
    /// Being created; `Region::created` ends it.
    Pending,
    /// In service.
    Running,
    /// Stopped in this mode.
    Stopped(StoppedMode),
}

impl Initially {
    /// The state that stands for it.
    pub const fn state(self) -> State {
        match self {
            Initially::Pending => State::Pending,
            Initially::Running => State::Running,
            Initially::Stopped(effective) => State::Stopped { effective },
        }
    }
}

/// How the instances of a group are at time 0: runs of neighbours that begin alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// From which place in the group on, ascending from 0, and how.
    runs: Vec<(u32, Initially)>,
}

impl Beginning {
    /// All of them so.
    pub fn all(initially: Initially) -> Beginning {
        Beginning { runs: vec![(0, initially)] }
    }

    /// So many of them in one way, so many more in the next, in the order of the group; what
    /// follows begins as the last ones. Neighbours that begin alike become one run.
    ///
    /// # Panics
    /// If there is none.
    pub fn in_order(parts: impl IntoIterator<Item = (u32, Initially)>) -> Beginning {
        let mut runs: Vec<(u32, Initially)> = Vec::new();
        let mut place = 0;
        for (count, initially) in parts.into_iter().filter(|(count, _)| *count > 0) {
            if runs.last().is_none_or(|(_, last)| *last != initially) {
                runs.push((place, initially));
            }
            place += count;
        }
        assert!(!runs.is_empty(), "a group has instances");
        Beginning { runs }
    }

    /// How the instance at a place of the group is.
    pub fn of(&self, place: u32) -> Initially {
        let after = self.runs.partition_point(|(from, _)| *from <= place);
        self.runs[after - 1].1 // the first run begins at 0
    }

    /// Every way in which some of them begin; neighbouring ways differ.
    pub fn ways(&self) -> impl Iterator<Item = Initially> + '_ {
        self.runs.iter().map(|(_, initially)| *initially)
    }

    /// How many of the first `there` instances begin in each way, run by run.
    pub fn runs(&self, there: u32) -> impl Iterator<Item = (u32, Initially)> + '_ {
        let ends = self.runs.iter().skip(1).map(|(from, _)| *from).chain([there]);
        self.runs
            .iter()
            .zip(ends)
            .map(move |((from, initially), end)| (end.min(there).saturating_sub(*from), *initially))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_begin_alike_are_one_run() {
        let standard = Initially::Stopped(StoppedMode::KeepCharging);
        let of = [Initially::Running, Initially::Running, standard, Initially::Running];
        let beginning = Beginning::in_order(of.map(|way| (1, way)));
        assert_eq!(beginning.runs.len(), 3);
        assert!((0..4).map(|place| beginning.of(place)).eq(of));
        let runs: Vec<(u32, Initially)> = beginning.runs(4).collect();
        assert_eq!(runs, [(2, Initially::Running), (1, standard), (1, Initially::Running)]);
        let there: u32 = beginning.runs(3).map(|(count, _)| count).sum();
        assert_eq!((there, Beginning::all(standard).runs(7).next()), (3, Some((7, standard))));
    }
}
