//! Batches that come together, and another program that holds the file.

use cadre_store::aggregates::effect::{PermitGranted, permit_is_unused};
use cadre_store::aggregates::project::{ProjectOpened, project_has_status};
use cadre_store::{Batch, WriteError, Written, value_part};
use serde_json::json;

use crate::place::{Place, close, filed, request, request_ids, run, verified};

fn sequence(written: &[Written]) -> Vec<u64> {
    let mut sequence: Vec<u64> =
        written.iter().flat_map(|written| written.entries.iter().map(|entry| entry.seq)).collect();
    sequence.sort_unstable();
    sequence
}

fn three(id: &str) -> Batch {
    let mut batch = Batch::new();
    for part in ["a", "b", "c"] {
        batch.add(&filed(&format!("{id}{part}"), "the same text for all"));
    }
    batch
}

#[tokio::test]
async fn a_guard_that_fails_refuses_its_own_batch_alone() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    let mut batches = Vec::new();
    for number in 0..60 {
        let mut batch = three(&format!("r{number:02}-"));
        if number % 3 == 1 {
            batch.guard(permit_is_unused("a permit that nobody granted"));
        }
        batches.push(batch);
    }
    let outcomes = store.write_all(batches).await;
    let mut written = Vec::new();
    for (number, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(done) => {
                assert_ne!(number % 3, 1, "batch {number} was conditional on what does not hold");
                written.push(done);
            }
            Err(WriteError::Refused { guard: 0 }) => {
                assert_eq!(number % 3, 1, "batch {number} had no condition")
            }
            Err(other) => panic!("batch {number}: {other}"),
        }
    }
    assert_eq!(
        sequence(&written),
        (2..122).collect::<Vec<_>>(),
        "refused batches leave no hole in the sequence"
    );
    for done in &written {
        let seqs: Vec<u64> = done.entries.iter().map(|entry| entry.seq).collect();
        assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "a batch lies in one piece: {seqs:?}");
    }
    assert_eq!(verified(&store).await.entries, 121, "and the ledger is what was acknowledged");
    assert_eq!(
        request_ids(&store).await.len(),
        120,
        "three rows of each of forty batches, none of the others"
    );
    close(store, writer).await;
}

#[tokio::test]
async fn a_batch_that_breaks_halfway_takes_its_first_half_back() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    let mut broken = three("broken-");
    // A permit's second granting breaks on its key, after three entries and their values were written.
    let permit =
        PermitGranted { permit: "p".into(), action_hash: "h".into(), granted_by: "decision:d".into() };
    broken.add(&permit).add(&permit);
    // This one changes the row of a project that is not there.
    let mut nowhere = three("nowhere-");
    nowhere.add(&cadre_store::aggregates::project::ProjectHeld {
        project: "nobody's".into(),
        held: true,
        by: "owner".into(),
    });
    let outcomes = store.write_all(vec![three("before-"), broken, nowhere, three("after-")]).await;
    let fine: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(fine, [true, false, false, true], "only what is broken fails: {outcomes:?}");
    let ids = ["after-a", "after-b", "after-c", "before-a", "before-b", "before-c"];
    assert_eq!(request_ids(&store).await, ids, "nothing of the broken batches is there");
    assert_eq!(verified(&store).await.entries, 7, "and no entry or value of theirs");
    close(store, writer).await;
}

#[tokio::test]
async fn of_two_batches_with_one_condition_the_first_wins() {
    let place = Place::with_a_request().await;
    let (store, writer) = place.open().await.expect("it opens");
    let opened = ProjectOpened {
        project: "p1".into(),
        request: "r1".into(),
        title: value_part(json!("A title")),
        department: "engineering".into(),
        folder: "/p1".into(),
        source: None,
    };
    let mut batch = Batch::new();
    batch.add(&opened);
    store.write(batch).await.expect("it is sound");
    let takers = (0..20).map(|number| {
        let mut batch = Batch::new();
        batch.guard(project_has_status("p1", "planning"));
        batch.add(&cadre_store::aggregates::project::ProjectStatusChanged {
            project: "p1".into(),
            status: format!("taken-{number}"),
            reason: "a race".into(),
        });
        batch
    });
    let outcomes = store.write_all(takers.collect()).await;
    let winners: Vec<usize> =
        outcomes.iter().enumerate().filter(|(_, it)| it.is_ok()).map(|(number, _)| number).collect();
    assert_eq!(winners.len(), 1, "a condition holds for one: {outcomes:?}");
    let status = store.project("p1").await.expect("reads").expect("is there").status;
    assert_eq!(status, format!("taken-{}", winners[0]), "and the row is the winner's");
    verified(&store).await;
    close(store, writer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_on_many_threads_leave_a_ledger_without_holes() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut written = Vec::new();
            for round in 0..20 {
                written.push(store.write(three(&format!("t{task}-{round}-"))).await.expect("it is sound"));
            }
            written
        });
    }
    let written: Vec<Written> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(sequence(&written), (2..=961).collect::<Vec<_>>(), "each number once, none left out");
    assert_eq!(verified(&store).await.entries, 961, "what was acknowledged is what is there");
    close(store, writer).await;
}

#[tokio::test]
async fn a_file_that_another_program_holds_is_locked_after_a_while_and_then_goes_on() {
    let place = Place::with_a_request().await;
    let (store, writer) = place.open().await.expect("it opens");
    let raw = place.raw();
    run(&raw, "BEGIN IMMEDIATE");
    let outcomes = store.write_all(vec![request("r2"), request("r3")]).await;
    for outcome in outcomes {
        assert!(matches!(outcome, Err(WriteError::Locked)), "each of the group is told why: {outcome:?}");
    }
    assert_eq!(request_ids(&store).await, ["r1"], "reading goes on meanwhile, and nothing was written");
    run(&raw, "ROLLBACK");
    let written = store.write(request("r2")).await.expect("the other program let go");
    assert_eq!(written.entries[0].seq, 3, "the failed attempts took no number");
    verified(&store).await;
    raw.close().expect("nothing is open on it");
    close(store, writer).await;
}

#[tokio::test]
async fn a_write_waits_for_a_lock_that_is_let_go_in_time() {
    let place = Place::with_a_request().await;
    let (store, writer) = place.open().await.expect("it opens");
    let raw = place.raw();
    run(&raw, "BEGIN IMMEDIATE");
    let writing = {
        let store = store.clone();
        let mut set = tokio::task::JoinSet::new();
        set.spawn(async move { store.write(request("r2")).await });
        set
    };
    // The writer asks for the lock on this thread's next turn; the other program then ends what it does.
    tokio::task::yield_now().await;
    run(&raw, "COMMIT");
    let outcome = writing.join_all().await.remove(0);
    assert!(outcome.is_ok(), "it waits instead of failing: {outcome:?}");
    raw.close().expect("nothing is open on it");
    close(store, writer).await;
}
