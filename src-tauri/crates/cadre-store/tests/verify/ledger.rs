//! The chain of entries, and the head that is kept outside it.

use std::collections::BTreeSet;

use cadre_graph::Hash;
use cadre_store::aggregates::request::RequestFiled;
use cadre_store::ledger::{Entry, leaf};
use cadre_store::{Anchor, Batch, Finding, VerifyReport, value_part};
use serde_json::json;

use crate::raw::Raw;
use crate::workspace::{Outcome, Workspace, close};

async fn looked(workspace: &Workspace, with_heads: bool) -> VerifyReport {
    match workspace.look(with_heads).await {
        Outcome::Looked(report) => report,
        Outcome::Refused(error) => panic!("the file still opens: {error}"),
    }
}

fn at(report: &VerifyReport, seq: u64) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| finding.seq == Some(seq)).collect()
}

async fn length(workspace: &Workspace) -> u64 {
    looked(workspace, false).await.entries
}

#[tokio::test]
async fn two_swapped_entries_are_both_named() {
    let workspace = Workspace::build().await;
    let last = length(&workspace).await;
    for (one, other) in [(1, 2), (1, last), (last / 2, last / 2 + 1), (last - 1, last)] {
        let copy = workspace.copy();
        let raw = Raw::open(&copy.file());
        raw.run(&format!("UPDATE ledger SET seq = -1 WHERE seq = {one}"));
        raw.run(&format!("UPDATE ledger SET seq = {one} WHERE seq = {other}"));
        raw.run(&format!("UPDATE ledger SET seq = {other} WHERE seq = -1"));
        raw.close();
        let report = looked(&copy, false).await;
        for seq in [one, other] {
            assert!(!at(&report, seq).is_empty(), "entry {seq} of {one} and {other}: {:?}", report.findings);
        }
    }
}

#[tokio::test]
async fn a_missing_entry_is_named_by_the_one_after_it() {
    let workspace = Workspace::build().await;
    for seq in [1, 7, length(&workspace).await - 1] {
        let copy = workspace.copy();
        let raw = Raw::open(&copy.file());
        raw.run(&format!("DELETE FROM ledger WHERE seq = {seq}"));
        raw.close();
        let report = looked(&copy, false).await;
        let said = at(&report, seq + 1).iter().any(|finding| finding.message.contains("entries are missing"));
        assert!(said, "entry {seq} was removed: {:?}", report.findings);
    }
}

#[tokio::test]
async fn a_tail_that_was_cut_off_is_found_by_the_kept_head() {
    let workspace = Workspace::build().await;
    let last = length(&workspace).await;
    for cut in [1, 2, last / 2] {
        let copy = workspace.copy();
        let raw = Raw::open(&copy.file());
        raw.run(&format!("DELETE FROM ledger WHERE seq > {}", last - cut));
        raw.close();
        let report = looked(&copy, true).await;
        let said =
            at(&report, last - cut).iter().any(|finding| finding.message.contains("the end was cut off"));
        assert!(said, "{cut} entries were cut off: {:?}", report.findings);
    }
}

fn request(id: &str) -> RequestFiled {
    let content = value_part(json!({ "text": id }));
    RequestFiled { id: id.into(), content, by: "owner".into(), channel: "cli".into() }
}

async fn file_a_request(workspace: &Workspace, id: &str) {
    let (store, writer) = workspace.open(true).await.expect("it opens");
    let mut batch = Batch::new();
    batch.add(&request(id));
    store.write(batch).await.expect("the record is sound");
    close(store, writer).await;
}

