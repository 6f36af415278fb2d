//! `cadre request`

use std::path::PathBuf;

use cadre_api::ApiError;
use cadre_api::operations::request;

use crate::exit;
use crate::session::Session;
use crate::{output, places};

#[derive(clap::Args)]
pub(super) struct Request {
    /// What you want, in plain words.
    text: String,
    /// The folder that it is about.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Files that it brings along; steps read copies of them.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    attach: Vec<PathBuf>,
}

impl Request {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let folder = self.folder.map(|folder| places::absolute(&folder));
        let attachments = self.attach.iter().map(|file| places::absolute(file)).collect();
        let filed = session
            .call::<request::File>(request::FileInput {
                text: self.text,
                folder,
                attachments,
                uploads: Vec::new(),
            })
            .await?;
        if session.json {
            output::json(&filed);
            return Ok(exit::DONE);
        }
        let reading = &filed.reading;
        let horizon = reading.horizon.as_deref().unwrap_or("open");
        eprintln!("Request {}", filed.id);
        eprintln!(
            "  read as {} ({:.2}), department {}, complexity {}, horizon {horizon}, by the {} reader",
            reading.intent, reading.confidence, reading.department, reading.complexity, reading.reader
        );
        if let Some(question) = &reading.question {
            eprintln!(
                "  {} ({})",
                output::plain(&question.text),
                output::plain(&question.answers.join(" / "))
            );
        }
        if let Some(answer) = &reading.answer {
            println!("{}", output::plain(answer));
        } else if reading.intent == "DIRECT_RESPONSE" {
            eprintln!("  nobody answered: that takes a model (`cadre model`), or a plan for a person");
        }
        eprintln!("Next: cadre plan {}", filed.id);
        Ok(exit::DONE)
    }
}
