//! How commands end, and that nothing of them is left.

use std::time::Duration;

use cadre_agents::command::{CommandError, CommandSpec, Exit, Stream, run};
use cadre_agents::folder::FileHash;
use tokio_util::sync::CancellationToken;

use crate::harness::{Project, levels};

#[tokio::test]
async fn an_ended_command_tells_its_exit_and_output() {
    let rows: &[(&str, Exit, &str, &str)] = &[
        ("echo out; echo err >&2", Exit::Code(0), "out\n", "err\n"),
        ("exit 3", Exit::Code(3), "", ""),
        ("exit 255", Exit::Code(255), "", ""),
        ("exit 137", Exit::Code(137), "", ""),
        ("kill -9 $$", Exit::Signal(9), "", ""),
        ("kill -TERM $$", Exit::Signal(15), "", ""),
        ("cat", Exit::Code(0), "what was typed", ""),
        ("printf 'ä€\\377' | wc -c", Exit::Code(0), "6\n", ""),
        ("sleep 1000 & echo left", Exit::Code(0), "left\n", ""),
        ("pwd | grep -c '^/'", Exit::Code(0), "1\n", ""),
    ];
    for level in levels() {
        let project = Project::new(level);
        for (script, exit, stdout, stderr) in rows {
            let mut spec = project.script(script);
            spec.stdin = b"what was typed".to_vec();
            spec.time_limit = Duration::MAX;
            let outcome = project.run(spec).await;
            let found = (outcome.exit, outcome.stdout.to_text(), outcome.stderr.to_text());
            assert_eq!(found, (*exit, (*stdout).into(), (*stderr).into()), "{script} at {level}");
            assert_eq!(outcome.containment, level, "the level in force is the one that was asked for");
        }
    }
}

#[tokio::test]
async fn arguments_arrive_byte_for_byte() {
    let awkward = ["", " a  b ", "$HOME", "`id`", "--", "a\nb", "\"quoted\"", "ünï", "-e"];
    for level in levels() {
        let project = Project::new(level);
        let mut spec = project.script("for it; do printf '[%s]' \"$it\"; done");
        spec.args.push("sh".to_owned());
        spec.args.extend(awkward.iter().map(|argument| (*argument).to_owned()));
        let expected: String = awkward.iter().map(|argument| format!("[{argument}]")).collect();
        let outcome = project.run(spec).await;
        assert_eq!(
            outcome.stdout.to_text(),
            expected,
            "no shell of ours may look at an argument, at {level}"
        );
    }
}

