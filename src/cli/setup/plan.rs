//! `keypool setup plan`.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use keypool_domain::setup::{PlanDiff, export_plans};
use keypool_domain::{Announcement, Change, Inventory, MethodRef, Plan, PlanChange, PlanId, StageRef};

use crate::cli::CommandError;
use crate::cli::announcement::{self, NOTHING_TO_DO};
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, Format, OutputArgs, records};
use crate::cli::session::Session;
use crate::cli::stages::{self, StageIndex};
use crate::ops;
use crate::settings::document::SourceFile;
use crate::settings::plans_file::{self, PlanEntry};
use crate::settings::{ConfigErrors, or_errors};

/// Create or change usage plans to match a file, after showing the differences; running it again
/// changes nothing
///
/// Each plan is a table `[plans.NAME]` with `description`, `throttle`, `quota`, `stages`, `methods`,
/// `product_code`, `pool`, `text` and `price`. `id` identifies one of several plans of the same name.
/// Omitted settings stay unchanged, and so do plans that are not in the file. `--export` writes such a
/// file.
#[derive(Debug, Args)]
pub(super) struct PlanFile {
    /// File with the plans, or `-` for standard input
    #[arg(short, long, value_name = "FILE", required_unless_present = "export")]
    file: Option<PathBuf>,
    /// Write a file of the existing plans to standard output
    #[arg(long, conflicts_with_all = ["file", "dry_run", "yes", "output"])]
    export: bool,
    /// With --export, write stages with the name of their API instead of its ID, as another account needs it
    #[arg(long, requires = "export")]
    api_names: bool,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct PlanDiffRecord<'a> {
        plan: &'a str => "plan",
        /// Null if the plan does not exist yet.
        plan_id: Option<&'a str> [last_in_csv],
        /// `create`, `edit` or `unchanged`.
        action: &'static str => "action",
        differences: &'a [String] => "differences",
    }
}

impl PlanFile {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let Some(file) = &self.file else {
            return self.export(session).await;
        };
        let source = read_source(file)?;
        let inventory = session.read_inventory().await?;
        let stages = StageIndex::read(session).await?;
        let find_stage = |text: &str| stages.find_or_existing(text, &inventory);
        let entries = plans_file::read_plans(&source, &find_stage).map_err(file_error)?;
        let listed: Vec<PlanId> =
            entries.iter().filter_map(|entry| Some(entry.plan.find(&inventory).ok()??.id.clone())).collect();
        let is_in_file = |plan: &Plan| plan.tags.reason().is_some() && listed.contains(&plan.id);
        let inventory = ops::with_plan_tags(&session.aws, inventory, is_in_file).await?;
        let planned = plan_changes(&source, &entries, &inventory).map_err(file_error)?;
        let unlisted = inventory.plans().iter().filter(|plan| !listed.contains(&plan.id));
        let unlisted: Vec<_> =
            unlisted.map(|plan| output::plain::escape_line(inventory.plan_name(&plan.id))).collect();
        if !unlisted.is_empty() {
            output::note(&format!("note: not in the file, unchanged: {}", unlisted.join(", ")));
        }
        stages::warn_missing_methods(session, &throttled_methods(&planned)).await;
        let format = self.output.output;
        let records: Vec<_> = planned.iter().flat_map(|plan| plan_records(plan, format)).collect();
        if self.writing.dry_run {
            return announcement::print_with_list(
                &announce_all(&planned, &inventory),
                format,
                "planFile",
                &records,
            );
        }
        self.apply_changes(session, inventory, &planned).await?;
        output::list(&records, format)
    }

    async fn export(&self, session: &Session) -> Result<(), CommandError> {
        let plans = export_plans(&session.read_inventory().await?);
        let mut names = HashMap::new();
        if self.api_names {
            let index = StageIndex::read(session).await?;
            let stages = plans.iter().flat_map(|plan| plan.stages.iter().flatten());
            for stage in stages {
                let hint = "without --api-names, stages are written with the API's id";
                let name = index.name(stage).map_err(|what| CommandError::usage(what, hint))?;
                names.insert(stage, name);
            }
        }
        let stage_text = |stage: &StageRef| names.get(stage).cloned().unwrap_or_else(|| stage.to_string());
        output::text(&plans_file::render_plans(plans.iter().cloned(), &stage_text))
    }

    /// Shows the differences, asks for confirmation, and applies the changes plan by plan.
    async fn apply_changes(
        &self,
        session: &Session,
        inventory: Inventory,
        planned: &[PlanDiff],
    ) -> Result<(), CommandError> {
        let changed: Vec<_> = planned.iter().filter(|plan| !plan.differences.is_empty()).collect();
        if changed.is_empty() {
            return Ok(());
        }
        session.require_writable()?;
        let mut texts: Vec<_> = changed.iter().map(|plan| describe_difference(plan)).collect();
        texts.push(announcement::question_text(&announce_all(planned, &inventory)));
        match self.writing.yes {
            true => output::note(&texts.join("\n")),
            false => apply::ask_to_continue(session, &texts.join("\n")).await?,
        }
        for plan in changed {
            if let Some(change) = &plan.change {
                apply_change(session, &inventory, &Change::from(change.clone())).await?;
            }
            if plan.pool.is_some() {
                apply_pool_changes(session, plan, &inventory).await?;
            }
        }
        Ok(())
    }
}

