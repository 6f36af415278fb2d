//! Intake: from a request to its reading. Without a model the embedded reader answers, and says so.

pub(crate) mod by_model;

use cadre_core::intent::{Horizon, Intent, Question, Reading};
use cadre_intake::{ACT_THRESHOLD, Context, EmbeddedReader, Member};
use serde_json::{Value, json};

/// The organisation's departments, and what the reader's ten are called there.
fn department_of(read: &str) -> &'static str {
    match read {
        "engineering" | "research" => "engineering",
        "marketing" | "sales" => "marketing",
        "finance" => "finance",
        "hr" => "hr",
        "operations" | "support" | "legal" => "operations",
        _ => "orchestrator",
    }
}

/// What a request brings along beside its words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Brings {
    /// A folder is attached, so "this repository" is no riddle.
    pub(crate) folder: bool,
    /// A plan template fits.
    pub(crate) template: bool,
}

pub(crate) fn read(
    text: &str,
    members: &[cadre_core::org::Member],
    projects: &[String],
    brings: Brings,
) -> Reading {
    let members = members
        .iter()
        .map(|member| Member {
            name: member.name.clone(),
            department: member.department.clone(),
            is_agent: !member.person,
        })
        .collect();
    let context = Context::new(members, projects.to_vec());
    let reading = EmbeddedReader::shipped().read(text, &context);
    let reading = Reading { department: department_of(&reading.department).to_owned(), ..reading };
    if brings.folder && brings.template { with_what_it_points_at(reading) } else { reading }
}

/// The reader sees only words: "review this repository" is unclear to it when nothing says which. With the folder
/// there, the most probable of the other readings holds.
fn with_what_it_points_at(reading: Reading) -> Reading {
    if reading.intent != Intent::Clarify {
        return reading;
    }
    let clear = 1.0 - reading.confidence;
    let mut others = reading.alternatives.clone();
    if others.is_empty() || clear <= 0.0 {
        return reading;
    }
    for (_, confidence) in &mut others {
        *confidence = (*confidence / clear).min(1.0);
    }
    let (intent, confidence) = others.remove(0);
    Reading { intent, confidence, alternatives: others, question: None, ..reading }
}

/// Whether a reading may be acted on without asking.
pub fn is_sure(reading: &Reading) -> bool {
    reading.intent != Intent::Clarify && reading.confidence >= ACT_THRESHOLD
}

/// The reading as it is stored. Probabilities are texts with four places: a record has no floats.
pub(crate) fn to_record(reading: &Reading) -> Value {
    let mut record = json!({
        "intent": reading.intent.name(),
        "confidence": format!("{:.4}", reading.confidence),
        "alternatives": reading.alternatives.iter()
            .map(|(intent, confidence)| json!([intent.name(), format!("{confidence:.4}")])).collect::<Vec<_>>(),
        "department": reading.department,
        "complexity": reading.complexity,
        "horizon": reading.horizon.map(Horizon::name),
        "reader": reading.reader,
        "question": reading.question.as_ref().map(|question| json!({ "text": question.text, "answers": question.answers })),
    });
    if let Some(answer) = &reading.answer {
        record["answer"] = json!(answer);
    }
    record
}

/// A stored reading; `None` for one that a newer version wrote in another shape.
pub fn from_record(record: &Value) -> Option<Reading> {
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    let alternatives = record["alternatives"].as_array()?;
    let question = &record["question"];
    Some(Reading {
        intent: Intent::from_name(record["intent"].as_str()?)?,
        confidence: number(&record["confidence"])?,
        alternatives: alternatives
            .iter()
            .filter_map(|pair| Some((Intent::from_name(pair[0].as_str()?)?, number(&pair[1])?)))
            .collect(),
        department: record["department"].as_str()?.to_owned(),
        complexity: u8::try_from(record["complexity"].as_u64()?).ok()?,
        horizon: record["horizon"].as_str().and_then(Horizon::from_name),
        reader: record["reader"].as_str()?.to_owned(),
        question: question["text"].as_str().map(|text| Question {
            text: text.to_owned(),
            answers: question["answers"]
                .as_array()
                .map(|answers| answers.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect())
                .unwrap_or_default(),
        }),
        answer: record["answer"].as_str().map(str::to_owned),
    })
}
