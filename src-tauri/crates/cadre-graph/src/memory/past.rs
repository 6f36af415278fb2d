//! Forks, listings and removals of the memory checkpointer.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Beginning, Call, Kept, Memory, Recorded, Thread};
use crate::checkpoint::{
    CheckpointError, CheckpointSummary, Epoch, Fork, JournalRecord, Listing, Origin, ParkedTask, TaskWrite,
    ThreadView,
};
use crate::hash::Hash;

impl Thread {
    /// Its history as it may be seen, oldest first.
    pub(super) fn seen(&self) -> impl DoubleEndedIterator<Item = &Arc<Kept>> {
        self.history.iter().filter(|kept| kept.checkpoint.summary.step >= self.kept_from)
    }

    /// What a fork keeps of the calls of one task: those before the cut, or those from before the checkpoint.
    fn calls_kept(&self, task: &str, cut: Option<u32>, made: u64) -> Vec<Call> {
        let calls = self.calls.get(task).map_or(&[][..], Vec::as_slice);
        let kept = |call: &&Call| cut.map_or(call.seq < made, |cut| call.position() < cut);
        calls.iter().filter(kept).cloned().collect()
    }
}

impl Call {
    fn position(&self) -> u32 {
        match &self.what {
            Recorded::Made(record) => record.position,
            Recorded::Answered(parked) => parked.position,
        }
    }
}

impl Memory {
    pub(super) fn fork(&mut self, fork: Fork) -> Result<(), CheckpointError> {
        if let Some(existing) = self.threads.get(&fork.thread) {
            return match &existing.beginning {
                Beginning::Fork(earlier) if *earlier == fork => Ok(()),
                _ => Err(CheckpointError::ThreadExists { thread: fork.thread }),
            };
        }
        let unknown = || CheckpointError::UnknownThread { thread: fork.source.clone() };
        let source = self.threads.get(&fork.source).ok_or_else(unknown)?;
        let found = source.seen().find(|kept| kept.checkpoint.summary.hash == fork.at).cloned();
        let kept = found.ok_or_else(|| CheckpointError::UnknownCheckpoint {
            thread: fork.source.clone(),
            checkpoint: fork.at,
        })?;
        let step = kept.checkpoint.summary.step;
        let tasks = &kept.checkpoint.tasks;
        if let Some(task) = fork.cuts.keys().find(|task| !tasks.iter().any(|open| open.id == **task)) {
            return Err(CheckpointError::UnknownTask { task: task.clone(), checkpoint: fork.at });
        }
        let calls: BTreeMap<String, Vec<Call>> = tasks
            .iter()
            .map(|task| {
                (task.id.clone(), source.calls_kept(&task.id, fork.cuts.get(&task.id).copied(), kept.seq))
            })
            .filter(|(_, calls)| !calls.is_empty())
            .collect();
        let takes_pending = fork.pending && source.view.head == fork.at;
        let pending: Vec<TaskWrite> = if takes_pending { source.view.pending.clone() } else { Vec::new() };
        let pending = pending.into_iter().map(|write| TaskWrite { thread: fork.thread.clone(), ..write });
        let view = ThreadView {
            thread: fork.thread.clone(),
            graph: source.view.graph.clone(),
            graph_version: source.view.graph_version,
            head: fork.at,
            step,
            state: kept.checkpoint.state.clone(),
            tasks: tasks.clone(),
            joins: kept.joins.clone(),
            pending: pending.collect(),
            journal: journal_of(&calls),
            parked: answered_of(&calls),
            parent: None,
            actor: fork.actor.clone(),
            origin: Some(Origin { thread: kept.checkpoint.summary.thread.clone(), step, at: fork.at }),
        };
        let shared = |kept: &&Arc<Kept>| kept.checkpoint.summary.step <= step;
        let history = source.seen().filter(shared).cloned().collect();
        self.records.extend(fork.records.clone());
        let (thread, beginning) = (fork.thread.clone(), Beginning::Fork(fork));
        self.threads
            .insert(thread, Thread { beginning, epoch: Epoch(0), view, history, calls, kept_from: 0 });
        Ok(())
    }

    pub(super) fn prune(&mut self, threads: &[String]) -> usize {
        let mut pruned = 0;
        for name in threads {
            let Some(thread) = self.threads.get_mut(name) else { continue };
            let newest = thread.view.step;
            if thread.seen().next().is_some_and(|oldest| oldest.checkpoint.summary.step < newest) {
                thread.kept_from = newest;
                pruned += 1;
            }
        }
        pruned
    }

    pub(super) fn list(&self, listing: &Listing) -> Vec<CheckpointSummary> {
        let mut found: BTreeMap<u64, &Kept> = BTreeMap::new();
        for (name, thread) in &self.threads {
            if listing.thread.as_ref().is_none_or(|wanted| wanted == name) {
                found.extend(thread.seen().map(|kept| (kept.seq, kept.as_ref())));
            }
        }
        let before = match listing.before {
            None => u64::MAX,
            Some(hash) => self.seq_of(hash).unwrap_or(0),
        };
        let summaries = found.range(..before).rev().map(|(_, kept)| &kept.checkpoint.summary);
        let taken = summaries.filter(|summary| listing.takes(summary));
        taken.take(listing.limit.unwrap_or(usize::MAX)).cloned().collect()
    }

    fn seq_of(&self, hash: Hash) -> Option<u64> {
        let all = self.threads.values().flat_map(|thread| &thread.history);
        all.into_iter().find(|kept| kept.checkpoint.summary.hash == hash).map(|kept| kept.seq)
    }
}

fn journal_of(calls: &BTreeMap<String, Vec<Call>>) -> BTreeMap<String, Vec<JournalRecord>> {
    let records = |calls: &Vec<Call>| -> Vec<JournalRecord> {
        let made = calls.iter().filter_map(|call| match &call.what {
            Recorded::Made(record) => Some(record.clone()),
            Recorded::Answered(_) => None,
        });
        made.collect()
    };
    calls.iter().map(|(task, calls)| (task.clone(), records(calls))).collect()
}

fn answered_of(calls: &BTreeMap<String, Vec<Call>>) -> Vec<ParkedTask> {
    let answered = calls.values().flatten().filter_map(|call| match &call.what {
        Recorded::Answered(parked) => Some(ParkedTask::clone(parked)),
        Recorded::Made(_) => None,
    });
    answered.collect()
}
