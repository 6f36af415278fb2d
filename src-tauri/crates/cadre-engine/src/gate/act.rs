//! Carrying actions out. What is approved is checked once more here, right before acting.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cadre_agents::command::{self, CommandSpec, Confinement, Exit};
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

fn write_file(
    snapshots: &SnapshotStore,
    folder: &Path,
    path: &str,
    before: Option<&str>,
    content: &str,
) -> EffectOutcome {
    let written = (|| {
        let expected = expected(before)?;
        let folder = Folder::open(folder).map_err(|error| folder_failure(&error))?;
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
        let folder = Folder::open(folder).map_err(|error| folder_failure(&error))?;
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
    use std::path::PathBuf;

    #[test]
    fn the_walls_of_a_program_are_the_places_of_its_action() {
        let action = |writable| Action::RunProgram {
            program: "/home/ada/bin/agent".into(),
            program_sha256: None,
            args: vec!["acp".into()],
            folder: "/f".into(),
            env_names: vec![],
            stdin: "task".into(),
            stdin_sha256: String::new(),
            network: true,
            writable,
            reads: vec!["/source".into(), "/given/a.txt".into()],
            writes: vec!["/home/ada/.agent".into()],
            seconds: 60,
            output_mib: 1,
            recovery: Recovery::Repeat,
            host: "h".into(),
        };
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        for (writable, read_only, read_write) in [
            (true, &["/source", "/given/a.txt"][..], &["/f", "/home/ada/.agent"][..]),
            (false, &["/f", "/source", "/given/a.txt"], &["/home/ada/.agent"]),
        ] {
            let spec = command_spec(&action(writable), Path::new("/opt/cadre")).expect("it is a program");
            assert_eq!((spec.read_only, spec.read_write), (paths(read_only), paths(read_write)));
        }
    }
}
