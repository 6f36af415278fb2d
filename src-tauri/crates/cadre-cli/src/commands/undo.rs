//! `cadre undo`

use cadre_api::ApiError;
use cadre_api::operations::{effect, project::ProjectId};

use crate::exit;
use crate::output::{self, plain};
use crate::session::Session;

/// Lists what can be taken back, newest first. With --effect or --all, takes it back: what stood there before stands
/// there again. A file that somebody has changed since is left as it is.
#[derive(clap::Args)]
pub(super) struct Undo {
    /// The project's id, as `cadre status` prints it.
    project: String,
    /// Take back this one change.
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    effect: Option<String>,
    /// Take back every change of a file, newest first.
    #[arg(long)]
    all: bool,
}

impl Undo {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let project = ProjectId { project: self.project };
        let undone = match self.effect {
            Some(effect) => {
                session.call::<effect::Undo>(effect::EffectId { effect }).await?;
                1
            }
            None if self.all => session.call::<effect::UndoAll>(project).await?.undone,
            None => return list(session, project).await,
        };
        match session.json {
            true => output::json(&serde_json::json!({ "undone": undone })),
            false => eprintln!("Taken back: {undone}. The history keeps both, the change and its undoing."),
        }
        Ok(exit::DONE)
    }
}

async fn list(session: &Session, project: ProjectId) -> Result<u8, ApiError> {
    let id = project.project.clone();
    let effects = session.call::<effect::List>(project).await?;
    let undoable: Vec<effect::EffectDto> =
        effects.into_iter().rev().filter(|effect| effect.undoable).collect();
    if session.json {
        output::json(&serde_json::json!({ "effects": undoable }));
        return Ok(exit::DONE);
    }
    for effect in &undoable {
        eprintln!("  {}  {}", effect.id, plain(&effect.title));
    }
    match undoable.is_empty() {
        true => eprintln!("Nothing of this project can be taken back."),
        false => eprintln!("Next: cadre undo {id} --effect ID, or --all"),
    }
    Ok(exit::DONE)
}