async fn apply_change(session: &Session, inventory: &Inventory, change: &Change) -> Result<(), CommandError> {
    let operation = ops::apply_with_partial_result(&session.aws, inventory, change, &session.run);
    let (_, result) = session.wait_for(operation).await;
    Ok(session.defer_audit_failure(result)?)
}

/// Applies exactly the announced changes of the plan's pool. They name the plan by its id, which is known
/// only now if the plan was just created.
async fn apply_pool_changes(
    session: &Session,
    plan: &PlanDiff,
    before: &Inventory,
) -> Result<(), CommandError> {
    let changes = if let Some(PlanChange::Create(_)) = plan.change {
        plan.pool_changes(&session.read_inventory().await?)
    } else {
        plan.pool_changes(before)
    };
    for change in changes {
        apply_change(session, &session.read_inventory().await?, &change).await?;
    }
    Ok(())
}

fn read_source(file: &Path) -> Result<SourceFile, CommandError> {
    let is_piped = file == Path::new("-");
    let name = if is_piped { Path::new("standard input") } else { file };
    let text = if is_piped { io::read_to_string(io::stdin()) } else { std::fs::read_to_string(file) };
    Ok(SourceFile::new(name, text.map_err(CommandError::cannot_read(name.display()))?))
}

fn file_error(errors: ConfigErrors) -> CommandError {
    CommandError::usage(
        format!("the file has errors; nothing was changed\n{errors}"),
        "`keypool setup plan --export` shows the format",
    )
}

/// Plans the changes, or returns everything API Gateway would refuse, with line numbers.
fn plan_changes(
    source: &SourceFile,
    entries: &[PlanEntry],
    inventory: &Inventory,
) -> Result<Vec<PlanDiff>, ConfigErrors> {
    let mut errors = Vec::new();
    let mut planned = Vec::new();
    // The tables of existing plans by id, and those of new plans by name.
    let mut tables: HashMap<(Option<PlanId>, Option<String>), &str> = HashMap::new();
    for PlanEntry { plan, span } in entries {
        let diff = match plan.diff(inventory) {
            Ok(diff) => diff,
            Err(why) => {
                errors.push(source.error(span.clone(), why.to_string()));
                continue;
            }
        };
        let new_name = diff.plan.is_none().then(|| diff.name.clone());
        if let Some(first) = tables.insert((diff.plan.clone(), new_name), &plan.table) {
            let what = format!("[plans.{first:?}] is the same usage plan, {}", diff.name);
            errors.push(source.error(span.clone(), what));
            continue;
        }
        let refused = diff.announcements(inventory).into_iter().filter_map(Result::err);
        errors.extend(refused.map(|why| source.error(span.clone(), why.to_string())));
        planned.push(diff);
    }
    or_errors(planned, errors)
}

/// The methods whose throttle changes.
fn throttled_methods(planned: &[PlanDiff]) -> Vec<(StageRef, MethodRef)> {
    let methods = |plan: &PlanDiff| match &plan.change {
        Some(PlanChange::Create(new)) => new.method_throttles.keys().cloned().collect(),
        Some(PlanChange::Edit { edit, .. }) => edit.throttled_methods(),
        Some(PlanChange::Delete(_) | PlanChange::Adopt { .. } | PlanChange::Release(_)) | None => Vec::new(),
    };
    planned.iter().flat_map(methods).collect()
}

const fn action(plan: &PlanDiff) -> &'static str {
    match &plan.change {
        _ if plan.differences.is_empty() => "unchanged",
        Some(PlanChange::Create(_)) => "create",
        Some(
            PlanChange::Edit { .. }
            | PlanChange::Delete(_)
            | PlanChange::Adopt { .. }
            | PlanChange::Release(_),
        )
        | None => "edit",
    }
}

/// Announces all changes of the file as one. They always need confirmation.
fn announce_all(planned: &[PlanDiff], inventory: &Inventory) -> Announcement {
    let parts = planned.iter().flat_map(|plan| plan.announcements(inventory));
    let parts: Vec<_> = parts.filter_map(Result::ok).collect();
    let summaries: Vec<_> = parts.iter().map(|part| part.summary.as_str()).collect();
    let needs_confirmation = !parts.is_empty();
    let summary = if needs_confirmation { summaries.join("; ") } else { NOTHING_TO_DO.to_owned() };
    Announcement { needs_confirmation, ..Announcement::merge(summary, parts) }
}

/// Formats the differences between a plan and the file, one line each.
fn describe_difference(plan: &PlanDiff) -> String {
    let mut lines = vec![format!("{} usage plan {}", action(plan), output::plain::escape_line(&plan.name))];
    lines.extend(plan.differences.iter().map(|line| format!("  {}", output::plain::escape_line(line))));
    lines.join("\n")
}

/// Returns the record of a plan. In the table, each difference after the first has its own line.
fn plan_records(plan: &PlanDiff, format: Format) -> Vec<PlanDiffRecord<'_>> {
    let (first, further) = match format {
        Format::Table => plan.differences.split_at(plan.differences.len().min(1)),
        Format::Json | Format::Csv => (&plan.differences[..], &[][..]),
    };
    let further = further.chunks(1).map(|differences| PlanDiffRecord {
        plan: "",
        plan_id: None,
        action: "",
        differences,
    });
    let plan_id = plan.plan.as_ref().map(PlanId::as_str);
    let record = PlanDiffRecord { plan: &plan.name, plan_id, action: action(plan), differences: first };
    std::iter::once(record).chain(further).collect()
}
