//! Tells code, comment and blank lines apart, one line at a time and in constant memory.

use super::syntax::{Quote, Syntax};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineKind {
    Blank,
    Comment,
    Code,
}

pub(crate) struct Line<'text> {
    pub(crate) kind: LineKind,
    /// What the first comment on the line says, with its opening mark.
    pub(crate) comment: Option<&'text [u8]>,
    /// False when the line continues a string or comment of the line before.
    pub(crate) starts_fresh: bool,
}

enum State {
    Code,
    Comment { open: &'static str, close: &'static str, depth: u32 },
    Text { close: &'static str, escapes: bool, spans_lines: bool, documents: bool },
}

pub(crate) struct LineClassifier {
    syntax: &'static Syntax,
    state: State,
    /// First bytes of anything the syntax knows, so that plain code is skipped quickly.
    marks: [bool; 256],
}

impl LineClassifier {
    pub(crate) fn new(syntax: &'static Syntax) -> Self {
        let mut marks = [false; 256];
        let openings = syntax
            .line
            .iter()
            .chain(syntax.documentation)
            .copied()
            .chain(syntax.block.iter().map(|(open, _)| *open))
            .chain(syntax.strings.iter().map(|quote| quote.open));
        for opening in openings {
            marks[usize::from(opening.as_bytes()[0])] = true;
        }
        marks[usize::from(b'\'')] |= syntax.character_literals;
        Self { syntax, state: State::Code, marks }
    }

    pub(crate) fn classify<'text>(&mut self, line: &'text [u8]) -> Line<'text> {
        let line = line.trim_ascii();
        let starts_fresh = matches!(self.state, State::Code);
        if line.is_empty() {
            return Line { kind: LineKind::Blank, comment: None, starts_fresh };
        }
        let mut scan = Scan { line, at: 0, has_code: false, comment: None };
        while scan.at < line.len() {
            match self.state {
                State::Code => self.in_code(&mut scan),
                State::Comment { open, close, depth } => self.in_comment(&mut scan, open, close, depth),
                State::Text { close, escapes, documents, .. } => {
                    self.in_text(&mut scan, close, escapes, documents);
                }
            }
        }
        if matches!(self.state, State::Text { spans_lines: false, .. }) {
            self.state = State::Code;
        }
        let kind = if scan.has_code { LineKind::Code } else { LineKind::Comment };
        let comment = scan.comment.map(|(start, end)| &line[start..end]);
        Line { kind, comment, starts_fresh }
    }

    /// A line that was cut off says nothing about how it ended.
    pub(crate) fn forget_state(&mut self) {
        self.state = State::Code;
    }

    fn in_code(&mut self, scan: &mut Scan<'_>) {
        let byte = scan.line[scan.at];
        if byte.is_ascii_whitespace() {
            scan.at += 1;
            return;
        }
        if !self.marks[usize::from(byte)] {
            scan.has_code = true;
            scan.at += 1;
            return;
        }
        let rest = &scan.line[scan.at..];
        let starts = |mark: &&str| rest.starts_with(mark.as_bytes());
        if let Some(mark) = self.syntax.documentation.iter().copied().find(starts)
            && !scan.has_code
        {
            scan.begin_comment(mark.len());
            self.state = State::Text { close: mark, escapes: true, spans_lines: true, documents: true };
        } else if let Some((open, close)) = self.syntax.block.iter().find(|(open, _)| starts(open)) {
            scan.begin_comment(open.len());
            self.state = State::Comment { open, close, depth: 1 };
        } else if self.syntax.line.iter().any(starts) {
            scan.begin_comment(rest.len());
            scan.end_comment();
        } else if let Some(quote) = self.syntax.strings.iter().find(|quote| starts(&quote.open)) {
            let Quote { open, close, escapes, spans_lines } = *quote;
            scan.has_code = true;
            scan.at += open.len();
            self.state = State::Text { close, escapes, spans_lines, documents: false };
        } else {
            scan.has_code = true;
            scan.at += if self.syntax.character_literals { character_literal(rest) } else { 1 };
        }
    }

    fn in_comment(&mut self, scan: &mut Scan<'_>, open: &'static str, close: &'static str, depth: u32) {
        if scan.comment.is_none() {
            scan.begin_comment(0);
        }
        let rest = &scan.line[scan.at..];
        if rest.starts_with(close.as_bytes()) {
            scan.at += close.len();
            scan.end_comment();
            self.state = match depth {
                0 | 1 => State::Code,
                _ => State::Comment { open, close, depth: depth - 1 },
            };
        } else if self.syntax.nests && rest.starts_with(open.as_bytes()) {
            scan.at += open.len();
            self.state = State::Comment { open, close, depth: depth + 1 };
        } else {
            scan.at += 1;
            scan.end_comment();
        }
    }

    fn in_text(&mut self, scan: &mut Scan<'_>, close: &'static str, escapes: bool, documents: bool) {
        if !documents {
            scan.has_code = true;
        } else if scan.comment.is_none() {
            scan.begin_comment(0);
        }
        let rest = &scan.line[scan.at..];
        if escapes && rest[0] == b'\\' {
            scan.at = (scan.at + 2).min(scan.line.len());
        } else if rest.starts_with(close.as_bytes()) {
            scan.at += close.len();
            self.state = State::Code;
        } else {
            scan.at += 1;
        }
        if documents {
            scan.end_comment();
        }
    }
}

