//! What is handed to somebody else of a record, and what is taken out of it.

use std::io::{BufReader, Cursor, Read, Write};
use std::sync::{Arc, Mutex};

use cadre_store::aggregates::conversation::RunMessage;
use cadre_store::evidence::{BundleError, BundleReport, ExportError, Scope, check_bundle};
use cadre_store::{Batch, OpenOptions, RedactError, Redaction, SignedHead, Store, StoreClock, value_part};
use serde_json::{Value, json};

use crate::place::{Place, close, request, verified};
use crate::signing::{Device, Shared, decision};

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn export(store: &Store, scope: Scope, head: Option<SignedHead>) -> Result<String, ExportError> {
    let buffer = Buffer::default();
    store.export_evidence(scope, head, buffer.clone()).await?;
    let bytes = buffer.0.lock().expect("nobody panicked").clone();
    Ok(String::from_utf8(bytes).expect("a bundle is text"))
}

fn check(bundle: &str) -> BundleReport {
    check_bundle(bundle.as_bytes(), None).expect("it is a bundle")
}

fn said(project: &str, place: u32, text: &str) -> Batch {
    let mut batch = Batch::new();
    batch.add(&RunMessage {
        run: format!("run-of-{project}"),
        place,
        project: project.into(),
        step: "s".into(),
        role: "agent".into(),
        name: "scout".into(),
        text: value_part(json!(text)),
        data: None,
    });
    batch
}

fn work() -> Vec<Batch> {
    vec![
        request("r1"),
        said("p1", 0, "one"),
        said("p2", 0, "two"),
        decision("d1"),
        said("p1", 1, "three"),
        decision("d2"),
    ]
}

#[tokio::test]
async fn a_whole_record_is_checked_with_nothing_but_its_bundle() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    let entries = shared.work(&laptop, false, work()).await.entries;
    let (store, writer) = shared.open(&laptop).await;
    let bundle = export(&store, Scope::Workspace, None).await.expect("it is sound");
    close(store, writer).await;
    let report = check(&bundle);
    assert_eq!(report.findings, Vec::<String>::new());
    assert_eq!((report.entries, report.size, report.values), (entries, entries, 4));
    assert_eq!(report.signers.len(), 1, "the newest head of each device");
    assert_eq!((report.signers[0].to, report.signers[0].device.as_str()), (entries, "laptop"));
    let lines: Vec<&str> = bundle.lines().collect();
    for left_out in 1..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(left_out);
        assert!(!check(&fewer.join("\n")).holds(), "without line {left_out}: {}", lines[left_out]);
    }
}

#[tokio::test]
async fn a_changed_bundle_does_not_hold() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    shared.work(&laptop, false, work()).await;
    let (store, writer) = shared.open(&laptop).await;
    for scope in [Scope::Workspace, Scope::Project("p1".into()), Scope::Entry(3)] {
        let bundle = export(&store, scope.clone(), None).await.expect("it is sound");
        assert_eq!(check(&bundle).findings, Vec::<String>::new(), "{scope:?}");
        let bytes = bundle.as_bytes();
        for position in (0..bytes.len()).step_by(7) {
            let mut changed = bytes.to_vec();
            changed[position] ^= 1;
            match check_bundle(&changed[..], None) {
                // Only what stands beside the proof may be another: the name of the scope, and of nobody's device.
                Ok(report) if report.holds() => {
                    let text = String::from_utf8_lossy(&changed);
                    let head = text.lines().next().unwrap_or_default().to_owned();
                    assert_ne!(
                        head,
                        bundle.lines().next().unwrap_or_default(),
                        "byte {position} of {scope:?}: {text}"
                    );
                }
                Ok(_) | Err(BundleError::NoBundle(_) | BundleError::Version { .. }) => {}
                Err(error) => panic!("byte {position}: {error}"),
            }
        }
    }
    close(store, writer).await;
}

