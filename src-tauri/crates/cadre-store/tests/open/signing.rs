//! Heads that devices sign: what a program cannot forge that can write all of our files, and what a second device sees.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cadre_core::signing::DeviceSigner;
use cadre_graph::Hash;
use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::ledger::{Entry, GENESIS, leaf};
use cadre_store::{
    Anchor, Batch, DeviceKey, OpenOptions, Signature, Store, StoreClock, VerifyReport, WriterTask,
};
use ed25519_dalek::{Signer as _, SigningKey};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::place::{close, request};

const MINUTE: i64 = 60_000_000;

struct Signer(String, SigningKey);

impl DeviceSigner for Signer {
    fn device(&self) -> &str {
        &self.0
    }
    fn public_key(&self) -> [u8; 32] {
        self.1.verifying_key().to_bytes()
    }
    fn sign(&self, statement: &[u8]) -> [u8; 64] {
        self.1.sign(statement).to_bytes()
    }
}

/// A device with a state folder and a key of its own.
pub(crate) struct Device {
    name: &'static str,
    state: tempfile::TempDir,
    seed: u8,
}

impl Device {
    pub(crate) fn new(name: &'static str, seed: u8) -> Device {
        Device { name, state: tempfile::tempdir().expect("a temporary folder"), seed }
    }

    fn key(&self, is_known: bool) -> DeviceKey {
        let signer = Signer(self.name.into(), SigningKey::from_bytes(&[self.seed; 32]));
        DeviceKey { signer: Arc::new(signer), is_known }
    }

    fn public(&self) -> [u8; 32] {
        self.key(true).signer.public_key()
    }

    fn kept_file(&self) -> PathBuf {
        self.state.path().join("w1.json")
    }

    pub(crate) fn kept(&self) -> Value {
        serde_json::from_slice(&fs::read(self.kept_file()).expect("it was kept")).expect("JSON")
    }

    fn keeps(&self, kept: &Value) {
        fs::write(self.kept_file(), kept.to_string()).expect("a folder of ours");
    }
}

/// A workspace that several devices open, one after another.
pub(crate) struct Shared {
    folder: tempfile::TempDir,
    now: Arc<AtomicI64>,
}

impl Shared {
    pub(crate) fn new() -> Shared {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Shared { folder, now: Arc::new(AtomicI64::new(1_763_705_000_000_000)) }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("cadre.sqlite")
    }

    pub(crate) async fn open(&self, device: &Device) -> (Store, WriterTask) {
        let now = Arc::clone(&self.now);
        let options = OpenOptions {
            folder: self.folder.path().to_owned(),
            name: "Test".into(),
            new_id: "w1".into(),
            heads: Some(device.state.path().to_owned()),
            clock: StoreClock::new(move || now.load(Ordering::Relaxed)),
        };
        Store::open(options).await.expect("it opens")
    }

    /// Opens it with the device's key, writes, and closes.
    pub(crate) async fn work(&self, device: &Device, is_known: bool, batches: Vec<Batch>) -> VerifyReport {
        let (store, writer) = self.open(device).await;
        store.sign_heads(device.key(is_known)).await.expect("the file can be written to");
        for batch in batches {
            store.write(batch).await.expect("it is sound");
        }
        let report = store.verify().await.expect("the file can be read");
        close(store, writer).await;
        report
    }

    async fn look(&self, device: &Device) -> VerifyReport {
        let (store, writer) = self.open(device).await;
        let report = store.verify_for(device.public()).await.expect("the file can be read");
        close(store, writer).await;
        report
    }

    fn save(&self, to: &Path) {
        fs::copy(self.file(), to).expect("the file is closed");
    }

