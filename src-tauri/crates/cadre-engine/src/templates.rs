//! Plan templates, and choosing one for a request without a model.

use cadre_core::plan::{
    Estimate, Evidence, EvidenceKind, FolderUse, Gap, HumanRole, Plan, Risk, Step, StepKind,
};
use cadre_intake::retrieval::{Document, FIT_THRESHOLD, Retriever};
use serde::Deserialize;

use crate::agent_file::nano_usd;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Template {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) department: String,
    pub(crate) complexity: u8,
    pub(crate) horizon: String,
    pub(crate) folder: FolderUse,
    pub(crate) summary: String,
    pub(crate) examples: Vec<String>,
    #[serde(default)]
    pub(crate) assumptions: Vec<String>,
    #[serde(default)]
    pub(crate) risks: Vec<Risk>,
    pub(crate) steps: Vec<TemplateStep>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateStep {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) kind: StepKind,
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    #[serde(default)]
    pub(crate) assignee: Option<String>,
    /// Who carries the step out when its agent cannot run. A person in any case; the file says it to its reader.
    #[serde(default, rename = "fallback")]
    _fallback: Option<Fallback>,
    #[serde(default)]
    pub(crate) human: Option<HumanRole>,
    pub(crate) instructions: String,
    #[serde(default)]
    pub(crate) depends_on: Vec<String>,
    pub(crate) estimate: TemplateEstimate,
    pub(crate) evidence: Vec<TemplateEvidence>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fallback {
    Person,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateEstimate {
    pub(crate) minutes: u32,
    pub(crate) low: u32,
    pub(crate) high: u32,
    pub(crate) cost_usd: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateEvidence {
    pub(crate) kind: EvidenceKind,
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) note: String,
}

impl Template {
    /// # Errors
    /// The text is no template; the message says where.
    pub(crate) fn parse(text: &str) -> Result<Template, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    /// The plan for `request`. `assign` names a member for capabilities where the template's own is not there.
    pub(crate) fn plan(&self, request: &str, assign: impl Fn(&TemplateStep) -> Option<String>) -> Plan {
        let mut gaps = Vec::new();
        let steps = self
            .steps
            .iter()
            .map(|step| {
                let assignee = assign(step).or_else(|| step.assignee.clone());
                if assignee.is_none() && step.human.is_none() {
                    gaps.extend(
                        step.needs
                            .iter()
                            .map(|capability| Gap { step: step.id.clone(), capability: capability.clone() }),
                    );
                }
                Step {
                    id: step.id.clone(),
                    title: step.title.clone(),
                    kind: step.kind,
                    needs: step.needs.clone(),
                    assignee,
                    human: step.human,
                    instructions: step.instructions.replace("{request}", request),
                    depends_on: step.depends_on.clone(),
                    estimate: Estimate {
                        minutes: step.estimate.minutes,
                        low: step.estimate.low,
                        high: step.estimate.high,
                        cost: nano_usd(step.estimate.cost_usd),
                    },
                    evidence: step
                        .evidence
                        .iter()
                        .map(|it| Evidence { kind: it.kind, value: it.value.clone(), note: it.note.clone() })
                        .collect(),
                }
            })
            .collect();
        Plan {
            title: self.title.clone(),
            summary: self.summary.trim().to_owned(),
            request: request.to_owned(),
            department: self.department.clone(),
            complexity: self.complexity,
            horizon: self.horizon.clone(),
            folder: self.folder,
            workplace: None,
            attachments: Vec::new(),
            template: Some(self.id.clone()),
            planner: "templates".into(),
            assumptions: self.assumptions.clone(),
            risks: self.risks.clone(),
            steps,
            gaps,
        }
    }
}

/// How much better than the second a template has to be.
const STANDS_OUT: f64 = 1.05;

/// The templates with their index.
pub(crate) struct Library {
    templates: Vec<Template>,
    retriever: Retriever,
}

impl Library {
    pub(crate) fn new(templates: Vec<Template>) -> Self {
        let documents: Vec<Document> = templates
            .iter()
            .map(|template| Document {
                id: template.id.clone(),
                title: template.title.clone(),
                text: template.summary.clone(),
                examples: template.examples.clone(),
            })
            .collect();
        Library { retriever: Retriever::new(&documents), templates }
    }

    /// The template that fits best, or `None` when none fits: too little of the request is about it, or another
    /// fits as well, which means that only a word of everyday use was found.
    pub(crate) fn choose(&self, request: &str) -> Option<&Template> {
        let best = self.retriever.best(request, 2);
        let (id, score) = best.first()?;
        let stands_out = best.get(1).is_none_or(|(_, second)| *score >= second * STANDS_OUT);
        let fits = *score >= FIT_THRESHOLD && stands_out;
        fits.then(|| self.templates.iter().find(|template| template.id == *id))?
    }
}

/// A plan for a request that no template fits: people do it, and the plan says why.
pub(crate) fn by_people(request: &str, department: &str) -> Plan {
    let step = |id: &str, title: &str, human, instructions: &str, depends_on: &[&str], minutes: u32| Step {
        id: id.into(),
        title: title.into(),
        kind: StepKind::HumanApproval,
        needs: Vec::new(),
        assignee: None,
        human: Some(human),
        instructions: instructions.replace("{request}", request),
        depends_on: depends_on.iter().map(|id| (*id).to_owned()).collect(),
        estimate: Estimate { minutes, low: minutes / 2, high: minutes * 4, cost: 0 },
        evidence: vec![Evidence {
            kind: EvidenceKind::PersonAccepts,
            value: title.to_lowercase(),
            note: "the one who did it says that it is done".into(),
        }],
    };
    Plan {
        title: title_of(request),
        summary: "No plan template fits this request and no model is configured, so people carry it out. Configure a \
                  model in System to have it planned in detail."
            .into(),
        request: request.to_owned(),
        department: department.to_owned(),
        complexity: 5,
        horizon: "days".into(),
        folder: FolderUse::None,
        workplace: None,
            attachments: Vec::new(),
        template: None,
        planner: "templates".into(),
        assumptions: vec!["Whoever takes this on knows more about it than the templates do".into()],
        risks: vec![Risk {
            risk: "The request needs more steps than are shown".into(),
            mitigation: "The first step asks for a direction before any work begins".into(),
        }],
        steps: vec![
            step(
                "direction",
                "Say how this is to be done",
                HumanRole::Strategy,
                "The request was: {request}\nWrite down what a good result looks like, who does it and by when.",
                &[],
                20,
            ),
            step(
                "work",
                "Carry it out",
                HumanRole::Guidance,
                "Carry the request out as the direction says, and note what was done: {request}",
                &["direction"],
                120,
            ),
            step("accept", "Accept the result", HumanRole::Approval, "Compare the result with the direction.", &["work"], 15),
        ],
        gaps: Vec::new(),
    }
}

/// The first line of a request, short enough for a title.
fn title_of(request: &str) -> String {
    const LENGTH: usize = 80;
    let line = request.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Request");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::pack;

    #[test]
    fn twenty_unlike_requests_each_get_a_fitting_plan_of_their_own() {
        let library = Library::new(pack::templates());
        let cases = [
            ("look over this codebase and tell me how healthy it is", "repository-health-review"),
            ("the search page crashes when the query is empty, fix it", "bug-fix"),
            ("add csv export to the reports page", "feature-implementation"),
            ("check our web service for security holes before we go live", "security-review"),
            ("get version 2.4 ready to ship: changelog, tags, checks", "release-preparation"),
            ("write user documentation for the command line tool", "documentation"),
            ("upgrade all outdated dependencies without breaking anything", "dependency-upgrade"),
            ("plan a launch campaign for our new product in march", "marketing-campaign"),
            ("write a blog article about how we cut our build times", "blog-article"),
            ("who are our main competitors and what do they charge", "competitor-analysis"),
            ("research the market for e-bikes in the netherlands", "market-research"),
            ("draw up next year's budget for the department", "budget-plan"),
            ("monthly financial report for october", "monthly-financial-report"),
            ("where can we cut costs? review our subscriptions and spending", "cost-review"),
            ("we need to hire two backend developers, make a hiring plan", "hiring-plan"),
            ("prepare the onboarding of our new designer starting monday", "onboarding"),
            ("draft a remote work policy", "policy-drafting"),
            ("our invoicing process takes too long, improve it", "process-improvement"),
            ("choose a vendor for our helpdesk software", "vendor-selection"),
            ("write the post mortem for last night's outage", "incident-review"),
        ];
        let mut seen = BTreeSet::new();
        for (request, expected) in cases {
            let chosen = library.choose(request).map(|template| template.id.as_str());
            assert_eq!(chosen, Some(expected), "for: {request}");
            seen.insert(expected);
        }
        assert_eq!(seen.len(), 20, "twenty unlike requests, twenty different plans");
    }

    #[test]
    fn a_request_that_fits_none_goes_to_people_and_says_why() {
        let library = Library::new(pack::templates());
        let request = "find out why my tomatoes die";
        for unfit in
            [request, "buy milk", "zebra quartz lantern", "paint the office green", "teach my dog to sit"]
        {
            let chosen = library.choose(unfit).map(|template| &template.id);
            assert_eq!(chosen, None, "nothing fits, and nothing is pretended to: {unfit}");
        }
        let plan = by_people(request, "operations");
        assert_eq!(plan.problems(|_| false), [], "a plan of people can be approved as it is");
        assert!(plan.summary.contains("No plan template fits"), "it says why people do it");
    }
}
