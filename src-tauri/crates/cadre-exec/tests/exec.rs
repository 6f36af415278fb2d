//! The program as a host drives it: one specification in, reports out, and nothing left when the host is gone.

use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cadre_exec::{ContainmentLevel, FAILED_EXIT_CODE, Limits, Report, Spec, Stage, TERMINATE, probe};

fn levels() -> Vec<ContainmentLevel> {
    let strongest = probe().level;
    [ContainmentLevel::None, ContainmentLevel::Partly, ContainmentLevel::Contained]
        .into_iter()
        .filter(|level| *level <= strongest)
        .collect()
}

fn script(folder: &Path, level: ContainmentLevel, script: &str) -> Spec {
    Spec {
        program: "/bin/sh".into(),
        program_sha256: None,
        args: vec!["-c".to_owned(), script.to_owned()],
        cwd: folder.to_owned(),
        env: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
        read_only: Vec::new(),
        read_write: vec![folder.to_owned()],
        hidden: Vec::new(),
        own: Vec::new(),
        network: false,
        limits: Limits::default(),
        level,
    }
}

#[expect(clippy::disallowed_methods, reason = "the program under test is what other commands start through")]
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cadre-exec"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run_from_file(text: &[u8]) -> Output {
    let file = tempfile::NamedTempFile::new().expect("a temporary file is needed");
    std::fs::write(file.path(), text).expect("a file of ours");
    program().arg(file.path()).output().expect("the program was built")
}

/// The inner stage by itself, as bubblewrap starts it: with the specification, and what its places were outside.
fn run_inside(spec: &Spec, places: &serde_json::Value) -> Output {
    let mut file = tempfile::tempfile().expect("a temporary file is needed");
    serde_json::to_writer(&mut file, &serde_json::json!([spec, places])).expect("a file of ours");
    file.rewind().expect("a file of ours");
    let inherited = rustix::io::dup(&file).expect("a descriptor of ours"); // not closed when the program starts
    program()
        .arg("--inside")
        .arg(format!("fd:{}", inherited.as_raw_fd()))
        .output()
        .expect("the program was built")
}

