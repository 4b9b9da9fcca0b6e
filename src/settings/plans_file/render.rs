//! Renders existing plans as a file; applying that file changes nothing.

use keypool_domain::setup::{DesiredPlan, DesiredPool};
use keypool_domain::text::is_unsafe_in_terminal;
use keypool_domain::{StageRef, Throttle};

/// Renders plans; `stage_text` is how a stage is written in the file.
pub(crate) fn render_plans(
    plans: impl IntoIterator<Item = DesiredPlan>,
    stage_text: &dyn Fn(&StageRef) -> String,
) -> String {
    let header = "# Apply with: keypool setup plan -f FILE. Omitted fields keep their values; \"none\" \
                removes a limit.\n";
    plans
        .into_iter()
        .fold(header.to_owned(), |file, plan| format!("{file}\n{}", render_plan(&plan, stage_text)))
}

fn render_plan(plan: &DesiredPlan, stage_text: &dyn Fn(&StageRef) -> String) -> String {
    let mut lines = vec![format!("[plans.{}]", quote(&plan.table))];
    let mut field =
        |name: &str, value: Option<String>| lines.extend(value.map(|value| format!("{name} = {value}")));
    field("id", plan.id.as_ref().map(|id| quote(id.as_str())));
    field("name", plan.name.as_deref().map(quote));
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
    let stages = |stages: &Vec<StageRef>| {
        stages.iter().map(|stage| quote(&stage_text(stage))).collect::<Vec<_>>().join(", ")
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
        lines.push(format!("[plans.{}.methods]", quote(&plan.table)));
        lines.extend(methods.iter().map(|(stage, method, throttle)| {
            let stage = stage.as_ref().map(|stage| stage_text(stage) + " ").unwrap_or_default();
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

/// A basic string of TOML on one line, without characters that are unsafe in a terminal.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_unsafe_in_terminal(c) => quoted += &escape(c),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(c: char) -> String {
    let code = u32::from(c);
    if code <= 0xffff { format!("\\u{code:04x}") } else { format!("\\U{code:08x}") }
}
