//! `keypool plans edit`.

use clap::Args;
use keypool_domain::{PlanEdit, Price};

use super::edit_plan;
use super::limits::LimitArgs;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Change a usage plan, and keep its row in the Plans table true
#[derive(Debug, Args)]
pub(super) struct EditPlan {
    /// The usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    /// Another name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Another description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    limits: LimitArgs,
    /// Take the throttle away
    #[arg(long, conflicts_with = "rate")]
    no_throttle: bool,
    /// Take the quota away
    #[arg(long, conflicts_with = "quota")]
    no_quota: bool,
    /// The product it is sold as on AWS Marketplace; empty takes it away
    #[arg(long, value_name = "CODE")]
    product_code: Option<String>,
    /// Another text on the price list
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Another flat price
    #[arg(long, value_name = "PRICE")]
    price: Option<Price>,
    #[command(flatten)]
    changed: ChangeArgs,
}

impl EditPlan {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let product = |code: &String| Some(code.clone()).filter(|code| !code.is_empty());
        let edit = PlanEdit {
            name: self.name.clone(),
            description: self.description.clone(),
            throttle: if self.no_throttle { Some(None) } else { self.limits.throttle().map(Some) },
            quota: if self.no_quota { Some(None) } else { self.limits.quota()?.map(Some) },
            product_code: self.product_code.as_ref().map(product),
            price_list_text: self.text.clone(),
            price: self.price,
            ..PlanEdit::default()
        };
        edit_plan::edit_plan(&self.changed, session, &before, &plan, edit).await
    }
}