/// Children and grandchildren in their own sessions, all deaf to SIGTERM.
const STUBBORN: &str = "exec 5>witness; echo here >&5; trap '' TERM HUP INT
    for i in 1 2 3; do (trap '' TERM; setsid sh -c \"trap '' TERM; sleep 1000 & sleep 1000\" &) ; done
    echo ready; sleep 1000; sleep 1000";

#[tokio::test]
async fn a_command_that_is_stopped_leaves_nothing() {
    let short = Duration::from_millis(400);
    type Change = fn(&mut CommandSpec, Duration);
    let rows: &[(&str, &str, Change, Exit)] = &[
        ("stubborn tree, time", STUBBORN, |spec, short| spec.time_limit = short, Exit::TimedOut),
        ("stubborn tree, silence", STUBBORN, |spec, short| spec.idle_limit = Some(short), Exit::IdleTimedOut),
        (
            "closed streams",
            "exec 5>witness; echo here >&5; exec >&- 2>&-; sleep 1000",
            |spec, short| spec.time_limit = short,
            Exit::TimedOut,
        ),
        (
            "input that is never read",
            "exec 5>witness; echo here >&5; sleep 1000",
            |spec, short| {
                spec.stdin = vec![b'x'; 4 << 20];
                spec.time_limit = short;
            },
            Exit::TimedOut,
        ),
        (
            "too much output, deaf",
            "exec 5>witness; echo here >&5; trap '' TERM; yes",
            |spec, _| spec.output_limit = 100_000,
            Exit::OutputLimit,
        ),
        (
            "too much on the error stream",
            "exec 5>witness; echo here >&5; yes >&2",
            |spec, _| spec.output_limit = 100_000,
            Exit::OutputLimit,
        ),
    ];
    for level in levels() {
        for (name, script, change, exit) in rows {
            let project = Project::new(level);
            let mut witness = project.witness();
            let mut spec = project.script(script);
            change(&mut spec, short);
            let outcome = project.run(spec).await;
            assert_eq!(outcome.exit, *exit, "{name} at {level}: {:?}", outcome.stderr.to_text());
            witness.assert_nobody_is_left(&format!("{name} at {level}"));
        }
    }
}

#[tokio::test]
async fn a_polite_command_may_end_itself_and_what_it_left_is_ended() {
    for level in levels() {
        let project = Project::new(level);
        let mut witness = project.witness();
        let mut spec = project.script(
            "exec 5>witness; echo here >&5; trap 'echo bye; exit 0' TERM; setsid sleep 1000 & sleep 1000 & wait",
        );
        spec.time_limit = Duration::from_millis(400);
        spec.grace = Duration::from_secs(30);
        let outcome = project.run(spec).await;
        assert_eq!(outcome.exit, Exit::TimedOut, "the reason is ours even if the command ended itself");
        assert_eq!(outcome.stdout.to_text(), "bye\n", "SIGTERM must reach the command at {level}");
        witness.assert_nobody_is_left(&format!("polite at {level}"));
    }
}

#[tokio::test]
async fn endless_output_is_stopped_within_bounded_memory() {
    let limit = 1_000_000;
    for level in levels() {
        let project = Project::new(level);
        let mut spec = project.script("yes 0123456789 | head -c 2000000000");
        spec.output_limit = limit;
        let mut shown = 0;
        let outcome = run(spec, &project.confinement(), CancellationToken::new(), |stream, bytes| {
            assert_eq!(stream, Stream::Stdout, "nothing was written to the other stream");
            shown += bytes.len();
        })
        .await
        .expect("the command must start");
        assert_eq!(outcome.exit, Exit::OutputLimit, "2 GB are more than allowed, at {level}");
        assert_eq!(shown, limit, "the limit holds for what is shown, to the byte");
        assert!(outcome.stdout.is_cut() && outcome.stdout.total > limit as u64, "a cut must not be silent");
        let kept = outcome.stdout.head.len() + outcome.stdout.tail.len();
        assert_eq!(kept, limit, "head and tail together fill the limit");
        assert!(peak_memory_kib() < 200 * 1024, "memory must not follow the output");
    }
}

fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux has it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[tokio::test]
async fn large_input_goes_through_a_command_that_reads_it() {
    for level in levels() {
        let project = Project::new(level);
        let mut spec = project.script("sha256sum | cut -c1-64; head -c0");
        spec.stdin = vec![b'a'; 5_000_000];
        let expected = cadre_agents::folder::FileHash::of_bytes(&spec.stdin).to_string();
        let outcome = project.run(spec).await;
        assert_eq!(
            outcome.stdout.to_text().trim(),
            expected,
            "every byte arrives once and in order at {level}"
        );
        let mut spec = project.script("head -c 3");
        spec.stdin = vec![b'b'; 5_000_000];
        let outcome = project.run(spec).await;
        let found = (outcome.exit, outcome.stdout.to_text());
        assert_eq!(found, (Exit::Code(0), "bbb".into()), "input that nobody wants is no error at {level}");
    }
}

#[tokio::test]
async fn cancelling_ends_the_tree() {
    for level in levels() {
        let project = Project::new(level);
        let mut witness = project.witness();
        let cancelled = CancellationToken::new();
        let outcome = run(project.script(STUBBORN), &project.confinement(), cancelled.clone(), |_, bytes| {
            if bytes.starts_with(b"ready") {
                cancelled.cancel();
            }
        })
        .await
        .expect("the command must start");
        assert_eq!(outcome.exit, Exit::Cancelled, "at {level}");
        witness.assert_nobody_is_left(&format!("cancelled at {level}"));
    }
}

#[tokio::test]
async fn a_command_cancelled_before_it_starts_does_not_act() {
    for level in levels() {
        let project = Project::new(level);
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        let outcome = run(project.script("touch acted"), &project.confinement(), cancelled, |_, _| {}).await;
        assert_eq!(outcome.expect("stopping is not an error").exit, Exit::Cancelled, "at {level}");
        assert!(!project.path().join("acted").exists(), "it was cancelled before, at {level}");
    }
}

#[tokio::test]
async fn dropping_the_future_ends_the_tree() {
    for level in levels() {
        let project = Project::new(level);
        let mut witness = project.witness();
        let ready = CancellationToken::new();
        let confinement = project.confinement();
        let running = run(project.script(STUBBORN), &confinement, CancellationToken::new(), |_, bytes| {
            if bytes.starts_with(b"ready") {
                ready.cancel();
            }
        });
        tokio::select! {
            outcome = running => panic!("it must still run: {outcome:?}"),
            () = ready.cancelled() => {}
        }
        witness.wait_until_nobody_is_left();
    }
}

#[tokio::test]
async fn what_cannot_run_is_told_apart() {
    for level in levels() {
        let project = Project::new(level);
        let plain = project.file("plain.sh", "#!/bin/sh\n");
        let no_interpreter = project.file("lost.sh", "#!/no/such/interpreter\n");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&no_interpreter, mode).expect("a file of ours");
        type Check = fn(&CommandError) -> bool;
        let with = |change: &dyn Fn(&mut CommandSpec)| {
            let mut spec = project.script("true");
            change(&mut spec);
            spec
        };
        let other = cadre_agents::folder::FileHash::of_bytes(b"something else");
        let rows: Vec<(&str, CommandSpec, Check)> = vec![
            ("missing program", with(&|spec| spec.program = "/no/such/program".into()), |error| {
                matches!(error, CommandError::ProgramNotFound { .. })
            }),
            ("directory", with(&|spec| spec.program = project.path().into()), |error| {
                matches!(error, CommandError::ProgramIsDirectory { .. })
            }),
            ("no execute permission", with(&|spec| spec.program.clone_from(&plain)), |error| {
                matches!(error, CommandError::NotExecutable { .. })
            }),
            ("missing interpreter", with(&|spec| spec.program.clone_from(&no_interpreter)), |error| {
                matches!(error, CommandError::Execute { .. })
            }),
            ("relative program", with(&|spec| spec.program = "sh".into()), |error| {
                matches!(error, CommandError::NotAbsolute { .. })
            }),
            ("NUL in an argument", with(&|spec| spec.args.push("a\0b".into())), |error| {
                matches!(error, CommandError::ContainsNul { what: "an argument" })
            }),
            (
                "NUL in the environment",
                with(&|spec| drop(spec.env.insert("A".into(), "\0".into()))),
                |error| matches!(error, CommandError::ContainsNul { what: "the environment" }),
            ),
            (
                "equals sign in a name",
                with(&|spec| drop(spec.env.insert("A=B".into(), String::new()))),
                |error| matches!(error, CommandError::EnvironmentName { .. }),
            ),
            ("changed program", with(&|spec| spec.program_sha256 = Some(other)), |error| {
                matches!(error, CommandError::ProgramChanged { .. })
            }),
            ("missing folder", with(&|spec| spec.cwd = "/no/such/folder".into()), |error| {
                matches!(error, CommandError::Confinement { .. })
            }),
            ("missing permitted path", with(&|spec| spec.read_only = vec!["/no/such".into()]), |error| {
                matches!(error, CommandError::Confinement { .. })
            }),
        ];
        for (name, spec, expected) in rows {
            let error = project.try_run(spec).await.expect_err(name);
            assert!(expected(&error), "{name} at {level}: {error:?}");
        }
    }
}

