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

use super::places::Places;
use super::{Work, failure, stopped};
use crate::agent_programs::Account;
use crate::gate::act::command_spec;
use crate::gate::{Begun, EffectOutcome};
use crate::run_graph::perform::{Asked, Permitted, permitted};

/// How long a program may say nothing at all while it works: models think for minutes.
const IDLE_LIMIT: Duration = Duration::from_secs(15 * 60);

/// The program, found once and then recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Program {
    path: String,
    sha256: Option<String>,
    places: Places,
    /// For its own `PATH`, before the system's.
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
        self.program.clone_from(&program.path);
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
                let outcome = self.launch(&key, &action, &program).await?;
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

    /// The program, and what it needs beside the project's folder: found before a person is asked, so that they see it.
    async fn resolve(&self) -> Result<Program, NodeError> {
        let name = self.definition.program.clone().unwrap_or_default();
        let folder = Path::new(&self.input.folder);
        self.context
            .step("resolve", &name, || async {
                let search = search_places();
                let found = resolve_program(&name, &search, folder, folder).map_err(|error| {
                    failure(Category::ConfigurationError, format!("{error}: is it installed?"))
                })?;
                let Sandboxing { program, read_only, path } =
                    Sandboxing::of(&found.path, &found.real_path, &search);
                let reads = read_only.into_iter().chain(self.looked_at());
                let places = self.written().and_then(|writes| Places::of(reads, writes));
                let places = places.map_err(|why| failure(Category::ConfigurationError, why))?;
                let path_text = program.into_os_string().into_string();
                let program = path_text.map_err(|path| {
                    failure(Category::ConfigurationError, format!("{path:?} is not UTF-8"))
                })?;
                let sha256 = found.sha256.map(|hash| hash.to_string());
                Ok(Program { path: program, sha256, places, search: path })
            })
            .await
    }

    /// What the step looks at: another folder, a repository around the folder, what was given with the request.
    fn looked_at(&self) -> impl Iterator<Item = PathBuf> {
        self.input.source.iter().chain(&self.input.reads).map(PathBuf::from)
    }

    /// What it keeps for itself: a home of its own, or the person's settings for it if its file grants their sign-in.
    fn written(&self) -> Result<Vec<PathBuf>, String> {
        match self.signs_in_as_person() {
            Some(home) => {
                let folders = self.known().map_or(&[][..], |known| known.sign_in_folders);
                Ok(folders.iter().map(|folder| home.join(folder)).filter(|it| it.exists()).collect())
            }
            None => {
                let home = self.shared.programs.make_home(&self.definition.name);
                home.map(|home| vec![home]).map_err(|error| format!("its home: {error}"))
            }
        }
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
            reads: program.places.reads.clone(),
            writes: program.places.writes.clone(),
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

    /// The walls are those of the action that was approved, place by place.
    fn spec(&self, action: &Action, program: &Program) -> Result<CommandSpec, EffectOutcome> {
        let mut spec = command_spec(action, self.shared.gate.programs())?;
        spec.stdin.clear(); // it is told over the protocol, once it is ready
        spec.env = self.environment(&program.search);
        let home = self.shared.programs.home(&self.definition.name).canonicalize().ok();
        spec.own = home.into_iter().filter(|home| spec.read_write.contains(home)).collect();
        Ok(spec)
    }

    async fn launch(
        &self,
        key: &str,
        action: &Action,
        program: &Program,
    ) -> Result<EffectOutcome, NodeError> {
        let spec = match self.spec(action, program) {
            Ok(spec) => spec,
            Err(failed) => return Ok(failed),
        };
        let launch = Launch {
            name: self.definition.name.clone(),
            spec,
            folder: PathBuf::from(&self.input.folder),
            sign_in: self.sign_in_hint(),
            idle_limit: IDLE_LIMIT,
            output_limit: u64::from(self.definition.limits.output_mib) * 1024 * 1024,
        };
        let (programs, run, cancelled) = (&self.shared.programs, &self.input.run, self.context.cancelled());
        let confinement = self.shared.gate.confinement().clone();
        let level = confinement.level.to_string();
        let account = Account::new(self.shared, key, self.purpose.clone(), &program.path);
        programs.start(run, launch, confinement, cancelled, account);
        let event = tokio::select! {
            biased;
            () = cancelled.cancelled() => return Err(stopped()),
            event = programs.next(run) => event,
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
        if !self.input.attachments.is_empty() {
            let given =
                self.input.attachments.iter().map(|given| format!("- {}: {}", given.name, given.path));
            parts.push(format!("# Given with the request\n\n{}", given.collect::<Vec<_>>().join("\n")));
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
