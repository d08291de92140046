//! The nearest known word, for hints.
//!
//! It never suggests a word that shares little with what was written.

/// Longer words, in bytes, are not compared: that takes as many steps as both are long.
const LENGTH_MAX: usize = 256;

/// The known word that takes fewest edits to reach, if that is at most a third of its letters.
///
/// Edits are insertions, deletions, substitutions and swaps of neighbours (optimal string
/// alignment); case is ignored. Among equally near words the first one wins. What was written is
/// never suggested.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_few(word, known, 1).first().copied()
}

/// The same of several, nearest first.
pub fn nearest_few<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    if word.len() > LENGTH_MAX {
        return Vec::new();
    }
    let mut near: Vec<(usize, &str)> = Vec::new();
    let is_near = |candidate: &&str| *candidate != word && candidate.len() <= LENGTH_MAX;
    for candidate in known.into_iter().filter(is_near) {
        let edits = strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase());
        let allowed = (candidate.chars().count().max(word.chars().count()) / 3).max(1);
        if edits <= allowed {
            near.push((edits, candidate));
        }
    }
    near.sort_by_key(|(edits, _)| *edits);
    near.into_iter().take(most).map(|(_, word)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["count", "zone", "type", "stop", "start", "system_disk"];
        assert_eq!(nearest("cuont", known), Some("count"));
        assert_eq!(nearest("Zone", known), Some("zone"));
        assert_eq!(nearest("stopp", known), Some("stop"));
        assert_eq!(nearest("systemdisk", known), Some("system_disk"));
    }

    #[test]
    fn several_words_come_nearest_first() {
        let known = ["restart.never", "restart.good", "restart.newer"];
        assert_eq!(nearest_few("restart.nevr", known, 2), ["restart.never", "restart.newer"]);
    }

    #[test]
    fn a_word_unlike_any_other_gets_no_suggestion() {
        assert_eq!(nearest("colour", ["count", "zone", "type"]), None);
        assert_eq!(nearest("", ["count"]), None);
    }

    #[test]
    fn what_was_written_is_never_suggested() {
        assert_eq!(nearest("essd-pl1", ["essd-pl0", "essd-pl1"]), Some("essd-pl0"));
        assert_eq!(nearest("essd-pl1", ["essd-pl1"]), None);
    }
}
