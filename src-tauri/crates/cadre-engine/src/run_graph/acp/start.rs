//! Starting the program: what it is, what it may see, what it is told; asked about like any program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cadre_agents::acp::{Event, KnownProgram, Launch, SIGN_IN_TOOL, Sandboxing, search_places};
use cadre_agents::command::{CommandSpec, resolve_program};
use cadre_agents::folder::FileHash;
use cadre_core::effect::{Action, Recovery};
use cadre_core::failure::Category;
use cadre_core::plan::EvidenceKind;
use cadre_graph::NodeError;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Work, failure, stopped};
use crate::gate::{Begun, EffectOutcome};
use crate::run_graph::perform::{Asked, Permitted, permitted};

/// How long a program may say nothing at all while it works: models think for minutes.
const IDLE_LIMIT: Duration = Duration::from_secs(15 * 60);

/// The program, found once and then recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Program {
    path: PathBuf,
    sha256: Option<String>,
    read_only: Vec<PathBuf>,
    search: Vec<PathBuf>,
}

/// What came of the start, with the effect's key.
#[derive(Serialize, Deserialize)]
struct Started {
    key: String,
    outcome: EffectOutcome,
}

impl Work<'_> {
    /// Asks for leave, starts the program, and waits until it is ready for a first turn.
    pub(super) async fn start(&mut self, prompt: &str) -> Result<(), NodeError> {
        let program = self.resolve().await?;
        self.program = program.path.to_string_lossy().into_owned();
        let action = self.start_action(&program, prompt);
        let asked = Asked { action, allowed: None };
        let (action, permission) = match permitted(self.shared, self.context, &self.doer, asked).await? {
            Permitted::Go(action, permission) => (action, permission),
            Permitted::No(why) => return Err(why.into()),
        };
        let (gate, place, cancelled) = (&self.shared.gate, self.place(), self.context.cancelled());
        let started: Started = self
            .context
            .effect("effect", &action.hash(), |key| async {
                let key = key.0;
                match gate.begin(&key, permission, &action, &place, self.shared.host.now(), cancelled).await?
                {
                    Begun::Over(outcome) => return Ok(Started { key, outcome }),
                    // Begun before: nothing was asked of it before it was ready, so it may begin again.
                    Begun::Now | Begun::Before => {}
                }
                let outcome = self.launch(&program).await?;
                gate.end(&key, &outcome).await?;
                Ok(Started { key, outcome })
            })
            .await?;
        self.start = started.key;
        match started.outcome {
            EffectOutcome::Done { result } => {
                let text = |field: &str| result[field].as_str().unwrap_or_default().to_owned();
                self.agent = format!("{} {}", text("agent"), text("version")).trim().to_owned();
                self.containment = text("containment");
                Ok(())
            }
            EffectOutcome::Failed { category, message } => Err(NodeError::failed(category, message)),
            EffectOutcome::Unknown { why } => Err(failure(Category::Unknown, why)),
        }
    }

    async fn resolve(&self) -> Result<Program, NodeError> {
        let name = self.definition.program.clone().unwrap_or_default();
        let folder = Path::new(&self.input.folder);
        self.context
            .step("resolve", &name, || async {
                let places = search_places();
                let found = resolve_program(&name, &places, folder, folder).map_err(|error| {
                    failure(Category::ConfigurationError, format!("{error}: is it installed?"))
                })?;
                let Sandboxing { program, read_only, path } =
                    Sandboxing::of(&found.path, &found.real_path, &places);
                let sha256 = found.sha256.map(|hash| hash.to_string());
                Ok(Program { path: program, sha256, read_only, search: path })
            })
            .await
    }

    fn start_action(&self, program: &Program, prompt: &str) -> Action {
        Action::RunProgram {
            program: self.program.clone(),
            program_sha256: program.sha256.clone(),
            args: self.definition.args.clone(),
            folder: self.input.folder.clone(),
            env_names: self.environment(&program.search).into_keys().collect(),
            stdin: prompt.to_owned(),
            stdin_sha256: FileHash::of_bytes(prompt.as_bytes()).to_string(),
            network: true, // its model is elsewhere
            writable: true,
            reads: self.input.reads.clone(),
            seconds: self.definition.limits.wall_minutes.saturating_mul(60),
            output_mib: self.definition.limits.output_mib,
            recovery: Recovery::Repeat,
            host: self.shared.host_name.clone(),
        }
    }

    /// Nothing is inherited; a program's own row says what it needs.
    fn environment(&self, search: &[PathBuf]) -> BTreeMap<String, String> {
        let system = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
        let path: Vec<String> =
            search.iter().chain(&system).map(|place| place.to_string_lossy().into_owned()).collect();
        let home = self.home().to_string_lossy().into_owned();
        let mut environment: BTreeMap<String, String> =
            [("HOME", home.as_str()), ("LANG", "C.UTF-8"), ("PATH", &path.join(":"))]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        let known = self.known().map_or(&[][..], |known| known.env);
        environment.extend(known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        environment
    }

    fn known(&self) -> Option<&'static KnownProgram> {
        self.definition.program.as_deref().and_then(KnownProgram::of)
    }

    /// Whether it may use the sign-in that the person has with it.
    fn signs_in_as_person(&self) -> Option<PathBuf> {
        let granted = self.definition.tools.iter().any(|tool| tool == SIGN_IN_TOOL);
        std::env::var_os("HOME").map(PathBuf::from).filter(|_| granted)
    }

    fn home(&self) -> PathBuf {
        self.signs_in_as_person().unwrap_or_else(|| self.shared.programs.home(&self.definition.name))
    }

    fn spec(&self, program: &Program) -> Result<CommandSpec, String> {
        let mut spec = CommandSpec::new(&program.path, &self.input.folder);
        spec.program_sha256 =
            program.sha256.as_deref().map(str::parse).transpose().map_err(|error| format!("{error}"))?;
        spec.args.clone_from(&self.definition.args);
        spec.env = self.environment(&program.search);
        spec.read_only.clone_from(&program.read_only);
        spec.read_only.extend(self.input.source.as_ref().map(PathBuf::from));
        spec.read_only.extend(self.input.reads.iter().map(PathBuf::from));
        spec.read_write.push(PathBuf::from(&self.input.folder));
        match self.signs_in_as_person() {
            Some(home) => {
                let folders = self.known().map_or(&[][..], |known| known.sign_in_folders);
                spec.read_write
                    .extend(folders.iter().map(|folder| home.join(folder)).filter(|it| it.exists()));
            }
            None => {
                let home = self.shared.programs.make_home(&self.definition.name);
                spec.read_write.push(home.map_err(|error| format!("its home: {error}"))?);
            }
        }
        spec.network = true;
        Ok(spec)
    }

    async fn launch(&self, program: &Program) -> Result<EffectOutcome, NodeError> {
        let spec = match self.spec(program) {
            Ok(spec) => spec,
            Err(message) => return Ok(EffectOutcome::failed(Category::ConfigurationError, message)),
        };
        let limits = self.definition.limits;
        let launch = Launch {
            name: self.definition.name.clone(),
            spec,
            folder: PathBuf::from(&self.input.folder),
            sign_in: self.sign_in_hint(),
            idle_limit: IDLE_LIMIT,
            time_limit: Duration::from_secs(u64::from(limits.wall_minutes) * 60),
            output_limit: u64::from(limits.output_mib) * 1024 * 1024,
        };
        let (gate, cancelled) = (&self.shared.gate, self.context.cancelled());
        let confinement = gate.confinement().clone();
        let level = confinement.level.to_string();
        let session = self.shared.programs.start(&self.input.run, launch, confinement, cancelled.clone());
        let event = tokio::select! {
            biased;
            () = cancelled.cancelled() => return Err(stopped()),
            event = session.next() => event,
        };
        Ok(match event {
            Event::Ready { agent, version, session } => EffectOutcome::Done {
                result: json!({ "agent": agent, "version": version, "session": session, "containment": level }),
            },
            Event::Failed { category, message } => EffectOutcome::Failed { category, message },
            other => EffectOutcome::failed(
                Category::ValidationError,
                format!("it began without a greeting: {other:?}"),
            ),
        })
    }

    fn sign_in_hint(&self) -> String {
        let Some(known) = self.known() else { return String::new() };
        match self.signs_in_as_person() {
            Some(_) => format!("In a terminal: `{}`.", known.sign_in),
            None => format!(
                "In a terminal: `HOME={} {}`. Or let it use your own sign-in: add `{SIGN_IN_TOOL}` to the tools in its file.",
                self.home().display(),
                known.sign_in
            ),
        }
    }

    /// What the program is told: who it is, what to do, what was found before, and by what it is judged.
    pub(super) fn prompt(&self) -> String {
        let mut parts = vec![self.definition.context.trim().to_owned()];
        parts.push(format!("# Task: {}\n\n{}", self.input.title, self.input.instructions));
        if let Some(source) = &self.input.source {
            parts.push(format!(
                "Look at {source}; it cannot be changed. Write in {} only.",
                self.input.folder
            ));
        }
        if !self.input.inputs.is_empty() {
            let inputs = serde_json::to_string_pretty(&self.input.inputs).unwrap_or_default();
            parts.push(format!("# What earlier steps found\n\n```json\n{inputs}\n```"));
        }
        let evidence: Vec<String> = self
            .input
            .evidence
            .iter()
            .filter_map(|it| match it.kind {
                EvidenceKind::FileExists => Some(format!("- the file `{}` exists {}", it.value, it.note)),
                EvidenceKind::CommandSucceeds => Some(format!("- `{}` ends well {}", it.value, it.note)),
                EvidenceKind::OutputSchema | EvidenceKind::PersonAccepts => None,
            })
            .collect();
        if !evidence.is_empty() {
            parts.push(format!("# It is done when\n\n{}", evidence.join("\n")));
        }
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }
}
