//! The one question to ask when a reading is unsure, with ready answers.
//!
//! Owns the wording, in the language of the request where it is one of four. It asks for what is missing, and
//! never repeats more of the request than the object that it asks about.

use cadre_core::intent::{Intent, Question};

use crate::context::Context;
use crate::cues::Lexicon;
use crate::stop_words::{Language, language_of};
use crate::text::Text;

/// How many tokens of a request are enough to know its language.
const LANGUAGE_TOKENS: usize = 60;
const MOST_ANSWERS: usize = 4;

struct Wording {
    empty: (&'static str, [&'static str; 3]),
    content: (&'static str, [&'static str; 3]),
    contradiction: (&'static str, [&'static str; 3]),
    which: (&'static str, [&'static str; 2]),
    referent: (&'static str, [&'static str; 2]),
    goal: (&'static str, [&'static str; 3]),
    handling: &'static str,
    in_project: &'static str,
    /// In the order of `Intent::ALL`.
    ways: [&'static str; 6],
}

const ENGLISH: Wording = Wording {
    empty: ("What should be done?", ["Answer a question", "Do one task", "Plan a project"]),
    content: (
        "The material did not come through. Where is it?",
        ["I will paste it here", "I will attach the file", "Use the last result"],
    ),
    contradiction: (
        "Two parts of this exclude each other. Which one counts?",
        ["The first part", "The second part", "I will put it differently"],
    ),
    which: ("Which one is meant: “{}”?", ["The most recent one", "I will name it"]),
    referent: ("What does this refer to?", ["The last result", "I will describe it"]),
    goal: (
        "What should be different when this is done?",
        ["Suggest three options first", "I will describe the result", "Look at it and report what is wrong"],
    ),
    handling: "How should this be handled?",
    in_project: "The one in project {}",
    ways: [
        "One task for one member",
        "A project with a plan",
        "A new agent",
        "A change to an existing agent",
        "I will say more first",
        "Only an answer",
    ],
};

const GERMAN: Wording = Wording {
    empty: (
        "Was soll getan werden?",
        ["Eine Frage beantworten", "Eine Aufgabe erledigen", "Ein Projekt planen"],
    ),
    content: (
        "Der Inhalt ist nicht angekommen. Wo ist er?",
        ["Ich füge ihn hier ein", "Ich hänge die Datei an", "Nimm das letzte Ergebnis"],
    ),
    contradiction: (
        "Zwei Teile schließen sich aus. Welcher gilt?",
        ["Der erste Teil", "Der zweite Teil", "Ich formuliere es anders"],
    ),
    which: ("Was genau ist gemeint: „{}“?", ["Das neueste", "Ich nenne es"]),
    referent: ("Worauf bezieht sich das?", ["Auf das letzte Ergebnis", "Ich beschreibe es"]),
    goal: (
        "Was soll danach anders sein?",
        [
            "Erst drei Vorschläge machen",
            "Ich beschreibe das Ergebnis",
            "Ansehen und berichten, was nicht stimmt",
        ],
    ),
    handling: "Wie soll das behandelt werden?",
    in_project: "Das im Projekt {}",
    ways: [
        "Eine Aufgabe für ein Mitglied",
        "Ein Projekt mit Plan",
        "Ein neuer Agent",
        "Eine Änderung an einem Agenten",
        "Ich sage erst mehr dazu",
        "Nur eine Antwort",
    ],
};

const FRENCH: Wording = Wording {
    empty: ("Que faut-il faire ?", ["Répondre à une question", "Faire une tâche", "Planifier un projet"]),
    content: (
        "Le contenu n’est pas arrivé. Où se trouve-t-il ?",
        ["Je le colle ici", "Je joins le fichier", "Prends le dernier résultat"],
    ),
    contradiction: (
        "Deux parties se contredisent. Laquelle compte ?",
        ["La première", "La seconde", "Je reformule"],
    ),
    which: ("De quoi s’agit-il exactement : « {} » ?", ["Le plus récent", "Je le précise"]),
    referent: ("À quoi cela se rapporte-t-il ?", ["Au dernier résultat", "Je le décris"]),
    goal: (
        "Qu’est-ce qui doit avoir changé à la fin ?",
        ["Proposer d’abord trois options", "Je décris le résultat", "Examiner et dire ce qui ne va pas"],
    ),
    handling: "Comment faut-il traiter cette demande ?",
    in_project: "Celui du projet {}",
    ways: [
        "Une tâche pour un membre",
        "Un projet avec un plan",
        "Un nouvel agent",
        "Un changement à un agent existant",
        "J’en dis d’abord plus",
        "Seulement une réponse",
    ],
};

