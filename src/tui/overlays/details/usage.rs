//! What is said of usage in the details.

use keypool_domain::usage::Standing;
use keypool_domain::{ApiKeyId, PlanId};

use crate::tui::app::App;
use crate::tui::panes::{figures, usage};

use super::facts::{Fact, fact};

/// Where the keys of a plan stand together.
pub(super) fn of_plan(app: &App, plan: &PlanId) -> Vec<Fact> {
    of_standing(app, app.usage().and_then(|index| index.plan(plan)), String::new(), usage::FIRST)
}

/// Where a key stands; of one that is shared, what all who share it used.
pub(super) fn of_key(app: &App, plan: &PlanId, key: &ApiKeyId) -> Vec<Fact> {
    let shared = app.known().map(|inventory| usage::who(inventory, key));
    let shared =
        shared.filter(|who| who.starts_with("shared")).map_or_else(String::new, |who| format!(" · {who}"));
    of_standing(app, app.usage().and_then(|index| index.key(plan, key)), shared, usage::RUNS_OUT)
}

fn of_standing(app: &App, standing: Option<&Standing>, shared: String, ends: &str) -> Vec<Fact> {
    let Some(standing) = standing else {
        return app.usage().map(|_| fact("used", "–")).into_iter().collect();
    };
    let role = figures::role(standing, figures::wrong(standing));
    let percent = standing.whole_percent().map_or_else(String::new, |percent| format!(" · {percent}%"));
    let used = format!("{}{percent}{shared}", usage::used(standing));
    vec![Fact { role, ..fact("used", used) }, Fact { role, ..fact("pace", usage::pace(standing, ends)) }]
}