struct Scan<'text> {
    line: &'text [u8],
    at: usize,
    has_code: bool,
    comment: Option<(usize, usize)>,
}

impl Scan<'_> {
    fn begin_comment(&mut self, length: usize) {
        let start = self.at;
        self.at += length;
        self.comment.get_or_insert((start, self.at));
    }

    /// Only the first comment of a line is kept: markers stand there.
    fn end_comment(&mut self) {
        if let Some((_, end)) = &mut self.comment {
            *end = self.at;
        }
    }
}

/// Length of `'"'` or `'\''`; of anything else, such as a lifetime, only the quote.
fn character_literal(rest: &[u8]) -> usize {
    match rest {
        [b'\'', b'\\', _, b'\'', ..] => 4,
        [b'\'', _, b'\'', ..] => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::by_file_name;
    use super::*;

    /// One letter per line: `c`ode, `/` comment, `.` blank.
    fn check(file_name: &str, text: &str, expected: &str) {
        let language = by_file_name(file_name).expect("the test names a known language");
        let mut classifier = LineClassifier::new(language.syntax);
        let kinds: String = text
            .lines()
            .map(|line| match classifier.classify(line.as_bytes()).kind {
                LineKind::Blank => '.',
                LineKind::Comment => '/',
                LineKind::Code => 'c',
            })
            .collect();
        assert_eq!(kinds, expected, "{}:\n{text}", language.name);
    }

    #[test]
    fn lines_are_code_comment_or_blank() {
        check(
            "a.rs",
            "// a\n\nfn f() {} // b\n/* x\n y */ let a = 1;\n/* /* */\n still */\nlet b;",
            "/.c/c//c",
        );
        check("a.rs", "let a = \"// no\";\nlet b = '\"'; // yes\nlet c = 'a'; /* open\n*/", "ccc/");
        check("a.rs", "fn f<'a>(x: &'a str) {} // \"\n// comment\nlet s = r#\"\n// text\n\"#;", "c/ccc");
        check("a.rs", "let s = \"one\n// still text\n\";\n// comment", "ccc/");
        check(
            "a.py",
            "\"\"\"Says\nwhat.\n\"\"\"\nx = \"\"\"text\n# text\n\"\"\"  # comment\n# comment",
            "///ccc/",
        );
        check("a.js", "const a = `//\n/* text`;\n// comment\nconst b = 'it\\'s // no';", "cc/c");
        check("a.c", "int a = 1; /* one */ int b;\n/* two */\n\"unclosed\n// comment", "c/c/");
        check("a.html", "<p>\n<!-- one\n two -->\n</p>", "c//c");
        check("a.json", "{\n\"a\": \"// text\"\n}", "ccc");
        check("a.sh", "#!/bin/sh\necho \"it's\"\n# comment", "/c/");
    }
}
