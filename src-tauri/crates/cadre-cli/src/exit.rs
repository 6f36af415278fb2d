//! Exit codes: 0 done, 1 a finding or a refusal, 2 it could not look or try.

use cadre_api::ApiError;

pub(crate) const DONE: u8 = 0;
/// Something does not hold, or waits for a person.
pub(crate) const FINDING: u8 = 1;
pub(crate) const INTERNAL: u8 = 2;

pub(crate) fn of(error: &ApiError) -> u8 {
    match error.code.as_str() {
        "internal" | "workspace_held" | "workspace_newer" | "workspace_damaged" | "disk_full"
        | "database_locked" | "not_installed" | "folder_unreadable" => INTERNAL,
        _ => FINDING,
    }
}
