//! Connections for reading, lent to one piece of work at a time.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::{Connection, DatabaseError, Source};

/// A handful covers a window, the CLI and a few browsers.
const AT_ONCE: usize = 4;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Pool>);

struct Pool {
    source: Source,
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

impl Readers {
    /// # Errors
    /// It cannot be reached or read.
    pub(crate) fn of(source: Source) -> Result<Self, DatabaseError> {
        let first = source.reader()?;
        let free = Arc::new(Semaphore::new(AT_ONCE));
        Ok(Readers(Arc::new(Pool { source, idle: Mutex::new(vec![first]), free })))
    }

    /// Does one piece of work on a thread that may block.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        // The semaphore is never closed; without a permit there would only be one more connection.
        let permit = Arc::clone(&self.0.free).acquire_owned().await.ok();
        let pool = Arc::clone(&self.0);
        blocking(move || {
            let _permit = permit;
            let idle = pool.idle().pop();
            let connection = match idle {
                Some(connection) => connection,
                None => pool.source.reader()?,
            };
            let result = work(&connection);
            if !connection.is_gone() {
                pool.idle().push(connection);
            }
            result
        })
        .await
    }
}

/// Does a piece of work on a thread that may block. It is done even if nobody waits for it any more.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and everything that waits ends with it.
            Err(_) => std::future::pending().await,
        },
    }
}

impl Pool {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
