//! Renders existing plans as a file; applying that file changes nothing.

use keypool_domain::Throttle;
use keypool_domain::setup::{DesiredPlan, DesiredPool};

pub(crate) fn render_plans(plans: impl IntoIterator<Item = DesiredPlan>) -> String {
    let header = "# Apply with: keypool setup plan -f FILE. Omitted fields keep their values; \"none\" \
                removes a limit.\n";
    plans.into_iter().fold(header.to_owned(), |file, plan| format!("{file}\n{}", render_plan(&plan)))
}

fn render_plan(plan: &DesiredPlan) -> String {
    let mut lines = vec![format!("[plans.{}]", quote(&plan.name))];
    let mut field =
        |name: &str, value: Option<String>| lines.extend(value.map(|value| format!("{name} = {value}")));
    field("description", plan.description.as_deref().map(quote));
    field(
        "throttle",
        plan.throttle.map(|throttle| throttle.as_ref().map_or_else(none_text, format_throttle)),
    );
    field(
        "quota",
        plan.quota.map(|quota| {
            quota.map_or_else(none_text, |quota| {
                let from_day = if quota.offset > 0 {
                    format!(", from_day = {}", quota.offset + 1)
                } else {
                    String::new()
                };
                format!("{{ limit = {}, period = \"{}\"{from_day} }}", quota.limit, quota.period)
            })
        }),
    );
    let stages = |stages: &Vec<_>| {
        stages
            .iter()
            .map(|stage: &keypool_domain::StageRef| quote(&stage.to_string()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    field("stages", plan.stages.as_ref().map(|all| format!("[{}]", stages(all))));
    field(
        "product_code",
        plan.product_code.as_ref().map(|code| code.as_deref().map_or_else(none_text, quote)),
    );
    field("pool", plan.pool.map(|desired| desired.as_ref().map_or_else(none_text, format_pool)));
    field("text", plan.price_list_text.as_deref().map(quote));
    field("price", plan.price.map(|price| price.to_string()));
    if let Some(methods) = &plan.methods {
        lines.push(format!("[plans.{}.methods]", quote(&plan.name)));
        lines.extend(methods.iter().map(|(stage, method, throttle)| {
            let stage = stage.as_ref().map(|stage| format!("{stage} ")).unwrap_or_default();
            format!("{} = {}", quote(&format!("{stage}{method}")), format_throttle(throttle))
        }));
    }
    lines.join("\n") + "\n"
}

/// The value that removes a limit, a product code or a pool.
fn none_text() -> String {
    quote("none")
}

fn format_throttle(throttle: &Throttle) -> String {
    format!("{{ rate = {}, burst = {} }}", throttle.rate, throttle.burst)
}

fn format_pool(desired: &DesiredPool) -> String {
    let fields = [
        desired.keys.map(|keys| format!("keys = {keys}")),
        desired.strategy.map(|strategy| format!("strategy = \"{strategy}\"")),
        desired.capacity.map(|capacity| format!("capacity = {capacity}")),
    ];
    format!("{{ {} }}", fields.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn quote(text: &str) -> String {
    toml::Value::from(text).to_string()
}