#[tokio::test]
async fn without_the_confining_program_nothing_starts() {
    let project = Project::new(cadre_agents::command::ContainmentLevel::None);
    let mut confinement = project.confinement();
    confinement.exec_program = "/no/such/cadre-exec".into();
    let spec = project.script("touch acted");
    let error =
        run(spec, &confinement, CancellationToken::new(), |_, _| {}).await.expect_err("it is missing");
    assert!(matches!(error, CommandError::ExecProgram { .. }), "{error:?}");
    assert!(!project.path().join("acted").exists(), "there is no way around the confining program");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_side_by_side_do_not_hold_each_other() {
    for level in levels() {
        let project = Project::new(level);
        let confinement = project.confinement();
        let cancelled = CancellationToken::new();
        let long = run(project.script("sleep 1000"), &confinement, cancelled.clone(), |_, _| {});
        let short = async {
            for _ in 0..5 {
                assert_eq!(project.output("echo done").await, "done", "beside a long one, at {level}");
            }
            cancelled.cancel();
        };
        let (long, ()) = tokio::join!(long, short);
        assert_eq!(long.expect("it started").exit, Exit::Cancelled, "at {level}");
    }
}

/// Binaries run by the handle that was looked at, scripts by their name; both see their own name all the same.
#[tokio::test]
async fn a_program_that_is_bound_by_its_hash_runs_as_itself() {
    for level in levels() {
        let project = Project::new(level);
        let script = project.file("tool.sh", "#!/bin/sh\necho $0\n");
        let binary = project.path().join("shell");
        std::fs::copy("/bin/sh", &binary).expect("a folder of ours");
        for (program, args) in [(&script, vec![]), (&binary, vec!["-c".to_owned(), "echo $0".to_owned()])] {
            std::fs::set_permissions(program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
                .expect("a file of ours");
            let mut spec = project.script("");
            spec.program = program.canonicalize().expect("it is there");
            spec.program_sha256 = Some(FileHash::of_bytes(&std::fs::read(program).expect("a file of ours")));
            spec.args = args;
            let outcome = project.run(spec.clone()).await;
            let shown = (outcome.exit, outcome.stdout.to_text().trim().to_owned());
            let name = spec.program.display().to_string();
            assert_eq!(shown, (Exit::Code(0), name), "at {level}: {}", outcome.stderr.to_text());
            std::fs::write(program, "#!/bin/sh\necho swapped\n").expect("a file of ours");
            let error = project.try_run(spec).await.expect_err("it is another program now");
            assert!(matches!(error, CommandError::ProgramChanged { .. }), "at {level}: {error:?}");
        }
    }
}
