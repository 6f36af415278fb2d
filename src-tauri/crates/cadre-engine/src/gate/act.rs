//! Carrying actions out. What is approved is checked once more here, right before acting.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cadre_agents::command::{self, CommandError, CommandSpec, Confinement, Exit};
use cadre_agents::folder::{ExpectedTarget, FileHash, Folder, FolderError};
use cadre_agents::snapshot::{SnapshotError, SnapshotStore};
use cadre_core::effect::Action;
use cadre_core::failure::Category;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::EffectOutcome;

pub(super) async fn act(
    action: &Action,
    snapshots: &Arc<SnapshotStore>,
    confinement: &Confinement,
    programs: &Path,
    cancelled: &CancellationToken,
) -> EffectOutcome {
    if let Action::RunProgram { .. } = action {
        return run_program(action, confinement, programs, cancelled).await;
    }
    let (action, snapshots) = (action.clone(), Arc::clone(snapshots));
    // Files are written with flushes, which must not hold up other work.
    let acted = tokio::task::spawn_blocking(move || match &action {
        Action::WriteFile { folder, path, before, content, .. } => {
            write_file(&snapshots, Path::new(folder), path, before.as_deref(), content)
        }
        Action::DeleteFile { folder, path, before, .. } => {
            delete_file(&snapshots, Path::new(folder), path, before)
        }
        Action::RunProgram { .. }
        | Action::AgentTool { .. }
        | Action::CallModel { .. }
        | Action::Git { .. } => EffectOutcome::failed(Category::ValidationError, "not a file"),
    });
    acted.await.unwrap_or_else(|error| EffectOutcome::Unknown { why: error.to_string() })
}

/// What the approval said stands there.
pub(super) fn expected(before: Option<&str>) -> Result<ExpectedTarget, EffectOutcome> {
    match before {
        None => Ok(ExpectedTarget::Absent),
        Some(hash) => hash
            .parse::<FileHash>()
            .map(ExpectedTarget::Sha256)
            .map_err(|error| EffectOutcome::failed(Category::ValidationError, error.to_string())),
    }
}

/// The folder that was approved. A link that was put there since leads to another one.
fn opened(folder: &Path) -> Result<Folder, EffectOutcome> {
    let opened = Folder::open(folder).map_err(|error| folder_failure(&error))?;
    match opened.path() == folder {
        true => Ok(opened),
        false => Err(leads_elsewhere(folder, opened.path())),
    }
}

fn leads_elsewhere(place: &Path, real: &Path) -> EffectOutcome {
    let why = format!("{} was approved, and it leads to {} now", place.display(), real.display());
    EffectOutcome::failed(Category::AuthorizationError, why)
}

/// Right before acting: each place is still where it was when it was approved. A link that was put there since would
/// lead through the walls. `cadre-exec` holds the same places by handle, for what happens after this look.
fn as_approved(places: &[PathBuf]) -> Result<(), EffectOutcome> {
    for place in places {
        match place.canonicalize() {
            Ok(real) if real == *place => {}
            Ok(real) => return Err(leads_elsewhere(place, &real)),
            Err(error) => {
                let why = format!("{} was approved: {error}", place.display());
                return Err(EffectOutcome::failed(Category::AuthorizationError, why));
            }
        }
    }
    Ok(())
}

fn write_file(
    snapshots: &SnapshotStore,
    folder: &Path,
    path: &str,
    before: Option<&str>,
    content: &str,
) -> EffectOutcome {
    let written = (|| {
        let expected = expected(before)?;
        let folder = opened(folder)?;
        snapshots.save(&folder, path).map_err(snapshot_failure)?;
        if let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) {
            folder.create_dir_all(parent).map_err(|error| folder_failure(&error))?;
        }
        folder.write_atomic(path, content.as_bytes(), expected).map_err(|error| folder_failure(&error))
    })();
    match written {
        Ok(hash) => EffectOutcome::Done {
            result: json!({ "path": path, "sha256": hash.to_string(), "bytes": content.len() }),
        },
        Err(outcome) => outcome,
    }
}

fn delete_file(snapshots: &SnapshotStore, folder: &Path, path: &str, before: &str) -> EffectOutcome {
    let deleted = (|| {
        let expected = expected(Some(before))?;
        let folder = opened(folder)?;
        snapshots.save(&folder, path).map_err(snapshot_failure)?;
        folder.delete(path, expected).map_err(|error| folder_failure(&error))
    })();
    match deleted {
        Ok(()) => EffectOutcome::Done { result: json!({ "path": path }) },
        Err(outcome) => outcome,
    }
}

