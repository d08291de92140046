//! Tags: keys and values that the owner of instances gives them.

/// Most characters of a tag's key or value. Source: TagResources, documents of 2021.
pub const TAG_MAX: usize = 128;

/// What is wrong with the key or value of a tag, if anything is.
pub fn defect(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return Some("a control character cannot be part of a tag".into());
    }
    let long = text.chars().count() > TAG_MAX;
    long.then(|| format!("the key or value of a tag has at most {TAG_MAX} characters"))
}
