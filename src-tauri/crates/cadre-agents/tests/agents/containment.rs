//! What a command can see and reach, level by level.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use cadre_agents::command::{CommandError, ContainmentLevel, Exit, Limits};

use crate::harness::{Project, levels, walled_levels};

/// Held by the test's own process, as Cadre's would be.
const INHERITED: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "CADRE_SOCKET",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "LD_PRELOAD_OF_SOMEBODY",
];
const SECRET: &str = "secret-of-the-parent";

#[expect(unsafe_code, reason = "the environment of the test's own process is what must not leak")]
fn fill_own_environment() {
    for name in INHERITED {
        // SAFETY: called first thing by tests that run in a process of their own, before other threads read it.
        unsafe { std::env::set_var(name, SECRET) };
    }
}

#[tokio::test]
async fn the_environment_is_what_was_given_and_nothing_else() {
    fill_own_environment();
    // A shell adds the last three by itself; a private folder for temporary files is ours.
    let allowed: BTreeSet<&str> = ["PATH", "LANG", "GIVEN", "TMPDIR", "PWD", "SHLVL", "_", "OLDPWD"].into();
    for level in levels() {
        let project = Project::new(level);
        let mut spec = project.script("env");
        spec.env.insert("GIVEN".into(), "value with = and spaces".into());
        let outcome = project.run(spec).await;
        let text = outcome.stdout.to_text();
        assert!(text.contains("GIVEN=value with = and spaces"), "what was given arrives at {level}: {text}");
        let names: BTreeSet<&str> = text.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        let more: Vec<_> = names.difference(&allowed).collect();
        assert!(more.is_empty(), "nothing is inherited at {level}: {more:?}");
        assert!(!text.contains(SECRET), "no value of ours under any name at {level}");
    }
}

#[tokio::test]
async fn other_processes_cannot_be_looked_into() {
    fill_own_environment();
    for level in walled_levels() {
        let project = Project::new(level);
        let myself = std::process::id();
        // Ours, and those of the chain between us: their memory holds the specification.
        let script = format!(
            "for pid in {myself} 1 $PPID; do
                cat /proc/$pid/environ /proc/$pid/maps >/dev/null 2>&1 && echo open $pid; done
             grep -la {SECRET} /proc/[0-9]*/environ 2>/dev/null; readlink /proc/{myself}/fd/0; kill -0 {myself} 2>/dev/null && echo signalled; true"
        );
        assert_eq!(project.output(&script).await, "", "at {level}");
    }
}

#[tokio::test]
async fn only_its_own_processes_are_visible_when_contained() {
    if !levels().contains(&ContainmentLevel::Contained) {
        return;
    }
    let project = Project::new(ContainmentLevel::Contained);
    let count: u32 = project.output("ls -d /proc/[0-9]* | wc -l").await.parse().expect("a number");
    assert!(count <= 4, "only cadre-exec, the shell and the pipeline run in there, not {count}");
    assert_eq!(project.output("hostname").await, "cadre", "the machine's name is not the command's business");
}

#[tokio::test]
async fn files_outside_are_out_of_reach() {
    let outside = tempfile::tempdir().expect("a temporary folder is needed");
    std::fs::write(outside.path().join("key"), SECRET).expect("a folder of ours");
    let readable = tempfile::tempdir().expect("a temporary folder is needed");
    std::fs::write(readable.path().join("shown"), "shown").expect("a folder of ours");
    let (outside, readable) = (outside.path().display(), readable.path().display());
    let rows = [
        (format!("cat {outside}/key"), false),
        (format!("ls {outside}"), false),
        (format!("echo x > {outside}/new"), false),
        (format!("ln -s {outside}/key link; cat link"), false),
        (format!("ln {outside}/key hard"), false),
        (format!("cat {readable}/shown"), true),
        (format!("echo x > {readable}/new"), false),
        (format!("rm {readable}/shown"), false),
        ("echo x > /usr/cadre-test".to_owned(), false),
        ("echo x > /etc/cadre-test".to_owned(), false),
        ("cat /etc/shadow".to_owned(), false),
        ("ls /root /home".to_owned(), false),
        ("ls /run/user /var/run/docker.sock".to_owned(), false),
        ("echo x > own && mkdir -p a/b && mv own a/b/own && cat a/b/own".to_owned(), true),
        ("f=$(mktemp) && echo x > $f && cat $f".to_owned(), true),
        ("echo x > /dev/null && head -c 4 /dev/urandom >/dev/null".to_owned(), true),
        ("dd if=/dev/vda of=/dev/null count=1".to_owned(), false),
        ("mknod device b 254 0 && cat device".to_owned(), false),
    ];
    for level in walled_levels() {
        let project = Project::new(level);
        for (script, allowed) in &rows {
            let mut spec = project.script(script);
            spec.read_only = vec![readable.to_string().into()];
            let outcome = project.run(spec).await;
            let shown = (outcome.exit, outcome.stdout.to_text(), outcome.stderr.to_text());
            assert_eq!(outcome.exit == Exit::Code(0), *allowed, "{script} at {level}: {shown:?}");
            assert!(!shown.1.contains(SECRET), "{script} at {level}: {shown:?}");
        }
    }
}

