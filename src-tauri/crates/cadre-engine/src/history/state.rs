//! The values of a state, one line each, and what differs between two states.

use cadre_graph::{Changed, Difference, State};
use serde_json::Value;

/// More of a value is not shown: it can be many megabytes.
const SHOWN: usize = 2_000;

/// A value that is no list and no object, or an empty one, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// A text as it is, anything else as JSON; its beginning where it is long.
    pub text: String,
    /// Of the whole value.
    pub bytes: u64,
    pub cut: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateLeaf {
    /// The channel, then keys of objects and places in lists.
    pub path: Vec<String>,
    pub leaf: Leaf,
}

/// A value that differs. `None` where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    pub path: Vec<String>,
    pub before: Option<Leaf>,
    pub after: Option<Leaf>,
}

/// At most `limit` values, in the order of their paths, and how many there are in all.
pub(crate) fn leaves(state: &State, limit: usize) -> (Vec<StateLeaf>, usize) {
    let mut walk = Walk { limit, found: Vec::new(), count: 0 };
    for (channel, value) in state.iter() {
        walk.value(&mut vec![channel.clone()], value);
    }
    (walk.found, walk.count)
}

struct Walk {
    limit: usize,
    found: Vec<StateLeaf>,
    count: usize,
}

impl Walk {
    fn value(&mut self, path: &mut Vec<String>, value: &Value) {
        let mut inner = |name: String, value: &Value| {
            path.push(name);
            self.value(path, value);
            path.pop();
        };
        match value {
            Value::Object(map) if !map.is_empty() => {
                map.iter().for_each(|(key, value)| inner(key.clone(), value))
            }
            Value::Array(items) if !items.is_empty() => {
                items.iter().enumerate().for_each(|(index, value)| inner(index.to_string(), value));
            }
            value => {
                self.count += 1;
                if self.found.len() < self.limit {
                    self.found.push(StateLeaf { path: path.clone(), leaf: leaf(value) });
                }
            }
        }
    }
}

fn leaf(value: &Value) -> Leaf {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let bytes = text.len() as u64;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => Leaf { text: text[..end].to_owned(), bytes, cut: true },
        None => Leaf { text, bytes, cut: false },
    }
}

/// At most `limit` values that differ, in the order of their paths, and how many do in all. Values are compared whole,
/// however much of them is shown. What is there on one side only is told value by value.
pub(crate) fn differences(before: &State, after: &State, limit: usize) -> (Vec<StateChange>, usize) {
    let (mut found, mut count) = (Vec::new(), 0);
    for Difference { path, change } in before.diff(after) {
        let path = parts(&path);
        let (before, after) = match change {
            Changed::Replaced { before, after } => (Some(leaf(&before)), Some(leaf(&after))),
            Changed::Added { after } => {
                count += one_sided(&path, &after, limit, &mut found, |leaf| (None, Some(leaf)));
                continue;
            }
            Changed::Removed { before } => {
                count += one_sided(&path, &before, limit, &mut found, |leaf| (Some(leaf), None));
                continue;
            }
        };
        count += 1;
        if found.len() < limit {
            found.push(StateChange { path, before, after });
        }
    }
    (found, count)
}

fn one_sided(
    path: &[String],
    value: &Value,
    limit: usize,
    found: &mut Vec<StateChange>,
    side: impl Fn(Leaf) -> (Option<Leaf>, Option<Leaf>),
) -> usize {
    let mut walk = Walk { limit: limit.saturating_sub(found.len()), found: Vec::new(), count: 0 };
    walk.value(&mut path.to_vec(), value);
    found.extend(walk.found.into_iter().map(|StateLeaf { path, leaf }| {
        let (before, after) = side(leaf);
        StateChange { path, before, after }
    }));
    walk.count
}

/// The parts of a JSON pointer.
fn parts(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}

#[cfg(test)]
mod tests {
    use cadre_graph::ChannelChange;
    use serde_json::json;

    use super::*;

    fn state(value: &Value) -> State {
        let mut state = State::default();
        for (channel, value) in value.as_object().expect("an object") {
            state.apply(channel, ChannelChange::Set(value.clone()));
        }
        state
    }

    fn told(before: &Value, after: &Value) -> Vec<String> {
        let (found, count) = differences(&state(before), &state(after), 100);
        assert_eq!(found.len(), count);
        let side = |leaf: Option<Leaf>| leaf.map_or("nothing".to_owned(), |leaf| leaf.text);
        found
            .into_iter()
            .map(|it| format!("{}: {} -> {}", it.path.join("."), side(it.before), side(it.after)))
            .collect()
    }

    #[test]
    fn only_values_that_differ_are_told_each_by_its_path() {
        let before =
            json!({ "ended": { "a": "completed" }, "list": [1, 2], "plan": "x", "same": { "deep": [1] } });
        let after = json!({ "ended": { "a": "completed", "b": { "how": "skipped" } }, "list": [1, 3, 4], "plan": { "y": 1 },
                            "same": { "deep": [1] } });
        assert_eq!(
            told(&before, &after),
            [
                "ended.b.how: nothing -> skipped",
                "list.1: 2 -> 3",
                "list.2: nothing -> 4",
                "plan: x -> {\"y\":1}",
            ]
        );
        assert_eq!(told(&before, &before), Vec::<String>::new());
        assert_eq!(told(&json!({ "a": [] }), &json!({ "a": {} })), ["a: [] -> {}"], "empty is not nothing");
        assert_eq!(told(&json!({ "a": "1" }), &json!({ "a": 1 })), ["a: 1 -> 1"], "a text is no number");
    }

    #[test]
    fn keys_with_marks_of_a_path_stay_as_they_are() {
        assert_eq!(
            told(&json!({ "a/b": { "c~d": 1 } }), &json!({ "a/b": { "c~d": 2 } })),
            ["a/b.c~d: 1 -> 2"]
        );
    }

    #[test]
    fn places_of_a_list_stand_in_the_order_of_numbers() {
        let many: Vec<usize> = (0..12).collect();
        let paths = told(&json!({}), &json!({ "list": many }));
        assert!(paths[10].starts_with("list.10"), "{paths:?}");
    }

    #[test]
    fn a_long_value_is_cut_between_characters_and_compared_whole() {
        let long = "ä".repeat(SHOWN + 5);
        let (found, count) = leaves(&state(&json!({ "a": long, "b": { "c": 1, "d": null } })), 2);
        assert_eq!((found.len(), count), (2, 3), "what is more is counted");
        assert!(found[0].leaf.cut && found[0].leaf.text.chars().count() == SHOWN);
        assert_eq!(found[0].leaf.bytes, long.len() as u64);
        let other = format!("{}b", &long[..long.len() - 2]);
        let (found, _) = differences(&state(&json!({ "a": long })), &state(&json!({ "a": other })), 9);
        assert_eq!(found.len(), 1, "they differ where nothing is shown any more");
    }

    #[test]
    fn more_than_the_limit_is_counted() {
        let (found, count) = differences(&State::default(), &state(&json!({ "a": [1, 2, 3] })), 2);
        assert_eq!((found.len(), count), (2, 3));
    }
}
