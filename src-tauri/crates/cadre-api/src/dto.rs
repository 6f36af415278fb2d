//! Types on the wire: what hosts, the browser and the CLI see. Made from domain values, never used as such.

mod history;
mod place;
mod waiting;

use cadre_core::intent::{Horizon, Intent, Reading};
use cadre_core::plan::{Evidence, Plan, Step};
use cadre_engine::{Artifact, PlaceView, ProjectView, RequestView, StepView};
use serde::{Deserialize, Serialize};
use specta::Type;

pub use history::{ComparedDto, CursorDto, EffectMomentDto, HistoryDto, SpendThenDto, ThenDto};
pub use place::{AttachmentDto, PlaceDto};
pub use waiting::{ActionDto, BeforeDto, DiffDto, DiffLineDto, InboxItemDto, PlanWaitsDto};

/// Unix time in microseconds; below 2^53 until the year 2255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
pub struct Micros(#[specta(type = specta_typescript::Number)] pub i64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ReadingDto {
    pub intent: String,
    #[specta(type = specta_typescript::Number)]
    pub confidence: f64,
    pub alternatives: Vec<AlternativeDto>,
    pub department: String,
    pub complexity: u8,
    pub horizon: Option<String>,
    /// `embedded`, a model's name, or `person:<name>`.
    pub reader: String,
    pub question: Option<QuestionDto>,
    /// What settles a question. Only a model gives one.
    pub answer: Option<String>,
    /// Sure enough to act on without asking.
    pub sure: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct AlternativeDto {
    pub intent: String,
    #[specta(type = specta_typescript::Number)]
    pub confidence: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QuestionDto {
    pub text: String,
    pub answers: Vec<String>,
}

impl From<Reading> for ReadingDto {
    fn from(reading: Reading) -> Self {
        let sure = cadre_engine::intake::is_sure(&reading) || reading.reader.starts_with("person:");
        let alternative =
            |(intent, confidence): (Intent, f64)| AlternativeDto { intent: intent.name().into(), confidence };
        ReadingDto {
            intent: reading.intent.name().into(),
            confidence: reading.confidence,
            alternatives: reading.alternatives.into_iter().map(alternative).collect(),
            department: reading.department,
            complexity: reading.complexity,
            horizon: reading.horizon.map(|horizon| Horizon::name(horizon).into()),
            reader: reading.reader,
            question: reading.question.map(|it| QuestionDto { text: it.text, answers: it.answers }),
            answer: reading.answer,
            sure,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RequestDto {
    pub id: String,
    pub text: String,
    pub folder: Option<String>,
    pub attachments: Vec<AttachmentDto>,
    pub by: String,
    pub filed_at: Micros,
    pub reading: Option<ReadingDto>,
    pub project: Option<String>,
}

impl From<RequestView> for RequestDto {
    fn from(view: RequestView) -> Self {
        RequestDto {
            id: view.id,
            text: view.text,
            folder: view.folder,
            attachments: view.attachments.into_iter().map(Into::into).collect(),
            by: view.by,
            filed_at: Micros(view.filed_at),
            reading: view.reading.map(Into::into),
            project: view.project,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PlanDto {
    pub project: String,
    pub version: u32,
    /// What an approval has to name.
    pub hash: String,
    pub title: String,
    pub summary: String,
    pub request: String,
    pub department: String,
    pub complexity: u8,
    pub horizon: String,
    pub template: Option<String>,
    pub planner: String,
    pub assumptions: Vec<String>,
    pub risks: Vec<RiskDto>,
    pub steps: Vec<PlanStepDto>,
    pub gaps: Vec<GapDto>,
    /// Minutes until the last step ends.
    pub critical_minutes: u32,
    pub cost_usd: String,
    /// Where its steps work; part of what is approved.
    pub place: PlaceDto,
    /// Why it cannot be approved; empty when it can.
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RiskDto {
    pub risk: String,
    pub mitigation: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GapDto {
    pub step: String,
    pub capability: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanStepDto {
    pub id: String,
    pub title: String,
    pub kind: String,
    pub assignee: Option<String>,
    pub human: Option<String>,
    pub instructions: String,
    pub depends_on: Vec<String>,
    pub minutes: u32,
    pub minutes_low: u32,
    pub minutes_high: u32,
    pub cost_usd: String,
    pub evidence: Vec<EvidenceDto>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EvidenceDto {
    pub kind: String,
    pub value: String,
    pub note: String,
}

/// The stored name of an enum's variant.
fn name<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Nano-dollars as the interface shows money (look.md §10): `$0.0012`, `$0.23`, `$12.34`.
pub fn dollars(nano: i64) -> String {
    let (sign, nano) = (if nano < 0 { "-" } else { "" }, nano.unsigned_abs());
    let rounded = |unit: u64| (nano + unit / 2) / unit;
    if nano == 0 {
        "$0.00".into()
    } else if nano < 10_000_000 {
        format!("{sign}$0.{:04}", rounded(100_000))
    } else {
        let cents = rounded(10_000_000);
        format!("{sign}${}.{:02}", cents / 100, cents % 100)
    }
}

impl From<&Evidence> for EvidenceDto {
    fn from(evidence: &Evidence) -> Self {
        EvidenceDto { kind: name(&evidence.kind), value: evidence.value.clone(), note: evidence.note.clone() }
    }
}

impl From<&Step> for PlanStepDto {
    fn from(step: &Step) -> Self {
        PlanStepDto {
            id: step.id.clone(),
            title: step.title.clone(),
            kind: name(&step.kind),
            assignee: step.assignee.clone(),
            human: step.human.as_ref().map(name),
            instructions: step.instructions.clone(),
            depends_on: step.depends_on.clone(),
            minutes: step.estimate.minutes,
            minutes_low: step.estimate.low,
            minutes_high: step.estimate.high,
            cost_usd: dollars(step.estimate.cost),
            evidence: step.evidence.iter().map(Into::into).collect(),
        }
    }
}

impl PlanDto {
    pub(crate) fn new(
        project: String,
        version: u32,
        plan: &Plan,
        place: PlaceView,
        problems: Vec<String>,
    ) -> Self {
        PlanDto {
            project,
            version,
            hash: plan.hash(),
            title: plan.title.clone(),
            summary: plan.summary.clone(),
            request: plan.request.clone(),
            department: plan.department.clone(),
            complexity: plan.complexity,
            horizon: plan.horizon.clone(),
            template: plan.template.clone(),
            planner: plan.planner.clone(),
            assumptions: plan.assumptions.clone(),
            risks: plan
                .risks
                .iter()
                .map(|it| RiskDto { risk: it.risk.clone(), mitigation: it.mitigation.clone() })
                .collect(),
            steps: plan.steps.iter().map(Into::into).collect(),
            gaps: plan
                .gaps
                .iter()
                .map(|it| GapDto { step: it.step.clone(), capability: it.capability.clone() })
                .collect(),
            critical_minutes: plan.critical_minutes(),
            cost_usd: dollars(plan.cost()),
            place: place.into(),
            problems,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProjectDto {
    pub id: String,
    /// The request that it came from.
    pub request: String,
    pub title: String,
    pub status: String,
    /// A person holds it: nothing new begins until it may go on.
    pub held: bool,
    pub department: String,
    /// Where the project writes.
    pub folder: String,
    /// The folder that it looks at, if that is another one.
    pub source: Option<String>,
    pub place: PlaceDto,
    pub plan_version: u32,
    pub approved_version: Option<u32>,
    pub steps: Vec<StepDto>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StepDto {
    pub id: String,
    pub title: String,
    pub status: String,
    pub assignee: Option<String>,
    pub runs: u32,
    pub summary: Option<String>,
    pub artifacts: Vec<ArtifactDto>,
    pub started_at: Option<Micros>,
    pub finished_at: Option<Micros>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ArtifactDto {
    /// Absolute.
    pub path: String,
    pub sha256: String,
}

impl ArtifactDto {
    fn new(artifact: Artifact, folder: &str) -> Self {
        let path = std::path::Path::new(folder).join(artifact.path).to_string_lossy().into_owned();
        ArtifactDto { path, sha256: artifact.sha256 }
    }
}

impl ProjectDto {
    pub(crate) fn new(view: ProjectView) -> Self {
        let folder = view.folder.clone();
        ProjectDto {
            id: view.id,
            request: view.request,
            title: view.title,
            status: view.status,
            held: view.held,
            department: view.department,
            folder: view.folder,
            source: view.source,
            place: view.place.into(),
            plan_version: view.plan_version,
            approved_version: view.approved_version,
            steps: view.steps.into_iter().map(|step| StepDto::new(step, &folder)).collect(),
            created_at: Micros(view.created_at),
            updated_at: Micros(view.updated_at),
        }
    }
}

impl StepDto {
    fn new(step: StepView, folder: &str) -> Self {
        StepDto {
            id: step.id,
            title: step.title,
            status: step.status,
            assignee: step.assignee,
            runs: step.runs,
            summary: step.summary,
            artifacts: step.artifacts.into_iter().map(|it| ArtifactDto::new(it, folder)).collect(),
            started_at: step.started_at.map(Micros),
            finished_at: step.finished_at.map(Micros),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MemberDto {
    pub name: String,
    /// `model`, `function`, `acp`, `a2a` or `person`.
    pub kind: String,
    pub role: String,
    pub department: String,
    pub reports_to: Option<String>,
    pub lifecycle: String,
    pub updated_at: Micros,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VerificationDto {
    #[specta(type = specta_typescript::Number)]
    pub entries: u64,
    pub head: String,
    pub verified: bool,
    /// Up to which entry a head was kept outside the file; `null` when none was.
    #[specta(type = Option<specta_typescript::Number>)]
    pub anchored_to: Option<u64>,
    /// Whose the head outside is: `own`, signed by this device; `unknown`, signed with a key that nobody compared;
    /// `unsigned`.
    pub signature: String,
    #[specta(type = Option<specta_typescript::Number>)]
    pub signed_to: Option<u64>,
    /// The device that signed it.
    pub signed_by: Option<String>,
    /// Devices that have signed the record, as far as it itself says.
    pub countersigned: Vec<CountersignedDto>,
    /// Entries from the first on that hold in themselves.
    #[specta(type = specta_typescript::Number)]
    pub valid_to: u64,
    /// The first entry that is not what must be there.
    #[specta(type = Option<specta_typescript::Number>)]
    pub first_broken: Option<u64>,
    /// Root of the Merkle tree over all entries.
    pub root: String,
    /// What can be done about the findings.
    pub repair: Option<String>,
    pub unknown_kinds: Vec<String>,
    pub findings: Vec<FindingDto>,
    #[specta(type = specta_typescript::Number)]
    pub more_findings: u64,
}

/// A device that has signed the record up to an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CountersignedDto {
    pub device: String,
    /// Its public key.
    pub key: String,
    #[specta(type = specta_typescript::Number)]
    pub to: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FindingDto {
    #[specta(type = Option<specta_typescript::Number>)]
    pub entry: Option<u64>,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StatusDto {
    pub version: String,
    pub workspace: String,
    pub workspace_id: String,
    #[specta(type = specta_typescript::Number)]
    pub entries: u64,
    /// How commands are confined here: `contained`, `partly` or `none`.
    pub containment: String,
    pub running: u32,
    pub waiting: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_as_the_interface_shows_it() {
        for (nano, shown) in [
            (0, "$0.00"),
            (1_200_000, "$0.0012"),
            (230_000_000, "$0.23"),
            (12_340_000_000, "$12.34"),
            (9_999_999, "$0.0100"),
            (-230_000_000, "-$0.23"),
        ] {
            assert_eq!(dollars(nano), shown);
        }
    }
}