#[tokio::test]
async fn hidden_places_are_hidden_even_inside_the_project() {
    if !levels().contains(&ContainmentLevel::Contained) {
        return;
    }
    let mut project = Project::new(ContainmentLevel::Contained);
    let file = project.file("data/store.sqlite", SECRET);
    let key = project.file("key.pem", SECRET);
    project.file("data/projects/one/file", "visible");
    let folder = file.parent().expect("it was joined").to_owned();
    project.hidden = vec![folder.clone(), key, project.path().join("does-not-exist")];
    let spec = project.script("ls data; cat data/store.sqlite key.pem; echo x > data/new; echo x > key.pem");
    let outcome = project.run(spec).await;
    assert_eq!(outcome.stdout.to_text(), "", "an empty folder and a file that cannot be read");
    assert_ne!(outcome.exit, Exit::Code(0), "nor can they be written: {:?}", outcome.stderr.to_text());
    assert_eq!(std::fs::read_to_string(&file).expect("it is ours"), SECRET, "nothing was changed");

    let inner = folder.join("projects/one");
    for permitted in [&inner, &folder] {
        let mut spec = project.script("cat data/projects/one/file");
        spec.read_write.push(permitted.clone());
        let error = project.try_run(spec).await.expect_err("it is hidden");
        let shown = error.to_string();
        assert!(shown.contains("is permitted and lies in"), "what is wrong is said: {shown}");
    }
    let tool = project.file("data/tool", "#!/bin/sh\necho ran\n");
    std::fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("a file of ours");
    let mut spec = project.script("");
    spec.program = tool;
    project.try_run(spec).await.expect_err("nor does a program that lies there start");
}

#[tokio::test]
async fn what_is_hidden_is_not_moved_to_where_nobody_hides_it() {
    if !levels().contains(&ContainmentLevel::Contained) {
        return;
    }
    let mut project = Project::new(ContainmentLevel::Contained);
    let key = project.file("conf/deep/gh/hosts", SECRET);
    project.file("conf/app/settings", "mine");
    project.hidden = vec![key.parent().expect("it was joined").to_owned()];
    let moves = ["mv conf/deep/gh away", "mv conf/deep away", "mv conf away"];
    for script in moves {
        let outcome = project.run(project.script(script)).await;
        assert_ne!(outcome.exit, Exit::Code(0), "{script}");
        let found = project.output("cat away/hosts away/gh/hosts away/deep/gh/hosts 2>/dev/null; true").await;
        assert_eq!(found, "", "{script}");
        assert_eq!(std::fs::read_to_string(&key).expect("it lies where it lay"), SECRET, "{script}");
    }
    let beside =
        "echo more >conf/new && mv conf/app conf/apps && mv conf/new conf/deep/new && cat conf/apps/settings";
    assert_eq!(project.output(beside).await, "mine", "all beside it is as free as ever");

    // What may only be looked at stays so, and does not move anyway.
    let mut spec = project.script("touch conf/deep/x; mv conf/deep conf/y; ls conf");
    spec.read_only = vec![project.path().join("conf")];
    let outcome = project.run(spec).await;
    assert_eq!(outcome.stdout.to_text(), "apps\ndeep\n", "{}", outcome.stderr.to_text());
}

