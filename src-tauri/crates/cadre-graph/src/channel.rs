//! Channels: the parts of a thread's state, each with the rule by which writes change it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Old value and one write to new value.
pub type ReducerFn = dyn Fn(&Value, &Value) -> Value + Send + Sync;

/// How a channel takes writes.
#[derive(Clone)]
pub enum Reducer {
    /// The newest value. Two writes in one superstep are an error that names both writers.
    Last,
    /// A list; each write is a list whose items are added at the end.
    Append,
    /// A map; each write is a map whose keys replace those of the same name.
    Merge,
    /// Own rule: the old value (null at first) and one write give the new value.
    Custom(Arc<ReducerFn>),
}

impl fmt::Debug for Reducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reducer::Last => "Last",
            Reducer::Append => "Append",
            Reducer::Merge => "Merge",
            Reducer::Custom(_) => "Custom",
        })
    }
}

/// What one superstep did to one channel. This, not the whole value, is what a checkpoint stores.
#[derive(Debug, Clone, PartialEq)]
pub enum ChannelChange {
    Set(Value),
    Append(Vec<Value>),
    Merge(Map<String, Value>),
    /// The channel has no value any more.
    Remove,
}

/// The values of all channels at one checkpoint. A clone shares them: every node gets its own, whatever their size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State(BTreeMap<String, Arc<Value>>);

#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("channel `{channel}` has no value")]
    Missing { channel: String },
    #[error("channel `{channel}` holds another type: {source}")]
    Type { channel: String, source: serde_json::Error },
    #[error("graph has no channel `{channel}` (written by `{writer}`)")]
    UnknownChannel { channel: String, writer: String },
    #[error("two writes to last-value channel `{channel}` in one superstep: `{first}` and `{second}`")]
    TwoWrites { channel: String, first: String, second: String },
    #[error("channel `{channel}` takes {expected}, `{writer}` wrote {found}")]
    Shape { channel: String, writer: String, expected: &'static str, found: &'static str },
}

impl State {
    pub fn value(&self, channel: &str) -> Option<&Value> {
        self.0.get(channel).map(AsRef::as_ref)
    }

    /// # Errors
    /// The channel has no value yet, or one of another type.
    pub fn get<T: DeserializeOwned>(&self, channel: &str) -> Result<T, StateError> {
        let value = self.value(channel).ok_or_else(|| StateError::Missing { channel: channel.into() })?;
        T::deserialize(value).map_err(|source| StateError::Type { channel: channel.into(), source })
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter().map(|(channel, value)| (channel, value.as_ref()))
    }

    pub fn into_value(self) -> Value {
        Value::Object(
            self.0.into_iter().map(|(channel, value)| (channel, Arc::unwrap_or_clone(value))).collect(),
        )
    }

    /// Applies a stored change. Changes are applied from the oldest to the newest.
    pub fn apply(&mut self, channel: &str, change: ChannelChange) {
        match change {
            ChannelChange::Set(value) => {
                self.0.insert(channel.to_owned(), Arc::new(value));
            }
            ChannelChange::Remove => {
                self.0.remove(channel);
            }
            ChannelChange::Append(items) => match self.changed(channel, || Value::Array(Vec::new())) {
                Value::Array(list) => list.extend(items),
                other => *other = Value::Array(items),
            },
            ChannelChange::Merge(entries) => match self.changed(channel, || Value::Object(Map::new())) {
                Value::Object(map) => map.extend(entries),
                other => *other = Value::Object(entries),
            },
        }
    }
}

impl State {
    /// The same values under other names: those that the map leads to, and no others.
    pub(crate) fn renamed(&self, names: &BTreeMap<String, String>) -> State {
        let renamed = names.iter().filter_map(|(name, from)| Some((name.clone(), self.0.get(from)?.clone())));
        State(renamed.collect())
    }

    /// The value of a channel to change, a copy of it only where somebody else still looks at the one before.
    fn changed(&mut self, channel: &str, empty: impl FnOnce() -> Value) -> &mut Value {
        Arc::make_mut(self.0.entry(channel.to_owned()).or_insert_with(|| Arc::new(empty())))
    }
}

/// One write of one task to one channel.
pub(crate) struct Write<'a> {
    pub(crate) writer: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) value: &'a Value,
}