    fn put_back(&self, from: &Path) {
        fs::copy(from, self.file()).expect("the file is closed");
        for name in ["cadre.sqlite-wal", "cadre.sqlite-shm"] {
            let _ = fs::remove_file(self.folder.path().join(name)); // closed, so usually not there
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let raw = Connection::open(self.file()).expect("a file of ours");
        let mut statement = raw.prepare("SELECT body FROM ledger ORDER BY seq").expect("sound");
        let bodies = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("reads");
        bodies.map(|body| Entry::decode(&body.expect("reads")).expect("we wrote it")).collect()
    }

    /// Another history with the same hash chain as a sound one would have; rows repeat it. Gives the forged head.
    fn rewrite(&self, change: impl Fn(&mut Entry)) -> (u64, Hash) {
        let mut entries = self.entries();
        let raw = Connection::open(self.file()).expect("a file of ours");
        raw.execute_batch("DELETE FROM ledger").expect("a file of ours");
        let mut head = (0, GENESIS);
        for entry in &mut entries {
            change(entry);
            entry.prev = head.1;
            head = (entry.seq, leaf(&entry.body()));
            let row =
                params![i64::try_from(entry.seq).expect("small"), entry.body(), head.1.as_bytes().to_vec()];
            raw.execute("INSERT INTO ledger (seq, body, leaf) VALUES (?, ?, ?)", row).expect("sound");
        }
        head
    }

    fn kinds(&self) -> Vec<String> {
        self.entries().into_iter().map(|entry| entry.kind).collect()
    }
}

pub(crate) fn decision(id: &str) -> Batch {
    let mut batch = Batch::new();
    batch.add(&DecisionMade {
        id: id.into(),
        subject: "plan".into(),
        project: None,
        answers: None,
        decision: "approve".into(),
        reason: None,
        action_hash: None,
        by: "owner".into(),
        channel: "cli".into(),
    });
    batch
}

fn messages(report: &VerifyReport) -> String {
    report.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_says(report: &VerifyReport, what: &str) {
    assert!(messages(report).contains(what), "no finding says `{what}`: {:?}", report.findings);
}

#[tokio::test]
async fn a_head_is_signed_at_each_decision_and_after_five_minutes_of_activity() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    let (store, writer) = shared.open(&laptop).await;
    store.sign_heads(laptop.key(false)).await.expect("the file can be written to");
    store.write(request("r1")).await.expect("sound");
    store.write(decision("d1")).await.expect("sound");
    shared.now.fetch_add(4 * MINUTE, Ordering::Relaxed);
    store.write(request("r2")).await.expect("sound");
    shared.now.fetch_add(MINUTE, Ordering::Relaxed);
    store.write(request("r3")).await.expect("sound");
    shared.now.fetch_sub(60 * MINUTE, Ordering::Relaxed);
    store.write(request("r4")).await.expect("a clock that was set back stops nothing");
    let report = store.verify().await.expect("reads");
    assert_eq!(report.findings, []);
    close(store, writer).await;
    let signed = "head.signed";
    let kinds = ["workspace.created", signed, "request.filed", "decision.made", signed, "request.filed"];
    let kinds = [&kinds[..], &["request.filed", signed, "request.filed", signed]].concat();
    assert_eq!(shared.kinds(), kinds);
    let report = shared.look(&laptop).await;
    assert_eq!(report.findings, []);
    assert_eq!(report.signature, Signature::Own { device: "laptop".into(), to: 10 });
    assert_eq!(report.anchor, Anchor::UpTo(10));
    assert_eq!(
        report.countersigned.iter().map(|it| it.to).collect::<Vec<_>>(),
        [9],
        "the newest in the ledger"
    );
}

#[tokio::test]
async fn going_on_signs_one_tree() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    for round in 0..5 {
        let batches = vec![request(&format!("r{round}")), decision(&format!("d{round}"))];
        let report = shared.work(&laptop, round > 0, batches).await;
        assert_eq!(report.findings, [], "round {round}");
        assert!(matches!(report.signature, Signature::Own { .. }), "round {round}");
    }
    // Without the peaks the tree is computed anew.
    let mut kept = laptop.kept();
    kept["signature"]["peaks"] = json!([]);
    laptop.keeps(&kept);
    assert_eq!(shared.work(&laptop, true, vec![decision("d9")]).await.findings, []);
    assert_eq!(shared.look(&laptop).await.findings, []);
}

