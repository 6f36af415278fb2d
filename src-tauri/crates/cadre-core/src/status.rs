//! Statuses of projects and steps, and the one table of legal transitions (facts.md F1, requirements PRJ-02, PRJ-06).

/// Declares a status enum with its stored names.
macro_rules! statuses {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name in stored records and on the wire.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|status| status.name() == name)
            }
        }
    };
}

statuses! {
    ProjectStatus {
        Planning = "planning",
        Running = "running",
        PausedForApproval = "paused_for_approval",
        PausedOnError = "paused_on_error",
        PausedForAgentDevelopment = "paused_for_agent_development",
        PausedForAgentImprovement = "paused_for_agent_improvement",
        Completed = "completed",
        Aborted = "aborted",
    }
}

statuses! {
    StepStatus {
        Pending = "pending",
        Running = "running",
        /// Waits for a person: an approval, guidance, a review, a strategy, or what to do after a failure.
        PendingApproval = "pending_approval",
        PausedForDevelopment = "paused_for_development",
        Completed = "completed",
        Failed = "failed",
        /// Will not run: what it depends on failed for good, or a person said so.
        Skipped = "skipped",
    }
}

statuses! {
    RunStatus {
        Running = "running",
        Completed = "completed",
        Failed = "failed",
    }
}

/// A transition that the table does not have. The state stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {what} cannot go from {from} to {to}")]
pub struct IllegalTransition {
    pub what: &'static str,
    pub from: &'static str,
    pub to: &'static str,
}

/// The one way from a status to the next, by its table.
macro_rules! transitions {
    ($name:ident, $what:literal) => {
        impl $name {
            /// # Errors
            /// The table has no such edge.
            pub fn to(self, next: $name) -> Result<$name, IllegalTransition> {
                match self.next().contains(&next) {
                    true => Ok(next),
                    false => Err(IllegalTransition { what: $what, from: self.name(), to: next.name() }),
                }
            }
        }
    };
}

transitions!(ProjectStatus, "project");
transitions!(StepStatus, "step");

impl ProjectStatus {
    /// Where a project may go from here.
    pub fn next(self) -> &'static [ProjectStatus] {
        use ProjectStatus::*;
        match self {
            Planning => &[Running, Aborted],
            Running => &[
                Completed,
                PausedForApproval,
                PausedOnError,
                PausedForAgentDevelopment,
                PausedForAgentImprovement,
                Aborted,
            ],
            PausedForApproval | PausedOnError | PausedForAgentDevelopment | PausedForAgentImprovement => {
                &[Running, Aborted]
            }
            Completed | Aborted => &[],
        }
    }

    pub fn is_over(self) -> bool {
        self.next().is_empty()
    }
}

impl StepStatus {
    pub fn next(self) -> &'static [StepStatus] {
        use StepStatus::*;
        match self {
            Pending => &[Running, PendingApproval, PausedForDevelopment, Skipped],
            Running => &[Completed, Failed, PendingApproval, PausedForDevelopment, Pending],
            PendingApproval => &[Running, Completed, Failed, Skipped],
            PausedForDevelopment => &[Running, Failed, Skipped],
            Failed => &[Running, PendingApproval, Skipped],
            Completed | Skipped => &[],
        }
    }
}

/// Where a running project stands, seen from its steps: it is paused once nothing can go on without a person.
pub fn project_status(steps: &[StepStatus]) -> ProjectStatus {
    use StepStatus::*;
    let any = |status| steps.contains(&status);
    if steps.iter().all(|step| matches!(step, Completed | Skipped)) {
        ProjectStatus::Completed
    } else if any(Running) {
        ProjectStatus::Running
    } else if any(PendingApproval) {
        ProjectStatus::PausedForApproval
    } else if any(PausedForDevelopment) {
        ProjectStatus::PausedForAgentDevelopment
    } else if any(Failed) {
        ProjectStatus::PausedOnError
    } else {
        ProjectStatus::Running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edge_of_the_project_table_is_walked_and_no_other() {
        let mut table = String::new();
        for from in ProjectStatus::ALL {
            let legal: Vec<&str> =
                ProjectStatus::ALL.iter().filter(|to| from.to(**to).is_ok()).map(|to| to.name()).collect();
            table += &format!("{} -> {}\n", from.name(), legal.join(" "));
        }
        insta::assert_snapshot!(table, @r"
        planning -> running aborted
        running -> paused_for_approval paused_on_error paused_for_agent_development paused_for_agent_improvement completed aborted
        paused_for_approval -> running aborted
        paused_on_error -> running aborted
        paused_for_agent_development -> running aborted
        paused_for_agent_improvement -> running aborted
        completed -> 
        aborted -> 
        ");
    }

    #[test]
    fn every_edge_of_the_step_table_is_walked_and_no_other() {
        let mut table = String::new();
        for from in StepStatus::ALL {
            let legal: Vec<&str> =
                StepStatus::ALL.iter().filter(|to| from.to(**to).is_ok()).map(|to| to.name()).collect();
            table += &format!("{} -> {}\n", from.name(), legal.join(" "));
        }
        insta::assert_snapshot!(table, @r"
        pending -> running pending_approval paused_for_development skipped
        running -> pending pending_approval paused_for_development completed failed
        pending_approval -> running completed failed skipped
        paused_for_development -> running failed skipped
        completed -> 
        failed -> running pending_approval skipped
        skipped -> 
        ");
    }

    #[test]
    fn an_illegal_transition_names_both_ends() {
        let error = ProjectStatus::Completed.to(ProjectStatus::Running).unwrap_err();
        assert_eq!(error.to_string(), "a project cannot go from completed to running");
    }

    #[test]
    fn a_project_stands_where_its_steps_stand() {
        use StepStatus::*;
        let cases: &[(&[StepStatus], ProjectStatus)] = &[
            (&[Completed, Skipped], ProjectStatus::Completed),
            (&[Completed, Running, PendingApproval], ProjectStatus::Running),
            (&[Completed, PendingApproval, Pending], ProjectStatus::PausedForApproval),
            (&[PausedForDevelopment, Failed], ProjectStatus::PausedForAgentDevelopment),
            (&[Failed, Pending], ProjectStatus::PausedOnError),
            (&[Pending, Completed], ProjectStatus::Running),
        ];
        for (steps, expected) in cases {
            assert_eq!(project_status(steps), *expected, "{steps:?}");
        }
    }
}