#[tokio::test]
async fn of_a_project_only_its_own_is_told() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    shared.work(&laptop, false, work()).await;
    let (store, writer) = shared.open(&laptop).await;
    let bundle = export(&store, Scope::Project("p1".into()), None).await.expect("it is sound");
    let report = check(&bundle);
    assert_eq!(report.findings, Vec::<String>::new());
    assert_eq!((report.entries, report.values), (2, 2));
    assert!(bundle.contains("three") && !bundle.contains("two"), "nothing of another project: {bundle}");
    let nobody = export(&store, Scope::Project("p9".into()), None).await;
    assert!(matches!(nobody, Err(ExportError::NoProject(_))));
    assert!(matches!(export(&store, Scope::Entry(99), None).await, Err(ExportError::NoEntry(99))));
    close(store, writer).await;
}

/// Somebody has a head from before, and nothing else.
#[tokio::test]
async fn one_entry_is_proved_to_whoever_has_only_the_signed_head() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    shared.work(&laptop, false, work()).await;
    let head: SignedHead =
        serde_json::from_value(laptop.kept()["signature"]["signed"].clone()).expect("it was kept");
    shared.work(&laptop, true, vec![decision("d3"), request("r2")]).await;
    let (store, writer) = shared.open(&laptop).await;
    for seq in 1..=head.head.size {
        let proof = export(&store, Scope::Entry(seq), Some(head.clone())).await.expect("it is there");
        let report = check_bundle(proof.as_bytes(), Some(&head)).expect("it is a bundle");
        assert_eq!(report.findings, Vec::<String>::new(), "entry {seq}");
        assert!(!proof.contains("\"value\""), "what it says of values is no content");
    }
    let later = export(&store, Scope::Entry(2), None).await.expect("it is there");
    let report = check_bundle(later.as_bytes(), Some(&head)).expect("it is a bundle");
    assert!(!report.holds(), "it is of a later head than the one that was given");
    let mut other = head.clone();
    other.head.root = other.head.leaf;
    assert!(matches!(export(&store, Scope::Entry(2), Some(other)).await, Err(ExportError::OtherHead)));
    close(store, writer).await;
}

/// A line that never ends is not read to its end.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        self.0 += to.len() as u64;
        assert!(self.0 < 200 << 20, "it reads on and on");
        to.fill(b'{');
        Ok(to.len())
    }
}

#[test]
fn a_strangers_file_gets_a_clear_answer() {
    let header = |v: u32| {
        let root = "0".repeat(64);
        json!({ "format": "cadre-evidence", "v": v, "workspace": "w", "scope": "workspace", "size": 1, "root": root })
            .to_string()
    };
    let no = |bytes: &[u8]| check_bundle(bytes, None).expect_err("it is none").to_string();
    assert!(no(b"").contains("it is empty"));
    assert!(no(b"\x7fELF garbage\n").contains("not JSON"));
    assert!(no(b"{}\n").contains("does not say that it is one"));
    assert!(no(header(2).as_bytes()).contains("version 2"));
    assert!(no(b"{\"format\":\"cadre-evidence\",\"v\":1}\n").contains("odd"));
    assert!(no(&vec![b'x'; 100 << 20]).contains("no end"));
    let endless = BufReader::new(Endless(0));
    assert!(check_bundle(endless, None).expect_err("it is none").to_string().contains("no end"));
    let after = Cursor::new(format!("{}\n", header(1))).chain(Endless(0));
    let error = check_bundle(BufReader::new(after), None).expect_err("no line is so long");
    assert!(matches!(error, BundleError::TooLong { line: 2 }), "{error}");
    for line in [
        "",
        "garbage",
        "{\"entry\":{\"body\":\"{}\"}}",
        "{\"end\":{\"heads\":0,\"entries\":0,\"values\":0}}",
        "[[[[",
    ] {
        let report = check(&format!("{}\n{line}\n", header(1)));
        assert!(!report.holds(), "{line}");
    }
}

async fn quiet(place: &Place) -> (Store, cadre_store::WriterTask) {
    Store::open(OpenOptions {
        folder: place.folder().to_owned(),
        name: "Test".into(),
        new_id: "w1".into(),
        heads: None,
        clock: StoreClock::new(|| 1_000_000),
    })
    .await
    .expect("it opens")
}

fn redaction(entry: u64) -> Redaction {
    Redaction {
        entry,
        reason: "a name that must not stay".into(),
        by: "owner".into(),
        channel: "cli".into(),
        kept_in: vec!["backups/1".into()],
    }
}

