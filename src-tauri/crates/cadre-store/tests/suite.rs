//! The engine's behaviours on SQLite.

use std::sync::Arc;

use cadre_graph::Checkpointer;
use cadre_store::{OpenOptions, Store, StoreClock};

async fn sqlite() -> (Arc<dyn Checkpointer>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = OpenOptions {
        folder: folder.path().to_owned(),
        name: "Test".into(),
        new_id: "w1".into(),
        heads: None,
        clock: StoreClock::new(|| 1_000_000),
    };
    let (store, _writer) = Store::open(options).await.expect("an empty folder opens");
    (Arc::new(store), folder)
}

cadre_testkit::checkpointer_suite!(sqlite);
