//! Drives a body through the parser of events and a provider's normaliser.

use std::collections::VecDeque;

use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use reqwest::Response;
use sse_stream::{Error as SseError, Sse, SseByteStream};

use super::surrogates::Surrogates;
use super::{Watch, body};
use crate::error::{Code, ModelError};
use crate::event::{Event, EventStream, cut_off};
use crate::redact::Redactor;

/// Whether the answer goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    More,
    Done,
}

/// Turns a provider's events into neutral ones. It is pure: bytes, time and the network are not its concern.
pub(crate) trait Normaliser: Send {
    /// One event of the stream. Whatever it pushes is passed on even when it fails.
    fn on_data(&mut self, data: &str, events: &mut VecDeque<Event>) -> Result<Progress, ModelError>;

    /// The stream has ended without the provider's mark of the end.
    fn on_end(&mut self, _events: &mut VecDeque<Event>) -> Result<(), ModelError> {
        Err(cut_off())
    }
}

struct Driver<N> {
    sse: BoxStream<'static, Result<Sse, SseError>>,
    surrogates: Surrogates,
    normaliser: N,
    ready: VecDeque<Event>,
    /// Waits until what came before it has been passed on.
    failure: Option<ModelError>,
    done: bool,
    answer_began: bool,
}

pub(super) fn drive<N: Normaliser + 'static>(
    head: Event,
    response: Response,
    watch: Watch,
    redactor: Redactor,
    normaliser: N,
) -> EventStream {
    let driver = Driver {
        sse: SseByteStream::new(Box::pin(body::guarded(response, watch))).boxed(),
        surrogates: Surrogates::default(),
        normaliser,
        ready: VecDeque::from([head]),
        failure: None,
        done: false,
        answer_began: false,
    };
    let events = try_unfold(driver, async |mut driver| {
        let event = driver.next().await?;
        Ok(event.map(|event| (event, driver)))
    });
    events.map(move |event| event.map_err(|error| redactor.clean(error))).boxed()
}

impl<N: Normaliser> Driver<N> {
    async fn next(&mut self) -> Result<Option<Event>, ModelError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.answer_began |= event.is_answer();
                return Ok(Some(event));
            }
            if let Some(mut failure) = self.failure.take() {
                failure.answer_began = self.answer_began;
                return Err(failure);
            }
            if self.done {
                return Ok(None);
            }
            if let Err(failure) = self.read().await {
                self.failure = Some(failure);
            }
        }
    }

    async fn read(&mut self) -> Result<(), ModelError> {
        let Some(sse) = self.sse.next().await else {
            self.done = true;
            return self.normaliser.on_end(&mut self.ready);
        };
        let Some(data) = sse.map_err(of_parser)?.data else { return Ok(()) };
        let data = self.surrogates.mend(&data);
        if self.normaliser.on_data(&data, &mut self.ready)? == Progress::Done {
            self.done = true;
        }
        Ok(())
    }
}

fn of_parser(error: SseError) -> ModelError {
    match error {
        SseError::Body(error) => match error.downcast::<ModelError>() {
            Ok(error) => *error,
            Err(error) => ModelError::new(Code::ConnectionLost, error.to_string()),
        },
        SseError::Utf8Parse(_) => {
            ModelError::new(Code::MalformedEvent, "the provider sent bytes that are not UTF-8 text")
        }
        other => ModelError::new(Code::MalformedEvent, other.to_string()),
    }
}
