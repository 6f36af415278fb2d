//! Every code that a caller can get has a page, and every page a code.

use std::collections::BTreeSet;
use std::path::Path;

use cadre_api::CODES;

#[test]
fn each_code_has_a_page_and_a_hint() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/errors");
    let index = std::fs::read_to_string(folder.join("index.json")).expect("docs/errors/index.json is there");
    let listed: BTreeSet<String> = serde_json::from_str(&index).expect("it is a list of codes");
    let codes: BTreeSet<String> = CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
    assert_eq!(codes, listed, "docs/errors/index.json lists exactly the codes that exist");
    for (code, hint) in CODES {
        assert!(folder.join(format!("{code}.md")).is_file(), "`{code}` has a page with remedies");
        assert!(!hint.is_empty(), "`{code}` says what to do");
    }
}
