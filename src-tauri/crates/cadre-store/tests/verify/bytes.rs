//! Bytes of the file itself, changed one at a time.

use cadre_store::OpenError;

use crate::raw::Raw;
use crate::workspace::{Outcome, Workspace};

/// Prime, so that over all pages every place in a page is met.
const STRIDE: usize = 997;

#[tokio::test]
async fn a_changed_byte_of_the_file_is_found_unless_nothing_is_stored_in_it() {
    let workspace = Workspace::build().await;
    let bytes = std::fs::read(workspace.file()).expect("the file is closed");
    let mut raw = Raw::open(&workspace.file()).await;
    let stored = raw.dump().await.expect("reads");
    raw.close().await;
    // The header of the file, byte by byte, and then positions all over it.
    let positions: Vec<usize> = (0..112).chain((112..bytes.len()).step_by(STRIDE)).collect();
    let mut found = 0;
    for &position in &positions {
        let copy = workspace.copy();
        let mut changed = bytes.clone();
        changed[position] ^= 1 << (position % 8);
        std::fs::write(copy.file(), &changed).expect("a file of ours");
        match copy.look(false).await {
            Outcome::Looked(report) if report.holds() => {
                // Then everything that is stored must still be there, as it was.
                let mut raw = Raw::open(&copy.file()).await;
                let now = raw.dump().await.expect("what holds can be read");
                assert!(
                    now == stored,
                    "byte {position} changed what is stored, and verify says that it holds"
                );
            }
            Outcome::Looked(_) | Outcome::Refused(OpenError::Damaged(_)) => found += 1,
            Outcome::Refused(error) => panic!("byte {position}: damage is called something else: {error:?}"),
        }
    }
    assert!(found * 2 > positions.len(), "only {found} of {} were found", positions.len());
}
