//! One host at a time.

use cadre_store::OpenError;

use crate::place::{Place, close, request, request_ids};

#[tokio::test]
async fn a_second_host_is_refused_until_the_first_is_gone() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    match place.open().await.map(drop) {
        Err(OpenError::Held { folder }) => {
            assert_eq!(folder, place.folder(), "it says which workspace is held")
        }
        other => panic!("two hosts would write two histories: {other:?}"),
    }
    store.write(request("r1")).await.expect("the refused host does not disturb the first");
    close(store, writer).await;
    let (store, writer) = place.open().await.expect("the first host is gone");
    assert_eq!(request_ids(&store).await, ["r1"], "the next host finds what the first wrote");
    close(store, writer).await;
}

#[tokio::test]
async fn the_workspace_stays_held_until_the_last_write_is_done() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    drop(store);
    // On this thread the writer cannot have ended yet.
    let early = place.open().await.map(drop);
    assert!(matches!(early, Err(OpenError::Held { .. })), "the writer may still write: {early:?}");
    writer.finished().await;
    assert!(place.open().await.is_ok(), "now it does not");
}

#[tokio::test]
async fn a_clone_of_the_store_keeps_the_workspace_held() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    let clone = store.clone();
    drop(store);
    assert!(matches!(place.open().await, Err(OpenError::Held { .. })), "somebody can still write");
    close(clone, writer).await;
    assert!(place.open().await.is_ok(), "nobody can any more");
}
