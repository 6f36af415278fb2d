//! Every word that the shell itself says: tray, notifications, the question on quit. The interface has its own catalogue.

pub(crate) const NAME: &str = "Cadre";

pub(crate) const OPEN: &str = "Open Cadre";
pub(crate) const OPEN_INBOX: &str = "Open Inbox";
pub(crate) const STOP_EVERYTHING: &str = "Stop everything";
pub(crate) const QUIT: &str = "Quit Cadre";

pub(crate) const CHOOSE_FILES: &str = "Attach files";
pub(crate) const CHOOSE_FOLDER: &str = "Choose a folder";
pub(crate) const CHOOSE: &str = "Choose";
pub(crate) const CANCEL: &str = "Cancel";

pub(crate) const APPROVE: &str = "Approve";
pub(crate) const DENY: &str = "Deny";
pub(crate) const REVIEW: &str = "Review";

pub(crate) fn waiting(count: Option<usize>) -> String {
    match count {
        None => "What waits cannot be read".into(),
        Some(0) => "Nothing waiting".into(),
        Some(count) => format!("{count} waiting"),
    }
}

/// The one line that a pointer over the tray icon gets.
pub(crate) fn tooltip(waiting: Option<usize>, running: u32, ending: bool) -> String {
    if ending {
        return format!("{NAME}: ends when what runs has finished");
    }
    if waiting.is_none() {
        return format!("{NAME}: {}", self::waiting(None).to_lowercase());
    }
    let running = match running {
        0 => "nothing running".into(),
        running => format!("{running} running"),
    };
    format!("{NAME}: {}, {running}", self::waiting(waiting).to_lowercase())
}

pub(crate) fn wants(member: Option<&str>, what: &str) -> String {
    format!("{} asks: {what}", member.unwrap_or(NAME))
}

pub(crate) const RUN_A_PROGRAM: &str = "run a program?";
pub(crate) const WRITE_A_FILE: &str = "write a file?";
pub(crate) const NEEDS_YOU: &str = "Something needs you";

pub(crate) fn several(count: usize) -> String {
    format!("{count} things need you")
}

pub(crate) const SEVERAL: &str = "Look at them in the Inbox.";

pub(crate) mod quit {
    pub(crate) const TITLE: &str = "Quit Cadre";
    pub(crate) const DRAIN: &str = "Finish, then quit";
    pub(crate) const STOP: &str = "Stop now and quit";
    pub(crate) const STAY: &str = "Go on in the tray";
    pub(crate) const STAY_UNSEEN: &str = "Do not quit";

    pub(crate) fn question(steps: u32) -> String {
        let work = match steps {
            1 => "One step is being worked on. It".into(),
            steps => format!("{steps} steps are being worked on. They"),
        };
        format!(
            "{work} can come to an end first, or be stopped here and now. Either way nothing is lost: everything goes \
             on the next time Cadre is started."
        )
    }
}