#[tokio::test]
async fn a_place_of_its_own_in_a_hidden_one_is_all_that_is_seen_of_that() {
    for level in walled_levels() {
        let mut project = Project::new(ContainmentLevel::None);
        project.level = level;
        let homes = tempfile::tempdir().expect("a temporary folder is needed");
        let homes = homes.path();
        for name in ["mine", "other"] {
            std::fs::create_dir(homes.join(name)).expect("a folder of ours");
            std::fs::write(homes.join(name).join("kept"), name).expect("a folder of ours");
        }
        project.hidden = vec![homes.to_owned()];
        let here = homes.display();
        let script = format!(
            "cat {here}/mine/kept && echo more >{here}/mine/new; cat {here}/other/kept; echo x >{here}/x"
        );
        let mut spec = project.script(&script);
        spec.read_write.push(homes.join("mine"));
        project.try_run(spec.clone()).await.expect_err("it is hidden");
        spec.own = vec![homes.join("mine")];
        // Where all around is permitted too, what is hidden of it has to be taken back out.
        if level == ContainmentLevel::Contained {
            spec.read_write.push(homes.parent().expect("it has one").to_owned());
        }
        let outcome = project.run(spec.clone()).await;
        assert_eq!(outcome.stdout.to_text(), "mine", "at {level}: {}", outcome.stderr.to_text());
        assert_ne!(outcome.exit, Exit::Code(0), "nothing is put among homes at {level}");
        assert!(homes.join("mine/new").exists() && !homes.join("x").exists(), "at {level}");
        spec.read_write.push(homes.join("other"));
        project.try_run(spec).await.expect_err("another's is no less hidden");
    }
}

#[tokio::test]
async fn what_cannot_be_hidden_without_namespaces_is_refused() {
    if !levels().contains(&ContainmentLevel::Partly) {
        return;
    }
    let mut project = Project::new(ContainmentLevel::Partly);
    let file = project.file("data/store.sqlite", SECRET);
    project.hidden = vec![file.parent().expect("it was joined").to_owned()];
    let error = project.try_run(project.script("true")).await.expect_err("it would be visible");
    assert!(matches!(error, CommandError::Confinement { .. }), "{error:?}");

    let elsewhere = tempfile::tempdir().expect("a temporary folder is needed");
    project.hidden = vec![elsewhere.path().to_owned()];
    let outcome = project.run(project.script(&format!("ls {}", elsewhere.path().display()))).await;
    assert_ne!(outcome.exit, Exit::Code(0), "a hidden place elsewhere is simply not permitted");
}

#[tokio::test]
async fn the_network_is_reached_only_by_permission() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback exists");
    let port = listener.local_addr().expect("it is bound").port();
    let perl = |family: &str, kind: &str| {
        format!(
            "perl -MSocket -e 'socket(S, {family}, {kind}, 0) or die; \
             connect(S, sockaddr_in({port}, inet_aton(\"127.0.0.1\"))) or die; print \"connected\"' 2>/dev/null"
        )
    };
    let tcp = perl("AF_INET", "SOCK_STREAM");
    for level in walled_levels() {
        let project = Project::new(level);
        for (network, expected) in [(false, ""), (true, "connected")] {
            let mut spec = project.script(&format!("{tcp}; true"));
            spec.network = network;
            let outcome = project.run(spec).await;
            assert_eq!(outcome.stdout.to_text(), expected, "permitted: {network}, at {level}");
        }
        if level == ContainmentLevel::Partly {
            let udp = perl("AF_INET", "SOCK_DGRAM");
            let text = project.output(&format!("{udp}; true")).await;
            assert_eq!(text, "", "without a network namespace not even a UDP socket may be made");
        }
    }
}

#[tokio::test]
async fn sockets_of_other_programs_are_out_of_reach() {
    let folder = tempfile::tempdir().expect("a temporary folder is needed");
    let path = folder.path().join("bus");
    let _by_path = UnixListener::bind(&path).expect("a folder of ours");
    let name = format!("cadre-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a short name");
    let _by_name = UnixListener::bind_addr(&address).expect("the name is ours");
    let connect = |address: &str| {
        format!(
            "perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) or die; \
             connect(S, pack_sockaddr_un(\"{address}\")) or die; print \"connected\"' 2>/dev/null; true"
        )
    };
    let rows = [connect(path.to_str().expect("it is text")), connect(&format!("\\0{name}"))];
    for level in walled_levels() {
        let project = Project::new(level);
        for (script, network) in rows.iter().flat_map(|script| [(script, false), (script, true)]) {
            let mut spec = project.script(script);
            spec.network = network;
            let outcome = project.run(spec).await;
            assert_eq!(outcome.stdout.to_text(), "", "{script}, network {network}, at {level}");
        }
    }
    let open = Project::new(ContainmentLevel::None);
    for script in &rows {
        assert_eq!(
            open.output(script).await,
            "connected",
            "the sockets work, or the rows above prove nothing"
        );
    }
}

