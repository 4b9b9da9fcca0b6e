//! `keypool plans edit`.

use clap::Args;
use keypool_domain::{PlanEdit, Price};

use super::edit_plan;
use super::limits::LimitArgs;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Change a usage plan and its price-list entry
#[derive(Debug, Args)]
pub(super) struct EditPlan {
    /// Usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    /// New name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// New description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    limits: LimitArgs,
    /// Remove the throttle
    #[arg(long, conflicts_with = "rate")]
    no_throttle: bool,
    /// Remove the quota
    #[arg(long, conflicts_with = "quota")]
    no_quota: bool,
    /// AWS Marketplace product code; empty to remove it
    #[arg(long, value_name = "CODE")]
    product_code: Option<String>,
    /// New text on the price list
    #[arg(long, alias = "text", value_name = "TEXT")]
    price_list_text: Option<String>,
    /// New flat price
    #[arg(long, value_name = "PRICE")]
    price: Option<Price>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl EditPlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let unless_empty = |code: &String| Some(code.clone()).filter(|code| !code.is_empty());
        let edit = PlanEdit {
            name: self.name.clone(),
            description: self.description.clone(),
            throttle: if self.no_throttle { Some(None) } else { self.limits.throttle().map(Some) },
            quota: if self.no_quota { Some(None) } else { self.limits.quota()?.map(Some) },
            product_code: self.product_code.as_ref().map(unless_empty),
            price_list_text: self.price_list_text.clone(),
            price: self.price,
            ..PlanEdit::default()
        };
        edit_plan::edit_plan(&self.change, session, &before, &plan, edit).await
    }
}
