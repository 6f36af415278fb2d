//! Which files hold tests, and roughly how many test cases: by the conventions of each language.

/// Folders whose code counts as test code.
const TEST_FOLDERS: [&str; 8] = ["test", "tests", "__tests__", "spec", "specs", "e2e", "testing", "testdata"];

/// Whether the file of a programming language is test code, by its path.
pub(crate) fn is_test_file(path: &str) -> bool {
    let (folders, file_name) = path.rsplit_once('/').unwrap_or(("", path));
    if folders.split('/').any(|folder| TEST_FOLDERS.contains(&folder.to_ascii_lowercase().as_str())) {
        return true;
    }
    let stem = file_name.split_once('.').map_or(file_name, |(stem, _)| stem);
    let inner = file_name.split('.').any(|part| matches!(part, "test" | "tests" | "spec" | "cy"));
    let lower = stem.to_ascii_lowercase();
    inner
        || lower == "tests"
        || lower.starts_with("test_")
        || lower.ends_with("_test")
        || lower.ends_with("_tests")
        || lower.ends_with("_spec")
        // `LatestThing` ends with no capital `Test`, so case matters here.
        || (stem.len() > 5 && (stem.ends_with("Test") || stem.ends_with("Tests") || stem.ends_with("Spec")))
}

/// Openings of a test case. Those of the second list are ordinary words elsewhere and count only in test files.
struct Openings {
    languages: &'static [&'static str],
    anywhere: &'static [&'static str],
    in_test_files: &'static [&'static str],
}

#[rustfmt::skip] // one convention per line
static OPENINGS: &[Openings] = &[
    Openings { languages: &["Python"], anywhere: &["def test_", "async def test_"], in_test_files: &[] },
    Openings { languages: &["JavaScript", "TypeScript", "Vue", "Svelte", "Dart", "Groovy"], anywhere: &[],
        in_test_files: &["it(", "test(", "it.each", "test.each", "it.only(", "test.only(", "it.skip(", "test.skip(", "testWidgets(", "Deno.test("] },
    Openings { languages: &["Go"], anywhere: &[], in_test_files: &["func Test", "func Fuzz", "func Example", "func Benchmark"] },
    Openings { languages: &["Java", "Kotlin", "Scala"], anywhere: &["@Test", "@ParameterizedTest", "@RepeatedTest"], in_test_files: &["test(\"", "it(\""] },
    Openings { languages: &["C#", "F#", "Visual Basic"], anywhere: &["[Test]", "[Fact", "[Theory", "[TestMethod", "[TestCase"], in_test_files: &[] },
    Openings { languages: &["C", "C++", "Cuda", "Objective-C"], anywhere: &["TEST(", "TEST_F(", "TEST_P(", "TEST_CASE(", "BOOST_AUTO_TEST_CASE("], in_test_files: &["- (void)test"] },
    Openings { languages: &["Ruby", "Crystal"], anywhere: &[], in_test_files: &["it \"", "it '", "def test_", "test \"", "test '", "specify \""] },
    Openings { languages: &["PHP"], anywhere: &["public function test", "#[Test]"], in_test_files: &["test('", "it('", "function test"] },
    Openings { languages: &["Swift"], anywhere: &["func test", "@Test"], in_test_files: &[] },
    Openings { languages: &["Elixir"], anywhere: &[], in_test_files: &["test \"", "property \""] },
    Openings { languages: &["Shell"], anywhere: &["@test "], in_test_files: &["test_"] },
    Openings { languages: &["Perl"], anywhere: &[], in_test_files: &["subtest ", "ok(", "is("] },
    Openings { languages: &["Zig"], anywhere: &["test \""], in_test_files: &[] },
    Openings { languages: &["Julia"], anywhere: &["@testset", "@test "], in_test_files: &[] },
];

/// Whether a line of code opens a test case.
pub(crate) fn opens_test_case(language: &str, line: &[u8], in_test_file: bool) -> bool {
    let line = line.trim_ascii();
    if language == "Rust" {
        return opens_rust_test(line);
    }
    let starts = |openings: &[&str]| openings.iter().any(|opening| line.starts_with(opening.as_bytes()));
    OPENINGS
        .iter()
        .filter(|openings| openings.languages.contains(&language))
        .any(|openings| starts(openings.anywhere) || (in_test_file && starts(openings.in_test_files)))
}

/// `#[test]`, `#[tokio::test(flavor = "…")]`, `#[rstest]`: an attribute whose path ends with a test macro.
fn opens_rust_test(line: &[u8]) -> bool {
    let Some(attribute) = line.strip_prefix(b"#[") else { return false };
    let end = attribute.iter().position(|byte| matches!(byte, b']' | b'(')).unwrap_or(attribute.len());
    let path = &attribute[..end];
    let last = path.rsplit(|byte| *byte == b':').next().unwrap_or(path);
    matches!(last, b"test" | b"rstest" | b"quickcheck" | b"wasm_bindgen_test" | b"test_case" | b"proptest")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_known_by_their_path() {
        for (path, expected) in [
            ("src/tests/a.rs", true),
            ("src/parser_test.go", true),
            ("src/Button.test.tsx", true),
            ("app/UserTest.java", true),
            ("test_run.py", true),
            ("src/latest.rs", false),
            ("src/Contest.java", false),
            ("src/attest/key.rs", false),
        ] {
            assert_eq!(is_test_file(path), expected, "{path}");
        }
    }

    #[test]
    fn test_cases_are_known_by_their_opening() {
        for (language, line, in_test_file, expected) in [
            ("Rust", "    #[test]", false, true),
            ("Rust", "#[tokio::test(start_paused = true)]", false, true),
            ("Rust", "#[cfg(test)]", false, false),
            ("Python", "    async def test_x(self):", false, true),
            ("TypeScript", "  it('works', () => {", true, true),
            ("TypeScript", "test(value)", false, false),
            ("Go", "func TestX(t *testing.T) {", true, true),
        ] {
            let opens = opens_test_case(language, line.as_bytes(), in_test_file);
            assert_eq!(opens, expected, "{language}: {line}");
        }
    }
}