fn is_anywhere(place: &Place, text: &str) -> bool {
    let files = std::fs::read_dir(place.folder()).expect("a folder of ours").flatten();
    files.filter(|file| file.path().is_file()).any(|file| {
        let bytes = std::fs::read(file.path()).expect("a file of ours");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn what_is_redacted_is_nowhere_in_the_files_and_the_chain_still_holds() {
    let place = Place::new();
    let (store, writer) = quiet(&place).await;
    let secret = "Wolfgang-Amadeus-".repeat(300);
    store.write(said("p1", 0, &secret)).await.expect("sound");
    store.write(said("p1", 1, "another thing")).await.expect("sound");
    assert!(is_anywhere(&place, "Wolfgang-Amadeus"));
    assert_eq!(store.redact(redaction(2)).await.expect("it can go"), 1);
    assert!(!is_anywhere(&place, "Wolfgang-Amadeus"), "nor in free pages, nor in the log");
    verified(&store).await;
    let messages =
        store.messages("p1", i64::MAX, 9).await.expect("one that is gone does not hide the others");
    let texts: Vec<&str> = messages.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["[redacted]", "another thing"]);
    let entry = store.entry(4).await.expect("it is recorded");
    assert_eq!((entry.kind.as_str(), &entry.data["by"]), ("value.redacted", &json!("owner")));
    assert_eq!(entry.data["kept_in"], json!(["backups/1"]));
    assert_eq!(
        store.value(&entry.data["reason"]).await.expect("why is kept"),
        json!("a name that must not stay")
    );
    let again = store.redact(redaction(2)).await;
    assert!(matches!(again, Err(RedactError::Nothing(2))), "{again:?}");
    // The same words, said again, are another content.
    store.write(said("p1", 2, &secret)).await.expect("sound");
    verified(&store).await;
    let bundle = export(&store, Scope::Workspace, None).await.expect("it is sound");
    let report = check(&bundle);
    assert_eq!((report.findings, report.redacted), (Vec::new(), 1));
    close(store, writer).await;
}

#[tokio::test]
async fn an_emptied_value_that_no_entry_tells_of_is_found_and_one_that_came_back_too() {
    let place = Place::new();
    let (store, writer) = quiet(&place).await;
    store.write(said("p1", 0, "a thing")).await.expect("sound");
    store.redact(redaction(2)).await.expect("it can go");
    store.write(said("p1", 1, "another")).await.expect("sound");
    close(store, writer).await;
    let raw = place.raw();
    raw.execute_batch("UPDATE stored_values SET bytes = X'00', salt = zeroblob(32), address = zeroblob(32) WHERE bytes IS NULL")
        .expect("a file of ours");
    raw.execute_batch("UPDATE stored_values SET bytes = NULL, salt = NULL, address = NULL WHERE bytes = CAST('\"another\"' AS BLOB)")
        .expect("a file of ours");
    drop(raw);
    let (store, writer) = quiet(&place).await;
    let findings = store.verify().await.expect("reads").findings;
    let says = |what: &str| findings.iter().any(|it| it.message.contains(what));
    assert!(
        says("is not what its commitment says") && says("was emptied and no entry says so"),
        "{findings:?}"
    );
    close(store, writer).await;
}

#[tokio::test]
async fn what_work_goes_on_from_is_not_taken_away() {
    let place = Place::new();
    let (store, writer) = quiet(&place).await;
    store.write(said("p1", 0, "Shared words")).await.expect("sound");
    store.write(request("r")).await.expect("sound");
    let mut batch = Batch::new();
    batch.add(&cadre_store::aggregates::project::ProjectOpened {
        project: "p1".into(),
        request: "r".into(),
        title: value_part(json!("Shared words")),
        department: "engineering".into(),
        folder: "/f".into(),
        source: None,
    });
    store.write(batch).await.expect("sound");
    let refused = store.redact(redaction(2)).await;
    assert!(matches!(&refused, Err(RedactError::Needed { needed_by: 4, .. })), "{refused:?}");
    let nothing = store.redact(redaction(1)).await;
    assert!(matches!(nothing, Err(RedactError::Nothing(1))), "{nothing:?}");
    assert!(store.redact(redaction(99)).await.is_err(), "there is no such entry");
    let said: Value = json!(store.messages("p1", i64::MAX, 9).await.expect("reads")[0].text);
    assert_eq!(said, "Shared words");
    close(store, writer).await;
}
