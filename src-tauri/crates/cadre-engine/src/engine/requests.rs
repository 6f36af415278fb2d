//! Requests: filing one, reading it, correcting the reading.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cadre_agents::attachments::{self, AttachmentError};
use cadre_core::attachment::Attachment;
use cadre_core::intent::{Intent, Reading};
use cadre_core::org::Member;
use cadre_store::aggregates::request::{RequestFiled, RequestRead, RequestSaid};
use cadre_store::{Batch, ReadError, WriteError, value_part};
use serde_json::{Value, json};

use super::Engine;
use crate::asking::NoAnswer;
use crate::intake::Brings;
use crate::shared::Shared;
use crate::{intake, organisation};

/// What fits into a request; more belongs into a file.
const LENGTH_LIMIT: usize = 1024 * 1024;

/// More than these are a folder.
const ATTACHMENTS: usize = 50;

#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("the request is empty")]
    Empty,
    #[error("the request has {bytes} bytes; at most {LENGTH_LIMIT} fit")]
    TooLong { bytes: usize },
    #[error("{path} is not a folder that can be read: {reason}")]
    Folder { path: PathBuf, reason: String },
    #[error("{} lies where keys or data of Cadre are kept, and is given to no agent", .0.display())]
    Private(PathBuf),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    #[error("a request has at most {ATTACHMENTS} attachments; attach the folder that they lie in")]
    TooManyAttachments,
    #[error("the attachments could not be copied: {0}")]
    Interrupted(String),
    #[error("there is no request `{0}`")]
    Unknown(String),
    #[error("the request has no attachment {0}")]
    NoAttachment(String),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What a request brings along.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    /// Files of this machine, which are copied.
    pub files: Vec<PathBuf>,
    /// What was uploaded or looked at before: hash and name.
    pub uploads: Vec<(String, String)>,
}

/// The first part of an attachment, if it is text.
#[derive(Debug, Clone)]
pub struct AttachmentText {
    pub text: Option<String>,
    /// There is more than that.
    pub cut: bool,
}

/// What of an attachment is shown.
const SHOWN_BYTES: u64 = 64 * 1024;

/// A request that was filed and read.
#[derive(Debug, Clone)]
pub struct Filed {
    pub id: String,
    pub reading: Reading,
    /// Whether the reading may be acted on without asking.
    pub sure: bool,
}

#[derive(Debug, Clone)]
pub struct RequestView {
    pub id: String,
    pub text: String,
    pub folder: Option<String>,
    pub attachments: Vec<Attachment>,
    pub by: String,
    pub filed_at: i64,
    pub reading: Option<Reading>,
    pub project: Option<String>,
}

impl Engine {
    /// Files a request and reads it. `folder` is what it is about, if anything.
    ///
    /// # Errors
    /// The request is empty or too long, its folder cannot be read, or the store failed.
    pub async fn file_request(
        &self,
        text: &str,
        folder: Option<&Path>,
        by: &str,
        channel: &str,
    ) -> Result<Filed, RequestError> {
        self.file_request_with(text, folder, Brought::default(), by, channel).await
    }

