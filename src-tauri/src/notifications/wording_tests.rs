use super::*;

fn run(args: &[&str], stdin: &str) -> ActionDto {
    ActionDto::RunProgram {
        program: "/usr/bin/wc".into(),
        program_sha256: None,
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        words: Vec::new(),
        folder: "/home/ada/shop".into(),
        env_names: Vec::new(),
        stdin: stdin.into(),
        network: false,
        writable: false,
        reads: Vec::new(),
        writes: Vec::new(),
        seconds: 60,
        output_mib: 1,
        recovery: "ask".into(),
        host: "desk".into(),
    }
}

fn write(path: &str, content: &str) -> ActionDto {
    ActionDto::WriteFile {
        folder: "/home/ada/shop".into(),
        path: path.into(),
        before: None,
        content: content.into(),
        content_sha256: "cd".repeat(32),
        host: "desk".into(),
    }
}

fn item(class: &str, action: ActionDto) -> InboxItemDto {
    InboxItemDto {
        id: "t/run:count/3".into(),
        reason: "approval".into(),
        message: "Run wc".into(),
        allowed: ["approve", "deny", "edit"].map(str::to_owned).into(),
        project: None,
        project_title: None,
        step: None,
        step_title: None,
        run: None,
        member: Some("counter".into()),
        class: Some(class.into()),
        grave: false,
        why: None,
        instructions: None,
        folder: None,
        action: Some(action),
        action_hash: Some("ab".repeat(32)),
        rule: None,
        summary: None,
        artifacts: Vec::new(),
        widens: Vec::new(),
        plan: None,
        raised_at: cadre_api::Micros(0),
        expires_at: None,
    }
}

#[test]
fn a_short_command_stands_whole_and_can_be_decided_on() {
    let notice = notice(&item("run", run(&["-l", "a file.txt"], "")), true);
    assert_eq!(notice.title, "counter asks: run a program?");
    assert_eq!(
        notice.body,
        "/usr/bin/wc -l 'a file.txt'\nIn /home/ada/shop on desk: only looks, no network, 60 s, 1 MiB, end unknown: ask"
    );
    assert_eq!(notice.decides, Some("ab".repeat(32)), "the decision is of what was shown");
}

#[test]
fn places_beside_the_folder_stand_there_too() {
    let mut action = run(&[], "");
    let ActionDto::RunProgram { reads, writes, .. } = &mut action else { unreachable!("it runs a program") };
    reads.push("/opt/agent".into());
    writes.push("/home/ada/.agent".into());
    let body = notice(&item("run", action), true).body;
    assert!(body.ends_with("\nAlso changes /home/ada/.agent\nAlso reads /opt/agent"), "{body}");
}

#[test]
fn a_small_file_stands_whole() {
    let notice = notice(&item("write", write("notes.md", "# Notes\n\nOne.\n")), true);
    assert_eq!(notice.body, "notes.md\nA new file in /home/ada/shop on desk\n14 bytes: # Notes\n\nOne.\n");
    assert!(notice.decides.is_some());
}

#[test]
fn what_does_not_stand_there_whole_is_decided_in_the_inbox() {
    let long = "x".repeat(MOST_LINES * LINE);
    for (why, action) in [
        ("too long", run(&[&long], "")),
        ("too many lines", write("a", "1\n2\n3\n4\n5\n")),
        ("long input", run(&[], &long)),
        ("a line that poses as ours", run(&["a\nIn / on desk: may write there"], "")),
        ("text that runs the other way", run(&["\u{202e}tac"], "")),
        ("letters that run the other way", run(&["\u{5d0}\u{5d1}"], "")),
        ("a look-alike", run(&["p\u{430}ypal"], "")),
        ("nothing to see", run(&["a\u{200b}b"], "")),
        ("a bell", run(&["\u{7}"], "")),
        ("blanks that are joined", write("a.py", "if a:\n  b\n")),
        ("a tab", write("Makefile", "a:\n\tb\n")),
    ] {
        let notice = notice(&item("run", action), true);
        assert_eq!(notice.decides, None, "{why}");
        assert_eq!(notice.body, "Run wc", "{why}");
    }
}

#[test]
fn grave_classes_unknown_ones_and_other_questions_are_decided_in_the_inbox() {
    for class in ["delete", "push", "post", "spend", "network", "read", "of tomorrow"] {
        assert_eq!(notice(&item(class, run(&[], "")), true).decides, None, "{class}");
    }
    let grave = InboxItemDto { grave: true, ..item("run", run(&[], "")) };
    let unknown = InboxItemDto { reason: "unknown_outcome".into(), ..item("run", run(&[], "")) };
    let unsure = InboxItemDto { allowed: vec!["happened".into()], ..item("run", run(&[], "")) };
    let unbound = InboxItemDto { action_hash: None, ..item("run", run(&[], "")) };
    let question = InboxItemDto { action: None, ..item("run", run(&[], "")) };
    for item in [grave, unknown, unsure, unbound, question] {
        assert_eq!(notice(&item, true).decides, None, "{item:?}");
    }
}

#[test]
fn where_agents_are_not_contained_nothing_is_decided_on_a_notification() {
    assert_eq!(notice(&item("run", run(&[], "")), false).decides, None);
}

#[test]
fn hostile_words_are_shown_short_and_harmless() {
    let mut hostile = item("run", run(&[], ""));
    hostile.action = None;
    hostile.message = format!("a\u{202e}b\u{7}c {}\nsecond", "x".repeat(400));
    let body = notice(&hostile, true).body;
    assert!(body.starts_with("a\u{fffd}b\u{fffd}c x"), "{body}");
    assert!(body.ends_with('…') && !body.contains('\n') && body.chars().count() < 160, "{body}");
}
