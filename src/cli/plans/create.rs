//! `keypool plans create`.

use clap::Args;
use keypool_domain::{Inventory, Plan, PlanChange, Price};

use super::limits::LimitArgs;
use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;
use crate::cli::stages;

/// Create a usage plan with limits and stages, and its price-list entry
#[derive(Debug, Args)]
pub(super) struct CreatePlan {
    /// Name of the plan
    #[arg(value_name = "NAME")]
    name: String,
    /// Description
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    #[command(flatten)]
    limits: LimitArgs,
    /// Stage the plan covers, with the API's ID or name; may be repeated
    #[arg(long = "stage", value_name = "API:STAGE")]
    stages: Vec<String>,
    /// AWS Marketplace product code
    #[arg(long, value_name = "CODE")]
    product_code: Option<String>,
    /// Text on the price list; defaults to the description
    #[arg(long, alias = "text", value_name = "TEXT")]
    price_list_text: Option<String>,
    /// Flat price, for example 49 or 49.90
    #[arg(long, value_name = "PRICE")]
    price: Option<Price>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl CreatePlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory_for_change(&[]).await?;
        let new = Plan {
            description: self.description.clone(),
            throttle: self.limits.throttle(),
            quota: self.limits.quota()?,
            stages: stages::find_stages(session, &self.stages, &[]).await?,
            product_code: self.product_code.clone(),
            ..Plan::new("", self.name.as_str())
        };
        let new = new.with_price_list_entry(self.price_list_text.clone(), self.price);
        let is_created = |plan: &Plan| plan.name == self.name;
        let print = |after: &Inventory, format| list::print(after, is_created, format);
        self.change.apply_and_list(session, &before, &PlanChange::Create(new).into(), print).await
    }
}