    /// Files a request with files that it brings along: they are copied, and every step may read the copies.
    ///
    /// # Errors
    /// As for [`file_request`](Self::file_request), or a file cannot be attached.
    pub async fn file_request_with(
        &self,
        text: &str,
        folder: Option<&Path>,
        brought: Brought,
        by: &str,
        channel: &str,
    ) -> Result<Filed, RequestError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(RequestError::Empty);
        }
        if text.len() > LENGTH_LIMIT {
            return Err(RequestError::TooLong { bytes: text.len() });
        }
        let folder = folder.map(readable_folder).transpose()?;
        if let Some(private) = folder.as_deref().filter(|it| self.inner.shared.private.hold(Path::new(it))) {
            return Err(RequestError::Private(private.into()));
        }
        let attachments = self.attach(brought).await?;
        let id = self.inner.shared.host.id();
        let mut batch = Batch::new();
        batch.add(&RequestFiled {
            id: id.clone(),
            content: value_part(content(text, folder.as_deref(), &attachments)),
            by: by.to_owned(),
            channel: channel.to_owned(),
        });
        self.store().write(batch).await?; // what was asked is kept, whatever becomes of reading it
        let reading = self.read_with_model(text, folder.is_some()).await?;
        let mut batch = Batch::new();
        batch.add(&reading_record(&id, &reading));
        self.store().write(batch).await?;
        Ok(Filed { id, sure: intake::is_sure(&reading), reading })
    }

    /// Copies what a request brings along.
    async fn attach(&self, brought: Brought) -> Result<Vec<Attachment>, RequestError> {
        let Brought { files, uploads } = brought;
        if files.len() + uploads.len() > ATTACHMENTS {
            return Err(RequestError::TooManyAttachments);
        }
        self.with_attachments(move |Shared { attachments, private, .. }| {
            let files = files.iter().map(|file| attachments.keep(file, private));
            let uploads = uploads.iter().map(|(sha256, name)| attachments.take(sha256, name));
            files.chain(uploads).map(|kept| kept.map(recorded)).collect()
        })
        .await
    }

    /// Copies a file of this machine that a request may bring along later.
    ///
    /// # Errors
    /// It cannot be attached.
    pub async fn hold_attachment(&self, path: PathBuf) -> Result<Attachment, RequestError> {
        self.with_attachments(move |shared| shared.attachments.hold(&path, &shared.private).map(recorded))
            .await
    }

    /// Begins to take a file that arrives in parts, which a request may bring along later.
    ///
    /// # Errors
    /// Too much waits already, or it cannot be written.
    pub async fn receive_attachment(&self, name: String) -> Result<Upload, RequestError> {
        let upload = self.with_attachments(move |shared| shared.attachments.receive(&name)).await?;
        Ok(Upload { engine: self.clone(), upload })
    }

    /// What an attachment of a request says, as far as it is shown.
    ///
    /// # Errors
    /// There is no such request or attachment, or its copy has changed.
    pub async fn attachment_text(&self, request: &str, sha256: &str) -> Result<AttachmentText, RequestError> {
        let given = self.request(request).await?.attachments.into_iter().find(|given| given.sha256 == sha256);
        let given = given.ok_or_else(|| RequestError::NoAttachment(sha256.to_owned()))?;
        let bytes = u64::from(given.bytes);
        let read = self
            .with_attachments(move |shared| {
                shared.attachments.beginning(&given.sha256, &given.name, SHOWN_BYTES)
            })
            .await?;
        Ok(AttachmentText { text: text_of(&read), cut: bytes > SHOWN_BYTES })
    }

    /// Uses the store of attachments, which blocks.
    async fn with_attachments<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Shared) -> Result<T, AttachmentError> + Send + 'static,
    ) -> Result<T, RequestError> {
        let shared = Arc::clone(&self.inner.shared);
        let acted = tokio::task::spawn_blocking(move || act(&shared)).await;
        Ok(acted.map_err(|error| RequestError::Interrupted(error.to_string()))??)
    }

    /// The model's reading where one is enabled and answers, else the embedded reader's. The reading says whose it is.
    async fn read_with_model(&self, text: &str, folder: bool) -> Result<Reading, ReadError> {
        let members = organisation::chart(self.store()).await?;
        let (shared, cancelled) = (&self.inner.shared, self.inner.tasks.cancelled());
        match intake::by_model::read(shared, cancelled, text, folder, &members).await {
            Ok(reading) => Ok(reading),
            Err(NoAnswer::NoModel) => self.read_among(&members, text, folder).await,
            Err(error) => {
                tracing::warn!(%error, "no model read the request; the embedded reader did");
                self.read_among(&members, text, folder).await
            }
        }
    }

    /// What the embedded reader makes of a text, without filing it. `folder`: one is attached.
    ///
    /// # Errors
    /// The store failed.
    pub async fn read(&self, text: &str, folder: bool) -> Result<Reading, ReadError> {
        let members = organisation::chart(self.store()).await?;
        self.read_among(&members, text, folder).await
    }

    async fn read_among(&self, members: &[Member], text: &str, folder: bool) -> Result<Reading, ReadError> {
        let projects = self.store().project_titles().await?;
        let brings = Brings { folder, template: self.inner.library.choose(text).is_some() };
        Ok(intake::read(text, members, &projects, brings))
    }

    /// Puts a person's reading in the place of the reader's.
    ///
    /// # Errors
    /// There is no such request, or the store failed.
    pub async fn correct_reading(&self, id: &str, intent: Intent, by: &str) -> Result<Reading, RequestError> {
        let request = self.request(id).await?;
        let read = match request.reading {
            Some(reading) => reading,
            None => self.read(&request.text, request.folder.is_some()).await?,
        };
        let answer = read.answer.filter(|_| intent == Intent::DirectResponse);
        let reader = format!("person:{by}");
        let corrected = Reading { intent, confidence: 1.0, question: None, answer, reader, ..read };
        let mut batch = Batch::new();
        batch.add(&reading_record(id, &corrected));
        self.store().write(batch).await?;
        Ok(corrected)
    }

    /// # Errors
    /// There is no such request, or the store failed.
    pub async fn request(&self, id: &str) -> Result<RequestView, RequestError> {
        let rows = self.store().request(id).await?.into_iter().collect();
        let said = self.store().request_contents(rows).await?.pop();
        Ok(view(said.ok_or_else(|| RequestError::Unknown(id.to_owned()))?))
    }

    /// Newest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn requests(&self, limit: u32) -> Result<Vec<RequestView>, ReadError> {
        let rows = self.store().requests(limit).await?;
        Ok(self.store().request_contents(rows).await?.into_iter().map(view).collect())
    }
}