#[test]
fn a_place_that_was_replaced_while_the_walls_were_put_up_is_found_out_inside() {
    let folder = tempfile::tempdir().expect("a temporary folder is needed");
    let spec = script(folder.path(), ContainmentLevel::None, "touch acted");
    let metadata = folder.path().metadata().expect("a folder of ours");
    for (number, code) in [(metadata.ino(), 0), (metadata.ino() + 1, i32::from(FAILED_EXIT_CODE))] {
        let identity = serde_json::json!({ "device": metadata.dev(), "number": number });
        let output = run_inside(&spec, &serde_json::json!([[folder.path(), identity]]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(code == 0, folder.path().join("acted").exists(), "{said}");
        assert_eq!(code == 0, !said.contains("another one lies there now"), "{said}");
        let _ran_or_not = std::fs::remove_file(folder.path().join("acted"));
    }
}

fn json(spec: &Spec) -> Vec<u8> {
    serde_json::to_vec(spec).expect("a specification is plain data")
}

/// A host's end of the socket, after it sent `frame`.
struct Host {
    socket: UnixStream,
    child: std::process::Child,
}

impl Host {
    fn start(frame: &[u8]) -> Self {
        let (mut ours, theirs) = UnixStream::pair().expect("sockets are available");
        // A duplicate is inherited; each of these tests runs in a process of its own.
        let theirs = rustix::io::dup(&theirs).expect("a descriptor of ours");
        let child = program()
            .arg(format!("fd:{}", theirs.as_raw_fd()))
            .stdout(Stdio::null())
            .spawn()
            .expect("the program was built");
        // A specification may be refused before all of it was read.
        let _ = ours.write_all(frame);
        Self { socket: ours, child }
    }

    fn send(spec: &Spec) -> Self {
        let text = json(spec);
        let len = u32::try_from(text.len()).expect("it is short");
        Self::start(&[len.to_be_bytes().as_slice(), &text].concat())
    }

    fn reports(&self) -> impl Iterator<Item = Report> + use<> {
        let reader = BufReader::new(self.socket.try_clone().expect("a descriptor of ours"));
        reader
            .lines()
            .map_while(Result::ok)
            .map(|line| serde_json::from_str(&line).expect("a line is a report"))
    }
}

#[test]
fn a_specification_in_a_file_runs_and_its_exit_code_comes_back() {
    let folder = tempfile::tempdir().expect("a temporary folder is needed");
    let rows = [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 128 + 9), ("echo hi; exit 1", 1)];
    for level in levels() {
        for (text, code) in rows {
            let output = run_from_file(&json(&script(folder.path(), level, text)));
            assert_eq!(output.status.code(), Some(code), "{text} at {level}: {output:?}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_specification_is_said_and_nothing_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder is needed");
    let good = script(folder.path(), ContainmentLevel::None, "touch acted");
    let (link, inner) = (folder.path().join("link"), folder.path().join("real/inner"));
    std::fs::create_dir_all(&inner).expect("a folder of ours");
    std::os::unix::fs::symlink(folder.path().join("real"), &link).expect("a folder of ours");
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = serde_json::to_value(&good).expect("a specification is plain data");
        change(&mut value);
        value.to_string().into_bytes()
    };
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("not JSON", b"{".to_vec(), "not understood"),
        ("unknown field", changed(&|spec| spec["netwrok"] = true.into()), "netwrok"),
        ("unknown level", changed(&|spec| spec["level"] = "full".into()), "full"),
        (
            "everything permitted",
            changed(&|spec| spec["read_write"] = serde_json::json!(["/"])),
            "as a whole",
        ),
        ("a device tree", changed(&|spec| spec["read_only"] = serde_json::json!(["/proc/1"])), "as a whole"),
        ("relative path", changed(&|spec| spec["read_only"] = serde_json::json!(["src"])), "absolute"),
        ("missing path", changed(&|spec| spec["read_only"] = serde_json::json!(["/no/such"])), "/no/such"),
        (
            "another program than was approved",
            changed(&|spec| spec["program_sha256"] = "0".repeat(64).into()),
            "has changed since it was approved",
        ),
        (
            "permitted and hidden",
            changed(&|spec| spec["hidden"] = serde_json::json!([folder.path().parent()])),
            "is to be hidden",
        ),
        ("a place behind a link", changed(&|spec| spec["read_only"] = serde_json::json!([link])), "leads to"),
        (
            "a place on the way through a link",
            changed(&|spec| spec["read_write"] = serde_json::json!([link.join("inner")])),
            "leads to",
        ),
        (
            "a way back up",
            changed(&|spec| spec["read_only"] = serde_json::json!([inner.join("..")])),
            "leads to",
        ),
        (
            "a working folder behind a link",
            changed(&|spec| spec["cwd"] = serde_json::json!(link)),
            "leads to",
        ),
        ("missing program", changed(&|spec| spec["program"] = "/no/such".into()), "/no/such"),
    ];
    for (name, text, expected) in rows {
        let output = run_from_file(&text);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(i32::from(FAILED_EXIT_CODE)), "{name}: {said}");
        assert!(said.contains(expected), "{name}: the reason must be said: {said}");
    }
    let output = program().output().expect("the program was built");
    assert_eq!(output.status.code(), Some(i32::from(FAILED_EXIT_CODE)), "no argument, no command");
    assert!(!folder.path().join("acted").exists(), "nothing may have run");
}

