//! The conversation with one program: it is started, greeted, given turns, and ended.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_client_protocol::schema::ProtocolVersion;
use agent_client_protocol::v1::schema::{
    AuthMethod, CancelNotification, ClientCapabilities, ContentBlock, ErrorCode, FileSystemCapabilities,
    Implementation, InitializeRequest, NewSessionRequest, PromptRequest, PromptResponse, ReadTextFileRequest,
    ReadTextFileResponse, RequestPermissionRequest, ResourceLink, SessionId, SessionNotification,
    TextContent, WriteTextFileRequest,
};
use agent_client_protocol::v1::{ConnectionTo, Responder};
use agent_client_protocol::{Agent, Client, Lines};
use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::lines::{incoming, outgoing};
use super::normalise::{Heard, beneath};
use super::session::{Asked, Ends, Events, Line, Order, Session, lock};
use super::{AcpError, Event};
use crate::command::{self, CommandSpec, Confinement, Exit, Leash};
use crate::folder::Folder;

/// How long the protocol's greetings may take; programs load plugins and look for models then.
const GREETING_LIMIT: Duration = Duration::from_secs(90);
/// How long a program may take to end a turn that it was asked to end.
const CANCEL_LIMIT: Duration = Duration::from_secs(20);
/// How much of a file a program reads at once.
const READ_LIMIT: u64 = 8 * 1024 * 1024;
/// How long the reports of a process that has ended may take, once its streams have closed.
const END_LIMIT: Duration = Duration::from_secs(5);
/// Of standard error, where programs say why they end.
const SAID_LIMIT: usize = 4 * 1024;

/// How a program is started.
pub struct Launch {
    /// The name by which it is called in messages.
    pub name: String,
    pub spec: CommandSpec,
    /// Where it works; beneath it files are read and written for it.
    pub folder: PathBuf,
    /// How a person signs in, if the program itself does not say.
    pub sign_in: String,
    /// The longest silence while it works. How long it may work in all is its owner's, who can ask and give it more.
    pub idle_limit: Duration,
    /// Bytes of protocol.
    pub output_limit: u64,
}

/// What a turn begins with.
pub struct Prompt {
    pub text: String,
    /// Files that it is about. Every program has to take links; whether it may read what they lead to, its walls say.
    pub links: Vec<Link>,
}

pub struct Link {
    pub name: String,
    /// Absolute.
    pub path: PathBuf,
}

impl From<&str> for Prompt {
    fn from(text: &str) -> Self {
        Prompt { text: text.to_owned(), links: Vec::new() }
    }
}

impl Prompt {
    fn blocks(self) -> Vec<ContentBlock> {
        let link = |link: Link| {
            let uri = url::Url::from_file_path(&link.path).ok()?; // a path that is not absolute leads nowhere
            Some(ContentBlock::ResourceLink(ResourceLink::new(link.name, uri.to_string())))
        };
        let links: Vec<ContentBlock> = self.links.into_iter().filter_map(link).collect();
        [vec![ContentBlock::Text(TextContent::new(self.text))], links].concat()
    }
}

/// The session, what is heard of it, and the future that lives it: whoever owns the program drives it. Everything ends
/// with the future.
pub fn open(
    launch: Launch,
    confinement: Confinement,
    cancelled: CancellationToken,
) -> (Session, Events, impl Future<Output = ()> + Send + 'static) {
    let (session, events, ends) = Session::new(&launch.name, launch.output_limit);
    let driver = async move {
        let line = ends.line.clone();
        let Err(error) = drive(launch, confinement, cancelled, ends).await else { return };
        line.emit(Event::Failed { category: error.category().name().into(), message: error.to_string() });
    };
    (session, events, driver)
}

