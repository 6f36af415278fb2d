//! Where a workspace lives: the only crate that contains SQL.
//!
//! The ledger is the truth; every other table repeats it (see [`projection`]). Writing goes through one writer per
//! process; reading never waits for it. Deliberately absent: decisions. What may be written when is the engine's to
//! say, by the guards of a [`Batch`].

pub mod aggregates;
mod batch;
mod checkpointer;
mod clock;
mod compare;
mod copy;
mod database;
pub mod evidence;
mod fault;
mod heads;
pub mod ledger;
mod lock;
pub mod merkle;
mod open;
mod projection;
mod read;
mod record;
mod redaction;
mod restore;
mod schema;
mod signed_head;
mod signing;
mod sql;
mod values;
mod verify;
mod writer;
mod writer_signing;

pub use batch::{Batch, Durability, Guard, VALUE_MARK, WriteError, Written, value_part};
pub use clock::StoreClock;
pub use compare::{Candidate, Comparison};
pub use copy::{CheckedCopy, CopyError, check_copy, upgrade_copy};
pub use database::DatabaseError;
pub use lock::ClosedWorkspace;
pub use open::{OpenError, OpenOptions, SharedOptions, Store, WriterTask, drop_shared};
pub use projection::{Cell, ProjectionError};
pub use read::ReadError;
pub use record::{Record, RowChange};
pub use redaction::{RedactError, Redaction, ValueRedacted};
pub use restore::{
    PreparedRestore, RestoreOrder, RestoreProblem, Restored, decided_place, decided_restore, hash_of_copy,
};
pub use schema::SchemaError;
pub use signed_head::{HeadSigned, LogHead, SignedHead};
pub use verify::{Anchor, Countersigned, Finding, Signature, VerifyError, VerifyReport};
pub use writer::Head;
pub use writer_signing::DeviceKey;