/// Folds the writes of a superstep, in their given order, into changes per channel.
pub(crate) fn reduce(
    reducers: &BTreeMap<String, Reducer>,
    state: &State,
    writes: &[Write<'_>],
) -> Result<BTreeMap<String, ChannelChange>, StateError> {
    let mut changes: BTreeMap<String, ChannelChange> = BTreeMap::new();
    let mut last_writer: BTreeMap<&str, &str> = BTreeMap::new();
    for write in writes {
        let Some(reducer) = reducers.get(write.channel) else {
            return Err(StateError::UnknownChannel {
                channel: write.channel.into(),
                writer: write.writer.into(),
            });
        };
        match reducer {
            Reducer::Last => {
                if let Some(first) = last_writer.insert(write.channel, write.writer) {
                    return Err(StateError::TwoWrites {
                        channel: write.channel.into(),
                        first: first.into(),
                        second: write.writer.into(),
                    });
                }
                changes.insert(write.channel.into(), ChannelChange::Set(write.value.clone()));
            }
            Reducer::Append => {
                let Value::Array(items) = write.value else { return Err(shape(write, "a list")) };
                match changes.entry(write.channel.into()).or_insert_with(|| ChannelChange::Append(Vec::new()))
                {
                    ChannelChange::Append(list) => list.extend(items.iter().cloned()),
                    _ => unreachable!("a channel has one reducer, so one kind of change"),
                }
            }
            Reducer::Merge => {
                let Value::Object(entries) = write.value else { return Err(shape(write, "a map")) };
                match changes.entry(write.channel.into()).or_insert_with(|| ChannelChange::Merge(Map::new()))
                {
                    ChannelChange::Merge(map) => map.extend(entries.clone()),
                    _ => unreachable!("a channel has one reducer, so one kind of change"),
                }
            }
            Reducer::Custom(rule) => {
                let old = match changes.get(write.channel) {
                    Some(ChannelChange::Set(value)) => value.clone(),
                    _ => state.value(write.channel).cloned().unwrap_or(Value::Null),
                };
                changes.insert(write.channel.into(), ChannelChange::Set(rule(&old, write.value)));
            }
        }
    }
    Ok(changes)
}

fn shape(write: &Write<'_>, expected: &'static str) -> StateError {
    let found = match write.value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    };
    StateError::Shape { channel: write.channel.into(), writer: write.writer.into(), expected, found }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(reducer: Reducer, old: Option<Value>, writes: &[Value]) -> Result<Value, String> {
        let mut state = State::default();
        if let Some(old) = old {
            state.apply("c", ChannelChange::Set(old));
        }
        let reducers = BTreeMap::from([("c".to_owned(), reducer)]);
        let names: Vec<String> = (0..writes.len()).map(|n| format!("node{n}")).collect();
        let writes: Vec<Write<'_>> =
            writes.iter().zip(&names).map(|(value, writer)| Write { writer, channel: "c", value }).collect();
        let changes = reduce(&reducers, &state, &writes).map_err(|error| error.to_string())?;
        for (channel, change) in changes {
            state.apply(&channel, change);
        }
        Ok(state.value("c").cloned().unwrap_or(Value::Null))
    }

    #[test]
    fn each_reducer_takes_writes_by_its_rule() {
        let sum = Reducer::Custom(Arc::new(|old, new| {
            json!(old.as_i64().unwrap_or(0) + new.as_i64().unwrap_or(0))
        }));
        assert_eq!(check(Reducer::Last, Some(json!(1)), &[json!(2)]), Ok(json!(2)));
        assert_eq!(
            check(Reducer::Append, Some(json!([1])), &[json!([2]), json!([3, 4])]),
            Ok(json!([1, 2, 3, 4]))
        );
        assert_eq!(
            check(Reducer::Merge, Some(json!({"a": 1, "b": 1})), &[json!({"b": 2}), json!({"c": 3})]),
            Ok(json!({"a": 1, "b": 2, "c": 3}))
        );
        assert_eq!(check(sum, Some(json!(1)), &[json!(2), json!(3)]), Ok(json!(6)));
    }

    #[test]
    fn a_write_that_the_channel_cannot_take_names_the_writers() {
        assert_eq!(
            check(Reducer::Last, None, &[json!(1), json!(2)]),
            Err("two writes to last-value channel `c` in one superstep: `node0` and `node1`".into())
        );
        assert_eq!(
            check(Reducer::Append, None, &[json!(1)]),
            Err("channel `c` takes a list, `node0` wrote a number".into())
        );
    }
}