fn view(RequestSaid { row, content, reading }: RequestSaid) -> RequestView {
    RequestView {
        text: content["text"].as_str().unwrap_or_default().to_owned(),
        folder: content["folder"].as_str().map(str::to_owned),
        attachments: serde_json::from_value(content["attachments"].clone()).unwrap_or_default(),
        reading: reading.as_ref().and_then(intake::from_record),
        id: row.id,
        by: row.by,
        filed_at: row.filed_at,
        project: row.project,
    }
}

/// A file that arrives in parts. Dropped, it was never there.
pub struct Upload {
    engine: Engine,
    upload: attachments::Upload,
}

impl Upload {
    /// # Errors
    /// It is too large by now, or cannot be written.
    pub async fn write(self, part: Vec<u8>) -> Result<Upload, RequestError> {
        let Upload { engine, mut upload } = self;
        let write = move |_: &Shared| upload.write(&part).map(|()| upload);
        let upload = engine.with_attachments(write).await?;
        Ok(Upload { engine, upload })
    }

    /// # Errors
    /// It cannot be written.
    pub async fn finish(self) -> Result<Attachment, RequestError> {
        let Upload { engine, upload } = self;
        engine.with_attachments(move |shared| shared.attachments.finish(upload).map(recorded)).await
    }
}

fn recorded(kept: attachments::Attachment) -> Attachment {
    Attachment { name: kept.name, sha256: kept.sha256, bytes: u32::try_from(kept.bytes).unwrap_or(u32::MAX) }
}

/// The bytes as text, if they are: a letter that the end cuts in two is left out.
fn text_of(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then(|| text.to_owned())
}

/// The user's words and what they brought along.
fn content(text: &str, folder: Option<&str>, attachments: &[Attachment]) -> Value {
    let mut content = json!({ "text": text, "folder": folder });
    if !attachments.is_empty() {
        content["attachments"] = json!(attachments);
    }
    content
}

fn reading_record(request: &str, reading: &Reading) -> RequestRead {
    RequestRead {
        request: request.to_owned(),
        intent: reading.intent.name().into(),
        reader: reading.reader.clone(),
        reading: value_part(intake::to_record(reading)),
    }
}

fn readable_folder(path: &Path) -> Result<String, RequestError> {
    let refused = |reason: String| RequestError::Folder { path: path.to_owned(), reason };
    let real = path.canonicalize().map_err(|error| refused(error.to_string()))?;
    std::fs::read_dir(&real).map_err(|error| refused(error.to_string()))?;
    real.to_str().map(str::to_owned).ok_or_else(|| refused("its name is not valid text".into()))
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn only_text_is_shown_and_a_cut_letter_is_left_out() {
        for (bytes, expected) in [
            (b"plain".as_slice(), Some("plain")),
            ("b\u{e4}".as_bytes().get(..2).expect("half a letter"), Some("b")),
            (b"\xff\xfe", None),
            (b"a\0b", None),
            (b"", Some("")),
        ] {
            assert_eq!(text_of(bytes).as_deref(), expected, "{bytes:?}");
        }
    }
}