/// It can write the file and the state folder; it does not have the key.
#[tokio::test]
async fn a_program_that_can_write_all_of_our_files_cannot_forge_the_kept_head() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    shared.work(&laptop, false, vec![request("r1"), decision("d1"), request("r2")]).await;
    let genuine = laptop.kept();
    let (seq, forged) = shared.rewrite(|entry| {
        if entry.kind == "head.signed" {
            entry.kind = "note.made".into();
        }
    });
    let thief = Device::new("laptop", 9);
    let mut own_signature = genuine.clone();
    own_signature["signature"]["signed"]["head"]["key"] = json!(Hash::from_bytes(thief.public()));
    let unsigned = json!({ "workspace": "w1", "seq": seq, "leaf": forged });
    let mut carried = unsigned.clone();
    carried["signature"] = genuine["signature"].clone();
    let mut moved = carried.clone();
    moved["signature"]["signed"]["head"]["leaf"] = json!(forged);
    for (kept, says) in [
        (Some(&unsigned), "is not signed"),
        (Some(&carried), "is not the end of the record that was signed"),
        (Some(&moved), "a signature that is not of its key"),
        (Some(&own_signature), "a signature that is not of its key"),
        (None, "is gone"),
    ] {
        match kept {
            Some(kept) => laptop.keeps(kept),
            None => assert!(!laptop.kept_file().exists(), "it was removed"),
        }
        // Nor is it talked round by going on: what contradicts is not signed.
        for time in ["at first", "again"] {
            let report = shared.work(&laptop, true, vec![]).await;
            assert_says(&report, says);
            assert_eq!(report.signature, Signature::Unsigned, "{time}");
        }
        let _ = fs::remove_file(laptop.kept_file()); // the last of them never was
    }
    assert!(!shared.kinds().contains(&"head.signed".to_owned()), "nothing of it was signed");
}

/// Even without anything outside: heads that are signed in the ledger are of the entries before them.
#[tokio::test]
async fn a_rewritten_past_does_not_have_the_heads_that_are_signed_in_it() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    shared.work(&laptop, false, vec![request("r1"), decision("d1"), request("r2")]).await;
    shared.rewrite(|entry| {
        if entry.seq == 1 {
            entry.at += 1;
        }
    });
    let nowhere = Device::new("laptop", 1);
    let (store, writer) = shared.open(&nowhere).await;
    let report = store.verify().await.expect("reads");
    close(store, writer).await;
    assert_says(&report, "the entries before it are not those that were signed");
    assert_eq!(report.first_broken, Some(2));
    assert_eq!(report.valid_to(), 1);
}

/// The first device was rolled back as a whole, with what it kept outside: only another one can know.
#[tokio::test]
async fn a_second_device_detects_a_record_that_was_rolled_back_or_rewritten() {
    let (shared, laptop, desktop) = (Shared::new(), Device::new("laptop", 1), Device::new("desktop", 2));
    shared.work(&laptop, false, vec![request("r1"), decision("d1")]).await;
    let (older, older_kept) = (shared.folder.path().join("older"), laptop.kept());
    shared.save(&older);
    shared.work(&laptop, true, vec![decision("d2")]).await;
    let report = shared.work(&desktop, false, vec![]).await;
    assert_eq!(report.findings, [], "what it sees for the first time holds");
    let signers: Vec<&str> = report.countersigned.iter().map(|it| it.device.as_str()).collect();
    assert_eq!(signers.len(), 2, "{signers:?}");
    assert_eq!(shared.kinds().last().map(String::as_str), Some("head.signed"), "it countersigned");
    let newer = shared.folder.path().join("newer");
    shared.save(&newer);

    shared.put_back(&older);
    laptop.keeps(&older_kept);
    assert_eq!(
        shared.look(&laptop).await.findings,
        [],
        "the first device has nothing that speaks against it"
    );
    for _ in 0..2 {
        assert_says(&shared.look(&desktop).await, "the end was cut off");
    }
    // The first device goes on, beyond what the second one saw.
    let more = (3..9).map(|number| decision(&format!("other{number}"))).collect();
    assert_eq!(shared.work(&laptop, true, more).await.findings, []);
    assert_says(&shared.work(&desktop, true, vec![]).await, "is not the entry whose head was kept");

    shared.put_back(&newer);
    assert_eq!(shared.look(&desktop).await.findings, [], "the record that it saw is back");
    shared.rewrite(|entry| {
        if entry.kind == "head.signed" {
            entry.kind = "note.made".into();
        }
    });
    assert_says(&shared.look(&desktop).await, "is not the entry whose head was kept");
}

