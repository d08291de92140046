//! What is wrong with a scenario: where, what, what was expected, and a hint.
//!
//! Problems are collected, never thrown: one look at a scenario shows all of them. Rendering
//! gives text; whether it is shown, and in colour, is for `cli` to decide.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::place::{FileId, Files, Place};

/// One thing that is wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong, in one line.
    pub message: String,
    /// What was expected there; stands at the caret.
    pub expected: String,
    /// Another place that matters, with what it has to do with it.
    pub related: Option<(Place, String)>,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(place: Place, message: impl Into<String>) -> Problem {
        let (message, expected) = (message.into(), String::new());
        Problem { place, message, expected, related: None, hints: vec![] }
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Problem {
        self.expected = expected.into();
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hints.push(hint.into());
        self
    }

    /// Suggests the nearest known word, when there is one near enough.
    #[must_use]
    pub fn did_you_mean<'a>(
        mut self,
        word: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Problem {
        if let Some(near) = super::suggest::nearest(word, known) {
            self.hints.insert(0, format!("did you mean `{near}`?"));
        }
        self
    }

    /// Points to another place as well.
    #[must_use]
    pub fn related(mut self, place: Place, what: impl Into<String>) -> Problem {
        self.related = Some((place, what.into()));
        self
    }
}

/// Most problems that are kept and shown; the rest are counted.
pub const PROBLEMS_MAX: usize = 100;

/// Problems as they are found.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    found: Vec<Problem>,
    count: usize,
    /// Those that were noted before, at the same place: counted, not told again.
    repeated: usize,
}

impl Problems {
    /// Notes a problem. Several entries may run into the same one at the same place: it is told
    /// once.
    pub fn push(&mut self, problem: Problem) {
        self.count += 1;
        if self.found.contains(&problem) {
            self.repeated += 1;
        } else if self.found.len() < PROBLEMS_MAX {
            self.found.push(problem);
        }
    }

    /// How often one was found, the same one again among them: who counts more of them after a
    /// step than before knows that the step failed.
    pub fn count(&self) -> usize {
        self.count
    }

    /// All of them with the texts they lie in, ordered by place.
    pub fn into_errors(mut self, files: Files) -> ScenarioErrors {
        self.found.sort_by_key(|problem| problem.place);
        ScenarioErrors { problems: self.found, count: self.count - self.repeated, files }
    }
}

/// Everything that is wrong with a scenario, and the texts it is wrong in.
#[derive(Clone, Debug)]
pub struct ScenarioErrors {
    /// The first [`PROBLEMS_MAX`] problems, by place.
    pub problems: Vec<Problem>,
    /// How many there are in all.
    pub count: usize,
    /// The texts.
    pub files: Files,
}

impl ScenarioErrors {
    /// All problems as text, each with its line and a caret.
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
        let shown: Vec<String> =
            self.problems.iter().map(|p| render(p, &self.files, &renderer)).collect();
        let mut text = shown.join("\n\n");
        if self.count > self.problems.len() {
            text += &format!("\n\nand {} more problems", self.count - self.problems.len());
        }
        text
    }

    /// File, line and column of a problem, both from 1.
    pub fn locate(&self, problem: &Problem) -> (&str, usize, usize) {
        let (line, column) = self.files.line_and_column(problem.place);
        (&self.files.get(problem.place.file()).name, line, column)
    }
}

impl fmt::Display for ScenarioErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for ScenarioErrors {}

fn render(problem: &Problem, files: &Files, renderer: &Renderer) -> String {
    let title = Level::ERROR.primary_title(problem.message.as_str());
    let mut group = match problem.place {
        Place::Span { file, start, end } => {
            let caret = AnnotationKind::Primary.span(visible(files, file, start, end));
            let caret = match problem.expected.as_str() {
                "" => caret,
                expected => caret.label(expected),
            };
            title.element(snippet(files, file, problem).annotation(caret))
        }
        Place::Cell { file, line, column } => cell(title.element(at(files, file, line)), column, {
            (files, file, problem.expected.as_str())
        }),
        Place::Whole(file) => {
            let group = title.element(Origin::path(files.get(file).name.as_str()));
            match problem.expected.as_str() {
                "" => group,
                expected => group.element(Level::NOTE.message(expected)),
            }
        }
    };
    if let Some((place, what)) = &problem.related
        && !same_text(*place, problem.place)
    {
        let (line, _) = files.line_and_column(*place);
        let name = &files.get(place.file()).name;
        group = group.element(Level::NOTE.message(format!("{what}: {name}:{line}")));
    }
    for hint in &problem.hints {
        group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
    }
    renderer.render(&[group])
}

fn snippet<'a>(
    files: &'a Files,
    file: FileId,
    problem: &'a Problem,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let source = files.get(file);
    let snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
    match &problem.related {
        Some((Place::Span { file: other, start, end }, what)) if *other == file => {
            let span = visible(files, file, *start, *end);
            snippet.annotation(AnnotationKind::Context.span(span).label(what.as_str()))
        }
        Some(_) | None => snippet,
    }
}

fn at(files: &Files, file: FileId, line: u32) -> Origin<'_> {
    Origin::path(files.get(file).name.as_str()).line(line as usize)
}

fn cell<'a>(
    group: Group<'a>,
    column: Option<u16>,
    (files, file, expected): (&'a Files, FileId, &'a str),
) -> Group<'a> {
    let name = column.and_then(|c| files.get(file).columns.get(usize::from(c)));
    let note = match (name, expected) {
        (Some(name), "") => format!("in column `{name}`"),
        (Some(name), expected) => format!("in column `{name}`: {expected}"),
        (None, "") => return group,
        (None, expected) => expected.to_owned(),
    };
    group.element(Level::NOTE.message(note))
}

/// Whether both lie in the same text, so that one excerpt shows both.
fn same_text(a: Place, b: Place) -> bool {
    matches!((a, b), (Place::Span { .. }, Place::Span { .. })) && a.file() == b.file()
}

/// The bytes to underline: only the first line of what spans several, and within the text. What
/// begins or ends inside a character, as a parser of bytes says, does so where that begins.
fn visible(files: &Files, file: FileId, start: u32, end: u32) -> std::ops::Range<usize> {
    let text = &files.get(file).text;
    let boundary = |at: u32| {
        let at = (at as usize).min(text.len());
        (0..=at).rev().find(|place| text.is_char_boundary(*place)).unwrap_or_default()
    };
    let start = boundary(start);
    let end = boundary(end).max(start);
    let line_end = text[start..end].find('\n').map_or(end, |newline| start + newline);
    start..line_end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_problem_is_told_once_and_still_a_failure_of_whoever_ran_into_it() {
        let mut files = Files::default();
        let place = Place::Whole(files.add("a.toml", "").expect("room for one"));
        let mut problems = Problems::default();
        problems.push(Problem::new(place, "one"));
        problems.push(Problem::new(place, "other"));
        let before = problems.count();
        problems.push(Problem::new(place, "one"));
        assert!(problems.count() > before);
        let errors = problems.into_errors(files);
        let told: Vec<&str> = errors.problems.iter().map(|one| one.message.as_str()).collect();
        assert_eq!((told, errors.count), (vec!["one", "other"], 2));
    }
}
