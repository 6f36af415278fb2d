//! Requests.

use std::path::PathBuf;

use cadre_core::intent::Intent;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{ReadingDto, RequestDto};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FileInput {
    pub text: String,
    /// A folder that the request is about.
    pub folder: Option<String>,
    /// Absolute paths of files that it brings along. They are copied; every step may read the copies.
    #[serde(default)]
    pub attachments: Vec<String>,
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
        let files = input.attachments.into_iter().map(PathBuf::from).collect();
        let (by, channel) = (&caller.person, caller.channel.name());
        let filed = api.engine.file_request_with(&input.text, folder.as_deref(), files, by, channel).await?;
        Ok(FileOutput { id: filed.id, reading: filed.reading.into() })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RequestId {
    pub request: String,
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

/// The newest hundred.
pub struct List;

impl Operation for List {
    const NAME: &'static str = "request.list";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Requests];
    type Input = Nothing;
    type Output = Vec<RequestDto>;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<Vec<RequestDto>, ApiError> {
        Ok(api.engine.requests(100).await?.into_iter().map(Into::into).collect())
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
