//! Markup that is well-formed however it is made, and text in it that stays text.
//!
//! Every element is closed by who opened it, in the manner of XML, which browsers read as HTML
//! too. All text and every value of an attribute goes through [`escape`]; only style sheets do
//! not, which are ours.

use std::fmt::Write as _;

/// Attributes of an element.
pub type Attributes<'a> = [(&'a str, &'a str)];

/// Elements, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Markup {
    out: String,
}

impl Markup {
    /// What was made.
    pub fn as_str(&self) -> &str {
        &self.out
    }

    /// Text as text; a number is not broken between its digits.
    pub fn text(&mut self, text: &str) {
        escape(&unbroken(text), &mut self.out);
    }

    /// Sentences of ours: what stands between two backticks is a word of the program.
    pub fn prose(&mut self, text: &str) {
        let mut parts = text.split('`').peekable();
        let mut is_code = false;
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            match is_code && !is_last {
                true => self.within("code", &[], |inner| inner.verbatim(part)),
                // A backtick without another one is one.
                false if is_code => self.text(&format!("`{part}")),
                false => self.text(part),
            }
            is_code = !is_code;
        }
    }

    /// Text that is copied: every character as it is.
    pub fn verbatim(&mut self, text: &str) {
        escape(text, &mut self.out);
    }

    /// An element with others in it.
    pub fn within(
        &mut self,
        tag: &str,
        attributes: &Attributes<'_>,
        inside: impl FnOnce(&mut Markup),
    ) {
        self.open(tag, attributes);
        self.out.push('>');
        inside(self);
        self.out.extend(["</", tag, ">"]);
    }

    /// An element with text in it.
    pub fn element(&mut self, tag: &str, attributes: &Attributes<'_>, text: &str) {
        self.within(tag, attributes, |inner| inner.text(text));
    }

    /// An element with nothing in it.
    pub fn empty(&mut self, tag: &str, attributes: &Attributes<'_>) {
        self.open(tag, attributes);
        self.out.push_str("/>");
    }

    /// A style sheet.
    pub fn style(&mut self, sheet: &'static str) {
        self.out.extend(["<style>", sheet, "</style>"]);
    }

    /// What was made elsewhere.
    pub fn markup(&mut self, other: &Markup) {
        self.out.push_str(&other.out);
    }

    /// A new line, for those who read the source.
    pub fn line(&mut self) {
        self.out.push('\n');
    }

    fn open(&mut self, tag: &str, attributes: &Attributes<'_>) {
        self.out.extend(["<", tag]);
        for (name, value) in attributes {
            self.out.extend([" ", name, "=\""]);
            escape(value, &mut self.out);
            self.out.push('"');
        }
    }
}

/// With spaces between digits, and between a number and its `%`, at which no line ends.
fn unbroken(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after_digit = out.ends_with(|before: char| before.is_ascii_digit());
        let is_inside = rest.peek().is_some_and(|next| next.is_ascii_digit() || *next == '%');
        out.push(if c == ' ' && after_digit && is_inside { '\u{a0}' } else { c });
    }
    out
}

/// Text that is neither markup nor the end of an attribute, whatever it holds; what would turn the
/// order of letters round, or cannot be shown, is written as `\u{202e}`.
pub fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                write!(out, "{}", c.escape_unicode()).expect("strings take all");
            }
            c if c.is_control() => {
                write!(out, "{}", c.escape_unicode()).expect("strings take all");
            }
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut out = String::new();
        escape(text, &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn hostile_text_stays_text() {
        check("</script><b>", "&lt;/script&gt;&lt;b&gt;");
        check("\"'><img onerror=x>", "&quot;&#39;&gt;&lt;img onerror=x&gt;");
        check("a & b &amp; c", "a &amp; b &amp;amp; c");
        check("\u{202e}txt\u{0}\u{1b}", "\\u{202e}txt\\u{0}\\u{1b}");
        check("数 ≈ ✓", "数 ≈ ✓");
    }

    #[test]
    fn words_of_the_program_stand_apart() {
        let told = |text: &str| {
            let mut markup = Markup::default();
            markup.prose(text);
            markup.as_str().to_owned()
        };
        assert_eq!(told("see `stopsim run`."), "see <code>stopsim run</code>.");
        assert_eq!(told("`a` and `<b>`"), "<code>a</code> and <code>&lt;b&gt;</code>");
        assert_eq!(told("a ` alone"), "a ` alone");
    }

    #[test]
    fn a_number_stays_on_one_line() {
        let mut markup = Markup::default();
        markup.text("of 1 140 (97.7 %) in all 2");
        assert_eq!(markup.as_str(), "of 1\u{a0}140 (97.7\u{a0}%) in all 2");
    }

    #[test]
    fn who_opens_an_element_closes_it() {
        let mut markup = Markup::default();
        markup.within("p", &[("title", "a\"b")], |p| {
            p.text("1 < 2");
            p.element("b", &[], "so");
            p.empty("br", &[]);
        });
        assert_eq!(markup.as_str(), "<p title=\"a&quot;b\">1 &lt; 2<b>so</b><br/></p>");
    }
}
