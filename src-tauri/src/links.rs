//! Pages of the interface, and which of them a `cadre://` link means.
//!
//! A link comes from anywhere: a mail, a web page, another program. It only ever opens a page. What is not in this table
//! leads nowhere, and no page decides, starts or imports anything by being opened.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What `encodeURIComponent` leaves as it is, so that addresses look the same whoever wrote them.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

const SCHEME: &str = "cadre://";
const LONGEST_LINK: usize = 512;
const LONGEST_ID: usize = 128;

/// The part of the interface's address behind `#`; `ui/src/routes.tsx` has the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn inbox() -> Page {
        Page("/inbox".into())
    }

    pub(crate) fn inbox_item(item: &str) -> Page {
        Page(format!("/inbox/{}", utf8_percent_encode(item, PART)))
    }

    /// The page that a link means, or `None` if it means none.
    pub(crate) fn of_link(link: &str) -> Option<Page> {
        if link.len() > LONGEST_LINK {
            return None;
        }
        let rest = link.strip_prefix(SCHEME)?;
        let parts: Vec<&str> = rest.strip_suffix('/').unwrap_or(rest).split('/').collect();
        let page = match parts.as_slice() {
            [""] => "/".into(),
            [place @ ("inbox" | "organisation" | "projects" | "system")] => format!("/{place}"),
            // An item's id has parts of its own: thread, task, position.
            ["inbox", item @ ..] if item.len() <= 3 && item.iter().all(|it| is_id(it)) => {
                return Some(Page::inbox_item(&item.join("/")));
            }
            ["member", member] if is_id(member) => format!("/organisation/member/{member}"),
            ["project", project] if is_id(project) => format!("/projects/{project}/run"),
            ["project", project, tab @ ("plan" | "run" | "history" | "files" | "conversation" | "cost")]
                if is_id(project) =>
            {
                format!("/projects/{project}/{tab}")
            }
            _ => return None,
        };
        Some(Page(page))
    }

    /// The page that the arguments of a start mean: the system hands a link over as one of them.
    pub(crate) fn of_arguments<S: AsRef<str>>(arguments: &[S]) -> Option<Page> {
        arguments.iter().find_map(|argument| Page::of_link(argument.as_ref()))
    }

    pub(crate) fn fragment(&self) -> &str {
        &self.0
    }
}

/// An id as the application makes them. `.` and `..` would mean another page.
fn is_id(text: &str) -> bool {
    let letter = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-' | ':');
    !text.is_empty() && text.len() <= LONGEST_ID && text.chars().all(letter) && text != "." && text != ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_a_page_of_the_table_and_nothing_else() {
        let long = format!("cadre://inbox/{}", "a".repeat(600));
        for (link, page) in [
            ("cadre://", Some("/")),
            ("cadre://inbox", Some("/inbox")),
            ("cadre://inbox/", Some("/inbox")),
            ("cadre://inbox/t1/run:scout/3", Some("/inbox/t1%2Frun%3Ascout%2F3")),
            ("cadre://projects", Some("/projects")),
            ("cadre://project/winter-sale-2026", Some("/projects/winter-sale-2026/run")),
            ("cadre://project/winter-sale-2026/history", Some("/projects/winter-sale-2026/history")),
            ("cadre://member/copy.editor", Some("/organisation/member/copy.editor")),
            ("cadre://system/", Some("/system")),
            ("cadre://inbox/a1/b/c/approve", None),
            ("cadre://inbox/a1?approve=1", None),
            ("cadre://inbox/a1#/system", None),
            ("cadre://inbox/../system", None),
            ("cadre://inbox/%2e%2e/system", None),
            ("cadre://inbox//", None),
            ("cadre://project/x/delete", None),
            ("cadre://project/<img src=x>", None),
            ("cadre://member/\u{202e}evil", None),
            ("cadre:inbox", None),
            ("CADRE://inbox", None),
            ("javascript:alert(1)", None),
            ("https://inbox/a1", None),
            (long.as_str(), None),
        ] {
            assert_eq!(Page::of_link(link).as_ref().map(Page::fragment), page, "{link}");
        }
    }

    #[test]
    fn of_many_arguments_the_first_link_counts() {
        let arguments = ["cadre-desktop", "--workspace", "/w", "cadre://inbox", "cadre://system"];
        assert_eq!(Page::of_arguments(&arguments), Some(Page::inbox()));
        assert_eq!(Page::of_arguments(&["cadre-desktop"]), None);
    }
}
