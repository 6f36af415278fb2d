//! The engine's behaviours on the memory checkpointer.

use std::sync::Arc;

use cadre_graph::{Checkpointer, MemoryCheckpointer};

async fn memory() -> (Arc<dyn Checkpointer>, ()) {
    (Arc::new(MemoryCheckpointer::default()), ())
}

cadre_testkit::checkpointer_suite!(memory);
