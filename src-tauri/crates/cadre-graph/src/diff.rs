//! What differs between two states, part by part.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::channel::State;

/// One part that is in only one of two states, or not the same in both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Where: a JSON pointer (RFC 6901) whose first part is the channel.
    pub path: String,
    #[serde(flatten)]
    pub change: Changed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Changed {
    Added { after: Value },
    Removed { before: Value },
    Replaced { before: Value, after: Value },
}

impl State {
    /// What is in `other` and not here, here and not in `other`, and not the same in both: the smallest parts of it, in
    /// the order of their paths. Lists are compared place by place, so what was appended is what was added.
    pub fn diff(&self, other: &State) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut channels: Vec<&String> =
            self.iter().chain(other.iter()).map(|(channel, _)| channel).collect();
        channels.sort();
        channels.dedup();
        for channel in channels {
            compare(&step("", channel), self.value(channel), other.value(channel), &mut found);
        }
        found
    }
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    let change = match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                compare(&step(path, key), before.get(key), after.get(key), found);
            }
            return;
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for index in 0..before.len().max(after.len()) {
                compare(&step(path, &index.to_string()), before.get(index), after.get(index), found);
            }
            return;
        }
        (Some(before), Some(after)) if before == after => return,
        (Some(before), Some(after)) => Changed::Replaced { before: before.clone(), after: after.clone() },
        (Some(before), None) => Changed::Removed { before: before.clone() },
        (None, Some(after)) => Changed::Added { after: after.clone() },
        (None, None) => return,
    };
    found.push(Difference { path: path.to_owned(), change });
}

fn step(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::channel::ChannelChange;

    fn state(value: &Value) -> State {
        let mut state = State::default();
        for (channel, value) in value.as_object().cloned().unwrap_or_default() {
            state.apply(&channel, ChannelChange::Set(value));
        }
        state
    }

    #[test]
    fn only_the_smallest_parts_that_differ_are_named() {
        let before = state(&json!({"log": [1, 2], "plan": {"a/b": 1, "same": {"x": [0]}}, "gone": null}));
        let after =
            state(&json!({"log": [1, 3, {"n": 4}], "plan": {"a/b": "1", "same": {"x": [0]}}, "new": {}}));
        let said: Vec<String> = before
            .diff(&after)
            .into_iter()
            .map(|it| serde_json::to_string(&it).expect("differences are plain data"))
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        {"path":"/gone","change":"removed","before":null}
        {"path":"/log/1","change":"replaced","before":2,"after":3}
        {"path":"/log/2","change":"added","after":{"n":4}}
        {"path":"/new","change":"added","after":{}}
        {"path":"/plan/a~1b","change":"replaced","before":1,"after":"1"}
        "#);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3i64).prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a~/]", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_exactly_where_states_are_equal(one in any_value(), two in any_value()) {
            let (before, after) = (state(&json!({"c": one})), state(&json!({"c": two})));
            prop_assert_eq!(before.diff(&after).is_empty(), one == two);
            prop_assert_eq!(before.diff(&after).len(), after.diff(&before).len());
        }
    }
}