async fn drive(
    launch: Launch,
    confinement: Confinement,
    cancelled: CancellationToken,
    ends: Ends,
) -> Result<(), AcpError> {
    let Launch { name, spec, folder, sign_in, idle_limit, .. } = launch;
    let line = ends.line.clone();
    let started = command::start(spec, &confinement).await;
    let piped = started.map_err(|source| AcpError::Start { program: name.clone(), source })?;
    let mut leash = piped.leash;
    let said = Mutex::new(Vec::new());
    let transport = Lines::new(outgoing(piped.stdin), incoming(piped.stdout, line.clone()));
    let talk = Box::pin(talk(transport, ends, folder, sign_in));
    let listen = Box::pin(listen(piped.stderr, &said));
    let ended = tokio::select! {
        biased;
        () = cancelled.cancelled() => Err(AcpError::Stopped { program: name.clone() }),
        ended = talk => ended,
        error = line.silence(idle_limit) => Err(error),
        never = listen => match never {},
    };
    // What the lines were refused for is the reason; that the connection broke is what came of it.
    let outcome = match (line.take_fault(), ended) {
        (Some(fault), _) => Err(fault),
        (None, Err(AcpError::Ended { .. })) => Err(how_it_ended(&name, &mut leash, &said).await),
        (None, ended) => ended,
    };
    leash.end().await;
    outcome
}

/// Waits a moment for the exit code, which comes after the end of the streams.
async fn how_it_ended(program: &str, leash: &mut Leash, said: &Mutex<Vec<u8>>) -> AcpError {
    let exit = timeout(END_LIMIT, leash.wait()).await.unwrap_or(Exit::Cancelled);
    let said = lock(said);
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let said = last.map(|line| format!(": {}", line.trim())).unwrap_or_default();
    AcpError::Ended { program: program.to_owned(), exit, said }
}

/// Keeps the end of standard error, for as long as the program lives.
async fn listen(mut stderr: ChildStderr, said: &Mutex<Vec<u8>>) -> std::convert::Infallible {
    let mut buffer = vec![0; 4096];
    while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
        let mut said = lock(said);
        said.extend_from_slice(&buffer[..read]);
        let surplus = said.len().saturating_sub(SAID_LIMIT);
        said.drain(..surplus);
    }
    std::future::pending().await
}

/// What the handlers of one connection share.
#[derive(Clone)]
struct Desk {
    line: Line,
    heard: Arc<Mutex<Heard>>,
    folders: Vec<PathBuf>,
}

impl Desk {
    /// Emits what comes of what was heard, before anybody else hears more: the order of events is that of the protocol.
    fn hear<T>(&self, of: impl FnOnce(&mut Heard) -> (Vec<Event>, T)) -> T {
        let mut heard = lock(&self.heard);
        let (events, more) = of(&mut heard);
        events.into_iter().for_each(|event| self.line.emit(event));
        more
    }

    fn permission(
        &self,
        request: RequestPermissionRequest,
        responder: Responder<agent_client_protocol::v1::schema::RequestPermissionResponse>,
    ) {
        let tool = self.hear(|heard| heard.permission(request.tool_call));
        let request = self.line.ask(Asked::Permission(responder, request.options));
        self.line.emit(Event::Permission { request, tool });
    }

    fn write(
        &self,
        request: WriteTextFileRequest,
        responder: Responder<agent_client_protocol::v1::schema::WriteTextFileResponse>,
    ) -> Result<(), agent_client_protocol::Error> {
        let Some(path) = beneath(&self.folders, &request.path) else {
            return responder.respond_with_error(outside(&request.path));
        };
        self.hear(|heard| (heard.end_message(), ()));
        let asked = self.line.ask(Asked::Write(responder));
        self.line.emit(Event::Write { request: asked, path, content: request.content });
        Ok(())
    }

    /// Reading changes nothing, and a contained program sees the folder anyway; beneath it by handle all the same.
    async fn read(
        &self,
        request: ReadTextFileRequest,
    ) -> Result<ReadTextFileResponse, agent_client_protocol::Error> {
        let Some(path) = beneath(&self.folders, &request.path) else { return Err(outside(&request.path)) };
        let Some(root) = self.folders.first().cloned() else { return Err(outside(&request.path)) };
        let read = move || Folder::open(&root).and_then(|folder| folder.read(&path, READ_LIMIT));
        let bytes = tokio::task::spawn_blocking(read).await.map_err(refusal)?;
        let text = String::from_utf8(bytes.map_err(refusal)?);
        let text = text.map_err(|_| refusal("the file is not text"))?;
        Ok(ReadTextFileResponse::new(lines_of(text, request.line, request.limit)))
    }
}

