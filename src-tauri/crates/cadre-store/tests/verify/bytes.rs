//! Bytes of the file itself, changed one at a time.

use cadre_store::OpenError;

use crate::raw::{Raw, RawRow};
use crate::workspace::{Outcome, Workspace};

/// Prime, so that over all pages every place in a page is met.
const STRIDE: usize = 997;
/// Shorter contents occur by chance, in statements and in numbers.
const LONG_ENOUGH: usize = 8;

struct File {
    workspace: Workspace,
    bytes: Vec<u8>,
    stored: Vec<(String, Vec<RawRow>)>,
}

impl File {
    async fn build() -> File {
        let workspace = Workspace::build().await;
        let bytes = std::fs::read(workspace.file()).expect("the file is closed");
        let raw = Raw::open(&workspace.file());
        let stored = raw.dump().expect("reads");
        raw.close();
        File { workspace, bytes, stored }
    }

    /// Whether a changed byte is found. If it is not, everything that is stored must still be there, as it was.
    async fn finds(&self, position: usize) -> bool {
        let copy = self.workspace.copy();
        let mut changed = self.bytes.clone();
        changed[position] ^= 1 << (position % 8);
        std::fs::write(copy.file(), &changed).expect("a file of ours");
        match copy.look(false).await {
            Outcome::Looked(report) if report.holds() => {
                let raw = Raw::open(&copy.file());
                let now = raw.dump().expect("what holds can be read");
                assert!(
                    now == self.stored,
                    "byte {position} changed what is stored, and verify says that it holds"
                );
                false
            }
            Outcome::Looked(_) | Outcome::Refused(OpenError::Damaged(_)) => true,
            Outcome::Refused(error) => panic!("byte {position}: damage is called something else: {error:?}"),
        }
    }
}

#[tokio::test]
async fn a_changed_byte_is_found_unless_nothing_is_stored_in_it() {
    let file = File::build().await;
    // The header of the file byte by byte, then positions all over it.
    let mut found = 0;
    for position in (0..100).chain((100..file.bytes.len()).step_by(STRIDE)) {
        found += usize::from(file.finds(position).await);
    }
    assert!(found > 0, "no change of a byte was found at all");
}

#[tokio::test]
async fn a_changed_byte_of_whatever_is_stored_is_found() {
    let file = File::build().await;
    let mut tried = 0;
    for (table, rows) in &file.stored {
        for content in rows.iter().flat_map(|row| &row.cells).filter_map(|cell| content(cell)) {
            // In the table, in each index that repeats it, and in parts of a page that are no longer in use.
            let mut found = false;
            let starts = occurrences(&file.bytes, &content);
            for start in &starts {
                found |= file.finds(start + content.len() / 2).await;
                tried += 1;
            }
            let text = String::from_utf8_lossy(&content);
            assert!(
                found || starts.is_empty(),
                "`{text}` of `{table}` was changed unseen, at each of {starts:?}"
            );
        }
    }
    assert!(tried > 300, "only {tried} bytes were changed: the contents were not found in the file");
}

/// The bytes of a text or a blob, from its SQL literal.
fn content(literal: &str) -> Option<Vec<u8>> {
    let content = match (literal.strip_prefix("X'"), literal.strip_prefix('\'')) {
        (Some(digits), _) => {
            let digits = digits.strip_suffix('\'')?.as_bytes();
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>()?
        }
        (None, Some(text)) => text.strip_suffix('\'')?.replace("''", "'").into_bytes(),
        (None, None) => return None,
    };
    (content.len() >= LONG_ENOUGH).then_some(content)
}

fn occurrences(bytes: &[u8], content: &[u8]) -> Vec<usize> {
    let starts = bytes.windows(content.len()).enumerate();
    starts.filter(|(_, window)| *window == content).map(|(start, _)| start).collect()
}
