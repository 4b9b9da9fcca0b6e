//! `keypool plans create`.

use clap::Args;
use keypool_domain::{Inventory, Plan, PlanChange, Price};

use super::limits::LimitArgs;
use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;
use crate::cli::stages;

/// Create a usage plan with its limits and stages, and its row in the Plans table
#[derive(Debug, Args)]
pub(super) struct CreatePlan {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// Free text
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    #[command(flatten)]
    limits: LimitArgs,
    /// A stage that its keys open, by the API's id or name, as often as there are stages
    #[arg(long = "stage", value_name = "API:STAGE")]
    stages: Vec<String>,
    /// The product code of AWS Marketplace
    #[arg(long, value_name = "CODE")]
    product_code: Option<String>,
    /// The text on the price list, where it is not the description
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// The flat price, as in 49 or 49.90
    #[arg(long, value_name = "PRICE")]
    price: Option<Price>,
    #[command(flatten)]
    changed: ChangeArgs,
}

impl CreatePlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let new = Plan {
            description: self.description.clone(),
            throttle: self.limits.throttle(),
            quota: self.limits.quota()?,
            stages: stages::find_stages(session, &self.stages, &[]).await?,
            product_code: self.product_code.clone(),
            ..Plan::new("", self.name.as_str())
        };
        let new = new.with_price_list_entry(self.text.clone(), self.price);
        let shown = |plan: &Plan| plan.name == self.name;
        let print = |after: &Inventory, format| list::print(after, shown, format);
        self.changed.apply_and_list(session, &before, &PlanChange::Create(new).into(), print).await
    }
}
