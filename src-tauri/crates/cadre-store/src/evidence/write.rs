//! Writing a bundle out of a record.

use std::collections::BTreeSet;
use std::io::Write;

use cadre_graph::Hash;
use serde::Serialize;
use serde_json::Value;

use super::{ExportError, FORMAT, Header, Line, Scope, VERSION};
use crate::batch::commitments;
use crate::database::{Connection, DatabaseError, query};
use crate::heads::Heads;
use crate::ledger::{Entry, leaf};
use crate::merkle::{self, Tree};
use crate::open::Store;
use crate::read::{ReadError, body};
use crate::record::Record as _;
use crate::signed_head::{HeadSigned, SignedHead};

impl From<DatabaseError> for ExportError {
    fn from(error: DatabaseError) -> Self {
        ExportError::Read(ReadError::from(error))
    }
}

impl Store {
    /// Writes what proves the entries of `scope`, as of `head` or of the newest head that this device signed. Gives the
    /// number of entries.
    ///
    /// # Errors
    /// There is no such project or entry, the head is of another record, or the file cannot be written.
    pub async fn export_evidence(
        &self,
        scope: Scope,
        head: Option<SignedHead>,
        to: impl Write + Send + 'static,
    ) -> Result<u64, ExportError> {
        let heads = Heads::new(self.shared.heads.clone(), &self.shared.workspace);
        let kept = heads.kept().and_then(|kept| kept.signature).map(|signature| signature.signed);
        let workspace = self.shared.workspace.clone();
        let given = head.is_some();
        let newest = head.or(kept);
        let work = move |reader: &Connection| {
            let _stands_still = reader.transaction()?;
            let source = Source::read(reader, &scope)?;
            let size = match &newest {
                Some(signed) if source.has(signed, &workspace) => signed.head.size,
                Some(_) if given => return Err(ExportError::OtherHead),
                _ => source.leaves.len() as u64,
            };
            source.write(reader, Export { workspace, scope, size, newest, to })
        };
        self.shared.readers.read(work).await
    }
}

struct Export<W> {
    workspace: String,
    scope: Scope,
    size: u64,
    newest: Option<SignedHead>,
    to: W,
}

/// What is needed of the whole ledger to prove a part of it.
struct Source {
    leaves: Vec<Hash>,
    /// The entries of the scope, by number.
    chosen: BTreeSet<u64>,
    heads: Vec<SignedHead>,
}

impl Source {
    fn read(reader: &Connection, scope: &Scope) -> Result<Source, ExportError> {
        let mut source = Source { leaves: Vec::new(), chosen: BTreeSet::new(), heads: Vec::new() };
        let mut all = Vec::new();
        query("SELECT body FROM ledger ORDER BY seq").each(reader, |row| {
            let body = row.bytes(0)?;
            source.leaves.push(leaf(body));
            let entry = Entry::decode(body).map_err(|_| ExportError::Damaged)?;
            if entry.seq != source.leaves.len() as u64 {
                return Err(ExportError::Damaged);
            }
            if entry.kind == HeadSigned::KIND
                && let Ok(HeadSigned(signed)) = serde_json::from_value(entry.data.clone())
            {
                source.heads.push(signed);
            }
            all.push(Names::of(&entry));
            Ok::<_, ExportError>(())
        })?;
        source.chosen = match scope {
            Scope::Workspace => (1..=all.len() as u64).collect(),
            Scope::Entry(seq) if (1..=all.len() as u64).contains(seq) => BTreeSet::from([*seq]),
            Scope::Entry(seq) => return Err(ExportError::NoEntry(*seq)),
            Scope::Project(project) => of_project(&all, project),
        };
        match scope {
            Scope::Project(project) if source.chosen.is_empty() => {
                Err(ExportError::NoProject(project.clone()))
            }
            _ => Ok(source),
        }
    }

    /// Whether the head is of this record as it stands.
    fn has(&self, signed: &SignedHead, workspace: &str) -> bool {
        let size = usize::try_from(signed.head.size).unwrap_or(usize::MAX);
        let leaves = self.leaves.get(..size);
        signed.head.workspace == workspace
            && signed.is_signed()
            && leaves.is_some_and(|leaves| merkle::root(leaves) == signed.head.root)
    }

