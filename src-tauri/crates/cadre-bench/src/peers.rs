//! The peers: scripts that print a line of JSON for each workload. A peer that cannot run is an error with its words,
//! never a figure that is missing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::process::Command;

#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    #[error("the peer {script} could not be started with {python}: {source}")]
    Start { script: String, python: String, source: std::io::Error },
    #[error("the peer {script} failed; its Python needs what requirements.txt beside it lists: {said}")]
    Failed { script: String, said: String },
    #[error("the peer {script} does not say `{figure}` of the workload `{workload}`")]
    NoFigure { script: String, workload: String, figure: String },
}

/// What peers came to, each script's workload run once.
pub(crate) struct Peers {
    folder: Option<PathBuf>,
    python: PathBuf,
    known: HashMap<(String, String), Vec<Value>>,
}

impl Peers {
    pub(crate) fn new(folder: Option<PathBuf>, python: Option<PathBuf>) -> Self {
        Peers { folder, python: python.unwrap_or_else(|| "python3".into()), known: HashMap::new() }
    }

    /// A figure of a workload of a script; `None` without peers. `wanted` chooses among several lines.
    pub(crate) async fn figure(
        &mut self,
        script: &str,
        workload: &str,
        figure: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Option<f64>, PeerError> {
        let Some(folder) = self.folder.clone() else { return Ok(None) };
        let key = (script.to_owned(), workload.to_owned());
        if !self.known.contains_key(&key) {
            let lines = self.run(&folder, script, workload).await?;
            self.known.insert(key.clone(), lines);
        }
        let found = self.known[&key].iter().find(|line| wanted(line)).and_then(|line| line[figure].as_f64());
        match found {
            Some(found) => Ok(Some(found)),
            None => Err(PeerError::NoFigure { script: key.0, workload: key.1, figure: figure.into() }),
        }
    }

    pub(crate) async fn langgraph(&mut self, workload: &str, figure: &str) -> Result<Option<f64>, PeerError> {
        self.figure("langgraph_bench.py", workload, figure, |_| true).await
    }

    pub(crate) async fn dbos(&mut self, workload: &str, figure: &str) -> Result<Option<f64>, PeerError> {
        self.figure("dbos_bench.py", workload, figure, |_| true).await
    }

    /// One durable commit a step and nothing else.
    pub(crate) async fn bare_limit(&mut self) -> Result<Option<f64>, PeerError> {
        let full = |line: &Value| line["synchronous"] == "FULL";
        self.figure("sqlite_limit.py", "", "supersteps_per_s", full).await
    }

    async fn run(&self, folder: &Path, script: &str, workload: &str) -> Result<Vec<Value>, PeerError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a peer that the person named runs as they would run it: walls would slow it, not us"
        )]
        let mut command = Command::new(&self.python);
        command.arg(folder.join(script)).args((!workload.is_empty()).then_some(workload));
        let output = command.output().await.map_err(|source| PeerError::Start {
            script: script.into(),
            python: self.python.display().to_string(),
            source,
        })?;
        let lines: Vec<Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        if !output.status.success() || lines.is_empty() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().last().unwrap_or("it printed nothing").to_owned();
            return Err(PeerError::Failed { script: script.into(), said });
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_peer_runs_once_and_one_that_fails_says_why() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = "echo run >> \"$0.runs\"\necho '{\"workload\":\"chain\",\"rate\":7}'\necho no figure\n";
        std::fs::write(folder.path().join("good"), script).expect("is written");
        std::fs::write(folder.path().join("bad"), "echo 'no module named x' >&2; exit 1\n")
            .expect("is written");
        let mut peers = Peers::new(Some(folder.path().into()), Some("sh".into()));
        for _ in 0..2 {
            assert_eq!(peers.figure("good", "chain", "rate", |_| true).await.expect("runs"), Some(7.0));
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("good.runs")).expect("ran"), "run\n");
        let failed = peers.figure("bad", "chain", "rate", |_| true).await.expect_err("fails").to_string();
        assert!(failed.ends_with("no module named x"), "{failed}");
        let missing =
            peers.figure("good", "chain", "speed", |_| true).await.expect_err("it says no such thing");
        assert!(matches!(missing, PeerError::NoFigure { .. }), "{missing}");
        let mut none = Peers::new(None, None);
        assert_eq!(none.langgraph("chain", "rate").await.expect("nothing runs"), None);
    }
}
