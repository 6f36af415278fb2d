//! What the nodes of all graphs use: the store, the gate, the clock, the organisation's definitions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cadre_agents::attachments::AttachmentStore;
use cadre_agents::command::{ResolveError, ResolvedProgram, resolve_program};
use cadre_agents::private_places::PrivatePlaces;
use cadre_core::effect::Action;
use cadre_core::org::AgentDefinition;
use cadre_store::{ReadError, Store};

use crate::agent_programs::AgentPrograms;
use crate::clock::Host;
use crate::gate::Gate;
use crate::models::Models;

/// The one program that ships with Cadre for function agents, and the agents that it is. They change nothing, so
/// they run without being asked about; anything else that lies beside it is a program like any other.
const SHIPPED_PROGRAM: &str = "cadre-functions";
const SHIPPED_AGENTS: [&str; 4] =
    ["repository-scout", "dependency-auditor", "git-historian", "report-writer"];

/// Whether these arguments make the shipped program one of the shipped agents.
pub(crate) fn are_shipped_arguments(args: &[String]) -> bool {
    matches!(args, [agent] if SHIPPED_AGENTS.contains(&agent.as_str()))
}

pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) gate: Gate,
    /// Files that were given with requests.
    pub(crate) attachments: AttachmentStore,
    /// What is given to no agent.
    pub(crate) private: PrivatePlaces,
    pub(crate) programs: AgentPrograms,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) models: Arc<dyn Models>,
    /// This device's name, part of every action.
    pub(crate) host_name: String,
}

impl Shared {
    pub(crate) async fn definition(&self, member: &str) -> Result<Option<AgentDefinition>, ReadError> {
        match self.store.member(member).await? {
            Some(row) if row.kind != "person" => self.store.agent_definition(&row).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Finds a function agent's program, and says whether it is one that ships with Cadre.
    pub(crate) fn resolve_program(
        &self,
        name: &str,
        project: &str,
    ) -> Result<(ResolvedProgram, bool), ResolveError> {
        let ours = self.gate.programs();
        let path = ours.join(SHIPPED_PROGRAM);
        if name == SHIPPED_PROGRAM && path.is_file() {
            // Not bound by a hash: what can change it can change this program too, and an upgrade may replace it
            // between two attempts of a run.
            let real_path = path.canonicalize().unwrap_or_else(|_| path.clone());
            return Ok((ResolvedProgram { path, real_path, sha256: None }, true));
        }
        let places = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
        resolve_program(name, &places, Path::new(project), Path::new(project)).map(|found| (found, false))
    }

    /// The run's effect for this action whose outcome is unknown.
    pub(crate) async fn newest_unknown(&self, run: &str, action: &Action) -> Result<String, ReadError> {
        let hash = action.hash();
        let unknown = self.store.unknown_effect(run, &hash).await?;
        Ok(unknown.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cadre_agents::command::{Confinement, ContainmentLevel};
    use cadre_agents::snapshot::SnapshotStore;
    use cadre_store::{OpenOptions, StoreClock};
    use std::sync::atomic::{AtomicI64, Ordering};

    impl Shared {
        pub(crate) async fn for_tests(root: &Path) -> Arc<Shared> {
            Arc::new(Shared::of_tests(root).await)
        }

        /// A store of its own in `root`, and a gate that starts no program.
        pub(crate) async fn of_tests(root: &Path) -> Shared {
            let ticks = AtomicI64::new(1);
            let options = OpenOptions {
                folder: root.join("store"),
                name: "Test".into(),
                new_id: "w".into(),
                heads: None,
                clock: StoreClock::new(move || ticks.fetch_add(1, Ordering::Relaxed)),
            };
            let (store, _writer) = Store::open(options).await.expect("an empty folder opens");
            let snapshots = SnapshotStore::open(&root.join("snapshots")).expect("a folder of ours");
            let level = ContainmentLevel::Contained;
            let confinement = Confinement { exec_program: "/nonexistent".into(), level, hidden: Vec::new() };
            let gate = Gate::new(store.clone(), snapshots, confinement, root.join("programs"));
            let vaults = crate::vaults::Vaults::new("w", cadre_vault::VaultPlace::Memory).await;
            let vaults = Arc::new(vaults.expect("memory is always there"));
            let models = crate::endpoints::Endpoints::new(store.clone(), vaults);
            Shared {
                store,
                gate,
                attachments: cadre_agents::attachments::AttachmentStore::open(
                    &root.join("attachments"),
                    &root.join("uploads"),
                )
                .expect("a folder of ours"),
                private: PrivatePlaces::default(),
                programs: crate::agent_programs::AgentPrograms::new(
                    crate::tasks::Tasks::new(),
                    root.join("homes"),
                ),
                host: Arc::new(crate::clock::SystemHost),
                models: Arc::new(models),
                host_name: "h".into(),
            }
        }
    }

    #[test]
    fn only_the_four_shipped_agents_run_unasked() {
        let args = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for agent in SHIPPED_AGENTS {
            assert!(are_shipped_arguments(&args(&[agent])), "{agent} ships with Cadre");
        }
        for other in [&[][..], &["sh"], &["repository-scout", "--more"], &["-c", "repository-scout"]] {
            assert!(!are_shipped_arguments(&args(other)), "{other:?} is asked about");
        }
    }
}