/// How the program of an action is started: nothing stands here that the action does not name, and walls are built from
/// this.
///
/// # Errors
/// It is not what was approved: a place has changed since.
pub(crate) fn command_spec(action: &Action, programs: &Path) -> Result<CommandSpec, EffectOutcome> {
    let Action::RunProgram {
        program,
        program_sha256,
        args,
        folder,
        stdin,
        network,
        writable,
        reads,
        writes,
        seconds,
        output_mib,
        ..
    } = action
    else {
        return Err(EffectOutcome::failed(Category::ValidationError, "not a program"));
    };
    let mut spec = CommandSpec::new(program, folder);
    spec.program_sha256 = match program_sha256.as_deref().map(str::parse::<FileHash>) {
        None => None,
        Some(Ok(hash)) => Some(hash),
        Some(Err(error)) => {
            return Err(EffectOutcome::failed(Category::ValidationError, error.to_string()));
        }
    };
    spec.args.clone_from(args);
    spec.stdin = stdin.clone().into_bytes();
    let places = if *writable { &mut spec.read_write } else { &mut spec.read_only };
    places.push(folder.into());
    spec.read_write.extend(writes.iter().map(Into::into));
    spec.read_only.extend(reads.iter().map(Into::into));
    as_approved(&spec.read_only)?;
    as_approved(&spec.read_write)?;
    // What lies beside a shipped program is Cadre's own; beside any other it is nobody's business.
    spec.read_only
        .extend(Path::new(program).parent().filter(|folder| *folder == programs).map(Path::to_owned));
    spec.network = *network;
    spec.time_limit = Duration::from_secs((*seconds).into());
    spec.output_limit = usize::try_from(*output_mib).unwrap_or(usize::MAX).saturating_mul(1024 * 1024);
    Ok(spec)
}

async fn run_program(
    action: &Action,
    confinement: &Confinement,
    programs: &Path,
    cancelled: &CancellationToken,
) -> EffectOutcome {
    let spec = match command_spec(action, programs) {
        Ok(spec) => spec,
        Err(failed) => return failed,
    };
    let (seconds, output_mib) = (spec.time_limit.as_secs(), spec.output_limit / (1024 * 1024));
    let outcome = match command::run(spec, confinement, cancelled.clone(), |_, _| {}).await {
        Ok(outcome) => outcome,
        Err(error @ CommandError::Elsewhere { .. }) => {
            return EffectOutcome::failed(Category::AuthorizationError, error.to_string());
        }
        Err(error) => return EffectOutcome::failed(Category::ConfigurationError, error.to_string()),
    };
    match outcome.exit {
        Exit::Code(code) => EffectOutcome::Done {
            result: json!({
                "code": code,
                "stdout": outcome.stdout.to_text(),
                "stderr": tail(&outcome.stderr.to_text()),
                "containment": outcome.containment.to_string(),
            }),
        },
        Exit::Signal(signal) => {
            EffectOutcome::failed(Category::Unknown, format!("the program was ended by signal {signal}"))
        }
        Exit::TimedOut | Exit::IdleTimedOut => {
            EffectOutcome::failed(Category::Timeout, format!("the program did not end within {seconds} s"))
        }
        Exit::OutputLimit => EffectOutcome::failed(
            Category::ResourceExhausted,
            format!("the program printed more than {output_mib} MiB"),
        ),
        Exit::Cancelled => EffectOutcome::failed(Category::UserCancelled, "the program was stopped"),
    }
}

/// The end of a long text: where programs say what went wrong.
fn tail(text: &str) -> &str {
    const LENGTH: usize = 8 * 1024;
    let start = text.len().saturating_sub(LENGTH);
    let start = (start..text.len()).find(|index| text.is_char_boundary(*index)).unwrap_or(text.len());
    &text[start..]
}

fn folder_failure(error: &FolderError) -> EffectOutcome {
    let category = match error {
        FolderError::NoSpace { .. } => Category::ResourceExhausted,
        FolderError::Denied { .. } | FolderError::ReadOnly { .. } => Category::AuthorizationError,
        FolderError::Changed { .. } => Category::DependencyFailure,
        _ => Category::ValidationError,
    };
    EffectOutcome::failed(category, error.to_string())
}