fn refusal(message: impl std::fmt::Display) -> agent_client_protocol::Error {
    agent_client_protocol::Error::internal_error().data(message.to_string())
}

fn outside(path: &Path) -> agent_client_protocol::Error {
    let message = format!("{} is outside of the project's folder", path.display());
    agent_client_protocol::Error::invalid_params().data(message)
}

/// `line` counts from 1.
fn lines_of(text: String, line: Option<u32>, limit: Option<u32>) -> String {
    if line.is_none() && limit.is_none() {
        return text;
    }
    let skipped = line.unwrap_or(1).max(1) as usize - 1;
    text.split_inclusive('\n').skip(skipped).take(limit.unwrap_or(u32::MAX) as usize).collect()
}

type Transport<Out, In> = Lines<Out, In>;

/// The whole conversation. `Ok` when the owner has let go of the session.
async fn talk<Out, In>(
    transport: Transport<Out, In>,
    ends: Ends,
    folder: PathBuf,
    sign_in: String,
) -> Result<(), AcpError>
where
    Transport<Out, In>: agent_client_protocol::ConnectTo<Client> + 'static,
{
    let Ends { line, orders } = ends;
    let mut folders = vec![folder.clone()];
    folders.extend(folder.canonicalize().ok().filter(|real| *real != folder));
    let heard = Arc::new(Mutex::new(Heard::new(folders.clone())));
    let desk = Desk { line: line.clone(), heard, folders };
    let (on_update, on_permission, on_write, on_read) =
        (desk.clone(), desk.clone(), desk.clone(), desk.clone());
    let program = line.program().to_owned();
    let talked = Client
        .v1()
        .name(&program)
        .on_receive_notification(
            async move |notification: SessionNotification, _| {
                let line = &on_update.line;
                on_update.hear(|heard| (heard.update(notification.update, line.is_in_a_turn()), ()));
                Ok(())
            },
            agent_client_protocol::on_receive_notification!(),
        )
        .on_receive_request(
            async move |request: RequestPermissionRequest, responder, _| {
                on_permission.permission(request, responder);
                Ok(())
            },
            agent_client_protocol::on_receive_request!(),
        )
        .on_receive_request(
            async move |request: WriteTextFileRequest, responder, _| on_write.write(request, responder),
            agent_client_protocol::on_receive_request!(),
        )
        .on_receive_request(
            async move |request: ReadTextFileRequest, responder, _| {
                responder.respond_with_result(on_read.read(request).await)
            },
            agent_client_protocol::on_receive_request!(),
        )
        .connect_with(transport, async move |connection: ConnectionTo<Agent>| {
            let turns = Turns { connection, desk, orders, folder, sign_in };
            Ok(turns.take().await)
        })
        .await;
    match talked {
        Ok(outcome) => outcome,
        // The connection itself broke: the program is gone, or its lines were refused.
        Err(_) => Err(ended(&program)),
    }
}

fn ended(program: &str) -> AcpError {
    AcpError::Ended { program: program.to_owned(), exit: Exit::Cancelled, said: String::new() }
}

/// Our side of the conversation.
struct Turns {
    connection: ConnectionTo<Agent>,
    desk: Desk,
    orders: tokio::sync::mpsc::UnboundedReceiver<Order>,
    folder: PathBuf,
    sign_in: String,
}