#[tokio::test]
async fn dangerous_system_calls_are_refused() {
    let rows = [
        "unshare -U true",
        "unshare -m true",
        "mount -t tmpfs none .",
        "chroot / true",
        "nsenter -t 1 -m true",
        "perl -e 'exit(syscall(101, 0, 0, 0, 0) == -1 ? 1 : 0)'", // ptrace(TRACEME)
        "perl -e 'exit(syscall(425, 1, 0) == -1 ? 1 : 0)'",       // io_uring_setup
        "perl -e 'exit(syscall(250, 0, -3, 0) == -1 ? 1 : 0)'",   // keyctl(GET_KEYRING_ID, session)
        "perl -e 'exit(syscall(272, 0) == -1 ? 1 : 0)'",          // unshare(0), harmless and still refused
        "perl -e 'exit(syscall(0x40000000 | 39) == -1 ? 1 : 0)'", // getpid in the x32 numbering
        "perl -e 'exit(syscall(56, 0x10000000 | 17, 0, 0, 0, 0) == -1 ? 1 : 0)'", // clone(NEWUSER)
    ];
    for level in walled_levels() {
        let project = Project::new(level);
        let usable = rows.iter().filter(|row| cfg!(target_arch = "x86_64") || !row.starts_with("perl"));
        let tools =
            "command -v unshare mount chroot nsenter perl >/dev/null && perl -e 'exit(syscall(39) == -1)'";
        assert_eq!(project.output(tools).await, "", "the tools must work, or the rows below prove nothing");
        for script in usable {
            let outcome = project.run(project.script(script)).await;
            let shown = (outcome.exit, outcome.stderr.to_text());
            assert!(matches!(outcome.exit, Exit::Code(1..)), "{script} at {level}: {shown:?}");
        }
        let nothing_more =
            project.output("grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | cut -f2").await;
        assert_eq!(nothing_more, "1\n2", "no new rights and a filter, at {level}");
    }
}

#[tokio::test]
async fn no_descriptor_of_ours_is_inherited() {
    let secret = tempfile::tempfile().expect("a temporary file is needed");
    // A duplicate is inherited by default, as one of a careless library would be.
    let _careless = rustix::io::dup(&secret).expect("a descriptor of ours");
    for level in levels() {
        let project = Project::new(level);
        let open = project.output("ls /proc/self/fd | tr '\\n' ' '").await;
        assert_eq!(open, "0 1 2 3", "the three streams and the listing itself, at {level}");
    }
}

#[tokio::test]
async fn limits_hold() {
    let limits = Limits {
        open_files: Some(32),
        file_size: Some(64 * 1024),
        cpu_seconds: Some(1),
        ..Limits::default()
    };
    let rows = [
        ("ulimit -n", Exit::Code(0), "32\n"),
        ("ulimit -c", Exit::Code(0), "0\n"),
        ("head -c 100000 /dev/zero > big 2>/dev/null; wc -c < big", Exit::Code(0), "65536\n"),
        ("exec sh -c 'while :; do :; done'", Exit::Signal(9), ""),
    ];
    for level in levels() {
        let project = Project::new(level);
        for (script, exit, stdout) in rows {
            let mut spec = project.script(script);
            spec.limits = limits;
            let outcome = project.run(spec).await;
            let found = (outcome.exit, outcome.stdout.to_text());
            assert_eq!(found, (exit, stdout.into()), "{script} at {level}");
        }
    }
}

#[tokio::test]
async fn temporary_files_do_not_outlive_the_command() {
    for level in walled_levels() {
        let project = Project::new(level);
        let path = project.output("f=$(mktemp) && echo x > $f && echo $f").await;
        assert!(!std::path::Path::new(&path).exists(), "{path} was private and is gone, at {level}");
        let folder = std::path::Path::new(&path).parent().expect("it lies in a folder");
        assert!(folder == std::path::Path::new("/tmp") || !folder.exists(), "so is its folder, at {level}");
    }
}
