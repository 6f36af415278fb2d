//! Keys of services: in, and out again. No operation gives one back.

use cadre_core::secret::Secret;
use cadre_engine::{KeyView, NewKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use specta::Type;

use crate::dto::Micros;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::model::ModelDto;
use crate::operations::system::Nothing;

/// A key on its way in. Neither `Debug` nor `Clone`.
///
/// It is written in one place, to the socket of the host that a person's own program joined.
pub struct EnteredKey(Secret<String>);

impl EnteredKey {
    pub fn new(key: Secret<String>) -> Self {
        EnteredKey(key)
    }
}

impl Serialize for EnteredKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for EnteredKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|key| EnteredKey(Secret::new(key)))
    }
}

#[derive(Serialize, Deserialize, Type)]
pub struct KeyInput {
    pub kind: String,
    /// The only address that it is ever sent to; without one, where this kind usually is.
    pub address: Option<String>,
    /// Without one, the host takes the variable of its environment that `model.discover` offered.
    #[specta(type = Option<String>)]
    pub key: Option<EnteredKey>,
}

/// A key that the service took and the vault keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AddedKeyDto {
    pub name: String,
    pub kind: String,
    pub address: String,
    /// `keychain`, `file` or `memory`.
    pub vault: String,
    /// The models that it gives.
    pub models: Vec<ModelDto>,
}

/// Tests a key by asking the service for its models, and keeps it if the service takes it.
pub struct Add;

impl Operation for Add {
    const NAME: &'static str = "key.add";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    const DECIDES: bool = true;
    const SECRET: bool = true;
    type Input = KeyInput;
    type Output = AddedKeyDto;

    async fn run(api: &Api, caller: &Caller, input: KeyInput) -> Result<AddedKeyDto, ApiError> {
        let key = input.key.map_or(NewKey::FromEnvironment, |key| NewKey::Typed(key.0));
        let added = api.engine.add_key(&input.kind, input.address.as_deref(), key, &caller.person).await?;
        Ok(AddedKeyDto {
            name: added.name,
            kind: added.kind.name().into(),
            address: added.address,
            vault: added.vault.name().into(),
            models: added.models.into_iter().map(Into::into).collect(),
        })
    }
}

/// A key by its name; the key itself is shown nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct KeyDto {
    pub name: String,
    pub kind: String,
    pub address: String,
    /// `keychain`, `file` or `memory`.
    pub vault: String,
    /// `kept`; `entered` if the program ended while it was being kept; `revoked` if it could not be removed yet;
    /// `lost` if it was in the memory of an earlier run.
    pub state: String,
    pub by: String,
    pub changed_at: Micros,
}

impl From<KeyView> for KeyDto {
    fn from(view: KeyView) -> Self {
        KeyDto {
            name: view.name,
            kind: view.kind,
            address: view.address,
            vault: view.vault,
            state: if view.lost { "lost" } else { view.state.name() }.into(),
            by: view.by,
            changed_at: Micros(view.changed_at),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct KeyName {
    pub key: String,
}

/// Stops using a key, disables what used it, and removes it. Less is allowed afterwards, so no decision is needed.
pub struct Revoke;

impl Operation for Revoke {
    const NAME: &'static str = "key.revoke";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    type Input = KeyName;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, input: KeyName) -> Result<Nothing, ApiError> {
        api.engine.revoke_key(&input.key, &caller.person).await?;
        Ok(Nothing {})
    }
}
