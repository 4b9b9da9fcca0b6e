//! Sets whether methods require an API key. Takes effect with the next deployment.

use crate::change::operation::{Effects, Operation, Record, Scope, Subject};
use crate::step::{InfrastructureStep, Step, Unit};
use crate::{Inventory, MethodRef, Refusal};

pub(crate) struct RequireKeys<'a> {
    pub(crate) api: &'a str,
    /// Resource id and method.
    pub(crate) methods: &'a [(String, MethodRef)],
    pub(crate) required: bool,
}

impl Operation for RequireKeys<'_> {
    fn units(&self, _: &Inventory) -> Result<Vec<Unit>, Refusal> {
        if self.methods.is_empty() {
            return Err(Refusal::NoDifference);
        }
        let unit = |(resource, method): &(String, MethodRef)| {
            let (api, resource, method) = (self.api.to_owned(), resource.clone(), method.clone());
            let subject = method.to_string();
            let step = InfrastructureStep::RequireKey { api, resource, method, required: self.required };
            Unit { subject, steps: vec![Step::Infrastructure(step)] }
        };
        Ok(self.methods.iter().map(unit).collect())
    }

    fn describe(&self, _: &Inventory) -> String {
        let methods: Vec<_> = self.methods.iter().map(|(_, method)| method.to_string()).collect();
        let verb = if self.required { "require an API key for" } else { "require no API key for" };
        format!("{verb} {}", methods.join(", "))
    }

    /// Edited methods affect callers only after a deployment.
    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let caution = "takes effect when the API is deployed".to_owned();
        Effects { scope: Scope::new(inventory), cautions: vec![caution], needs_confirmation: false }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}