/// An older copy is sound in itself. Neither looking at it, nor going on from it, takes the witness away.
#[tokio::test]
async fn a_file_that_was_put_back_is_found_however_often_it_is_opened() {
    let workspace = Workspace::build().await;
    let older = workspace.copy();
    let last = length(&workspace).await;
    file_a_request(&workspace, "r2").await;
    file_a_request(&workspace, "r3").await;
    std::fs::copy(older.file(), workspace.file()).expect("the file is closed");
    for name in ["cadre.sqlite-wal", "cadre.sqlite-shm"] {
        let _ = std::fs::remove_file(workspace.folder().join(name)); // closed, so usually not there
    }
    assert_eq!(looked(&workspace, false).await.findings, [], "in itself the older file is sound");
    for time in ["the first time", "again"] {
        let report = looked(&workspace, true).await;
        let said = at(&report, last).iter().any(|finding| finding.message.contains("the end was cut off"));
        assert!(said, "{time}: {:?}", report.findings);
    }
    file_a_request(&workspace, "another history").await;
    assert!(!looked(&workspace, true).await.holds(), "an entry more does not make up for two that are gone");
    file_a_request(&workspace, "as long").await;
    let report = looked(&workspace, true).await;
    let said =
        at(&report, last + 2).iter().any(|finding| finding.message.contains("is not the entry whose head"));
    assert!(said, "as long as the real one, and not the real one: {:?}", report.findings);
    file_a_request(&workspace, "longer").await;
    assert!(!looked(&workspace, true).await.holds(), "a longer history does not take the witness away");
}

#[tokio::test]
async fn a_last_entry_that_was_rewritten_with_its_hash_is_found_by_the_kept_head() {
    let workspace = Workspace::build().await;
    let last = length(&workspace).await;
    let raw = Raw::open(&workspace.file());
    let body = raw.texts("SELECT CAST(body AS TEXT) FROM ledger ORDER BY seq DESC LIMIT 1").remove(0);
    let mut entry = Entry::decode(body.as_bytes()).expect("we wrote it");
    // Its reason is repeated in no row.
    entry.data["reason"] = json!("all is well");
    let (body, leaf) = (hex(&entry.body()), leaf(&entry.body()));
    raw.run(&format!("UPDATE ledger SET body = X'{body}', leaf = X'{leaf}' WHERE seq = {last}"));
    raw.close();
    assert_eq!(looked(&workspace, false).await.findings, [], "nothing in the file speaks against it");
    let report = looked(&workspace, true).await;
    assert_eq!(at(&report, last).len(), 1, "the kept head does: {:?}", report.findings);
}

#[tokio::test]
async fn an_entry_of_an_unknown_kind_verifies_and_is_shown_as_unknown() {
    let workspace = Workspace::build().await;
    let (seq, prev) = append_unknown(&workspace).await;
    let report = looked(&workspace, true).await;
    assert_eq!(report.findings, [], "an unknown kind is no fault");
    assert_eq!(report.unknown_kinds, BTreeSet::from(["future.thing".to_owned()]), "it is shown as unknown");
    assert_eq!(report.entries, seq, "and it counts");
    file_a_request(&workspace, "r2").await;
    assert_eq!(looked(&workspace, true).await.anchor, Anchor::UpTo(seq + 1), "the chain goes on behind it");
    let raw = Raw::open(&workspace.file());
    let changed = unknown(seq, prev, "another note");
    raw.run(&format!("UPDATE ledger SET body = X'{}' WHERE seq = {seq}", hex(&changed.body())));
    raw.close();
    assert!(!at(&looked(&workspace, false).await, seq).is_empty(), "its bytes are covered like all others");
}

fn unknown(seq: u64, prev: Hash, note: &str) -> Entry {
    Entry { at: 1, data: json!({ "note": note }), kind: "future.thing".into(), prev, seq, v: 7 }
}

async fn append_unknown(workspace: &Workspace) -> (u64, Hash) {
    let report = looked(workspace, false).await;
    let (seq, prev) = (report.entries + 1, report.head);
    let body = unknown(seq, prev, "a note").body();
    let raw = Raw::open(&workspace.file());
    raw.run(&format!("INSERT INTO ledger VALUES ({seq}, X'{}', X'{}')", hex(&body), leaf(&body)));
    raw.close();
    (seq, prev)
}

#[tokio::test]
async fn many_findings_are_counted_and_the_first_are_listed() {
    let workspace = Workspace::build().await;
    let (store, writer) = workspace.open(false).await.expect("it opens");
    for number in 0..150 {
        let mut batch = Batch::new();
        batch.add(&request(&format!("extra{number}")));
        store.write(batch).await.expect("the record is sound");
    }
    close(store, writer).await;
    let raw = Raw::open(&workspace.file());
    raw.run("UPDATE ledger SET leaf = zeroblob(32)");
    raw.close();
    let report = looked(&workspace, false).await;
    assert_eq!(report.findings.len(), 100, "a list that nobody reads to its end helps nobody");
    assert_eq!(report.more + 100, report.entries, "each changed leaf is counted");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