impl Turns {
    async fn take(mut self) -> Result<(), AcpError> {
        let program = self.desk.line.program().to_owned();
        let files = FileSystemCapabilities::new().read_text_file(true).write_text_file(true);
        let greeting = InitializeRequest::new(ProtocolVersion::V1)
            .client_capabilities(ClientCapabilities::new().fs(files))
            .client_info(Implementation::new("cadre", env!("CARGO_PKG_VERSION")));
        let greeting = self.connection.send_request(greeting).block_task();
        // Another version of the protocol is refused by the connection itself.
        let greeted = self.greeting("initialize", greeting, &[]).await?;
        let request = self.connection.send_request(NewSessionRequest::new(self.folder.clone())).block_task();
        let session = self.greeting("session/new", request, &greeted.auth_methods).await?.session_id;
        let (agent, version) = greeted.agent_info.map_or_else(
            || (program.clone(), String::new()),
            |info| (info.title.unwrap_or(info.name), info.version),
        );
        self.desk.line.emit(Event::Ready { agent, version, session: session.0.to_string() });
        self.desk.line.waits_for_us(1);
        while let Some(order) = self.orders.recv().await {
            let Order::Prompt(prompt) = order else { continue }; // there is no turn to end
            self.desk.line.waits_for_us(-1);
            self.desk.line.takes_a_turn(true);
            let Some(answered) = self.turn(&session, prompt).await? else { return Ok(()) };
            let answered = answered.map_err(|error| self.refused(&error, &greeted.auth_methods))?;
            self.desk.line.waits_for_us(1);
            self.desk.hear(|heard| {
                self.desk.line.takes_a_turn(false);
                (heard.turn_ended(answered.stop_reason, answered.usage), ())
            });
        }
        Ok(())
    }

    /// One turn. `None` when the owner has let go of the session meanwhile.
    async fn turn(
        &mut self,
        session: &SessionId,
        prompt: Prompt,
    ) -> Result<Option<Result<PromptResponse, agent_client_protocol::Error>>, AcpError> {
        let prompt = PromptRequest::new(session.clone(), prompt.blocks());
        let answer = self.connection.send_request(prompt).block_task();
        tokio::pin!(answer);
        loop {
            tokio::select! {
                biased;
                answered = &mut answer => return Ok(Some(answered)),
                order = self.orders.recv() => match order {
                    None => return Ok(None),
                    Some(Order::Prompt(_)) => {} // one turn at a time: the owner waits for this one's end
                    Some(Order::Cancel) => break,
                },
            }
        }
        let told = self.connection.send_notification(CancelNotification::new(session.clone()));
        told.map_err(|_| ended(self.desk.line.program()))?;
        self.desk.line.cancel_requests();
        match timeout(CANCEL_LIMIT, answer).await {
            Ok(answered) => Ok(Some(answered)),
            Err(_) => Err(AcpError::NoAnswer {
                program: self.desk.line.program().to_owned(),
                to: "session/cancel",
                limit: CANCEL_LIMIT,
            }),
        }
    }

    async fn greeting<T>(
        &self,
        to: &'static str,
        request: impl Future<Output = Result<T, agent_client_protocol::Error>>,
        methods: &[AuthMethod],
    ) -> Result<T, AcpError> {
        match timeout(GREETING_LIMIT, request).await {
            Ok(answer) => answer.map_err(|error| self.refused(&error, methods)),
            Err(_) => Err(AcpError::NoAnswer {
                program: self.desk.line.program().to_owned(),
                to,
                limit: GREETING_LIMIT,
            }),
        }
    }

    fn refused(&self, error: &agent_client_protocol::Error, methods: &[AuthMethod]) -> AcpError {
        let program = self.desk.line.program().to_owned();
        if error.code == ErrorCode::AuthRequired {
            return AcpError::NotSignedIn { program, hint: hint(methods, &self.sign_in) };
        }
        if self.connection.is_incoming_closed() || self.connection.termination().is_some() {
            return ended(&program);
        }
        let detail = error.data.as_ref().map(|data| format!(" {data}")).unwrap_or_default();
        AcpError::Refused { program, message: format!("{}{detail}", error.message) }
    }
}

/// How to sign in: in the program's own words, then in ours.
fn hint(methods: &[AuthMethod], sign_in: &str) -> String {
    let own = methods.iter().filter_map(|method| match method {
        AuthMethod::Agent(method) => Some((&method.name, method.description.as_ref())),
        AuthMethod::Terminal(method) => Some((&method.name, method.description.as_ref())),
        _ => None,
    });
    let own: Vec<String> = own
        .map(|(name, description)| match description {
            Some(description) => format!("{name}: {description}."),
            None => format!("{name}."),
        })
        .collect();
    format!("{} {sign_in}", own.join(" ")).trim().to_owned()
}
