//! Requests.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cadre_core::intent::Intent;
use cadre_engine::{AttachmentText, Brought, Upload};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{AttachmentDto, ReadingDto, RequestDto};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FileInput {
    pub text: String,
    /// A folder that the request is about.
    pub folder: Option<String>,
    /// Absolute paths of files that it brings along. They are copied; every step may read the copies.
    #[serde(default)]
    pub attachments: Vec<String>,
    /// What `request.attach` gave.
    #[serde(default)]
    pub uploads: Vec<UploadInput>,
}

/// A file that `request.attach` took.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct UploadInput {
    pub sha256: String,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FileOutput {
    pub id: String,
    pub reading: ReadingDto,
}

/// Files a request and reads it.
pub struct File;

impl Operation for File {
    const NAME: &'static str = "request.file";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Requests];
    type Input = FileInput;
    type Output = FileOutput;

    async fn run(api: &Api, caller: &Caller, input: FileInput) -> Result<FileOutput, ApiError> {
        let folder = input.folder.map(PathBuf::from);
        let brought = Brought {
            files: input.attachments.into_iter().map(PathBuf::from).collect(),
            uploads: input.uploads.into_iter().map(|upload| (upload.sha256, upload.name)).collect(),
        };
        let (by, channel) = (&caller.person, caller.channel.name());
        let filed =
            api.engine.file_request_with(&input.text, folder.as_deref(), brought, by, channel).await?;
        Ok(FileOutput { id: filed.id, reading: filed.reading.into() })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RequestId {
    pub request: String,
}

/// What to take: a file of the host's machine, or a content with the name that it has.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AttachInput {
    Path {
        path: String,
    },
    /// In Base64. Over HTTP a file can also be the body itself, up to 64 MiB, with its name as `?name=`.
    Content {
        name: String,
        content: String,
    },
}

/// One of the two.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AttachOutput {
    pub attachment: Option<AttachmentDto>,
    /// The path is a folder: a request names it as the one that it is about.
    pub folder: Option<String>,
}

/// Takes a file that a request may bring along; until one does, it is kept as long as this host lives.
pub struct Attach;

impl Operation for Attach {
    const NAME: &'static str = "request.attach";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[];
    type Input = AttachInput;
    type Output = AttachOutput;

    async fn run(api: &Api, _caller: &Caller, input: AttachInput) -> Result<AttachOutput, ApiError> {
        let attachment = match input {
            AttachInput::Path { path } if Path::new(&path).is_dir() => {
                return Ok(AttachOutput { attachment: None, folder: Some(path) });
            }
            AttachInput::Path { path } => api.engine.hold_attachment(PathBuf::from(path)).await?.into(),
            AttachInput::Content { name, content } => {
                let bytes = BASE64.decode(content.as_bytes());
                let bytes =
                    bytes.map_err(|error| ApiError::new("invalid_input", format!("`content`: {error}")))?;
                api.receive(name).await?.write(bytes).await?.finish().await?
            }
        };
        Ok(AttachOutput { attachment: Some(attachment), folder: None })
    }
}

impl Api {
    /// Begins to take a file that a host gets in parts, for [`Attach`].
    ///
    /// # Errors
    /// Too much waits for a request already, or it cannot be written.
    pub async fn receive(&self, name: String) -> Result<Receiving, ApiError> {
        Ok(Receiving(self.engine.receive_attachment(name).await?))
    }
}

/// A file that arrives in parts. Dropped, it was never there.
pub struct Receiving(Upload);

impl Receiving {
    /// # Errors
    /// It is too large by now, or cannot be written.
    pub async fn write(self, part: Vec<u8>) -> Result<Self, ApiError> {
        Ok(Receiving(self.0.write(part).await?))
    }

    /// # Errors
    /// It cannot be written.
    pub async fn finish(self) -> Result<AttachmentDto, ApiError> {
        Ok(self.0.finish().await?.into())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AttachmentInput {
    pub request: String,
    pub sha256: String,
}

/// The beginning of an attachment.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AttachmentTextDto {
    /// `null` if it is no text.
    pub text: Option<String>,
    /// There is more than that.
    pub cut: bool,
}

/// What an attachment says, up to 64 KiB of it.
pub struct ReadAttachment;

impl Operation for ReadAttachment {
    const NAME: &'static str = "request.attachment";
    const KIND: OperationKind = OperationKind::Query;
    /// What was attached does not change.
    const TAGS: &'static [Tag] = &[];
    type Input = AttachmentInput;
    type Output = AttachmentTextDto;

    async fn run(api: &Api, _caller: &Caller, input: AttachmentInput) -> Result<AttachmentTextDto, ApiError> {
        let AttachmentText { text, cut } = api.engine.attachment_text(&input.request, &input.sha256).await?;
        Ok(AttachmentTextDto { text, cut })
    }
}

pub struct Get;

impl Operation for Get {
    const NAME: &'static str = "request.get";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Requests];
    type Input = RequestId;
    type Output = RequestDto;

    async fn run(api: &Api, _caller: &Caller, input: RequestId) -> Result<RequestDto, ApiError> {
        Ok(api.engine.request(&input.request).await?.into())
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Type)]
pub struct ListInput {
    /// How many at most; 100 where it is not said, and never more than 500.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Newest first.
pub struct List;

/// How many requests are listed where nobody says how many, and at most.
const LISTED: u32 = 100;
const MOST_LISTED: u32 = 500;

impl Operation for List {
    const NAME: &'static str = "request.list";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Requests];
    type Input = ListInput;
    type Output = Vec<RequestDto>;

    async fn run(api: &Api, _caller: &Caller, input: ListInput) -> Result<Vec<RequestDto>, ApiError> {
        let limit = input.limit.unwrap_or(LISTED).min(MOST_LISTED);
        Ok(api.engine.requests(limit).await?.into_iter().map(Into::into).collect())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CorrectInput {
    pub request: String,
    /// One of the six intents.
    pub intent: String,
}

/// Puts the person's reading in the place of the reader's.
pub struct Correct;

impl Operation for Correct {
    const NAME: &'static str = "request.correct";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Requests];
    type Input = CorrectInput;
    type Output = ReadingDto;

    async fn run(api: &Api, caller: &Caller, input: CorrectInput) -> Result<ReadingDto, ApiError> {
        let intent = Intent::from_name(&input.intent)
            .ok_or_else(|| ApiError::new("invalid_input", format!("`{}` is not an intent", input.intent)))?;
        Ok(api.engine.correct_reading(&input.request, intent, &caller.person).await?.into())
    }
}