#[test]
fn a_host_hears_how_it_went() {
    let folder = tempfile::tempdir().expect("a temporary folder is needed");
    for level in levels() {
        let rows = [("exit 5", Report::Exited { code: 5 }), ("kill -15 $$", Report::Signaled { signal: 15 })];
        for (text, last) in rows {
            let mut host = Host::send(&script(folder.path(), level, text));
            let reports: Vec<_> = host.reports().collect();
            assert_eq!(reports, [Report::Started { level }, last], "{text} at {level}");
            host.child.wait().expect("it is ours");
        }
        let mut missing = script(folder.path(), level, "");
        missing.program = folder.path().join("missing");
        let mut host = Host::send(&missing);
        let reports: Vec<_> = host.reports().collect();
        assert!(
            matches!(&reports[..], [Report::Failed { stage: Stage::Execute, errno: Some(2), .. }]),
            "at {level}: {reports:?}"
        );
        host.child.wait().expect("it is ours");
    }
    for frame in [&b"\xff\xff\xff\xff"[..], b"\0\0\0\x02{}", b"\0\0"] {
        let mut host = Host::start(frame);
        host.socket.shutdown(std::net::Shutdown::Write).expect("it is connected");
        let reports: Vec<_> = host.reports().collect();
        assert!(
            matches!(&reports[..], [Report::Failed { stage: Stage::Spec, .. }]),
            "{frame:?}: {reports:?}"
        );
        host.child.wait().expect("it is ours");
    }
}

/// Every process of the tree holds the FIFO open for writing, so reading ends when the last one is gone.
fn make_fifo(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("fifo");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0)
        .expect("a folder of ours");
    path
}

/// Waits until the tree stands.
fn watch(fifo: &Path) -> std::fs::File {
    let mut reader = std::fs::File::open(fifo).expect("it was just made");
    let mut ready = [0; 6];
    reader.read_exact(&mut ready).expect("the tree stands");
    assert_eq!(&ready, b"ready\n");
    reader
}

const STUBBORN: &str = "exec 5>fifo; trap '' TERM HUP INT
    for i in 1 2 3; do (setsid sh -c 'sleep 1000 & sleep 1000' &) ; done; echo ready >&5; sleep 1000";

#[test]
fn when_the_host_is_gone_so_is_everything_it_started() {
    for level in levels() {
        let folder = tempfile::tempdir().expect("a temporary folder is needed");
        let fifo = make_fifo(folder.path());
        let mut host = Host::send(&script(folder.path(), level, STUBBORN));
        let mut tree = watch(&fifo);
        // What the kernel does when a host is killed.
        drop(host.socket);
        tree.read_to_end(&mut Vec::new()).expect("the last process is gone");
        host.child.wait().expect("it is ours");
    }
}

#[test]
fn when_the_program_itself_is_killed_a_contained_tree_ends_with_its_host() {
    if !levels().contains(&ContainmentLevel::Contained) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder is needed");
    let fifo = make_fifo(folder.path());
    let mut host = Host::send(&script(folder.path(), ContainmentLevel::Contained, STUBBORN));
    let mut tree = watch(&fifo);
    host.child.kill().expect("it is ours");
    host.child.wait().expect("it is ours");
    drop(host.socket);
    tree.read_to_end(&mut Vec::new()).expect("the last process is gone");
}

#[test]
fn an_order_to_end_reaches_every_process() {
    for level in levels() {
        let folder = tempfile::tempdir().expect("a temporary folder is needed");
        let fifo = make_fifo(folder.path());
        let text = "exec 5>fifo; setsid sh -c \"trap 'echo inner >&5; exit' TERM; echo ready >&5; sleep 1000 & wait\" &
            trap 'wait; echo outer >&5; exit 3' TERM; wait";
        let mut host = Host::send(&script(folder.path(), level, text));
        let mut tree = watch(&fifo);
        host.socket.write_all(&[TERMINATE]).expect("it listens");
        let mut said = String::new();
        tree.read_to_string(&mut said).expect("the last process is gone");
        assert_eq!(said, "inner\nouter\n", "also in another session, at {level}");
        let last = host.reports().last();
        assert_eq!(last, Some(Report::Exited { code: 3 }), "the command chose its exit, at {level}");
        host.child.wait().expect("it is ours");
    }
}

#[test]
fn the_debug_form_of_a_specification_shows_no_values() {
    let mut spec = script(Path::new("/tmp"), ContainmentLevel::None, "secret-argument");
    spec.env.insert("TOKEN".to_owned(), "secret-value".to_owned());
    let shown = format!("{spec:?}");
    assert!(shown.contains("TOKEN") && !shown.contains("secret"), "{shown}");
}