fn snapshot_failure(error: SnapshotError) -> EffectOutcome {
    match error {
        SnapshotError::Folder(error) => folder_failure(&error),
        SnapshotError::NoSpace { .. } => {
            EffectOutcome::failed(Category::ResourceExhausted, error.to_string())
        }
        other => EffectOutcome::failed(Category::ConfigurationError, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cadre_core::effect::Recovery;
    use std::os::unix::fs::symlink;

    /// Folders of these names, and where they lie.
    fn folders(names: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it is there");
        for name in names {
            std::fs::create_dir(root.join(name)).expect("is made");
        }
        (folder, root)
    }

    /// `/f` is the folder of the project, below `root`.
    fn started(root: &Path, writable: bool) -> Action {
        let text = |name: &str| root.join(name).to_str().expect("is UTF-8").to_owned();
        Action::RunProgram {
            program: "/home/ada/bin/agent".into(),
            program_sha256: None,
            args: vec!["acp".into()],
            folder: text("f"),
            env_names: vec![],
            stdin: "task".into(),
            stdin_sha256: String::new(),
            network: true,
            writable,
            reads: vec![text("source"), text("given")],
            writes: vec![text("kept")],
            seconds: 60,
            output_mib: 1,
            recovery: Recovery::Repeat,
            host: "h".into(),
        }
    }

    fn failed(outcome: EffectOutcome) -> (String, String) {
        match outcome {
            EffectOutcome::Failed { category, message } => (category, message),
            other => panic!("it is no failure: {other:?}"),
        }
    }

    #[test]
    fn the_walls_of_a_program_are_the_places_of_its_action() {
        let (_folder, root) = folders(&["f", "source", "given", "kept"]);
        let paths = |names: &[&str]| names.iter().map(|name| root.join(name)).collect::<Vec<_>>();
        for (writable, read_only, read_write) in [
            (true, &["source", "given"][..], &["f", "kept"][..]),
            (false, &["f", "source", "given"], &["kept"]),
        ] {
            let spec = command_spec(&started(&root, writable), Path::new("/opt/cadre")).expect("a program");
            assert_eq!((spec.read_only, spec.read_write), (paths(read_only), paths(read_write)));
        }
    }

    #[test]
    fn a_place_that_leads_elsewhere_since_it_was_approved_or_is_gone_voids_the_approval() {
        for swapped in ["f", "source", "given", "kept"] {
            let (_folder, root) = folders(&["f", "source", "given", "kept", "keys"]);
            let start = |writable| command_spec(&started(&root, writable), Path::new("/opt/cadre")).map(drop);
            start(true).expect("nothing has changed");
            let place = root.join(swapped);
            std::fs::remove_dir(&place).expect("is empty");
            let (category, why) = failed(start(true).expect_err("it is gone"));
            assert_eq!(category, "authorization_error", "{swapped}: {why}");
            symlink(root.join("keys"), &place).expect("is made");
            for writable in [true, false] {
                let (category, why) = failed(start(writable).expect_err("it leads elsewhere"));
                let led = format!(
                    "{} was approved, and it leads to {} now",
                    place.display(),
                    root.join("keys").display()
                );
                assert_eq!((category.as_str(), why), ("authorization_error", led), "{swapped}");
            }
        }
    }

    #[test]
    fn nothing_is_written_or_deleted_in_another_folder_than_was_approved() {
        let (_folder, root) = folders(&["f", "keys", "snapshots"]);
        std::fs::write(root.join("keys/old"), "old").expect("is written");
        std::fs::remove_dir(root.join("f")).expect("is empty");
        symlink(root.join("keys"), root.join("f")).expect("is made");
        let snapshots = SnapshotStore::open(&root.join("snapshots")).expect("a folder of ours");
        let hash = FileHash::of_bytes(b"old").to_string();
        for acted in [
            write_file(&snapshots, &root.join("f"), "new", None, "new"),
            delete_file(&snapshots, &root.join("f"), "old", &hash),
        ] {
            let (category, why) = failed(acted);
            assert_eq!(category, "authorization_error");
            assert!(why.contains("leads to"), "{why}");
        }
        assert!(root.join("keys/old").exists() && !root.join("keys/new").exists());
    }
}