const SPANISH: Wording = Wording {
    empty: ("¿Qué hay que hacer?", ["Responder una pregunta", "Hacer una tarea", "Planificar un proyecto"]),
    content: (
        "El contenido no ha llegado. ¿Dónde está?",
        ["Lo pego aquí", "Adjunto el archivo", "Usa el último resultado"],
    ),
    contradiction: (
        "Dos partes se excluyen. ¿Cuál vale?",
        ["La primera parte", "La segunda parte", "Lo digo de otra manera"],
    ),
    which: ("¿A qué se refiere exactamente: «{}»?", ["Lo más reciente", "Lo indico yo"]),
    referent: ("¿A qué se refiere esto?", ["Al último resultado", "Lo describo"]),
    goal: (
        "¿Qué debe ser distinto al terminar?",
        ["Proponer antes tres opciones", "Describo el resultado", "Mirarlo e informar de lo que falla"],
    ),
    handling: "¿Cómo hay que tratar esta petición?",
    in_project: "Lo del proyecto {}",
    ways: [
        "Una tarea para un miembro",
        "Un proyecto con plan",
        "Un agente nuevo",
        "Un cambio en un agente existente",
        "Antes digo más",
        "Solo una respuesta",
    ],
};

fn wording(text: &Text) -> &'static Wording {
    let words = text.tokens.iter().take(LANGUAGE_TOKENS).map(|token| token.text.as_str());
    match language_of(words) {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::French => &FRENCH,
        Language::Spanish => &SPANISH,
    }
}

/// The question for a request with no words in it.
pub(crate) fn for_empty() -> Question {
    fixed(&ENGLISH.empty)
}

/// Asks for what a request leaves out.
pub(crate) fn for_missing(text: &Text, context: &Context) -> Question {
    let wording = wording(text);
    let lexicon = Lexicon::shipped();
    let hits = lexicon.hits(&text.tokens);
    let found = |name: &str| lexicon.class(name).and_then(|class| hits.iter().find(|hit| hit.class == class));
    if text.folded.ends_with(':') || text.folded.contains("```") || found("missing").is_some() {
        return fixed(&wording.content);
    }
    if found("contra").is_some() {
        return fixed(&wording.contradiction);
    }
    if let Some(hit) = found("bareobj") {
        let object: Vec<&str> =
            text.tokens[hit.position..].iter().take(2).map(|token| token.text.as_str()).collect();
        let question = wording.which.0.replace("{}", &object.join(" "));
        return with_projects(question, &wording.which.1, wording, context);
    }
    if found("anaphor").is_some() {
        return with_projects(wording.referent.0.to_owned(), &wording.referent.1, wording, context);
    }
    fixed(&wording.goal)
}

/// Asks which of the likeliest ways of handling is meant.
pub(crate) fn for_choice(text: &Text, likeliest: &[Intent]) -> Question {
    let wording = wording(text);
    let answers = likeliest
        .iter()
        .take(MOST_ANSWERS - 1)
        .filter_map(|wanted| Intent::ALL.iter().position(|intent| intent == wanted))
        .map(|position| wording.ways[position].to_owned())
        .collect();
    Question { text: wording.handling.to_owned(), answers }
}

fn fixed((question, answers): &(&str, [&str; 3])) -> Question {
    Question {
        text: (*question).to_owned(),
        answers: answers.iter().map(|&answer| answer.to_owned()).collect(),
    }
}

/// The newest two projects are the likeliest answers to "which one".
fn with_projects(text: String, fixed: &[&str; 2], wording: &Wording, context: &Context) -> Question {
    let [first, last] = *fixed;
    let mut answers = vec![first.to_owned()];
    let newest = context.projects().iter().rev().take(MOST_ANSWERS - 2);
    answers.extend(newest.map(|project| wording.in_project.replace("{}", project)));
    answers.push(last.to_owned());
    Question { text, answers }
}