    fn write<W: Write>(mut self, reader: &Connection, export: Export<W>) -> Result<u64, ExportError> {
        let Export { workspace, scope, size, newest, to } = export;
        self.leaves.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        self.chosen.retain(|seq| *seq <= size);
        if let (Scope::Entry(seq), true) = (&scope, self.chosen.is_empty()) {
            return Err(ExportError::NoEntry(*seq));
        }
        let root = merkle::root(&self.leaves);
        let mut out = Lines(to);
        let is_whole = scope == Scope::Workspace;
        out.line(&Header { format: FORMAT.into(), v: VERSION, workspace, scope: scope.clone(), size, root })?;
        let heads = self.write_heads(&mut out, newest, size)?;
        let tree = (!is_whole).then(|| Tree::of(std::mem::take(&mut self.leaves)));
        let mut referred = BTreeSet::new();
        for seq in &self.chosen {
            let body = body(reader, *seq)?.ok_or(DatabaseError::NoRow)?;
            if !matches!(scope, Scope::Entry(_)) {
                let mut found = Vec::new();
                commitments(&Entry::decode(&body).map_err(|_| ExportError::Damaged)?.data, &mut found);
                referred.extend(found);
            }
            let index = usize::try_from(*seq - 1).unwrap_or(usize::MAX);
            let path = tree.as_ref().and_then(|tree| tree.inclusion_proof(index));
            let body = String::from_utf8(body).map_err(|_| ExportError::Damaged)?;
            out.line(&Line::Entry { body, path })?;
        }
        let mut values = 0;
        for commitment in referred {
            let line = value(reader, commitment)?;
            values += u64::from(matches!(line, Line::Value { .. }));
            out.line(&line)?;
        }
        let entries = self.chosen.len() as u64;
        out.line(&Line::End { heads, entries, values })?;
        out.0.flush()?;
        Ok(entries)
    }

    /// The newest head of each device, each with the way from its tree to the bundle's.
    fn write_heads<W: Write>(
        &self,
        out: &mut Lines<W>,
        newest: Option<SignedHead>,
        size: u64,
    ) -> Result<u64, ExportError> {
        let mut heads: Vec<SignedHead> = Vec::new();
        for signed in newest.into_iter().chain(self.heads.iter().rev().cloned()) {
            if signed.head.size <= size && !heads.iter().any(|known| known.head.key == signed.head.key) {
                heads.push(signed);
            }
        }
        for signed in &heads {
            let first = usize::try_from(signed.head.size).unwrap_or(usize::MAX);
            let consistency = merkle::consistency_proof(&self.leaves, first).ok_or(ExportError::Damaged)?;
            out.line(&Line::Head { signed: signed.clone(), consistency })?;
        }
        Ok(heads.len() as u64)
    }
}

/// Both gone where the content was redacted.
type SaltAndBytes = (Option<Vec<u8>>, Option<Vec<u8>>);

fn value(reader: &Connection, commitment: Hash) -> Result<Line, ExportError> {
    let sql = "SELECT salt, bytes FROM stored_values WHERE commitment = ?";
    let found: Option<SaltAndBytes> = query(sql).bind(commitment).optional(reader)?;
    match found.ok_or(ReadError::NoValue { commitment })? {
        (Some(salt), Some(bytes)) => Ok(Line::Value {
            commitment,
            salt: hex::encode(salt),
            bytes: String::from_utf8(bytes).map_err(|_| ExportError::Damaged)?,
        }),
        _ => Ok(Line::Redacted { commitment }),
    }
}

struct Lines<W>(W);

impl<W: Write> Lines<W> {
    fn line(&mut self, line: &impl Serialize) -> Result<(), ExportError> {
        let mut bytes = serde_json::to_vec(line).map_err(std::io::Error::from)?;
        bytes.push(b'\n');
        Ok(self.0.write_all(&bytes)?)
    }
}

/// By what an entry can be of a project.
struct Names {
    project: Option<String>,
    /// Threads and runs: what has one of a project's is of it, and so is what else that has.
    strong: Vec<String>,
    /// Effects, permits, calls, decisions: what names one of those belongs beside it, and no further.
    weak: Vec<String>,
}

impl Names {
    fn of(entry: &Entry) -> Names {
        let data = &entry.data;
        let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
        let texts = |fields: &[&str]| fields.iter().filter_map(|field| text(data, field)).collect::<Vec<_>>();
        let mut strong = texts(&["thread", "run", "request"]);
        let mut weak = texts(&["effect", "permit", "spend", "decision", "rule"]);
        for wake in ["parent", "answers"] {
            strong.extend(data.get(wake).and_then(|wake| text(wake, "thread")));
        }
        match entry.kind.as_str() {
            "request.filed" => strong.extend(text(data, "id")),
            "decision.made" => weak.extend(text(data, "id")),
            _ => {}
        }
        Names { project: text(data, "project"), strong, weak }
    }
}

fn of_project(all: &[Names], project: &str) -> BTreeSet<u64> {
    let mut chosen = BTreeSet::new();
    let (mut strong, mut weak) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let before = chosen.len();
        for (seq, names) in (1..).zip(all) {
            let is_its_own = names.project.as_deref() == Some(project);
            let is_anothers = names.project.is_some() && !is_its_own;
            let is_named = names.strong.iter().any(|name| strong.contains(name));
            let is_beside = names.weak.iter().any(|name| weak.contains(name));
            if is_its_own || (!is_anothers && (is_named || is_beside)) {
                chosen.insert(seq);
                if is_its_own || is_named {
                    strong.extend(names.strong.iter().cloned());
                    weak.extend(names.weak.iter().cloned());
                }
            }
        }
        if chosen.len() == before {
            return chosen;
        }
    }
}
