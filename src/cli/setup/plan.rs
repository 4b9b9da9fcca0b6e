//! `keypool setup plan`.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use keypool_domain::setup::{PlannedPlan, WantedPlan};
use keypool_domain::{Announcement, Change, Inventory, MethodRef, Plan, PlanChange, StageRef};
use serde::Serialize;

use crate::cli::Stop;
use crate::cli::announced::{self, NOTHING};
use crate::cli::output::{self, Format, OutputArgs, Record};
use crate::cli::session::Session;
use crate::cli::stages::{self, Stages};
use crate::cli::writing::{self, WritingArgs};
use crate::ops;
use crate::settings::document::Source;
use crate::settings::plans_file::{self, Entry};
use crate::settings::{Mistakes, sound};

/// Make usage plans what a file says, after showing what differs; run again it changes nothing
///
/// Each plan is a table `[plans.NAME]` with `description`, `throttle`, `quota`, `stages`, `methods`, `product_code`,
/// `pool`, `text` and `price`. What is not said of a plan stays as it is, and so do plans that the file does not name. `--export` writes such a file.
#[derive(Debug, Args)]
pub(super) struct PlanFile {
    /// The file, or `-` for standard input
    #[arg(short, long, value_name = "FILE", required_unless_present = "export")]
    file: Option<PathBuf>,
    /// Write the file of the plans that there are to standard output
    #[arg(long, conflicts_with_all = ["file", "dry_run", "yes", "output"])]
    export: bool,
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// A plan of the file, as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
struct PlannedRecord<'a> {
    plan: &'a str,
    /// `create`, `edit` or `unchanged`.
    action: &'static str,
    differences: &'a [String],
}

impl Record for PlannedRecord<'_> {
    const FIELDS: &'static [&'static str] = &["plan", "action", "differences"];
    const TABLE: &'static [(&'static str, &'static str)] =
        &[("plan", "plan"), ("action", "action"), ("differences", "differences")];
}

impl PlanFile {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let Some(file) = &self.file else {
            let inventory = session.inventory().await?;
            let plans = inventory.plans().iter();
            let wanted = plans.map(|plan| WantedPlan::of(plan, inventory.pool(&plan.id)));
            return output::text(&plans_file::written(wanted));
        };
        let source = open(file)?;
        let stages = Stages::read(session).await?;
        let entries = plans_file::read(&source, &|text| stages.named(text)).map_err(wrong)?;
        let inventory = session.inventory().await?;
        let is_meant = |plan: &Plan| {
            plan.tags.reason().is_some() && entries.iter().any(|one| one.plan.name == plan.name)
        };
        let inventory = ops::with_plan_tags(&session.aws, inventory, is_meant).await?;
        let planned = fitting(&source, &entries, &inventory).map_err(wrong)?;
        let kept =
            inventory.plans().iter().filter(|plan| entries.iter().all(|one| one.plan.name != plan.name));
        let kept: Vec<_> = kept.map(|plan| plan.name.as_str()).collect();
        if !kept.is_empty() {
            output::note(&format!("note: not in the file and left alone: {}", kept.join(", ")));
        }
        stages::note_absent_methods(session, &limited(&planned)).await;
        let format = self.output.output;
        let records: Vec<_> = planned.iter().flat_map(|plan| records(plan, format)).collect();
        if self.writing.dry_run {
            return announced::print_with(&announcement(&planned, &inventory), format, "planFile", &records);
        }
        self.apply(session, inventory, &planned).await?;
        output::list(&records, format)
    }

    /// What differs is shown, asked about and done plan by plan.
    async fn apply(
        &self,
        session: &Session,
        inventory: Inventory,
        planned: &[PlannedPlan],
    ) -> Result<(), Stop> {
        let differing: Vec<_> = planned.iter().filter(|plan| !plan.differences.is_empty()).collect();
        if differing.is_empty() {
            return Ok(());
        }
        session.may_write()?;
        let mut text: Vec<_> = differing.iter().map(|plan| difference(plan)).collect();
        text.push(announced::question(&announcement(planned, &inventory)));
        match self.writing.yes {
            true => output::note(&text.join("\n")),
            false => writing::ask(session, &text.join("\n")).await?,
        }
        for plan in differing {
            if let Some(change) = &plan.change {
                apply(session, &inventory, &Change::from(change.clone())).await?;
            }
            if plan.pool.is_some() {
                set_pool(session, plan, &inventory).await?;
            }
        }
        Ok(())
    }
}