#[tokio::test]
async fn each_device_countersigns_what_the_other_added() {
    let (shared, laptop, desktop) = (Shared::new(), Device::new("laptop", 1), Device::new("desktop", 2));
    shared.work(&laptop, false, vec![decision("d1")]).await;
    shared.work(&desktop, false, vec![]).await;
    let length = shared.kinds().len();
    shared.work(&desktop, true, vec![]).await;
    assert_eq!(shared.kinds().len(), length, "its own head is the newest: nothing to add");
    shared.work(&laptop, true, vec![]).await;
    assert_eq!(shared.kinds().len(), length + 1, "the other's is");
    let report = shared.look(&laptop).await;
    assert_eq!(report.findings, []);
    let mut to: Vec<_> = report.countersigned.iter().map(|it| (it.device.clone(), it.to)).collect();
    to.sort();
    let last = length as u64;
    assert_eq!(to, [("desktop".to_owned(), last - 1), ("laptop".to_owned(), last)]);
}

#[tokio::test]
async fn a_program_without_the_key_leaves_the_signature_where_it_is() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    shared.work(&laptop, false, vec![decision("d1")]).await;
    let signed = laptop.kept()["signature"].clone();
    let (store, writer) = shared.open(&laptop).await;
    store.write(decision("d2")).await.expect("sound");
    let report = store.verify().await.expect("reads");
    assert!(matches!(report.signature, Signature::Unknown { .. }), "{:?}", report.signature);
    close(store, writer).await;
    assert_eq!(laptop.kept()["signature"], signed, "older than the head beside it, and genuine");
    let report = shared.look(&laptop).await;
    assert_eq!(report.findings, []);
    let to = signed["signed"]["head"]["size"].as_u64().expect("a number");
    assert_eq!(
        (report.signature, report.anchor),
        (Signature::Own { device: "laptop".into(), to }, Anchor::UpTo(report.entries))
    );
    assert_eq!(
        shared.work(&laptop, true, vec![]).await.findings,
        [],
        "and the next with the key goes on from it"
    );
}

#[tokio::test]
async fn a_record_from_before_there_was_a_key_is_taken_over_and_a_wrong_one_is_not() {
    let (shared, laptop) = (Shared::new(), Device::new("laptop", 1));
    let (store, writer) = shared.open(&laptop).await;
    store.write(request("r1")).await.expect("sound");
    close(store, writer).await;
    assert_eq!(laptop.kept().get("signature"), None, "nobody had a key");
    let report = shared.work(&laptop, false, vec![]).await;
    assert_eq!(report.findings, []);
    assert!(laptop.kept().get("signature").is_some(), "from here on it is signed");
    laptop.keeps(&json!({ "workspace": "w1", "seq": 2, "leaf": GENESIS }));
    let report = shared.work(&laptop, false, vec![decision("d1")]).await;
    assert_says(&report, "is not the entry whose head was kept");
    assert_eq!(laptop.kept().get("signature"), None, "a new key does not sign what contradicts");
}