async fn apply(session: &Session, inventory: &Inventory, change: &Change) -> Result<(), Stop> {
    let (_, ended) = ops::apply_as_far(&session.aws, inventory, change, &session.run).await;
    session.clear_progress();
    Ok(session.made(ended)?)
}

/// Makes exactly the changes that were announced; the id of a plan that was just made is known only now.
async fn set_pool(session: &Session, plan: &PlannedPlan, before: &Inventory) -> Result<(), Stop> {
    let changes = if let Some(PlanChange::Create(_)) = plan.change {
        plan.pool_changes(&session.inventory().await?)
    } else {
        plan.pool_changes(before)
    };
    for change in changes {
        apply(session, &session.inventory().await?, &change).await?;
    }
    Ok(())
}

fn open(file: &Path) -> Result<Source, Stop> {
    let is_piped = file == Path::new("-");
    let name = if is_piped { Path::new("standard input") } else { file };
    let text = if is_piped { io::read_to_string(io::stdin()) } else { std::fs::read_to_string(file) };
    let unread = |why| Stop::Io { what: format!("{} cannot be read", name.display()), why };
    Ok(Source::new(name, text.map_err(unread)?))
}

fn wrong(mistakes: Mistakes) -> Stop {
    Stop::Usage {
        what: format!("the file does not fit; nothing was changed\n{mistakes}"),
        hint: "`keypool setup plan --export` shows what such a file looks like".to_owned(),
    }
}

/// What is to be done for each plan; or everything that API Gateway would refuse, with its line.
fn fitting(source: &Source, entries: &[Entry], inventory: &Inventory) -> Result<Vec<PlannedPlan>, Mistakes> {
    let mut mistakes = Vec::new();
    let mut planned = Vec::new();
    for Entry { plan, at } in entries {
        let one = match plan.planned(inventory) {
            Ok(one) => one,
            Err(why) => {
                mistakes.push(source.mistake(at.clone(), why.to_string()));
                continue;
            }
        };
        let refused = one.announcements(inventory).into_iter().filter_map(Result::err);
        mistakes.extend(refused.map(|why| source.mistake(at.clone(), why.to_string())));
        planned.push(one);
    }
    sound(planned, mistakes)
}

/// The methods that get another limit.
fn limited(planned: &[PlannedPlan]) -> Vec<(StageRef, MethodRef)> {
    let of_plan = |plan: &PlannedPlan| match &plan.change {
        Some(PlanChange::Create(new)) => new.method_throttles.keys().cloned().collect(),
        Some(PlanChange::Edit { edit, .. }) => edit.limited(),
        Some(PlanChange::Delete(_) | PlanChange::Adopt { .. } | PlanChange::Release(_)) | None => Vec::new(),
    };
    planned.iter().flat_map(of_plan).collect()
}

const fn action(plan: &PlannedPlan) -> &'static str {
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

/// Announces all that the file changes as one; a file asks first, whatever it changes.
fn announcement(planned: &[PlannedPlan], inventory: &Inventory) -> Announcement {
    let parts = planned.iter().flat_map(|plan| plan.announcements(inventory));
    let parts: Vec<_> = parts.filter_map(Result::ok).collect();
    let sentences: Vec<_> = parts.iter().map(|part| part.sentence.as_str()).collect();
    let asks_first = !parts.is_empty();
    let sentence = if asks_first { sentences.join("; ") } else { NOTHING.to_owned() };
    Announcement { asks_first, ..Announcement::merged(sentence, parts) }
}

/// What differs, before and after.
fn difference(plan: &PlannedPlan) -> String {
    let mut lines = vec![format!("{} usage plan {}", action(plan), output::plain::line(&plan.name))];
    lines.extend(plan.differences.iter().map(|line| format!("  {}", output::plain::line(line))));
    lines.join("\n")
}

/// The record of a plan; in a table each further difference has a line of its own.
fn records(plan: &PlannedPlan, format: Format) -> Vec<PlannedRecord<'_>> {
    let (one, further) = match format {
        Format::Table => plan.differences.split_at(plan.differences.len().min(1)),
        Format::Json | Format::Csv => (&plan.differences[..], &[][..]),
    };
    let further = further.chunks(1).map(|differences| PlannedRecord { plan: "", action: "", differences });
    let first = PlannedRecord { plan: &plan.name, action: action(plan), differences: one };
    std::iter::once(first).chain(further).collect()
}
